/* Tones by country.
 *
 * The figures are those of ITU-T's list "Various tones used in national
 * networks", E.180 supplement 2 and the annex to Operational Bulletin 781
 * (2003); for Great Britain of BT's SIN 350, for Australia of ACIF S002, for
 * New Zealand of TNA 102: as Asterisk's indications.conf, which names these,
 * has them. Where a network has several of a kind the most usual stands here.
 * The list writes a tone that is modulated 400x25; Japan's is by 15 to 20 Hz,
 * and South Africa's is that of its Siemens exchanges. Of Australia's
 * congestion every other burst is 10 dB lower, which that file cannot say and
 * notes beside its 420 Hz. Who names no country
 * has what E.180 recommends.
 */
#include "media/tones.h"

#include <strings.h>

/* The second frequency modulates the first. */
#define BY 0x8000u
/* In its place: 10 dB less loud than others. */
#define LOW    0x4000u
#define LOW_DB (-23)

/* Hz, and milliseconds on and off; on 0: steady, or the end of the list. */
struct part {
	uint16_t first, second, on, off;
};

struct country {
	char name[4];
	struct part tones[USHER__TONE_KINDS][USHER__TONES_PARTS];
};

/* clang-format off */
static const struct country no_country =
	{"",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 250, 250}}}};

static const struct country countries[] = {
	{"at",
	 {{{420, 0, 0, 0}},
	  {{420, 0, 1000, 5000}},
	  {{420, 0, 400, 400}},
	  {{420, 0, 200, 200}}}},
	{"au",
	 {{{413, 438, 0, 0}},
	  {{413, 438, 400, 200}, {413, 438, 400, 2000}},
	  {{425, 0, 375, 375}},
	  {{425, 0, 375, 375}, {425, LOW, 375, 375}}}},
	{"be",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 3000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 167, 167}}}},
	{"bg",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 250, 250}}}},
	{"br",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 250, 250}},
	  {{425, 0, 250, 250}, {425, 0, 750, 250}}}},
	{"ch",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 200, 200}}}},
	{"cl",
	 {{{400, 0, 0, 0}},
	  {{400, 0, 1000, 3000}},
	  {{400, 0, 500, 500}},
	  {{400, 0, 200, 200}}}},
	{"cn",
	 {{{450, 0, 0, 0}},
	  {{450, 0, 1000, 4000}},
	  {{450, 0, 350, 350}},
	  {{450, 0, 700, 700}}}},
	{"cz",
	 {{{425, 0, 330, 330}, {425, 0, 660, 660}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 330, 330}},
	  {{425, 0, 165, 165}}}},
	{"de",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 480, 480}},
	  {{425, 0, 240, 240}}}},
	{"dk",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 200, 200}}}},
	{"ee",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 300, 300}},
	  {{425, 0, 200, 200}}}},
	{"es",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1500, 3000}},
	  {{425, 0, 200, 200}},
	  {{425, 0, 200, 200}, {425, 0, 200, 200}, {425, 0, 200, 600}}}},
	{"fi",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 300, 300}},
	  {{425, 0, 200, 200}}}},
	{"fr",
	 {{{440, 0, 0, 0}},
	  {{440, 0, 1500, 3500}},
	  {{440, 0, 500, 500}},
	  {{440, 0, 250, 250}}}},
	{"gb",
	 {{{350, 440, 0, 0}},
	  {{400, 450, 400, 200}, {400, 450, 400, 2000}},
	  {{400, 0, 375, 375}},
	  {{400, 0, 400, 350}, {400, 0, 225, 525}}}},
	{"gr",
	 {{{425, 0, 200, 300}, {425, 0, 700, 800}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 300, 300}},
	  {{425, 0, 200, 200}}}},
	{"hu",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1250, 3750}},
	  {{425, 0, 300, 300}},
	  {{425, 0, 300, 300}}}},
	{"id",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 250, 250}}}},
	{"il",
	 {{{414, 0, 0, 0}},
	  {{414, 0, 1000, 3000}},
	  {{414, 0, 500, 500}},
	  {{414, 0, 250, 250}}}},
	{"in",
	 {{{400, BY | 25, 0, 0}},
	  {{400, BY | 25, 400, 200}, {400, BY | 25, 400, 2000}},
	  {{400, 0, 750, 750}},
	  {{400, 0, 250, 250}}}},
	{"it",
	 {{{425, 0, 200, 200}, {425, 0, 600, 1000}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 200, 200}}}},
	{"jp",
	 {{{400, 0, 0, 0}},
	  {{400, BY | 16, 1000, 2000}},
	  {{400, 0, 500, 500}},
	  {{400, 0, 500, 500}}}},
	{"lt",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 350, 350}},
	  {{425, 0, 200, 200}}}},
	{"mx",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 250, 250}},
	  {{425, 0, 250, 250}}}},
	{"nl",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 250, 250}}}},
	{"no",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 200, 200}}}},
	{"nz",
	 {{{400, 0, 0, 0}},
	  {{400, 450, 400, 200}, {400, 450, 400, 2000}},
	  {{400, 0, 500, 500}},
	  {{400, 0, 250, 250}}}},
	{"ph",
	 {{{425, 0, 0, 0}},
	  {{425, 480, 1000, 4000}},
	  {{480, 620, 500, 500}},
	  {{480, 620, 250, 250}}}},
	{"pl",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 500, 500}}}},
	{"pt",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 5000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 200, 200}}}},
	{"ru",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 350, 350}},
	  {{425, 0, 175, 175}}}},
	{"se",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 5000}},
	  {{425, 0, 250, 250}},
	  {{425, 0, 250, 750}}}},
	{"sg",
	 {{{425, 0, 0, 0}},
	  {{425, BY | 24, 400, 200}, {425, BY | 24, 400, 2000}},
	  {{425, 0, 750, 750}},
	  {{425, 0, 250, 250}}}},
	{"th",
	 {{{400, BY | 50, 0, 0}},
	  {{420, 0, 1000, 5000}},
	  {{400, 0, 500, 500}},
	  {{400, 0, 300, 300}}}},
	{"us",
	 {{{350, 440, 0, 0}},
	  {{440, 480, 2000, 4000}},
	  {{480, 620, 500, 500}},
	  {{480, 620, 250, 250}}}},
	{"ve",
	 {{{425, 0, 0, 0}},
	  {{425, 0, 1000, 4000}},
	  {{425, 0, 500, 500}},
	  {{425, 0, 250, 250}}}},
	{"za",
	 {{{400, BY | 33, 0, 0}},
	  {{400, BY | 33, 400, 200}, {400, BY | 33, 400, 2000}},
	  {{400, 0, 500, 500}},
	  {{400, 0, 250, 250}}}},
};
/* clang-format on */

#define COUNT (sizeof(countries) / sizeof(countries[0]))

const char *usher__tones_country(uint32_t i)
{
	return i < COUNT ? countries[i].name : NULL;
}

static const struct country *find(const char *name)
{
	if (!*name)
		return &no_country;
	for (size_t i = 0; i < COUNT; i++) {
		if (!strcasecmp(countries[i].name, name))
			return &countries[i];
	}
	return NULL;
}

int usher__tones_items(const char *country, enum usher__tone_kind kind,
		       struct usher__mitem items[USHER__TONES_ITEMS],
		       uint32_t *ret_count)
{
	const struct country *where = find(country);
	const struct part *part;
	uint32_t n = 0;

	if (!where || kind >= USHER__TONE_KINDS)
		return USHER_ENOENT;
	part = where->tones[kind];
	for (int i = 0; i < USHER__TONES_PARTS && part[i].first; i++) {
		items[n] = (struct usher__mitem){
			.kind = USHER__MI_TONE,
			.freq_hz = {part[i].first, part[i].second},
			.duration_ms = part[i].on,
		};
		if (part[i].second & BY) {
			items[n].mod_hz = (uint16_t)(part[i].second & ~BY);
			items[n].freq_hz[1] = 0;
		}
		if (part[i].second == LOW) {
			items[n].level_db = LOW_DB;
			items[n].freq_hz[1] = 0;
		}
		n++;
		if (part[i].off)
			items[n++] = (struct usher__mitem){
				.kind = USHER__MI_SILENCE,
				.duration_ms = part[i].off,
			};
	}
	*ret_count = n;
	return 0;
}

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <usher/error.h>

#include <sip/codecs.h>

enum {
	FIXED = 34, /* payload types below need no a=rtpmap, RFC 3551 */
	PT_MAX = 127,
	DYNAMIC = 96,       /* from here to PT_MAX nothing is agreed upon */
	LINE_MAX_LEN = 256, /* bytes of a line a=, with its end */
};

static const struct codec {
	const char *name;
	const char *word; /* in configurations */
	uint32_t rate;    /* as SDP says it */
	uint8_t pt;       /* in our offers */
} codecs[USHER__MCODECS] = {
	[USHER__PCMU] = {"PCMU/8000", "pcmu", 8000, 0},
	[USHER__PCMA] = {"PCMA/8000", "pcma", 8000, 8},
	[USHER__OPUS] = {"opus/48000/2", "opus", 48000, USHER__CODECS_OPUS_PT},
};

static const struct usher__codecs usual = {2, {USHER__PCMU, USHER__PCMA}};

static int add_word(struct usher__codecs *list, const char *word, size_t len)
{
	for (uint8_t c = 0; c < USHER__MCODECS; c++) {
		if (strlen(codecs[c].word) != len ||
		    strncasecmp(codecs[c].word, word, len))
			continue;
		if (memchr(list->list, c, list->count))
			return USHER_EINVAL;
		list->list[list->count++] = c;
		return 0;
	}
	return USHER_EINVAL;
}

int usher__codecs_read(struct usher__codecs *ret, const char *text)
{
	struct usher__codecs list = {0};

	if (!text) {
		*ret = usual;
		return 0;
	}
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");

		if (add_word(&list, text, len))
			return USHER_EINVAL;
		text += len;
	}
	if (!list.count)
		return USHER_EINVAL;
	*ret = list;
	return 0;
}

/* --- numbers ---------------------------------------------------------- */

static bool is_used(const struct usher__codecs_map *map, uint8_t pt)
{
	return map->used[pt / 8] & (1u << (pt % 8));
}

static void use(struct usher__codecs_map *map, uint8_t pt)
{
	if (pt <= PT_MAX)
		map->used[pt / 8] |= (uint8_t)(1u << (pt % 8));
}

void usher__codecs_map_init(struct usher__codecs_map *map)
{
	memset(map, 0, sizeof(*map));
	memset(map->pt, USHER__NO_PT, sizeof(map->pt));
}

void usher__codecs_learn(struct usher__codecs_map *map,
			 const struct usher__codecs_map *said, bool offer)
{
	for (unsigned i = 0; i < sizeof(map->used); i++)
		map->used[i] |= said->used[i];
	if (!offer)
		return;
	/* A number that is something else now is ours no more: two meanings
	 * are worse than a peer that broke the rule. */
	for (unsigned k = 0; k < USHER__CODECS_KINDS; k++) {
		if (said->pt[k] != USHER__NO_PT)
			map->pt[k] = said->pt[k];
		else if (map->pt[k] != USHER__NO_PT &&
			 is_used(said, map->pt[k]))
			map->pt[k] = USHER__NO_PT;
	}
}

/* The one that everybody knows, unless it means something already. */
static void number(struct usher__codecs_map *map, unsigned kind, uint8_t pt)
{
	if (map->pt[kind] != USHER__NO_PT)
		return;
	if (is_used(map, pt))
		for (pt = DYNAMIC; pt <= PT_MAX && is_used(map, pt); pt++)
			;
	if (pt > PT_MAX)
		return;
	use(map, pt);
	map->pt[kind] = pt;
}

void usher__codecs_number(struct usher__codecs_map *map,
			  const struct usher__codecs *ours)
{
	bool fast = false;

	if (!ours->count)
		ours = &usual;
	for (unsigned i = 0; i < ours->count; i++) {
		number(map, ours->list[i], codecs[ours->list[i]].pt);
		fast |= codecs[ours->list[i]].rate == 48000;
	}
	if (fast)
		number(map, USHER__CODECS_TE48, USHER__CODECS_TE48_PT);
	number(map, USHER__CODECS_TE, USHER__CODECS_TE_PT);
}

/* --- choosing --------------------------------------------------------- */

void usher__codecs_like(struct usher__codecs *ours, uint8_t codec)
{
	struct usher__codecs list = {0};

	if (!ours->count)
		*ours = usual;
	for (unsigned i = 0; i < ours->count; i++)
		if (codecs[ours->list[i]].rate == codecs[codec].rate)
			list.list[list.count++] = ours->list[i];
	if (list.count)
		*ours = list;
}

static bool is_ours(const struct usher__codecs *ours, uint8_t codec)
{
	if (!ours->count)
		ours = &usual;
	return memchr(ours->list, codec, ours->count) != NULL;
}

uint8_t usher__codecs_choose(struct usher__formats *formats,
			     const struct usher__codecs *ours)
{
	uint8_t best = USHER__MCODECS;

	for (uint8_t c = 0; c < USHER__MCODECS; c++) {
		if (!is_ours(ours, c))
			formats->pt[c] = USHER__NO_PT;
		if (formats->pt[c] != USHER__NO_PT &&
		    (best == USHER__MCODECS ||
		     formats->rank[c] < formats->rank[best]))
			best = c;
	}
	for (uint8_t c = 0; best < USHER__MCODECS && c < USHER__MCODECS; c++) {
		if (codecs[c].rate != codecs[best].rate)
			formats->pt[c] = USHER__NO_PT;
	}
	return best;
}

uint8_t usher__codecs_te(const struct usher__formats *formats, uint8_t codec,
			 uint32_t *ret_rate)
{
	bool fast = codecs[codec].rate == 48000;

	*ret_rate = fast && formats->te48_pt != USHER__NO_PT ? 48000 : 8000;
	return *ret_rate == 48000 ? formats->te48_pt : formats->te_pt;
}

/* --- writing ---------------------------------------------------------- */

struct writer {
	char *types, *lines;
	size_t type_len, line_len;
};

static void put(char *text, size_t *len, const char *fmt, ...)
	USHER_PRINTF(3, 4);
static void put(char *text, size_t *len, const char *fmt, ...)
{
	size_t room = USHER__CODECS_LINES_MAX - *len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + *len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		*len += (size_t)n < room ? (size_t)n : room - 1;
}

static void put_codec(struct writer *w, unsigned codec, uint8_t pt)
{
	if (pt == USHER__NO_PT)
		return;
	put(w->types, &w->type_len, " %u", pt);
	put(w->lines, &w->line_len, "a=rtpmap:%u %s\r\n", pt,
	    codecs[codec].name);
	/* We make up what is lost by what came after it: RFC 7587, 6.1. */
	if (codec == USHER__OPUS)
		put(w->lines, &w->line_len, "a=fmtp:%u useinbandfec=1\r\n",
		    pt);
}

static void put_te(struct writer *w, uint8_t pt, uint32_t rate)
{
	if (pt == USHER__NO_PT)
		return;
	put(w->types, &w->type_len, " %u", pt);
	put(w->lines, &w->line_len,
	    "a=rtpmap:%u telephone-event/%u\r\na=fmtp:%u 0-15\r\n", pt, rate,
	    pt);
}

void usher__codecs_offer(const struct usher__codecs *ours,
			 const struct usher__codecs_map *map, char *types,
			 char *lines)
{
	struct writer w = {types, lines, 0, 0};
	struct usher__codecs_map first;
	bool fast = false;

	if (!ours->count)
		ours = &usual;
	if (!map) {
		usher__codecs_map_init(&first);
		usher__codecs_number(&first, ours);
		map = &first;
	}
	for (unsigned i = 0; i < ours->count; i++) {
		unsigned c = ours->list[i];

		put_codec(&w, c, map->pt[c]);
		fast |= codecs[c].rate == 48000;
	}
	/* One for each clock: RFC 4733, 2.3. Beside Opus alone the slow one
	 * is for those who know no other. */
	if (fast)
		put_te(&w, map->pt[USHER__CODECS_TE48], 48000);
	put_te(&w, map->pt[USHER__CODECS_TE], 8000);
}

void usher__codecs_answer(const struct usher__formats *peer, uint8_t codec,
			  char *types, char *lines)
{
	struct writer w = {types, lines, 0, 0};
	uint32_t rate;
	uint8_t te = usher__codecs_te(peer, codec, &rate);

	for (unsigned i = 0; i < USHER__MCODECS; i++) {
		unsigned c = (codec + i) % USHER__MCODECS;

		put_codec(&w, c, peer->pt[c]);
	}
	put_te(&w, te, rate);
}

/* --- reading ---------------------------------------------------------- */

void usher__formats_init(struct usher__formats_reader *r)
{
	memset(r, 0, sizeof(*r));
	memset(r->formats.pt, USHER__NO_PT, sizeof(r->formats.pt));
	r->formats.te_pt = USHER__NO_PT;
	r->formats.te48_pt = USHER__NO_PT;
	r->wish_pt = USHER__NO_PT;
}

bool usher__formats_list(struct usher__formats_reader *r, uint8_t pt)
{
	if (r->count >= sizeof(r->listed))
		return false;
	r->listed[r->count++] = pt;
	return true;
}

/* The line as text of its own; what is longer says nothing to us. */
static bool copy(char *line, const char *text, size_t len)
{
	if (len >= LINE_MAX_LEN || memchr(text, '\0', len))
		return false;
	memcpy(line, text, len);
	line[len] = '\0';
	return true;
}

void usher__formats_rtpmap(struct usher__formats_reader *r, const char *text,
			   size_t len)
{
	struct usher__formats *f = &r->formats;
	char line[LINE_MAX_LEN], name[32] = "";
	unsigned pt = UINT8_MAX, rate = 0;

	if (!copy(line, text, len) || sscanf(line, "%3u", &pt) != 1 ||
	    pt > PT_MAX)
		return;
	r->mapped[pt / 8] |= (uint8_t)(1u << (pt % 8));
	if (sscanf(line, "%*u %31[^/ ]/%7u", name, &rate) != 2)
		return;
	for (unsigned c = 0; c < USHER__MCODECS; c++) {
		if (!strcasecmp(name, codecs[c].word) &&
		    rate == codecs[c].rate)
			f->pt[c] = (uint8_t)pt;
	}
	if (strcasecmp(name, "telephone-event"))
		return;
	if (rate == 8000)
		f->te_pt = (uint8_t)pt;
	else if (rate == 48000)
		f->te48_pt = (uint8_t)pt;
}

/* One of RFC 7587, 6.1, that concerns what we send: mono of 8 kHz. */
static bool wish(struct usher__opus_wish *wish, const char *key)
{
	static const char bitrate[] = "maxaveragebitrate=";
	unsigned n;

	if (!strcasecmp(key, "useinbandfec=1"))
		wish->fec = true;
	else if (!strcasecmp(key, "cbr=1"))
		wish->cbr = true;
	else if (!strncasecmp(key, bitrate, sizeof(bitrate) - 1) &&
		 sscanf(key + sizeof(bitrate) - 1, "%6u", &n) == 1)
		wish->bitrate = n;
	else
		return false;
	return true;
}

void usher__formats_fmtp(struct usher__formats_reader *r, const char *text,
			 size_t len)
{
	struct usher__opus_wish wishes = {0};
	char line[LINE_MAX_LEN], *key, *rest;
	unsigned pt;
	int at = 0;
	bool any = false;

	if (!copy(line, text, len) || sscanf(line, "%3u%n", &pt, &at) != 1 ||
	    pt > PT_MAX)
		return;
	for (key = strtok_r(line + at, "; ", &rest); key;
	     key = strtok_r(NULL, "; ", &rest))
		any |= wish(&wishes, key);
	if (!any)
		return;
	r->wish_pt = (uint8_t)pt;
	r->wish = wishes;
}

/* Static payload types need no rtpmap; a mapped one that the m= line does not
 * list does not count; the first listed one is preferred. */
static uint8_t settle(const struct usher__formats_reader *r, uint8_t pt)
{
	const uint8_t *at = memchr(r->listed, pt, r->count);

	return at ? (uint8_t)(at - r->listed) : USHER__NO_PT;
}

static void map_of(const struct usher__formats_reader *r,
		   struct usher__codecs_map *ret)
{
	const struct usher__formats *f = &r->formats;

	memcpy(ret->used, r->mapped, sizeof(ret->used));
	memcpy(ret->pt, f->pt, sizeof(f->pt));
	ret->pt[USHER__CODECS_TE] = f->te_pt;
	ret->pt[USHER__CODECS_TE48] = f->te48_pt;
	for (unsigned k = 0; k < USHER__CODECS_KINDS; k++)
		use(ret, ret->pt[k]);
}

void usher__formats_end(struct usher__formats_reader *r,
			struct usher__formats *ret,
			struct usher__codecs_map *ret_map)
{
	struct usher__formats *f = &r->formats;

	for (unsigned c = 0; c < USHER__MCODECS; c++) {
		uint8_t pt = codecs[c].pt;

		if (f->pt[c] == USHER__NO_PT && pt < FIXED &&
		    !(r->mapped[pt / 8] & (1u << (pt % 8))))
			f->pt[c] = pt;
		f->rank[c] = settle(r, f->pt[c]);
		if (f->rank[c] == USHER__NO_PT)
			f->pt[c] = USHER__NO_PT;
	}
	if (settle(r, f->te_pt) == USHER__NO_PT)
		f->te_pt = USHER__NO_PT;
	if (settle(r, f->te48_pt) == USHER__NO_PT)
		f->te48_pt = USHER__NO_PT;
	if (f->pt[USHER__OPUS] != USHER__NO_PT &&
	    f->pt[USHER__OPUS] == r->wish_pt)
		f->opus = r->wish;
	map_of(r, ret_map);
	*ret = *f;
}

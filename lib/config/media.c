/* Sound and what stands beside it: ports, threads, codecs, encryption. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/field.h"

#define AT(f) offsetof(struct usher__conf, f)

#define SILENCE_MS     30000
#define SILENCE_MIN_MS 1000
#define SILENCE_MAX_MS 86400000

static const struct usher__field media_fields[] = {
	{"ports", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"threads", USHER__FIELD_U32, AT(media_threads), 1, 64, 0},
	{"silence", USHER__FIELD_MS, AT(silence_ms), 0, SILENCE_MAX_MS, 0},
	{"any_source", USHER__FIELD_BOOL, AT(any_source), 0, 1, 0},
	{"text", USHER__FIELD_BOOL, AT(text), 0, 1, 0},
	{"video", USHER__FIELD_BOOL, AT(video), 0, 1, 0},
	{"srtp", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"codecs", USHER__FIELD_TEXT, AT(codecs), 1, USHER__CONF_TEXT_MAX, 0},
};

static int read_srtp(struct usher__conf *conf, struct usher__section *s)
{
	static const char *const names[] = {
		[USHER_SRTP_ANSWER] = "answer",
		[USHER_SRTP_NEVER] = "never",
		[USHER_SRTP_OFFER] = "offer",
		[USHER_SRTP_REQUIRE] = "require",
	};
	yaml_node_t *node = usher__yaml_get(conf->yaml, s->map, "srtp");
	const char *text;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(conf->yaml, node, "'srtp'", 16, &text, s->err);
	if (e)
		return e;
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text))
			continue;
		conf->srtp = i;
		return 0;
	}
	return usher__yaml_fail(conf->yaml, node, s->err, USHER_EINVAL,
				"'srtp' is never, answer, offer or require, "
				"not '%.16s'",
				text);
}

/* Which of the codecs a word of len bytes is, or how many there are. */
static unsigned codec_of(const char *word, size_t len)
{
	static const char *const words[] = {"opus", "pcma", "pcmu"};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == len && !strncmp(word, words[i], len))
			break;
	}
	return i;
}

int usher__codecs_check(const struct usher__section *s, const char *text)
{
	const char *word = text ? text : "";
	unsigned seen = 0;
	bool ok = true;

	for (word += strspn(word, " "); ok && *word;
	     word += strspn(word, " ")) {
		size_t len = strcspn(word, " ");
		unsigned codec = codec_of(word, len);

		ok = codec < 3 && !(seen & 1u << codec);
		seen |= 1u << codec;
		word += len;
	}
	if (ok && (seen || !text))
		return 0;
	return usher__yaml_fail(s->y, usher__yaml_get(s->y, s->map, "codecs"),
				s->err, USHER_EINVAL,
				"'codecs' is some of opus, pcma and pcmu, "
				"each once, not '%.32s'",
				text);
}

int usher__conf_media_read(struct usher__conf *conf, yaml_node_t *top,
			   struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "'media'", err};
	yaml_node_t *node;
	const char *text;
	unsigned min;
	unsigned max;
	int end = 0;
	int e;

	conf->silence_ms = SILENCE_MS;
	conf->text = conf->video = true;
	s.map = usher__yaml_get(conf->yaml, top, "media");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, media_fields,
			       sizeof(media_fields) / sizeof(media_fields[0]),
			       conf);
	node = usher__yaml_get(conf->yaml, s.map, "silence");
	if (!e && conf->silence_ms && conf->silence_ms < SILENCE_MIN_MS)
		e = usher__yaml_fail(conf->yaml, node, err, USHER_EINVAL,
				     "'silence' is at least 1s; 0: never");
	if (!e)
		e = read_srtp(conf, &s);
	if (!e)
		e = usher__codecs_check(&s, conf->codecs);
	node = usher__yaml_get(conf->yaml, s.map, "ports");
	if (e || !node)
		return e;
	e = usher__yaml_text(conf->yaml, node, "'ports'", 16, &text, err);
	if (e)
		return e;
	if (sscanf(text, "%5u-%5u%n", &min, &max, &end) != 2 || text[end] ||
	    min < 1024 || max > 65535 || min % 2 || max < min + 1)
		return usher__yaml_fail(
			conf->yaml, node, err, USHER_EINVAL,
			"'ports' has to be like 10000-19999, the first one "
			"even, not '%.16s'",
			text);
	conf->rtp_port_min = (uint16_t)min;
	conf->rtp_port_max = (uint16_t)max;
	return 0;
}

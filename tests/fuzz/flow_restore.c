/* Saved instances that lie: what is let in has to bear every event. The
 * version is put right, so that the rest is looked at. */
#include <stdlib.h>
#include <string.h>

#include "config/flow.h"

#define VERSION_AT 5
#define BYTES_MAX  4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char flows[] =
	"prompts: {p: x, q: 'Hi {name} {wait.position}', m: {sound: a}}\n"
	"flows:\n"
	"  main:\n"
	"    - menu: p\n"
	"      invalid: q\n"
	"      keys: {1: pin, 2: line, 3: pass, 4: box, 5: rest, 6: sub}\n"
	"    - {name: pin, collect: p, into: pin, digits: 4, secret: true}\n"
	"    - fetch: http://h/\n"
	"      send: {pin: '{pin}'}\n"
	"      into: {name: n}\n"
	"      else: main\n"
	"      next: main\n"
	"    - name: line\n"
	"      queue: q\n"
	"      while: hold\n"
	"      timeout: 1m\n"
	"      keys: {1: box}\n"
	"      on: {out: rest}\n"
	"      after: main\n"
	"      else: main\n"
	"    - {name: pass, transfer: {agent: a}, after: main, else: main}\n"
	"    - {name: box, voicemail: v, prompt: p, next: main}\n"
	"    - {name: rest, wait: 5s, music: m, next: main}\n"
	"    - {name: sub, subflow: ask, next: main}\n"
	"  ask:\n"
	"    - {collect: p, into: name, text: true}\n"
	"    - prompt: q\n"
	"  hold:\n"
	"    - {wait: 5s, music: m, name: again}\n"
	"    - {menu: p, keys: {9: out, 8: back}, else: again}\n"
	"    - {leave: out, name: out}\n"
	"    - {name: back, callback: true, from: 2h, else: again}\n";

static struct usher_flow_set *load(void)
{
	static struct usher_flow_set *set;
	struct usher__yaml *y = NULL;

	if (set)
		return set;
	if (usher__yaml_parse(&y, "f", flows, strlen(flows), NULL) ||
	    usher__flows_read(y, usher__yaml_root(y), "d", &set, NULL))
		abort();
	usher__yaml_free(y);
	return set;
}

static void feed(struct usher_ivr *ivr, int64_t now_us, uint32_t kind,
		 const char *text)
{
	struct usher_ivr_event event = {
		.size = sizeof(event), .kind = kind, .text = text};

	usher_ivr_feed(ivr, now_us, &event);
	while (usher_ivr_next(ivr))
		;
}

static void exercise(struct usher_ivr *ivr)
{
	char bytes[BYTES_MAX];
	size_t len;
	int64_t now_us = usher_ivr_deadline(ivr);

	if (usher_ivr_save(ivr, bytes, sizeof(bytes), &len))
		abort();
	usher_ivr_where(ivr);
	if (now_us == INT64_MAX)
		now_us--;
	feed(ivr, now_us, USHER_IVR_RESUMED, NULL);
	for (uint32_t kind = USHER_IVR_STARTED; kind <= USHER_IVR_RESUMED;
	     kind++)
		feed(ivr, now_us, kind, kind == USHER_IVR_HUNG_UP ? "" : "1");
	usher_ivr_free(ivr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher_flow_set *set = load();
	uint64_t version = usher_flow_set_version(set);
	struct usher_ivr_opts opts;
	struct usher_ivr *ivr = NULL;
	uint8_t *bytes;

	if (size > BYTES_MAX)
		return 0;
	bytes = malloc(size + 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	for (size_t i = 0; i < 8 && VERSION_AT + i < size; i++)
		bytes[VERSION_AT + i] = (uint8_t)(version >> 8 * i);
	usher_ivr_opts_init(&opts, sizeof(opts));
	if (!usher_ivr_restore(&ivr, set, &opts, NULL, bytes, size, NULL))
		exercise(ivr);
	free(bytes);
	return 0;
}

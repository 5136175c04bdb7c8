/* A phone on a command line, for tests: usher/call.h and nothing else.
 *
 *   phone ADDRESS [PORT [any|text|video|text,video]]
 *     any: sound is believed from anywhere; text: real-time text beside it
 *
 * Reads a command a line and prints an event a line; "ready PORT" first.
 *   register URI USER PASSWORD [EXPIRES]   unregister ACCOUNT
 *   place URI [ACCOUNT [FROM_USER|- [BESIDE]]]
 *   ring C | early C | answer C            room C NUMBER [ROLE]
 *   reject C [STATUS]   hangup C           hold C | resume C
 *   transfer C URI      attend C OTHER
 *   accept C | decline C   (a REFER)
 *   digits C DIGITS     play C FILE        tone C HZ [MS]   silence C
 *   type C TEXT (a word; "|" is a new line)
 *   record C FILE|-     listen C           bridge C OTHER
 *   stop                                   auto STATUS|answer|off
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <usher/call.h>

enum { WORDS = 6, STOP_MS = 2000 };

static const char *automatic;

static void log_line(void *arg, int level, const char *text)
{
	(void)arg;
	printf("log %d %s\n", level, text);
}

static const char *type_name(uint32_t type)
{
	static const char *const names[] = {
		"?",        "done",  "registered", "incoming", "progress",
		"answered", "held",  "resumed",    "digit",    "played",
		"tone",     "refer", "transfer",   "ended",    "stopped",
		"recorded", "typed",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}

/* On one line. */
static void print_text(const char *text)
{
	printf(" text=");
	for (; *text; text++)
		putchar(*text == '\n' ? '|' : *text == '\b' ? '<' : *text);
}

static void print_event(const struct usher_phone_event *ev)
{
	printf("%s", type_name(ev->type));
	if (ev->call)
		printf(" call=%llu", (unsigned long long)ev->call);
	if (ev->request)
		printf(" request=%llu code=%d",
		       (unsigned long long)ev->request, ev->code);
	else if (ev->type == USHER_PHONE_PLAYED ||
		 ev->type == USHER_PHONE_RECORDED)
		printf(" code=%d", ev->code);
	if (ev->account)
		printf(" account=%u expires=%u", ev->account, ev->expires_s);
	if (ev->cause)
		printf(" cause=%u", ev->cause);
	if (ev->status)
		printf(" status=%u", ev->status);
	if (ev->type == USHER_PHONE_PROGRESS)
		printf(" early=%u", ev->early);
	if (ev->digit)
		printf(" digit=%c", ev->digit);
	if (ev->type == USHER_PHONE_TONE)
		printf(" hz=%u level=%d", ev->frequency_hz, ev->level_mb);
	if (ev->from[0])
		printf(" from=%s", ev->from);
	if (ev->to[0])
		printf(" to=%s", ev->to);
	if (ev->diverted_by[0])
		printf(" diverted=%s,%s,%s", ev->diverted_first,
		       ev->diverted_by, ev->diverted_reason);
	if (ev->text[0])
		print_text(ev->text);
	if (ev->dropped)
		printf(" dropped=%u", ev->dropped);
	printf("\n");
}

static void on_incoming(struct usher_phone *phone, uint64_t call)
{
	if (!automatic)
		return;
	if (!strcmp(automatic, "answer")) {
		(void)usher_phone_ring(phone, call, 0, NULL);
		(void)usher_phone_answer(phone, call, NULL);
	} else if (!strcmp(automatic, "ring")) {
		(void)usher_phone_ring(phone, call, 0, NULL);
	} else {
		(void)usher_phone_reject(phone, call,
					 (uint16_t)atoi(automatic), NULL);
	}
}

/* False when the last event was taken. */
static int drain(struct usher_phone *phone)
{
	struct usher_phone_event ev;

	while (usher_phone_next(phone, &ev, sizeof(ev)) == 1) {
		print_event(&ev);
		if (ev.type == USHER_PHONE_INCOMING)
			on_incoming(phone, ev.call);
		if (ev.type == USHER_PHONE_STOPPED)
			return 0;
	}
	return 1;
}

static int do_register(struct usher_phone *phone, char **w)
{
	struct usher_phone_account_opts opts;
	uint32_t account = 0;
	int err;

	usher_phone_account_opts_init(&opts, sizeof(opts));
	opts.registrar = w[1];
	opts.user = w[2];
	opts.password = w[3];
	opts.expires_s = w[4] ? (uint32_t)atoi(w[4]) : 0;
	err = usher_phone_register(phone, &opts, &account, NULL);
	printf("account %u\n", account);
	return err;
}

static int do_place(struct usher_phone *phone, char **w)
{
	struct usher_phone_call_opts opts;
	uint64_t call = 0;
	int err;

	usher_phone_call_opts_init(&opts, sizeof(opts));
	opts.uri = w[1];
	opts.account = w[2] ? (uint32_t)atoi(w[2]) : 0;
	opts.from_user = w[3] && *w[3] != '-' ? w[3] : NULL;
	opts.beside = w[3] && w[4] ? strtoull(w[4], NULL, 10) : 0;
	err = usher_phone_place(phone, &opts, &call, NULL);
	printf("placed call=%llu\n", (unsigned long long)call);
	return err;
}

static int call_command(struct usher_phone *phone, char **w, uint64_t call)
{
	const char *c = w[0];
	uint64_t other;

	if (!strcmp(c, "ring"))
		return usher_phone_ring(phone, call, 0, NULL);
	if (!strcmp(c, "early"))
		return usher_phone_ring(phone, call, 1, NULL);
	if (!strcmp(c, "answer"))
		return usher_phone_answer(phone, call, NULL);
	if (!strcmp(c, "reject"))
		return usher_phone_reject(
			phone, call, (uint16_t)(w[2] ? atoi(w[2]) : 0), NULL);
	if (!strcmp(c, "hangup"))
		return usher_phone_hangup(phone, call, NULL);
	if (!strcmp(c, "hold") || !strcmp(c, "resume"))
		return usher_phone_hold(phone, call, *c == 'h', NULL);
	if (!strcmp(c, "transfer"))
		return usher_phone_transfer(phone, call, w[2], NULL);
	if (!strcmp(c, "attend"))
		return usher_phone_transfer_to(
			phone, call, w[2] ? strtoull(w[2], NULL, 10) : 0,
			NULL);
	if (!strcmp(c, "accept") || !strcmp(c, "decline"))
		return usher_phone_refer_reply(phone, call, *c == 'a', &other,
					       NULL);
	if (!strcmp(c, "digits"))
		return usher_phone_digits(phone, call, w[2], NULL);
	if (!strcmp(c, "play"))
		return usher_phone_play(phone, call, w[2], 0, NULL);
	if (!strcmp(c, "tone"))
		return usher_phone_tone(
			phone, call, (uint32_t)(w[2] ? atoi(w[2]) : 440),
			(uint32_t)(w[2] && w[3] ? atoi(w[3]) : 0), NULL);
	if (!strcmp(c, "type")) {
		for (char *p = w[2] ? w[2] : NULL; p && *p; p++)
			*p = *p == '|' ? '\n' : *p;
		return usher_phone_type(phone, call, w[2], NULL);
	}
	if (!strcmp(c, "silence"))
		return usher_phone_silence(phone, call, NULL);
	if (!strcmp(c, "record"))
		return usher_phone_record(
			phone, call, w[2] && strcmp(w[2], "-") ? w[2] : NULL,
			NULL);
	if (!strcmp(c, "listen"))
		return usher_phone_listen(phone, call, 1, NULL);
	if (!strcmp(c, "bridge"))
		return usher_phone_bridge(phone, call,
					  w[2] ? strtoull(w[2], NULL, 10) : 0,
					  NULL);
	if (!strcmp(c, "room")) {
		struct usher_phone_conference_opts room;

		usher_phone_conference_opts_init(&room, sizeof(room));
		room.room = w[2] ? strtoull(w[2], NULL, 10) : 0;
		room.role = w[2] && w[3] ? (uint32_t)atoi(w[3]) : room.role;
		return usher_phone_conference(phone, call, &room, NULL);
	}
	return USHER_ENOTSUP;
}

static int command(struct usher_phone *phone, char *line)
{
	static char kept[16];
	char *w[WORDS + 1] = {NULL}, *save = NULL, *word;
	int n = 0;

	for (word = strtok_r(line, " \n", &save); word && n < WORDS;
	     word = strtok_r(NULL, " \n", &save))
		w[n++] = word;
	if (!n)
		return 0;
	if (!strcmp(w[0], "stop"))
		return usher_phone_stop(phone, STOP_MS);
	if (!strcmp(w[0], "auto")) {
		(void)snprintf(kept, sizeof(kept), "%s", w[1] ? w[1] : "off");
		automatic = strcmp(kept, "off") ? kept : NULL;
		return 0;
	}
	if (!strcmp(w[0], "register"))
		return do_register(phone, w);
	if (!strcmp(w[0], "place"))
		return do_place(phone, w);
	if (n < 2)
		return USHER_EINVAL;
	if (!strcmp(w[0], "unregister"))
		return usher_phone_unregister(phone, (uint32_t)atoi(w[1]),
					      NULL);
	return call_command(phone, w, strtoull(w[1], NULL, 10));
}

static void run(struct usher_phone *phone)
{
	struct pollfd fds[2] = {
		{.fd = usher_phone_fd(phone), .events = POLLIN},
		{.fd = STDIN_FILENO, .events = POLLIN},
	};
	char line[512];
	int err;

	while (poll(fds, 2, -1) >= 0) {
		/* Commands first: "auto answer" was said before the call. */
		if (fds[1].revents && !fgets(line, sizeof(line), stdin)) {
			(void)usher_phone_stop(phone, STOP_MS);
			fds[1].fd = -1;
		} else if (fds[1].revents) {
			err = command(phone, line);
			if (err)
				printf("error %d %s\n", err,
				       usher_strerror(err));
		}
		if (fds[0].revents && !drain(phone))
			return;
	}
}

int main(int argc, char **argv)
{
	struct usher_phone_opts opts;
	struct usher_phone *phone;
	struct usher_error err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	usher_phone_opts_init(&opts, sizeof(opts));
	opts.address = argc > 1 ? argv[1] : NULL;
	opts.port = (uint16_t)(argc > 2 ? atoi(argv[2]) : 0);
	opts.any_source = argc > 3 && !strcmp(argv[3], "any");
	opts.text = argc > 3 && strstr(argv[3], "text");
	opts.video = argc > 3 && strstr(argv[3], "video");
	if (argc > 4) {
		opts.tls_certificate = argv[4];
		opts.tls_ca = argc > 5 ? argv[5] : NULL;
		opts.tls_verify = (uint32_t)(argc > 6 ? atoi(argv[6]) : 0);
	}
	opts.log = log_line;
	if (usher_phone_new(&phone, &opts, &err)) {
		printf("failed: %s\n", err.message);
		return 1;
	}
	printf("ready %u %u\n", usher_phone_port(phone),
	       usher_phone_tls_port(phone));
	run(phone);
	usher_phone_free(phone);
	return 0;
}

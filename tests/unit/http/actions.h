/* What may be posted, what becomes of it, and what is refused. */
#ifndef ACTIONS_H
#define ACTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <usher/center.h>

/* An agent's action on a contact, and one on another contact. */
#define ON_7(action, more, type, text)                                        \
	{                                                                     \
		"agents/anna/" action, "{\"contact\":\"7\"" more "}",         \
			USHER_REQ_##type, 7, 0, text                          \
	}
#define ON_8(action, body, type, text)                                        \
	{                                                                     \
		"contacts/8/" action, "{" body "}", USHER_REQ_##type, 8, 0,   \
			text                                                  \
	}

static const struct {
	const char *path;
	const char *body;
	uint32_t type;
	uint64_t contact;
	uint64_t offer;
	const char *text;
} actions[] = {
	{"agents/anna/sign-in", NULL, USHER_REQ_SIGN_IN, 0, 0, NULL},
	{"agents/anna/sign-out", "{}", USHER_REQ_SIGN_OUT, 0, 0, NULL},
	{"agents/anna/ready", NULL, USHER_REQ_READY, 0, 0, NULL},
	{"agents/anna/pause", NULL, USHER_REQ_PAUSE, 0, 0, NULL},
	{"agents/anna/wrap-up-end", NULL, USHER_REQ_WRAP_UP_END, 0, 0, NULL},
	{"agents/anna/wrap-up-end", "{\"contact\":\"5\"}",
	 USHER_REQ_WRAP_UP_END, 5, 0, NULL},
	{"agents/anna/accept", "{\"offer\":\"6\"}", USHER_REQ_ACCEPT, 0, 6,
	 NULL},
	{"agents/anna/reject", "{\"offer\":\"6\"}", USHER_REQ_REJECT, 0, 6,
	 NULL},
	{"agents/anna/hang-up", "{\"contact\":\"7\"}", USHER_REQ_HANG_UP, 7, 0,
	 NULL},
	{"agents/anna/hold", "{\"contact\":\"18446744073709551615\"}",
	 USHER_REQ_HOLD, UINT64_MAX, 0, NULL},
	{"agents/anna/resume", "{\"contact\":\"7\"}", USHER_REQ_RESUME, 7, 0,
	 NULL},
	{"agents/anna/transfer", "{\"contact\":\"7\",\"target\":\"2001\"}",
	 USHER_REQ_TRANSFER, 7, 0, "2001"},
	{"agents/anna/send", "{\"contact\":\"7\",\"text\":\"h\\u00e9\"}",
	 USHER_REQ_SEND, 7, 0, "h\xc3\xa9"},
	{"agents/anna/disposition",
	 "{\"contact\":\"7\",\"disposition\":\"sold\"}", USHER_REQ_DISPOSITION,
	 7, 0, "sold"},
	ON_7("transfer", ",\"target\":\"2\",\"keep_age\":true", TRANSFER, "2"),
	ON_7("consult", ",\"target\":\"2\"", CONSULT, "2"),
	ON_7("complete", "", CONSULT_COMPLETE, NULL),
	ON_7("cancel", "", CONSULT_CANCEL, NULL),
	ON_7("conference", "", CONFERENCE, NULL),
	ON_7("add", ",\"target\":\"2\"", ADD, "2"),
	ON_7("remove", ",\"agent\":\"bob\"", REMOVE, "bob"),
	ON_7("remove", ",\"leg\":\"9\"", REMOVE, NULL),
	ON_7("leave", "", LEAVE, NULL),
	ON_7("park", "", PARK, NULL),
	ON_7("mute", "", MUTE, NULL),
	ON_7("unmute", "", UNMUTE, NULL),
	ON_7("digits", ",\"digits\":\"1#\"", DIGITS, "1#"),
	ON_7("hang-up-leg", ",\"leg\":\"9\"", HANG_UP_LEG, NULL),
	ON_7("record", "", RECORD, NULL),
	ON_7("record-stop", "", RECORD_STOP, NULL),
	ON_7("record-pause", "", RECORD_PAUSE, NULL),
	ON_7("record-resume", "", RECORD_RESUME, NULL),
	ON_7("consent", ",\"consent\":\"given\"", CONSENT, "given"),
	ON_8("supervise", "\"mode\":\"barge\"", SUPERVISE, "barge"),
	ON_8("supervise-end", "\"leg\":\"9\"", SUPERVISE_END, NULL),
	ON_8("mute", "\"leg\":\"9\"", MUTE, NULL),
	ON_8("hang-up-leg", "\"leg\":\"9\"", HANG_UP_LEG, NULL),
	ON_8("callback", "\"number\":\"061\",\"queue\":\"sales\"", CALLBACK,
	     "061"),
	ON_8("callback", "\"from_us\":\"1\",\"customer_first\":true", CALLBACK,
	     NULL),
	ON_8("callback-cancel", "", CALLBACK_CANCEL, NULL),
	{"queues/sales/callback", "{\"number\":\"061\",\"attempts\":\"2\"}",
	 USHER_REQ_CALLBACK, 0, 0, "061"},
	{"contacts/8/hang-up", NULL, USHER_REQ_HANG_UP, 8, 0, NULL},
	{"contacts/8/assign", "{\"agent\":\"anna\"}", USHER_REQ_ASSIGN, 8, 0,
	 NULL},
	{"queues/sales/open", NULL, USHER_REQ_QUEUE_OPEN, 0, 0, NULL},
	{"queues/sales/close", "{}", USHER_REQ_QUEUE_CLOSE, 0, 0, NULL},
};

static const struct {
	const char *path;
	const char *body;
	int status;
	const char *code;
} refusals[] = {
	{"agents/nobody/pause", NULL, 404, "not_found"},
	{"agents/anna/dance", NULL, 404, "not_found"},
	{"queues/nowhere/close", NULL, 404, "not_found"},
	{"queues/sales/paint", NULL, 404, "not_found"},
	{"queues/sales/open", "{\"agent\":\"anna\"}", 400, "invalid"},
	{"agents/anna/pause", "{", 400, "invalid"},
	{"agents/anna/pause", "[]", 400, "invalid"},
	{"agents/anna/pause", "{} x", 400, "invalid"},
	{"agents/anna/pause", "{\"reason\":1}", 400, "invalid"},
	{"agents/anna/pause", "{\"raison\":\"x\"}", 400, "invalid"},
	{"agents/anna/pause", "{\"reason\":\"a\",\"reason\":\"b\"}", 400,
	 "invalid"},
	{"agents/anna/pause", "{\"reason\":\"\xff\"}", 400, "invalid"},
	{"agents/anna/pause", "{\"reason\":\"a\\u0000b\"}", 400, "invalid"},
	{"agents/anna/hold", NULL, 400, "invalid"},
	{"agents/anna/hold", "{\"contact\":\"x\"}", 400, "invalid"},
	{"agents/anna/hold", "{\"contact\":\"\"}", 400, "invalid"},
	{"agents/anna/hold", "{\"contact\":7}", 400, "invalid"},
	{"agents/anna/hold", "{\"contact\":\"18446744073709551616\"}", 400,
	 "invalid"},
	{"agents/anna/accept", "{\"contact\":\"7\"}", 400, "invalid"},
	{"agents/anna/transfer", "{\"contact\":\"7\"}", 400, "invalid"},
	{"agents/anna/transfer", "{\"contact\":\"7\",\"target\":\"\"}", 400,
	 "invalid"},
	{"agents/anna/consult", "{\"contact\":\"7\"}", 400, "invalid"},
	{"agents/anna/call", "{\"number\":\"1\",\"customer_first\":\"no\"}",
	 400, "invalid"},
	{"agents/anna/hang-up-leg", "{\"contact\":\"7\"}", 400, "invalid"},
	{"agents/anna/supervise", "{\"mode\":\"listen\"}", 404, "not_found"},
	{"contacts/8/supervise", "{\"agent\":\"anna\"}", 400, "invalid"},
	{"contacts/8/callback", "{\"queue\":\"nowhere\"}", 404, "not_found"},
	{"contacts/8/callback", "{\"from_us\":\"now\"}", 400, "invalid"},
	{"queues/sales/callback", "{\"attempts\":\"3\"}", 400, "invalid"},
	{"queues/sales/callback",
	 "{\"number\":\"1\",\"again_ms\":\"86400001\"}", 400, "invalid"},
	{"queues/sales/callback", "{\"number\":\"1\",\"again_ms\":\"5m\"}",
	 400, "invalid"},
	{"queues/sales/callback", "{\"number\":\"1\",\"attempts\":\"101\"}",
	 400, "invalid"},
	{"contacts/x/hang-up", NULL, 404, "not_found"},
	{"contacts/8/assign", "{}", 400, "invalid"},
	{"contacts/8/assign", "{\"agent\":\"nobody\"}", 404, "not_found"},
	{"contacts/8/hold", NULL, 404, "not_found"},
	{"agents/anna", NULL, 404, "not_found"},
	{"agents//pause", NULL, 404, "not_found"},
	{"agents/anna/", NULL, 404, "not_found"},
};

#endif

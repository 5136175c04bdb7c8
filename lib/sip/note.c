/* Lines of the log that anybody can cause: so many of a kind, then a count. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sip/limit.h>

static void notes_handler(void *arg)
{
	struct usher__notes *notes = arg;
	uint64_t more = notes->more;

	notes->told = 0;
	notes->more = 0;
	if (!more)
		return;
	usher__ua_log(notes->ua, notes->level, "%llu more like this: %s",
		      (unsigned long long)more, notes->text);
	/* It goes on: the next ones are counted from here. */
	notes->told = USHER__SIP_NOTES;
	tmr_start(&notes->tmr, USHER__SIP_NOTES_MS, notes_handler, notes);
}

void usher__notes_init(struct usher__ua *ua)
{
	unsigned i;

	for (i = 0; i < USHER__NOTE_COUNT; i++) {
		ua->notes[i].ua = ua;
		tmr_init(&ua->notes[i].tmr);
	}
}

void usher__notes_free(struct usher__ua *ua)
{
	unsigned i;

	for (i = 0; i < USHER__NOTE_COUNT; i++)
		tmr_cancel(&ua->notes[i].tmr);
}

void usher__route_note(struct usher__ua *ua, uint64_t call, const char *why)
{
	usher__ua_note(ua, USHER__NOTE_ROUTE, USHER__LOG_WARNING,
		       "call %llu: no trunk: %s", (unsigned long long)call,
		       why);
}

void usher__ua_note(struct usher__ua *ua, enum usher__note note,
		    enum usher__log_level level, const char *fmt, ...)
{
	struct usher__notes *notes = &ua->notes[note];
	char text[USHER__NOTE_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!tmr_isrunning(&notes->tmr))
		tmr_start(&notes->tmr, USHER__SIP_NOTES_MS, notes_handler,
			  notes);
	if (notes->told < USHER__SIP_NOTES) {
		notes->told++;
		usher__ua_log(ua, level, "%s", text);
		return;
	}
	notes->more++;
	notes->level = (uint8_t)level;
	memcpy(notes->text, text, sizeof(text));
}

/* An instance as the files that run it see it. */
#ifndef USHER_IVR_INSTANCE_H
#define USHER_IVR_INSTANCE_H

#include <sized.h>

#include "ivr/model.h"

#define IVR_NEVER INT64_MAX

/* Digits typed before they are asked for. */
#define IVR_AHEAD_MAX 16
/* Deadlines that one call runs each at its own time; later ones run as if
 * they came now. */
#define IVR_CATCH_UP_MAX 100
/* How long a stopped recording may take to say that it is kept. */
#define IVR_RECORD_GRACE_MS 10000

/* The diagram and the moves are at the top of machine.c. */
enum ivr_state {
	IVR_FRESH,
	IVR_RUNNING,
	IVR_PROMPT,
	IVR_ASKING,
	IVR_INPUT,
	IVR_INVALID,
	IVR_FETCH,
	IVR_WAIT,
	IVR_GREETING,
	IVR_RECORDING,
	IVR_TRANSFER,
	IVR_QUEUED,
	IVR_LEAVING,
	IVR_TALKING,
	IVR_DONE,
	IVR_CALLBACK,
	IVR_STATES
};

enum frame_kind { FRAME_SUBFLOW, FRAME_QUEUE };

/* Where to come back to: the step that began a subflow or a wait. */
struct frame {
	uint8_t kind;
	int32_t step;
};

/* All that a turn may change, apart from variables; plain data. */
struct ivr_data {
	uint8_t state;
	uint8_t depth;
	uint8_t n_input;
	uint8_t n_ahead;
	uint8_t stopping; /* a recording has been told to stop */
	int32_t step;
	int32_t leave_target; /* where to go when out of the queue */
	uint32_t requests;    /* given out so far */
	uint32_t awaited;     /* whose answer this state waits for, or 0 */
	uint32_t queue_request;
	uint32_t tries;
	uint32_t steps;  /* since mark_us */
	int64_t mark_us; /* start of the second in which steps are counted */
	int64_t last_us; /* time of the last input */
	int64_t deadline;
	int64_t queue_deadline; /* counts while in the queue */
	struct frame frames[USHER_IVR_DEPTH_MAX];
	char input[USHER_IVR_DIGITS_MAX + 1];
	char ahead[IVR_AHEAD_MAX];
};

/* A variable's value; the text is the slot's own. */
struct slot {
	uint32_t type;
	uint32_t boolean;
	double number;
	char *text;
	size_t len;
};

struct act {
	struct usher_ivr_action action;
	struct act *next;
};

/* An attribute set in this turn: the host has not applied it yet. */
struct shadow {
	int32_t name;
	struct usher_value value;
	struct shadow *next;
};

struct usher_ivr {
	struct usher_alloc alloc;
	struct usher_flow_set *set;
	usher_expr_lookup_h *lookup;
	void *arg;
	struct ivr_data d;
	struct ivr_data undo; /* as d was before this turn */
	struct slot *vars;
	struct slot *old;   /* as vars were before this turn */
	struct arena arena; /* of this turn's actions */
	struct act *first;
	struct act **last;
	struct act *unread;
	struct shadow *shadows;
	int failed; /* out of memory in this turn */
	char where[2 * USHER_FLOW_NAME_MAX + 16];
};

/* machine.c */
void usher__ivr_move(struct usher_ivr *ivr, enum ivr_state next);
void usher__ivr_go(struct usher_ivr *ivr, int32_t target);
void usher__ivr_end(struct usher_ivr *ivr, const char *reason);
void usher__ivr_error(struct usher_ivr *ivr, const char *reason);

/* place.c */
const struct step *usher__ivr_step(const struct usher_ivr *ivr);
int usher__queue_frame(const struct usher_ivr *ivr); /* -1: in none */

/* events.c */
int usher__ivr_check_event(const struct usher_ivr_event *event, size_t *len);
void usher__ivr_handle(struct usher_ivr *ivr,
		       const struct usher_ivr_event *event, const char *text,
		       size_t len);
/* The deadline of what the current step waits for has come. */
void usher__ivr_timed_out(struct usher_ivr *ivr);

/* memory.c */
int usher__ivr_alloc(struct usher_ivr **ret, struct usher_flow_set *set,
		     const struct usher_ivr_opts *opts,
		     const struct usher_alloc *alloc);
void usher__ivr_begin(struct usher_ivr *ivr);
int usher__ivr_commit(struct usher_ivr *ivr);
void *usher__ivr_get(struct usher_ivr *ivr, size_t size);

/* callback.c */
void usher__ivr_call_back(struct usher_ivr *ivr, const struct step *step);

/* vars.c */
struct usher_value usher__ivr_var(const struct usher_ivr *ivr, int32_t var);
void usher__ivr_set(struct usher_ivr *ivr, int32_t var,
		    struct usher_value value);
void usher__ivr_forget_secrets(struct usher_ivr *ivr);
bool usher__ivr_reads_secret(const struct usher_ivr *ivr,
			     const struct step *step, bool only_lost);
void usher__ivr_forget_read(struct usher_ivr *ivr, const struct step *step);
struct usher_value usher__ivr_eval(struct usher_ivr *ivr,
				   const struct bound *bound);
bool usher__ivr_test(struct usher_ivr *ivr, const struct bound *bound);

/* render.c */
enum render_mode { RENDER_PLAIN, RENDER_URL, RENDER_FILE, RENDER_HEADER };

/* Text that grows in the turn's arena. */
struct text {
	char *data;
	size_t len;
	size_t cap;
};

void usher__text_put(struct usher_ivr *ivr, struct text *text, const char *s,
		     size_t len);
void usher__text_json(struct usher_ivr *ivr, struct text *text,
		      const struct usher_value *value);
/* NUL-terminated in the arena; "" when out of memory. */
const char *usher__ivr_render(struct usher_ivr *ivr, const struct tmpl *tmpl,
			      enum render_mode mode);
/* A template's value with its type, if it is one field. */
struct usher_value usher__ivr_value(struct usher_ivr *ivr,
				    const struct tmpl *tmpl);

/* action.c */
void usher__ivr_fill_prompt(struct usher_ivr *ivr,
			    struct usher_ivr_action *action, int32_t prompt);
struct usher_ivr_action *usher__ivr_act(struct usher_ivr *ivr, uint32_t kind);
uint32_t usher__ivr_request(struct usher_ivr *ivr);
void usher__ivr_play(struct usher_ivr *ivr, uint32_t kind, int32_t prompt,
		     uint32_t flags);
void usher__ivr_stop(struct usher_ivr *ivr, uint32_t request);
/* Stop what this state plays, records or fetches. */
void usher__ivr_stop_current(struct usher_ivr *ivr);
int64_t usher__ivr_after(const struct usher_ivr *ivr, uint32_t ms);

/* step.c */
void usher__ivr_execute(struct usher_ivr *ivr, const struct step *step);
void usher__ivr_record(struct usher_ivr *ivr);
void usher__ivr_record_end(struct usher_ivr *ivr);
void usher__ivr_fetched(struct usher_ivr *ivr,
			const struct usher_ivr_event *event);
void usher__ivr_fetch_failed(struct usher_ivr *ivr, const char *reason);

/* ask.c: menus and collecting */
void usher__ask_begin(struct usher_ivr *ivr, uint32_t prompt);
void usher__ask_ready(struct usher_ivr *ivr);
void usher__ask_digit(struct usher_ivr *ivr, char digit);
void usher__ask_text(struct usher_ivr *ivr, const char *s, size_t len);
void usher__ask_timeout(struct usher_ivr *ivr);

/* wait.c: queues and talking */
void usher__queue_begin(struct usher_ivr *ivr, const struct step *step);
void usher__queue_leave(struct usher_ivr *ivr, const char *on);
void usher__queue_key(struct usher_ivr *ivr, char digit);
void usher__queue_answered(struct usher_ivr *ivr);
void usher__queue_exited(struct usher_ivr *ivr, const char *reason);
void usher__queue_returned(struct usher_ivr *ivr);
void usher__agent_left(struct usher_ivr *ivr);
void usher__queue_resumed(struct usher_ivr *ivr);

#endif

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crowd.h"

enum {
	SECOND_US = 1000000,
	FAR_US = 60 * SECOND_US,
	CUSTOMER_HZ = 600,
	AGENT_HZ = 400,
};

int64_t crowd_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

/* splitmix64: public domain arithmetic, one word of state. */
static uint64_t draw(struct crowd *crowd)
{
	uint64_t z = crowd->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static double uniform(struct crowd *crowd)
{
	return (double)(draw(crowd) >> 11) / 9007199254740992.0;
}

static int64_t exponential_us(struct crowd *crowd, double mean_s)
{
	return (int64_t)(-log(1.0 - uniform(crowd)) * mean_s * SECOND_US);
}

static int64_t between_us(struct crowd *crowd, double from_s, double to_s)
{
	return (int64_t)((from_s + (to_s - from_s) * uniform(crowd)) *
			 SECOND_US);
}

static bool chance(struct crowd *crowd, unsigned percent)
{
	return uniform(crowd) * 100.0 < percent;
}

static void plan_next_call(struct crowd *crowd, struct person *person)
{
	double per_minute = crowd->opts->per_minute;
	double mean_s = 30.0;

	if (per_minute > 0)
		mean_s = 60.0 * crowd->opts->callers / per_minute;
	person->state = IDLE;
	person->call = 0;
	person->due_us = crowd_now_us() + exponential_us(crowd, mean_s);
}

static void place(struct crowd *crowd, struct person *person,
		  const char *number, enum state next)
{
	struct usher_phone_call_opts opts;
	char uri[2 * CROWD_TEXT];
	int err;

	(void)snprintf(uri, sizeof(uri), "sip:%s@%s%s", number,
		       crowd->opts->center,
		       crowd->opts->tcp ? ";transport=tcp" : "");
	usher_phone_call_opts_init(&opts, sizeof(opts));
	opts.uri = uri;
	opts.account = person->account;
	opts.from_user = person->agent ? NULL : person->name;
	opts.from_name = person->agent ? NULL : person->name;
	err = usher_phone_place(crowd->phone, &opts, &person->call, NULL);
	if (err) {
		person->due_us = crowd_now_us() + SECOND_US;
		return;
	}
	person->state = next;
	person->due_us = 0;
	if (!person->agent)
		crowd->placed++;
}

int crowd_agent(struct crowd *crowd, const char *spec)
{
	struct person *person = &crowd->people[crowd->count];

	if (crowd->count >= CROWD_MAX_PEOPLE)
		return USHER_EFULL;
	if (sscanf(spec, "%127[^:]:%127[^:]:%127s", person->name,
		   person->password, person->pin) < 2)
		return USHER_EINVAL;
	person->agent = true;
	crowd->count++;
	return 0;
}

static int start_agent(struct crowd *crowd, struct person *person)
{
	struct usher_phone_account_opts opts;
	char registrar[2 * CROWD_TEXT];

	(void)snprintf(registrar, sizeof(registrar), "sip:%s%s",
		       crowd->opts->center,
		       crowd->opts->tcp ? ";transport=tcp" : "");
	usher_phone_account_opts_init(&opts, sizeof(opts));
	opts.registrar = registrar;
	opts.user = person->name;
	opts.password = person->password;
	return usher_phone_register(crowd->phone, &opts, &person->account,
				    NULL);
}

int crowd_start(struct crowd *crowd)
{
	unsigned i;
	int err;

	for (i = 0; i < crowd->count; i++) {
		err = start_agent(crowd, &crowd->people[i]);
		if (err)
			return err;
	}
	for (i = 0; i < crowd->opts->callers; i++) {
		struct person *person = &crowd->people[crowd->count];

		if (crowd->count >= CROWD_MAX_PEOPLE)
			return USHER_EFULL;
		crowd->count++;
		(void)snprintf(person->name, sizeof(person->name), "5550%04u",
			       i);
		plan_next_call(crowd, person);
	}
	return 0;
}

static struct person *by_call(struct crowd *crowd, uint64_t call)
{
	unsigned i;

	for (i = 0; i < crowd->count; i++)
		if (crowd->people[i].call == call)
			return &crowd->people[i];
	return NULL;
}

/* An agent's phone rings: whose number was called? */
static void incoming(struct crowd *crowd,
		     const struct usher_phone_event *event)
{
	unsigned i;

	for (i = 0; i < crowd->count; i++) {
		struct person *person = &crowd->people[i];

		if (!person->agent || strcmp(person->name, event->to))
			continue;
		if (person->call)
			break;
		person->call = event->call;
		person->state = RINGING;
		person->held = false;
		(void)usher_phone_ring(crowd->phone, event->call, 0, NULL);
		person->due_us = crowd_now_us() + between_us(crowd, 0.5, 3);
		if (chance(crowd, crowd->opts->miss_percent)) {
			person->due_us = 0;
			crowd->missed++;
		}
		return;
	}
	(void)usher_phone_reject(crowd->phone, event->call, 486, NULL);
}

/* What a person who talks will do next. */
static void plan_talk(struct crowd *crowd, struct person *person)
{
	int64_t now = crowd_now_us();
	const char *menu = crowd->opts->menu;

	if (!person->agent && menu && *menu && !person->pressed) {
		person->due_us = now + between_us(crowd, 1.5, 4);
		return;
	}
	person->due_us = person->over_us;
	if (person->agent && !person->held &&
	    chance(crowd, crowd->opts->hold_percent))
		person->due_us = now + between_us(crowd, 1, 4);
	else
		person->held = true;
	if (person->due_us > person->over_us)
		person->due_us = person->over_us;
}

static void answered(struct crowd *crowd, struct person *person)
{
	int64_t now = crowd_now_us();
	double mean_s =
		person->agent ? crowd->opts->talk_s : crowd->opts->patience_s;

	(void)usher_phone_tone(crowd->phone, person->call,
			       person->agent ? AGENT_HZ : CUSTOMER_HZ, 0,
			       NULL);
	if (person->state == SIGNING) {
		/* The center says what became of it, then hangs up. */
		person->due_us = now + 4 * SECOND_US;
		return;
	}
	if (person->agent)
		crowd->taken++;
	else
		crowd->answered++;
	person->state = TALKING;
	person->pressed = false;
	person->over_us = now + SECOND_US + exponential_us(crowd, mean_s);
	plan_talk(crowd, person);
}

static void ended(struct crowd *crowd, struct person *person,
		  const struct usher_phone_event *event)
{
	bool signing = person->state == SIGNING;
	bool rang = person->state == RINGING;

	if (!person->agent) {
		if (event->cause != USHER_PHONE_CAUSE_LOCAL &&
		    event->cause != USHER_PHONE_CAUSE_REMOTE)
			crowd->failed++;
		plan_next_call(crowd, person);
		return;
	}
	person->call = 0;
	person->state = IDLE;
	person->due_us = 0;
	if (!signing) {
		person->wrapping = !rang && *crowd->opts->wrapped;
		if (person->wrapping)
			person->due_us =
				crowd_now_us() + between_us(crowd, 2, 6);
		return;
	}
	if (event->cause == USHER_PHONE_CAUSE_LOCAL ||
	    event->cause == USHER_PHONE_CAUSE_REMOTE)
		person->signed_in = true;
	else
		person->due_us = crowd_now_us() + 5 * SECOND_US;
}

static void registered(struct crowd *crowd,
		       const struct usher_phone_event *event)
{
	unsigned i;

	for (i = 0; i < crowd->count; i++) {
		struct person *person = &crowd->people[i];

		if (person->account != event->account)
			continue;
		if (event->status != 200)
			fprintf(stderr, "crowd: %s: REGISTER got %u\n",
				person->name, event->status);
		else if (event->expires_s)
			crowd->registered++;
		if (event->status == 200 && event->expires_s && *person->pin &&
		    !person->signed_in && !person->call)
			person->due_us =
				crowd_now_us() + between_us(crowd, 0, 1);
		return;
	}
}

void crowd_event(struct crowd *crowd, const struct usher_phone_event *event)
{
	struct person *person;

	if (event->type == USHER_PHONE_REGISTERED) {
		registered(crowd, event);
		return;
	}
	if (event->type == USHER_PHONE_INCOMING) {
		incoming(crowd, event);
		return;
	}
	person = event->call ? by_call(crowd, event->call) : NULL;
	if (!person)
		return;
	if (event->type == USHER_PHONE_ANSWERED)
		answered(crowd, person);
	else if (event->type == USHER_PHONE_ENDED)
		ended(crowd, person, event);
	else if (event->type == USHER_PHONE_REFER)
		(void)usher_phone_refer_reply(crowd->phone, event->call, 0,
					      NULL, NULL);
	else if (event->type == USHER_PHONE_DONE && event->code &&
		 person->state == DIALING)
		plan_next_call(crowd, person);
}

static void hang_up(struct crowd *crowd, struct person *person)
{
	if (!person->agent)
		crowd->gave_up++;
	(void)usher_phone_hangup(crowd->phone, person->call, NULL);
	if (person->state != SIGNING)
		person->state = LEAVING;
}

static void talk(struct crowd *crowd, struct person *person)
{
	int64_t now = crowd_now_us();

	if (now >= person->over_us) {
		hang_up(crowd, person);
	} else if (!person->agent && !person->pressed) {
		const char *menu = crowd->opts->menu;
		char digit[2] = {menu[draw(crowd) % strlen(menu)], '\0'};

		person->pressed = true;
		(void)usher_phone_digits(crowd->phone, person->call, digit,
					 NULL);
		plan_talk(crowd, person);
	} else {
		person->held = true;
		person->state = HOLDING;
		person->due_us = now + between_us(crowd, 2, 6);
		(void)usher_phone_hold(crowd->phone, person->call, 1, NULL);
	}
}

static void act(struct crowd *crowd, struct person *person)
{
	char number[2 * CROWD_TEXT];

	person->due_us = 0;
	switch (person->state) {
	case IDLE:
		if (!person->agent) {
			place(crowd, person, crowd->opts->dial, DIALING);
			return;
		}
		if (person->wrapping)
			(void)snprintf(number, sizeof(number), "%s",
				       crowd->opts->wrapped);
		else
			(void)snprintf(number, sizeof(number), "%s%s",
				       crowd->opts->sign_in, person->pin);
		person->wrapping = false;
		place(crowd, person, number, SIGNING);
		return;
	case RINGING:
		(void)usher_phone_answer(crowd->phone, person->call, NULL);
		return;
	case SIGNING:
		hang_up(crowd, person);
		return;
	case TALKING:
		talk(crowd, person);
		return;
	case HOLDING:
		(void)usher_phone_hold(crowd->phone, person->call, 0, NULL);
		person->state = TALKING;
		plan_talk(crowd, person);
		return;
	default:
		return;
	}
}

int64_t crowd_act(struct crowd *crowd)
{
	int64_t now = crowd_now_us(), next = now + FAR_US;
	unsigned i;

	for (i = 0; i < crowd->count; i++) {
		struct person *person = &crowd->people[i];

		if (person->due_us && person->due_us <= now)
			act(crowd, person);
		if (person->due_us && person->due_us < next)
			next = person->due_us;
	}
	return next;
}

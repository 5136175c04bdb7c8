#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "back.h"

struct usher_step_opts step;
const char *from, *until, *deny;

void back_setup(void)
{
	stage_setup(&s);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_CALLBACK;
	step.name = "back";
	step.prompt = "bye";
	from = until = deny = NULL;
}

void back_teardown(void)
{
	stage_teardown(&s);
}

static void step_add(struct usher_flow_builder *b, uint32_t kind,
		     const char *name, const char *text)
{
	struct usher_step_opts opts;

	usher_step_opts_init(&opts, sizeof(opts));
	opts.kind = kind;
	opts.name = name;
	if (kind == USHER_STEP_QUEUE)
		opts.flow = text;
	else
		opts.prompt = text;
	ck_assert_int_eq(usher_flow_builder_step(b, &opts, NULL), 0);
}

static void exit_add(struct usher_flow_builder *b, const char *on,
		     const char *target)
{
	ck_assert_int_eq(usher_flow_builder_exit(b, on, target, NULL), 0);
}

/* Who calls 1000 waits in sales to music; 1 is a callback. */
static struct usher_flow_set *flows(void)
{
	static const char *const prompts[] = {"music", "tune",  "bye",
					      "sorry", "offer", "hello"};
	struct usher_flow_builder *b;
	struct usher_flow_set *set;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++)
		ck_assert_int_eq(usher_flow_builder_prompt(b, prompts[i], "en",
							   "La.", NULL),
				 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	step_add(b, USHER_STEP_QUEUE, NULL, "hold");
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	exit_add(b, "1", "back");
	exit_add(b, "else", "end");
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	if (from)
		ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_WINDOW,
							 "from", from, NULL),
				 0);
	if (until)
		ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_WINDOW,
							 "until", until, NULL),
				 0);
	exit_add(b, "exists", "there");
	exit_add(b, "else", "sorry");
	step_add(b, USHER_STEP_PROMPT, "sorry", "sorry");
	step_add(b, USHER_STEP_PROMPT, "there", "hello");
	ck_assert_int_eq(usher_flow_builder_flow(b, "hold", NULL), 0);
	step_add(b, USHER_STEP_WAIT, NULL, "tune");
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	return set;
}

static void configure_more(struct usher_config *config)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "192.0.2.1:5060"};
	const struct usher_queue_conf later = {.size = sizeof(later),
					       .name = "later",
					       .music = "music",
					       .callback_key = "5",
					       .callback_first =
						       USHER_CALLBACK_CUSTOMER,
					       .callback_within_ms = 3600000,
					       .callback_prompt = "bye",
					       .callback_greeting = "hello"};
	const struct usher_queue_step_conf offer = {
		.size = sizeof(offer),
		.queue = "later",
		.action = USHER_QUEUE_STEP_CALLBACK,
		.after_ms = 20,
		.text = "offer"};
	const struct usher_entry_conf entry = {.size = sizeof(entry),
					       .address = "1003",
					       .queue = "later",
					       .no_video = 1};
	const struct usher_outbound_conf outbound = {
		.size = sizeof(outbound), .deny = &deny, .deny_count = 1};
	struct usher_flow_set *set = flows();

	ck_assert_int_eq(usher_config_flows(config, set), 0);
	usher_flow_set_unref(set);
	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	if (deny)
		ck_assert_int_eq(
			usher_config_outbound(config, &outbound, NULL), 0);
	ck_assert_int_eq(usher_config_queue(config, &later, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_queue_step(config, &offer, NULL), 0);
}

void back_configure(void)
{
	struct usher_config *config = stage_config(&s);

	configure_more(config);
	stage_configure(&s, config);
}

void back_begin(void)
{
	stage_open(&s, false);
	back_configure();
}

void sign_in(uint64_t agent)
{
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, agent, 0, NULL), 0);
}

uint64_t waits(const char *number)
{
	uint64_t leg = stage_arrive(&s.phone, "1000", number);

	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	return leg;
}

void presses(uint64_t leg)
{
	ck_assert_int_eq(usher_channel_digit(s.phone.channel, leg, '1', 0), 0);
}

void agrees(const char *number)
{
	uint64_t leg = waits(number);

	presses(leg);
	stage_event(&s, USHER_EV_CALLBACK_ASKED, contact);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
}

void kill_and_open(void (*live)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		stage_open(&s, true);
		back_configure();
		live();
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* At once: without trunks its attempts would be over, each in vain. */
	s.more = configure_more;
	stage_open(&s, true);
	s.more = NULL;
	back_configure();
}

uint64_t rings(size_t *at, const char *address)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, at, &verb));
	ck_assert_str_eq(verb.text, address);
	return verb.leg;
}

void answers(uint64_t leg)
{
	usher_channel_answered(s.phone.channel, leg);
}

uint64_t ann_accepts(size_t *at)
{
	sign_in(s.ann);
	ann_leg = rings(at, "phone");
	answers(ann_leg);
	return rings(at, "tel:" NUMBER);
}

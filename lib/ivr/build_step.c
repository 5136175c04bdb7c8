/* The builder's steps, their exits and pairs. */
#include <string.h>

#include "expr/expr.h"
#include "ivr/model.h"

#define DEFAULT_RETRIES      2
#define DEFAULT_INPUT_MS     5000
#define DEFAULT_DIGIT_MS     3000
#define DEFAULT_FETCH_MS     5000
#define DEFAULT_VOICEMAIL_MS 120000

void usher_step_opts_init(struct usher_step_opts *opts, size_t size)
{
	memset(opts, 0, size);
	opts->size = size;
}

/* The caller's options, whatever version of the struct it was compiled with;
 * fields that it does not know are zero. */
static int opts_take(struct usher_step_opts *ret,
		     const struct usher_step_opts *opts)
{
	if (!opts || opts->size < offsetof(struct usher_step_opts, next))
		return USHER_EINVAL;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, opts,
	       opts->size < sizeof(*ret) ? opts->size : sizeof(*ret));
	return 0;
}

static int copy_name(struct usher_flow_builder *b, const char **ret,
		     const char *name, const char *what,
		     struct usher_error *err)
{
	if (!name)
		return 0;
	if (!usher__flow_name_ok(name))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"%s: a name has 1 to %d bytes of UTF-8", what,
			USHER_FLOW_NAME_MAX);
	*ret = usher__flow_copy(b, name);
	return *ret ? 0 : USHER_ENOMEM;
}

static int one_of(struct usher_flow_builder *b, struct step *step,
		  const char *word, const char *const *words,
		  struct usher_error *err)
{
	for (; *words; words++) {
		if (!strcmp(word, *words)) {
			step->method = *words;
			return 0;
		}
	}
	return usher__flow_problem(err, USHER_EINVAL, &b->place,
				   "\"%.63s\" is not known here", word);
}

static int method_set(struct usher_flow_builder *b, struct step *step,
		      const char *method, struct usher_error *err)
{
	static const char *const verbs[] = {"GET",   "POST",   "PUT",
					    "PATCH", "DELETE", NULL};
	static const char *const ways[] = {"agent", "queue", "number", NULL};
	static const char *const first[] = {"agent", "customer", NULL};

	if (step->kind == USHER_STEP_FETCH)
		return one_of(b, step, method ? method : "GET", verbs, err);
	if (step->kind == USHER_STEP_TRANSFER && method)
		return one_of(b, step, method, ways, err);
	if (step->kind == USHER_STEP_CALLBACK && method)
		return one_of(b, step, method, first, err);
	return 0;
}

/* Place an expression's error at the step, its own place in the text. */
static int bound_set(struct usher_flow_builder *b, struct bound **ret,
		     const char *text, const char *what,
		     struct usher_error *err)
{
	struct usher_error inner;
	int code;

	if (!text)
		return 0;
	memset(&inner, 0, sizeof(inner));
	code = usher__flow_bound(b, ret, text, strlen(text), &inner);
	if (code)
		return usher__flow_problem(
			err, code, &b->place, "%s, line %u character %u: %s",
			what, inner.line, inner.column, inner.message);
	return 0;
}

static int terminator_set(struct usher_flow_builder *b, struct step *step,
			  uint32_t terminator, struct usher_error *err)
{
	if (!terminator)
		step->terminator = '#';
	else if (terminator == '-')
		step->terminator = '\0';
	else if (terminator < 128 && strchr("0123456789*#", (int)terminator))
		step->terminator = (char)terminator;
	else
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "the terminator is no digit");
	return 0;
}

static int numbers_set(struct usher_flow_builder *b, struct step *step,
		       const struct usher_step_opts *o,
		       struct usher_error *err)
{
	uint32_t most = o->flags & USHER_STEP_TEXT ? USHER_IVR_VALUE_MAX
						   : USHER_IVR_DIGITS_MAX;

	step->timeout_ms = o->timeout_ms;
	if (!o->timeout_ms && (step->kind == USHER_STEP_MENU ||
			       step->kind == USHER_STEP_COLLECT))
		step->timeout_ms = DEFAULT_INPUT_MS;
	if (!o->timeout_ms && step->kind == USHER_STEP_FETCH)
		step->timeout_ms = DEFAULT_FETCH_MS;
	if (!o->timeout_ms && step->kind == USHER_STEP_VOICEMAIL)
		step->timeout_ms = DEFAULT_VOICEMAIL_MS;
	step->digit_timeout_ms =
		o->digit_timeout_ms ? o->digit_timeout_ms : DEFAULT_DIGIT_MS;
	step->retries = o->retries ? o->retries : DEFAULT_RETRIES;
	if (o->retries == USHER_NO_RETRY)
		step->retries = 0;
	step->min = o->min ? o->min : 1;
	step->max =
		o->max || step->kind == USHER_STEP_CALLBACK ? o->max : most;
	if (step->kind == USHER_STEP_COLLECT &&
	    (step->max > most || step->min > step->max))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"min %u and max %u do not fit (at most %u)", step->min,
			step->max, most);
	return terminator_set(b, step, o->terminator, err);
}

static int texts_set(struct usher_flow_builder *b, struct step *step,
		     const struct usher_step_opts *o, struct usher_error *err)
{
	int code = copy_name(b, &step->name, o->name, "name", err);

	if (!code && o->name &&
	    (!strcmp(o->name, "return") || !strcmp(o->name, "end")))
		code = usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "no step can be named \"%s\"",
					   o->name);
	step->hash = step->name ? usher__flow_hash(step->name) : 0;
	code = code ? code
		    : copy_name(b, &step->next_name, o->next, "next", err);
	code = code ? code
		    : copy_name(b, &step->prompt_names[PROMPT_FIRST],
				o->prompt, "prompt", err);
	code = code ? code
		    : copy_name(b, &step->prompt_names[PROMPT_AGAIN], o->again,
				"again", err);
	code = code ? code
		    : copy_name(b, &step->prompt_names[PROMPT_INVALID],
				o->invalid, "invalid", err);
	code = code ? code
		    : copy_name(b, &step->flow_name, o->flow, "flow", err);
	if (!code && o->target)
		code = usher__tmpl_new(b, &step->target, o->target, err);
	code = code ? code : method_set(b, step, o->method, err);
	code = code ? code
		    : bound_set(b, &step->require, o->require,
				step->kind == USHER_STEP_QUEUE
					? "the requirement"
					: "the condition",
				err);
	if (step->require) {
		step->require->secret_ok = step->kind == USHER_STEP_COLLECT;
		step->require->foreign = step->kind == USHER_STEP_QUEUE;
	}
	return code ? code
		    : bound_set(b, &step->priority, o->priority,
				"the priority", err);
}

static int variable_set(struct usher_flow_builder *b, struct step *step,
			const char *name, struct usher_error *err)
{
	int code;

	step->var = -1;
	if (!name || (step->kind != USHER_STEP_MENU &&
		      step->kind != USHER_STEP_COLLECT))
		return 0;
	if (!strcmp(name, "language"))
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "set the language with a set step");
	code = usher__flow_var(b, name, &step->var, err);
	if (code)
		return code;
	b->set->vars[step->var].assigned = true;
	if (step->kind == USHER_STEP_COLLECT &&
	    (step->flags & USHER_STEP_SECRET))
		b->set->vars[step->var].secret = true;
	return 0;
}

static void step_mix(struct usher_flow_builder *b,
		     const struct usher_step_opts *o)
{
	const char *texts[] = {o->name,    o->next,     o->prompt,  o->again,
			       o->invalid, o->variable, o->flow,    o->target,
			       o->method,  o->require,  o->priority};
	const uint32_t numbers[] = {
		o->kind, o->flags, o->timeout_ms, o->digit_timeout_ms,
		o->min,  o->max,   o->retries,    o->terminator};

	usher__flow_mix(b, "step");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		usher__flow_mix(b, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		usher__flow_mix_number(b, numbers[i]);
}

static int step_add(struct usher_flow_builder *b,
		    const struct usher_step_opts *o, struct usher_error *err)
{
	struct usher_flow_set *set = b->set;
	struct flow *flow;
	struct step *step;
	int code;

	if (!set->n_flows)
		return usher__flow_problem(err, USHER_ESTATE, &b->place,
					   "a step without a flow");
	flow = set->flows[set->n_flows - 1];
	if (o->kind < USHER_STEP_PROMPT || o->kind > USHER_STEP_CALLBACK)
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "no such kind of step");
	if (set->n_steps == USHER_FLOW_STEPS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d steps",
					   USHER_FLOW_STEPS_MAX);
	if (o->name && usher__flow_step_find(set, flow, o->name))
		return usher__flow_problem(err, USHER_EEXIST, &b->place,
					   "step %s is in flow %s already",
					   o->name, flow->name);
	step = usher__arena_get(&set->arena, sizeof(*step));
	if (!step)
		return USHER_ENOMEM;
	step->kind = o->kind;
	step->flags = o->flags;
	step->place = b->place;
	step->flow = set->n_flows - 1;
	step->number = flow->n_steps + 1;
	code = texts_set(b, step, o, err);
	code = code ? code : numbers_set(b, step, o, err);
	code = code ? code : variable_set(b, step, o->variable, err);
	code = code ? code
		    : usher__flow_grow(b, &set->steps, set->n_steps,
				       &b->cap_steps, sizeof(struct step *));
	if (code)
		return code;
	set->steps[set->n_steps++] = step;
	flow->n_steps++;
	step_mix(b, o);
	return 0;
}

int usher_flow_builder_step(struct usher_flow_builder *b,
			    const struct usher_step_opts *opts,
			    struct usher_error *err)
{
	struct usher_step_opts o;

	if (b->spent)
		return usher_error_set(err, USHER_ESTATE,
				       "the builder is spent");
	if (opts_take(&o, opts))
		return usher_error_set(err, USHER_EINVAL,
				       "the options are not initialised");
	return usher__flow_oom(step_add(b, &o, err), err);
}

/* The step added last, or NULL. */
struct step *usher__flow_last_step(struct usher_flow_builder *b)
{
	struct usher_flow_set *set = b->set;

	if (b->spent || !set->n_flows ||
	    !set->flows[set->n_flows - 1]->n_steps)
		return NULL;
	return set->steps[set->n_steps - 1];
}

static bool exit_ok(const struct step *step, const char *on)
{
	bool is_else = !strcmp(on, "else");

	switch (step->kind) {
	case USHER_STEP_MENU:
	case USHER_STEP_QUEUE:
	case USHER_STEP_FETCH:
	case USHER_STEP_TRANSFER:
	case USHER_STEP_CALLBACK:
	case USHER_STEP_IF:
		return true;
	case USHER_STEP_COLLECT:
		return is_else || !strcmp(on, "timeout") ||
		       !strcmp(on, "invalid");
	case USHER_STEP_VOICEMAIL:
		return is_else || !strcmp(on, "failed");
	default:
		return false;
	}
}

static int exit_check(struct usher_flow_builder *b, const struct step *step,
		      const char *on, struct usher_error *err)
{
	if (!exit_ok(step, on))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"misplaced: this step has no exit \"%.63s\"", on);
	for (uint32_t i = 0; i < step->n_exits; i++)
		if (!strcmp(step->exits[i].on, on))
			return usher__flow_problem(
				err, USHER_EEXIST, &b->place,
				"duplicate-exit: \"%.63s\" twice", on);
	if (step->n_exits == USHER_FLOW_ITEMS_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "more than %d exits",
					   USHER_FLOW_ITEMS_MAX);
	if (step->kind != USHER_STEP_IF && !usher__flow_name_ok(on))
		return usher__flow_problem(
			err, USHER_EINVAL, &b->place,
			"the name of an exit has 1 to %d bytes of UTF-8",
			USHER_FLOW_NAME_MAX);
	return 0;
}

static int exit_add(struct usher_flow_builder *b, struct step *step,
		    const char *on, const char *target,
		    struct usher_error *err)
{
	struct flow_exit *exits;
	struct flow_exit made;
	int code = exit_check(b, step, on, err);

	memset(&made, 0, sizeof(made));
	made.place = b->place;
	code = code ? code
		    : copy_name(b, &made.target_name, target, "target", err);
	if (!code && step->kind == USHER_STEP_IF && strcmp(on, "else") != 0)
		code = bound_set(b, &made.cond, on, "the condition", err);
	if (code)
		return code;
	if (made.cond)
		made.cond->secret_ok = true;
	made.on = usher__flow_copy(b, on);
	exits = usher__arena_get(&b->set->arena,
				 (step->n_exits + 1) * sizeof(*exits));
	if (!made.on || !exits)
		return USHER_ENOMEM;
	if (step->n_exits)
		memcpy(exits, step->exits, step->n_exits * sizeof(*exits));
	exits[step->n_exits++] = made;
	step->exits = exits;
	usher__flow_mix(b, "exit");
	usher__flow_mix(b, on);
	usher__flow_mix(b, target);
	return 0;
}

int usher_flow_builder_exit(struct usher_flow_builder *b, const char *on,
			    const char *target, struct usher_error *err)
{
	struct step *step = usher__flow_last_step(b);

	if (!step)
		return usher__flow_problem(err, USHER_ESTATE, &b->place,
					   "an exit without a step");
	if (!on || !target)
		return usher__flow_problem(err, USHER_EINVAL, &b->place,
					   "an exit has a name and a target");
	return usher__flow_oom(exit_add(b, step, on, target, err), err);
}

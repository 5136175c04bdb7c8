/*
 * Problems of single steps that can be known at load; graph.c has those of
 * the ways between them.
 */
#include <string.h>

#include "ivr/model.h"

static int problem(struct usher_error *err, const struct step *step,
		   const char *text)
{
	return usher__flow_problem(err, USHER_EINVAL, &step->place, "%s",
				   text);
}

static uint32_t count_pairs(const struct step *step, uint32_t kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < step->n_pairs; i++)
		count += step->pairs[i].kind == kind;
	return count;
}

static bool has_choice(const struct step *step)
{
	for (uint32_t i = 0; i < step->n_exits; i++)
		if (strcmp(step->exits[i].on, "timeout") != 0 &&
		    strcmp(step->exits[i].on, "invalid") != 0 &&
		    strcmp(step->exits[i].on, "else") != 0)
			return true;
	return false;
}

/* The part that a step cannot do without; NULL when nothing is missing. */
static const char *missing_part(const struct step *step)
{
	bool has_prompt = step->prompts[PROMPT_FIRST] >= 0;

	switch (step->kind) {
	case USHER_STEP_PROMPT:
		return has_prompt ? NULL : "missing-part: which prompt?";
	case USHER_STEP_MENU:
		if (!has_prompt)
			return "missing-part: a menu needs a prompt";
		return has_choice(step) ? NULL
					: "missing-part: a menu needs a key";
	case USHER_STEP_COLLECT:
		if (!has_prompt)
			return "missing-part: collect needs a prompt";
		return step->var >= 0
			       ? NULL
			       : "missing-part: collect needs a variable";
	case USHER_STEP_SET:
		return step->n_pairs ? NULL : "missing-part: set what?";
	case USHER_STEP_IF:
		return step->n_exits ? NULL
				     : "missing-part: if needs a condition";
	case USHER_STEP_QUEUE:
		return step->n_pairs ? NULL : "missing-part: which queue?";
	case USHER_STEP_FETCH:
		return step->target ? NULL : "missing-part: fetch needs a url";
	case USHER_STEP_TRANSFER:
		return step->target && step->method
			       ? NULL
			       : "missing-part: transfer to whom?";
	case USHER_STEP_VOICEMAIL:
		return step->target ? NULL : "missing-part: which mailbox?";
	case USHER_STEP_SUBFLOW:
		return step->sub >= 0 ? NULL : "missing-part: which flow?";
	case USHER_STEP_LEAVE:
		return step->flow_name ? NULL
				       : "missing-part: leave by which exit?";
	default:
		return NULL;
	}
}

/*
 * Scheme and host have to be constant: a value that a caller types must not
 * choose which machine is asked.
 */
static int check_url(const struct step *step, struct usher_error *err)
{
	const struct tmpl *url = step->target;
	const char *text = url->n_parts ? url->parts[0].text : NULL;
	const char *host = NULL;

	if (text && !strncmp(text, "https://", 8))
		host = text + 8;
	else if (text && !strncmp(text, "http://", 7))
		host = text + 7;
	if (!host || !*host || *host == '/')
		return problem(err, step,
			       "unsafe-url: it starts with http:// or "
			       "https:// and a host without fields");
	if (url->n_parts > 1 && !strchr(host, '/'))
		return problem(err, step,
			       "unsafe-url: a field before the end of the "
			       "host; put a / behind the host");
	for (const char *p = host; *p && *p != '/'; p++)
		if (*p == '@' || (unsigned char)*p <= ' ')
			return problem(err, step,
				       "unsafe-url: @ or a blank in the host");
	return 0;
}

static int check_step(const struct step *step, struct usher_error *err)
{
	const char *missing = missing_part(step);

	if (missing)
		return problem(err, step, missing);
	if ((step->kind == USHER_STEP_FETCH ||
	     step->kind == USHER_STEP_TRANSFER ||
	     step->kind == USHER_STEP_CALLBACK) &&
	    usher__step_exit(step, "else") == TARGET_NONE)
		return problem(err, step,
			       "missing-else: what happens when it fails?");
	if (step->kind != USHER_STEP_FETCH)
		return 0;
	if (count_pairs(step, USHER_PAIR_FIELD) &&
	    (!strcmp(step->method, "GET") || !strcmp(step->method, "DELETE")))
		return problem(err, step,
			       "misplaced: GET and DELETE send no fields");
	return check_url(step, err);
}

static int check_secrets(const struct usher_flow_set *set,
			 const struct bound *bound, struct usher_error *err)
{
	uint32_t count = usher_expr_names(bound->expr);

	if (bound->foreign || bound->secret_ok ||
	    (bound->into >= 0 && set->vars[bound->into].secret))
		return 0;
	for (uint32_t i = 0; i < count; i++)
		if (bound->bind[i] >= 0 && set->vars[bound->bind[i]].secret)
			return usher__flow_problem(
				err, USHER_EINVAL, &bound->place,
				"secret-leak: %s is a secret; only conditions "
				"and what a fetch sends may read it",
				set->vars[bound->bind[i]].name);
	return 0;
}

/* A menu's choice stays in traces, so it cannot go into a secret. */
static int check_var(const struct usher_flow_set *set, const struct step *step,
		     struct usher_error *err)
{
	if (step->var >= 0 && set->vars[step->var].secret &&
	    !(step->kind == USHER_STEP_COLLECT &&
	      (step->flags & USHER_STEP_SECRET)))
		return problem(err, step,
			       "secret-leak: the variable is a secret "
			       "elsewhere; mark this step as secret too");
	return 0;
}

int usher__flow_check(struct usher_flow_builder *b, struct usher_error *err)
{
	const struct usher_flow_set *set = b->set;
	int code = 0;

	for (uint32_t i = 0; !code && i < set->n_steps; i++) {
		code = check_step(set->steps[i], err);
		code = code ? code : check_var(set, set->steps[i], err);
	}
	for (struct bound *bound = set->bounds; !code && bound;
	     bound = bound->next)
		code = check_secrets(set, bound, err);
	return code;
}

/* Who may be offered a waiting contact, who may not, and why. Inside lib/acd
 * only. */
#ifndef USHER_ACD_EXPLAIN_H
#define USHER_ACD_EXPLAIN_H

#include <acd/tables.h>

/* Parts of a requirement that are told apart. */
#define EXPLAIN_PARTS_MAX 16

/* A requirement that is false as a whole is false in one of its parts: those
 * that `and` joins at the top. */
struct parts {
	struct usher_expr *exprs[EXPLAIN_PARTS_MAX];
	uint32_t count;
};

struct explained {
	const struct agent *agent;
	const struct usher__node *node; /* of a candidate */
	const struct usher_expr *part;  /* of a requirement; NULL: unknown */
	int64_t until;
	int64_t score;   /* if there are any */
	uint32_t reason; /* enum usher_excluded */
};

struct explaining {
	const struct usher_acd *acd;
	const struct segment *seg;
	const struct usher_agent_policy *policy;
	const struct dim *dim;
	struct usher__seeker seeker;
	struct parts of_queue;
	struct parts of_contact;
	struct explained considered[USHER_EXPLAIN_MAX];
	struct explained excluded[USHER_EXPLAIN_MAX];
	uint32_t candidates; /* how many there are */
	uint32_t others;
	uint32_t considered_count; /* how many are named */
	uint32_t excluded_count;
	uint32_t left_out; /* of the others: refused or missed it */
	uint32_t max;      /* in each list */
	uint32_t truncated;
	bool scored; /* by scores, not by keys */
	int err;     /* 0, or no memory for the parts of a requirement */
};

/* Look at every agent; done gives back what that took. 0 or USHER_ENOMEM. */
int usher__explaining(struct explaining *e, const struct usher_acd *acd,
		      const struct segment *seg, uint32_t max);
void usher__explaining_done(struct explaining *e);
/* What keeps it from its candidates, enum usher_held, and until when; 0: that
 * is not known. */
uint32_t usher__explained_held(const struct usher_acd *acd,
			       const struct segment *seg, int64_t *ret_until);

/* explain_score.c: what a policy goes by that does not go by keys alone. The
 * candidates are put in the order of their keys; scored says whether it has
 * told a score of each. 0 or USHER_ENOMEM. */
int usher__explained_scores(struct explaining *e,
			    const struct usher__node **nodes, uint32_t count,
			    int64_t *scores);

/* ---- explain_text.c ---- */
void usher__explained_text(const struct explaining *e,
			   const struct explained *one,
			   char text[USHER_EXPLAIN_TEXT_MAX]);

#endif

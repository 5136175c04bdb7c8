/* What the files of lab-replay share. */
#ifndef REPLAY_H
#define REPLAY_H

#include <usher/usher.h>

/* Changes of groups that one command may name. */
#define CHANGES_MAX 32
/* Attributes that may be given to groups, and options to a policy. */
#define SKILLS_MAX 32
/* Replications of each simulation. */
#define REPLICATIONS_MAX 10000

struct options {
	const char *dir;
	uint64_t at; /* USHER_JOURNAL_END: not asked for */
	int has_at;
	int why;
	int verify;
	int make;
	int torn; /* a damaged end is no failure */
	uint64_t seed;
	int replications;
	struct usher_record_opts what_if;
	struct usher_record_change changes[CHANGES_MAX];
	char groups[CHANGES_MAX][USHER_NAME_MAX + 1];
	struct usher_attr skills[SKILLS_MAX];
	char skill_texts[SKILLS_MAX][2][USHER_NAME_MAX + 1];
	uint32_t skill_groups[SKILLS_MAX]; /* index in changes */
	uint32_t skill_count;
	struct usher_attr policy_options[SKILLS_MAX];
	char option_texts[SKILLS_MAX][2][USHER_NAME_MAX + 1];
};

/* Read all; each prints its error and returns the exit status. */
int show(const struct options *o, struct usher_journal *journal);
int state_at(const struct options *o, struct usher_journal *journal);
int verify(const struct options *o, struct usher_journal *journal);
int what_if(struct options *o, struct usher_journal *journal);
int make(const struct options *o);

/* The core of the journal after an event, recording its inputs. */
int core_at(const struct options *o, struct usher_journal *journal,
	    uint64_t at, struct usher_acd **ret);
/* The record of the whole journal, ended. */
int read_record(const struct options *o, struct usher_journal *journal,
		struct usher_record **ret);
/* Tell when what was read to its end has no events, or a damaged end; whether
 * that is a failure. */
int damaged(const struct options *o, struct usher_journal *journal);
/* Print what went wrong; 1. */
int failed(const char *what, int code, const struct usher_error *err);

#endif

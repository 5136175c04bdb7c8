/** @file
 * A core from what was recorded: events folded, inputs given again, its state
 * as bytes.
 *
 * Recovery is a snapshot and the events after it. Thread: the core's, see
 * usher/acd.h.
 */
#ifndef USHER_ACD_RECORD_H
#define USHER_ACD_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/event.h>
#include <usher/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_acd;
struct usher_acd_opts;

/**
 * Give a recorded input again, with its time, actor and cause: verification.
 * What comes out of usher_acd_next() is compared with the record.
 */
USHER_API int usher_acd_replay(struct usher_acd *acd,
			       const struct usher_event *input);

/**
 * Apply one recorded event: recovery. Calls no policy, emits nothing. Inputs
 * in the record are skipped.
 *
 * @return 0, USHER_ESTATE (not the next sequence number), USHER_ECORRUPT (does
 *         not fit the state: nothing has changed), USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_acd_fold(struct usher_acd *acd,
			     const struct usher_event *ev);

/**
 * Write the state: versioned and checksummed; equal states give equal bytes,
 * whatever way led to them. Undrained events are not in it: drain first.
 *
 * @param ret_bytes  Allocated; free with usher_acd_snapshot_free()
 * @return 0, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_acd_snapshot(const struct usher_acd *acd, void **ret_bytes,
				 size_t *ret_len);
/** Free what usher_acd_snapshot() gave; NULL is fine. Since 0.1. */
USHER_API void usher_acd_snapshot_free(const struct usher_acd *acd,
				       void *bytes);

/**
 * Make a core from a snapshot.
 *
 * @param opts      As for usher_acd_new(); node and seed come from the
 *                  snapshot
 * @param agent_policies, contact_policies  Tables of the host's own policies,
 *                  which the snapshot may name; may be NULL with count 0
 * @return 0, USHER_ECORRUPT, USHER_ENOTSUP (of a newer version), USHER_ENOENT
 *         (names a policy that is not known), USHER_ENOMEM. Since 0.1.
 */
USHER_API int
usher_acd_restore(struct usher_acd **ret, const struct usher_acd_opts *opts,
		  const struct usher_agent_policy *const *agent_policies,
		  size_t agent_policy_count,
		  const struct usher_contact_policy *const *contact_policies,
		  size_t contact_policy_count, const void *bytes, size_t len,
		  struct usher_error *err);

/** What the core was made with: node and seed of its options, or of the
 *  snapshot. Since 0.1. */
USHER_API void usher_acd_origin(const struct usher_acd *acd,
				uint64_t *ret_node, uint64_t *ret_seed);

/** Write the state as text for people, line by line. Since 0.1. */
USHER_API void usher_acd_dump(const struct usher_acd *acd,
			      void (*line)(void *arg, const char *text),
			      void *arg);

#ifdef __cplusplus
}
#endif
#endif

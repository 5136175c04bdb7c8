/* A hierarchical timer wheel: Varghese and Lauck, "Hashed and Hierarchical
 * Timing Wheels", 1987, scheme 7.
 *
 * Four levels of 64 slots; a slot of level n spans 64^n ms. A timer sits at
 * the level of the highest group of six bits in which its expiry differs
 * from the wheel's time, in the slot which that group of its expiry names:
 *
 *   now     ... 000010 000101 110000
 *   expiry  ... 000010 000111 000001   level 1, slot 7
 *
 * and beyond the top level on a list of its own. Invariants:
 *
 *   1. Whenever the time enters a slot, the slot is emptied: its timers are
 *      placed anew, one level down at least, or are due. So the level of a
 *      timer always follows from its expiry and the time alone, timers of
 *      one expiry are always on one list, and lists keep the order of start.
 *   2. Everything in level n comes before everything in level n + 1.
 *   3. A used bit is set for each slot with timers. Canceling does not know
 *      the slot and leaves the bit; the search clears it.
 */
#include <sip/wheel.h>

#define SLOT_MASK (USHER__WHEEL_SLOTS - 1)
#define SPAN_BITS (USHER__WHEEL_BITS * USHER__WHEEL_LEVELS)

static unsigned shift_of(unsigned level)
{
	return USHER__WHEEL_BITS * level;
}

static void place(struct usher__wheel *wheel, struct tmr *tmr)
{
	uint64_t differs = tmr->jfs ^ wheel->now_ms;
	unsigned level, slot;

	if (tmr->jfs <= wheel->now_ms) {
		list_append(&wheel->due, &tmr->le, tmr);
		return;
	}
	if (differs >> SPAN_BITS) {
		list_append(&wheel->far, &tmr->le, tmr);
		return;
	}
	level = (63 - (unsigned)__builtin_clzll(differs)) / USHER__WHEEL_BITS;
	slot = (unsigned)(tmr->jfs >> shift_of(level)) & SLOT_MASK;
	list_append(&wheel->slot[level][slot], &tmr->le, tmr);
	wheel->used[level] |= 1ull << slot;
}

static void place_all(struct usher__wheel *wheel, struct list *list)
{
	/* A far timer may well go back to the same list: stop at the end
	 * that it had. */
	struct le *last = list->tail, *le;

	do {
		le = list->head;
		list_unlink(le);
		place(wheel, le->data);
	} while (le != last);
}

/* The first slot of a level after the time's own that has timers. */
static struct list *level_next(struct usher__wheel *wheel, unsigned level,
			       uint64_t *at_ms)
{
	unsigned shift = shift_of(level), slot;
	unsigned here = (unsigned)(wheel->now_ms >> shift) & SLOT_MASK;
	uint64_t block = wheel->now_ms >> shift >> USHER__WHEEL_BITS;

	while (wheel->used[level]) {
		slot = (unsigned)__builtin_ctzll(wheel->used[level]);
		if (slot > here && wheel->slot[level][slot].head) {
			*at_ms = (block << USHER__WHEEL_BITS | slot) << shift;
			return &wheel->slot[level][slot];
		}
		wheel->used[level] &= ~(1ull << slot);
	}
	return NULL;
}

/* The list that is to be placed anew next, and when. NULL: none. */
static struct list *next_list(struct usher__wheel *wheel, uint64_t *at_ms)
{
	struct list *list;
	unsigned level;

	for (level = 0; level < USHER__WHEEL_LEVELS; level++) {
		list = level_next(wheel, level, at_ms);
		if (list)
			return list;
	}
	if (!wheel->far.head)
		return NULL;
	*at_ms = ((wheel->now_ms >> SPAN_BITS) + 1) << SPAN_BITS;
	return &wheel->far;
}

static void run_due(struct usher__wheel *wheel)
{
	struct le *le;
	struct tmr *tmr;
	tmr_h *th;

	/* What the handlers make due waits for the next poll, so that a
	 * handler that restarts its own timer with no delay ends. */
	while ((le = wheel->due.head)) {
		list_unlink(le);
		list_append(&wheel->running, le, le->data);
	}
	while ((le = wheel->running.head)) {
		tmr = le->data;
		list_unlink(le);
		th = tmr->th;
		tmr->th = NULL;
		th(tmr->arg);
	}
}

void usher__wheel_start(struct usher__wheel *wheel, uint64_t now_ms,
			struct tmr *tmr, uint64_t delay_ms, tmr_h *th,
			void *arg)
{
	usher__wheel_cancel(tmr);
	if (!th)
		return;
	tmr->th = th;
	tmr->arg = arg;
	tmr->jfs = now_ms + delay_ms;
	if (tmr->jfs < now_ms)
		tmr->jfs = UINT64_MAX;
	/* A new wheel need not turn from the clock's zero to today. */
	if (!wheel->now_ms)
		wheel->now_ms = now_ms;
	place(wheel, tmr);
}

void usher__wheel_cancel(struct tmr *tmr)
{
	if (tmr->th)
		list_unlink(&tmr->le);
	tmr->th = NULL;
}

void usher__wheel_poll(struct usher__wheel *wheel, uint64_t now_ms)
{
	struct list *list;
	uint64_t at_ms;

	run_due(wheel);
	while ((list = next_list(wheel, &at_ms)) && at_ms <= now_ms) {
		wheel->now_ms = at_ms;
		place_all(wheel, list);
		run_due(wheel);
	}
	if (now_ms > wheel->now_ms)
		wheel->now_ms = now_ms;
}

uint64_t usher__wheel_next(struct usher__wheel *wheel, uint64_t now_ms)
{
	uint64_t at_ms;

	if (wheel->due.head)
		return 1;
	if (!next_list(wheel, &at_ms))
		return 0;
	return at_ms > now_ms ? at_ms - now_ms : 1;
}

size_t usher__wheel_count(const struct usher__wheel *wheel)
{
	size_t count = list_count(&wheel->far) + list_count(&wheel->due) +
		       list_count(&wheel->running);
	unsigned level, slot;

	for (level = 0; level < USHER__WHEEL_LEVELS; level++) {
		for (slot = 0; slot < USHER__WHEEL_SLOTS; slot++)
			count += list_count(&wheel->slot[level][slot]);
	}
	return count;
}

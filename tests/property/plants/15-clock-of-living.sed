# file: lib/acd/apply_offer.c
# A time is kept that folding does not know: the number of undrained events.
s/offer->state_since = head->time_us;/offer->state_since = head->time_us + (int64_t)acd->tape.count;/

# file: lib/acd/apply_offer.c
# An offer rings for ever.
s/ev->deadline, TIMER_OFFER/USHER_NEVER, TIMER_OFFER/

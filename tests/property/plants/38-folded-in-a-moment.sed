# file: lib/acd/fold.c
# How far the timers of a moment were is not read from the events.
s/usher__timers_follow\(acd, ev\);/acd->ran_kind = UINT32_MAX;/

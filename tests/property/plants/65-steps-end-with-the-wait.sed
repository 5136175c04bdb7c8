# file: lib/acd/due.c
# days: 1
# seed: 72389
# When the longest wait ends while an agent is being connected, steps end, too.
/is_connecting/,/else/s/usher__segment_timer\(/usher__segment_timer_clear(/

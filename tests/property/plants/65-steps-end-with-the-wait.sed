# file: lib/acd/due.c
# days: 1
# seed: 72389
# When the longest wait ends while an agent is being connected, steps end, too.
s/usher__segment_timer_steps\(acd, seg\)/usher__segment_timer_clear(acd, seg)/

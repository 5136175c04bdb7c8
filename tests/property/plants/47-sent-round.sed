# file: lib/acd/steps.c
# program: liveness
# options: --seeds 0
# Queues that overflow into each other at once do so for ever.
s/return moves\(step\) && usher__step_asks\(step\) && acd->now == seg->began;/return false;/

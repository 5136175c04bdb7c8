# file: lib/acd/step_time.c
# An offered contact is taken away from the agent who is being rung.
s/^\tcase USHER_QUEUE_STEP_OVERFLOW:\n\t\treturn offered;//
s/bool offered = seg->state == USHER_SEGMENT_OFFERED;/bool offered = false;/

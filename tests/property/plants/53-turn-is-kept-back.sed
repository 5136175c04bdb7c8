# file: lib/acd/apply_callback.c
# A customer who was not reached leaves no turn to the next.
s/change < 0 && queue->turns/0/

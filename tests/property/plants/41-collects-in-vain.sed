# file: lib/acd/batch.c
# program: liveness
# options: --seed 3
# A queue that collects starves beside one that takes the agents meanwhile.
s/return queue->collect && queue->collect < acd->now/return 0 \&\& queue->collect < acd->now/

# file: lib/acd/apply_offer.c
# program: liveness
# Who does not answer is offered the same contact again at once.
s/^\tif \(until <= now\)/\tif (1 || until <= now)/

# file: lib/acd/apply_callback.c
# days: 1000
# A customer who was not reached leaves no turn to the next.
s/^\tif \(change < 0\)$/\tif (0)/

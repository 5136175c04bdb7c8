# file: lib/acd/apply_offer.c
# seed: 610
# An offer by one queue takes back what another queue's policy said of later.
s/^\t\tif \(seg->state == USHER_SEGMENT_DECIDING\)/\t\tif (1)/

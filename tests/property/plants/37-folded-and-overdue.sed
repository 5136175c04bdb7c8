# file: lib/acd/input.c
# seed: 790
# What came by itself before the last event that was folded comes once more.
s/if \(acd->folded\)/if (0)/

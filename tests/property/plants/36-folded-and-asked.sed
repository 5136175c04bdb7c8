# file: lib/acd/fold.c
# seed: 790
# The same after events were folded.
s/acd->mark_all = !acd->settled;/acd->mark_all = true;/

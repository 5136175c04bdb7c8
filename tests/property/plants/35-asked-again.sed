# file: lib/acd/restore.c
# seed: 790
# A policy that wanted nobody is asked again after a restore.
s/acd->mark_all = !acd->settled;/acd->mark_all = true;/

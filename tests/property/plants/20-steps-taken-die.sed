# file: lib/acd/snapshot.c
# Steps that were taken are not in a snapshot.
s/^\t\tst\.taken = seg->taken;//

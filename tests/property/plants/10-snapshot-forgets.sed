# file: lib/acd/snapshot.c
# Missed offers in a row are not in a snapshot.
s/^\tst\.missed = agent->missed;//

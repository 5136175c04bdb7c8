# file: lib/acd/snapshot.c
# Attempts that were made are not in a snapshot.
s/^\tst\.attempt = cb->attempts;//

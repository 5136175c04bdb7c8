# file: lib/acd/turns.c
# days: 1000
# One agent who is free gives the turn to everybody.
s/candidates > acd->called_count/candidates/

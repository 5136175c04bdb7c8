# file: lib/acd/index.c
# days: 1000
# Who called in stays among those who are dialed in their turn.
s/\(seg->parked == parked && !moves\)/(seg->parked == parked)/

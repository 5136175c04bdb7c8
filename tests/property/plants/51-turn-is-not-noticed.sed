# file: lib/acd/index.c
# Who is to be dialed in their turn is never matched.
s/usher__contact_turns\(seg->contact\)/false/

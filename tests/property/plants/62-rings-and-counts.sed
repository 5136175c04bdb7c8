# file: lib/acd/widen.c
# days: 500
# seed: 5001
# Who rings already is counted as a candidate again.
s/like.candidates -= counted_again\(&s\);//

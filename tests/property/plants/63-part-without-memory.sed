# file: lib/acd/explain.c
# Without memory an offer goes out with less of its reasons.
s/return err \? err : e->err;/return err;/

# file: lib/policy/random.c
# Random picks the first one a little more often.
s/pick->candidates\);/pick->candidates + 1);/

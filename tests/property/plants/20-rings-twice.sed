# file: lib/acd/widen.c
# Whoever rings already is rung beside themselves.
s/if \(at->agent == agent\)/if (false)/

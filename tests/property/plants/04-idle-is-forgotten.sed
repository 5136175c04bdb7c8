# file: lib/acd/apply_agent.c
# seed: 260
# The longest idle is whoever signed in first, whatever they did since.
s/^\tagent->idle_since = head->time_us;//

# file: lib/acd/capacity.c
# One more than the agent takes.
s/(agent->load\[kind\]) >= (usher__agent_max)/\1 > \2/

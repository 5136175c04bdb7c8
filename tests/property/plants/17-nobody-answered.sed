# file: lib/acd/apply_agent.c
# A dialed contact counts for the agent before it is answered.
s/^\tif \(!ev->dialing\)/\tif (1)/

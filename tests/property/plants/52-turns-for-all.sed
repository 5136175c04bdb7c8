# file: lib/acd/pick_agent.c
# One agent who is free gives the turn to everybody.
s/candidates <= seg->q\.queue->called/!candidates/

# file: lib/acd/apply_agent.c
# An agent who is done is not matched with those who wait.
s/^\tusher__mark_agent\(acd, agent\);//

# file: lib/acd/apply_config.c
# program: liveness
# Skills that change count the offers that are out once more.
s/^\tusher__profile_join\(acd, agent\);/\tusher__profile_join(acd, agent); for (struct offer *o = agent->offers; o; o = o->agent_next) usher__agent_load(agent, o->contact->kind, 1);/

# file: lib/acd/apply_offer.c
# program: liveness
# Who rang beside the one who accepted stays reserved.
s/^\tusher__agent_load\(agent, contact->kind, -1\);/\tif (to_the_end || !contact->offers) usher__agent_load(agent, contact->kind, -1);/

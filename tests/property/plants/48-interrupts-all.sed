# file: lib/acd/capacity.c
# program: liveness
# Who has a call gets no chat, so that calls that overlap leave no gap.
s/^\tif \(agent->load\[kind\] >= usher__agent_max\(acd, agent, kind\)\)/\tif (agent->load[kind] >= usher__agent_max(acd, agent, kind) || (kind \&\& agent->conf->max_total > 1 \&\& agent->load[0]) || (!kind \&\& agent->conf->max_total == 1 \&\& agent->load_total))/

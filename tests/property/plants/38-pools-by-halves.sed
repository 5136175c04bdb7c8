# file: lib/policy/idleness_ratio.c
# days: 800
# Of a team only those count who may take the contact.
s/usher__teams_idle\(teams, question, idle\);/usher__teams_count(teams, agents, count, idle);/

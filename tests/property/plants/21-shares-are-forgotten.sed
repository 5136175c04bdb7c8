# file: lib/policy/percentage.c
# seed: 500
# What a team was given is not counted.
s/state->behind\[team\] -= all;/(void)team;/

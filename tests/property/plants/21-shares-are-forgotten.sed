# file: lib/policy/percentage.c
# days: 3000
# What a team was given is not counted.
s/state\.given\[team\]\+\+;/(void)team;/

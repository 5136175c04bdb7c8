# file: lib/acd/index.c
# days: 1000
# Who comes free for somebody else leaves no turn.
s/^\t\tturns_wake\(acd\);/\t\t;/

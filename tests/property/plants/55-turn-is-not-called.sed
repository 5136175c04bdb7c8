# file: lib/acd/index.c
# days: 20
# seed: 12650
# Who comes free for somebody else leaves no turn.
s/^\t\tcalled_changed\(acd\);/\t\t;/

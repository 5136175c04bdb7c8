# file: lib/acd/await_over.c
# seed: 3210
# Who is offered the one it waited for, goes on waiting for that one alone.
s/usher__awaits\(seg\) == agent/false/

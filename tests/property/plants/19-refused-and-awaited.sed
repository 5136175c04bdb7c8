# file: lib/acd/await.c
# days: 3000
# Who is offered the one it waited for, goes on waiting for that one alone.
s/usher__awaits\(seg\) == agent/false/

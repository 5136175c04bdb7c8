# file: lib/acd/callback.c
# Who is called back goes to the end of the line.
s/ev\.since = conf->since;/ev.since = acd->now;/

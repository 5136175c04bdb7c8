# file: lib/acd/conditions.c
# A condition on time is looked at a while after it has turned.
s/return since \+ \(int64_t\)turn.at \* MS;/return since + (int64_t)turn.at * MS + 60000 * MS;/

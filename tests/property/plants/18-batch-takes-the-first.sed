# file: lib/policy/assign.c
# Each row takes the first column that is free, whatever it costs.
s/p->least\[j\] < delta/delta == INT64_MAX/

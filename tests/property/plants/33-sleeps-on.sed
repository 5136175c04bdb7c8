# file: lib/acd/timers.c
# Who rests is not woken by what happens.
s/while \(\(due = acd->resting.first\)\)/while (0 \&\& (due = acd->resting.first))/

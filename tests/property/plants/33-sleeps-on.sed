# file: lib/acd/timers.c
# Who rests is not woken by what happens.
s/if \(acd->woken == acd->seq\)/if (acd->woken || acd->seq)/

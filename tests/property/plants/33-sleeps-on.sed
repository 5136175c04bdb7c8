# file: lib/acd/timers.c
# Who rests is not woken by what happens.
s/while \(\(node = usher__tree_first\(&acd->resting\)\)\)/while (0 \&\& (node = usher__tree_first(\&acd->resting)))/

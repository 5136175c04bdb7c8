# file: lib/acd/turns.c
# days: 1000
# Customers who are dialed for other queues need nobody.
s/^\t\tadd\(&t, cb->contact\);/\t\tif (cb->contact->segments->q.queue == seg->q.queue) add(\&t, cb->contact);/

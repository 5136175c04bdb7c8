# file: lib/acd/turns.c
# days: 1000
# Customers who are dialed for other queues need nobody.
s/if \(!agent->needed\)/if (!agent->needed || s->acd->dialed[agent->needed - 1]->contact->segments->q.queue != s->seg->q.queue)/

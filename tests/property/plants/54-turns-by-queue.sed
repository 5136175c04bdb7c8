# file: lib/acd/turns.c
# days: 1000
# Customers who are dialed for other queues need nobody.
s/if \(!usher__node_agent\(node\)->needed &&$/if ((!usher__node_agent(node)->needed || s->acd->dialed[usher__node_agent(node)->needed - 1]->contact->segments->q.queue != s->seg->q.queue) \&\&/

# file: lib/acd/index.c
# program: liveness
# options: --seed 3
# A chat comes after every call, whoever came first.
s/^\tseg->q.node.k2 = seg->id;/\tseg->q.node.k2 = seg->id; seg->q.node.k0 += 1000000 * seg->contact->kind;/

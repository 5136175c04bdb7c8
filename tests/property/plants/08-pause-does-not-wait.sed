# file: lib/acd/capacity.c
# An agent whose pause is pending still gets contacts.
s/ && !agent->pending//

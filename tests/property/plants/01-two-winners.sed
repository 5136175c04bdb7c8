# file: lib/acd/over.c
# Who accepts first does not end the others' ringing.
s/if \(offer != but\)/if (!but)/

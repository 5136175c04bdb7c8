# file: lib/acd/do_offer.c
# Who accepts first does not end the others' ringing.
s/if \(offer != but\)/if (!but)/

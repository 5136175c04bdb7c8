# file: lib/acd/apply_offer.c
# Who has refused a contact is offered it again.
s/if \(until <= now\)/if (until)/

# file: lib/acd/do_offer.c
# An offer in the wrong state is refused, but remembers that it was asked.
s/^\tif \(offer->state != state\)$/\tif (offer->state != state)\n\t\toffer->made++;\n&/

# file: lib/acd/do_callback.c
# Whoever asks twice is called back twice.
s/if \(usher__callback_find\(acd, &ev\.address, &ev\.customer\)\)/if (0)/

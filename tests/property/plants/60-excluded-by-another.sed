# file: lib/acd/explain.c
# Who is paused is said to have no room.
s/return USHER_EXCLUDED_PAUSED;/return USHER_EXCLUDED_FULL;/

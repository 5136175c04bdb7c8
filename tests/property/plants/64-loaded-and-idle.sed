# file: lib/policy/longest_idle.c
# Who has a contact is as idle as who has none.
s/return load \* LOAD_STEP \+ usher__available_since/return 0 * load + usher__available_since/

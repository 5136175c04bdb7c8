# file: lib/acd/apply_contact.c
# Who was cut off counts as led elsewhere.
s/ \|\| leave == USHER_LEAVE_LOST//

# file: lib/acd/apply_contact.c
# days: 1500
# Who comes back is not matched.
s/^\tusher__mark_contact\(acd, contact\);//

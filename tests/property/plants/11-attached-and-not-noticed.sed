# file: lib/acd/apply_contact.c
# Who comes back is not matched.
s/^\tusher__mark_contact\(acd, contact\);//

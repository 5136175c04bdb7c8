# file: lib/acd/apply_contact.c
# seed: 640
# days: 1500
# Who comes back is not matched.
s/^\tusher__mark_contact\(acd, contact\);//

# file: lib/acd/apply_contact.c
# A new priority does not move the contact.
s/^\t\t\tusher__segment_rekey\(acd, seg\);//

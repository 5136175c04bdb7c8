# file: lib/acd/rest.c
# Who rests is not woken by what happens.
s/^\t\tbegin_round\(acd, acd->rings.items\[i\], id\);/\t\t(void)id;/

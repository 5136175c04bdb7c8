# file: lib/acd/restore.c
# What had not come yet of the moment of a snapshot, has.
s/acd->ran_kind = acd->told_kind;/acd->ran_kind = UINT32_MAX;/
s/ - \(st->ran != 0\);/;/

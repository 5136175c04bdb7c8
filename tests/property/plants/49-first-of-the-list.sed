# file: lib/acd/candidates.c
# When the first of a list may not have the contact nobody may.
s/^\t\twhile \(node && \(!best/\t\tif (node \&\& !usher__candidate_fits(s, node, trees.one_by_one)) node = NULL;\n\t\twhile (node \&\& (!best/

# file: lib/acd/apply_step.c
# seed: 550
# A contact that a ring opened to more agents stays among those it was with.
s/^\t    !usher__rings\(seg->q\.queue, bit\)\)/\t    1)/

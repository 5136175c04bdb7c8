#!/usr/bin/env python3
"""Print the coefficients of Temme's expansion in lib/wfm/gamma.c.

With l - 1 - ln l = e^2 / 2 the rows are the power series in e of

  C(0) = 1 / (l - 1) - 1 / e,   C(k) = C(k - 1)' / e + g(k) / (l - 1)

where g(k) makes the pole at zero go.
"""
from fractions import Fraction as F

TERMS, ROWS, COLUMNS, LEAST = 40, 7, 18, 6


def main():
    # l - 1 = m: m m' = e (1 + m), term by term.
    m = [F(0)] * (TERMS + 3)
    m[1] = F(1)
    for k in range(2, TERMS + 2):
        inner = sum(m[i] * m[k + 1 - i] for i in range(2, k))
        m[k] = (2 * m[k - 1] / (k + 1) - inner) / 2
    # 1 / m = sum of inverse[i] e^(i - 1).
    inverse = [F(1)] + [F(0)] * TERMS
    for k in range(1, TERMS + 1):
        inverse[k] = -sum(m[i + 1] * inverse[k - i]
                          for i in range(1, k + 1))
    row = inverse[1:]
    for k in range(ROWS):
        count = max(COLUMNS - 2 * k, LEAST)
        print("{%d, {%s}}," % (count, ", ".join(
            "%.17g" % float(c) for c in row[:count])))
        pole = -row[1]
        row = [(i + 2) * row[i + 2] + pole * inverse[i + 1]
               for i in range(len(row) - 2)]


main()

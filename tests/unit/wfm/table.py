#!/usr/bin/env python3
"""Write exact.txt: exact figures where their sums take long.

usage: table.py > exact.txt          (some minutes)

One line a case: model, agents, arrivals, handle time, patience, threshold,
short threshold and room, numbers as C reads them (hexadecimal floats); then
the figures in alphabetical order of their names, to 20 digits, "-" where
undefined. exact.py compares the library with it.
"""
import random
import sys
from concurrent.futures import ProcessPoolExecutor

import reference
from reference import A, A_ROOM, B, C, C_ROOM, Opts

HANDLE = 180.0


def case(model, agents, load, patience=1.0, threshold=20.0, short=5.0,
         room=0):
    return (model, agents, load / HANDLE, HANDLE, patience * HANDLE,
            threshold, short, room)


def cases():
    rng = random.Random(4)
    for agents in (1000, 10000, 100000):
        root = agents ** 0.5
        for load in (1e-6 * agents, 0.5 * agents, 0.97 * agents,
                     agents - root, agents - 1, agents - 1e-3):
            yield case(B, agents, load)
            yield case(C, agents, load, threshold=rng.choice((0.1, 2, 20)))
        yield case(B, agents, 1.5 * agents)
        for load in (1e-6 * agents, 0.9 * agents, agents - root,
                     agents - 0.01, agents, agents + root, 1.1 * agents,
                     1.5 * agents):
            for patience in (1e-3, 0.05, 1.0, 30.0, 1e3, 1e6):
                x = agents * patience
                states = max(0.0, load - agents) * patience + 15 * (
                    x + load * patience) ** 0.5
                if load < 0.95 * agents:
                    states = min(states, 2000)
                if states > 1e5 and rng.random() < 0.6 or states > 4e5:
                    continue
                threshold = rng.choice((0.0, 0.5, 5.0, 20.0, 60.0))
                yield case(A, agents, load, patience, threshold,
                           rng.choice((0.0, 1.0, 5.0, 30.0)))
        for load in (0.5 * agents, agents - root, float(agents),
                     agents + root, 1.5 * agents):
            for room in (1, int(root), agents // 3, agents):
                yield case(C_ROOM, agents, load, 1.0,
                           rng.choice((0.0, 0.5, 5.0, 20.0)), 5.0, room)
                yield case(A_ROOM, agents, load,
                           10.0 ** rng.uniform(-3, 6),
                           rng.choice((0.0, 0.5, 5.0, 20.0)),
                           rng.choice((0.0, 1.0, 5.0)), room)


def dense_cases():
    """Agents times patience up to 10^11, within a few widths of the limit."""
    rng = random.Random(5)
    for agents, patience in ((1000, 1e4), (1000, 1e6), (10000, 1e6),
                             (100000, 1e2), (100000, 1e4), (100000, 1e6)):
        width = agents / (agents * patience) ** 0.5
        for off in (-5, -1, 0, 0.5, 2):
            yield case(A, agents, agents + off * width, patience,
                       rng.choice((1.0, 20.0, 300.0)), 5.0)


def line(values, chain=reference.Chain):
    model, agents, arrivals, handle, patience, threshold, short, room = values
    opts = Opts(model=model, agents=agents, arrivals_per_s=arrivals,
                handle_s=handle, patience_s=patience, threshold_s=threshold,
                short_s=short, room=room)
    try:
        figures = reference.figures(opts, chain)
    except reference.Cancelled:
        return None
    return " ".join(
        ["%d %d" % (model, agents)] +
        [float(v).hex() for v in (arrivals, handle, patience, threshold, short)] +
        [str(room)] +
        ["-" if figures[name] is None else format(figures[name], ".19e")
         for name in sorted(figures)])


def main():
    with ProcessPoolExecutor(2) as pool:
        for text in pool.map(line, list(cases())):
            if text:
                print(text, flush=True)
    for values in dense_cases():
        print(line(values, reference.Dense), flush=True)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compare the staffing formulas with exact arithmetic.

usage: exact.py PATH-TO-libusher-core.so [CASES [SEED]]

Cases drawn at random are summed state by state by reference.py; those whose
sums take long are in exact.txt, which table.py wrote. Every figure, and
every logarithm of a figure, must agree to a relative error of 1e-10; what
the library does reach is printed.
"""
import ctypes
import math
import os
import random
import sys
from decimal import Decimal as D

import reference
from reference import (A, A_ROOM, ABANDONED, ALL, ANSWERED, B, C, C_ROOM,
                       Target, ask, exactly, opts_of, percentile)

TOLERANCE = 1e-10
SMALLEST = D("1e-300")
HANDLE = 180.0

lib = ctypes.CDLL(sys.argv[1])
worst = {}
checks = 0


def near(what, kind, got, want):
    """Relative, of a float and a Decimal."""
    global checks
    checks += 1
    error = abs(float((D(got) - want) / want)) if math.isfinite(got) else 9
    worst[kind] = max(worst.get(kind, 0), error)
    assert error < TOLERANCE, f"{what}: got {got!r}, expected {want:.17g}"


def describe(o):
    return (f"model {o.model} n {o.agents} arrivals {o.arrivals_per_s!r} "
            f"handle {o.handle_s} patience {o.patience_s!r} threshold "
            f"{o.threshold_s!r} short {o.short_s!r} room {o.room}")


def compare(opts, want):
    global checks
    got, logs = ask(lib, opts), ask(lib, opts, True)
    for name, exact in want.items():
        value, log = getattr(got, name), getattr(logs, name)
        what = f"{name} of {describe(opts)}"
        if exact is None:
            checks += 1
            assert value != value and log != log, what
        elif exact == 0:
            checks += 1
            assert value == 0 and log == -math.inf, what
        else:
            if exact > SMALLEST:
                near(what, name, value, exact)
            exact_log = exact.ln()
            # Near 1 the logarithm is near 0: there the value itself counts.
            if abs(exact_log) > 1:
                near("ln " + what, "log " + name, log, exact_log)
            else:
                near("ln " + what, "log " + name, math.exp(log), exact)


def random_load(rng, agents, stable):
    kind = rng.random()
    if kind < 0.2:
        part = 10 ** rng.uniform(-6, -0.3)
    elif kind < 0.7:
        part = rng.uniform(0.5, 1.5)
    else:
        part = 1 + rng.choice((-1, 1)) * 10 ** rng.uniform(-8, -2)
    return agents * (min(part, 2 - part) if stable and part > 1 else part)


def random_opts(rng, states_max):
    model = rng.choice((B, C, A, C_ROOM, A_ROOM))
    agents = rng.choice((1, 2, 3, 10, 37, 100, 1000))
    load = random_load(rng, agents, model == C)
    patience = 10 ** rng.uniform(-3, 6)
    # The sums take as many states as the root of this, or in overload as
    # many as what gives up.
    if model == A:
        patience = min(patience, (states_max / 16) ** 2 / agents)
        if load > agents:
            patience = min(patience, states_max / (load - agents) + 1e-3)
    return opts_of(
        lib, model, agents, load / HANDLE, HANDLE, patience * HANDLE,
        rng.choice((0, 1, 20, 60, 300, HANDLE * 10 ** rng.uniform(-4, 1))),
        rng.choice((0, 1, 5, HANDLE * 10 ** rng.uniform(-4, 1))),
        rng.choice((1, 2, 10, 63, 64, 70, 200, rng.randint(0, 2000))))


def check_random(rng, count):
    for _ in range(count):
        opts = random_opts(rng, 3000)
        try:
            want = reference.figures(opts)
        except reference.Cancelled:
            continue
        compare(opts, want)


def check_table(path):
    with open(path) as file:
        for line in file:
            f = line.split()
            opts = opts_of(lib, int(f[0]), int(f[1]),
                           *(float.fromhex(v) for v in f[2:7]), int(f[7]))
            names = sorted(reference.NAMES + reference.MORE)
            compare(opts, {
                name: None if v == "-" else D(v)
                for name, v in zip(names, f[8:], strict=True)})


def check_percentiles(rng, count):
    """By how much the exact chance misses, over how fast it falls."""
    for _ in range(count):
        opts = random_opts(rng, 3000)
        if opts.model == B:
            continue
        whose = rng.choice((ALL, ANSWERED, ABANDONED))
        part = rng.choice((0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999,
                           rng.random()))
        got = percentile(lib, opts, whose, part)
        what = f"percentile {part} of {whose}, {describe(opts)}"
        if got != got:
            assert opts.room == 0 or (
                whose == ABANDONED and opts.model in (C, C_ROOM)), what
            continue

        def tail(t):
            return exactly(opts, (t,), lambda c: c.tail(whose, 0))

        longer, want = tail(got), 1 - D(part)
        if got == 0:
            assert longer <= want * (1 + D("1e-12")), what
            continue
        step = 1e-6
        slope = (tail(got * (1 + step)).ln() - longer.ln()) / D(step)
        miss = (longer.ln() - want.ln()) / slope
        near(what, "percentile", float(1 + miss), D(1))


def exact_b(load, agents):
    opts = opts_of(lib, B, agents, load, 1.0)
    return reference.figures(opts)["blocked"]


def check_inverses(rng, count):
    ret = ctypes.c_double()
    for _ in range(count):
        agents = rng.choice((1, 2, 5, 10, 100, 1000))
        load = agents * rng.choice((rng.uniform(0.01, 1.5),
                                    rng.uniform(0.8, 1.1)))
        blocked = exact_b(load, agents)
        if blocked < SMALLEST:
            continue
        b = ctypes.c_double(float(blocked))
        n, a = ctypes.c_double(agents), ctypes.c_double(load)
        what = f"inverse of B for {agents} and {load!r}"
        assert lib.usher_erlang_b(a, n, ctypes.byref(ret), None) == 0
        near(what, "B", ret.value, blocked)
        # A double holds the blocking with 2^-53 only, and near 1 its rest
        # with fewer digits than the tolerance asks.
        if blocked > D("0.999"):
            continue
        assert lib.usher_erlang_b_load(n, b, ctypes.byref(ret)) == 0
        near(what, "B load", ret.value, D(load))
        assert lib.usher_erlang_b_agents(a, b, ctypes.byref(ret)) == 0
        near(what, "B agents", ret.value, D(agents))


def target_of(**limits):
    target = Target()
    lib.usher_erlang_target_init(ctypes.byref(target), ctypes.sizeof(target))
    for name, value in limits.items():
        setattr(target, name, value)
    return target


def check_arrivals(rng, count):
    """The figure at the load that was found is the limit."""
    ret = ctypes.c_double()
    for _ in range(count):
        model = rng.choice((C, A, A_ROOM))
        agents = rng.choice((1, 10, 100))
        opts = opts_of(lib, model, agents, 1.0, HANDLE,
                       HANDLE * 10 ** rng.uniform(-1, 1), room=2 * agents)
        limit = rng.uniform(0.1, 0.9)
        target = target_of(figure=3, limit=limit)
        what = f"arrivals with {limit} waiting, {describe(opts)}"
        assert lib.usher_erlang_arrivals(
            ctypes.byref(opts), ctypes.byref(target), ctypes.byref(ret),
            None) == 0, what
        def waits(rate):
            opts.arrivals_per_s = rate
            f = reference.figures(opts)
            return f["waits"] / (1 - f["blocked"])
        step = 1e-6
        miss = waits(ret.value).ln() - D(limit).ln()
        slope = (waits(ret.value * (1 + step)).ln() -
                 waits(ret.value).ln()) / D(step)
        near(what, "arrivals", float(1 - miss / slope), D(1))


def fractional_b(load, agents):
    """1 / B is the mean of (1 + s / load) ** agents over exponential s."""
    total = 0.0
    step = 1 / 64
    for i in range(-4 * 64, 4 * 64 + 1):
        s = math.exp(math.pi / 2 * math.sinh(i * step))
        if s < 700:
            total += (math.exp(agents * math.log1p(s / load) - s) * s *
                      math.pi / 2 * math.cosh(i * step) * step)
    return 1 / D(total)


def check_corners():
    """Closed forms where the state sums take too long, or hold nothing."""
    ret = ctypes.c_double()
    for agents in (1, 10, 1000, 100000):
        # Waiting rooms from one place to as many as agents and all there are.
        for room in (1, agents, 100000):
            for load in (0.9 * agents, agents - 0.001, 1.2 * agents):
                if load > 100000:
                    continue
                opts = opts_of(lib, C_ROOM, agents, load / HANDLE, HANDLE,
                               room=room)
                a = D(opts.arrivals_per_s) * D(HANDLE)
                r = a / agents
                full = r ** room
                queue = (1 - full * r) / (1 - r)
                length = (1 - (room + 1) * full +
                          room * full * r) / (1 - r) ** 2 * r
                alone = D(0)
                term = D(1)
                for k in range(agents + 1):
                    alone += term
                    term *= (agents - k) / a
                    if term < alone * D("1e-40"):
                        break
                whole = alone + queue - 1
                got = ask(lib, opts)
                what = describe(opts)
                if full / whole > SMALLEST:
                    near(what, "corner", got.blocked, full / whole)
                near(what, "corner", got.waits, (queue - full) / whole)
                near(what, "corner", got.queue_length, length / whole)
        # The part that waits, and then an exponential time.
        for load in (agents - 1e-6, agents - 0.001, 0.99 * agents):
            opts = opts_of(lib, C, agents, load / HANDLE, HANDLE)
            waits = ask(lib, opts, True).waits
            a = D(opts.arrivals_per_s) * D(HANDLE)
            for part in (1e-12, 0.5, 1 - 1e-9, 1 - 2.0 ** -53):
                ratio = D(waits) - (1 - D(part)).ln()
                if ratio < D("0.01"):
                    continue
                near(f"percentile {part} of {describe(opts)}", "corner",
                     percentile(lib, opts, ALL, part),
                     ratio * D(HANDLE) / (agents - a))
    for agents in (1e-9, 0.001, 0.5, 1.5, 2.25, 9.99, 20.5):
        for load in (0.1, 0.5, 1.0, 3.0, 25.0):
            assert lib.usher_erlang_b(
                ctypes.c_double(load), ctypes.c_double(agents),
                ctypes.byref(ret), None) == 0
            near(f"B between whole agents {agents} {load}", "corner",
                 ret.value, fractional_b(load, agents))


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 120
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    print(f"seed {seed}")
    check_random(rng, count)
    check_percentiles(rng, count)
    check_inverses(rng, count // 4)
    check_arrivals(rng, count // 8)
    check_corners()
    check_table(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "exact.txt"))
    for kind in sorted(worst):
        print(f"{worst[kind]:9.1e}  {kind}")
    print(f"{checks} figures agree")


main()

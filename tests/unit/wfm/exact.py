#!/usr/bin/env python3
"""Compare the staffing formulas with exact rational arithmetic.

usage: exact.py PATH-TO-libusher-core.so

B and C are rational functions of a rational load and are computed here from
their definitions as sums, in fractions. For A the birth and death chain is
summed in fractions up to a state whose remainder is below any double. The
wait of the answered is summed state by state as well, so that none of the
library's own forms is used.
"""
import ctypes
import sys
from fractions import Fraction

B, C, A = 1, 2, 3


class Opts(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("model", ctypes.c_int32),
                ("agents", ctypes.c_uint32),
                ("arrivals_per_s", ctypes.c_double),
                ("handle_s", ctypes.c_double),
                ("patience_s", ctypes.c_double),
                ("threshold_s", ctypes.c_double)]


class Figures(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t)] + [
        (name, ctypes.c_double) for name in (
        "offered", "occupancy", "blocked", "waits", "abandoned", "within",
        "beyond", "asa_s", "wait_s", "queue_length")] + [
        ("stable", ctypes.c_int32), ("reserved", ctypes.c_int32)]


def ask(lib, model, agents, arrivals, handle, patience=0.0):
    opts, figures = Opts(), Figures()
    assert lib.usher_erlang_opts_init(ctypes.byref(opts),
                                      ctypes.sizeof(opts)) == 0
    opts.model, opts.agents = model, agents
    opts.arrivals_per_s, opts.handle_s = arrivals, handle
    opts.patience_s = patience
    figures.size = ctypes.sizeof(figures)
    assert lib.usher_erlang_figures(ctypes.byref(opts),
                                    ctypes.byref(figures), None) == 0
    return figures


def terms(load, agents):
    """load^k / k! for k = 0 .. agents."""
    term, out = Fraction(1), [Fraction(1)]
    for k in range(1, agents + 1):
        term = term * load / k
        out.append(term)
    return out


def exact_b(load, agents):
    t = terms(load, agents)
    return t[-1] / sum(t)


def exact_c(load, agents):
    t = terms(load, agents)
    last = t[-1] * agents / (agents - load)
    return last / (sum(t[:-1]) + last)


def exact_a(arrivals, handle, patience, agents):
    """waits, abandoned, queue length and wait of the answered."""
    t = terms(arrivals * handle, agents)
    below, weight = sum(t[:-1]), t[-1]
    service, leave = Fraction(agents) / handle, 1 / patience
    waiting = length = served = wait = Fraction(0)
    delay, ahead = Fraction(0), 0
    while True:
        # Who finds `ahead` waiting passes stages of rate service + k leave,
        # k = ahead .. 0, and at each may be the one who leaves; the wait of
        # the answered is that of the stages with his own leaving added.
        rate = service + (ahead + 1) * leave
        delay += 1 / rate
        waiting += weight
        length += ahead * weight
        served += weight * service / rate
        wait += weight * service / rate * delay
        if ahead > 20 and weight * (ahead + 1) < waiting / 10 ** 22:
            break
        ahead += 1
        weight = weight * arrivals / rate
        # Beyond 200 bits the fraction is only cost.
        weight = Fraction(round(weight * 2 ** 200), 2 ** 200)
        delay = Fraction(round(delay * 2 ** 200), 2 ** 200)
    total = below + waiting
    answered = below + served
    return (waiting / total, 1 - answered / total, length / total,
            wait / answered)


def main():
    lib = ctypes.CDLL(sys.argv[1])
    checks = 0

    def near(what, got, want, tolerance):
        nonlocal checks
        checks += 1
        want = float(want)
        assert abs(got - want) <= tolerance * abs(want), \
            f"{what}: got {got!r}, expected {want!r}"

    for agents in (1, 2, 3, 7, 20, 61, 150, 400):
        for ratio in (Fraction(1, 8), Fraction(5, 8), Fraction(31, 32)):
            load = agents * ratio
            arrivals = float(load) / 64
            got = ask(lib, B, agents, arrivals, 64.0)
            near(f"B {agents} {load}", got.blocked,
                 exact_b(load, agents), 1e-13)
            got = ask(lib, C, agents, arrivals, 64.0)
            want = exact_c(load, agents)
            near(f"C {agents} {load}", got.waits, want, 1e-13)
            near(f"C asa {agents} {load}", got.asa_s,
                 want * 64 / (agents - load), 1e-13)
    for agents in (1, 2, 7, 33, 120):
        for ratio in (Fraction(1, 2), Fraction(1), Fraction(3, 2)):
            for patience in (4, 64, 1024):
                load = agents * ratio
                got = ask(lib, A, agents, float(load) / 64, 64.0,
                          float(patience))
                waits, abandoned, length, asa = exact_a(
                    load / 64, Fraction(64), Fraction(patience), agents)
                what = f"A {agents} {load} {patience}"
                near(what + " waits", got.waits, waits, 1e-12)
                near(what + " abandoned", got.abandoned, abandoned, 1e-11)
                near(what + " queue", got.queue_length, length, 1e-11)
                near(what + " asa", got.asa_s, asa, 1e-11)
    print(f"{checks} figures agree")


main()

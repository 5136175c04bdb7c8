#!/usr/bin/env python3
"""Print the numbers of docs/staffing.md, or compare them with the page.

usage: page.py PATH-TO-libusher-core.so [PAGE]

With a page: each line printed must stand in it.
"""
import ctypes
import sys

import reference
from reference import A, A_ROOM, B, C, C_ROOM, Target, ask, opts_of

lib = ctypes.CDLL(sys.argv[1])
lines = []

# 100 calls in half an hour of three minutes each: 10 erlangs.
RATE, HANDLE, PATIENCE = 100 / 1800, 180.0, 120.0
NAMES = {B: "B", C: "C", A: "A", C_ROOM: "C, room 5", A_ROOM: "A, room 5"}


def say(text):
    lines.append(text.rstrip())


def percentile(opts, whose, part):
    return reference.percentile(lib, opts, whose, part)


def models():
    say("model      agents  waits  abandons  blocked  in 20 s     ASA  "
        "95 % wait  busy")
    for model, agents in ((B, 14), (C, 11), (C, 14), (A, 11), (A, 14),
                          (C_ROOM, 14), (A_ROOM, 11), (A_ROOM, 14)):
        opts = opts_of(lib, model, agents, RATE, HANDLE, PATIENCE, room=5)
        f = ask(lib, opts)
        say(f"{NAMES[model]:10} {agents:6} {f.waits:6.1%} "
            f"{f.abandoned:9.1%} {f.blocked:8.1%} {f.within:8.1%} "
            f"{f.asa_s:6.1f}s {percentile(opts, 1, 0.95):8.1f}s "
            f"{f.occupancy:6.1%}")


def levels():
    say("agents  answered  credit  strict  exclude  short_credit")
    for agents in (8, 10, 12, 14):
        f = ask(lib, opts_of(lib, A, agents, RATE, HANDLE, PATIENCE))
        say(f"{agents:6} {f.level_answered:9.1%} {f.level_credit:7.1%} "
            f"{f.level_strict:7.1%} {f.level_exclude:8.1%} "
            f"{f.level_short_credit:13.1%}")


def staff(opts, **limits):
    target, ret = Target(), ctypes.c_uint32()
    lib.usher_erlang_target_init(ctypes.byref(target), ctypes.sizeof(target))
    for name, value in limits.items():
        setattr(target, name, value)
    assert lib.usher_erlang_staff(ctypes.byref(opts), ctypes.byref(target),
                                  ctypes.byref(ret), None) == 0
    return ret.value


def targets():
    say("erlangs  80 % in 20 s: C      A  2 % abandon: A  "
        "1 % blocked: B  half wait: root")
    beta, root = ctypes.c_double(), ctypes.c_uint32()
    lib.usher_erlang_root_beta(ctypes.c_double(0.5),
                               ctypes.c_double(float("inf")),
                               ctypes.byref(beta))
    for load in (10, 100, 1000, 10000):
        rate = load / HANDLE
        lib.usher_erlang_root_agents(ctypes.c_double(load), beta,
                                     ctypes.byref(root))
        c = staff(opts_of(lib, C, 0, rate, HANDLE), within_min=0.8)
        opts = opts_of(lib, A, 0, rate, HANDLE, PATIENCE)
        a = staff(opts, within_min=0.8)
        gone = staff(opts, abandoned_max=0.02)
        b = staff(opts_of(lib, B, 0, rate, HANDLE), blocked_max=0.01)
        say(f"{load:7} {c:17} {a:6} {gone:15} {b:15} {root.value:16}")


class Class(ctypes.Structure):
    _fields_ = [("arrivals_per_s", ctypes.c_double),
                ("wait_s", ctypes.c_double),
                ("queue_length", ctypes.c_double),
                ("stable", ctypes.c_int32), ("reserved", ctypes.c_int32)]


class Priority(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("handle_s", ctypes.c_double),
                ("agents", ctypes.c_uint32),
                ("class_count", ctypes.c_uint32),
                ("class_size", ctypes.c_size_t)]


def priorities():
    say("agents  first 10 %   next 30 %   last 60 %   all alike")
    for agents in (9, 11, 14):
        opts, classes = Priority(), (Class * 3)()
        lib.usher_erlang_priority_opts_init(ctypes.byref(opts),
                                            ctypes.sizeof(opts))
        opts.handle_s, opts.agents, opts.class_count = HANDLE, agents, 3
        for one, part in zip(classes, (0.1, 0.3, 0.6)):
            one.arrivals_per_s = RATE * part
        assert lib.usher_erlang_priority(ctypes.byref(opts), classes, None,
                                         None) == 0
        alike = ask(lib, opts_of(lib, C, agents, RATE, HANDLE)).wait_s
        say(f"{agents:6} " + " ".join(
            f"{wait:10.1f}s" if wait < 1e9 else f"{'no end':>11}"
            for wait in [one.wait_s for one in classes] + [alike]))


def main():
    for part in (models, levels, targets, priorities):
        part()
        say("")
    if len(sys.argv) > 2:
        with open(sys.argv[2]) as file:
            page = file.read().splitlines()
        missing = [line for line in lines if line and line not in page]
        assert not missing, "not in the page:\n" + "\n".join(missing)
        print(f"{len(lines)} lines stand in the page")
    else:
        print("\n".join(lines))


main()

"""Every staffing figure from its definition, state by state, in decimal
arithmetic of 60 digits and more.

None of the library's own forms is used: the birth and death chain is summed
over its states, and the wait of who finds j waiting is that of j + 1
departures, whose distribution is a sum as well (of a negative binomial law
with impatience, of Poisson's without).
"""
import ctypes
from decimal import Decimal as D, getcontext, localcontext

getcontext().prec = 60
getcontext().Emax = 10 ** 15
getcontext().Emin = -10 ** 15

B, C, A, C_ROOM, A_ROOM = 1, 2, 3, 4, 5
ALL, ANSWERED, ABANDONED = 1, 2, 3
DIGITS = 60
DIGITS_MAX = 500
# What is left out of a sum, in digits from the end of the numbers.
SPARE = 15


class Cancelled(Exception):
    """A difference has too few digits left."""

NAMES = ("offered", "occupancy", "blocked", "waits", "abandoned", "within",
         "beyond", "asa_s", "wait_s", "queue_length")
MORE = ("answered", "abandoned_within", "short_abandoned",
        "abandoned_wait_s", "level_answered", "level_credit",
        "level_strict", "level_exclude", "level_short_credit")


class Opts(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("model", ctypes.c_int32),
                ("agents", ctypes.c_uint32),
                ("arrivals_per_s", ctypes.c_double),
                ("handle_s", ctypes.c_double),
                ("patience_s", ctypes.c_double),
                ("threshold_s", ctypes.c_double),
                ("short_s", ctypes.c_double),
                ("room", ctypes.c_uint32), ("reserved", ctypes.c_uint32)]


class Figures(ctypes.Structure):
    _fields_ = ([("size", ctypes.c_size_t)] +
                [(name, ctypes.c_double) for name in NAMES] +
                [("stable", ctypes.c_int32), ("reserved", ctypes.c_int32)] +
                [(name, ctypes.c_double) for name in MORE])


class Target(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t)] + [
        (name, ctypes.c_double) for name in (
            "within_min", "asa_max_s", "abandoned_max", "blocked_max",
            "waits_max", "occupancy_max")] + [
        ("figure", ctypes.c_int32), ("whose", ctypes.c_int32),
        ("limit", ctypes.c_double), ("percentile", ctypes.c_double),
        ("percentile_s", ctypes.c_double)]


def opts_of(lib, model, agents, arrivals, handle, patience=0.0,
            threshold=20.0, short=5.0, room=0):
    opts = Opts()
    assert lib.usher_erlang_opts_init(ctypes.byref(opts),
                                      ctypes.sizeof(opts)) == 0
    opts.model, opts.agents, opts.room = model, agents, room
    opts.arrivals_per_s, opts.handle_s = arrivals, handle
    opts.patience_s, opts.threshold_s = patience, threshold
    opts.short_s = short
    return opts


def ask(lib, opts, logs=False):
    figures = Figures()
    figures.size = ctypes.sizeof(figures)
    call = lib.usher_erlang_logs if logs else lib.usher_erlang_figures
    assert call(ctypes.byref(opts), ctypes.byref(figures), None) == 0
    return figures


def percentile(lib, opts, whose, part):
    ret = ctypes.c_double()
    assert lib.usher_erlang_percentile(
        ctypes.byref(opts), whose, ctypes.c_double(part), ctypes.byref(ret),
        None) == 0
    return ret.value


class Departures:
    """Chance that j + 1 departures take longer than t, j = 0, 1, …, when
    `rate` leave per second and `leave` more for each that waits."""

    def __init__(self, rate, leave, t):
        self.term = (-rate * t).exp()
        self.z = 1 - (-leave * t).exp() if leave else rate * t
        self.x = rate / leave if leave else None
        self.sum = self.term
        self.i = 0

    def next(self):
        self.i += 1
        step = self.z / self.i
        if self.x is not None:
            step *= self.x + self.i - 1
        self.term *= step
        self.sum += self.term


class Chain:
    """Masses, in the unit of "all agents taken, nobody waits"."""

    def __init__(self, opts, times):
        self.enough = D(10) ** (SPARE - getcontext().prec)
        self.model = opts.model
        self.n = opts.agents
        self.rate, self.handle = D(opts.arrivals_per_s), D(opts.handle_s)
        self.leave = (1 / D(opts.patience_s)
                      if self.model in (A, A_ROOM) else D(0))
        self.room = {B: 0, C: None, A: None}.get(self.model, opts.room)
        self.load = self.rate * self.handle
        self.service = self.n / self.handle
        self.below = D(0)
        weight = D(1)
        for k in range(self.n, 0, -1):
            weight *= k / self.load
            self.below += weight
            if weight < self.enough * self.below and k < self.load:
                break
        self.queue = self.length = self.served = self.served_wait = D(0)
        self.full = D(1) if self.room == 0 else D(0)
        self.beyond = [D(0) for t in times]
        self.served_beyond = [D(0) for t in times]
        self.times = [D(t) for t in times]
        if self.leave == 0 and self.room is None:
            self.geometric()
        else:
            self.sum_states()

    def geometric(self):
        gap = self.service - self.rate
        self.queue = self.served = self.service / gap
        self.served_wait = self.queue / gap
        self.length = self.served_wait * self.rate
        self.beyond = [self.queue * (-gap * t).exp() for t in self.times]
        self.served_beyond = list(self.beyond)

    def sum_states(self):
        weight, delay, j = D(1), D(0), 0
        late = [Departures(self.service, self.leave, t) for t in self.times]
        still = [Departures(self.service + self.leave, self.leave, t)
                 for t in self.times]
        while self.room is None or j < self.room:
            rate = self.service + (j + 1) * self.leave
            delay += 1 / rate
            served = weight * self.service / rate
            self.queue += weight
            self.length += j * weight
            self.served += served
            self.served_wait += served * delay
            for i in range(len(self.times)):
                self.beyond[i] += weight * late[i].sum
                self.served_beyond[i] += served * still[i].sum
                late[i].next()
                still[i].next()
            step = self.rate / rate
            weight *= step
            j += 1
            if self.room is None and step < 1 and j > 20 and \
                    weight * (j + 1) < self.enough * (1 - step) * self.queue:
                for i, t in enumerate(self.times):
                    # Nor may the tail count for what is beyond.
                    if weight * (j + 1) > self.enough * (1 - step) * \
                            self.served_beyond[i]:
                        break
                else:
                    break
        if self.room is not None:
            self.full = weight
            self.length += self.room * weight

    def wait(self):
        return self.length / self.rate

    def parts(self, i):
        """Waits beyond times[i]: of all, of the answered, of the others."""
        still = (-self.leave * self.times[i]).exp()
        all_beyond = still * self.beyond[i]
        return (all_beyond, self.served_beyond[i],
                less(all_beyond, self.served_beyond[i])
                if self.leave else D(0))

    def tail(self, whose, i):
        """Of them the part that waits longer than times[i]."""
        if whose == ABANDONED:
            whole = less(self.queue, self.served)
        else:
            whole = self.below + (self.queue if whose == ALL
                                  else self.served)
        return self.parts(i)[whose - 1] / whole


def double_exponential(step=D(1) / 16, ends=D(4.4)):
    """Points in (-1, 1) and their weights."""
    half_pi = D("1.5707963267948966192313216916397514420985846996875529")
    t = -ends
    while t <= ends:
        up = t.exp()
        sinh, cosh = (up - 1 / up) / 2, (up + 1 / up) / 2
        e = (half_pi * sinh).exp()
        inner = (e + 1 / e) / 2
        yield (e - 1 / e) / 2 / inner, step * half_pi * cosh / inner ** 2
        t += step


class Dense(Chain):
    """A, near its limit and with long patience: the states are too many to
    sum. Instead the density of the virtual wait (Zeltyn and Mandelbaum) by
    the double exponential rule to 35 digits."""

    # In widths of the density about its peak.
    STEPS = (0, 1, 2, 4, 7, 11, 16, 25, 40)

    def sum_states(self):
        self.x, self.y = self.service / self.leave, self.rate / self.leave
        self.points = list(double_exponential())
        self.queue, self.served, wait, gone = self.over(D(0))
        self.served_wait = wait / self.leave
        self.length = gone * self.rate / self.leave
        for i, t in enumerate(self.times):
            self.beyond[i], self.served_beyond[i] = self.over(
                self.leave * t)[:2]

    def over(self, lo):
        """From lo patiences on: all, the served, their wait, the gone."""
        peak = max(lo, (self.y / self.x).ln())
        slope = abs(self.x - self.y * (-peak).exp())
        width = 1 / max(slope, self.y.sqrt())
        ends = sorted({max(lo, peak + sign * k * width)
                       for k in self.STEPS for sign in (-1, 1)})
        sums = [D(0)] * 4
        for begin, end in zip(ends, ends[1:]):
            half, mid = (end - begin) / 2, (begin + end) / 2
            for at, weight in self.points:
                t = mid + half * at
                still = (-t).exp()
                v = half * weight * self.x * (
                    self.y * (1 - still) - self.x * t).exp()
                for j, part in enumerate((D(1), still, t * still,
                                          1 - still)):
                    sums[j] += v * part
        return sums


def exactly(opts, times, ask, chain=Chain):
    """What ask() makes of the chain, with as many digits as that needs;
    Cancelled: DIGITS_MAX do not do."""
    digits = DIGITS
    while True:
        with localcontext() as context:
            context.prec = digits
            try:
                return ask(chain(opts, times))
            except Cancelled:
                if digits == DIGITS_MAX:
                    raise
                digits = min(2 * digits, DIGITS_MAX)


def figures(opts, chain=Chain):
    """Names to exact values; None: undefined."""
    return exactly(opts, (opts.threshold_s, opts.short_s), chain_figures,
                   chain)


def less(whole, part):
    """A difference that keeps 20 digits."""
    left = whole - part
    if abs(left) < whole.scaleb(SPARE + 20 - getcontext().prec):
        raise Cancelled
    return left


def ratio(part, whole):
    return part / whole if whole else None


def chain_figures(c):
    total = c.below + c.queue + c.full
    entered = c.below + c.queue
    answered = c.below + c.served
    gone = c.leave * c.wait()
    beyond, served_late, gone_late = c.parts(0)
    gone_within = briefly = D(0)
    if c.leave and c.times[0]:
        gone_within = less(gone, gone_late)
    if c.leave and c.times[1]:
        briefly = less(gone, c.parts(1)[2])
    within = less(answered, served_late)
    gone_wait = c.wait() - c.served_wait
    if not c.leave:
        gone = gone_wait = gone_late = D(0)
    return {
        "offered": c.load, "occupancy": c.load * answered / total / c.n,
        "blocked": c.full / total if c.room is not None else D(0),
        "waits": c.queue / total, "abandoned": gone / total,
        "within": within / total, "beyond": beyond / total,
        "asa_s": c.served_wait / answered, "wait_s": c.wait() / entered,
        "queue_length": c.length / total, "answered": answered / total,
        "abandoned_within": gone_within / total,
        "short_abandoned": briefly / total,
        "abandoned_wait_s": ratio(gone_wait, gone),
        "level_answered": within / answered,
        "level_credit": (within + gone_within) / entered,
        "level_strict": within / entered,
        "level_exclude": within / (answered + gone_late),
        "level_short_credit": (within + briefly) / entered,
    }

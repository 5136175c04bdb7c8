"""The lab against models of the literature: published numbers, chains that are
solved here, integrals. Times in minutes, rates a minute, unless it says so."""

import csv
import glob
import io
import json
import math
import os
import re

from labs import DAYS, ONE, lab, main, near, simulated, steady, test

# ---- A published day ----

CAME = (100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60)
# In percent within 20 s and 30 s, by hour, with half of the 95 % interval.
PRINTED = {20: ((78.1, 1.3), (85.9, 1.05), (97.5, .35), (93.7, .7),
                (90.1, .85), (93, .75), (97.4, .35), (97.3, .35), (93.5, .65),
                (97, .45), (87.3, 1.1), (91.8, .85), (94.7, .65)),
           30: ((81.8, 1.2), (89.2, .95), (98.4, .3), (95.7, .6), (93, .7),
                (94.9, .65), (98.4, .3), (98.3, .35), (95.4, .55), (97.9, .35),
                (89.6, 1.05), (93.5, .8), (95.8, .6))}
DAY = '''\
replications: 300
interval: 1h
confidence: 99.9%%
queues:
  - name: inbound
    target: %ds
    handle: 100s
    patience: 1000s
    balk: 10%%
    arrivals:
      - {from: 00:00, rate: 0/h}
%s      - {from: 21:00, rate: 0/h}
groups:
  - {name: all, agents: 4, shifts: [{from: 08:00, to: 21:00}]}
  - {name: day, agents: 2, shifts: [{from: 09:00, to: 18:00}]}
  - {name: noon, agents: 1, shifts: [{from: 10:00, to: 16:00}]}
  - name: peak
    agents: 1
    shifts: [{from: 10:00, to: 13:00}, {from: 14:00, to: 16:00}]
'''


@test(deadline_s=60)
def run__agrees_with_a_published_day(_):
    """singleQueue.xml of ContactCenters (Buist and L'Ecuyer, Université de
    Montréal, github.com/umontreal-simul/contactcenters, doc/msk), with what
    doc/msk/mskuse.tex prints of 300 days: the service level, those left out
    who gave up within the threshold, and the occupancy."""
    came = ''.join('      - {from: %02d:00, rate: %d/h}\n' % (8 + i, rate)
                   for i, rate in enumerate(CAME))
    for within, whole, half in ((20, .925, .0025), (30, .944, .002)):
        text = DAY % (within, came)
        told = json.loads(lab('run', 'day.yaml', '--json', text=text))
        level = told['queues'][0]['level_exclude']
        assert abs(level['mean'] - whole) < level['half'] + half, level
        assert level['half'] < 0.006, level
        hours = {g['name']: g['staffed_h']['mean'] for g in told['groups']}
        busy = sum(g['occupancy']['mean'] * hours[g['name']]
                   for g in told['groups']) / sum(hours.values())
        assert abs(busy - 0.558) < 0.006, busy

        over = json.loads(lab('run', 'day.yaml', '--json', '--over-day',
                              text=text))
        slots = {s['from_s'] // 3600: s for s in over['queues']}
        assert sorted(slots) == list(range(8, 21))
        for i, (mean, half) in enumerate(PRINTED[within]):
            slot = slots[8 + i]
            assert abs(slot['per_hour'] / CAME[i] - 1) < 0.04, slot
            # strict counts who gave up within, too: a little less
            at_most = 100 * slot['level_strict'] / (1 - slot['abandoned'])
            assert 100 * slot['level_strict'] < mean + 3 * half, (i, slot)
            assert at_most > mean - 3 * half, (i, slot)


@test()
def run__tells_each_part_of_the_day(_):
    """The same contacts as in the day's figures, but for those who came before
    the measuring, and agents as their shifts have them."""
    text = ONE.replace('agents: 11}', (
        'agents: 11, shifts: [{from: 00:00, to: 01:30}]}'))
    parts = json.loads(lab('run', 'day.yaml', '--over-day', '--json',
                           text='interval: 15m\n' + text))
    day = json.loads(lab('run', 'day.yaml', '--json', text=text))['all']
    assert parts['interval_s'] == 900
    starts = [slot['from_s'] for slot in parts['queues']]
    # from the end of the warm-up on, and not from before
    assert starts[0] == 1800 and starts == sorted(set(starts)), starts
    came = sum(slot['per_hour'] / 4 for slot in parts['queues'])
    left = (day['answered']['mean'] +
            day['abandoned']['mean'] * day['arrived']['mean'])
    assert abs(came / left - 1) < 0.03, (came, left)
    there = {slot['from_s']: slot for slot in parts['groups']}
    assert abs(there[4500]['agents'] - 11) < 1e-9
    # some finish whom they are with
    assert 0 < there[5400]['agents'] < 3 and there[5400]['occupancy'] == 1
    rows = list(csv.DictReader(io.StringIO(
        lab('run', 'day.yaml', '--over-day', '--csv',
            text='interval: 15m\n' + text))))
    assert len(rows) == 4 * len(parts['queues']) + 2 * len(parts['groups'])
    assert float(rows[0]['value']) - parts['queues'][0]['per_hour'] < 1e-6
    table = lab('run', 'day.yaml', '--over-day', text=text)
    assert table.startswith('10 replications of 2 h') and (
        '01:30   team' in table), table
    assert 'is for lab run' in lab('compare', 'day.yaml', '--over-day',
                                   status=2, text=text)


@test()
def page__has_every_key_and_figure(_):
    keys = set()
    for path in glob.glob(os.path.join(DAYS, '*.c')):
        with open(path) as file:
            text = file.read()
        keys.update(re.findall(r'\{"(\w+)", READ_', text))
        keys.update(re.findall(r'\{"(\w+)",\s+"[^"]+",\s+LAB_', text))
    assert len(keys) > 80, keys
    with open(os.path.join(DAYS, '..', '..', 'docs', 'lab.md')) as file:
        spans = re.findall(r'`([^`\n]+)`', file.read())
    named = {word for span in spans for word in re.findall(r'\w+', span)}
    # of service levels and percentiles a few stand for all
    assert not {k for k in keys - named
                if not re.match(r'level_|wait_9', k)}, keys - named


@test()
def run__counts_stays_of_a_queue_and_customers_of_all(_):
    """Who is called back is in the queue twice."""
    text = ONE.replace('patience: 2m', (
        'patience: 2m\n    callback: {after: 10s, part: 80%}')).replace(
            'agents: 11', 'agents: 8')
    told = json.loads(lab('run', 'day.yaml', '--json', text=text))
    one, all_ = told['queues'][0], told['all']
    assert one['entered']['mean'] > 1.2 * all_['entered']['mean']
    # as many gave up, of fewer
    near(one['abandoned'], all_['abandoned']['mean'] *
         all_['entered']['mean'] / one['entered']['mean'], 0.05)
    heads = [lab('run', 'day.yaml', text=t).split('\nqueue')[1].split('\n')[0]
             for t in (text, ONE)]
    assert heads[0].split() == ['calls', 'all'], heads
    assert heads[1].split() == ['calls'], heads


# ---- One pool, two classes ----

@test(deadline_s=60)
def queue_ratio__agrees_with_a_chain(_):
    """V with fixed ratios of the queues' lengths (Gurvich and Whitt 2009):
    four agents, who wait is to be four fifths of the first class."""
    rates, patience, share = (2.2, 1.6), (4, 2), (0.8, 0.2)

    def served(x, y):
        if not x or not y:
            return (x - 1, y) if x else (x, y - 1)
        return ((x - 1, y) if x - share[0] * (x + y) >= y - share[1] * (x + y)
                else (x, y - 1))

    def moves(s):
        busy, x, y = s
        for k, rate in enumerate(rates):
            if busy < 4:
                yield rate, (busy + 1, 0, 0)
            elif (x, y)[k] < 22:
                yield rate, (busy, x + 1 - k, y + k)
        if x + y:
            yield busy, (busy, *served(x, y))
        elif busy:
            yield busy, (busy - 1, 0, 0)
        if x:
            yield x / patience[0], (busy, x - 1, y)
        if y:
            yield y / patience[1], (busy, x, y - 1)

    p = steady(moves, (0, 0, 0))
    told = json.loads(lab('run', 'day.yaml', '--json', text=(
        'replications: 30\nwarmup: 5h\nduration: 40h\nconfidence: 99.9%\n'
        'contact_order: queue_ratio\nqueues:\n'
        '  - {name: x, arrivals: 132/h, handle: 1m, patience: 4m,\n'
        '     contact_order: {share: 80}}\n'
        '  - {name: y, arrivals: 96/h, handle: 1m, patience: 2m,\n'
        '     contact_order: {share: 20}}\n'
        'groups: [{name: g, agents: 4}]\n')))
    for k, queue in enumerate(told['queues']):
        length = sum(x * s[1 + k] for s, x in p.items())
        near(queue['abandoned'], length / patience[k] / rates[k], 0.02)
        near(queue['wait_s'], 60 * length / rates[k], 3)


@test(deadline_s=60)
def run__agrees_with_cobham_of_unlike_classes(_):
    """M/G/1, the higher class first, each with a mean and a law of its own
    (Cobham 1954; Kleinrock, Queueing Systems II, 3.3)."""
    classes = ((10, 1.5, 0), (8, 2, 1), (4, 3, 1.5))  # an hour, mean, cv
    told = simulated(
        ['{name: x, arrivals: 10/h, handle: {law: fixed, mean: 90s}, '
         'priority: 3}',
         '{name: y, arrivals: 8/h, handle: 2m, priority: 2}',
         '{name: z, arrivals: 4/h, handle: {law: lognormal, mean: 3m, '
         'cv: 1.5}, priority: 1}'],
        ['{name: g, agents: 1}'], '--duration', '300h')
    left = sum(rate / 60 * mean ** 2 * (1 + cv ** 2) / 2
               for rate, mean, cv in classes)
    before = 0
    for queue, (rate, mean, _cv) in zip('xyz', classes):
        load = before + rate / 60 * mean
        wait = 60 * left / ((1 - before) * (1 - load))
        near(told[queue]['wait_s'], wait, 0.2 * wait)
        before = load


# ---- Patience that is not exponential ----

def waits_of(agents, rate, survives, step, target):
    """M/M/n+G, handle times of a minute (Baccelli and Hebuterne 1981; Zeltyn
    and Mandelbaum 2005): the part that waits, that gives up, that is answered
    within the target, and the mean wait of all."""
    sums = [0.] * 4  # of the density, with survival, up to the target, wait
    x = offered = 0.
    last = survives(0)
    density = 1.
    while density > 1e-13 or x < target:
        s = survives(x + step)
        more = offered + step * (last + s) / 2
        then = math.exp(rate * more - agents * (x + step))
        for i, (a, b) in enumerate((
                (density, then), (density * last, then * s),
                (density * last, then * s) if x + step / 2 < target
                else (0, 0), (density * offered, then * more))):
            sums[i] += step * (a + b) / 2
        x, offered, last, density = x + step, more, s, then
    free, term = 0., 1.
    for k in range(agents - 1, -1, -1):
        free += term
        term *= k / rate
    total = free + rate * sums[0]
    return {'waited': rate * sums[0] / total,
            'abandoned': 1 - (free + rate * sums[1]) / total,
            'level_strict': (free + rate * sums[2]) / total,
            'wait_s': 60 * rate * sums[3] / total}


def lognormal(x):
    spread = math.log(5)  # mean 2, variation 2
    return (math.erfc((math.log(x / 2) + spread / 2) / math.sqrt(2 * spread))
            / 2 if x > 0 else 1)


@test(deadline_s=60)
def run__agrees_with_integrals_of_any_patience(_):
    scale = 3 / math.gamma(1.5)
    for agents, rate, law, survives in (
            (8, 9, '{law: weibull, mean: 3m, cv: 0.5227232}',
             lambda x: math.exp(-(x / scale) ** 2)),
            (12, 13, '{law: lognormal, mean: 2m, cv: 2}', lognormal),
            (20, 24, '{law: hyper, part: 20%, first: 15s, second: 4m}',
             lambda x: .2 * math.exp(-4 * x) + .8 * math.exp(-x / 4))):
        told = simulated(
            ['{name: q, arrivals: %d/h, handle: 1m, patience: %s}' % (
                60 * rate, law)], ['{name: g, agents: %d}' % agents],
            '--duration', '20h')
        for figure, value in waits_of(agents, rate, survives, 1 / 300,
                                      1 / 3).items():
            near(told['q'][figure], value, 3 if figure == 'wait_s' else 0.03)


# ---- Two pools of different speed ----

def pools(policy, first):
    """Three fast agents and four slow ones (an inverted V): first(fast, slow)
    of those idle says whether a fast one is taken."""
    def moves(s):
        a, b, waits = s
        if a + b < 7:
            if b == 4 or (a < 3 and first(3 - a, 4 - b)):
                yield 5.2, (a + 1, b, 0)
            else:
                yield 5.2, (a, b + 1, 0)
        elif waits < 60:
            yield 5.2, (a, b, waits + 1)
        if waits:
            yield 1.6 * a + 0.7 * b + waits / 5, (a, b, waits - 1)
        else:
            if a:
                yield 1.6 * a, (a - 1, b, 0)
            if b:
                yield 0.7 * b, (a, b - 1, 0)

    p = steady(moves, (0, 0, 0))
    told = json.loads(lab('run', 'day.yaml', '--json', text=(
        'replications: 30\nwarmup: 5h\nduration: 40h\nconfidence: 99.9%%\n'
        'queues:\n  - {name: q, arrivals: 312/h, handle: 1m, patience: 5m,\n'
        '     policy: {name: %s}}\ngroups:\n'
        '  - {name: fast, agents: 3, speed: 1.6, skills: {team: fast}}\n'
        '  - {name: slow, agents: 4, speed: 0.7, skills: {team: slow}}\n'
    ) % policy))
    near(told['all']['waited'],
         sum(x for s, x in p.items() if s[0] + s[1] == 7), 0.02)
    near(told['all']['wait_s'],
         60 * sum(x * s[2] for s, x in p.items()) / 5.2, 0.5)
    for group, of, all_ in ((0, 0, 3), (1, 1, 4)):
        near(told['groups'][group]['occupancy'],
             sum(x * s[of] for s, x in p.items()) / all_, 0.01)


@test()
def run__leads_elsewhere_whoever_waits_too_long(_):
    """M/M/2+D, 1.9 a minute who talk for one (Baccelli and Hebuterne 1981):
    the offered wait has the density p(one is free) 1.9 exp(-0.1 x) up to the
    longest wait of 40 s; nobody joins behind it, so that it ends at rate 2."""
    came, longest, within, grow = 1.9, 2 / 3, 0.25, 1.9 - 2
    busy = 1 / came + 1  # that nobody waits, by that one is free
    up_to = [(math.exp(grow * t) - 1) / grow for t in (longest, within)]
    beyond = math.exp(grow * longest) / 2
    free = 1 / (busy + came * (up_to[0] + beyond))
    led = free * came * beyond
    waited = free * came * (math.exp(grow * longest) *
                            (longest / grow - 1 / grow ** 2) + 1 / grow ** 2)
    one = simulated(
        ['{name: q, arrivals: 114/h, handle: 60s, max_wait: 40s, target: 15s}'],
        ['{name: g, agents: 2}'])['q']
    near({key: value / 40 / 114 for key, value in one['led'].items()}, led,
         0.02)
    near(one['asa_s'], 60 * waited / (1 - led), 0.5)
    near(one['level_answered'],
         (free * (busy + came * up_to[1])) / (1 - led), 0.02)
    # Those led elsewhere waited for just as long, and nobody for longer.
    assert 39 < one['wait_longest_s']['mean'] <= 40, one
    assert one['wait_99_s']['mean'] <= 40, one


@test(deadline_s=60)
def fair_threshold__agrees_with_a_chain(_):
    """Armony and Ward 2010: with fewer than two idle the slow ones rest, else
    the fast ones do."""
    pools('fair_threshold, slow: 2, fast: 5',
          lambda fast, slow: fast + slow < 2)


@test(deadline_s=60)
def idleness_ratio__agrees_with_a_chain(_):
    """Gurvich and Whitt 2009: of those idle 35 % are to be slow ones."""
    pools('idleness_ratio, fast: 65, slow: 35',
          lambda fast, slow: fast - 0.65 * (fast + slow) >
          slow - 0.35 * (fast + slow))


@test(deadline_s=60)
def fastest_first__agrees_with_a_chain(_):
    pools('fastest_first', lambda fast, slow: True)


# ---- Coming again, going on, dialing out ----

@test(deadline_s=60)
def run__agrees_with_a_chain_of_lost_calls_that_come_again(_):
    """M/M/2/2 with retrials (Falin and Templeton 1997, chapter 2)."""
    def moves(s):
        busy, away = s
        if busy < 2:
            yield 1.1, (busy + 1, away)
            if away:
                yield away / 1.5, (busy + 1, away - 1)
        elif away < 150:
            yield 1.1, (busy, away + 1)
        if busy:
            yield busy, (busy - 1, away)

    p = steady(moves, (0, 0))
    told = simulated(['{name: q, arrivals: 66/h, handle: 1m, places: 0, '
                      'retry: {part: 100%, after: 90s, times: 100}}'],
                     ['{name: g, agents: 2}'], '--duration', '80h')
    again = sum(x * s[1] for s, x in p.items()) / 1.5
    blocked = sum(x * (1.1 + s[1] / 1.5) for s, x in p.items() if s[0] == 2)
    near(told['q']['blocked'], blocked / (1.1 + again), 0.02)
    near(told['q']['retried'], again * 60 * 80, 0.1 * again * 60 * 80)


@test(deadline_s=60)
def overflow__agrees_with_a_chain(_):
    """Who finds none of three agents free goes on at once to two others, who
    have customers of their own."""
    def moves(s):
        first, second, waits = s
        then = ((first, second + 1, 0) if second < 2
                else (first, second, waits + 1))
        yield 2.4, (first + 1, second, waits) if first < 3 else then
        yield 0.8, then
        if first:
            yield first, (first - 1, second, waits)
        if waits:
            yield second + waits / 3, (first, second, waits - 1)
        elif second:
            yield second, (first, second - 1, 0)

    p = steady(lambda s: (m for m in moves(s) if m[1][2] < 40), (0, 0, 0))
    told = simulated(
        ['{name: one, members_only: true, arrivals: 144/h, handle: 1m, '
         'patience: 3m, steps: [{when: free == 0, overflow: [two]}]}',
         '{name: two, members_only: true, arrivals: 48/h, handle: 1m, '
         'patience: 3m}'],
        ['{name: a, agents: 3, queues: [one]}',
         '{name: b, agents: 2, queues: [two]}'])
    over = 2.4 * sum(x for s, x in p.items() if s[0] == 3)
    near(told['two']['abandoned'],
         sum(x * s[2] for s, x in p.items()) / 3 / (0.8 + over), 0.02)
    near(told['one']['led'], over * 60 * 40, 0.03 * over * 60 * 40)


@test(deadline_s=60)
def outbound__agrees_with_a_chain_of_blending(_):
    """Calls of which there are always more are dialed while more than two of
    six agents are free (Bhulai and Koole 2003); the center looks for them each
    second, which is all the difference."""
    def ended(calls, dialed, waits):
        if waits:
            return calls + 1, dialed, waits - 1
        return calls, dialed + max(0, 4 - calls - dialed), 0

    def moves(s):
        calls, dialed, waits = s
        if calls + dialed < 6:
            yield 2.5, (calls + 1, dialed, 0)
        elif waits < 50:
            yield 2.5, (calls, dialed, waits + 1)
        if calls:
            yield 0.9 * calls, ended(calls - 1, dialed, waits)
        if dialed:
            yield 0.9 * dialed, ended(calls, dialed - 1, waits)

    p = steady(moves, (0, 4, 0))
    told = simulated(
        ['{name: in, arrivals: 150/h, handle: 66.66666667s, priority: 1}',
         '{name: out, handle: 66.66666667s, outbound: {every: 1s, keep: 2}}'],
        ['{name: g, agents: 6}'])
    near(told['in']['waited'],
         sum(x for s, x in p.items() if s[0] + s[1] == 6), 0.02)
    dialed = 0.9 * sum(x * s[1] for s, x in p.items()) * 60 * 40
    assert 0.97 * dialed < told['out']['answered']['mean'] < dialed, (
        dialed, told['out']['answered'])


main()

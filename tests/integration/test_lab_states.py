"""The lab against chains and integrals that are worked out here: breaks, rates
that change, arrivals of a file, one room for all, who comes again. Times in
minutes, rates a minute, unless it says so."""

import json
import math
import os
import subprocess
import tempfile

from labs import LAB, lab, main, near, simulated, steady, test


def mean(p, of):
    return sum(of(state) * part for state, part in p.items())


def per(estimate, count):
    """Of each of so many."""
    return {key: value / count for key, value in estimate.items()}


@test()
def run__agrees_with_a_chain_of_one_room_for_two_classes(_):
    """Two agents, three places for both classes, the first goes first; 0.8 and
    1.2 a minute, who talk for 1/0.9 and wait for 2 and 4 minutes."""
    came, talk, ends, places = (0.8, 1.2), 0.9, (0.5, 0.25), 3

    def moves(state):
        busy, first, second = state
        for i in range(2):
            if busy < 2:
                yield came[i], (busy + 1, first, second)
            elif first + second < places:
                yield came[i], (busy, first + (not i), second + i)
        if busy:
            yield busy * talk, ((busy, first - 1, second) if first else
                                (busy, 0, second - 1) if second else
                                (busy - 1, 0, 0))
        if first:
            yield ends[0] * first, (busy, first - 1, second)
        if second:
            yield ends[1] * second, (busy, first, second - 1)

    p = steady(moves, (0, 0, 0))
    blocked = mean(p, lambda s: s[1] + s[2] == places)
    told = simulated(
        ['{name: a, arrivals: 48/h, handle: %rs, patience: 2m, priority: 2}' %
         (60 / talk),
         '{name: b, arrivals: 72/h, handle: %rs, patience: 4m, priority: 1}' %
         (60 / talk)], ['{name: g, agents: 2}\nplaces: 3'])
    for i, name in enumerate('ab'):
        wait = mean(p, lambda s, i=i: s[1 + i])
        near(told[name]['blocked'], blocked, 0.02)
        near(told[name]['abandoned'], ends[i] * wait / came[i], 0.02)
        near(told[name]['wait_s'], 60 * wait / came[i] / (1 - blocked), 3)


@test()
def run__agrees_with_a_chain_of_who_gave_up_and_comes_again(_):
    """M/M/2/4+M: of those who find no place or give up after a minute 70 %
    come again after five, as often as it takes."""
    came, ends, again, part = 1.6, 1, 0.2, 0.7

    def moves(state):
        here, away = state
        if here < 4:
            yield came, (here + 1, away)
            yield away * again, (here + 1, away - 1)
        elif away < 100:
            yield came * part, (here, away + 1)
            yield away * again * (1 - part), (here, away - 1)
        yield min(here, 2), (here - 1, away)
        if here > 2 and away < 100:
            yield (here - 2) * ends * part, (here - 1, away + 1)
            yield (here - 2) * ends * (1 - part), (here - 1, away)

    p = steady(lambda s: [m for m in moves(s) if m[0] > 0], (0, 0))
    more = again * mean(p, lambda s: s[1])
    full = mean(p, lambda s: (came + again * s[1]) * (s[0] == 4))
    one = simulated(
        ['{name: q, arrivals: 96/h, handle: 60s, patience: 60s, places: 2,'
         ' retry: {part: 70%, after: 5m, times: 100}}'],
        ['{name: g, agents: 2}'])['q']
    near(per(one['retried'], 40 * 96), more / came, 0.03)
    near(one['blocked'], full / (came + more), 0.02)
    near(one['abandoned'], ends * mean(p, lambda s: max(s[0] - 2, 0)) /
         (came + more), 0.02)


@test()
def run__agrees_with_a_chain_of_calls_that_interrupt(_):
    """One agent; calls interrupt a mail, which goes on afterwards. Who waits
    for two minutes gives up, a mail after twenty."""
    came, talk, ends = (0.3, 0.25), (0.8, 0.5), (0.5, 0.05)

    def begun(calls, mail, waiting):
        if calls or mail or not waiting:
            return calls, mail, waiting
        return 0, 1, waiting - 1

    def moves(state):
        calls, mail, waiting = state
        if calls < 25:
            yield came[0], (calls + 1, mail, waiting)
        if waiting < 60:
            yield came[1], begun(calls, mail, waiting + 1)
        if calls:
            yield talk[0], begun(calls - 1, mail, waiting)
        if calls > 1:
            yield ends[0] * (calls - 1), (calls - 1, mail, waiting)
        if mail and not calls:
            yield talk[1], begun(0, 0, waiting)
        if waiting:
            yield ends[1] * waiting, (calls, mail, waiting - 1)

    p = steady(moves, (0, 0, 0))
    told = simulated(
        ['{name: calls, arrivals: 18/h, handle: 75s, patience: 2m,'
         ' priority: 2}',
         '{name: mails, channel: mail, arrivals: 15/h, handle: 2m,'
         ' patience: 20m, priority: 1}'],
        ['{name: g, agents: 1, capacity: {voice: 1, mail: 1, total: 1},'
         ' interrupts: {voice: mail}}'])
    wait = mean(p, lambda s: max(s[0] - 1, 0)), mean(p, lambda s: s[2])
    for i, name in enumerate(('calls', 'mails')):
        near(told[name]['abandoned'], ends[i] * wait[i] / came[i], 0.03)
        near(told[name]['wait_s'], 60 * wait[i] / came[i], 20)


BREAKS = '''\
replications: 40
warmup: 4h
duration: 60h
period: 1h
confidence: 99.9%
queues:
  - {name: q, arrivals: 30/h, handle: 75s, patience: 5m}
groups:
  - name: g
    agents: 1
    least: 1
    most: 1
    shifts: [{from: 00:00, to: 01:00, breaks: [{from: 00:20, to: 00:30}]}]
targets:
  - {figure: abandoned, at_most: 100%, every: 20m}
'''


@test()
def run__agrees_with_a_chain_of_breaks(_):
    """One agent who is away for ten minutes of each hour, once he is done with
    whom he has; of the hour and, by lab staff, of each third of it."""
    came, talk, ends, most, step = 0.5, 0.8, 0.2, 20, 0.01
    free = [1.0] + [0.0] * most  # by how many wait, as he is free
    busy = [0.0] * (most + 1)
    thirds = [0.0] * 3
    for tick in range(4 * 6000):
        minute = tick % 6000 * step
        away = 20 <= minute < 30
        if tick % 6000 == 3000:
            # back: he takes the first
            for i in range(1, most + 1):
                busy[i - 1] += free[i]
                free[i] = 0.0
        if tick >= 3 * 6000:
            thirds[int(minute // 20)] += step * sum(
                i * (free[i] + busy[i]) for i in range(most + 1))
        # nobody waits for who is free, but in a break
        flow = [[0.0] * (most + 1), [0.0] * (most + 1)]
        for i in range(most + 1):
            for b, x in ((0, free[i]), (1, busy[i])):
                moves = [(ends * i, b, i - 1)]
                if not b and not away:
                    moves.append((came, 1, i))
                elif i < most:
                    moves.append((came, b, i + 1))
                if b:
                    moves.append((talk, 1, i - 1) if i and not away
                                 else (talk, 0, i))
                for rate, to, at in moves:
                    if rate:
                        flow[to][at] += rate * x * step
                        flow[b][i] -= rate * x * step
        free = [x + y for x, y in zip(free, flow[0])]
        busy = [x + y for x, y in zip(busy, flow[1])]
    one = json.loads(lab('run', 'day.yaml', '--json',
                         text=BREAKS))['queues'][0]
    near(one['abandoned'], ends * sum(thirds) / (came * 60), 0.02)
    near(one['wait_s'], 60 * sum(thirds) / (came * 60), 5)
    told = json.loads(lab('staff', 'day.yaml', '--json', text=BREAKS))
    for target, third in zip(told['targets'], thirds):
        near(target, ends * third / (came * 20), 0.03)


@test()
def run__agrees_with_many_agents_and_rates_that_change(_):
    """M(t)/G/inf: how many are busy is the integral of the rate, as long ago as
    somebody still talks (Eick, Massey and Whitt 1993); 20 minutes, lognormal,
    a deviation of half as much again."""
    rates, deviation = (1, 0, 4, 2), math.sqrt(math.log(1 + 1.5 ** 2))
    center = math.log(20) - deviation ** 2 / 2

    def talks(time):
        return math.erfc((math.log(time) - center) /
                         math.sqrt(2) / deviation) / 2

    text = ('replications: 10\nwarmup: 2d\nduration: 200h\nperiod: 4h\n'
            'interval: 1h\nqueues:\n  - name: q\n'
            '    handle: {law: lognormal, mean: 20m, cv: 1.5}\n    arrivals:\n'
            + ''.join('      - {from: %02d:00, rate: %d/m}\n' % hour
                      for hour in enumerate(rates)) +
            'groups:\n  - {name: g, agents: 200}\n')
    told = json.loads(lab('run', 'day.yaml', '--json', '--over-day',
                          text=text))['groups']
    for hour in range(4):
        want = sum(
            rates[int((60 * hour + now - ago) // 60) % 4] * talks(ago) * 0.5
            for now in range(5, 60, 10)
            for ago in (i / 2 + 0.25 for i in range(2400))) / 6
        assert abs(200 * told[hour]['occupancy'] / want - 1) < 0.03, (
            hour, told[hour], want)


@test()
def run__agrees_with_a_chain_of_arrivals_of_a_file(_):
    """D/M/2, one each 36 s, as each finds it: who is there is done by a Poisson
    number of ends, both of which count while two are there."""
    every, most, rate = 0.6, 40, 2

    def left(start):
        here = [float(i == start) for i in range(most + 2)]
        after, weight = [0.0] * (most + 2), math.exp(-rate * every)
        for k in range(40):
            after = [a + weight * h for a, h in zip(after, here)]
            gone = [min(i, 2) / rate for i in range(most + 3)]
            here = [h * (1 - gone[i]) + (here + [0.0])[i + 1] * gone[i + 1]
                    for i, h in enumerate(here)]
            weight *= rate * every / (k + 1)
        return after

    rows = [left(min(i + 1, most)) for i in range(most + 1)]
    p = [1.0] + [0.0] * most
    for _turn in range(600):
        p = [sum(p[i] * rows[i][k] for i in range(most + 1))
             for k in range(most + 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'day.yaml')
        with open(os.path.join(folder, 'calls.csv'), 'w') as file:
            file.write('arrival\n' + ''.join(
                '%d\n' % (36 * i) for i in range(1, 4300)))
        with open(path, 'w') as file:
            file.write('replications: 30\nwarmup: 2h\nduration: 40h\n'
                       'period: 48h\nconfidence: 99.9%\nqueues:\n  - {name: q,'
                       ' arrivals: {file: calls.csv}, handle: 60s}\n'
                       'groups:\n  - {name: g, agents: 2}\n')
        told = json.loads(subprocess.run(
            [LAB, 'run', path, '--json'], check=True, timeout=60,
            capture_output=True, text=True).stdout)['queues'][0]
    near(told['waited'], sum(p[2:]), 0.05)
    near(told['wait_s'], 60 * sum(x * (i - 1) / rate for i, x in enumerate(p)
                                  if i > 1), 15)


main()

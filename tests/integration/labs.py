"""The lab as its tests run it."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))

from tap import PATIENCE, main, test  # noqa: E402, F401

LAB = os.path.join(os.environ['USHER_BUILD'], 'examples', 'lab', 'lab')
DAYS = os.path.join(os.path.dirname(__file__), '..', '..', 'examples', 'lab')

# 10 erlangs, 11 agents, patience of two minutes.
ONE = '''\
replications: 10
warmup: 30m
duration: 2h
queues:
  - name: calls
    arrivals: 200/h
    handle: 3m
    patience: 2m
groups:
  - {name: team, agents: 11}
'''


def lab(*args, status=0, text=None, env=None):
    """Standard output; text stands for a file named day.yaml."""
    with tempfile.TemporaryDirectory(prefix='usher-lab-') as folder:
        if text is not None:
            with open(os.path.join(folder, 'day.yaml'), 'w') as file:
                file.write(text)
        done = subprocess.run([LAB, *args], cwd=folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60 * PATIENCE, env=env)
    told = done.stdout + done.stderr
    assert done.returncode == status, (args, done.returncode, told)
    if status:
        # A picture comes after the table.
        assert (done.stdout == '' or '--plot' in args) and done.stderr, told
        return done.stderr
    assert done.stderr == '', told
    return done.stdout


def near(estimate, wanted, width):
    """The interval holds what is wanted, and says something."""
    assert estimate['half'] < width, (estimate, width)
    assert abs(estimate['mean'] - wanted) < estimate['half'], (
        estimate, wanted)


def steady(moves, start):
    """The steady state of a chain: moves(state) gives (rate, state) pairs;
    states that it does not lead to are cut off."""
    index = {start: 0}
    states = [start]
    out = []
    for state in states:
        out.append([])
        for rate, to in moves(state):
            if to not in index:
                index[to] = len(states)
                states.append(to)
            out[-1].append((rate, index[to]))
    into = [[] for _ in states]
    for i, pairs in enumerate(out):
        for rate, to in pairs:
            into[to].append((rate, i))
    leave = [sum(rate for rate, _ in pairs) for pairs in out]
    p = [1 / len(states)] * len(states)
    for _ in range(2000):
        change = 0
        for i, pairs in enumerate(into):
            new = sum(rate * p[k] for rate, k in pairs) / leave[i]
            change += abs(new - p[i])
            p[i] = new
        total = sum(p)
        p = [x / total for x in p]
        if change < 1e-12:
            break
    return {state: p[i] for state, i in index.items()}


def day_of(queues, groups):
    return ('replications: 30\nwarmup: 5h\nduration: 40h\n'
            'confidence: 99.9%%\nqueues:\n%sgroups:\n%s' % (
                ''.join('  - %s\n' % q for q in queues),
                ''.join('  - %s\n' % g for g in groups)))


def simulated(queues, groups, *more):
    told = json.loads(lab('run', 'day.yaml', '--json', *more,
                          text=day_of(queues, groups)))
    return {q['name']: q for q in told['queues'] + [told['all']]}

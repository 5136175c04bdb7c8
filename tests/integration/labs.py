"""The lab as its tests run it."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))

from tap import main, test  # noqa: E402, F401

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
                              stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, env=env)
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

"""sh examples/run, as a newcomer does it."""

import os
import re
import signal
import socket
import time

from harness import BUILD, Skip, main, test
from web import Web

# The optimized build where there is one: sanitizers are not what a newcomer
# waits for.
OPT = os.path.join(os.path.dirname(BUILD), 'opt')
CHOSEN = OPT if os.path.isdir(OPT) else BUILD
SANITIZED = 'asan' in os.path.basename(CHOSEN)
# What the wallboard promises, with the crowd.
MOVES_S = 60 if SANITIZED else 10


class Run:
    def __init__(self, t, *args):
        self.child = t.start(['sh', t.root('examples', 'run')] + list(args),
                             name='run', env={'USHER_BUILD': CHOSEN})
        # It builds first, where that is still to be done.
        board = self.child.wait_for(r'^Wallboard: http://([\d.]+):(\d+)/',
                                    150)
        self.address, self.port = board.group(1), int(board.group(2))
        self.sip = self.child.wait_for(r'^SIP: sip:1000@(\S+):(\d+)')
        self.child.wait_for(r'^Open for business', 30)
        self.opened = time.monotonic()

    def ask(self, method, path):
        answer = Web(self.address, self.port).request(
            method, '/api/v1/' + path)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json()

    def sum(self, what):
        return sum(q[what] for q in self.ask('GET', 'state')['queues'])

    def interrupt(self):
        """Ctrl-C, as a terminal does it: to all of the group."""
        self.child.waited = True
        os.killpg(self.child.pid, signal.SIGINT)
        self.child.wait(30, 0)

    def closed(self):
        try:
            Web(self.address, self.port, 2)
        except OSError:
            return True
        return False


def moves(t, run):
    """A promise: counted from when it has opened and the crowd begins."""
    t.until(lambda: run.sum('entered'),
            run.opened + MOVES_S - time.monotonic(), 'a caller in a queue')


def outside_address():
    """An address of this machine that others could reach; nothing is sent."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        probe.connect(('198.51.100.1', 9))
        return probe.getsockname()[0]
    except OSError:
        return '127.0.0.1'
    finally:
        probe.close()


@test(deadline_s=240)
def run__opens_shows_life_and_closes(t):
    address = t.address()
    run = Run(t, '--listen', address, '--crowd', '20')
    assert run.address == address
    moves(t, run)
    print('# the wallboard moved after %.1f s' % (
        time.monotonic() - run.opened))
    t.until(lambda: run.sum('answered') and run.sum('waiting'), 60,
            'an answered call, and one that waits')
    run.interrupt()
    lines = run.child.lines
    closing = next(i for i, line in enumerate(lines) if 'Closing' in line)
    assert not any(line.startswith('crowd:') for line in lines[closing:]), (
        'the crowd was still there when the center closed')
    assert not re.search(r'rror|ailed to', run.child.output()), 'complaints'
    assert run.closed(), 'the center still runs'
    # Each call got its BYE: who waits when the center goes first would keep
    # the place. And the journal was closed, not cut.
    run = Run(t, '--listen', address, '--keep')
    state = run.ask('GET', 'state')
    assert all(c['state'] == 'wrap_up' for c in state['contacts']), (
        state['contacts'])
    assert ' 0 keep their place' in run.child.output()
    assert run.sum('answered') > 0, 'nothing was kept'
    events = run.ask('GET', 'events?limit=500&from=%d' % max(
        1, int(state['seq']) - 450))['events']
    types = [e['type'] for e in events]
    assert 'stopped' in types, types
    run.interrupt()


@test(deadline_s=240)
def run__keeps_what_it_is_told_to_keep(t):
    address = t.address()
    held = []
    for port, kind in ((5060, socket.SOCK_DGRAM), (8080, socket.SOCK_STREAM)):
        s = socket.socket(socket.AF_INET, kind)
        s.bind((address, port))
        if kind == socket.SOCK_STREAM:
            s.listen(1)
        held.append(s)

    def anna():
        agent = run.ask('GET', 'agents/anna')
        return agent['presence']

    # Busy ports: the next ones, printed.
    run = Run(t, '--listen', address)
    assert int(run.sip.group(2)) == 5061 and run.port == 8081, (
        run.sip.group(), run.port)
    assert run.ask('POST', 'agents/anna/pause')['result'] == 'done'
    run.interrupt()
    run = Run(t, '--listen', address, '--keep')
    assert anna() == 'paused'
    run.interrupt()
    run = Run(t, '--listen', address)
    assert anna() == 'signed_out'
    run.interrupt()
    for s in held:
        s.close()


@test(deadline_s=240)
def run__listens_for_real_phones(t):
    address = outside_address()
    if address.startswith('127.'):
        raise Skip('this machine has no other address than loopback')
    run = Run(t, '--listen', address, '--crowd', '20')
    assert run.sip.group(1) == address
    # The file has no token: the wallboard stays here, and is told to.
    assert run.address == '127.0.0.1'
    assert 'HTTP stays on 127.0.0.1' in run.child.output()
    moves(t, run)
    run.interrupt()


@test(deadline_s=240)
def run__is_alone_in_its_directory(t):
    run = Run(t, '--listen', t.address())
    assert run.ask('POST', 'agents/anna/pause')['result'] == 'done'

    def refused(*args):
        other = t.start(['sh', t.root('examples', 'run'), '--listen',
                         t.address()] + list(args), name='second',
                        env={'USHER_BUILD': CHOSEN})
        other.wait(20, 1)
        assert 'already running, in %s/state' % CHOSEN in other.output(), (
            other.output())
        assert 'SIP:' not in other.output(), other.output()

    refused()
    refused('--keep')
    # Nothing of it was touched: it ends well, and can be gone on with.
    run.interrupt()
    assert not re.search(r'rror|cannot', run.child.output()), (
        run.child.output())
    run = Run(t, '--listen', run.address, '--keep')
    assert run.ask('GET', 'agents/anna')['presence'] == 'paused'
    run.interrupt()
    # Nor is a center of somebody's own in the same place.
    center = t.start([os.path.join(CHOSEN, 'examples/callcenter/callcenter'),
                      '--config', t.root('examples/callcenter/center.yaml'),
                      '--state', os.path.join(CHOSEN, 'state'),
                      '--listen', t.address()], name='callcenter')
    center.wait_for('Open for business', 30)
    refused()
    assert center.stop() == 0


@test(deadline_s=60)
def run__mistakes_are_told(t):
    for args in (['--crowd'], ['--crowd', 'many'], ['--what'], ['--listen']):
        child = t.start(['sh', t.root('examples', 'run')] + args, name='run',
                        env={'USHER_BUILD': CHOSEN})
        child.wait(20, 2)
    child = t.start(['sh', t.root('examples', 'run'), '--help'], name='run')
    child.wait(20, 0)
    text = child.output()
    assert 'sh examples/run [--listen ADDRESS]' in text, text
    assert text.rstrip().endswith('USHER_BUILD names another than '
                                  'build/example.'), text
    # An address that is none ends it, and does not wait.
    child = t.start(['sh', t.root('examples', 'run'), '--listen', 'here'],
                    name='run', env={'USHER_BUILD': CHOSEN})
    child.wait(50, 1)
    assert "'here' is not an IP address" in child.output(), child.output()


main()

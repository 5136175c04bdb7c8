#!/usr/bin/env python3
"""Complete queue calls a second, with sipp at both ends.

    python3 tests/bench/calls/run.py BUILD-DIRECTORY [--seconds 60]
            [--rates 50,100,200,300,400] [--rtp]
            [--journal with|without|both] [--flat] [--memory]

A call: INVITE, queue, the agent's INVITE, answer, one second, BYE. Runs of a
minute, since SIP's timers live for 32 s. Prints, in memory and with journal and
history on disk, for each rate: failed calls, CPU-milliseconds of the center per
call, and the delay from the caller's INVITE to the agent's as seen on the
loopback interface (needs root); then the memory of a caller who waits and of one who talks with an
agent (both legs), at once and when SIP's transactions, which live for 32 s, are gone. The center and
both sipp share the machine: with two cores sipp takes one.

--memory prints the memory alone.

--flat prints what a call costs beside 10 to 10,000 agents and beside none to
10,000 who wait for a skill that nobody has, 9,000 of them at phones; what the center takes when
nobody calls is subtracted.
"""
import argparse
import csv
import glob
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CENTER, CALLERS, AGENTS = '127.31.7.1', '127.31.7.2', '127.31.7.3'
WAITERS = '127.31.7.4'
PORT = 5060
TRANSACTION_S = 35  # 64 times T1, and some


class Center:
    def __init__(self, build, agents, state=None, flags=()):
        self.process = subprocess.Popen(
            ['taskset', '-c', '0',
             os.path.join(build, 'tests/bench/calls/bench-center'), *flags,
             '%s:%d' % (CENTER, PORT), '%s:%d' % (AGENTS, PORT),
             str(agents)] + ([state] if state else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == 'ready\n'

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def stats(self):
        self.say('stats')
        return [int(x) for x in self.process.stdout.readline().split()[1:]]

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


class Delays(threading.Thread):
    """Time between the two INVITEs of a call, by the caller's number."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.socket.bind(('lo', 0))
        # SO_TIMESTAMPNS: the kernel's time, not this program's.
        self.socket.setsockopt(socket.SOL_SOCKET, 35, 1)
        self.socket.settimeout(0.5)
        self.first, self.delays, self.over = {}, [], False

    def run(self):
        to_center = socket.inet_aton(CENTER)
        to_agents = socket.inet_aton(AGENTS)
        while not self.over:
            try:
                packet, more, _, where = self.socket.recvmsg(2048, 128)
            except socket.timeout:
                continue
            if where[2] == 4 or packet[42:49] != b'INVITE ':
                continue
            at = struct.unpack('qq', more[0][2])
            at = at[0] + at[1] / 1e9
            number = re.search(rb'\r\nFrom:[^\r]*sip:(\d+)@', packet)
            if not number:
                continue
            number = number.group(1)
            if packet[30:34] == to_center:
                self.first.setdefault(number, at)
            elif packet[30:34] == to_agents and number in self.first:
                self.delays.append(at - self.first.pop(number))

    def stop(self):
        self.over = True
        self.join()
        self.socket.close()
        return sorted(self.delays)


def sipp(folder, address, scenario, *more):
    return subprocess.Popen(
        ['taskset', '-c', '1', 'sipp', '-sf', os.path.join(folder, scenario),
         '-i', address, '-mi', address, '-p', str(PORT), '-nostdin',
         '-trace_stat', '-fd', '1', '-max_socket', '50000',
         '-buff_size', '4000000', *more],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)


def failed_calls(folder, scenario):
    name = scenario.split('.')[0]
    path = glob.glob(os.path.join(folder, name + '_*_.csv'))[0]
    with open(path) as f:
        rows = list(csv.DictReader(f, delimiter=';'))
    return (int(rows[-1]['FailedCall(C)']),
            int(rows[-1]['SuccessfulCall(C)']))


def prepare(folder, rtp):
    for name in ('caller.xml', 'agent.xml'):
        with open(os.path.join(HERE, name)) as f:
            text = f.read()
        if rtp:
            text = text.replace(
                '<!--RTP-->', '<nop><action><exec rtp_stream="%s/tone.wav,'
                '-1,0"/></action></nop>' % folder)
        with open(os.path.join(folder, name), 'w') as f:
            f.write(text)
    if rtp:
        subprocess.run(['sox', '-n', '-r', '8000', '-c', '1', '-e', 'mu-law',
                        folder + '/tone.wav', 'synth', '2', 'sine', '440'],
                       check=True)


def run(build, rate, seconds, rtp, journal):
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, rtp)
        center = Center(build, rate * 2 + 20,
                        os.path.join(folder, 'state') if journal else None)
        agents = sipp(folder, AGENTS, 'agent.xml',
                      *(['-rtp_echo'] if rtp else []))
        center.say('in')
        time.sleep(1)
        before = center.stats()
        delays = Delays()
        delays.start()
        calls = rate * seconds
        callers = sipp(folder, CALLERS, 'caller.xml', '%s:%d' % (CENTER, PORT),
                       '-r', str(rate), '-m', str(calls), '-d', '1000',
                       '-l', str(rate * 20))
        callers.wait(seconds + 60)
        time.sleep(1)
        after = center.stats()
        agents.send_signal(signal.SIGUSR1)
        try:
            agents.wait(5)
        except subprocess.TimeoutExpired:
            agents.kill()
            agents.wait()
        delays = delays.stop()
        failed, good = failed_calls(folder, 'caller.xml')
        center.close()
    answered = after[4] - before[4]
    return {
        'rate': rate, 'good': good, 'failed': failed + calls - good - failed,
        'answered': answered, 'cpu': (after[0] - before[0]) / max(good, 1),
        'median': delays[len(delays) // 2] * 1e3 if delays else -1,
        'p99': delays[len(delays) * 99 // 100] * 1e3 if delays else -1,
        'rss': after[1]}


def memory(build, count, bridged):
    """Callers who wait or talk, and kilobytes of each: at once, and later."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, False)
        # sipp has no sound, and would not know how to answer OPTIONS.
        center = Center(build, count if bridged else 1, None,
                        ['--no-probe'])
        agents = sipp(folder, AGENTS, 'agent.xml') if bridged else None
        if bridged:
            center.say('in')
            time.sleep(2)
        before = center.stats()
        callers = sipp(folder, CALLERS, 'caller.xml', '%s:%d' % (CENTER, PORT),
                       '-r', '200', '-m', str(count), '-d', '120000', '-l',
                       str(count))
        which = 3 if bridged else 2
        until = time.monotonic() + 60
        while center.stats()[which] < count and time.monotonic() < until:
            time.sleep(0.2)
        figures = []
        for wait in (1, TRANSACTION_S):
            time.sleep(wait)
            after = center.stats()
            # Resident memory does not shrink, so the later one is the heap's.
            at = 1 if wait == 1 else 5
            figures.append((after[at] - before[at]) / max(after[which], 1)
                           / (1 if wait == 1 else 1024))
        for child in (callers, agents, center.process):
            if child:
                child.kill()
                child.wait()
    return [after[which]] + figures


FLAT_RATE, FLAT_SECONDS = 50, 20
# A phone that waits takes two descriptors, of which a process may have no more
# than 20,000 on some machines; who comes beyond waits without one.
PHONES_MAX = 9000


def cost(build, agents, waiting):
    """CPU-milliseconds of a call that is answered at once and lasts 0.1 s."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, False)
        with open(os.path.join(folder, 'caller.xml')) as f:
            text = f.read()
        with open(os.path.join(folder, 'waiter.xml'), 'w') as f:
            f.write(text.replace('sip:1000@', 'sip:2000@'))
        # sipp would not know an OPTIONS in the middle of its scenario.
        center = Center(build, agents, None, ['--no-probe'])
        peer = '%s:%d' % (CENTER, PORT)
        agent = sipp(folder, AGENTS, 'agent.xml')
        waiter = None
        if waiting:
            phones = str(min(waiting, PHONES_MAX))
            waiter = sipp(folder, WAITERS, 'waiter.xml', peer, '-r', '400',
                          '-m', phones, '-l', phones, '-d', '600000')
            center.say('crowd %d' % max(0, waiting - PHONES_MAX))
        while center.stats()[2] < waiting:
            assert waiter.poll() is None
            time.sleep(0.5)
        center.say('in')
        time.sleep(34)  # the transactions of the INVITEs have gone
        used = [center.stats()[0]]
        time.sleep(FLAT_SECONDS)
        used.append(center.stats()[0])
        answered = center.stats()[4]
        calls = FLAT_RATE * FLAT_SECONDS
        caller = sipp(folder, CALLERS, 'caller.xml', peer, '-r',
                      str(FLAT_RATE), '-m', str(calls), '-d', '100')
        caller.wait(FLAT_SECONDS + 60)
        after = center.stats()
        for process in (agent, waiter):
            if process:
                process.kill()
                process.wait()
        center.process.kill()
        center.process.wait()
    assert after[4] - answered == calls, (after[4] - answered, calls)
    idle = used[1] - used[0]
    return (after[0] - used[1] - idle) / calls, idle / FLAT_SECONDS


def flat(build):
    print('%8s %8s %12s %12s' % ('agents', 'waiting', 'CPU ms/call',
                                 'idle ms/s'))
    for agents, waiting_now in ((10, 0), (1000, 0), (10000, 0), (100, 0),
                                (100, 1000), (100, 10000)):
        print('%8d %8d %12.2f %12.1f' % (
            agents, waiting_now, *cost(build, agents, waiting_now)),
              flush=True)


def table(build, args, journal):
    print('journal and history on disk' if journal else 'in memory')
    print('%8s %8s %8s %9s %11s %11s %9s' % (
        'calls/s', 'good', 'failed', 'answered', 'CPU ms/call',
        'median ms', 'p99 ms'))
    for rate in [int(r) for r in args.rates.split(',') if r]:
        r = run(build, rate, args.seconds, args.rtp, journal)
        print('%8d %8d %8d %9d %11.2f %11.2f %9.2f' % (
            r['rate'], r['good'], r['failed'], r['answered'], r['cpu'],
            r['median'], r['p99']), flush=True)
        if r['failed'] > r['rate']:
            break


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('--rates', default='50,100,200,300,400')
    parser.add_argument('--rtp', action='store_true')
    parser.add_argument('--journal', choices=('with', 'without', 'both'),
                        default='both')
    parser.add_argument('--waiting', type=int, default=2000)
    parser.add_argument('--flat', action='store_true')
    parser.add_argument('--memory', action='store_true')
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    if args.flat:
        flat(build)
        return
    if args.journal != 'with' and not args.memory:
        table(build, args, False)
    if args.journal != 'without' and not args.memory:
        table(build, args, True)
    for what, bridged in (('wait', False), ('talk', True)):
        if args.waiting:
            count, now, later = memory(build, args.waiting, bridged)
            print('%d callers %s, %.1f kB each; after %d s %.1f kB of heap' % (
                count, what, now, TRANSACTION_S, later), flush=True)


if __name__ == '__main__':
    sys.exit(main())

"""What the integration tests share: programs, addresses, sipp, waiting.

    from harness import test, main

    @test(deadline_s=20)
    def center__answers(t):
        address = t.address()
        center = t.start([t.program('callcenter'), '--listen', address],
                         name='center')
        center.wait_for(r'open for business', 5)
        t.sipp(['-sf', t.here('scenarios/call.xml'), address], 10)

    main()

Each test has a directory of its own (t.dir, removed after success), loopback
addresses that no other test has, and its own children; nothing else is ever
signaled. Sanitizer reports in a child's output fail the test, and so does a
child that ends by itself with an error unless the test waited for it.
"""

import atexit
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))

import tap  # noqa: E402
from tap import PATIENCE, Skip, test  # noqa: E402,F401

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get('USHER_BUILD')
                        or os.path.join(ROOT, 'build'))

STEPPED = os.path.join(BUILD, 'tests', 'integration', 'libstepped.so')


def set_clock():
    """Figures are those of a day of UTC, and no test is to end on another one
    than it began, nor is a clock that it sets by an hour: around midnight we
    begin again, with a clock that says noon, as all that we start has it.
    Returns by how much it is ahead, in seconds."""
    path = os.environ.get('STEPPED_BY')
    if path:
        atexit.register(os.remove, path)
        with open(path, 'rb') as file:
            return struct.unpack('=q', file.read())[0]
    hour = time.gmtime().tm_hour
    if 1 <= hour < 22 or not os.path.exists(STEPPED):
        return 0
    handle, path = tempfile.mkstemp(prefix='usher-clock-')
    os.write(handle, struct.pack('=q', (12 - hour) * 3600))
    os.close(handle)
    os.execve(sys.executable, sys.orig_argv, dict(
        os.environ, LD_PRELOAD=STEPPED, STEPPED_BY=path))


AHEAD_S = set_clock()
# And a zone in which it is noon, too.
os.environ['TZ'] = 'NOON%+d' % (time.gmtime().tm_hour - 12)
time.tzset()

# Bound on each address that a test takes, so that no other test takes it;
# none that the system gives to a socket bound to all addresses.
GUARD_PORT = 8999
OUTPUT_MAX = 4000
REPORTS = re.compile(r'ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|'
                     r'runtime error: |Assertion .* failed')


class Child:
    """A program that a test started; its output is read all the time."""

    def __init__(self, name, argv, log, **kwargs):
        self.name = name
        self.argv = argv
        self.waited = False
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._log = open(log, 'w', errors='replace')
        self.log_path = log
        self.process = subprocess.Popen(
            argv, stdin=kwargs.pop('stdin', subprocess.DEVNULL),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors='replace', start_new_session=True, **kwargs)
        self.pid = self.process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._log.write(line)
            self._log.flush()
            with self._changed:
                self.lines.append(line.rstrip('\n'))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def output(self):
        return '\n'.join(self.lines)

    def wait_for(self, pattern, timeout_s=10, start=0):
        """Wait for a line that matches; returns the match. `start` is the
        index in `lines` from which to look."""
        timeout_s *= PATIENCE
        until = time.monotonic() + timeout_s
        seen = start
        regex = re.compile(pattern)
        with self._changed:
            while True:
                while seen < len(self.lines):
                    match = regex.search(self.lines[seen])
                    seen += 1
                    if match:
                        return match
                left = until - time.monotonic()
                if self._ended or left <= 0:
                    raise AssertionError(
                        '%s: no line with %r %s' % (
                            self.name, pattern, 'before it ended'
                            if self._ended else 'in %g s' % timeout_s))
                self._changed.wait(left)

    def running(self):
        return self.process.poll() is None

    def wait(self, timeout_s=30, status=0):
        """Wait for its end; status None accepts any."""
        self.waited = True
        timeout_s *= PATIENCE
        try:
            got = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError('%s: still runs after %g s' % (
                self.name, timeout_s))
        self._reader.join(2)
        if status is not None:
            assert got == status, '%s: ended with %d, not %d' % (
                self.name, got, status)
        return got

    def send(self, number):
        self.waited = True
        if self.running():
            self.process.send_signal(number)

    def stop(self, timeout_s=10, number=signal.SIGTERM):
        """Ask it to end; it must end with 0 or by that signal."""
        self.send(number)
        got = self.wait(timeout_s, None)
        assert got in (0, -number), '%s: ended with %d' % (self.name, got)
        return got

    def kill(self):
        """kill -9, it and what it started."""
        self.waited = True
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(5)


class Context:
    """One test's world."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='usher-')
        self.children = []
        self._guards = []

    def here(self, *path):
        """A file beside the tests."""
        return os.path.join(HERE, *path)

    def root(self, *path):
        """A file of the tree."""
        return os.path.join(ROOT, *path)

    def path(self, *path):
        """A file in the test's own directory."""
        return os.path.join(self.dir, *path)

    def program(self, name):
        """A built program, by name or by path under the build directory."""
        whole = os.path.join(BUILD, name)
        if os.path.isfile(whole) and os.access(whole, os.X_OK):
            return whole
        for sub in ('examples', 'tests'):
            for folder, _, files in os.walk(os.path.join(BUILD, sub)):
                if name in files and os.access(os.path.join(folder, name),
                                               os.X_OK):
                    return os.path.join(folder, name)
        raise AssertionError('%s is not built in %s' % (name, BUILD))

    def need(self, *tools):
        for tool in tools:
            assert shutil.which(tool), tool + ' is not installed'

    def address(self):
        """A loopback address that belongs to this test."""
        for _ in range(1000):
            address = '127.%d.%d.%d' % (random.randint(2, 250),
                                        random.randint(0, 255),
                                        random.randint(1, 254))
            guard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                guard.bind((address, GUARD_PORT))
            except OSError:
                guard.close()
                continue
            self._guards.append(guard)
            return address
        raise AssertionError('no free loopback address')

    def port(self, address, tcp=False, first=20000, last=30000):
        """A port that is free now, below those that connections take by
        themselves. What speaks SIP has one for UDP and TCP, so both are
        free; with tcp alone the other is not asked for."""
        kinds = [socket.SOCK_STREAM] + ([] if tcp else [socket.SOCK_DGRAM])
        for _ in range(1000):
            port = random.randrange(first, last, 2)
            probes = [socket.socket(socket.AF_INET, kind) for kind in kinds]
            try:
                for probe in probes:
                    probe.bind((address, port))
                return port
            except OSError:
                continue
            finally:
                for probe in probes:
                    probe.close()
        raise AssertionError('no free port on ' + address)

    def start(self, argv, name=None, **kwargs):
        """Start a program; it is ended after the test."""
        name = name or os.path.basename(argv[0])
        log = self.path('%s-%d.log' % (name, len(self.children)))
        env = dict(os.environ)
        env.update(kwargs.pop('env', {}))
        child = Child(name, [str(a) for a in argv], log, env=env,
                      cwd=kwargs.pop('cwd', self.dir), **kwargs)
        self.children.append(child)
        return child

    def run(self, argv, timeout_s=30, status=0, **kwargs):
        """Run a program to its end; returns its output."""
        child = self.start(argv, **kwargs)
        child.wait(timeout_s, status)
        return child.output()

    def sipp_start(self, argv, name='sipp', **kwargs):
        """Start sipp; -trace_err and a quiet screen are added."""
        self.need('sipp')
        return self.start(
            ['sipp'] + [str(a) for a in argv]
            + ['-nostdin', '-trace_err', '-error_file',
               self.path('%s-%d.err' % (name, len(self.children)))],
            name=name, env={'TERM': 'dumb'}, **kwargs)

    def sipp(self, argv, timeout_s=20, status=0, **kwargs):
        """Run sipp to its end; it fails when a call failed."""
        child = self.sipp_start(argv, **kwargs)
        child.wait(timeout_s, status)
        return child

    def until(self, condition, timeout_s=10, what='condition', step_s=0.05):
        """Poll until condition() is true; returns its value."""
        timeout_s *= PATIENCE
        end = time.monotonic() + timeout_s
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < end, '%s: not in %g s' % (
                what, timeout_s)
            time.sleep(step_s)

    def until_taken(self, address, port=5060, what='sipp listens'):
        """Wait until somebody has the UDP port."""
        def taken():
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                probe.bind((address, port))
                return False
            except OSError:
                return True
            finally:
                probe.close()
        self.until(taken, 10, what)

    def check(self):
        """What must hold when a test returns."""
        for child in self.children:
            if not child.running() and not child.waited:
                status = child.process.returncode
                assert status == 0, '%s: ended by itself with %d' % (
                    child.name, status)

    def _end(self):
        alive = [c for c in self.children if c.running()]
        # The last one started goes first: callers before the center.
        for child in reversed(alive):
            child.process.terminate()
            try:
                child.process.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        for child in self.children:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            child._reader.join(2)
            child._log.close()

    def close(self, failed):
        self._end()
        for guard in self._guards:
            guard.close()
        told = ''
        bad = [c for c in self.children if REPORTS.search(c.output())]
        for child in (self.children if failed else bad):
            told += '--- %s (%s), status %s, %s:\n%s\n' % (
                child.name, ' '.join(child.argv)[:300],
                child.process.returncode, child.log_path,
                child.output()[-OUTPUT_MAX:])
        if bad and not failed:
            raise AssertionError('sanitizer reports:\n' + told)
        if not failed:
            shutil.rmtree(self.dir, ignore_errors=True)
        return told


def main():
    """Run the tests of a file."""
    tap.main(Context)

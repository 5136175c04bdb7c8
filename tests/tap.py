"""Named tests with a deadline each, and result lines that tests/run counts.

    from tap import test, main

    @test(deadline_s=10)
    def thing__does_what(t):
        assert 1 + 1 == 2

    main()

The deadline is that of a machine at rest: three times as long is waited, as
harness.py does for each condition. A test takes one argument, made by the
context that main() was given, or None. Result lines are `ok N - name` and
`not ok N - name`; what explains a failure follows, each line behind a `#`.
Names on the command line choose tests; `--list` lists them; `--full` (or
USHER_FULL=1) adds the long ones.
"""

import os
import signal
import sys
import time
import traceback

# What a test waits for takes longer where others run beside it; a limit says
# that it never came, and is no measure of speed.
PATIENCE = 3

_tests = []


class DeadlinePassed(Exception):
    pass


class Skip(Exception):
    """Raise it with the reason where a test cannot run here."""


def test(deadline_s=30, full=False):
    """Declare a test; full: only with --full."""
    def declare(function):
        _tests.append((function, deadline_s, full))
        return function
    return declare


def _alarm(signum, frame):
    raise DeadlinePassed()


def _explain(text):
    for line in text.rstrip().splitlines():
        print('#', line)


def _run(number, function, deadline_s, context):
    name = function.__name__
    began = time.monotonic()
    result = 'ok'
    reason = ''
    told = ''
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(deadline_s * PATIENCE)
    t = None
    try:
        t = context() if context else None
        function(t)
        if t:
            t.check()
    except Skip as skip:
        reason = ' # SKIP ' + str(skip)
    except DeadlinePassed:
        result = 'not ok'
        told = traceback.format_exc(limit=-4) + (
            'deadline of %d s passed\n' % (deadline_s * PATIENCE))
    except Exception:
        result = 'not ok'
        told = traceback.format_exc()
    finally:
        signal.alarm(0)
    try:
        if t:
            told += t.close(failed=result != 'ok')
    except Exception:
        result = 'not ok'
        told += traceback.format_exc()
    print('%s %d - %s (%.1f s)%s' % (
        result, number, name, time.monotonic() - began, reason))
    if result != 'ok':
        _explain(told)
    sys.stdout.flush()
    return result == 'ok'


def main(context=None):
    """Run the tests that were declared; ends the program."""
    # A shell without job control lets what it starts in the background
    # ignore Ctrl-C, which a script cannot undo; tests want it heard.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = [a for a in sys.argv[1:] if not a.startswith('-')]
    full = '--full' in sys.argv or os.environ.get('USHER_FULL') == '1'
    known = [function.__name__ for function, _, _ in _tests]
    if '--list' in sys.argv:
        print('\n'.join(known))
        sys.exit(0)
    for name in wanted:
        if name not in known:
            sys.exit('no such test: ' + name)
    chosen = [(f, d) for f, d, long in _tests
              if (f.__name__ in wanted if wanted else full or not long)]
    print('1..%d' % len(chosen))
    failed = 0
    for number, (function, deadline_s) in enumerate(chosen, 1):
        if not _run(number, function, deadline_s, context):
            failed += 1
    sys.exit(1 if failed else 0)

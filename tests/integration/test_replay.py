"""Journals read again: what docs/replay.md shows is what is printed."""

import os
import re
import subprocess

from harness import ROOT, main, test

PAGE = os.path.join(ROOT, 'docs', 'replay.md')


def replay(t, *args):
    return subprocess.run([t.program('lab-replay'), *args], cwd=t.dir,
                          capture_output=True, text=True, timeout=60)


def shown():
    """(arguments, lines or None for all, output) of each command shown."""
    with open(PAGE) as page:
        blocks = re.findall(r'```\n(.*?)```', page.read(), re.S)
    for block in blocks:
        for part in re.split(r'^\$ ', block, flags=re.M)[1:]:
            line, _, output = part.partition('\n')
            command, _, head = line.partition(' | head -n ')
            yield command.split()[1:], int(head) if head else None, output


@test(deadline_s=60)
def page__shows_what_is_printed(t):
    count = 0
    for args, head, output in shown():
        answer = replay(t, *args)
        assert answer.returncode == 0, answer.stderr
        lines = answer.stdout.splitlines(keepends=True)
        assert ''.join(lines[:head]) == output, ''.join(lines[:head])
        count += 1
    assert count >= 6, count


@test(deadline_s=60)
def verify__begins_anywhere(t):
    assert replay(t, 'one', '--make', '--seed', '7').returncode == 0
    for at in range(1000, 1003):
        answer = replay(t, 'one', '--verify', '--at', str(at))
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert answer.stdout.endswith('events: the same\n'), answer.stdout


@test(deadline_s=60)
def lab__runs_it(t):
    assert replay(t, 'day', '--make').returncode == 0
    answer = subprocess.run([t.program('lab'), 'replay', 'day'], cwd=t.dir,
                            capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == replay(t, 'day').stdout
    # the model of a plain day lacks nothing
    assert answer.stderr == ''
    answer = subprocess.run([t.program('lab'), 'replay', 'nowhere'],
                            cwd=t.dir, capture_output=True, timeout=60)
    assert answer.returncode == 1


@test(deadline_s=60)
def replay__gives_a_policy_its_options(t):
    assert replay(t, 'day', '--make').returncode == 0
    answer = replay(t, 'day', '--policy', 'percentage', '--option', 'x=60',
                    '--skill', 'berlin:team=x', '--replications', '2')
    assert answer.returncode == 0, answer.stderr
    assert 'what if' in answer.stdout, answer.stdout


@test(deadline_s=60)
def replay__names_what_is_wrong(t):
    assert replay(t, '--help').returncode == 0
    assert replay(t).returncode == 2
    for wrong in (['--at', 'x'], ['--staff', 'berlin'], ['--staff', '=3'],
                  ['--skill', 'berlin'], ['--replications', '1'], ['--huh'],
                  ['--option', '=3'], ['--option', 'berlin=3']):
        answer = replay(t, 'day', *wrong)
        assert answer.returncode == 2, (wrong, answer)
        assert wrong[0] in answer.stderr, (wrong, answer.stderr)
    answer = replay(t, 'nowhere')
    assert answer.returncode == 1 and 'nowhere' in answer.stderr
    assert replay(t, 'day', '--make').returncode == 0
    for args, told in ((['--staff', 'nobody=3'], 'no group "nobody"'),
                       (['--at', '99999999'], 'ends at event'),
                       (['--policy', 'none_such'], 'none_such'),
                       (['--policy', 'percentage'], 'needs teams')):
        answer = replay(t, 'day', *args)
        assert answer.returncode == 1, (args, answer)
        assert told in answer.stderr, (args, answer.stderr)


main()

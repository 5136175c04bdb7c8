"""Journals read again: what docs/replay.md shows is what is printed."""

import os
import re
import subprocess

from harness import PATIENCE, ROOT, main, test

PAGE = os.path.join(ROOT, 'docs', 'replay.md')
LIMIT_S = 60


def replay(t, *args):
    return subprocess.run([t.program('lab-replay'), *args], cwd=t.dir,
                          capture_output=True, text=True,
                          timeout=LIMIT_S * PATIENCE)


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
        if args[0] == '--size':
            os.truncate(os.path.join(t.dir, args[2]), int(args[1]))
            continue
        answer = replay(t, *args)
        assert answer.returncode == (args[0] == 'torn' and len(output) > 0), \
            answer.stderr
        lines = (answer.stdout + answer.stderr).splitlines(keepends=True)
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
                            capture_output=True, text=True,
                            timeout=LIMIT_S * PATIENCE)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == replay(t, 'day').stdout
    # the model of a plain day lacks nothing
    assert answer.stderr == ''
    answer = subprocess.run([t.program('lab'), 'replay', 'nowhere'],
                            cwd=t.dir, capture_output=True,
                            timeout=LIMIT_S * PATIENCE)
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
    for wrong, told in (([], 'which JOURNAL'),
                        (['day', '--at', '-5'], "--at cannot be '-5'"),
                        (['day', '--seed'], '--seed without its value'),
                        (['day', '--huh', '3'], "what is '--huh'?"),
                        ([__file__], 'the state folder of a center')):
        answer = replay(t, *wrong)
        assert answer.returncode == 2 and told in answer.stderr, answer
        assert 'lab replay --help' in answer.stderr, answer
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


def journal(t, name):
    return os.path.join(t.dir, name, 'journal-00000001.seg')


@test(deadline_s=60)
def damage__at_the_end_is_named(t):
    assert replay(t, 'day', '--make').returncode == 0
    file = journal(t, 'day')
    whole = os.path.getsize(file)
    for size, told in ((whole // 2, 'after event 0: %d bytes' %
                        (whole // 2 - 32)),
                       (10, 'damaged at offset 0,'),
                       (0, 'damaged at offset 0,')):
        os.truncate(file, size)
        for args in (['--verify'], [], ['--at', '9']):
            answer = replay(t, 'day', *args)
            assert answer.returncode == 1, (size, args, answer)
            assert 'the same' not in answer.stdout, (size, args, answer)
        answer = replay(t, 'day', '--verify')
        assert 'journal-00000001.seg is damaged' in answer.stderr, answer
        assert told in answer.stderr, (size, answer)
        assert 'there are no events' in answer.stderr, (size, answer)
        answer = replay(t, 'day', '--verify', '--torn')
        assert answer.returncode == 0, (size, answer)
        assert told in answer.stderr, (size, answer)


@test(deadline_s=60)
def damage__in_the_middle_is_named(t):
    assert replay(t, 'day', '--make').returncode == 0
    with open(journal(t, 'day'), 'r+b') as file:
        file.seek(5000)
        byte = file.read(1)[0]
        file.seek(5000)
        file.write(bytes([byte ^ 1]))
    for args in (['--verify'], [], ['--verify', '--torn']):
        answer = replay(t, 'day', *args)
        assert answer.returncode == 1, (args, answer)
        assert 'journal-00000001.seg is damaged at offset 32: what came ' \
               'after event 0 was on disk and is missing' in answer.stderr, answer


@test(deadline_s=60)
def verify__says_when_there_is_nothing(t):
    assert replay(t, 'day', '--make').returncode == 0
    answer = replay(t, 'day', '--verify', '--at', '99999999')
    assert answer.returncode == 1, answer
    assert 'nothing to compare' in answer.stderr, answer
    os.truncate(journal(t, 'day'), 32)
    answer = replay(t, 'day', '--verify')
    assert answer.returncode == 1, answer
    assert 'there are no events' in answer.stderr, answer


main()

"""What the lab prints is right: formulas, intervals, the same days."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from labs import LAB, ONE, lab, main, near, simulated, steady, test

COMPARED = ONE + '''\
compare:
  - name: eleven
  - {name: twelve, agents: {team: 12}}
  - {name: by chance, policy: random, policies: {calls: random}}
'''


@test()
def compare__tells_differences(_):
    told = json.loads(lab('compare', 'day.yaml', '--json', text=COMPARED))
    rows = {(row['variant'], row['queue'], row['figure']): row
            for row in told}
    assert len(rows) == len(told) == 3 * 2 * 28
    # The same callers, whoever serves them.
    arrived = [rows[v, 'all', 'arrived'] for v in
               ('eleven', 'twelve', 'by chance')]
    assert len({a['mean'] for a in arrived}) == 1
    assert all(a['difference'] == a['difference_half'] == 0 for a in arrived)
    # One more is better, and that is known better than either.
    wait = rows['twelve', 'calls', 'wait_s']
    assert wait['difference'] + wait['difference_half'] < 0, wait
    assert wait['difference_half'] < 0.7 * rows[
        'eleven', 'calls', 'wait_s']['half']
    # All agents are alike, so that it does not matter who is chosen.
    for figure in ('wait_s', 'abandoned', 'level_strict'):
        assert rows['by chance', 'all', figure]['difference'] == 0
    table = lab('compare', 'day.yaml', text=COMPARED)
    assert 'twelve - eleven' in table and '*' in table
    assert table == lab('compare', 'day.yaml', '--threads', '3',
                        text=COMPARED)
    # What was drawn for the file is not the options' to lose.
    assert lab('compare', 'day.yaml', '--csv', '--policies',
               'longest_idle,random', text=ONE).startswith('variant,')


@test()
def run__is_the_same_on_one_thread_and_many(_):
    for how in ([], ['--json'], ['--csv']):
        one = lab('run', 'day.yaml', '--threads', '1', *how, text=ONE)
        many = lab('run', 'day.yaml', '--threads', '5', *how, text=ONE)
        assert one == many
    other = lab('run', 'day.yaml', '--csv', '--seed', '2', text=ONE)
    assert other != many



@test()
def run__agrees_with_erlang_a(_):
    formula = json.loads(lab('erlang', '--arrivals', '200/h', '--handle',
                             '3m', '--patience', '2m', '--agents', '11',
                             '--json'))[0]
    day = json.loads(lab('run', 'day.yaml', '--json', '--replications', '60',
                         '--confidence', '99.9%', '--duration', '5h',
                         text=ONE))
    for figure, formulas, width in (
            ('asa_s', 'asa_s', .2), ('wait_s', 'wait_s', .2),
            ('waited', 'waits', .1), ('abandoned', 'abandoned', .2),
            ('level_answered', 'level_answered', .05),
            ('level_credit', 'level_credit', .05),
            ('level_strict', 'level_strict', .05),
            ('level_exclude', 'level_exclude', .05),
            ('level_short_credit', 'level_short_credit', .05)):
        near(day['all'][figure], formula[formulas],
             width * formula[formulas])
    near(day['groups'][0]['occupancy'], formula['occupancy'], .05)
    # A percentile's estimate has a bias that falls with the contacts.
    for part in (90, 95):
        name = 'wait_%d_s' % part
        assert abs(day['all'][name]['mean'] / formula[name] - 1) < .05


@test()
def staff__by_simulation_is_the_formulas(_):
    formula = json.loads(lab(
        'staff', '--arrivals', '200/h', '--handle', '3m', '--patience', '2m',
        '--want', 'level_strict=78%', '--json'))
    for threads in ('1', '3'):
        found = json.loads(lab(
            'staff', 'day.yaml', '--want', 'level_strict=78%', '--json',
            '--threads', threads, '--duration', '5h', text=ONE))
        assert found['agents'] == {'team': formula[0]['agents']}
        target = found['targets'][0]
        assert target['found'] >= 0.78
        assert target['mean'] + target['half'] > 0.78



@test()
def run__says_how_wrong_expected_waits_are(_):
    # A fifth too much work: docs/figures.md has the same model.
    text = (ONE.replace('200/h', '288/h').replace('3m', '5m')
            .replace('2m', '5m').replace('11', '20')
            .replace('30m', '2h').replace('2h\nq', '8h\nq'))
    told = lab('run', 'day.yaml', '--expected', text=text)
    assert 'error of the wait that is told' in told
    ours, place, last = [float(x) for x in re.findall(
        r'([\d.]+) %', told.splitlines()[-1])]
    assert 30 < ours < place < last < 80, told
    assert 'error of the wait' not in lab('run', 'day.yaml', text=ONE)


# Times in minutes, rates a minute.
@test(deadline_s=60)
def run__agrees_with_chains_of_two_phases(_):
    """M/H2/2: a third takes a minute, the others 4; 0.4 a minute."""
    def moves(s):
        quick, slow, waits = s
        if quick + slow < 2:
            yield 0.4 / 3, (quick + 1, slow, 0)
            yield 0.4 * 2 / 3, (quick, slow + 1, 0)
        elif waits < 80:
            yield 0.4, (quick, slow, waits + 1)
        for rate, left in ((quick, (quick - 1, slow)),
                           (slow / 4, (quick, slow - 1))):
            if rate and waits:
                yield rate / 3, (left[0] + 1, left[1], waits - 1)
                yield rate * 2 / 3, (left[0], left[1] + 1, waits - 1)
            elif rate:
                yield rate, (*left, 0)

    p = steady(moves, (0, 0, 0))
    wait_s = sum(x * s[2] for s, x in p.items()) / 0.4 * 60
    waited = sum(x for s, x in p.items() if s[0] + s[1] == 2)
    told = simulated(['{name: q, arrivals: 24/h, handle: {law: hyper, '
                      'part: 33.33333333%, first: 1m, second: 4m}}'],
                     ['{name: g, agents: 2}'])['q']
    near(told['wait_s'], wait_s, 0.25 * wait_s)
    near(told['waited'], waited, 0.05)


@test(deadline_s=60)
def run__agrees_with_a_chain_of_few_places(_):
    """M/M/3/5+M: two may wait, for a minute on average; 1.5 a minute."""
    def moves(n):
        if n < 5:
            yield 1.5, n + 1
        if n:
            yield min(n, 3) / 2 + max(n - 3, 0), n - 1

    p = steady(moves, 0)
    lost = sum(x * max(n - 3, 0) for n, x in p.items()) / 1.5
    told = simulated(['{name: q, arrivals: 90/h, handle: 2m, patience: 1m, '
                      'places: 2}'], ['{name: g, agents: 3}'])['q']
    near(told['blocked'], p[5], 0.02)
    near(told['abandoned'], lost, 0.02)


@test(deadline_s=60)
def run__agrees_with_a_chain_of_an_n(_):
    """N: two agents for the first queue alone, two for both; the second queue
    goes first there, and the first one prefers its own. 2 minutes each, 0.9
    and 0.5 a minute, patience 2 minutes."""
    def moves(s):
        own, both, first, second = s
        if own < 2:
            yield 0.9, (own + 1, both, first, second)
        elif both < 2:
            yield 0.9, (own, both + 1, first, second)
        elif first < 30:
            yield 0.9, (own, both, first + 1, second)
        if both < 2:
            yield 0.5, (own, both + 1, first, second)
        elif second < 25:
            yield 0.5, (own, both, first, second + 1)
        if own:
            yield own / 2, ((own, both, first - 1, second) if first else
                            (own - 1, both, first, second))
        if both:
            yield both / 2, ((own, both, first, second - 1) if second else
                             (own, both, first - 1, 0) if first else
                             (own, both - 1, 0, 0))
        if first:
            yield first / 2, (own, both, first - 1, second)
        if second:
            yield second / 2, (own, both, first, second - 1)

    p = steady(moves, (0, 0, 0, 0))
    told = simulated(
        ['{name: first, members_only: true, arrivals: 54/h, handle: 2m, '
         'patience: 2m, policy: least_skilled_first, options: {wide: 1}}',
         '{name: second, members_only: true, arrivals: 30/h, handle: 2m, '
         'patience: 2m, priority: 10}'],
        ['{name: own, agents: 2, skills: {wide: 0}, queues: [first]}',
         '{name: both, agents: 2, skills: {wide: 1}, queues: [first, second]}'
         ])
    for name, at, rate in (('first', 2, 0.9), ('second', 3, 0.5)):
        length = sum(x * s[at] for s, x in p.items())
        near(told[name]['abandoned'], length / 2 / rate, 0.02)
        near(told[name]['wait_s'], length / rate * 60, 2)


@test(deadline_s=60)
def run__agrees_with_a_chain_of_those_who_come_again(_):
    """Two lines, nobody waits; who is blocked tries again after 5 minutes on
    average, until there is a line. A minute each, 1.2 a minute."""
    def moves(s):
        busy, away = s
        if busy < 2:
            yield 1.2, (busy + 1, away)
            if away:
                yield away / 5, (busy + 1, away - 1)
        elif away < 120:
            yield 1.2, (busy, away + 1)
        if busy:
            yield busy, (busy - 1, away)

    p = steady(moves, (0, 0))
    full = sum(x for s, x in p.items() if s[0] == 2)
    again = sum(x * s[1] for s, x in p.items()) / 5
    blocked = (1.2 * full + sum(x * s[1] / 5 for s, x in p.items()
                                if s[0] == 2)) / (1.2 + again)
    told = simulated(
        ['{name: q, arrivals: 72/h, handle: 1m, places: 0, retry: {part: '
         '100%, after: 5m, times: 100}}'], ['{name: g, agents: 2}'])['q']
    near(told['blocked'], blocked, 0.02)


@test(deadline_s=60)
def run__knows_what_is_said_of_contacts_and_agents(_):
    """M/M/1 of one who is twice as quick with vips; and who waits too long is
    led elsewhere."""
    told = simulated(
        ['{name: q, arrivals: 15/h, handle: 4m, requirement: '
         '"grade >= contact.grade", attributes: {grade: 3}}',
         '{name: slow, arrivals: 1/h, handle: 4m, members_only: true, '
         'max_wait: 1m}'],
        ['{name: g, skills: {grade: 3}, speeds: {q: 2}}',
         '{name: low, skills: {grade: 2}}'])
    # load a half: as long as a contact takes
    near(told['q']['wait_s'], 120, 20)
    near(told['q']['aht_s'], 120, 5)
    assert told['slow']['answered']['mean'] == 0
    assert told['slow']['entered']['mean'] > 30


def on_terminal(args, seen):
    """What is shown on a terminal, until seen(text) or it ends."""
    ours, its = pty.openpty()
    with tempfile.TemporaryDirectory(prefix='usher-lab-') as folder:
        with open(os.path.join(folder, 'day.yaml'), 'w') as file:
            file.write(ONE)
        with subprocess.Popen([LAB, *args], cwd=folder, stderr=its,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL) as process:
            os.close(its)
            text = ''
            while not seen(text):
                try:
                    text += os.read(ours, 4096).decode()
                except OSError:
                    break
            process.terminate()
    os.close(ours)
    return text


@test(deadline_s=60)
def run__shows_how_far_it_is(_):
    # Long enough for several of them on any machine; ended when they came.
    def parts(text):
        return [int(part) for part in re.findall(r'\] +(\d+) %', text)]

    text = on_terminal(
        ['run', 'day.yaml', '--replications', '100000', '--threads', '1',
         '--duration', '10h'], lambda told: len(parts(told)) > 2)
    assert re.search(r'\rlab run \[#* *\] +\d+ %', text), repr(text)
    assert parts(text) == sorted(parts(text)), text
    text = on_terminal(
        ['staff', 'day.yaml', '--want', 'level_strict=70%', '--replications',
         '20'], lambda told: False)
    assert '\rlab staff: 1 tried, the best costs ' in text, repr(text)
    # and nothing is left of it
    assert text.endswith('\r\x1b[K'), repr(text[-80:])


STAFF = ONE.replace('agents: 11', 'agents: 6, cost: 20') + (
    'targets: [{figure: level_strict, at_least: 60%}]\n')


@test(deadline_s=60)
def pictures__are_drawn(_):
    for command, names in (
            (['run'], ('wait', 'level', 'occupancy')),
            (['compare', '--policies', "longest_idle,random"],
             ('wait', 'cost')), (['staff'], ('cost',))):
        with tempfile.TemporaryDirectory(prefix="usher-lab's-") as folder:
            prefix = os.path.join(folder, 'day')
            lab(*command, 'day.yaml', '--replications', '2', '--duration',
                '1h', '--plot', prefix, text=STAFF)
            assert sorted(os.listdir(folder)) == sorted(
                'day-%s.%s' % (name, kind) for name in names
                for kind in ('svg', 'png'))
            for name in names:
                with open('%s-%s.png' % (prefix, name), 'rb') as file:
                    assert file.read(8) == b'\x89PNG\r\n\x1a\n'
                svg = ET.parse('%s-%s.svg' % (prefix, name)).getroot()
                texts = ' '.join(svg.itertext())
                assert {'run': 'calls' if name != 'occupancy' else 'team',
                        'compare': 'longest_idle',
                        'staff': 'found'}[command[0]] in texts, texts
                assert sum(1 for _ in svg.iter(
                    '{http://www.w3.org/2000/svg}path')) > 10


def scripts(*args, text):
    """What gnuplot is told, by one that only keeps it."""
    with tempfile.TemporaryDirectory(prefix='usher-plot-') as folder:
        with open(os.path.join(folder, 'gnuplot'), 'w') as file:
            file.write('#!/bin/sh\nexec cat >>"%s/told"\n' % folder)
        os.chmod(file.name, 0o755)
        path = folder + os.pathsep + os.environ['PATH']
        lab(*args, '--plot', 'day', text=text,
            env=dict(os.environ, PATH=path))
        with open(os.path.join(folder, 'told')) as file:
            return file.read()


def contacts_an_hour(text):
    told = re.search(r'\$came << EOD\n(.*?)EOD', scripts(
        'run', 'day.yaml', text=text), re.S).group(1)
    return [float(line.split()[1]) for line in told.splitlines()]


@test()
def pictures__show_contacts_an_hour(_):
    """Whatever part of a period is measured, and however often."""
    for duration, slots in (('30m', 2), ('2h', 8), ('135m', 8)):
        rates = contacts_an_hour(
            'period: 2h\ninterval: 15m\n' + ONE.replace('2h', duration))
        some = [rate for rate in rates if rate]
        assert len(rates) == 16 and len(some) == 2 * slots, rates
        # 200 an hour, of ten replications
        assert all(150 < rate < 250 for rate in some), (duration, rates)


@test()
def pictures__say_what_their_axes_do(_):
    """What costs the same is drawn side by side, and waits of seconds beside
    waits of hours on an axis of tens."""
    same = scripts('compare', 'day.yaml', '--policies', 'longest_idle,random',
                   text=ONE)
    assert 'those of one cost stand side by side' in same, same
    assert 'logscale' not in same
    other = scripts(
        'compare', 'day.yaml', text=COMPARED.split('  - {name: by')[0])
    assert 'side by side' not in other, other
    mail = scripts('run', 'day.yaml', text=ONE.replace('groups', (
        '  - {name: mail, arrivals: 150/h, handle: 3m, priority: -1}\ngroups'),
        1))
    assert 'set logscale x' in mail and 'ten times the last' in mail


IDLE = ONE + '  - {name: nobody, agents: 0}\n' + (
    'targets: [{figure: level_strict, at_least: 50%}]\n')


@test()
def pictures__leave_out_what_has_no_curve(_):
    """gnuplot would complain of data without a point."""
    text = IDLE.replace('groups', '  - {name: dead, handle: 3m}\ngroups', 1)
    told = scripts('run', 'day.yaml', '--replications', '2', text=text)
    assert "'team'" in told and "'calls'" in told
    assert "'nobody'" not in told and "'dead'" not in told, told


TIES = '''\
replications: 2
duration: 1h
queues:
  - {name: hungarian, requirement: hu >= 1, policy: best_skilled,
     options: {hu: 1}, arrivals: 40/h, handle: 4m, patience: 3m}
  - {name: german, requirement: de >= 1, policy: least_skilled_first,
     options: {de: 1}, arrivals: 30/h, handle: 5m, patience: 3m}
  - {name: english, requirement: en >= 1, arrivals: 50/h, handle: 3m,
     patience: 3m}
groups:
  - {name: hu, agents: 3, skills: {hu: 5, en: 2}, speeds: {hungarian: 1.2}}
  - {name: de, agents: 3, skills: {de: 5}}
  - {name: poly, agents: 3, skills: {hu: 2, de: 2, en: 4}, speed: 0.9}
targets:
  - {queue: hungarian, figure: level_strict, at_least: 80%}
  - {figure: abandoned, at_most: 5%}
'''


@test(deadline_s=60)
def staff__tells_what_the_found_one_gives(_):
    """Of several that cost the same, not of another one."""
    args = ('staff', 'day.yaml', '--json')
    found = json.loads(lab(*args, text=TIES))
    fixed = TIES
    for name, agents in found['agents'].items():
        fixed = re.sub(r'name: %s, agents: \d+' % name,
                       'name: %s, agents: %d, least: %d, most: %d' % (
                           name, agents, agents, max(agents, 1)), fixed)
    again = json.loads(lab(*args, text=fixed))
    assert again['agents'] == found['agents'], (found, again)
    assert again['targets'] == found['targets'], (found, again)


@test()
def staff__costs_one_an_hour_unless_it_is_said(_):
    text = ONE.replace('agents: 11}', 'agents: 11, least: 11, most: 11,'
                       ' shifts: [{from: 00:00, to: 04:00}]%s}\n'
                       '  - {name: more, agents: 1, least: 1, most: 1%s}')
    text += 'targets:\n  - {figure: abandoned, at_most: 100%%}\n'
    for one, other, costs in (('', '', (44, 24)), (', cost: 30', '', (1320, 24)),
                              (', cost: 0', ', cost: 2', (0, 48)),
                              (', cost: 0', '', (44, 24))):
        told = lab('staff', 'day.yaml', '--csv', text=text % (one, other))
        rows = list(csv.DictReader(io.StringIO(told)))
        assert tuple(float(r['cost']) for r in rows) == costs, (rows, costs)
        told = json.loads(lab('staff', 'day.yaml', '--json',
                              text=text % (one, other)))
        assert told['cost'] == sum(costs), told


@test()
def run__says_what_is_dialed(_):
    text = ONE.replace('groups', '  - name: out\n    handle: 1m\n'
                       '    outbound: {every: 10s, reach: 50%}\ngroups')
    told = lab('run', 'day.yaml', text=text)
    assert 'counts in all: out\n' in told, told
    day = json.loads(lab('run', 'day.yaml', '--json', text=text))
    calls, out = day['queues']
    assert calls['dialed']['mean'] == 0
    near(dict(mean=out['reached']['mean'] / out['dialed']['mean'], half=0.1),
         0.5, 0.2)


@test()
def run__dials_ahead(_):
    """Outbound calls beside inbound ones, dialed three at a time for each free
    agent; few are answered."""
    text = ONE.replace('11', '14').replace('groups', (
        '  - name: out\n    handle: 1m\n    priority: 1\n'
        '    patience: {law: fixed, mean: 2s}\n'
        '    outbound: {every: 1m, ratio: 3, reach: 40%, least: 2, '
        'watch: calls,\n'
        '      dial: {law: gamma, mean: 8s, cv: 0.5}}\ngroups'))
    told = lab('run', 'day.yaml', text=text)
    assert 'answered in vain' in told and 'never waits' not in told, told
    calls, out = json.loads(lab('run', 'day.yaml', '--json',
                                text=text))['queues']
    assert calls['mismatched']['mean'] == 0
    mean = {name: value['mean'] for name, value in out.items()
            if name != 'name'}
    assert abs(mean['reached'] / mean['dialed'] - 0.4) < 0.05, mean
    assert mean['arrived'] == mean['reached'], mean
    assert 0 < mean['mismatched'] < mean['reached'] / 2, mean
    # some of these are had by an agent within two seconds
    assert 0 < mean['abandoned'] * mean['entered'] <= mean['mismatched']
    for old, new, what in (
            ('watch: calls', 'watch: sales', 'day.yaml:13:66: no queue sales'),
            ('ratio: 3', 'ratio: 101', 'from 0 to 100'),
            ('least: 2', 'least: 0', 'from 1 to 20000'),
            ('law: gamma, mean: 8s, cv: 0.5', 'law: values, times: [1s]',
             'dial has to be of a mean')):
        told = lab('run', 'day.yaml', status=1, text=text.replace(old, new))
        assert what in told, (told, what)


@test()
def pictures__say_what_they_need(_):
    told = lab('run', 'day.yaml', '--replications', '2', '--plot', 'day',
               status=1, text=ONE, env=dict(os.environ, PATH='/nowhere'))
    assert 'Debian: gnuplot-nox' in told, told
    # Before anything is run: that would take longer than the test may.
    for where in '/no/such/day', 'none/day':
        told = lab('run', 'day.yaml', '--replications', '100000', '--plot',
                   where, status=1, text=ONE)
        assert told == '--plot %s: No such file or directory\n' % where, told


@test()
def run__says_how_much_is_to_come(_):
    """A rate that is too large would look as if it hung."""
    text = ONE.replace('200/h', '50000/s')
    short = ('run', 'day.yaml', '--replications', '1', '--warmup', '0s',
             '--agents', 'team=1', '-o', '/dev/null')
    assert lab(*short, '--duration', '1s', text=ONE) == ''
    with tempfile.TemporaryDirectory(prefix='usher-many-') as folder:
        with open(os.path.join(folder, 'day.yaml'), 'w') as file:
            file.write(text)
        child = subprocess.Popen(
            [LAB, *short, '--duration', '1000s'], cwd=folder,
            stderr=subprocess.PIPE, text=True)
        told = child.stderr.readline()
        child.kill()
        child.communicate()
    assert told == 'lab run: some 50 million contacts to come\n', told


@test()
def day__tells_where_a_time_is_none(_):
    for old, new, what in (
            ('handle: 3m', 'handle: 0', 'handle has to be longer than 0'),
            ('handle: 3m', 'handle: {law: fixed, mean: 0s}',
             'handle has to be longer than 0'),
            ('patience: 2m', 'patience: 0s',
             'patience has to be longer than 0'),
            ('patience: 2m', 'max_wait: 0s',
             'max_wait has to be longer than 0'),
            ('patience: 2m', 'max_waiting: 0', 'max_waiting has to be from 1'),
            ('arrivals: 200/h', 'outbound: {every: 0s}',
             'every has to be longer than 0')):
        assert old in ONE, ONE
        told = lab('run', 'day.yaml', status=1, text=ONE.replace(old, new))
        assert re.match(r'\S*day.yaml:\d+:\d+: ' + what, told), told


@test()
def day__names_what_cannot_be_read_or_told_apart(_):
    told = lab('run', 'day.yaml', status=1, text=ONE.replace(
        'arrivals: 200/h', 'arrivals: {file: .}'))
    assert told.startswith('day.yaml:6:15: . cannot be read'), told
    told = lab('compare', 'day.yaml', status=1, text=ONE + (
        'compare:\n  - {name: a}\n  - {name: a}\n'))
    assert told.startswith('day.yaml:13:5: a second a is compared'), told
    for names, what in (('random,random', 'random is there twice'),
                        (',', 'names with commas'),
                        (','.join('p%d' % i for i in range(33)),
                         'more than 32 policies')):
        assert what in lab('compare', 'day.yaml', '--policies', names,
                           status=2, text=ONE)
    assert "not ''" in lab('erlang', '--handle', '3m', '--agents', '11',
                           '--classes', '20/h,,60/h', status=2)


@test()
def day__takes_zero_for_zero(_):
    """Where the library takes 0 for what is usual."""
    text = ONE.replace('patience: 2m', 'patience: 2m\n    target: 0s\n'
                       '    short: 0s').replace('agents: 11', 'agents: 9')
    told = json.loads(lab('run', 'day.yaml', '--json', text=text))['queues'][0]
    assert 'within 0 s' in lab('run', 'day.yaml', text=text)
    near(told['level_strict'], 1 - told['waited']['mean'], 0.2)
    # nobody gives up sooner than at once
    assert told['abandoned']['mean'] > 0.05 and (
        told['level_short_credit'] == told['level_strict']), told
    text = ONE.replace('patience: 2m', 'callback: {after: 0s, part: 100%,'
                       ' reach: 0%}')
    told = json.loads(lab('run', 'day.yaml', '--json', text=text))['queues'][0]
    assert told['dialed']['mean'] > 50 and told['reached']['mean'] == 0, told


@test()
def run__counts_the_blocked_as_the_formulas_do(_):
    formula = json.loads(lab('erlang', '--arrivals', '200/h', '--handle',
                             '3m', '--room', '3', '--agents', '9',
                             '--json'))[0]
    text = re.sub('patience: [^,}\n]+', 'places: 3', ONE)
    for places in (text, text.replace('places', 'max_waiting')):
        day = json.loads(lab('run', 'day.yaml', '--json', '--agents',
                             'team=9', '--replications', '60',
                             '--confidence', '99.9%', '--duration', '5h',
                             text=places))['all']
        assert day['blocked']['mean'] > 0.1, day
        near(day['blocked'], formula['blocked'], 0.1)
        near(day['waited'], formula['waits'], 0.05)


main()

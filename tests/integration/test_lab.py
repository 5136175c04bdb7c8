"""The lab: every command, its options, and what it says of bad input."""

import csv
import io
import json
import os
import re
import tempfile

from labs import DAYS, ONE, lab, main, near, test

# Short, since it runs with sanitizers; figures are test_lab_figures.py's.
ONE = ONE.replace('10\n', '2\n', 1).replace('30m', '90s').replace('2h', '10m')


def erlang(*args):
    return {row['figure']: float(row['value'] or 'nan')
            for row in csv.DictReader(io.StringIO(
                lab('erlang', '--csv', *args)))}


@test()
def help__names_every_command(_):
    told = lab('--help')
    for command in ('run', 'compare', 'erlang', 'staff'):
        assert '\n  %s ' % command in told, told
        assert lab(command, '--help').startswith('usage: lab ' + command)
    assert 'usage' in lab(status=2)
    assert "no command 'walk'" in lab('walk', status=2)


@test()
def run__prints_every_figure(_):
    told = lab('run', 'day.yaml', text=ONE)
    assert told.startswith('2 replications of 0.166667 h after 0.025 h, '
                           'seed 1, 95 % confidence\n'
                           'service levels within 20 s\n')
    for what in ('customers', 'abandoned', 'level answered', 'level credit',
                 'level strict', 'level exclude', 'level short_credit', 'ASA',
                 '95 % wait up to', 'occupancy', 'calls', 'team'):
        assert what in told, (what, told)
    # nobody was blocked or came again
    assert 'blocked' not in told and 'came again' not in told
    assert told.count('±') > 15


@test()
def run__obeys_its_options(_):
    told = json.loads(lab('run', 'day.yaml', '--json', '--replications', '3',
                          '--warmup', '0', '--duration', '1.5h', '--agents',
                          'team=7', '--load', '0.5', '--confidence', '90%',
                          '--policy', 'random', text=ONE))
    assert told['replications'] == 3 and told['duration_s'] == 5400
    assert told['warmup_s'] == 0 and told['confidence'] == 0.9
    assert told['groups'][0]['agents'] == 7
    near(told['all']['arrived'], 150, 30)
    assert told['queues'][0]['asa_s'] == told['all']['asa_s']


@test()
def run__takes_a_policy_as_a_center_does(_):
    ways = ('policy: preferred_agent\n    options: {patience: 45}\n'
            '    order_options: {cost: 3}',
            'policy: {name: preferred_agent, patience: 45s}\n'
            '    contact_order: {cost: 3}')
    told = [json.loads(lab('run', 'day.yaml', '--json', '--order', 'cmu',
                           text=ONE.replace('2m', '2m\n    ' + way)))
            for way in ways]
    assert told[0] == told[1], told


@test()
def run__says_who_still_waits(_):
    """Nobody is lost from the table when nobody serves."""
    text = ONE.replace('    patience: 2m\n', '')
    day = json.loads(lab('run', 'day.yaml', '--json', '--warmup', '0',
                         '--agents', 'team=0', text=text))['queues'][0]
    assert day['waiting']['mean'] == day['arrived']['mean'] > 10, day
    assert 'still waiting' in lab('run', 'day.yaml', '--agents', 'team=0',
                                  text=text)
    patient = json.loads(lab('run', 'day.yaml', '--json', '--warmup', '0',
                             '--agents', 'team=4', text=text))['queues'][0]
    mean = {name: patient[name]['mean']
            for name in ('arrived', 'answered', 'waiting')}
    assert abs(mean['arrived'] - mean['answered'] - mean['waiting']) < 1e-6


@test()
def run__writes_into_a_file(_):
    with tempfile.TemporaryDirectory(prefix='usher-lab-') as folder:
        path = os.path.join(folder, 'out.csv')
        assert lab('run', 'day.yaml', '--csv', '-o', path, text=ONE) == ''
        with open(path) as file:
            rows = list(csv.DictReader(file))
    assert {row['what'] for row in rows} == {'queue', 'all', 'group'}
    assert 'no/such' in lab('run', 'day.yaml', '-o', 'no/such', status=1,
                            text=ONE)


EVERYTHING = '''\
title: "A day: \\"all\\" of it"
replications: 3
seed: 7
interval: 15m
contact_order: age_with_boost
day_cv: 0.1
places: 20
queues:
  - name: sales
    policy: random
    requirement: sales >= 2 and lang == "en"
    arrivals:
      - {from: 08:00, rate: 30/h}
      - {from: 12h, rate: 1/m}
      - {from: 18:00, rate: 0/h}
    day_cv: 0.2
    handle: {law: lognormal, mean: 2.5m, cv: 1.2}
    wrapup: {law: fixed, mean: 20s}
    patience: {law: weibull, mean: 90s, cv: 1.4}
    balk: 10%
    target: 30s
    short: 3s
    max_wait: 10m
    attributes: {about: sales}
    order_options: {boost: 50}
    priority: 5
    places: 0
    retry: {part: 50%, after: {law: gamma, mean: 10m, cv: 0.5}, times: 2}
  - name: help
    members_only: true
    arrivals: 20/h
    handle: {law: hyper, part: 30%, first: 10s, second: 4m}
    patience: {law: quantiles, times: [0, 30s, 2m, 10m]}
    callback: {after: 1m, part: 40%, reach: 80%, dial: 15s}
    max_waiting: 50
    hours: [{from: 07:00, to: 13:00}, {from: 14:00, to: 02:00}]
    levels:
      - {requirement: sales == 2, after: 20s, check: 10s, anyone: true}
    steps:
      - {after: 10s, widen: everyone}
      - {after: 20s, priority: -3}
      - {when: position > 2, check: 10s, announce: busy}
      - {after: 30s, callback: offer}
      - {after: 40s, when: "contact.tier != 'gold'", add: dial}
      - {after: 50s, unstaffed: true, overflow: [dial, sales]}
      - {after: 55s, exit: late}
  - name: dial
    handle: {law: values, times: [30s, 60s, 61s]}
    outbound: {every: 10s, keep: 2, reach: 30%, dial: 20s}
groups:
  - name: early
    agents: 4
    skills: {sales: 3, lang: en, vip: true}
    queues: [help]
    cost: 30
    shifts:
      - {from: 07:30, to: 15:30, breaks: [{from: 11:00, to: 11:30}]}
  - name: late
    agents: 3
    skills: {sales: 2, lang: en}
    speed: 1.1
    speeds: {sales: 0.9}
    queues: [help]
    cost: 33.5
    shifts:
      - from: 22:00
        to: 06:00
        breaks: [{from: 01:00, to: 02:00}]
'''


@test()
def run__knows_everything_of_a_day(_):
    told = lab('run', 'day.yaml', '--expected', text=EVERYTHING)
    assert told.startswith('A day: "all" of it\n3 replications')
    assert 'within 30 s (sales), 20 s (help), 20 s (dial)' in told
    for what in ('blocked', 'came again', 'agreed to callback', 'cost',
                 'found it closed', 'led elsewhere'):
        assert what in told, (what, told)
    day = json.loads(lab('run', 'day.yaml', '--json', text=EVERYTHING))
    assert day['title'] == 'A day: "all" of it'
    early, late = day['groups']
    # signed in by the shift and a little longer, for the last contact
    assert 32 <= early['staffed_h']['mean'] < 32.5, early
    assert 24 <= late['staffed_h']['mean'] < 24.5, late
    assert abs(early['cost']['mean'] / early['staffed_h']['mean'] - 30) < 1e-6


STEPPED = ONE.replace('2m', '2m\n    steps: [{after: 1m, exit: x}]')


def stepped(step):
    return STEPPED.replace('{after: 1m, exit: x}', step)


REFUSED = (
    (stepped('{after: 1m}'), 9, 13, 'a step needs one of'),
    (stepped('{exit: x, priority: 3}'), 9, 14, "'priority' or 'exit'"),
    (stepped('{priority: 1.5}'), 9, 24, 'a whole number'),
    (stepped('{priority: 1000001}'), 9, 24, 'from -1e+06 to 1e+06'),
    (stepped('{widen: "a >= "}'), 9, 27, ''),
    (stepped('{exit: x, when: waiting >}'), 9, 38, ''),
    (stepped('{exit: x, when: happy}'), 9, 29, 'happy'),
    (stepped('{overflow: sales}'), 9, 24, 'no queue sales'),
    (stepped('{add: [calls, sales]}'), 9, 27, 'no queue sales'),
    (stepped('{add: []}'), 9, 19, 'is empty'),
    (stepped('{exit: x, check: 10ms}'), 9, 30, 'from 1 to 3600'),
    (stepped('{exit: x, after: 2d}'), 9, 30, 'from 0 to 86400'),
    (stepped('{callback: false}'), 9, 24, 'true or a prompt'),
    (stepped('{callback: true}'), 9, 24, "'callback' with a 'part'"),
    (stepped('{exit: x, then: y}'), 9, 23, 'then'),
    (STEPPED.replace('steps', 'levels'), 9, 26, 'exit'),
    (stepped('{requirement: a}').replace('steps', 'levels'), 9, 14,
     "needs 'requirement' and 'after'"),
    (stepped('{from: 8h}').replace('steps', 'hours'), 9, 13,
     "need 'from' and 'to'"),
    (stepped('{from: 8h, to: 12h}, {from: 11h, to: 13h}')
     .replace('steps', 'hours'), 9, 34, 'overlap'),
    (stepped('{from: 20h, to: 2h}, {from: 1h, to: 3h}')
     .replace('steps', 'hours'), 9, 34, 'overlap'),
    (stepped('{from: 25h, to: 26h}').replace('steps', 'hours'), 9, 13,
     'after the period'),
    (ONE.replace('2m', '2m\n    max_waiting: many'), 9, 18, 'a whole number'),
    (ONE.replace('calls', ''), 5, 10, 'name has to be a text'),
    (ONE.replace('handle', 'handel'), 7, 5, "is 'handle' meant?"),
    (ONE.replace('200/h', '200'), 6, 15, 'a rate such as 120/h'),
    (ONE.replace('200/h', '-2/h'), 6, 15, 'a rate such as 120/h'),
    (ONE.replace('3m', '3x'), 7, 13, 'a time such as 20s'),
    (ONE.replace('3m', '{law: gama, mean: 3m}'), 7, 19, "is 'gamma' meant?"),
    (ONE.replace('3m', '{law: gamma, mean: 3m}'), 7, 13, "needs 'cv'"),
    (ONE.replace('3m', '{law: gamma, mean: 3m, cv: 1e-9}'), 7, 40,
     'has to be a number'),
    (ONE.replace('3m', '{law: hyper, mean: 3m, cv: 0.5}'), 7, 40,
     '1 at least'),
    (ONE.replace('3m', '{mean: 3m, cv: 2}'), 7, 24, 'exponential has no cv'),
    (ONE.replace('3m', '{law: gamma, mean: 3m, cv: 2, part: 1}'), 7, 43,
     'gamma has no part'),
    (ONE.replace('3m', '{law: hyper, part: 50%, first: 1m, second: 2m, '
                 'mean: 3m}'), 7, 60, 'hyper has no mean'),
    (ONE.replace('3m', '{law: values, times: [1m], cv: 2}'), 7, 40,
     'values has no cv'),
    (ONE.replace('200/h', '[{from: 8h}]'), 6, 16, "needs 'rate'"),
    (ONE.replace('2m', '2m\n    outbound: {ratio: 2}'), 9, 15,
     "needs 'every'"),
    (ONE.replace('3m', '{law: values, times: []}'), 7, 34, 'is empty'),
    (ONE.replace('2m', '2m\n    policy: longest'), 9, 13, 'longest'),
    (ONE.replace('2m', '2m\n    requirement: "a >= "'), 9, 24, ''),
    (ONE.replace('2m', '2m\n    balk: 120%'), 9, 11, 'a part'),
    (ONE.replace('2m', '2m\n    max_wait: -1m'), 9, 15, 'a time'),
    (ONE.replace('2m', '2m\n    options: [1]'), 9, 14, 'a mapping'),
    (ONE.replace('2m', '2m\n    policy: best_skilled\n    options: {en: -1}'),
     10, 19, 'en'),
    (ONE.replace('2m', '2m\n    policy: {name: percentage, n: 1, s: x}'),
     9, 41, 's is not a number'),
    (ONE.replace('2m', '2m\n    policy: {n: 1, s: 2}'), 9, 13, "a 'name'"),
    (ONE.replace('2m', '2m\n    policy: {name: random}\n    options: {a: 1}'),
     10, 14, 'stand in'),
    (ONE.replace('2m', '2m\n    policy: {name: ring_progressive, first: 1.5}'),
     9, 45, 'not a whole number'),
    (ONE.replace('2m', '2m\n    contact_order: {cost: 1}\n'
                 '    order_options: {cost: 1}'), 10, 20, 'say the same'),
    (ONE.replace('2m', '2m\n    contact_order: {cots: 1}'), 9, 27, 'cots'),
    (ONE.replace('2m', '2m\n    contact_order: {cost: -1}'), 9, 27,
     'cost is not between'),
    (ONE.replace('2m', '2m\n    contact_order: {growth: 4}'), 9, 29,
     'growth is not between'),
    (ONE.replace('2m', '2m\n    order_options: {boost: 0.5}'), 9, 28,
     'boost is not'),
    (ONE.replace('11}', '11, speeds: {sales: 2}}'), 10, 39, 'no queue sales'),
    (ONE.replace('11}', '11, speeds: {calls: 0}}'), 10, 46, 'a speed'),
    (ONE + '  - {name: team}\n', 11, 5, 'a second group team'),
    (ONE.replace('11}', '11, queues: [sales]}'), 10, 39, 'no queue sales'),
    (ONE.replace('11}', '11, shifts: [{from: 08:00}]}'), 10, 39,
     "needs 'from' and 'to'"),
    (ONE.replace('11}', '11, shifts: [{from: 08:00, to: 12:00}, '
                 '{from: 11:00, to: 13:00}]}'), 10, 65, 'overlaps'),
    (ONE.replace('11}', '11, shifts: [{from: 8h, to: 12h, breaks: '
                 '[{from: 11h, to: 13h}]}]}'), 10, 68, 'not within its shift'),
    (ONE.replace('11}', '30000}'), 10, 26, 'from 0 to 20000'),
    (ONE.replace('groups', 'group'), 9, 1, "is 'groups' meant?"),
    (ONE[:ONE.index('groups')], 1, 1, "a day needs 'groups'"),
    (ONE.replace('2\n', 'ten\n', 1), 1, 15, 'a whole number'),
    (ONE + 'contact_order: by_name\n', 11, 16, 'by_name'),
    (ONE + 'targets: [{figure: wait}]\n', 11, 20, "is 'wait_s' meant?"),
    (ONE + 'targets: [{figure: asa_s, at_least: 20s}]\n', 11, 11,
     "needs 'at_most'"),
    (ONE + 'targets: [{figure: asa_s, at_most: 20s, queue: q}]\n', 11, 48,
     'no queue q'),
    (ONE + 'compare: [{policy: random}]\n', 11, 11, "needs a 'name'"),
    (ONE + 'compare: [{name: x, policy: y}]\n', 11, 11, 'y'),
    (ONE + 'compare: [{name: x, agents: {crew: 2}}]\n', 11, 30,
     'no group crew'),
    ('queues: [\n', 2, 1, 'not YAML'),
    ('', 0, 0, 'empty'),
)


@test(deadline_s=60)
def run__names_the_place_of_what_is_wrong(_):
    for text, line, column, what in REFUSED:
        told = lab('run', 'day.yaml', status=1, text=text)
        place = 'day.yaml:%d:%d: ' % (line, column) if line else 'day.yaml: '
        assert told.startswith(place) and what in told, (told, place, what)
    assert 'day.yaml' in lab('run', 'day.yaml', status=1)


LEVELS = '''\
replications: 10
duration: 4h
queues:
  - name: gold
    requirement: gold
    arrivals: 40/h
    handle: 3m
    patience: 2m
    hours: [{from: 0h, to: 3h}]
    STEPS
  - name: plain
    requirement: plain
    handle: 3m
groups:
  - {name: few, agents: 1, skills: {gold: true}}
  - {name: many, agents: 4, skills: {plain: true}}
'''


def gold(steps):
    day = json.loads(lab('run', 'day.yaml', '--json',
                         text=LEVELS.replace('STEPS', steps)))
    return {name: value['mean']
            for name, value in day['queues'][0].items() if name != 'name'}


@test()
def run__does_what_the_steps_say(_):
    """More are served by a second level and by overflow, which shows who
    was led there; nobody comes in when it is closed."""
    alone = gold('')
    assert 30 < alone['closed'] < 50, alone
    level = gold('levels: [{requirement: plain, after: 20s}]')
    over = gold('steps: [{after: 20s, overflow: plain}]')
    for other in (level, over):
        assert other['arrived'] == alone['arrived']
        assert other['closed'] == alone['closed']
        assert other['abandoned'] < alone['abandoned'] / 4, (other, alone)
    assert level['led'] == alone['led'] == 0
    assert level['answered'] > 2 * alone['answered'], (level, alone)
    assert over['led'] > over['entered'] / 3, over


ERLANG = ['erlang', '--arrivals', '200/h', '--handle', '3m']
STAFF = ['staff'] + ERLANG[1:]


@test()
def commands__refuse_bad_options(_):
    for args in (['run'], ['run', 'a', 'b'], ['run', '--walk', 'day.yaml'],
                 ['run', 'day.yaml', '--threads', '0'],
                 ['run', 'day.yaml', '--agents', 'team'],
                 ['run', 'day.yaml', '--agents', 'crew=4'],
                 ['run', 'day.yaml', '--seed', 'x'],
                 ['run', 'day.yaml', '--load', '0'],
                 ['run', 'day.yaml', '--duration', '0'],
                 ['run', 'day.yaml', '--policy', 'best'],
                 ['run', 'day.yaml', '--confidence', '1'],
                 ['run', 'day.yaml', '--seed'],
                 ['erlang'], ['erlang', '--handle', '3m', '--agents', '11'],
                 ['erlang', 'x', '--handle', '3m', '--agents', '11'],
                 ERLANG + ['--agents', '12-11'], ERLANG,
                 ERLANG + ['--agents', '11', '--room', 'x'],
                 ERLANG + ['--agents', '11', '--loss', '--room', '3'],
                 ERLANG + ['--agents', '11', '--patience', 'long'],
                 ERLANG + ['--agents', '11', '--classes', '1/h'],
                 ['erlang', '--handle', '3m', '--agents', '9', '--classes',
                  '1/h,x'],
                 ['staff'], STAFF, STAFF + ['--want', 'level_strict'],
                 STAFF + ['--want', 'level_strict=20s'],
                 STAFF + ['--want', 'wait_0=20s'],
                 STAFF + ['--want', 'happy=80%'],
                 STAFF + ['--want', 'level_strict=80%', 'day.yaml'],
                 STAFF + ['--want'],
                 ['staff', 'day.yaml'],
                 ['staff', 'day.yaml', '--want', 'happy=80%'],
                 ['staff', 'day.yaml', '--want', 'q:asa_s=20s'],
                 ['compare', 'day.yaml'],
                 ['compare', 'day.yaml', '--policies', 'random'],
                 ['compare', 'day.yaml', '--policies', 'random,best'],
                 ['compare', 'day.yaml', 'day.yaml', '--policies', 'random']):
        told = lab(*args, status=2, text=ONE)
        assert '--help' in told, (args, told)


@test()
def commands__name_the_option_that_is_wrong(_):
    day = ['run', 'day.yaml']
    for args, told in (
            (day + ['--walk'], 'no option --walk'),
            (day + ['-x'], 'no option -x'),
            (day + ['--seed'], '--seed without its value'),
            (day + ['--replications', '0'], 'from 1 to 100000, not '),
            (day + ['--duration', '0'], 'from 1 to 3.2e+08 s, not '),
            (day + ['--order', 'best'], 'no contact order "best"'),
            (day + ['--policies', 'random'], '--policies is for lab compare'),
            (day + ['--restarts', '2'], '--restarts is for lab staff'),
            (['compare', 'day.yaml', '--expected'], 'is for lab run'),
            (ERLANG + ['--walk'], 'no option --walk'),
            (ERLANG + ['--agents'], '--agents without its value')):
        assert told in lab(*args, status=2, text=ONE), args
    # Before a long run, not after it.
    assert 'No such file' in lab(*day, '--replications', '100000', '-o',
                                 '/no/such/file', status=1, text=ONE)


@test()
def compare__takes_several_files(_):
    with tempfile.TemporaryDirectory(prefix='usher-lab-') as folder:
        paths = [os.path.join(folder, name) for name in ('a.yaml', 'b.yaml')]
        for path, text in zip(paths, (ONE, ONE.replace('3m', '2m'))):
            with open(path, 'w') as file:
                file.write(text)
        told = lab('compare', *paths)
        assert '\nb - a ' in told, told
        with open(paths[1], 'w') as file:
            file.write(ONE.replace('2\n', '3\n', 1))
        assert 'other queues' in lab('compare', *paths, status=2)
        # of one name: by their paths
        os.mkdir(os.path.join(folder, 'b'))
        same = os.path.join(folder, 'b', 'a.yaml')
        with open(same, 'w') as file:
            file.write(ONE.replace('3m', '2m'))
        told = lab('compare', paths[0], same)
        assert '\n%s - %s ' % (same, paths[0]) in told, told
        assert 'there twice' in lab('compare', same, same, status=2)


@test()
def erlang__knows_priorities(_):
    told = lab('erlang', '--handle', '3m', '--agents', '11', '--classes',
               '20/h,60/h,120/h')
    assert told.startswith('11 agents, priorities; of all 68.21 % have')
    rows = json.loads(lab('erlang', '--handle', '3m', '--agents', '11',
                          '--classes', '20/h,60/h,120/h', '--json'))
    # Cobham: the waits, weighted by arrivals, are what all alike would wait.
    alike = erlang('--arrivals', '200/h', '--handle', '3m', '--agents', '11')
    mean = sum(row['wait_s'] * part for row, part in
               zip(rows, (0.1, 0.3, 0.6)))
    assert abs(mean - alike['wait_s']) < 1e-6, (mean, alike)
    assert lab('erlang', '--handle', '3m', '--agents', '11', '--classes',
               '20/h,60/h', '--csv').startswith('class,wait_s')


@test()
def erlang__asks_every_model(_):
    for more, blocked, waits, abandoned in (
            # Printed in docs/staffing.md.
            ([], 0, .174, 0), (['--patience', '2m'], 0, .127, .023),
            (['--loss'], .057, 0, 0), (['--room', '5'], .009, .145, 0),
            (['--room', '5', '--patience', '2m'], .003, .123, .021)):
        f = erlang(*ERLANG[1:], '--agents', '14', *more)
        assert abs(f['blocked'] - blocked) < 6e-4, (more, f)
        assert abs(f['waits'] - waits) < 6e-4, (more, f)
        assert abs(f['abandoned'] - abandoned) < 6e-4, (more, f)
        assert 'agents' in lab(*ERLANG, '--agents', '12-16', *more)
    told = lab(*ERLANG, '--agents', '9')
    assert 'no end' in told and 'abandoned' not in told
    assert json.loads(lab(*ERLANG, '--agents', '9', '--json'))[0][
        'asa_s'] is None


@test()
def staff__by_formula_is_the_least(_):
    # 80 % in 20 s, 10 erlangs: docs/staffing.md.
    assert lab(*STAFF, '--want', 'level_strict=80%').startswith('14 agents\n')
    told = json.loads(lab(*STAFF, '--patience', '2m', '--want',
                          'level_strict=80%', '--json'))
    assert [row['agents'] for row in told] == [12]
    # The hardest one decides; a percentile is one of them.
    for want, agents in (('abandoned=2%', 15), ('wait_95=10s', 15),
                         ('occupancy=70%', 14), ('asa_s=20s', 10)):
        told = lab(*STAFF, '--patience', '2m', '--csv', '--want',
                   'level_strict=50%', '--want', want)
        assert told.splitlines()[1].startswith('%d,' % agents), (want, told)


@test()
def staff__by_simulation_finds_a_few(_):
    told = json.loads(lab('staff', 'day.yaml', '--json', '--want',
                          'calls:level_strict=50%', text=ONE))
    assert told['targets'][0]['found'] >= 0.5
    assert 5 <= told['agents']['team'] <= 12
    text = ONE.replace('agents: 11', 'least: 3, most: 4') + (
        'targets: [{figure: abandoned, at_most: 0}]\n')
    assert 'most agents' in lab('staff', 'day.yaml', status=1, text=text)
    text = text.replace('most: 4', 'most: 40').replace('at_most: 0',
                                                       'at_most: 30%')
    assert 'on other days' in lab('staff', 'day.yaml', text=text)
    assert lab('staff', 'day.yaml', '--csv', text=text).startswith(
        'group,agents,cost\nteam,')


@test()
def run__takes_arrivals_and_times_from_files(_):
    with tempfile.TemporaryDirectory(prefix='usher-lab-') as folder:
        def day(text, calls, times='2m\n'):
            for name, what in (('d.yaml', text), ('calls.csv', calls),
                               ('times.txt', times)):
                with open(os.path.join(folder, name), 'w') as file:
                    file.write(what)
            return os.path.join(folder, 'd.yaml')

        text = ONE.replace('200/h', '{file: calls.csv}').replace(
            '3m', '{law: values, file: times.txt}').replace(
            'patience: 2m', 'wrapup: {law: fixed, mean: 1s}')
        # one a minute for ten minutes after the warm-up, some of them known
        calls = ('at,handle,wrapup,patience\n# nobody before\n' + ''.join(
            '%d,%s\n' % (100 + 60 * i, '30s,,0' if i % 2 else ',5,')
            for i in range(10)))
        told = json.loads(lab('run', day(text, calls), '--json'))['queues'][0]
        assert told['arrived']['mean'] == 10, told
        assert abs(told['aht_s']['mean'] - (5 * 31 + 5 * 125) / 10) < 15, told
        assert 'a list' in lab('run', day(text, calls), '--load', '2',
                               status=2)
        for wrong, what in (('5\n4\n', 'arrival 2 comes before'),
                            ('5\nx\n', 'calls.csv, line 2'),
                            ('5\n6,1,2,3,4\n', 'calls.csv, line 2'),
                            ('5\n,3\n', 'calls.csv, line 2'),
                            ('5\n' + '1' * 300 + '\n', 'line 2'),
                            ('12x,60\n50,3\n', 'calls.csv, line 1'),
                            ('at,handle\n12x,60\n', 'calls.csv, line 2'),
                            ('-5\n50\n', 'calls.csv, line 1'),
                            ('5,,,,6\n50\n', 'calls.csv, line 1'),
                            ('5\n6,' + 26 * '9' + '\n', 'calls.csv, line 2'),
                            ('1000000001\n', 'calls.csv, line 1'),
                            ('5,,12000d\n', 'calls.csv, line 1'),
                            ('# nothing\n', 'has no times')):
            told = lab('run', day(text, wrong), status=1)
            assert 'd.yaml:6:15' in told and what in told, (wrong, told)
        lab('run', day(text, '1000000000,1000000000,1000000000,1000000000'))
        told = lab('run', day(text, calls, '1000000001\n'), status=1)
        assert 'times.txt, line 1' in told, told
        told = lab('run', day(text, calls, '1,2\n'), status=1)
        assert 'times.txt, line' in told or 'has no times' in told, told
        os.remove(os.path.join(folder, 'times.txt'))
        told = lab('run', os.path.join(folder, 'd.yaml'), status=1)
        assert 'times.txt cannot be read' in told, told


@test()
def staff__holds_each_part_of_the_day(_):
    # a part with twice the calls, in a day of 20 minutes; nobody later
    text = (ONE.replace('arrivals: 200/h', 'arrivals: [{from: 0, rate: 200/h},'
                        ' {from: 5m, rate: 400/h}, {from: 10m, rate: 0/h}]')
            .replace('agents: 11', 'agents: 11, most: 60')
            + 'period: 20m\ninterval: 5m\ntargets:\n'
            '  - {figure: level_strict, at_least: 60%, every: 5m, to: 10m}\n'
            '  - {figure: asa_s, at_most: 60s, from: 15m, to: 20m}\n'
            '  - {figure: abandoned, at_most: 40%}\n')
    told = json.loads(lab('staff', 'day.yaml', '--json', '--duration', '20m',
                          '--warmup', '0', '--replications', '10',
                          text=text))
    targets = told['targets']
    assert [(t.get('from_s'), t.get('to_s')) for t in targets] == [
        (0, 300), (300, 600), (900, 1200), (None, None)], targets
    for target in targets[:2]:
        assert target['found'] >= 0.6 and 0 <= target['mean'] <= 1, target
        assert 0 <= target['half'] < 0.5, target
    assert targets[1]['half'] > 0, targets
    # nobody comes then, so nothing is asked and nothing shown
    assert targets[2]['found'] is None and targets[2]['half'] is None
    table = lab('staff', 'day.yaml', '--duration', '20m', '--warmup', '0',
                '--restarts', '1', text=text)
    assert re.search('all, level strict, 00:05-00:10 .*±', table), table
    assert '00:15' not in table, table
    for wrong, what in (('every: 5m, to: 30m', "'from' and 'to'"),
                        ('from: 9m, to: 8m', "'from' and 'to'"),
                        ('every: 1s', 'more than 256 targets')):
        told = lab('staff', 'day.yaml', status=1, text=text.replace(
            'every: 5m, to: 10m', wrong))
        assert what in told and 'day.yaml:14:' in told, told
    assert '--restarts' in lab('staff', 'day.yaml', '--restarts', 'x',
                               status=2, text=text)


@test()
def examples__are_days(_):
    for name in sorted(os.listdir(DAYS)):
        if name.endswith('.yaml'):
            lab('run', os.path.join(DAYS, name), '--replications', '1',
                '--warmup', '0', '--duration', '5m')


main()

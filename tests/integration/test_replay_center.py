"""A record of a center that runs, with flows, hours, levels, steps and
callbacks, under its own policy and under another: lab replay tells the
arrivals, handle times and patience that were."""

import re
import subprocess
import time

import desk
from callbacks import center_yaml
from harness import PATIENCE, main, test
from provider import Provider
from wire import Wire

YAML = '''
sip: {{listen: "{address}:{sip}"}}
media: {{ports: {rtp}-{rtp_end}}}
http: {{listen: "{address}:{http}"}}
state: {state}
agents:
{more}
queues:
  sales: {{policy: longest_idle, offer_timeout: 10s, requirement: sales,
           levels: [{{requirement: help, after: 1s}}],
           steps: [{{after: 500ms, priority: 2}},
                   {{after: 1h, exit: "too long"}}]}}
  help: {{policy: longest_idle, requirement: help,
          hours: {{zone: UTC, days: {{mon-sun: 00:00-24:00}}}}}}
trunks:
  callers: {{sources: 127.0.0.0/8}}
entries:
  "1000": {{flow: main}}
  "1001": {{queue: help}}
prompts:
  music: La la la.
flows:
  main:
    - queue: sales
      while: hold
      else: end
  hold:
    - wait: forever
      music: music
'''


def staff(names, at):
    """Agents with a skill each, at addresses of their own."""
    return '\n'.join(
        '  %s: {{endpoints: ["sip:%s@%s:5060"], skills: {{%s: 1}}}}' % (
            name, name, address, skill)
        for (name, skill), address in zip(names, at))


class Busy(desk.Center):
    """Ann sells, bob helps, both at wires of their own."""

    def __init__(self, t):
        at = [t.address(), t.address()]
        names = ('ann', 'sales'), ('bob', 'help')
        super().__init__(t, YAML.replace('{more}', staff(names, at)))
        self.wires = [Wire(t, self.sip, name, address)
                      for (name, _), address in zip(names, at)]


def contacts(center, state):
    return [c for c in center.get('/api/v1/contacts') if c['state'] == state]


def of(center, kind):
    return [e for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == kind]


def replayed(t, center, *args):
    done = subprocess.run([t.program('lab'), 'replay', center.state, *args],
                          cwd=t.dir, capture_output=True, text=True,
                          timeout=60 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def number(text, what):
    return float(re.search('^%s +([0-9.]+)' % what, text, re.M).group(1))


def near(a, b, width):
    assert abs(a - b) < width, (a, b)


def nothing_differs(t, center, done, policy):
    """What is told of a policy; under its own nothing is different."""
    told = replayed(t, center, '--policy', policy,
                    '--replications', '20').stdout
    for what in ('service level', 'speed of answer', 'abandoned',
                 'occupancy'):
        line = re.search('^%s +(.*)$' % what, told, re.M).group(1)
        found = [float(x) for x in re.findall(r'-?\d+\.\d', line)]
        recorded, was, _, then, _, more, _ = found
        assert recorded == number(done.stdout, what), (line, what)
        near(then - was, more, 0.15)
        if policy == 'longest_idle':
            assert more == 0, line


@test(deadline_s=60)
def running_center__is_a_model(t):
    center = Busy(t)
    for name in ('ann', 'bob'):
        center.post('/api/v1/agents/%s/sign-in' % name)
    # Ann has the first; bob the second, a level on; the third waits.
    calls = [Wire(t, center.sip, user='55%02d' % i) for i in range(4)]
    for i, call in enumerate(calls[:3]):
        call.call('1000')
        want = min(i + 1, 2)
        t.until(lambda n=want: len(contacts(center, 'talking')) == n, 15,
                '%d talk' % want)
    # Those before have one, too, if they wait for half a second.
    t.until(lambda: '3' in [e['contact'] for e in of(center, 'step_taken')],
            10, 'a step')
    # It gives up, and somebody else is helped when bob is free.
    calls[2].hangup()
    calls[3].call('1001')
    t.until(lambda: len(of(center, 'queue_left')) == 3, 10, 'gave up')
    calls[1].hangup()
    t.until(lambda: len(of(center, 'agent_joined')) == 3, 10, 'helped')
    for call in (calls[0], calls[3]):
        call.hangup()
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')
    # The record is ahead of the events that HTTP has.
    t.until(lambda: len(of(center, 'agent_left')) == 3, 10, 'three talks')
    # What is told is what happened, and the model lacks nothing of it.
    done = replayed(t, center)
    assert done.stderr == '', done.stderr
    left = of(center, 'queue_left')
    waits = [e['wait'] for e in left if e['leave'] == 'answered']
    assert len(left) == 4 and len(waits) == 3, left
    head = done.stdout.split('\n')
    assert head[0].startswith('4 customers, 3 answered, 1 gave up'), head
    near(number(done.stdout, 'speed of answer'), sum(waits) / 3e6, 0.06)
    near(number(done.stdout, 'service level'), 75, 0.06)
    near(number(done.stdout, 'abandoned'), 25, 0.06)
    rows = {line.split()[0]: line.split()[1:] for line in head if line}
    assert rows['sales'][:4] == ['longest_idle', '3', '2', '1'], rows
    assert rows['help'][:4] == ['longest_idle', '1', '1', '0'], rows
    assert (rows['ann'][1], rows['bob'][1]) == ('1', '2'), rows
    for queue, name in (('1', 'sales'), ('2', 'help')):
        talks = [e['talk'] + e['connect'] for e in of(center, 'agent_left')
                 if e['queue'] == queue]
        # With what went by between offer and answer, in whole seconds.
        handle = float(rows[name][4])
        assert -0.6 < handle - sum(talks) / len(talks) / 1e6 < 3, rows
    assert replayed(t, center, '--verify').stdout.endswith(
        'events: the same\n')
    # Its hours go on, and tell of a midnight: the record is to be the same.
    center.child.stop()
    done = replayed(t, center)
    # The same day under its own policy is itself, and under others differs
    # by what is different alone.
    for policy in ('longest_idle', 'fewest_contacts'):
        nothing_differs(t, center, done, policy)


HELPED = '''  helped:
    - queue: help
      on: {{closed: shut}}
      else: end
    - name: shut
      prompt: bye
      next: end
'''


class Closing(desk.Center):
    """Ann sells and bob helps until a full minute, a provider beside."""

    def __init__(self, t, closes_s):
        self.provider = Provider(t)
        at = [t.address(), t.address()]
        names = ('ann', 'sales'), ('bob', 'help')
        hours = 'hours: {{zone: UTC, days: {{mon-sun: %s}}}}' % (
            time.strftime('%H:%M', time.gmtime(closes_s - 86340)) + '-' +
            time.strftime('%H:%M', time.gmtime(closes_s)))
        super().__init__(t, center_yaml(
            self.provider.hostport, staff(names, at), again='2s',
            sales='policy: longest_idle, requirement: sales, ',
            queues='  help: {{policy: longest_idle, requirement: help, '
            '%s}}' % hours,
            entries='  "1001": {{flow: helped}}', flows=HELPED))
        self.wires = [Wire(t, self.sip, name, address)
                      for (name, _), address in zip(names, at)]


@test(deadline_s=150)
def callbacks_and_closing_hours__are_the_models(t):
    # A full minute, so far away that somebody is helped before.
    center = Closing(t, (int(time.time()) + 80) // 60 * 60)
    calls = [Wire(t, center.sip, user='06%06d' % i) for i in range(4)]
    center.post('/api/v1/agents/bob/sign-in')
    calls[2].call('1001')
    t.until(lambda: len(of(center, 'agent_joined')) == 1, 10, 'helped')
    assert not of(center, 'queue_closed')
    calls[2].hangup()
    # Two wait; the first agrees to be called back, the second waits on.
    for i in range(2):
        calls[i].call('1000')
        t.until(lambda n=i + 1: len(of(center, 'step_taken')) == n, 10,
                '%d are offered a callback' % (i + 1))
    calls[0].press('1')
    calls[0].until('BYE')
    t.until(lambda: of(center, 'callback_asked'), 10, 'a callback')
    # Busy at first: ann has the second caller, and calls again later.
    center.provider.answers = [180, 486]
    center.post('/api/v1/agents/ann/sign-in')
    t.until(lambda: of(center, 'callback_missed'), 15, 'busy')
    center.provider.answers = [180, 200]
    t.until(lambda: len(of(center, 'agent_joined')) == 2, 15, 'the second')
    calls[1].hangup()
    t.until(lambda: of(center, 'callback_over'), 20, 'called back')
    t.until(lambda: len(of(center, 'agent_joined')) == 3, 10, 'talks')
    called = of(center, 'callback_over')[0]
    assert called['reason'] == 'reached', called
    center.post('/api/v1/contacts/%s/hang-up' % called['contact'])
    # Who comes when the hours are over, comes to none.
    t.until(lambda: of(center, 'queue_closed'), 90, 'the closing hour')
    calls[3].call('1001')
    calls[3].until('BYE')
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')
    waits = [e['wait'] for e in of(center, 'queue_left')
             if e['leave'] == 'answered']
    # In a minute the queue opens again, and the record would be longer.
    center.child.stop()
    done = replayed(t, center)
    warned = done.stderr.strip().split('\n')
    # The one who came too late; the attempt in vain is in the model.
    assert len(warned) == 1, warned
    assert warned[0].startswith('warning: 1 contacts ended before a queue')
    head = done.stdout.split('\n')
    assert head[0].startswith('3 customers, 3 answered, 0 gave up'), head
    assert len(waits) == 3, waits
    near(number(done.stdout, 'speed of answer'), sum(waits) / 3e6, 0.06)
    rows = {line.split()[0]: line.split()[1:] for line in head if line}
    assert rows['sales'][:4] == ['longest_idle', '2', '2', '0'], rows
    assert rows['help'][:4] == ['longest_idle', '1', '1', '0'], rows
    assert (rows['ann'][1], rows['bob'][1]) == ('2', '1'), rows
    assert replayed(t, center, '--verify').stdout.endswith(
        'events: the same\n')
    for policy in ('longest_idle', 'fewest_contacts'):
        nothing_differs(t, center, done, policy)


main()

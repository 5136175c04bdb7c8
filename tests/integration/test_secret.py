"""Keys of a secret leave no trace, whole or one by one, and arrive.

Two runs whose callers key in different codes must differ in nothing but clocks:
the same events, the same rows, and no files with more bytes of either digit
where it was keyed in. A code is one digit, 64 times, so that digits kept one by
one stand out from the noise of times and checksums.
"""

import collections
import glob
import json
import os
import re
import sqlite3
import time
import urllib.request

import desk
from harness import main, test
from wire import Wire

COUNT = 64
NOISE = 56  # so many bytes more of one value say nothing yet
TRIES = 3   # nor does a clock whose bytes happen to be those, once
FLOW = '''
  secret:
    - collect: account
      into: code
      secret: true
      digits: {{count}}
      else: end
    - if: code == "{{four}}" or code == "{{seven}}"
      then: right
      else: wrong
    - name: right
      queue: sales
      next: end
    - name: wrong
      queue: help
      next: end
'''.replace('{{count}}', str(COUNT)).replace(
    '{{four}}', '4' * COUNT).replace('{{seven}}', '7' * COUNT)
YAML = desk.YAML[:desk.YAML.index('  secret:\n')] + FLOW.lstrip('\n')
# What is another one each time: clocks, ids made of them, and how regularly
# packets came.
CLOCK = 10 ** 12
VARIES = ('time', 'since', 'due', 'wait', 'duration', 'leg', 'jitter', 'mos',
          'r_factor')


def press_one(caller, digit):
    """A center takes 20 a second, counted where they come."""
    before = caller.received()
    caller.press(digit)
    caller.t.until(lambda: caller.received() > before, 10, 'the key', 0.005)
    time.sleep(0.055)


def by_rtp(caller):
    for digit in caller.code:
        press_one(caller, digit)


def by_info(caller):
    for digit in caller.code:
        caller.info(digit)
        time.sleep(0.055)


def by_both(caller):
    for i, digit in enumerate(caller.code):
        if i % 2:
            caller.info(digit)
        else:
            press_one(caller, digit)


def plain(event):
    return {k: v for k, v in event.items() if k not in VARIES}


def ended(center):
    """All events, when the contact is over."""
    events = [plain(e) for e in center.get('/api/v1/events?from=1')['events']]
    return events if any(e['type'] == 'contact_closed' for e in events) else []


def is_base(path):
    with open(path, 'rb') as f:
        return f.read(16).startswith(b'SQLite format 3')


def value(cell):
    if isinstance(cell, bytes):
        return 'bytes', len(cell)
    if isinstance(cell, int) and cell > CLOCK:
        return 'clock'
    if isinstance(cell, str) and cell.startswith('{'):
        return plain(json.loads(cell))
    return cell


def rows(state):
    """What the databases of a state directory hold, without clocks."""
    found = []
    for path in sorted(glob.glob(state + '/**/*', recursive=True)):
        if not os.path.isfile(path) or not is_base(path):
            continue
        base = sqlite3.connect(path)
        for table, in base.execute(
                "select name from sqlite_master where type = 'table'"):
            names = [c[1] for c in base.execute(
                'pragma table_info("%s")' % table)]
            for row in base.execute('select * from "%s"' % table):
                found.append((table, [
                    (name, value(cell)) for name, cell in zip(names, row)
                    if not name.endswith('_us')]))
        base.close()
    assert found, 'no history'
    return found


def one_run(t, name, code, press, queue, yaml=YAML):
    """What a call with that code leaves behind."""
    os.mkdir(t.path(name))
    t.dir, above = t.path(name), t.dir
    try:
        center = desk.Center(t, yaml)
        caller = Wire(t, center.sip)
        caller.code = code
        caller.received = lambda: center.metric('usher_rtp_received_total')
        caller.call('1002')
        press(caller)
        t.until(lambda: center.queue(queue)['waiting'] == 1, 10,
                'one waiting in ' + queue)
        caller.hangup()
        events = t.until(lambda: ended(center), 10, 'the end')
        center.child.stop()
        caller.vanish()
        counts = collections.Counter()
        for folder, _, files in os.walk(t.dir):
            for file in files:
                if file == 'center.yaml':
                    continue  # it says which code is right
                with open(os.path.join(folder, file), 'rb') as f:
                    data = f.read()
                # so many that no time or id has them by chance
                assert yaml != YAML or code[:8].encode() not in data, file
                if not is_base(os.path.join(folder, file)):
                    counts.update(data)
        return events, rows(center.state), counts
    finally:
        t.dir = above


def first_difference(t, press, yaml=YAML, names=''):
    """Where the traces of two codes differ, or None; and how many more bytes
    of its digit each has, as characters and as numbers."""
    four = one_run(t, names + 'four', '4' * COUNT, press, 'sales', yaml)
    seven = one_run(t, names + 'seven', '7' * COUNT, press, 'sales', yaml)
    more = max(min(four[2][a] - seven[2][a], seven[2][b] - four[2][b])
               for a, b in ((ord('4'), ord('7')), (4, 7)))
    for i in (0, 1):
        if len(four[i]) != len(seven[i]):
            return (four[i], seven[i]), more
        for pair in zip(four[i], seven[i]):
            if pair[0] != pair[1]:
                return pair, more
    return None, more


def same_trace(t, press):
    for number in range(TRIES):
        difference, more = first_difference(t, press, names='%d-' % number)
        assert not difference, difference
        if more < NOISE:
            return
    assert False, more


@test(deadline_s=60)
def code__that_is_no_secret_would_be_found(t):
    """The proof of the proof: kept as an attribute, it is seen."""
    difference, more = first_difference(t, by_info, YAML.replace(
        '      secret: true\n', '').replace(
            '      then: right\n', '      then: keep\n').replace(
                '    - name: right\n', '    - name: keep\n      set: '
                '{{contact.code: "{{code}}"}}\n      next: right\n'
                '    - name: right\n'))
    assert difference
    assert more >= NOISE, more


@test(deadline_s=200)
def secret__by_rtp_leaves_no_trace(t):
    same_trace(t, by_rtp)


@test(deadline_s=200)
def secret__by_info_leaves_no_trace(t):
    same_trace(t, by_info)


@test(deadline_s=200)
def secret__by_both_leaves_no_trace(t):
    same_trace(t, by_both)


# ---- of everybody else

PIN, WRONG_PIN = '86421357', '97531864'
TOKEN = 'token-of-nobody-else'
KEY = 'd0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'


@test(deadline_s=60)
def secrets__of_a_whole_run_are_nowhere(t):
    """Passwords, PINs, the token and keys of SRTP: after a registration, a
    right and a wrong PIN and an encrypted call they are in no file, no line
    and no answer."""
    center = desk.Center(t, desk.YAML.replace('"1234"', '"%s"' % PIN).replace(
        'http:\n', 'http:\n  token: %s\n' % TOKEN).replace(
            'media:\n', 'media:\n  srtp: offer\n'))

    def get(path):
        with urllib.request.urlopen(urllib.request.Request(
                center.url(path), headers={
                    'Authorization': 'Bearer ' + TOKEN}), timeout=10) as got:
            return got.read().decode()

    def presence():
        return json.loads(get('/api/v1/agents/ann'))['presence']

    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    start = ann.mark()
    ann.call('*11' + WRONG_PIN, wait=False)
    ann.expect(r'^ended ', 10, start)
    assert presence() != 'ready'
    ann.call('*11' + PIN)
    t.until(lambda: presence() == 'ready', 10, 'ready')
    caller = Wire(t, center.sip)
    caller.sdp = caller.sdp.replace('RTP/AVP', 'RTP/SAVP') + (
        'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\r\n' % KEY)
    caller.call('1001')
    ours = re.search(r'inline:(\S+)', caller.last).group(1)
    caller.hangup()
    t.until(lambda: 'contact_closed' in get('/api/v1/events?from=1'), 10,
            'the end')
    told = {path: get(path) for path in (
        '/api/v1/events?from=1', '/api/v1/state', '/api/v1/agents',
        '/api/v1/history/contacts', '/metrics')}
    center.child.stop()
    told['lines'] = '\n'.join(center.child.lines)
    for path in glob.glob(center.state + '/**/*', recursive=True):
        if os.path.isfile(path):
            with open(path, 'rb') as file:
                told[path] = file.read().decode('latin1')
    # What is no secret is found: in an answer, in the journal.
    assert sum('1001' in text for text in told.values()) >= 2
    found = [(secret, place) for place, text in told.items()
             for secret in ('ann-pw', 'bob-pw', PIN, WRONG_PIN, TOKEN, KEY,
                            ours)
             if secret in text]
    assert not found, found


@test(deadline_s=60)
def secrets__of_agents_are_printed_when_asked_for(t):
    center = desk.Center(t, desk.YAML.replace(
        'queues:\n', '  cyd: {{endpoints: [app]}}\n'
        '  dan: {{password_env: DAN}}\nqueues:\n', 1), env={'DAN': 'dan-pw'})

    def introduced(child):
        lines = [line for line in child.lines if line.startswith('Agent: ')]
        start = 'Agent: sip:%s@' + center.sip
        assert all(line.startswith(start % name) for line, name in zip(
            lines, ('ann', 'bob', 'cyd', 'dan'))), lines
        return [line[len(start) + 2:] for line in lines]

    silent = introduced(center.child)
    assert silent == ['with password with PIN', 'with password with PIN',
                      'no password no PIN', 'with password no PIN'], silent
    center.child.stop()
    child = t.start([t.program('callcenter'), '--config', center.config,
                     '--secrets'], name='open', env={'DAN': 'dan-pw'})
    child.wait_for('Open for business', 20)
    told = introduced(child)
    assert told == ['password ann-pw PIN 1234', 'password bob-pw PIN 4321',
                    'no password no PIN',
                    'password (not told) no PIN'], told


@test(deadline_s=60)
def secret__that_is_wrong_takes_the_other_way(t):
    one_run(t, 'wrong', '5' * COUNT, by_info, 'help')


main()

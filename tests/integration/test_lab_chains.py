"""The lab against chains that are solved here: skills, more than one agent
for a contact, and more than one contact for an agent."""

import csv
import io
import json

from labs import lab, main, near, simulated, steady, test

# Times in minutes, rates a minute.


def settled(idle, waiting, server):
    """The server takes who of his waits longest, or is the last to be idle."""
    for i, kind in enumerate(waiting):
        if server in CAN[kind]:
            return idle, waiting[:i] + waiting[i + 1:]
    return (*idle, server), waiting


CAN = {'x': (1,), 'y': (2,), 'z': (1, 2)}


@test(deadline_s=60)
def run__agrees_with_a_chain_of_an_m(_):
    """M: two agents, each with a class of his own and one for both, the
    second one slower; whoever waits longest first, to who is idle longest."""
    rates = {'x': 0.15, 'y': 0.1, 'z': 0.2}
    served = {1: 0.5, 2: 0.3}

    def moves(s):
        idle, waiting = s
        for kind, rate in rates.items():
            able = [a for a in idle if a in CAN[kind]]
            if able:
                yield rate, (tuple(a for a in idle if a != able[0]), waiting)
            elif len(waiting) < 6:
                yield rate, (idle, waiting + kind)
        for a, rate in served.items():
            if a not in idle:
                yield rate, settled(idle, waiting, a)
        for i in range(len(waiting)):
            yield 1 / 3, (idle, waiting[:i] + waiting[i + 1:])

    p = steady(moves, ((1, 2), ''))
    told = simulated(
        ['{name: %s, members_only: true, arrivals: %f/h, handle: 2m, '
         'patience: 3m}' % (kind, 60 * rate) for kind, rate in rates.items()],
        ['{name: one, agents: 1, queues: [x, z]}',
         '{name: two, agents: 1, queues: [y, z], speed: 0.6}'])
    for kind, rate in rates.items():
        length = sum(x * s[1].count(kind) for s, x in p.items())
        near(told[kind]['abandoned'], length / 3 / rate, 0.02)
        waited = sum(x for s, x in p.items() if not set(CAN[kind]) & set(s[0]))
        near(told[kind]['waited'], waited, 0.03)


@test(deadline_s=60)
def run__agrees_with_a_chain_of_two_agents_at_once(_):
    """Two agents; half of the contacts need a third one as well, for whom the
    agent waits for a minute on average; then a third begins again."""
    def done(talk, seek, both, waits):
        for part, more in ((2 / 3, 0), (1 / 3, 1)):
            if waits + more:
                yield part, (talk + 1, seek, both, waits + more - 1)
            else:
                yield part, (talk, seek, both, waits)

    def moves(s):
        talk, seek, both, waits = s
        if talk + seek + both < 2:
            yield 0.3, (talk + 1, seek, both, 0)
        elif waits < 40:
            yield 0.3, (talk, seek, both, waits + 1)
        if talk:
            yield talk / 4, ((talk - 1, seek + 1, both, waits) if both
                             else (talk - 1, seek, 1, waits))
            for part, to in done(talk - 1, seek, both, waits):
                yield talk / 4 * part, to
        if both:
            for part, to in done(talk, max(seek - 1, 0), int(seek > 0),
                                 waits):
                yield part / 1.5, to
        if seek:
            for part, to in done(talk, seek - 1, both, waits):
                yield seek * part, to

    p = steady(moves, (0, 0, 0, 0))
    told = simulated(
        ['{name: q, members_only: true, arrivals: 18/h, handle: 2m, '
         'consults: [{queue: help, part: 50%}], '
         'transfers: [{queue: q, part: 33.33333333%}]}',
         '{name: help, members_only: true, handle: 1.5m, patience: 1m}'],
        ['{name: two, agents: 2, queues: [q]}',
         '{name: third, agents: 1, queues: [help]}'])
    asked = sum(x * s[0] for s, x in p.items()) / 4
    seeks = sum(x * s[1] for s, x in p.items())
    near(told['help']['abandoned'], seeks / asked, 0.02)
    length = sum(x * s[3] for s, x in p.items())
    came = sum(x * s[0] for s, x in p.items()) / 2
    near(told['q']['wait_s'], length / came * 60, 0.2 * length / came * 60)


SEVERAL = '''\
replications: 2
queues:
  - {name: calls, arrivals: 8/h, handle: 2m, patience: 3m, priority: 1}
  - {name: chats, channel: chat, arrivals: 15/h, handle: 4m, patience: 5m}
groups:
  - name: one
    agents: 1
    capacity: {voice: 1, chat: 2, total: 2}
    slowdown: 0.5
    interrupts: {voice: chat}
'''


@test(deadline_s=60)
def run__agrees_with_a_chain_of_two_channels(_):
    """One agent with a call and a chat at once, or two chats, slower by half;
    calls go first. In minutes."""
    def begin(calls, chats, call_wait, chat_wait):
        if call_wait and not calls and calls + chats < 2:
            calls, call_wait = 1, call_wait - 1
        if chat_wait and calls + chats < 2:
            chats, chat_wait = chats + 1, chat_wait - 1
        return calls, chats, call_wait, chat_wait

    def moves(s):
        calls, chats, call_wait, chat_wait = s
        if call_wait < 12:
            yield 8 / 60, begin(calls, chats, call_wait + 1, chat_wait)
        if chat_wait < 20:
            yield 15 / 60, begin(calls, chats, call_wait, chat_wait + 1)
        slower = 1.5 if calls + chats == 2 else 1
        if calls:
            yield 1 / 2 / slower, begin(0, chats, call_wait, chat_wait)
        if chats:
            yield chats / 4 / slower, begin(calls, chats - 1, call_wait,
                                            chat_wait)
        if call_wait:
            yield call_wait / 3, (calls, chats, call_wait - 1, chat_wait)
        if chat_wait:
            yield chat_wait / 5, (calls, chats, call_wait, chat_wait - 1)

    p = steady(moves, (0, 0, 0, 0))
    text = SEVERAL.replace('    interrupts: {voice: chat}\n', '').replace(
        ': 2\n', ': 40\nwarmup: 5h\nduration: 60h\nconfidence: 99.9%\n', 1)
    told = json.loads(lab('run', 'day.yaml', '--json', text=text))
    queues = {q['name']: q for q in told['queues']}
    kinds = {k['name']: k for k in told['groups'][0]['channels']}
    for name, kind, at, came, patience in (
            ('calls', 'voice', 0, 8 / 60, 3), ('chats', 'chat', 1, 1 / 4, 5)):
        waits = sum(x * s[at + 2] for s, x in p.items())
        near(queues[name]['abandoned'], waits / patience / came, 0.02)
        near(queues[name]['wait_s'], 60 * waits / came, 10)
        busy = sum(x for s, x in p.items() if s[at])
        near(kinds[kind]['occupancy'], busy, 0.02)
    near(kinds['chat']['at_once'],
         sum(x * s[1] for s, x in p.items()) / busy, 0.02)
    near(told['groups'][0]['occupancy'],
         sum(x for s, x in p.items() if s[0] + s[1]), 0.02)


@test()
def channels__are_told_in_every_form(_):
    table = lab('run', 'day.yaml', text=SEVERAL)
    assert 'channel' in table and 'at once' in table, table
    rows = [line.split() for line in table.splitlines()
            if line.startswith('one')]
    assert [row[1] for row in rows] == ['1', 'voice', 'chat'], rows
    told = json.loads(lab('run', 'day.yaml', '--json', text=SEVERAL))
    # A call stops the chats that are beside it.
    voice, chat = told['groups'][0]['channels']
    assert voice['still']['mean'] == 0 < chat['still']['mean'], told
    rows = list(csv.DictReader(io.StringIO(
        lab('run', 'day.yaml', '--csv', text=SEVERAL))))
    assert {r['name'] for r in rows if r['what'] == 'channel'} == {
        'one/voice', 'one/chat'}
    # The same for one contact at a time says nothing of channels.
    plain = SEVERAL[:SEVERAL.index('    capacity')]
    assert 'at once' not in lab('run', 'day.yaml', text=plain)


@test()
def channels__errors_say_where(_):
    good = 'capacity: {voice: 1, chat: 2, total: 2}'
    stops = 'interrupts: {voice: chat}'
    for old, new, line, column, what in (
            (good, 'capacity: 3', 8, 15, 'a mapping'),
            (good, 'capacity: {voise: 1}', 8, 16, "channel is voise"),
            (good, 'capacity: {voice: 65}', 8, 23, 'from 0 to 64'),
            (good, 'capacity: {voice: 1, total: some}', 8, 33, 'whole'),
            (good, 'agents: 1', 8, 5, 'agents'),
            (stops, 'interrupts: {voice: mail}', 10, 25, 'is mail'),
            (stops, 'interrupts: {mail: chat}', 10, 18, 'no capacity'),
            (stops, 'interrupts: chat', 10, 17, 'a mapping'),
            ('slowdown: 0.5', 'slowdown: -1', 9, 15, 'from 0 to 100'),
            ('slowdown: 0.5', 'slowdown: [1, 0]', 9, 19, 'slowdown'),
            ('slowdown: 0.5', 'slowdown: []', 9, 15, 'empty'),
            ('channel: chat', 'channel: 3', 8, 26, 'channel is chat'),
            ('channel: chat', 'channel: [a]', 4, 28, 'a text')):
        text = SEVERAL.replace(old, new)
        told = lab('run', 'day.yaml', status=1, text=text)
        assert 'day.yaml:%d:%d:' % (line, column) in told, (told, new)
        assert what in told, (told, what)
    bare = SEVERAL.replace('    %s\n' % good, '')
    assert "needs 'capacity'" in lab('run', 'day.yaml', status=1, text=bare)


BAD = '''\
replications: 2
queues:
  - {name: a, arrivals: 1/h, handle: 1m,
     %s}
groups:
  - {name: g, agents: 1}
'''


@test()
def onward__errors_say_where(_):
    for text, column, what in (
            ('transfers: [{queue: b}]', 26, 'no queue b'),
            ('transfers: [{part: 20%}]', 18, "needs a 'queue'"),
            ('consults: [{queue: a, part: 60%}, {queue: a, part: 60%}]', 40,
             'more than all'),
            ('consults: [{queue: a, part: 120%}]', 34, 'part'),
            ('consults: a', 16, 'consults'),
            ('transfers: [{queue: a, parts: 1}]', 29, 'parts')):
        told = lab('run', 'day.yaml', status=1, text=BAD % text)
        assert 'day.yaml:4:%d:' % column in told and what in told, told


@test()
def run__agrees_with_priorities_that_grow(_):
    """M/M/1 whose classes' priority grows with the time waited, one four
    times as fast: Kleinrock (1964), A delay dependent queue discipline."""
    each, b = 0.35, 0.25
    mean = 2 * each * 60 / (1 - 2 * each)
    slow = mean / (1 - each * (1 - b))
    fast = 2 * mean - slow
    queue = ('{name: %s, arrivals: 0.35/m, handle: 1m, '
             'contact_order: {boost: %d, cost: %d, growth: 2, handle: 1m}}')
    for order in ('age_with_boost', 'cmu'):
        told = simulated([queue % ('fast', 100, 4), queue % ('slow', 25, 1)],
                         ['{name: g, agents: 1}'], '--order', order)
        near(told['fast']['wait_s'], fast, 15)
        near(told['slow']['wait_s'], slow, 30)
        near(told['all']['wait_s'], mean, 20)


main()

"""An agent's endpoints over SIP: a desk phone, then a mobile outside, where
who answers presses 1; or both at once."""

import re

import desk
from hand import Hand
from harness import main, test
from provider import Provider, header
from wire import Wire

NUMBER = '+3615550000'
ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


class Agent:
    """x0 with a desk phone and a mobile that is called over a trunk."""

    def __init__(self, t, more='', accept=' accept', ring=1):
        self.t = t
        self.desk = Provider(t)
        mobile = t.address()
        yaml = desk.yaml_with([self.desk.address])
        phone = '"sip:x0@%s:5060' % self.desk.address
        yaml = yaml.replace(phone + '"]', '%s ring=%d", "tel:%s%s"]%s' % (
            phone, ring, NUMBER, accept, more))
        if ring > 4:
            yaml = yaml.replace('offer_timeout: 4s', 'offer_timeout: 40s')
        yaml = yaml.replace('trunks:\n', 'trunks:\n  out: {{address: '
                            '"%s:5060"}}\n' % mobile)
        self.center = desk.Center(t, yaml)
        self.mobile = Wire(t, self.center.sip, address=mobile)
        self.center.post('/api/v1/agents/x0/sign-in')

    def caller(self):
        wire = Wire(self.t, self.center.sip)
        wire.call('400')
        return wire

    def ended(self, kind='leg_ended'):
        """How the legs of the agent ended."""
        return [e['reason'] for e in self.center.get(
            '/api/v1/events?from=1')['events']
            if e['type'] == kind and e['side'] == 'agent']


@test(deadline_s=60)
def desk_phone__that_is_not_answered_is_followed_by_the_mobile(t):
    """At once where it is busy or cannot be reached, else when it has rung."""
    agent = Agent(t)
    for count, (answers, reason) in enumerate((
            ([486], 'busy'), ([404], 'unreachable'), ([180], 'no_answer')),
            1):
        agent.desk.answers = answers
        caller = agent.caller()
        agent.mobile.until('ACK', count)
        t.until(lambda: agent.ended()[-1:] == [reason], 5, reason)
        # Nobody talks before the key.
        assert agent.center.agent('x0')['activity'] != 'talking'
        agent.mobile.press('1')
        agent.center.until_agent('x0', activity='talking')
        caller.hangup()
        agent.mobile.until('BYE', count)
        agent.center.until_agent('x0', activity='idle')
    assert agent.center.queue('q0')['answered'] == 3
    # The desk phone that rang was called off.
    agent.desk.until('CANCEL')


@test(deadline_s=60)
def both__ring_and_who_is_first_has_the_call(t):
    agent = Agent(t, ', ring_together: true', accept='')
    agent.desk.answers = [180]
    caller = agent.caller()
    agent.desk.until_calls(1)
    agent.center.until_agent('x0', activity='talking')
    cancel = agent.desk.until('CANCEL')
    assert header(cancel, 'Call-ID') == header(agent.desk.calls()[0],
                                               'Call-ID')
    # So that it does not list it as missed.
    assert header(cancel, 'Reason') == ELSEWHERE, cancel
    caller.hangup()
    agent.mobile.until('BYE')
    t.until(lambda: 'elsewhere' in agent.ended(), 5, 'told')
    # Who was not answered anywhere has missed it.
    agent.mobile.busy = True
    caller = agent.caller()
    agent.desk.until_calls(2)
    caller.hangup()
    cancel = agent.desk.until('CANCEL', 2)
    assert not header(cancel, 'Reason'), cancel
    t.until(lambda: 'canceled' in agent.ended(), 5, 'told')


@test(deadline_s=60)
def desk_phone__that_says_nothing_is_followed_at_once(t):
    """Long before it would have rung out, and told apart from that."""
    agent = Agent(t, accept='', ring=30)
    agent.desk.answers = []
    caller = agent.caller()
    agent.mobile.until('ACK', 1, timeout_s=8)
    t.until(lambda: agent.ended() == ['unreachable'], 5, 'told')
    caller.hangup()
    agent.mobile.until('BYE')


@test(deadline_s=60)
def agent__whose_phone_says_nothing_leaves_the_caller_to_others(t):
    desks = [Provider(t), Provider(t)]
    yaml = desk.yaml_with([d.address for d in desks])
    yaml = yaml.replace('queues: [q1]', 'queues: [q0]').replace(
        'offer_timeout: 4s', 'offer_timeout: 30s')
    center = desk.Center(t, yaml)
    desks[0].answers = []
    center.post('/api/v1/agents/x0/sign-in')
    caller = Wire(t, center.sip)
    caller.call('400')
    desks[0].until_calls(1)
    center.post('/api/v1/agents/x1/sign-in')
    desks[1].until('ACK', 1, 8)
    center.until_agent('x1', activity='talking')
    t.until(lambda: [e['reason'] for e in center.get(
        '/api/v1/events?from=1')['events'] if e['type'] == 'offer_missed']
            == ['unreachable'], 5, 'told')
    caller.hangup()


@test(deadline_s=60)
def mobile__without_a_line_to_it_is_no_miss(t):
    """The trunk has one, and another agent's call is on it."""
    out = Provider(t)
    yaml = desk.yaml_with([t.address() for _ in range(2)])
    for i in range(2):
        yaml = yaml.replace('queues: [q%d]' % i,
                            'endpoints: ["tel:+3615%d"], queues: [q%d]' % (i, i))
    yaml = re.sub(r'endpoints: \["sip:[^,]*, ', '', yaml)
    yaml = yaml.replace('trunks:\n', 'trunks:\n  out: {{address: "%s", '
                        'calls: 1}}\n' % out.hostport)
    center = desk.Center(t, yaml)
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    callers = [Wire(t, center.sip) for _ in range(2)]
    callers[0].call('400')
    center.until_agent('x0', activity='talking')
    callers[1].call('401')

    def told(kind):
        return [e['reason'] for e in center.get(
            '/api/v1/events?from=1')['events'] if e['type'] == kind]
    t.until(lambda: 'no_room' in told('offer_withdrawn'), 5, 'told')
    assert not told('offer_missed'), told('offer_missed')
    # The line is free, and the customer still waits.
    callers[0].hangup()
    center.until_agent('x1', activity='talking')
    callers[1].hangup()


@test(deadline_s=60)
def reason__that_a_peer_gives_is_in_the_event(t):
    agent = Agent(t, accept='')
    agent.desk.answers = [180]
    caller = Hand(t, agent.center.sip, '400')
    caller.call()
    agent.desk.until_calls(1)
    caller.request('BYE', more='Reason: Q.850;cause=16;text="Bye"\r\n')
    caller.until(200)

    def text():
        return [e.get('text') for e in agent.center.get(
            '/api/v1/events?from=1')['events'] if e['type'] == 'leg_ended'
            and e['side'] == 'customer']
    t.until(lambda: text() == ['Q.850;cause=16'], 5, 'told')


def told(phone, call, start):
    """How that call of the phone's ended."""
    return phone.expect(r'^ended call=%s cause=(\d) status=(\d+)' % call, 10,
                        start).groups()


@test(deadline_s=60)
def phones__of_one_account_ring_at_once(t):
    """Who answers has the call; a busy one leaves it to the others, who
    declines (603) does so for all."""
    center = desk.Center(t)
    phones = [desk.Phone(t, center, 'ann', 'ann-pw') for _ in range(2)]
    center.post('/api/v1/agents/ann/sign-in')

    def ring(marks):
        return [p.incoming(m) for p, m in zip(phones, marks)]

    def ended():
        return [e['reason'] for e in center.get('/api/v1/events?from=1')[
            'events'] if e['type'] == 'leg_ended' and e['side'] == 'agent']

    marks = [p.mark() for p in phones]
    Wire(t, center.sip).call('1001')
    first, second = ring(marks)
    marks = [p.mark() for p in phones]
    phones[0].say('reject', first, 603)
    assert told(phones[1], second, marks[1])[1] == '487'
    t.until(lambda: ended() == ['busy'], 5, 'declined')
    # Offered again.
    first, second = ring(marks)
    marks = [p.mark() for p in phones]
    phones[0].say('ring', first)
    phones[1].say('reject', second, 486)
    told(phones[1], second, marks[1])
    phones[0].say('answer', first)
    center.until_agent('ann', activity='talking')
    phones[0].say('hangup', first)
    center.until_agent('ann', activity='wrap_up')
    center.post('/api/v1/agents/ann/wrap-up-end')
    # Both are busy in the end; one cannot be reached at all.
    for answers, reason in (((486, 404), 'busy'), ((480, 486), 'no_answer'),
                            ((404, 0), '')):
        marks = [p.mark() for p in phones]
        caller = Wire(t, center.sip)
        caller.call('1001')
        calls = ring(marks)
        count = len(ended())
        for phone, call, answer in zip(phones, calls, answers):
            if answer:
                phone.say('reject', call, answer)
                told(phone, call, 0)
        if reason:
            # The phone that was still ringing for the one before may end
            # only now.
            t.until(lambda: reason in ended()[count:], 5, reason)
            caller.hangup()
            t.until(lambda: center.get('/api/v1/contacts') == [], 5, 'gone')
    # One still rings; the caller gives up, and nothing rings any more.
    marks = [p.mark() for p in phones]
    caller.hangup()
    told(phones[1], calls[1], marks[1])
    center.until_agent('ann', activity='idle')
    t.until(lambda: center.metric('usher_legs') == 0, 10, 'no leg')


@test(deadline_s=60)
def busy__is_told_though_a_dead_phone_is_registered(t):
    """A phone that was switched off stays registered for a while, and says
    nothing for as long as an INVITE is sent again (32 s)."""
    center = desk.Center(t, desk.YAML.replace(
        'offer_timeout: 4s', 'offer_timeout: 20s'))
    desk.Phone(t, center, 'ann', 'ann-pw').child.kill()
    phone = desk.Phone(t, center, 'ann', 'ann-pw')
    center.post('/api/v1/agents/ann/sign-in')

    def ended():
        return [e['reason'] for e in center.get('/api/v1/events?from=1')[
            'events'] if e['type'] == 'leg_ended' and e['side'] == 'agent']

    mark = phone.mark()
    caller = Wire(t, center.sip)
    caller.call('1001')
    call = phone.incoming(mark)
    mark = phone.mark()
    phone.say('reject', call, 486)
    t.until(ended, 15, 'told')
    assert ended() == ['busy'], ended()
    # Offered again: who had rung, as most do, says nothing else.
    call = phone.incoming(mark)
    phone.say('ring', call)
    phone.say('reject', call, 486)
    t.until(lambda: len(ended()) == 2, 15, 'told once more')
    assert ended() == ['busy', 'busy'], ended()
    caller.hangup()
    t.until(lambda: center.get('/api/v1/contacts') == [], 5, 'gone')
    center.until_agent('ann', activity='idle')


@test(deadline_s=60)
def number__that_says_no_is_heard_by_the_phone_that_dialed(t):
    """What is about the person or the number, as it is; what is about our own
    request, or a server, is not the phone's."""
    outside = Provider(t)
    yaml = desk.YAML.replace(
        'trunks:\n', 'outbound: {{allow: ["+36", "5"]}}\ntrunks:\n  out: '
        '{{address: "%s", prefix: "+"}}\n' % outside.hostport)
    center = desk.Center(t, yaml)
    phone = desk.Phone(t, center, 'ann', 'ann-pw')

    def hears(number='+3615550000'):
        start = phone.mark()
        return int(told(phone, phone.call(number, False), start)[1])

    for status, heard in (
            (404, 404), (410, 410), (480, 480), (484, 484), (486, 486),
            (600, 600), (603, 603), (604, 604), (403, 403), (408, 480),
            (607, 603), (401, 403), (407, 403), (302, 480), (488, 500),
            (500, 500), (503, 500)):
        # Ringing came first, or the trunk would be given up for some.
        outside.answers = [180, status]
        assert hears() == heard, (status, heard)
    # One that nobody may call.
    assert hears('+4420') == 403
    # None is called for a number that no trunk is for; bob has no phone.
    assert hears('5550000') == 404
    assert hears('202') == 480
    center.post('/api/v1/agents/bob/sign-in')
    assert hears('202') == 480
    bob = desk.Phone(t, center, 'bob', 'bob-pw')
    for status in (486, 603):
        bob.say('auto', status)
        assert hears('202') == status
    # The trunk says nothing, and then is down.
    outside.vanish()
    assert hears() == 480
    t.until(lambda: center.get('/api/v1/contacts') == [], 5, 'no contact')


@test(deadline_s=60)
def phone__that_wakes_is_told_whether_another_has_answered(t):
    """It was given up as nothing came of it, so no CANCEL has gone to it."""
    agent = Agent(t, accept='', ring=30)
    agent.desk.answers = []
    host, port = agent.center.sip.split(':')

    def wakes(count, status):
        invite = agent.desk.calls()[count - 1]
        agent.desk.reply(invite, (host, int(port)), status)

    caller = agent.caller()
    agent.mobile.until('ACK', 1, timeout_s=8)
    assert not agent.desk.got('CANCEL')
    wakes(1, 180)
    cancel = agent.desk.until('CANCEL')
    assert header(cancel, 'Reason') == ELSEWHERE, cancel
    # Its 200 crosses that.
    wakes(1, 200)
    bye = agent.desk.until('BYE')
    assert header(bye, 'Reason') == ELSEWHERE, bye
    caller.hangup()
    agent.mobile.until('BYE')
    agent.center.until_agent('x0', activity='idle')
    # Nobody has answered this one.
    agent.mobile.busy = True
    caller = agent.caller()
    agent.desk.until_calls(2)
    agent.mobile.until('ACK', 2, timeout_s=8)
    caller.hangup()
    wakes(2, 180)
    cancel = agent.desk.until('CANCEL', 2)
    assert header(cancel, 'Call-ID') == header(agent.desk.calls()[1],
                                               'Call-ID')
    assert not header(cancel, 'Reason'), cancel
    wakes(2, 200)
    bye = agent.desk.until('BYE', 2)
    assert not header(bye, 'Reason'), bye


@test(deadline_s=60)
def phone__rings_no_longer_than_its_queue_has_it(t):
    """Long before its own time to ring is over."""
    desks = [Provider(t), Provider(t)]
    for there in desks:
        there.answers = [180]
    yaml = desk.yaml_with([d.address for d in desks])
    yaml = yaml.replace('queues: [q1]', 'queues: [q0]')
    for i, there in enumerate(desks):
        yaml = yaml.replace('%s:5060"]' % there.address,
                            '%s:5060 ring=50"]' % there.address)
    center = desk.Center(t, yaml)
    center.post('/api/v1/agents/x0/sign-in')
    caller = Wire(t, center.sip)
    caller.call('400')
    desks[0].until_calls(1)
    center.post('/api/v1/agents/x1/sign-in')
    # The next one rings when the first does no more.
    cancel = desks[0].until('CANCEL', 1, timeout_s=12)
    assert header(cancel, 'Call-ID') == header(desks[0].calls()[0],
                                               'Call-ID')
    assert not header(cancel, 'Reason'), cancel
    desks[1].until_calls(1)
    caller.hangup()
    desks[1].until('CANCEL')


main()

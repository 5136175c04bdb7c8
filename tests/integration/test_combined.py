"""Two things at once: what is asked for in a call while something else is
under way in it, by phone or by request."""

import re
import time

import desk
from hand import Hand
from harness import main, test
from provider import Provider
from wire import Wire

NUMBER = '0615550000'


def events(center, kind, contact=None):
    return [e for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == kind and contact in (None, e.get('contact'))]


def open_for(t, *addresses, replace=()):
    """Agents x0, … at these addresses, and a trunk to a provider."""
    provider = Provider(t)
    yaml = desk.yaml_with(addresses).replace(
        'trunks:\n', 'trunks:\n  out: {{address: "%s"}}\n'
        % provider.hostport)
    for old, new in replace:
        assert old in yaml, old
        yaml = yaml.replace(old, new)
    return desk.Center(t, yaml), provider


def over(t, center):
    """Nobody is left, and nothing of them."""
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')
    t.until(lambda: center.metric('usher_legs') == 0, 10, 'no leg')


# ---- click to call


@test(deadline_s=60)
def customer_first__who_is_busy_costs_no_agent_a_ring(t):
    phone = Provider(t)
    center, provider = open_for(t, phone.address)
    center.post('/api/v1/agents/x0/sign-in')
    for status, reason in ((486, 'busy'), (404, 'unreachable')):
        provider.answers = [status]
        center.post('/api/v1/agents/x0/call',
                    {'number': NUMBER, 'customer_first': True})
        t.until(lambda: [e['reason'] for e in events(center, 'contact_ended')
                         ][-1:] == [reason], 10, reason)
        center.until_agent('x0', activity='idle')
    assert not phone.calls()
    over(t, center)


@test(deadline_s=60)
def agent_first__whose_customer_is_busy_is_free_again(t):
    phone = Provider(t)
    center, provider = open_for(t, phone.address)
    center.post('/api/v1/agents/x0/sign-in')
    provider.answers = [486]
    center.post('/api/v1/agents/x0/call', {'number': NUMBER})
    phone.until('BYE')
    t.until(lambda: [e['reason'] for e in events(center, 'contact_ended')]
            == ['busy'], 10, 'told')
    center.until_agent('x0', activity='idle')
    over(t, center)


@test(deadline_s=60)
def agent_first__whose_phone_says_nothing_ends_at_once(t):
    phone = Provider(t)
    center, provider = open_for(t, phone.address)
    center.post('/api/v1/agents/x0/sign-in')
    phone.answers = []
    center.post('/api/v1/agents/x0/call', {'number': NUMBER})
    t.until(lambda: [e['reason'] for e in events(center, 'contact_ended')]
            == ['unreachable'], 8, 'told')
    center.until_agent('x0', activity='idle')
    assert not provider.calls()


# ---- forwarding


@test(deadline_s=60)
def voicemail__of_a_mobile_never_has_the_customer(t):
    """It answers and presses nothing; then ours takes the message."""
    desk_phone = Provider(t)
    center, provider = open_for(t, desk_phone.address, replace=[
        ('offer_timeout: 4s', 'offer_timeout: 30s')])
    center.child.stop()
    with open(center.config) as f:
        text = f.read()
    phone = '"sip:x0@%s:5060"]' % desk_phone.address
    assert phone in text
    with open(center.config, 'w') as f:
        f.write(text.replace(phone, '%s ring=1", "tel:%s accept", '
                             '"voicemail"]' % (phone[:-2], NUMBER)))
    center = desk.Center(t, keep=center)
    center.post('/api/v1/agents/x0/sign-in')
    desk_phone.answers = [180]
    caller = Wire(t, center.sip)
    caller.call('400')
    provider.until('ACK')
    desk_phone.until('CANCEL')
    provider.until('BYE', 1, 15)
    t.until(lambda: [e['leave'] for e in events(center, 'queue_left')]
            == ['voicemail'], 10, 'a message')
    assert not events(center, 'agent_joined')
    caller.hangup()
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')


# ---- transfers


@test(deadline_s=60)
def attended_transfer__of_a_customer_on_hold(t):
    """As most phones do it: hold, ask, hand over."""
    center = desk.Center(t)
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    bob = desk.Phone(t, center, 'bob', 'bob-pw')
    caller = desk.Phone(t, center)
    center.post('/api/v1/agents/ann/sign-in')
    call = caller.call('1001')
    first = ann.incoming()
    ann.say('answer', first)
    center.until_agent('ann', activity='talking')
    center.post('/api/v1/agents/bob/sign-in')
    ann.say('hold', first)
    contact = center.agent('ann')['contact']
    t.until(lambda: events(center, 'hold_started', contact), 10, 'held')
    second = ann.call('202', wait=False)
    at_bob = bob.incoming()
    bob.say('answer', at_bob)
    ann.expect(r'^answered call=%s\b' % second)
    start = ann.mark()
    ann.say('attend', first, second)
    ann.expect(r'^transfer call=%s .*status=200' % first, 10, start)
    for leg in (first, second):
        ann.expect(r'^ended call=%s\b' % leg, 10, start)
    center.until_agent('ann', activity='wrap_up')
    center.until_agent('bob', activity='talking')
    assert center.agent('bob')['contact'] == contact
    # They hear each other, and no music.
    bob.say('listen', at_bob)
    caller.say('listen', call)
    start = bob.mark()
    caller.say('tone', call, 800)
    bob.hears(at_bob, 800, start=start)
    start = caller.mark()
    bob.say('tone', at_bob, 1200)
    caller.hears(call, 1200, start=start)
    caller.say('hangup', call)
    bob.expect(r'^ended call=%s\b' % at_bob)
    for name in ('ann', 'bob'):
        center.post('/api/v1/agents/%s/wrap-up-end' % name)
    over(t, center)


@test(deadline_s=60)
def transfer__of_a_customer_who_holds_us(t):
    """The customer's phone has us on hold, and takes us back later."""
    phones = [t.address() for _ in range(2)]
    center, _ = open_for(t, *phones)
    agents = [Hand(t, center.sip, user='x%d' % i, address=a)
              for i, a in enumerate(phones)]
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    caller = Hand(t, center.sip, '400')
    caller.request('INVITE', caller.sdp())
    invite = agents[0].until('INVITE')
    agents[0].answer(invite, 200, agents[0].sdp())
    agents[0].until('ACK')
    caller.until(200)
    caller.ack()
    center.until_agent('x0', activity='talking')
    contact = center.agent('x0')['contact']
    caller.request('INVITE', caller.sdp('sendonly'))
    held = caller.until(200)
    caller.ack()
    assert 'a=recvonly' in held, held
    # While x1 rings the customer asks again, for what it has.
    center.post('/api/v1/agents/x0/transfer',
                {'contact': contact, 'target': 'x1'})
    bye = agents[0].until('BYE')
    agents[0].answer(bye, 200)
    invite = agents[1].until('INVITE')
    agents[1].answer(invite, 180)
    caller.request('INVITE', caller.sdp('sendrecv'))
    back = caller.until(200)
    caller.ack()
    assert 'a=sendrecv' in back, back
    agents[1].answer(invite, 200, agents[1].sdp())
    agents[1].until('ACK')
    center.until_agent('x1', activity='talking')
    caller.request('INVITE', caller.sdp('sendonly'))
    caller.until(200)
    caller.ack()
    caller.hangup()
    agents[1].answer(agents[1].until('BYE'), 200)
    over(t, center)


@test(deadline_s=60)
def transfer__to_nobody_comes_back(t):
    """Busy, gone, silent: the agent is rung again, else the queue has them."""
    phones = [t.address() for _ in range(2)]
    center, provider = open_for(t, *phones, replace=[
        ('wrap_up: 20s', 'wrap_up: 1s')])
    agent, other = (Hand(t, center.sip, user='x%d' % i, address=a)
                    for i, a in enumerate(phones))
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    caller = Hand(t, center.sip, '400')
    caller.request('INVITE', caller.sdp())

    def answers(hand):
        invite = hand.until('INVITE')
        hand.answer(invite, 200, hand.sdp())
        hand.until('ACK')
        center.until_agent(hand.user, activity='talking')

    def gives(target):
        center.post('/api/v1/agents/x0/transfer', {
            'contact': center.agent('x0')['contact'], 'target': target})
        agent.answer(agent.until('BYE'), 200)

    answers(agent)
    caller.until(200)
    caller.ack()
    # Another one is busy.
    gives('x1')
    busy = other.until('INVITE')
    other.answer(busy, 486)
    other.until('ACK')
    answers(agent)
    # A number outside says nothing at all.
    provider.answers = []
    gives(NUMBER)
    provider.until_calls(1)
    answers(agent)
    # Who is rung again is not there, either.
    provider.answers = [486]
    gives(NUMBER)
    agent.answer(agent.until('INVITE'), 404)
    agent.until('ACK')
    t.until(lambda: len(events(center, 'queue_entered')) == 2, 10, 'queued')
    caller.never('BYE', 0.3)
    reasons = [e['reason'] for e in events(center, 'transfer_failed')]
    assert reasons == ['busy', 'unreachable', 'busy', 'unreachable'], reasons
    caller.hangup()


# ---- supervision and consults


@test(deadline_s=60)
def take_over__while_the_agent_asks_somebody_waits_for_that(t):
    phones = [Provider(t) for _ in range(3)]
    center, _ = open_for(t, *[p.address for p in phones])
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    caller = Wire(t, center.sip)
    caller.call('400')
    center.until_agent('x0', activity='talking')
    contact = center.agent('x0')['contact']
    path = '/api/v1/contacts/%s/supervise' % contact
    center.post(path, {'mode': 'listen', 'agent': 'x2'})
    phones[2].until('ACK')
    t.until(lambda: events(center, 'supervision_started'), 5, 'listens')
    center.post('/api/v1/agents/x0/consult', {'contact': contact,
                                              'target': 'x1'})
    phones[1].until('ACK')
    t.until(lambda: events(center, 'consult_answered'), 5, 'asks')
    try:
        center.post(path, {'mode': 'take_over', 'agent': 'x2'})
        raise AssertionError('it was taken over')
    except OSError as e:
        assert e.code == 409, e
    center.post('/api/v1/agents/x0/cancel', {'contact': contact})
    phones[1].until('BYE')
    center.post(path, {'mode': 'take_over', 'agent': 'x2'})
    phones[0].until('BYE')
    center.until_agent('x2', activity='talking')
    assert 'BYE' not in caller.got, caller.got
    caller.hangup()
    phones[2].until('BYE')
    for i in range(3):
        center.until_agent('x%d' % i, contact=None)
    over(t, center)


@test(deadline_s=60)
def consult__whose_agent_and_customer_go_at_once_leaves_nothing(t):
    phones = [Provider(t) for _ in range(2)]
    center, _ = open_for(t, *[p.address for p in phones])
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    caller = Wire(t, center.sip)
    caller.call('400')
    center.until_agent('x0', activity='talking')
    contact = center.agent('x0')['contact']
    center.post('/api/v1/agents/x0/consult', {'contact': contact,
                                              'target': 'x1'})
    phones[1].until('ACK')
    t.until(lambda: events(center, 'consult_answered'), 5, 'asks')
    phones[0].vanish()
    caller.hangup()
    phones[1].until('BYE')
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')
    for i in range(2):
        center.until_agent('x%d' % i, activity='idle')


# ---- a restart


@test(deadline_s=60)
def parked__is_over_with_the_process_and_its_slot_is_free(t):
    phones = [Provider(t) for _ in range(2)]
    center, _ = open_for(t, *[p.address for p in phones], replace=[
        ('features:\n', 'park: {{first: 701, count: 1}}\nfeatures:\n')])
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    caller = Wire(t, center.sip)
    caller.call('400')
    center.until_agent('x0', activity='talking')
    center.post('/api/v1/agents/x0/park', {
        'contact': center.agent('x0')['contact'], 'slot': '701'})
    phones[0].until('BYE')
    parked, = center.get('/api/v1/contacts')
    assert (parked['state'], parked['slot']) == ('parked', '701'), parked
    center.child.kill()
    center = desk.Center(t, keep=center)
    for i in range(2):
        center.until_agent('x%d' % i, activity='idle')
    assert center.get('/api/v1/contacts') == []
    try:
        center.post('/api/v1/agents/x1/pick-up', {'slot': '701'})
        raise AssertionError('somebody was there')
    except OSError as e:
        assert e.code == 404, e
    again = Wire(t, center.sip, '5559')
    again.call('400')
    center.until_agent('x0', activity='talking')
    center.post('/api/v1/agents/x0/park', {
        'contact': center.agent('x0')['contact'], 'slot': '701'})
    center.post('/api/v1/agents/x1/pick-up', {'slot': '701'})
    center.until_agent('x1', activity='talking')
    again.hangup()


@test(deadline_s=90)
def refusal__of_an_agents_phone_is_told_with_its_status(t):
    # Of these a person may have given the last three.
    statuses = (404, 488, 503, 486, 480, 603)
    phones = [Provider(t) for _ in statuses]
    center, _ = open_for(t, *[p.address for p in phones])
    for i, status in enumerate(statuses):
        phones[i].answers = [status]
        center.post('/api/v1/agents/x%d/sign-in' % i)
        wire = Wire(t, center.sip)
        wire.call('40%d' % i)
        phones[i].until('ACK')
        center.until_agent('x%d' % i, activity='idle')
        wire.hangup()
        time.sleep(2.1)  # one line in two seconds
    told = [re.search(r"agent '(x\d)' cannot be rung at 'sip': it answers "
                      r'(\d+) \(\d such calls\)$', line)
            for line in center.child.lines if 'be rung' in line]
    assert {m.groups() for m in told} == {
        ('x%d' % i, str(statuses[i])) for i in range(3)}, told


main()

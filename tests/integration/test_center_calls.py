"""What is asked of calls by request, as it is heard at the phones: clicked,
handed on, parked, sent digits, hung up leg by leg, recorded with consent."""

import threading
import urllib.error

import desk
import wav
from harness import main, test
from hearing import (ANN, ANN_ASIDE, BOB, CUSTOMER, CYD_ASIDE, CYD_SAYS,
                     MUSIC, Desk, Line, YAML, hear, passes, recorded, sounds)
from wire import Wire

NUMBER = '0615550000'
WITH_MUSIC = YAML.replace('music: La la la.', 'music: {{sound: music.wav}}')


def events(center, kind, contact=None):
    return [e for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == kind and contact in (None, e.get('contact'))]


def some(t, center, kind, count=1, contact=None):
    """So many of them, once they are recorded."""
    t.until(lambda: len(events(center, kind, contact)) >= count, 10,
            '%d %s' % (count, kind))
    found = events(center, kind, contact)
    assert len(found) == count, found
    return found


def with_outside(t, yaml):
    """A phone outside, and a trunk to it."""
    phone = desk.Phone(t, None)
    return phone, yaml.replace(
        'trunks:\n', 'trunks:\n  out: {{address: "%s:%d"}}\n' % (
            phone.address, phone.port), 1)


def over(t, center):
    """Nobody is left, and nobody needs all of their time for wrap-up."""
    def nobody():
        for agent in center.get('/api/v1/agents'):
            if agent.get('activity') == 'wrap_up':
                center.post('/api/v1/agents/%s/wrap-up-end' % agent['name'])
        return center.get('/api/v1/contacts') == []

    t.until(nobody, 10, 'no contact')
    t.until(lambda: center.metric('usher_legs') == 0, 10, 'no leg')


# ---- clicked


@test(deadline_s=90)
def click_to_call__is_heard_whoever_is_rung_first(t):
    outside, yaml = with_outside(t, YAML)
    center = desk.Center(t, yaml)
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    center.post('/api/v1/agents/ann/sign-in')
    for first, second in ((ann, outside), (outside, ann)):
        start = {phone: phone.mark() for phone in (ann, outside)}
        center.post('/api/v1/agents/ann/call', {
            'number': NUMBER, 'customer_first': first is outside})
        calls = {first: first.incoming(start[first])}
        assert not [line for line in second.child.lines[start[second]:]
                    if line.startswith('incoming')], 'rung before its turn'
        first.say('answer', calls[first])
        calls[second] = second.incoming(start[second])
        second.say('answer', calls[second])
        center.until_agent('ann', activity='talking')
        lines = {phone: Line(t, phone, calls[phone], hz)
                 for phone, hz in ((ann, ANN), (outside, CUSTOMER))}
        hear(t, {lines[ann]: {CUSTOMER}, lines[outside]: {ANN}})
        second.say('hangup', calls[second])
        first.expect(r'^ended call=%s\b' % calls[first], 10, start[first])
        center.until_agent('ann', activity='idle')
        over(t, center)
    some(t, center, 'contact_ended', 2)


# ---- handed on


@test(deadline_s=120)
def handed_on__to_a_number_outside_with_music_until_it_answers(t):
    outside, yaml = with_outside(t, WITH_MUSIC)
    d = Desk(t, yaml, more=sounds(t))
    customer, ann = d.customer, d.ann
    d.act('transfer', target=NUMBER)
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    call = outside.incoming()
    # Her work after the call begins before anybody has answered.
    d.center.until_agent('ann', activity='wrap_up')
    hear(t, {customer: {MUSIC}})
    outside.say('answer', call)
    out = Line(t, outside, call, BOB)
    hear(t, {customer: {BOB}, out: {CUSTOMER}})
    outside.say('hangup', call)
    customer.phone.expect(r'^ended call=%s\b' % customer.call)
    handed, = some(t, d.center, 'transferred')
    # A number is a person's, and stands elsewhere.
    assert (handed['name'], handed['reason']) == ('', 'number'), handed


@test(deadline_s=120)
def handed_on__to_a_queue_with_the_age_or_without(t):
    d = Desk(t, WITH_MUSIC, more=sounds(t))
    customer, ann = d.customer, d.ann
    d.center.post('/api/v1/agents/bob/pause')
    d.act('transfer', target='help')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    d.center.until_agent('ann', activity='wrap_up')
    hear(t, {customer: {MUSIC}})
    d.center.post('/api/v1/agents/bob/ready')
    bob = d.line('bob', BOB)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    d.center.post('/api/v1/agents/bob/transfer', {
        'contact': d.contact, 'target': '300', 'keep_age': False})
    bob.phone.expect(r'^ended call=%s\b' % bob.call)
    t.until(lambda: d.center.queue('sales')['waiting'] == 1, 10, 'one waits')
    entered = some(t, d.center, 'queue_entered', 3, d.contact)
    since = [e['since'] for e in entered]
    assert since[0] == since[1] == entered[0]['time'], entered
    assert since[2] == entered[2]['time'] > since[0], entered
    customer.phone.say('hangup', customer.call)
    over(t, d.center)


@test(deadline_s=90)
def handed_on__to_a_flow_that_hears_the_customer(t):
    d = Desk(t, YAML.replace('greeting: Press one for sales, two to leave a '
                             'message.', 'greeting: {{sound: music.wav}}'),
             more=sounds(t))
    customer, ann = d.customer, d.ann
    d.act('transfer', target='1000')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    d.center.until_agent('ann', activity='wrap_up')
    hear(t, {customer: {MUSIC}})
    customer.phone.say('digits', customer.call, '1')
    # Of sales: ann works on, so bob is rung.
    bob = d.line('bob', BOB)
    customer.says(CUSTOMER)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    d.recorded(({CUSTOMER}, {ANN}), ({CUSTOMER}, {BOB}))


# ---- parked


@test(deadline_s=120)
def parked__hears_music_until_picked_up_by_request_or_by_dialing(t):
    d = Desk(t, 'park: {{first: 701, count: 2}}\n' + WITH_MUSIC,
             more=sounds(t))
    customer, ann = d.customer, d.ann
    d.act('park', slot='702')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    d.center.until_agent('ann', activity='wrap_up')
    hear(t, {customer: {MUSIC}})
    d.center.post('/api/v1/agents/bob/pick-up', {'slot': '702'})
    bob = d.line('bob', BOB)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    d.center.post('/api/v1/agents/bob/park', {'contact': d.contact})
    bob.phone.expect(r'^ended call=%s\b' % bob.call)
    hear(t, {customer: {MUSIC}})
    d.center.post('/api/v1/agents/cyd/sign-in')
    cyd = Line(t, d.phones['cyd'], d.phones['cyd'].call('701'), CYD_SAYS)
    hear(t, {customer: {CYD_SAYS}, cyd: {CUSTOMER}})
    assert [e['key'] for e in some(t, d.center, 'parked', 2)] == [
        '702', '701']
    assert [e['reason'] for e in some(t, d.center, 'unparked', 2)] == [
        'picked_up', 'picked_up']
    customer.phone.say('hangup', customer.call)
    cyd.phone.expect(r'^ended call=%s\b' % cyd.call)
    over(t, d.center)


@test(deadline_s=90)
def parked__for_too_long_comes_back_to_who_parked(t):
    d = Desk(t, 'park: {{first: 701, timeout: 1s}}\n' + YAML)
    customer, ann = d.customer, d.ann
    d.seen['ann'] = ann.phone.mark()
    d.act('park')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    back = d.line('ann', ANN)
    hear(t, {customer: {ANN}, back: {CUSTOMER}})
    d.center.until_agent('ann', activity='talking')
    taken, = some(t, d.center, 'unparked')
    assert taken['agent'] == d.center.agent('ann')['id'], taken
    assert taken['reason'] == 'picked_up', taken


# ---- several


@test(deadline_s=120)
def conference__of_five_goes_on_with_whoever_is_there(t):
    outside, yaml = with_outside(t, YAML)
    d = Desk(t, yaml)
    customer, ann = d.customer, d.ann
    d.center.post('/api/v1/agents/cyd/sign-in')
    d.act('add', target='bob')
    d.act('add', target='203')
    d.act('add', target=NUMBER)
    bob, cyd = d.line('bob', BOB), d.line('cyd', CYD_SAYS)
    call = outside.incoming()
    outside.say('answer', call)
    out = Line(t, outside, call, CYD_ASIDE)
    all_say = {customer: CUSTOMER, ann: ANN, bob: BOB, cyd: CYD_SAYS,
               out: CYD_ASIDE}

    def each_hears_the_others():
        hear(t, {one: set(all_say.values()) - {all_say[one]}
                 for one in all_say})

    each_hears_the_others()
    outside.say('hangup', call)
    all_say.pop(out)
    each_hears_the_others()
    # Without the agent whose call it was.
    ann.phone.say('hangup', ann.call)
    all_say.pop(ann)
    each_hears_the_others()
    d.center.until_agent('ann', activity='wrap_up')
    # Whoever follows has it, and with the customer all are gone.
    customer.phone.say('hangup', customer.call)
    for line in (bob, cyd):
        line.phone.expect(r'^ended call=%s\b' % line.call)
    some(t, d.center, 'party_joined', 3)
    over(t, d.center)


# ---- legs


@test(deadline_s=120)
def any_leg__is_hung_up_by_request(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    d.center.post('/api/v1/agents/cyd/sign-in')
    path = '/api/v1/contacts/%s/hang-up-leg' % d.contact

    def newest(count):
        """The leg of the last of so many that were answered."""
        return some(t, d.center, 'leg_answered', count, d.contact)[-1]['leg']

    d.act('add', target='bob')
    bob = d.line('bob', BOB)
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB},
             bob: {CUSTOMER, ANN}})
    ann_leg, bob_leg = (e['leg'] for e in some(
        t, d.center, 'leg_answered', 2, d.contact))
    d.supervise('listen')
    cyd = d.line('cyd', CYD_SAYS)
    hear(t, {cyd: {CUSTOMER, ANN, BOB}})
    d.center.post(path, {'leg': newest(3)})
    cyd.phone.expect(r'^ended call=%s\b' % cyd.call)
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB},
             bob: {CUSTOMER, ANN}})
    d.center.post('/api/v1/agents/ann/hang-up-leg',
                  {'contact': d.contact, 'leg': bob_leg})
    bob.phone.expect(r'^ended call=%s\b' % bob.call)
    hear(t, {customer: {ANN}, ann: {CUSTOMER}})
    try:
        d.center.post(path, {'leg': bob_leg})
        raise AssertionError('it was hung up twice')
    except urllib.error.HTTPError as e:
        assert e.code == 404, e
    # One that rings.
    start = d.phones['bob'].mark()
    d.center.post('/api/v1/agents/bob/wrap-up-end')
    d.center.until_agent('bob', activity='idle')
    d.act('consult', target='bob')
    rings = d.phones['bob'].incoming(start)
    hear(t, {customer: set()})
    started = some(t, d.center, 'leg_started', 5, d.contact)
    d.center.post(path, {'leg': started[-1]['leg']})
    d.phones['bob'].expect(r'^ended call=%s\b' % rings)
    hear(t, {customer: {ANN}, ann: {CUSTOMER}})
    # The agent's own ends it.
    d.center.post(path, {'leg': ann_leg})
    for line in (ann, customer):
        line.phone.expect(r'^ended call=%s\b' % line.call)
    over(t, d.center)


@test(deadline_s=60)
def digits__reach_the_phone_of_the_customer(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    start = customer.phone.mark()
    d.act('digits', digits='15#9')
    for digit in '15#9':
        customer.phone.expect(r'^digit call=%s digit=%s' % (
            customer.call, digit), 10, start)
    got = [line.split('digit=')[1][0]
           for line in customer.phone.child.lines[start:]
           if line.startswith('digit ')]
    assert got == list('15#9'), got
    # What was heard of her before them.
    passes(t, customer)
    hear(t, {customer: {ANN}, ann: {CUSTOMER}})
    sent, = some(t, d.center, 'digits_sent', 1, d.contact)
    assert sent['count'] == 4, sent


LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


@test(deadline_s=60)
def digits__are_tones_for_who_knows_no_events(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent, caller = Wire(t, center.sip, 'x0', address), Wire(t, center.sip)
    caller.sdp = caller.sdp.replace('RTP/AVP 0 101', 'RTP/AVP 0').replace(
        'a=rtpmap:101 telephone-event/8000\r\n', '')
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('400')
    center.until_agent('x0', activity='talking')
    caller.rtp.deaf()
    sending = threading.Thread(target=center.post, args=(
        '/api/v1/agents/x0/digits',
        {'contact': center.agent('x0')['contact'], 'digits': '6*'}))
    sending.start()
    heard = caller.rtp.listen(300)
    lengths = wav.cadence(heard)
    for got, want in zip(lengths, (100, 60, 100)):
        assert abs(got - want) <= 10, lengths
    for at, low, high in ((0, 770, 1477),
                          (8 * sum(lengths[:2]), 941, 1209)):
        key = heard[at + 80:at + 80 + 560]
        for hz in LOW + HIGH:
            level = wav.dbm0(key, hz)
            assert (abs(level + 8) < 1 if hz in (low, high)
                    else level < -30), (hz, level)
    sending.join()
    caller.hangup()
    agent.until('BYE')


# ---- lost


def gone_while_asking(t, answers):
    """An agent asks another and vanishes; the customer is still there."""
    addresses = [t.address(), t.address()]
    yaml = desk.yaml_with(addresses, '  silence: 1s\n').replace(
        'queues: [q1]', 'queues: [q0]')
    center = desk.Center(t, yaml)
    first, second = (Wire(t, center.sip, 'x%d' % i, a)
                     for i, a in enumerate(addresses))
    caller = Wire(t, center.sip)
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('400')
    center.until_agent('x0', activity='talking')
    contact = center.agent('x0')['contact']
    center.post('/api/v1/agents/x1/sign-in')
    second.rings = not answers
    center.post('/api/v1/agents/x0/consult',
                {'contact': contact, 'target': 'x1'})
    second.until('ACK' if answers else 'INVITE')
    if answers:
        some(t, center, 'consult_answered')
    first.vanish()
    # Meanwhile the one who is left is heard by nobody; then by the customer.
    second.rings = False

    def heard(one, other):
        one.sound(byte=b'\x55')
        try:
            return other.rtp.next(0.1) == b'\x55' * 160
        except TimeoutError:
            return False

    for one, other in ((second, caller), (caller, second)):
        t.until(lambda: heard(one, other), 30, 'words', 0.02)
    assert 'BYE' not in caller.got, caller.got
    ended, = some(t, center, 'consult_ended')
    center.until_agent('x1', activity='talking')
    assert center.agent('x1')['contact'] == contact
    caller.hangup()
    second.until('BYE')
    return ended['reason']


@test(deadline_s=90)
def customer__is_with_who_was_asked_when_the_agent_vanishes(t):
    assert gone_while_asking(t, True) == 'lost'


@test(deadline_s=90)
def customer__waits_again_when_the_agent_vanishes_before_an_answer(t):
    assert gone_while_asking(t, False) == 'agent_lost'


# ---- recorded


ASKING = WITH_MUSIC.replace('recording: always', 'recording: always, '
                            'consent: true') + '''
  ask:
    - menu: greeting
      keys: {{1: agreed, 2: declined}}
      else: end
    - name: agreed
      set: {{contact.consent: given}}
      next: on
    - name: declined
      set: {{contact.consent: refused}}
    - name: on
      queue: sales
      next: end
'''
ASKING = ASKING.replace('entries:\n', 'entries:\n  "1003": {{flow: ask}}\n')


def asked(t, center, ann, seen, answer):
    """A customer who gives that answer, and is put through to ann."""
    phone = desk.Phone(t, center)
    call = phone.call('1003')
    phone.say('digits', call, answer)
    rung = ann.incoming(seen)
    ann.say('answer', rung)
    center.until_agent('ann', activity='talking')
    lines = Line(t, phone, call, CUSTOMER), Line(t, ann, rung, ANN)
    hear(t, {lines[0]: {ANN}, lines[1]: {CUSTOMER}})
    # What was pressed for the flow is the flow's, to its end.
    assert not [line for line in ann.child.lines
                if line.startswith('digit ')], 'the agent heard the key'
    return lines


@test(deadline_s=120)
def consent__that_a_flow_got_decides_and_is_withdrawn(t):
    center = desk.Center(t, ASKING, more=sounds(t))
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    center.post('/api/v1/agents/ann/sign-in')
    customer, line = asked(t, center, ann, 0, '2')
    contact = center.agent('ann')['contact']
    try:
        center.post('/api/v1/agents/ann/record', {'contact': contact})
        raise AssertionError('it was recorded')
    except urllib.error.HTTPError as e:
        assert e.code == 403, e
    customer.phone.say('hangup', customer.call)
    ann.expect(r'^ended call=%s\b' % line.call)
    assert not events(center, 'recording_started')
    seen = ann.mark()
    center.post('/api/v1/agents/ann/wrap-up-end')

    customer, line = asked(t, center, ann, seen, '1')
    contact = center.agent('ann')['contact']
    some(t, center, 'recording_started', 1, contact)
    center.post('/api/v1/contacts/%s/consent' % contact,
                {'consent': 'withdrawn'})
    some(t, center, 'recording_stopped', 1, contact)
    line.says(ANN_ASIDE)
    hear(t, {customer: {ANN_ASIDE}})
    told = [e['reason'] for e in some(t, center, 'consent_set', 3)]
    assert told == ['refused', 'given', 'withdrawn'], told
    recorded(t, center, ({CUSTOMER}, {ANN}))


@test(deadline_s=90)
def announcement__is_heard_before_and_is_not_recorded(t):
    center = desk.Center(t, YAML.replace(
        'recording: always', 'recording: always, announcement: notice')
        .replace('prompts:\n', 'prompts:\n  notice: {{sound: music.wav}}\n'),
        more=sounds(t, seconds=8))
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    caller = desk.Phone(t, center)
    center.post('/api/v1/agents/ann/sign-in')
    call = caller.call('1001')
    rung = ann.incoming()
    customer = Line(t, caller, call, CUSTOMER)
    ann.say('answer', rung)
    line = Line(t, ann, rung, ANN)
    hear(t, {customer: {MUSIC}, line: {CUSTOMER}})
    assert not events(center, 'recording_started')
    t.until(lambda: events(center, 'recording_started'), 20, 'its end')
    hear(t, {customer: {ANN}, line: {CUSTOMER}})
    caller.say('hangup', call)
    recorded(t, center, ({CUSTOMER}, {ANN}))


main()

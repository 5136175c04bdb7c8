"""Who hears whom, and what is recorded, while several talk."""

import json
import urllib.error

import desk
from harness import main, test
from hearing import (ANN, ANN_ASIDE, BOB, BOB_ASIDE, CUSTOMER, CYD_ASIDE,
                     CYD_SAYS, YAML, Desk, hear, passes)


@test(deadline_s=150)
def consult_conference_and_supervision__are_heard_by_whom_they_should(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    d.act('consult', target='bob')
    ann.says(ANN_ASIDE)
    bob = d.line('bob', BOB_ASIDE)
    hear(t, {customer: set(), ann: {BOB_ASIDE}, bob: {ANN_ASIDE}})

    # What is said aside ends before the customer is with them.
    ann.says(ANN)
    bob.says(BOB)
    hear(t, {customer: set(), ann: {BOB}, bob: {ANN}})
    d.act('conference')
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB}, bob: {CUSTOMER, ANN}})

    d.supervise('listen')
    cyd = d.line('cyd', CYD_ASIDE)
    three = {CUSTOMER, ANN, BOB}
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB},
             bob: {CUSTOMER, ANN}, cyd: three})
    d.supervise('whisper')
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB, CYD_ASIDE},
             bob: {CUSTOMER, ANN}, cyd: three})
    cyd.says(CYD_SAYS)
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB, CYD_SAYS},
             bob: {CUSTOMER, ANN}, cyd: three})
    d.supervise('barge')
    hear(t, {customer: {ANN, BOB, CYD_SAYS},
             ann: {CUSTOMER, BOB, CYD_SAYS},
             bob: {CUSTOMER, ANN, CYD_SAYS}, cyd: three})
    d.act('remove', agent='bob')
    bob.phone.expect(r'^ended call=%s\b' % bob.call)
    hear(t, {customer: {ANN, CYD_SAYS}, ann: {CUSTOMER, CYD_SAYS},
             cyd: {CUSTOMER, ANN}})
    d.center.post('/api/v1/contacts/%s/supervise-end' % d.contact,
                  {'agent': 'cyd'})
    cyd.phone.expect(r'^ended call=%s\b' % cyd.call)
    hear(t, {customer: {ANN}, ann: {CUSTOMER}})
    d.recorded(({CUSTOMER}, {ANN}), ({CUSTOMER}, {ANN, BOB, CYD_SAYS}))
    d.supervised(('started', 'listen'), ('changed', 'whisper'),
                 ('changed', 'barge'), ('ended', 'barge'))


@test(deadline_s=150)
def whispers__to_an_agent_of_two_are_not_recorded(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    d.supervise('whisper')
    cyd = d.line('cyd', CYD_ASIDE)
    hear(t, {customer: {ANN}, ann: {CUSTOMER, CYD_ASIDE},
             cyd: {CUSTOMER, ANN}})
    # On hold all that is said is said aside.
    d.act('hold')
    ann.says(ANN_ASIDE)
    hear(t, {customer: set(), ann: {CYD_ASIDE}, cyd: {ANN_ASIDE}})
    ann.says(ANN)
    hear(t, {customer: set(), ann: {CYD_ASIDE}, cyd: {ANN}})
    d.act('resume')
    hear(t, {customer: {ANN}, ann: {CUSTOMER, CYD_ASIDE},
             cyd: {CUSTOMER, ANN}})
    cyd.says(CYD_SAYS)
    hear(t, {ann: {CUSTOMER, CYD_SAYS}})
    d.supervise('take_over')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    hear(t, {customer: {CYD_SAYS}, cyd: {CUSTOMER}})
    d.recorded(({CUSTOMER}, {ANN}), ({CUSTOMER}, {CYD_SAYS}))


@test(deadline_s=150)
def what_is_muted_held_or_paused__is_in_no_recording(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    d.act('mute')
    hear(t, {customer: set(), ann: {CUSTOMER}})
    ann.says(ANN_ASIDE)
    hear(t, {customer: set(), ann: {CUSTOMER}})
    d.act('add', target='bob')
    bob = d.line('bob', BOB)
    hear(t, {customer: {BOB}, ann: {CUSTOMER, BOB}, bob: {CUSTOMER}})
    ann.says(ANN)
    passes(t, ann, customer, bob)
    d.act('unmute')
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB}, bob: {CUSTOMER, ANN}})

    d.act('record-pause')
    bob.says(BOB_ASIDE)
    hear(t, {customer: {ANN, BOB_ASIDE}, ann: {CUSTOMER, BOB_ASIDE}})
    bob.says(BOB)
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB}})
    d.act('record-resume')

    d.act('hold')
    ann.says(ANN_ASIDE)
    hear(t, {customer: set(), ann: {BOB}, bob: {ANN_ASIDE}})
    ann.says(ANN)
    hear(t, {customer: set(), ann: {BOB}, bob: {ANN}})
    d.act('resume')
    hear(t, {customer: {ANN, BOB}, ann: {CUSTOMER, BOB}, bob: {CUSTOMER, ANN}})
    d.act('leave')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    d.recorded(({CUSTOMER}, {ANN, BOB}), ({CUSTOMER}, {BOB}))


@test(deadline_s=150)
def consult__that_is_canceled_or_completed_changes_who_is_heard(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    d.act('consult', target='202')
    ann.says(ANN_ASIDE)
    bob = d.line('bob', BOB_ASIDE)
    hear(t, {customer: set(), ann: {BOB_ASIDE}, bob: {ANN_ASIDE}})
    ann.says(ANN)
    hear(t, {bob: {ANN}})
    d.act('cancel')
    bob.phone.expect(r'^ended call=%s\b' % bob.call)
    hear(t, {customer: {ANN}, ann: {CUSTOMER}})
    d.act('consult', target='202')
    bob = d.line('bob', BOB)
    hear(t, {customer: set(), ann: {BOB}, bob: {ANN}})
    d.act('complete')
    ann.phone.expect(r'^ended call=%s\b' % ann.call)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    d.recorded(({CUSTOMER}, {ANN}), ({CUSTOMER}, {ANN}), ({CUSTOMER}, {BOB}))


@test(deadline_s=120)
def agent__who_hangs_up_hands_the_customer_on(t):
    d = Desk(t)
    customer, ann = d.customer, d.ann
    d.act('consult', target='bob')
    ann.says(ANN_ASIDE)
    bob = d.line('bob', BOB_ASIDE)
    hear(t, {customer: set(), ann: {BOB_ASIDE}, bob: {ANN_ASIDE}})
    bob.says(BOB)
    hear(t, {ann: {BOB}})
    ann.phone.say('hangup', ann.call)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    # Bob's conversation is listened to as ann's would be.
    d.supervise('listen')
    cyd = d.line('cyd', CYD_ASIDE)
    hear(t, {customer: {BOB}, bob: {CUSTOMER}, cyd: {CUSTOMER, BOB}})
    # A phone that holds does so whoever else comes or goes.
    bob.phone.say('hold', bob.call)
    d.center.until_agent('bob', activity='hold')
    hear(t, {customer: set()})
    cyd.phone.say('hangup', cyd.call)
    cyd.phone.expect(r'^ended call=%s\b' % cyd.call)
    hear(t, {customer: set()})
    bob.phone.say('resume', bob.call)
    d.center.until_agent('bob', activity='talking')
    hear(t, {customer: {BOB}, bob: {CUSTOMER}})
    d.recorded(({CUSTOMER}, {ANN}), ({CUSTOMER}, {BOB}))


@test(deadline_s=60)
def agent__hands_on_to_a_flow_that_the_phone_has_called(t):
    center = desk.Center(t)
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    caller = desk.Phone(t, center)
    center.post('/api/v1/agents/ann/sign-in')
    start = ann.mark()
    call = caller.call('1001')
    first = ann.incoming(start)
    ann.say('answer', first)
    center.until_agent('ann', activity='talking')
    contact = center.agent('ann')['contact']
    second = ann.call('1000')
    start = ann.mark()
    ann.say('attend', first, second)
    ann.expect(r'^transfer call=%s .*status=200' % first, 10, start)
    for leg in (first, second):
        ann.expect(r'^ended call=%s\b' % leg, 10, start)
    center.until_agent('ann', activity='wrap_up')
    # The customer is there, and the menu hears their key.
    caller.say('digits', call, '1')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 10, 'one waiting')

    def handed():
        return [(e['contact'], e['name'], e['reason'])
                for e in center.get('/api/v1/events?from=1')['events']
                if e['type'] == 'transferred']

    t.until(handed, 10, 'an event')
    assert handed() == [(contact, '1000', 'entry')], handed()
    caller.say('hangup', call)
    center.post('/api/v1/agents/ann/wrap-up-end')
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')


@test(deadline_s=60)
def click__reaches_a_colleague_and_says_why_it_is_refused(t):
    center = desk.Center(t, YAML.replace(
        'trunks:\n', 'trunks:\n  out: {{address: "127.0.0.1:9", check: 0}}\n'))
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    bob = desk.Phone(t, center, 'bob', 'bob-pw')

    def refused(number):
        try:
            center.post('/api/v1/agents/ann/call', {'number': number})
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)['error']['message']
        raise AssertionError('it was not refused')

    center.post('/api/v1/agents/ann/sign-in')
    told = [refused(number) for number in ('+44123456', '202', '201', 'x')]
    assert told == [
        (403, 'a call outside is refused: destination'),
        (409, "call: agent 'bob' is not ready"),
        (400, "call: the agent's own extension"),
        (400, "call: neither a number nor a colleague's extension"),
    ], told
    center.post('/api/v1/agents/bob/sign-in')
    center.post('/api/v1/agents/ann/call', {'number': '202'})
    call = ann.incoming()
    assert not [line for line in bob.child.lines if 'incoming' in line]
    ann.say('answer', call)
    rung = bob.incoming()
    bob.say('answer', rung)
    for name in ('ann', 'bob'):
        center.until_agent(name, activity='talking')
    ann.say('listen', call)
    bob.say('tone', rung, BOB)
    ann.hears(call, BOB)
    ann.say('hangup', call)
    for name in ('ann', 'bob'):
        center.until_agent(name, activity='idle')


main()

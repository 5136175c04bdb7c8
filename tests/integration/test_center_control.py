"""Who hears whom, and what is recorded, while several talk: each phone sends
a tone of its own, and keeps what it hears."""

import glob
import json
import sqlite3
import urllib.error
import wave

import desk
import wav
from harness import main, test

CYD = '  cyd: {{password: cyd-pw, pin: "1111", extension: "203"}}\n'
YAML = desk.YAML.replace('agents:\n', 'agents:\n' + CYD, 1)

# Multiples of 5 Hz: whole periods in a window, none near another's harmonic.
CUSTOMER, ANN, BOB, CYD_SAYS = 505, 735, 1120, 1730
ANN_ASIDE, BOB_ASIDE, CYD_ASIDE = 905, 1315, 2230
TONES = (CUSTOMER, ANN, BOB, CYD_SAYS, ANN_ASIDE, BOB_ASIDE, CYD_ASIDE)
WINDOW = 1600
STAYS = 4  # windows
THERE_DB, NOT_THERE_DB = -30, -42


def tones(samples, above=THERE_DB):
    """Those that are in any window."""
    return {hz for hz in TONES if wav.loudest(samples, hz, WINDOW) > above}


class Line:
    """A call at a phone, with a tone and a tape."""

    def __init__(self, t, phone, call, hz):
        self.phone, self.call, self.path = phone, call, t.path(
            'heard-%d.wav' % hz)
        phone.say('record', call, self.path)
        self.says(hz)

    def says(self, hz):
        self.phone.say('silence', self.call)
        self.phone.say('tone', self.call, hz)

    def tape(self):
        """What it has heard; the first channel is what came."""
        try:
            return wav.channels(self.path)[0]
        except (FileNotFoundError, EOFError, wave.Error):
            return []


def passes(t, *lines):
    """Let some sound go by; returns where on each tape it began."""
    start = {line: len(line.tape()) for line in lines}
    t.until(lambda: all(len(line.tape()) >= start[line] + STAYS * WINDOW
                        for line in lines), 15, 'longer tapes')
    return start


def hear(t, what):
    """Each line comes to hear these tones alone, and goes on to."""
    def now():
        tapes = {line: line.tape()[-WINDOW:] for line in what}
        return all(len(tape) == WINDOW and tones(tape) == what[line]
                   and tones(tape, NOT_THERE_DB) == what[line]
                   for line, tape in tapes.items())

    try:
        t.until(now, 15, 'sound')
    except AssertionError:
        raise AssertionError('wanted and heard: %r' % [
            (line.phone.child.name, wanted,
             tones(line.tape()[-WINDOW:], NOT_THERE_DB))
            for line, wanted in what.items()])
    start = passes(t, *what)
    for line, wanted in what.items():
        tape = line.tape()[start[line]:start[line] + STAYS * WINDOW]
        assert tones(tape) == wanted, (line.phone.child.name, tones(tape))
        assert tones(tape, NOT_THERE_DB) == wanted, (
            line.phone.child.name, tones(tape, NOT_THERE_DB))


class Desk:
    """A customer who talks with ann; bob is ready, cyd has a phone."""

    def __init__(self, t):
        self.t, self.center = t, desk.Center(t, YAML)
        phones = {name: desk.Phone(t, self.center, name, name + '-pw')
                  for name in ('ann', 'bob', 'cyd')}
        caller = desk.Phone(t, self.center)
        self.phones, self.seen = phones, {}
        self.center.post('/api/v1/agents/ann/sign-in')
        call = caller.call('1001')
        rung = self.answers('ann')
        self.center.until_agent('ann', activity='talking')
        self.center.post('/api/v1/agents/bob/sign-in')
        self.contact = self.center.agent('ann')['contact']
        self.customer = Line(t, caller, call, CUSTOMER)
        self.ann = Line(t, phones['ann'], rung, ANN)
        hear(t, {self.customer: {ANN}, self.ann: {CUSTOMER}})

    def answers(self, name):
        phone = self.phones[name]
        call = phone.incoming(self.seen.get(name, 0))
        self.seen[name] = phone.mark()
        phone.say('answer', call)
        return call

    def line(self, name, hz):
        return Line(self.t, self.phones[name], self.answers(name), hz)

    def act(self, action, **body):
        return self.center.post('/api/v1/agents/ann/' + action,
                                dict(body, contact=self.contact))

    def supervise(self, mode):
        return self.center.post('/api/v1/contacts/%s/supervise' % self.contact,
                                {'mode': mode, 'agent': 'cyd'})

    def supervised(self, *wanted):
        """What history tells of who listened: event and part taken."""
        def told():
            with sqlite3.connect('file:%s/history.db?mode=ro'
                                 % self.center.state, uri=True) as db:
                return [(kind[len('supervision_'):], json.loads(text)['mode'])
                        for kind, text in db.execute(
                            "SELECT type, json FROM event WHERE contact=? AND "
                            "type LIKE 'supervision%' ORDER BY seq",
                            (int(self.contact),))]
        self.t.until(lambda: len(told()) == len(wanted), 10, 'its history')
        assert told() == list(wanted), told()

    def recorded(self, *wanted):
        """Both channels of each recording, once all is over."""
        count = len(wanted)
        self.customer.phone.say('hangup', self.customer.call)
        self.t.until(lambda: len([
            e for e in self.center.get('/api/v1/events?from=1')['events']
            if e['type'] == 'recording_stopped']) == count, 10,
            '%d recordings' % count)
        files = sorted(glob.glob(self.center.state
                                 + '/recordings/*/call-*.wav'))
        assert len(files) == count, files
        for path, sides in zip(files, wanted):
            got = [tones(side, NOT_THERE_DB) for side in wav.channels(path)]
            assert got == list(sides), (path, got)


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
    told = center.get('/api/v1/events?from=1')['events']
    handed = [e for e in told if e['type'] == 'transferred']
    assert [(e['contact'], e['name'], e['reason']) for e in handed] == [
        (contact, '1000', 'entry')], handed
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

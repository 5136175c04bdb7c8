"""What goes wrong on the other side: phones that vanish in every state,
registrations that end under a call, a trunk that is cut. Afterwards no call is
stuck, no agent is, nothing has leaked, and the figures are right."""

import hashlib
import os
import re
import struct

import desk
from harness import AHEAD_S, STEPPED, main, test
from wellbeing import Wellbeing, events
from wire import Wire


class Ringing(Wire):
    """A phone that rings and is not answered."""

    def _reply(self, status, invite):
        lines = [line.strip() + (';tag=wire' if line.startswith('To:') else '')
                 for line in re.findall(r'^(?:Via|From|To|Call-ID|CSeq):.*',
                                        invite, re.M)]
        self._send('SIP/2.0 %s\r\n%s\r\nContent-Length: 0\r\n\r\n' % (
            status, '\r\n'.join(lines)))

    def _answer(self, method, text):
        if method == 'INVITE':
            self.invite = text
            self._reply('180 Ringing', text)
            return
        super()._answer(method, text)
        if method == 'CANCEL':
            self._reply('487 Request Terminated', self.invite)


class Registered(Wire):
    """An agent's phone with a registration of half a minute, made once."""

    def register(self, expires):
        self.uri = 'sip:%s@%s' % (self.user, self.center[0])
        self.call_id, self.to_tag = 'register@wire', None
        more = 'Expires: %d\r\n' % expires
        before = self.got.get('401', 0)
        self.request('REGISTER', more)
        self.until('401', before + 1)
        realm, nonce = (re.search(r'^WWW-Authenticate: Digest.*%s="([^"]*)".*'
                                  r'MD5' % name, self.last, re.M).group(1)
                        for name in ('realm', 'nonce'))

        def md5(*parts):
            return hashlib.md5(':'.join(parts).encode()).hexdigest()

        answer = md5(md5(self.user, realm, self.user + '-pw'), nonce,
                     '00000001', 'c', 'auth', md5('REGISTER', self.uri))
        before = self.got.get('200', 0)
        self.request('REGISTER', more + (
            'Authorization: Digest username="%s", realm="%s", nonce="%s", '
            'uri="%s", algorithm=MD5, qop=auth, nc=00000001, cnonce="c", '
            'response="%s"\r\n' % (self.user, realm, nonce, self.uri,
                                   answer)))
        self.until('200', before + 1)


def sign_in(center, i):
    center.post('/api/v1/agents/x%d/sign-in' % i)


def talk(center, caller, agent, i):
    sign_in(center, i)
    caller.call('40%d' % i)
    agent.until('INVITE')
    center.until_agent('x%d' % i, activity='talking')


@test(deadline_s=180, full=True)
def phones__that_vanish_in_any_state_leave_nothing(t):
    agents = [t.address() for _ in range(5)]
    center = desk.Center(t, desk.yaml_with(
        agents, '  silence: 1s\n').replace('offer_timeout: 4s',
                                           'offer_timeout: 2s'))
    well = Wellbeing(center)
    kinds = (Ringing, Ringing, Wire, Wire, Wire)
    phones = [kind(t, center.sip, 'x%d' % i, agents[i])
              for i, kind in enumerate(kinds)]
    callers = [Wire(t, center.sip, '555%d' % i) for i in range(6)]
    # Two ring, two talk, one is on hold, one waits.
    for i in (0, 1):
        sign_in(center, i)
        callers[i].call('40%d' % i)
        phones[i].until('INVITE')
        center.until_agent('x%d' % i, activity='ringing')
    for i in (2, 3, 4):
        talk(center, callers[i], phones[i], i)
    center.post('/api/v1/agents/x4/hold',
                {'contact': center.agent('x4')['contact']})
    callers[5].call('1001')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 5, 'one waiting')
    # A phone that rings, a caller for whom one rings, an agent who talks, a
    # caller who talks, one on hold, one who waits.
    for gone in (phones[0], callers[1], phones[2], callers[3], callers[4],
                 callers[5]):
        gone.vanish()
    # Who waits for the phone that rang goes on waiting.
    t.until(lambda: any(e['type'] == 'offer_missed' for e in events(center)),
            20, 'the offer is missed')
    # Whose agent vanished waits again.
    t.until(lambda: any(e['type'] == 'agent_left'
                        and e['reason'] == 'agent_lost'
                        for e in events(center)), 45, 'an agent is lost')
    assert 'BYE' not in callers[2].got, callers[2].got
    callers[2].hangup()
    phones[3].until('BYE', timeout_s=45)
    phones[4].until('BYE', timeout_s=45)
    phones[1].until('CANCEL', timeout_s=45)
    assert 'BYE' not in callers[0].got, callers[0].got
    callers[0].hangup()
    well.check()


def contact_of(center, i):
    return center.agent('x%d' % i)['contact']


def idle(center, i):
    return center.agent('x%d' % i).get('activity') in ('', 'idle', None)


def post(center, i, verb, **more):
    return center.post('/api/v1/agents/x%d/%s' % (i, verb),
                       dict({'contact': contact_of(center, i)}, **more))


@test(deadline_s=180, full=True)
def phones__that_vanish_from_what_agents_do_leave_nothing(t):
    """In a consult, a conference, a transfer and parked: who is left goes on,
    and in the end nobody is."""
    agents = [t.address() for _ in range(8)]
    center = desk.Center(t, desk.yaml_with(
        agents, '  silence: 1s\n').replace('offer_timeout: 4s',
                                           'offer_timeout: 2s'))
    well = Wellbeing(center)
    phones = [(Ringing if i == 5 else Wire)(t, center.sip, 'x%d' % i,
                                            agents[i]) for i in range(8)]
    callers = [Wire(t, center.sip, '555%d' % i) for i in range(8)]
    for i in (0, 2, 4, 6):
        talk(center, callers[i], phones[i], i)
    for i in (1, 3, 5):
        sign_in(center, i)
    # x0 asks x1, x2 has x3 in a conference, x4 gives away to x5, who rings,
    # and x6 has parked.
    post(center, 0, 'consult', target='x1')
    phones[1].until('ACK')
    post(center, 2, 'add', target='x3')
    phones[3].until('ACK')
    post(center, 4, 'transfer', target='x5')
    phones[5].until('INVITE')
    parked = contact_of(center, 6)
    post(center, 6, 'park', slot='701')
    phones[6].until('BYE')
    assert not idle(center, 1) and not idle(center, 3)
    for gone in (phones[1], phones[2], phones[5], callers[6]):
        gone.vanish()
    # The customer of who asked is not lost with whom they asked.
    t.until(lambda: idle(center, 1), 60, 'who was asked is gone')
    assert 'BYE' not in callers[0].got, callers[0].got
    callers[0].sound(5)
    assert phones[0].rtp.hears(10)
    # Who was let in talks on with the customer.
    t.until(lambda: center.agent('x2').get('activity') != 'talking', 60,
            'who let somebody in is gone')
    assert 'BYE' not in callers[2].got, callers[2].got
    phones[3].rtp.deaf()
    callers[2].sound(5)
    assert phones[3].rtp.hears(10)
    # Who was given away in vain is back with the agent, or waits.
    t.until(lambda: 'BYE' not in callers[4].got
            and (center.agent('x4').get('activity') == 'talking'
                 or center.queue('q4')['waiting'] == 1
                 or center.queue('q5')['waiting'] == 1), 60,
            'the customer of a failed transfer is somewhere')
    t.until(lambda: all(c['id'] != parked
                        for c in center.get('/api/v1/contacts')), 60,
            'who vanished while parked is gone')
    for i in (0, 2, 4):
        callers[i].hangup()
    well.check()


def registration_ends(t, end):
    center = desk.Center(t)
    well = Wellbeing(center)
    phone = Registered(t, center.sip, 'ann')
    caller, late = Wire(t, center.sip, '5550'), Wire(t, center.sip, '5551')
    phone.register(30)
    center.until_agent('ann', registered=True)
    center.post('/api/v1/agents/ann/sign-in')
    caller.call('1001')
    center.until_agent('ann', activity='talking')
    end(phone)
    t.until(lambda: not center.agent('ann')['registered'], 45,
            'the registration is over')
    # Who talks goes on talking, both ways.
    assert center.agent('ann')['activity'] == 'talking'
    caller.sound(5)
    assert phone.rtp.hears(10)
    phone.sound(5)
    assert caller.rtp.hears(10)
    caller.hangup()
    phone.until('BYE')
    center.post('/api/v1/agents/ann/wrap-up-end')
    # Who comes next waits, for a phone that is not there.
    late.call('1001')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 10, 'one waits')
    invites = phone.got['INVITE']
    phone.register(30)
    t.until(lambda: phone.got['INVITE'] > invites, 15, 'it rings again')
    center.until_agent('ann', activity='talking')
    late.hangup()
    phone.until('BYE', 2)
    center.post('/api/v1/agents/ann/wrap-up-end')
    well.check()


@test(deadline_s=60)
def registration__that_is_taken_back_ends_no_call(t):
    registration_ends(t, lambda phone: phone.register(0))


@test(deadline_s=120, full=True)
def registration__that_expires_ends_no_call(t):
    registration_ends(t, lambda phone: None)


def told(center, kind):
    return [e['reason'] for e in events(center) if e['type'] == kind]


@test(deadline_s=120)
def ports__that_run_out_are_a_refusal_and_come_back(t):
    """With six of them; agents, of whom any miss pauses, are not to blame."""
    agents = [t.address() for _ in range(2)]
    center = desk.Center(t, desk.yaml_with(agents).replace(
        '{rtp}-{rtp_end}', '{rtp}-20011').replace(
            '[q1]', '[q0]').replace(
                '"400", ', '"400", policy: ring_all, missed_max: 1, '))
    well = Wellbeing(center)
    phones = [kind(t, center.sip, 'x%d' % i, agents[i])
              for i, kind in enumerate((Ringing, Wire))]
    callers = [Wire(t, center.sip, '555%d' % i) for i in range(6)]
    for i in (0, 1):
        sign_in(center, i)
    for caller in callers[1:5]:
        caller.call('1001')
    # One of the two can be rung, and rings on.
    callers[0].call('400')
    t.until(lambda: told(center, 'offer_rejected') == ['no_room'], 10,
            'an offer that could not be made')
    rung = [phone for phone in phones if 'INVITE' in phone.got]
    assert rung == phones[:1], [phone.got for phone in phones]
    assert 'CANCEL' not in rung[0].got, rung[0].got
    assert center.metric('usher_media_ports') == 6
    callers[0].hangup()
    rung[0].until('CANCEL')
    t.until(lambda: center.metric('usher_media_ports') == 4, 10, 'two ports')
    callers[0].call('1001')
    # Neither can, and the customer goes on waiting.
    t.until(lambda: center.metric('usher_media_ports') == 5, 10, 'one port')
    callers[5].call('400')
    t.until(lambda: told(center, 'offer_withdrawn').count('no_room') >= 2, 10,
            'offers that could not be made, again')
    assert center.queue('q0')['waiting'] == 1
    assert not phones[1].got, phones[1].got
    # Nobody else comes in, and is told when to come again.
    late = Wire(t, center.sip, '5556')
    late.attempt('1001')
    late.until('503')
    assert 'Retry-After: ' in late.last, late.last
    # With ports that are free again all is as before.
    for i in (0, 1):
        assert center.agent('x%d' % i)['presence'] == 'ready'
    for caller in callers[1:3]:
        caller.hangup()
    center.until_agent('x1', activity='talking')
    hear_each_other(callers[5], phones[1])
    assert not told(center, 'offer_missed'), told(center, 'offer_missed')
    callers[5].hangup()
    phones[1].until('BYE')
    late.call('1001')
    for caller in [late, callers[0]] + callers[3:5]:
        caller.hangup()
    well.check()


class Clock:
    """The clock on the wall of a center, to be set while it runs."""

    def __init__(self, t):
        self.path = t.path('stepped')
        self.step(0)
        self.env = {'LD_PRELOAD': STEPPED, 'STEPPED_BY': self.path}

    def step(self, seconds):
        # Where it is: the center has it mapped.
        with open(self.path, 'r+b' if os.path.exists(self.path)
                  else 'wb') as file:
            file.write(struct.pack('=q', AHEAD_S + seconds))


def hear_each_other(a, b):
    for one, other in ((a, b), (b, a)):
        other.rtp.deaf()
        one.sound(5)
        assert other.rtp.hears(10)


def missed_by_now(center):
    return sum(e['type'] == 'offer_missed' for e in events(center))


@test(deadline_s=120)
def clock__that_is_stepped_by_an_hour_hurts_nobody(t):
    """Forward and back, under a call each, somebody who waits, an offer that
    is not answered and a phone that vanishes."""
    agents = [t.address() for _ in range(4)]
    clock = Clock(t)
    center = desk.Center(t, desk.yaml_with(
        agents, '  silence: 1s\n').replace('offer_timeout: 4s',
                                           'offer_timeout: 2s'), env=clock.env)
    with open('/proc/%d/maps' % center.child.pid) as maps:
        assert clock.path in maps.read()
    well = Wellbeing(center)
    kinds = (Wire, Wire, Ringing, Wire)
    phones = [kind(t, center.sip, 'x%d' % i, agents[i])
              for i, kind in enumerate(kinds)]
    callers = [Wire(t, center.sip, '555%d' % i) for i in range(5)]
    for i in (0, 1):
        talk(center, callers[i], phones[i], i)
        hear_each_other(callers[i], phones[i])
    callers[4].call('1001')
    for hours in (1, -1):
        clock.step(hours * 3600)
        for i in (0, 1):
            hear_each_other(callers[i], phones[i])
        # An offer is missed in its time, and made again.
        sign_in(center, 2)
        if hours > 0:
            callers[2].call('402')
        rung = phones[2].got.get('INVITE', 0)
        missed = missed_by_now(center)
        phones[2].until('INVITE', rung + 2)
        t.until(lambda: missed_by_now(center) > missed, 10, 'a miss')
        phones[2].until('CANCEL', rung + 1)
        center.post('/api/v1/agents/x2/sign-out')
        # Who calls now is put through.
        talk(center, callers[3], phones[3], 3)
        hear_each_other(callers[3], phones[3])
        callers[3].hangup()
        phones[3].until('BYE')
        center.until_agent('x3', activity='idle')
        center.post('/api/v1/agents/x3/sign-out')
        assert center.queue('sales')['waiting'] == 1
        for wire in phones[:2] + callers[:3]:
            assert 'BYE' not in wire.got, wire.got
        phones[3].got.clear()
    callers[1].vanish()
    phones[1].until('BYE', timeout_s=45)
    for i in (0, 2, 4):
        callers[i].hangup()
    well.check(vanished=True)
    # Nothing has lasted for an hour, or ended before it began.
    happened = events(center)
    spans = [(e['type'], name, e[name]) for e in happened
             for name in ('wait', 'talk', 'hold', 'ring', 'duration')
             if name in e]
    assert len(spans) > 10, spans
    assert all(0 <= span < 300 * 10 ** 6 for _, _, span in spans), spans


main()

"""Phones that vanish, strangers who send sound, disks that cannot be written:
what becomes of the call."""

import json
import os
import re
import socket
import sqlite3
import struct
import time

import desk
from harness import main, test
from rtt import TextWire
from wellbeing import Wellbeing
from wire import Source, Wire

def events(center, kind):
    return [e for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == kind]


def lost(center):
    return sum(e['reason'] == 'lost' for e in events(center, 'leg_ended'))


def talk(center, caller, agent, i):
    center.post('/api/v1/agents/x%d/sign-in' % i)
    caller.call('40%d' % i)
    agent.until('INVITE')
    center.until_agent('x%d' % i, activity='talking')


@test(deadline_s=90)
def phones__that_vanish_leave_no_call_and_silent_ones_stay(t):
    agents = [t.address() for _ in range(3)]
    center = desk.Center(t, desk.yaml_with(agents, '  silence: 1s\n'))
    well = Wellbeing(center)
    phones = [Wire(t, center.sip, 'x%d' % i, agents[i]) for i in range(3)]
    callers = [Wire(t, center.sip, '555%d' % i) for i in range(5)]
    waits, stays = callers[3:]
    for i in range(3):
        talk(center, callers[i], phones[i], i)
    for caller in (waits, stays):
        caller.call('1001')
    t.until(lambda: center.queue('sales')['waiting'] == 2, 5, 'two waiting')

    # One who waits, one who talks, an agent who talks; the others are silent.
    for gone in (waits, callers[0], phones[1]):
        gone.vanish()
    t.until(lambda: center.queue('sales')['waiting'] == 1, 30, 'one waiting')
    phones[0].until('BYE', timeout_s=30)
    center.until_agent('x0', activity='idle')
    t.until(lambda: lost(center) == 3, 30, 'three legs that were lost')
    # Whose agent vanished is not hung up: they wait again.
    t.until(lambda: [e['reason'] for e in events(center, 'agent_left')
                     if e['reason'] == 'agent_lost'], 10, 'an agent lost')
    t.until(lambda: center.queue('q1')['waiting'] == 1, 10, 'one in q1')
    assert 'BYE' not in callers[1].got, callers[1].got
    center.post('/api/v1/agents/x1/sign-out')
    callers[1].hangup()
    t.until(lambda: center.queue('q1')['waiting'] == 0, 10, 'none in q1')
    center.until_agent('x1', activity='')

    stays.until('OPTIONS', 5)
    for silent in (callers[2], phones[2]):
        silent.until('OPTIONS', 5)
        assert 'BYE' not in silent.got, silent.got
    assert 'BYE' not in stays.got, stays.got
    center.until_agent('x2', activity='talking')
    assert lost(center) == 3
    assert center.queue('sales')['waiting'] == 1
    stays.hangup()
    t.until(lambda: center.queue('sales')['waiting'] == 0, 5, 'empty queue')
    callers[2].hangup()
    well.check(vanished=True)


@test(deadline_s=90)
def agent__whose_phone_vanished_is_not_the_first_to_be_rung(t):
    """Without wrap-up they are free at once; the contact is for others."""
    agents = [t.address() for _ in range(2)]
    center = desk.Center(t, desk.yaml_with(agents, '  silence: 1s\n').replace(
        'queues: [q1]', 'queues: [q0]').replace('retry: 1s', 'retry: 60s'))
    phones = [Wire(t, center.sip, 'x%d' % i, agents[i]) for i in range(2)]
    caller = Wire(t, center.sip)
    talk(center, caller, phones[0], 0)
    phones[0].vanish()
    missed, = t.until(lambda: events(center, 'offer_missed'), 40, 'a miss')
    assert (missed['reason'], missed['ring']) == ('unreachable', 0), missed
    center.post('/api/v1/agents/x1/sign-in')
    phones[1].until('INVITE')
    center.until_agent('x1', activity='talking')
    assert 'BYE' not in caller.got, caller.got
    caller.hangup()


@test(deadline_s=60)
def ports__that_run_out_hurt_no_call_and_come_back(t):
    agent = t.address()
    text = desk.yaml_with([agent]).replace('{rtp}-{rtp_end}', '20000-20007')
    center = desk.Center(t, text)
    well = Wellbeing(center)
    phone = Wire(t, center.sip, 'x0', agent)
    talks, waits, more, last = (Wire(t, center.sip, '555%d' % i)
                                for i in range(4))
    talk(center, talks, phone, 0)
    for caller in (waits, more):
        caller.call('1001')
    # Two talk and two wait: none of the four pairs is left.
    for n in range(1, 10):
        last.uri = 'sip:1001@' + center.sip
        last.call_id, last.to_tag = 'none%d@wire' % n, None
        last.request('INVITE', 'Content-Type: application/sdp\r\n', last.sdp)
        last.until('503', n)
    center.child.wait_for('no media port')
    # Nobody fills the disk with that.
    assert sum('no media port' in line for line in center.child.lines) <= 5
    t.until(lambda: center.queue('sales')['waiting'] == 2, 10, 'two wait')
    talks.sound(5)
    assert phone.rtp.hears(10)
    phone.sound(5)
    assert talks.rtp.hears(10)
    assert not any('BYE' in w.got for w in (talks, phone, waits, more))
    more.hangup()
    t.until(lambda: center.queue('sales')['waiting'] == 1, 10, 'one waits')
    t.until(lambda: center.metric('usher_media_ports') == 3, 10, 'a port')
    last.call('1001')
    t.until(lambda: center.queue('sales')['waiting'] == 2, 10, 'the last')
    for caller in (talks, waits, last):
        caller.hangup()
    t.until(lambda: center.queue('sales')['waiting'] == 0, 10, 'nobody')
    well.check()


@test(deadline_s=90)
def ports__that_run_out_are_for_those_who_wait(t):
    """Free agents are not offered round for nothing, and what becomes free
    rings one of them, though others call in."""
    agents = [t.address(), t.address()]
    center = desk.Center(t, desk.yaml_with(agents).replace(
        '{rtp}-{rtp_end}', '20000-20007'))
    well = Wellbeing(center)
    phones = [Wire(t, center.sip, 'x%d' % i, a) for i, a in enumerate(agents)]
    *callers, last = [Wire(t, center.sip, '555%d' % i) for i in range(5)]
    for i, caller in enumerate(callers):
        caller.call('40%d' % (i % 2))
    for i in range(2):
        center.post('/api/v1/agents/x%d/sign-in' % i)

    def seq():
        return int(center.get('/api/v1/state')['seq'])

    t.until(lambda: any(e.get('reason') == 'no_room' for e in center.get(
        '/api/v1/events?limit=500')['events']), 10, 'no room')
    before, since = seq(), time.monotonic()
    time.sleep(5)
    # One a second with four events, not each agent with each who waits.
    assert seq() - before < 5 * (time.monotonic() - since + 2), seq() - before
    assert not any('INVITE' in phone.got for phone in phones)
    callers[0].hangup()
    last.uri = 'sip:400@' + center.sip
    last.request('INVITE', 'Content-Type: application/sdp\r\n', last.sdp)
    last.until('503')
    t.until(lambda: any('INVITE' in phone.got for phone in phones), 10,
            'an agent is rung')
    t.until(lambda: any(center.agent('x%d' % i)['activity'] == 'talking'
                        for i in range(2)), 10, 'an agent talks')
    for caller in callers[1:]:
        caller.hangup()
    well.check()


@test(deadline_s=40)
def phone__that_sends_sound_is_never_asked(t):
    center = desk.Center(t, desk.yaml_with(media='  silence: 1s\n'))
    speaks, silent = Wire(t, center.sip), Wire(t, center.sip, '5551')
    speaks.call('1001')
    silent.call('1001')

    def enough():
        speaks.sound()
        return silent.got.get('OPTIONS', 0) >= 4

    t.until(enough, 20, 'four questions', 0.02)
    assert 'OPTIONS' not in speaks.got, speaks.got


@test(deadline_s=60)
def quality__of_each_leg_is_told_at_its_end(t):
    agent = t.address()
    center = desk.Center(t, desk.yaml_with([agent]))
    phone, caller = Wire(t, center.sip, 'x0', agent), Wire(t, center.sip)
    talk(center, caller, phone, 0)
    contact = center.agent('x0')['contact']
    for i in range(60):
        # Every twentieth packet does not get through.
        if i % 20 == 10:
            caller.rtp.seq += 1
        caller.sound()
        phone.sound()
        time.sleep(0.01)
    caller.hangup()
    t.until(lambda: len(events(center, 'leg_quality')) == 2, 10,
            'quality of two legs')
    told = {e['side']: e for e in events(center, 'leg_quality')}
    customer, agents = told['customer'], told['agent']
    assert customer['contact'] == agents['contact'] == contact
    assert customer['lost'] == 3, customer
    assert customer['count'] >= 60 and 300 < customer['mos'] < 430, customer
    assert agents.get('lost', 0) == 0 and agents['mos'] > 400, agents
    # R that these scores come from, in tenths: G.711 has 93.2 at best.
    assert 650 < customer['r_factor'] < 900, customer
    assert 800 < agents['r_factor'] <= 932, agents
    # No phone has reported anything.
    assert agents['peer_r_factor'] == 0, agents
    assert customer['jitter'] > 0, customer

    # History has the same.
    def kept():
        with sqlite3.connect('file:%s/history.db?mode=ro' % center.state,
                             uri=True) as db:
            return [json.loads(row[0]) for row in db.execute(
                "SELECT json FROM event WHERE type='leg_quality' AND "
                'contact=? ORDER BY seq', (int(contact),))]
    t.until(lambda: len(kept()) == 2, 10, 'history')
    for leg in kept():
        wanted = told[leg['side']]
        for what in ('count', 'lost', 'jitter', 'mos', 'r_factor'):
            assert leg.get(what) == wanted.get(what), (leg, wanted)


@test(deadline_s=60)
def rtcp__goes_by_one_port_where_the_caller_offers_it(t):
    """RFC 5761; and never where it was not offered, whatever an answer
    says."""
    agent = t.address()
    center = desk.Center(t, desk.yaml_with([agent]))
    phone, caller = TextWire(t, center.sip, 'x0', agent, text=False), \
        TextWire(t, center.sip, text=False)
    mux = 'a=rtcp-mux\r\n'
    caller.sdp += mux
    # It was not asked.
    phone.sdp += mux
    talk(center, caller, phone, 0)
    assert mux in caller.heard[0], caller.heard[0]
    assert mux not in phone.heard[0], phone.heard[0]

    def reports(wire, timeout_s=8):
        """Whether a report comes by the port of RTP."""
        end = time.monotonic() + timeout_s
        wire.rtp.socket.settimeout(0.2)
        while time.monotonic() < end:
            try:
                packet = wire.rtp.socket.recv(2000)
            except TimeoutError:
                continue
            if packet[1] in (200, 201):
                return packet
        return None

    caller.sound(3)
    phone.sound(30)
    report = reports(caller)
    assert report, 'no report'
    # What came by it is heard: 17 were lost; and not what cannot be.
    for count in (17, 0x7fffff):
        caller.rtp.socket.sendto(struct.pack(
            '>BBHIIIIIII', 0x81, 201, 7, caller.rtp.ssrc,
            struct.unpack('>I', report[4:8])[0], count, 0, 0, 0, 0),
            caller.media)
    assert not reports(phone, 6), 'a report at the port of RTP'
    caller.hangup()
    t.until(lambda: len(events(center, 'leg_quality')) == 2, 10,
            'quality of two legs')
    told = {e['side']: e for e in events(center, 'leg_quality')}
    assert told['customer']['peer_lost'] == 17, told['customer']
    assert told['customer']['peer_r_factor'] > 0, told['customer']
    assert told['agent']['peer_r_factor'] == 0, told['agent']


KEY = 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw'
SUITE = 'AES_CM_128_HMAC_SHA1_80'


@test(deadline_s=40)
def srtp__lines_that_are_no_good_are_488_and_no_secret_is_told(t):
    center = desk.Center(t)
    caller = Wire(t, center.sip)
    plain = caller.sdp
    for i, line in enumerate((
            None, '', '1', '1 %s' % SUITE, '1 %s inline:' % SUITE,
            '1 %s inline:%s' % (SUITE, KEY[:-4]), '1 AES inline:' + KEY,
            '1 %s inline:%s|2^20|1:129' % (SUITE, KEY),
            '1 %s inline:%s UNENCRYPTED_SRTP' % (SUITE, KEY),
            'x %s inline:%s' % (SUITE, KEY), '1 %s %s' % (SUITE, 'x' * 900))):
        caller.sdp = plain.replace('RTP/AVP', 'RTP/SAVP') + (
            '' if line is None else 'a=crypto:%s\r\n' % line)
        caller.uri = 'sip:1000@%s:%d' % caller.center
        caller.call_id = 'bad-%d@wire' % i
        caller.to_tag = None
        caller.request('INVITE', 'Content-Type: application/sdp\r\n',
                       caller.sdp)
        caller.until('488', i + 1)
    caller.sdp = plain.replace('RTP/AVP', 'RTP/SAVP') + \
        'a=crypto:77 %s inline:%s|2^31\r\n' % (SUITE, KEY)
    caller.call('1000')
    # In clear it is not heard: no tag.
    caller.press('1')
    t.until(lambda: center.metric('usher_rtp_dropped_total') >= 1, 5,
            'dropped packets')
    assert events(center, 'digits') == []
    said = '\n'.join(center.child.lines)
    assert KEY not in said and 'inline' not in said, said


@test(deadline_s=40)
def strangers__neither_hear_a_call_nor_press_its_keys(t):
    center = desk.Center(t)
    caller, stranger = Wire(t, center.sip), Source(t.address())
    caller.call('1000')
    for digit in '111':
        stranger.sound(caller.media)
        stranger.press(caller.media, digit)
    t.until(lambda: center.metric('usher_rtp_dropped_total') >= 6, 5,
            'dropped packets')
    assert caller.rtp.hears(15)
    assert not stranger.hears(0)
    assert events(center, 'digits') == []
    # Behind a translator the caller's own sound comes from another port.
    moved = Source(caller.address)
    moved.sound(caller.media)
    moved.press(caller.media, '1')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 20, 'one waiting')
    assert moved.hears(15)
    assert not stranger.hears(0)


@test(deadline_s=40)
def sound__from_elsewhere_is_told_once_a_call(t):
    center = desk.Center(t)
    callers = [Wire(t, center.sip), Wire(t, center.sip)]
    elsewhere = t.address()
    stranger = Source(elsewhere)
    said = (r'sound from %s is not taken \(see media\.any_source\): the '
            r"call's SDP names %s:\d+$")
    for caller in callers:
        caller.call('1000')
        start = len(center.child.lines)
        for _ in range(60):
            stranger.sound(caller.media)
        center.child.wait_for(said % (re.escape(elsewhere) + r':\d+',
                                      re.escape(caller.address)), 10, start)
    assert len([line for line in center.child.lines
                if 'any_source' in line]) == 2


@test(deadline_s=40)
def phone__behind_a_translator_is_heard(t):
    """Its SDP names an address that is good for nothing."""
    center = desk.Center(t)
    caller = Wire(t, center.sip, sdp_ip=t.address())
    caller.call('1000')
    caller.press('1')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 20, 'one waiting')
    assert caller.rtp.hears(15)


@test(deadline_s=40)
def any_source__believes_whoever_is_first(t):
    center = desk.Center(t, desk.yaml_with(media='  any_source: true\n'))
    caller, relay = Wire(t, center.sip), Source(t.address())
    caller.call('1000')
    relay.press(caller.media, '1')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 20, 'one waiting')
    assert relay.hears(15)


@test(deadline_s=40)
def hold_by_request__is_music_without_a_new_offer(t):
    agent = t.address()
    center = desk.Center(t, desk.yaml_with([agent]))
    phone, caller = Wire(t, center.sip, 'x0', agent), Wire(t, center.sip)
    talk(center, caller, phone, 0)
    what = {'contact': center.agent('x0')['contact']}
    words = b'\x55'

    def said(heard=lambda: caller.rtp.next(1)):
        phone.sound(byte=words)
        return heard() == words * 160

    t.until(said, 5, "the agent's words", 0.01)
    center.post('/api/v1/agents/x0/hold', what)
    center.until_agent('x0', activity='hold')
    # Those before the hold may still be under way; then it is all music.
    caller.rtp.next()
    t.until(lambda: not said(), 5, 'music', 0.01)
    for _ in range(25):
        assert not said()
    center.post('/api/v1/agents/x0/resume', what)
    center.until_agent('x0', activity='talking')
    t.until(said, 5, "the agent's words", 0.01)
    assert phone.got['INVITE'] == 1 and 'INVITE' not in caller.got
    caller.hangup()
    phone.until('BYE')


@test(deadline_s=40)
def keys__of_an_agents_phone_record_and_pause(t):
    agent = t.address()
    center = desk.Center(t, desk.yaml_with([agent]).replace(
        'recording: always', 'recording: demand').replace(
            'features:\n', 'features:\n  record: "*1"\n'
            '  record_pause: "*2"\n'))
    phone, caller = Wire(t, center.sip, 'x0', agent), Wire(t, center.sip)
    talk(center, caller, phone, 0)

    def words(one, other):
        one.sound(byte=b'\x55')
        try:
            return other.rtp.next(0.1) == b'\x55' * 160
        except socket.timeout:
            return False

    def pressed(keys, kind):
        for key in keys:
            phone.press(key)
        event = t.until(lambda: events(center, kind), 10, kind)[0]
        assert event['actor'] == 'agent', event
        assert event['actor_id'] == center.agent('x0')['id'], event
        # Both hear each other afterwards, when the beep is over.
        for one, other in ((phone, caller), (caller, phone)):
            t.until(lambda: words(one, other), 5, 'words', 0.01)
        return event

    caller.press('*')
    caller.press('1')
    assert not events(center, 'recording_started')
    pressed('*1', 'recording_started')
    pressed('*2', 'recording_paused')
    pressed('*2', 'recording_resumed')
    stopped = pressed('*1', 'recording_stopped')
    assert int(stopped.get('result', 0)) == 0 and stopped['duration'] > 0
    caller.hangup()
    phone.until('BYE')


@test(deadline_s=40)
def prompt__that_cannot_be_opened_is_told_with_its_file_and_why(t):
    path = t.path('greeting.wav')
    center = desk.Center(t, re.sub(r'greeting: .*', 'greeting: {{sound: %s}}' %
                                   path, desk.YAML, count=1))
    said = 'media: greeting: %s: ' + re.escape(path) + '$'
    Wire(t, center.sip).call('1000')
    center.child.wait_for(
        said % 'cannot open the sound file: it is not there', 10)
    os.mkdir(path)
    Wire(t, center.sip).call('1000')
    center.child.wait_for(said % 'not a regular file', 10)


@test(deadline_s=40)
def recording__that_cannot_be_written_is_told_and_hurts_no_call(t):
    agent = t.address()
    center = desk.Center(t, desk.yaml_with([agent]))
    phone, caller = Wire(t, center.sip, 'x0', agent), Wire(t, center.sip)
    folder = os.path.join(center.state, 'recordings')
    os.makedirs(folder, exist_ok=True)
    for day in (0, 86400):
        os.symlink('/nonexistent', os.path.join(folder, time.strftime(
            '%Y-%m-%d', time.gmtime(time.time() + day))))
    talk(center, caller, phone, 0)
    stopped = t.until(lambda: events(center, 'recording_stopped'), 10,
                      'the end of the recording')
    assert int(stopped[0]['result']) < 0, stopped
    center.child.wait_for(r'media: recording: .*', 5)
    center.until_agent('x0', activity='talking')
    caller.hangup()
    phone.until('BYE')


main()

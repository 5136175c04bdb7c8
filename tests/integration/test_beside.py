"""Text and video beside sound, between phones that we did not write."""

import re

import desk
from harness import main, test
from peers import Baresip, Phone, Talker
from video import H264, VP8, VideoWire

ENOENT, ESTATE = -2, -8  # of usher/error.h
RED, BLUE = (200, 30, 30), (30, 30, 200)


def messages(center, contact):
    return [(m['direction'], m['text']) for m in center.get(
        '/api/v1/history/messages?contact=' + contact)['messages']]


def keeps(t, center, contact, wanted):
    t.until(lambda: messages(center, contact) == wanted, 10, repr(wanted))


def at(agent):
    """A center, and its agent x0 who is rung at that phone."""
    return desk.yaml_with(['']).replace('sip:x0@:5060', agent.uri)


def talk(t, center, agent, caller):
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('sip:400@' + center.sip)
    center.until_agent('x0', activity='talking')
    caller.until('running')
    agent.until('running')
    return center.get('/api/v1/contacts')[0]['id']


def until_read(t, one, other):
    """Wait until text comes from one to the other, and back. A thread of
    Linphone's, which begins later than it says that the call runs, throws
    away what had come by then, and of the next packet does not look at what
    it repeats. Bells are in no message."""
    def read():
        one.type('\a')
        return '\a' in other.typed()
    t.until(read, 15, 'a bell', step_s=0.3)


@test(deadline_s=60)
def linphone__types_to_linphone(t):
    agent, caller = Talker(t, 'x0'), Talker(t)
    center = desk.Center(t, at(agent))
    contact = talk(t, center, agent, caller)
    # Who sends has begun to read.
    until_read(t, agent, caller)
    caller.type('I cannot hear\n')
    # Its end is a packet of its own, or not.
    agent.reads('I cannot hear\u2028')
    agent.type('Jó napot, írjunk\n')
    caller.reads('Jó napot, írjunk')
    caller.type('So be it')
    agent.reads('So be it')
    keeps(t, center, contact, [('in', 'I cannot hear'),
                               ('out', 'Jó napot, írjunk')])
    caller.do('hangup')
    agent.until('end')
    # What had no end but the call's.
    keeps(t, center, contact, [('in', 'I cannot hear'),
                               ('out', 'Jó napot, írjunk'),
                               ('in', 'So be it')])


def loses(t, percent, words):
    agent, caller = Talker(t, 'x0'), Talker(t)
    center = desk.Center(t, at(agent))
    caller.do('lose', str(percent))
    talk(t, center, agent, caller)
    said = []

    def read():
        # Each packet has a word, more or less; and then some, since the last
        # ones are repeated by none.
        said.append('word%d ' % len(said))
        caller.type(said[-1])
        return any(int(n) >= words
                   for n in re.findall(r'word(\d+) ', agent.typed()))

    t.until(read, 40, 'word %d' % words, step_s=0.3)
    got, whole = agent.typed(), ''.join(said)
    parts = [re.escape(part) for part in got.split('\ufffd')]
    # What was before the first packet that came, nobody knows of.
    assert re.search('.*?'.join(parts), whole), (got, whole)
    return got


@test(deadline_s=60)
def linphone__is_read_though_a_third_of_its_packets_is_lost(t):
    """Each packet repeats two: what is missing is marked, the rest whole."""
    got = loses(t, 30, 10)
    # Three in a row are rare.
    assert got.count('\ufffd') <= 3, got


@test(deadline_s=90, full=True)
def linphone__is_marked_where_most_of_its_packets_are_lost(t):
    assert '\ufffd' in loses(t, 80, 40)


@test(deadline_s=60)
def linphone__sees_linphone_and_asks_for_whole_pictures(t):
    agent, caller = Talker(t, 'x0', video=True), Talker(t, video=True)
    caller.shows(t.path('red.jpg'), RED)
    agent.shows(t.path('blue.jpg'), BLUE)
    center = desk.Center(t, at(agent))
    talk(t, center, agent, caller)
    agent.sees(RED)
    caller.sees(BLUE)
    for one, other in ((agent, caller), (caller, agent)):
        before = other.count('asked')

        def asked():
            one.do('ask')
            return other.count('asked') > before
        t.until(asked, 10, 'a whole picture asked for', step_s=0.5)


def draws_when_asked(t, caller, formats, is_whole):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = VideoWire(t, center.sip, 'x0', address, formats=formats)
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('sip:400@' + center.sip)
    center.until_agent('x0', activity='talking')

    def whole():
        return sum(is_whole(p[4]) for p in list(agent.packets))

    # The first because the center asks for one, the second because we do.
    t.until(whole, 15, 'a whole picture')
    before, seen = whole(), len(agent.packets)
    t.until(lambda: len(agent.packets) > seen, 15, 'a picture')

    def again():
        agent.ask()
        return whole() > before
    t.until(again, 10, 'a whole picture that was asked for', step_s=0.5)
    # One stream, one number after another.
    numbers = [p[2] for p in agent.packets]
    assert all(b - a & 0xffff == 1 for a, b in zip(numbers, numbers[1:]))
    assert len({p[3] for p in agent.packets}) == 1


def vp8_whole(payload):
    """Does a key frame begin in a packet (RFC 7741, 4.2 and 4.3)?"""
    at = 1
    if payload[0] & 0x80:
        bits = payload[1]
        at += 1 + bool(bits & 0x80) + bool(bits & 0x40) + bool(bits & 0x30)
        at += bool(bits & 0x80 and payload[2] & 0x80)
    return payload[0] & 0x1f == 0x10 and not payload[at] & 1


def h264_whole(payload):
    """Does a slice of an IDR picture begin in it (RFC 6184, 5.4)?"""
    kind = payload[0] & 31
    if kind == 24:
        return any(n & 31 == 5 for n in aggregated(payload))
    return kind == 5 or kind == 28 and payload[1] & 0x9f == 0x85


def aggregated(payload):
    at = 1
    while at + 2 < len(payload):
        yield payload[at + 2]
        at += 2 + int.from_bytes(payload[at:at + 2], 'big')


@test(deadline_s=60, full=True)
def linphone__draws_a_whole_picture_in_vp8_when_asked(t):
    draws_when_asked(t, Talker(t, video=True), (VP8,), vp8_whole)


@test(deadline_s=60)
def baresip__draws_a_whole_picture_in_h264_when_asked(t):
    draws_when_asked(t, Baresip(t, video='avcodec'), (H264,), h264_whole)


@test(deadline_s=60)
def baresip__sees_baresip_in_h264(t):
    agent, caller = (Baresip(t, user=user, video='avcodec')
                     for user in ('x0', 'alice'))
    sees_in_h264(t, desk.Center(t, at(agent)), agent, caller)


def sees_in_h264(t, center, agent, caller):
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('sip:400@' + center.sip)
    center.until_agent('x0', activity='talking')
    for peer in (agent, caller):
        # Said of the first picture that was decoded.
        peer._expect('video: receiving with resolution 320 x 240')
    caller.hangup()
    agent.terminated()


@test(deadline_s=60)
def linphone__types_and_is_seen_in_srtp(t):
    agent, caller = (Talker(t, user, video=True, encryption='srtp')
                     for user in ('x0', 'deaf'))
    caller.shows(t.path('red.jpg'), RED)
    center = desk.Center(t, at(agent).replace('media:\n',
                                              'media:\n  srtp: require\n'))
    talk(t, center, agent, caller)
    until_read(t, agent, caller)
    caller.type('Nobody else reads this\n')
    agent.reads('Nobody else reads this')
    agent.sees(RED)
    before = caller.count('asked')

    def asked():
        agent.do('ask')
        return caller.count('asked') > before
    t.until(asked, 10, 'a whole picture asked for', step_s=0.5)


@test(deadline_s=60)
def baresip__sees_baresip_in_srtp(t):
    agent, caller = (Baresip(t, user=user, video='avcodec',
                             mediaenc='srtp-mand')
                     for user in ('x0', 'alice'))
    center = desk.Center(t, at(agent).replace('media:\n',
                                              'media:\n  srtp: require\n'))
    sees_in_h264(t, center, agent, caller)


@test(deadline_s=60)
def phone__types_to_linphone(t):
    """usher/call.h, called and calling."""
    phone, peer = Phone(t, text=True), Talker(t)
    phone.do('auto answer')
    peer.call(phone.uri())
    call = phone.incoming()
    phone.expect('^answered call=%d' % call)
    peer.until('running')
    types(phone, peer, call)
    peer.do('hangup')
    phone.ended(call)
    peer.until('released')
    before = len(peer.child.lines)
    call = phone.place(peer.uri)
    phone.expect('^answered call=%d' % call)
    peer.until('running', start=before)
    types(phone, peer, call)
    phone.do('hangup %d' % call)
    phone.ended(call)
    phone.do('type %d late' % call)
    phone.expect('^done .*code=%d' % ENOENT)


def types(phone, peer, call):
    peer.type('Whom do I reach?\n')
    typed = ''
    while '|' not in typed:
        typed += phone.expect('^typed call=%d text=(.*)' % call).group(1)
    assert typed == 'Whom do I reach?|', typed
    phone.do('type %d Ann,_Győr|' % call)
    phone.expect('^done call=%d .*code=0' % call)
    peer.reads('Ann,_Győr')


@test(deadline_s=60)
def phone__types_to_nobody_who_has_no_text(t):
    phone, other = Phone(t, text=True), Phone(t)
    other.do('auto answer')
    call = phone.place(other.uri())
    phone.expect('^answered call=%d' % call)
    phone.do('type %d words' % call)
    phone.expect('^done call=%d .*code=%d' % (call, ESTATE))


main()

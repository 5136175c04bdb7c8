"""usher/call.h: what goes between two of a phone's calls beside sound."""

import re

from harness import main, test
from peers import Phone
from rtt import TextWire
from video import H264, VP8, VideoWire
from wire import WAIT_S


def called(phone, wire, number='bob'):
    """A call that comes in, and is up."""
    wire.call(number)
    call = phone.incoming()
    phone.expect(r'^answered call=%d' % call)
    return call


def placed(phone, wire, *more):
    call = phone.place('sip:%s@%s:5060' % (wire.user, wire.address), 0, '-',
                       *more)
    phone.expect(r'^answered call=%d' % call)
    return call


def do(phone, text, code=0):
    phone.do(text)
    phone.expect(r'^done.* code=%d' % code)


def shows(t, a, b, payload, pt=H264):
    def seen():
        a.show(payload, pt)
        return any(p[4] == payload for p in b.packets)
    t.until(seen, WAIT_S, 'seen')


def dark(t, a, b):
    """Until what a shows is not seen by b any more."""
    count = [0]

    def unseen():
        count[0] += 1
        payload = b'dark %d' % count[0]
        a.show(payload)
        with b._changed:
            return not b._changed.wait_for(
                lambda: any(p[4] == payload for p in b.packets), 0.2)
    t.until(unseen, WAIT_S, 'nothing seen')


@test(deadline_s=60)
def video__between_two_calls_is_what_both_have(t):
    phone = Phone(t, text='video')
    phone.do('auto answer')
    caller = VideoWire(t, phone.hostport)
    callee = VideoWire(t, phone.hostport, 'al', t.address(), formats=(VP8,))
    first = called(phone, caller)
    assert re.search(r'^m=video [1-9]\d* RTP/AVP 96\r', caller.heard[0],
                     re.M), caller.heard[0]
    second = placed(phone, callee, first)
    # As the caller has offered it; what was chosen the caller is told then.
    assert 'H264' in callee.heard[0] and 'VP8' in callee.heard[0]
    do(phone, 'bridge %d %d' % (first, second))
    caller.until('INVITE')
    shows(t, caller, callee, b'caller', VP8)
    shows(t, callee, caller, b'callee', VP8)
    callee.asked()
    phone.do('hangup %d' % second)
    callee.until('BYE')
    caller.hangup()
    phone.ended(first)
    phone.stop()


@test(deadline_s=60)
def video__in_a_conference_is_of_two_who_talk(t):
    phone = Phone(t, text='video')
    phone.do('auto answer')
    wires = [VideoWire(t, phone.hostport, 'w%d' % i) for i in range(3)]
    calls = [called(phone, w) for w in wires]
    do(phone, 'room %d 7' % calls[0])
    do(phone, 'room %d 7' % calls[1])
    shows(t, wires[0], wires[1], b'a')
    # Who listens changes nothing; of three who talk nobody is seen.
    do(phone, 'room %d 7 2' % calls[2])
    shows(t, wires[1], wires[0], b'b')
    do(phone, 'room %d 7 1' % calls[2])
    dark(t, wires[0], wires[1])
    do(phone, 'room %d 0' % calls[1])
    shows(t, wires[2], wires[0], b'c')
    shows(t, wires[0], wires[2], b'd')
    do(phone, 'bridge %d %d' % (calls[0], calls[1]))
    shows(t, wires[0], wires[1], b'e')
    do(phone, 'bridge %d 0' % calls[0])
    dark(t, wires[0], wires[1])
    do(phone, 'bridge %d %d' % (calls[0], calls[2]))
    shows(t, wires[0], wires[2], b'f')
    phone.stop()


@test(deadline_s=60)
def video__that_comes_in_a_call_is_seen_at_once(t):
    phone = Phone(t, text='video')
    phone.do('auto answer')
    wires = [VideoWire(t, phone.hostport, 'w%d' % i, formats=())
             for i in range(2)]
    calls = [called(phone, w) for w in wires]
    do(phone, 'bridge %d %d' % tuple(calls))
    for wire in wires:
        wire.turn((H264,))
    shows(t, wires[0], wires[1], b'bridged')
    shows(t, wires[1], wires[0], b'bridged, too')
    for i, call in enumerate(calls):
        wires[i].turn(())
        do(phone, 'room %d 7' % call)
    wires[0].turn((H264,))
    wires[1].turn((VP8, H264))
    shows(t, wires[0], wires[1], b'in a room')
    shows(t, wires[1], wires[0], b'in a room, too')
    # Another peer takes the place of one who has turned it off.
    wires[1].turn(())
    other = VideoWire(t, phone.hostport, 'other')
    other.call('bob', 'Replaces: %s;to-tag=%s;from-tag=wire\r\n' % (
        wires[1].call_id, wires[1].to_tag))
    wires[1].until('BYE')
    shows(t, wires[0], other, b'somebody else')
    shows(t, other, wires[0], b'somebody else, too')
    phone.stop()


@test(deadline_s=60)
def video__is_refused_and_not_offered_where_it_is_off(t):
    phone = Phone(t, text='text')
    phone.do('auto answer')
    caller = VideoWire(t, phone.hostport)
    callee = VideoWire(t, phone.hostport, 'al', t.address())
    first = called(phone, caller)
    assert re.search(r'^m=video 0 ', caller.heard[0], re.M), caller.heard[0]
    placed(phone, callee, first)
    assert 'm=video' not in callee.heard[0], callee.heard[0]
    # One that is not there has no video; without one all is offered.
    both = Phone(t, text='text,video', name='both')
    for beside, has in ((77, False), (0, True)):
        other = VideoWire(t, both.hostport, 'o%d' % beside, t.address())
        placed(both, other, beside)
        assert ('m=video' in other.heard[0]) == has, other.heard[0]
    both.stop()
    phone.stop()


@test(deadline_s=60)
def text__is_typed_from_call_to_call(t):
    phone = Phone(t, text=True)
    phone.do('auto answer')
    wires = [TextWire(t, phone.hostport, 'w%d' % i) for i in range(3)]
    calls = [called(phone, w) for w in wires]
    wires[0].type('to nobody')
    phone.expect(r'^typed call=%d text=to nobody' % calls[0])
    do(phone, 'bridge %d %d' % (calls[0], calls[1]))
    wires[0].type('to b\u2028')
    wires[1].reads('to b')
    phone.expect(r'^typed call=%d text=to b' % calls[0])
    wires[1].type('to a')
    wires[0].reads('to a')
    # Who whispers is read by one, who listens by nobody; all read who talks.
    for i, role in enumerate((1, 1, 2)):
        do(phone, 'room %d 5 %d' % (calls[i], role))
    wires[2].type('not said')
    phone.expect(r'^typed call=%d text=not said' % calls[2])
    wires[0].type('to all')
    wires[1].reads('to all')
    wires[2].reads('to all')
    do(phone, 'room %d 0' % calls[2])
    wires[1].type('to a again')
    wires[0].reads('to a again')
    do(phone, 'bridge %d %d' % (calls[1], calls[2]))
    # What was typed last is not lost with its call.
    wires[1].type('bye')
    wires[2].reads('bye')
    wires[1].hangup()
    phone.ended(calls[1])
    for i, wire in enumerate(wires):
        got = wire.text.got
        assert 'nobody' not in got and 'not said' not in got, (i, got)
        assert ('again' in got) == (i == 0), (i, got)
        assert ('bye' in got) == (i == 2), (i, got)
    phone.stop()


@test(deadline_s=60)
def rtcp_mux__is_offered_on_in_a_call(t):
    """As it was agreed, when we hold; and who takes it back has it no more."""
    phone, mux = Phone(t), 'a=rtcp-mux\r\n'
    phone.do('auto answer')
    wire = TextWire(t, phone.hostport, text=False)
    plain = wire.sdp
    wire.sdp += mux
    wire.call('x')
    call = phone.incoming()
    phone.expect(r'^answered call=%d' % call)
    assert mux in wire.heard[-1], wire.heard
    phone.do('hold %d' % call)
    wire.until('INVITE')
    assert mux in wire.heard[-1], wire.heard
    phone.expect(r'^done.*code=0')
    wire.sdp = plain
    phone.do('resume %d' % call)
    wire.until('INVITE', 2)
    assert mux in wire.heard[-1], wire.heard
    phone.expect(r'^done.*code=0')
    wire.until('ACK', 2)
    phone.do('hold %d' % call)
    wire.until('INVITE', 3)
    assert mux not in wire.heard[-1], wire.heard
    wire.hangup()
    phone.ended(call)
    phone.stop()


if __name__ == '__main__':
    main()

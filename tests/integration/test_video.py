"""Video between callers and agents, relayed as it is."""

import re

import desk
from harness import main, test
from video import FORMATS, H264, VP8, VideoWire
from wire import WAIT_S, Wire


def talk(t, center, agent, caller, i=0):
    center.post('/api/v1/agents/x%d/sign-in' % i)
    caller.call('400')
    agent.until('INVITE')
    center.until_agent('x%d' % i, activity='talking')
    return center.get('/api/v1/contacts')[0]['id']


def shows(t, a, b, payload, pt=H264):
    """Until it is seen: what is shown before the two are joined is not."""
    def seen():
        a.show(payload, pt)
        return any(p[4] == payload for p in b.packets)
    t.until(seen, WAIT_S, 'seen')


@test(deadline_s=60)
def video__goes_both_ways_and_on_to_the_next_agent(t):
    addresses = [t.address(), t.address()]
    center = desk.Center(t, desk.yaml_with(addresses))
    first, second = (VideoWire(t, center.sip, 'x%d' % i, a)
                     for i, a in enumerate(addresses))
    caller = VideoWire(t, center.sip)
    contact = talk(t, center, first, caller)
    # As the caller has offered it; the caller was told the first of them.
    assert 'm=video ' in first.heard[0], first.heard[0]
    assert FORMATS[H264] in first.heard[0] and 'VP8' in first.heard[0]
    assert 'a=rtcp-fb:96 nack pli\r\n' in first.heard[0], first.heard[0]
    assert re.search(r'^m=video [1-9]\d* RTP/AVP 96\r', caller.heard[0],
                     re.M), caller.heard[0]
    shows(t, caller, first, b'caller')
    shows(t, first, caller, b'first')
    caller.asked()
    first.asked()
    stream = caller.packets[-1]
    assert len(caller.heard) == 1, 'an offer that was not needed'

    center.post('/api/v1/agents/x1/sign-in')
    center.post('/api/v1/agents/x0/transfer',
                {'contact': contact, 'target': 'x1'})
    center.until_agent('x1', activity='talking')
    shows(t, second, caller, b'second')
    second.asked()
    now = caller.packets[-1]
    assert now[3] == stream[3], 'another SSRC'
    assert 0 < now[2] - stream[2] < 50, (now, stream)
    shows(t, caller, second, b'caller again')
    # On hold nobody sees anything.
    center.post('/api/v1/agents/x1/hold', {'contact': contact})
    before = len(second.packets)
    caller.show(b'unseen')
    center.post('/api/v1/agents/x1/resume', {'contact': contact})
    shows(t, caller, second, b'back')
    assert not any(p[4] == b'unseen' for p in second.packets[before:])
    caller.hangup()
    second.until('BYE')


@test(deadline_s=60)
def video__is_what_the_agent_chooses(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = VideoWire(t, center.sip, 'x0', address, formats=(VP8,))
    caller = VideoWire(t, center.sip)
    talk(t, center, agent, caller)
    # The caller was told H.264, and is now told VP8.
    caller.until('INVITE')
    shows(t, caller, agent, b'caller', VP8)
    shows(t, agent, caller, b'agent', VP8)
    assert 'm=video ' in caller.heard[-1] and 'H264' not in caller.heard[-1]


@test(deadline_s=60)
def video__is_refused_where_one_has_none(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = VideoWire(t, center.sip, 'x0', address, formats=())
    caller = VideoWire(t, center.sip, proto='RTP/AVPF')
    talk(t, center, agent, caller)
    assert 'm=video ' in agent.heard[0]
    assert re.search(r'^m=video [1-9]\d* RTP/AVPF 96\r', caller.heard[0],
                     re.M), caller.heard[0]
    caller.sound()
    assert agent.rtp.hears(WAIT_S), 'no sound'
    caller.hangup()
    agent.until('BYE')
    center.until_agent('x0', activity='idle')
    plain = Wire(t, center.sip)
    plain.call('400')
    agent.until('INVITE', 2)
    assert 'm=video' not in agent.heard[-1], agent.heard[-1]


@test(deadline_s=60)
def video__is_offered_to_a_caller_who_brings_no_offer(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = VideoWire(t, center.sip, 'x0', address)
    caller = VideoWire(t, center.sip, formats=(VP8,))
    caller.late = caller.slow = True
    talk(t, center, agent, caller)
    caller.confirm()
    # The agent's phone may be rung before the caller has answered.
    pt = int(re.search(r'rtpmap:(\d+) VP8', caller.heard[0]).group(1))
    shows(t, caller, agent, b'caller', pt)
    shows(t, agent, caller, b'agent', pt)


@test(deadline_s=60)
def video__rests_while_three_talk(t):
    addresses = [t.address(), t.address()]
    center = desk.Center(t, desk.yaml_with(addresses))
    first, second = (VideoWire(t, center.sip, 'x%d' % i, a)
                     for i, a in enumerate(addresses))
    caller = VideoWire(t, center.sip)
    contact = talk(t, center, first, caller)
    shows(t, caller, first, b'caller')
    center.post('/api/v1/agents/x1/sign-in')
    center.post('/api/v1/agents/x0/consult',
                {'contact': contact, 'target': 'x1'})
    center.until_agent('x1', activity='talking')
    center.post('/api/v1/agents/x0/conference', {'contact': contact})
    for one in (caller, first, second):
        if one.video_to:
            one.show(b'unseen')
    center.post('/api/v1/agents/x0/leave', {'contact': contact})
    shows(t, caller, second, b'two again')
    shows(t, second, caller, b'two of us')
    for one in (caller, first, second):
        assert not any(p[4] == b'unseen' for p in one.packets)
    caller.hangup()


@test(deadline_s=60)
def video__that_comes_in_the_call_is_seen_at_once(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = VideoWire(t, center.sip, 'x0', address, formats=())
    caller = VideoWire(t, center.sip)
    talk(t, center, agent, caller)
    agent.turn((VP8,))
    # The caller was told H.264 when there was nobody to be seen.
    caller.until('INVITE')
    shows(t, caller, agent, b'caller', VP8)
    shows(t, agent, caller, b'agent', VP8)
    # Off and on again: as it is offered first, until the agent's is told.
    caller.turn(())
    caller.turn((H264, VP8))
    caller.until('INVITE', 2)
    shows(t, caller, agent, b'back', VP8)
    shows(t, agent, caller, b'who is back', VP8)
    # As some phones ask with every hold: on, as at first.
    caller.turn((H264, VP8))
    caller.until('INVITE', 3)
    shows(t, caller, agent, b'once more', VP8)
    shows(t, agent, caller, b'once more, too', VP8)
    caller.hangup()
    agent.until('BYE')


main()

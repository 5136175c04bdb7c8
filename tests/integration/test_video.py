"""Video between callers and agents, relayed as it is."""

import re
import socket
import struct
import threading

import desk
from harness import main, test
from wire import RTP_PORT, WAIT_S, Wire

H264, VP8 = 96, 97
VIDEO_PORT = RTP_PORT + 20
FORMATS = {
    H264: 'a=rtpmap:96 H264/90000\r\n'
          'a=fmtp:96 profile-level-id=42801F;packetization-mode=1\r\n',
    VP8: 'a=rtpmap:97 VP8/90000\r\n'}
FEEDBACK = 'a=rtcp-fb:* nack\r\na=rtcp-fb:* nack pli\r\na=rtcp-fb:* ccm fir\r\n'


def lines(formats, proto='RTP/AVP'):
    return 'm=video %d %s %s\r\n%s%s' % (
        VIDEO_PORT, proto, ' '.join(map(str, formats)),
        ''.join(FORMATS[f] for f in formats), FEEDBACK)


class VideoWire(Wire):
    """A phone with a camera: formats is what it knows, best first; none: it
    refuses video."""

    def __init__(self, *args, formats=(H264, VP8), proto='RTP/AVP', **kwargs):
        self.heard = []    # SDP that came
        self.packets = []  # (pt, marker, seq, ssrc, payload)
        self.feedback = []  # (type, format) of RTCP
        self.video_to = None
        self.formats = formats
        super().__init__(*args, **kwargs)
        self.sound_sdp = self.sdp
        if formats:
            self.sdp += lines(formats, proto)
        self.seq, self.ssrc = 100, id(self) & 0xffffffff
        self.sockets = []
        for port, take in ((VIDEO_PORT, self._rtp), (VIDEO_PORT + 1,
                                                     self._rtcp)):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((self.address, port))
            self.sockets.append(s)
            threading.Thread(target=self._listen, args=(s, take),
                             daemon=True).start()

    def _listen(self, s, take):
        while True:
            try:
                packet = s.recv(2000)
            except OSError:
                return
            with self._changed:
                take(packet)
                self._changed.notify_all()

    def _rtp(self, packet):
        _, second, seq, _, ssrc = struct.unpack('>BBHII', packet[:12])
        self.packets.append((second & 0x7f, second >> 7, seq, ssrc,
                             packet[12:]))

    def _rtcp(self, packet):
        while len(packet) >= 4:
            size = 4 * (1 + struct.unpack('>H', packet[2:4])[0])
            self.feedback.append((packet[1], packet[0] & 31))
            packet = packet[size:]

    def _take(self, text):
        body = text.split('\r\n\r\n', 1)[1]
        if body:
            self.heard.append(body)
        media = re.search(r'^m=video (\d+) \S+ ([^\r]*)', body, re.M)
        if media and int(media.group(1)):
            self.video_to = (self.center[0], int(media.group(1)))
        if text.startswith('INVITE'):
            offered = [int(f) for f in media.group(2).split()] if media else []
            known = [f for f in self.formats if f in offered]
            self.sdp = self.sound_sdp
            if known:
                self.sdp += lines(known)
            elif media:
                self.sdp += 'm=video 0 RTP/AVP %d\r\n' % offered[0]
        super()._take(text)

    def show(self, payload, pt=H264):
        self.seq += 1
        self.sockets[0].sendto(struct.pack(
            '>BBHII', 0x80, 0x80 | pt, self.seq, self.seq * 3000,
            self.ssrc) + payload, self.video_to)

    def sees(self, payload):
        with self._changed:
            assert self._changed.wait_for(
                lambda: any(p[4] == payload for p in self.packets), WAIT_S), \
                self.packets
            return [p for p in self.packets if p[4] == payload][0]

    def asked(self, kind=(206, 1)):
        with self._changed:
            assert self._changed.wait_for(lambda: kind in self.feedback,
                                          WAIT_S), self.feedback


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


main()

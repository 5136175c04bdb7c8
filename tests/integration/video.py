"""Video at the end of a socket, for Wire phones.

    wire = VideoWire(t, center.sip)        # its SDP has m=video
    wire.call('400')
    wire.show(b'payload'); wire.sees(b'payload')
    wire.ask(); wire.asked()               # for a whole picture, by PLI
    wire.turn((VP8,)); wire.turn(())       # on or off, within a call
"""

import re
import socket
import struct
import threading

from wire import RTP_PORT, WAIT_S, Wire

H264, VP8 = 96, 97
VIDEO_PORT = RTP_PORT + 20
FORMATS = {
    H264: 'a=rtpmap:96 H264/90000\r\n'
          'a=fmtp:96 profile-level-id=42801F;packetization-mode=1\r\n',
    VP8: 'a=rtpmap:97 VP8/90000\r\n'}
NAMES = {H264: 'H264', VP8: 'VP8'}
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
        self.version = 1   # of its description
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
        if text.startswith('INVITE') or (self.late and body):
            offered = [int(f) for f in media.group(2).split()] if media else []
            names = {name: pt for pt, name in re.findall(
                r'^a=rtpmap:(\d+) (\S+)/90000', body, re.M)}
            known = [f for f in self.formats if NAMES[f] in names]
            self.sdp = self.sound_sdp
            if known:
                # By the numbers of the offer.
                self.sdp += re.sub(r'(?<=map:|mtp:)\d+', lambda m: names[
                    NAMES[int(m.group())]], lines(known)).replace(
                        ' '.join(map(str, known)),
                        ' '.join(names[NAMES[f]] for f in known), 1)
            elif media:
                self.sdp += 'm=video 0 RTP/AVP %d\r\n' % offered[0]
        super()._take(text)

    def show(self, payload, pt=H264):
        self.seq += 1
        self.sockets[0].sendto(struct.pack(
            '>BBHII', 0x80, 0x80 | pt, self.seq, self.seq * 3000,
            self.ssrc) + payload, self.video_to)

    def turn(self, formats):
        """By re-INVITE, of who has called or was called."""
        if not self.call_id:
            self.uri, self.to_tag, self.call_id = (
                re.search(p, self.invite, re.M).group(1) for p in (
                    r'^Contact:.*<(\S+)>', r'^From:.*;tag=(\S+)',
                    r'^Call-ID: *(\S+)'))
        self.version += 1
        self.formats = formats
        self.sdp = self.sound_sdp.replace('=- 1 1', '=- 1 %d' % self.version)
        self.sdp += lines(formats) if formats else 'm=video 0 RTP/AVP 96\r\n'
        with self._changed:
            before = self.got.get('200', 0)
        self.request('INVITE', *self._described())
        self.until('200', before + 1)

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

    def ask(self):
        """For a whole picture of what it sees, by PLI."""
        with self._changed:
            ssrc = self.packets[-1][3]
        self.sockets[1].sendto(struct.pack(
            '>BBHIBBHII', 0x80, 201, 1, self.ssrc, 0x81, 206, 2, self.ssrc,
            ssrc), (self.video_to[0], self.video_to[1] + 1))

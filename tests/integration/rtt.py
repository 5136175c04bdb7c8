"""Real-time text (T.140, RFC 4103) at the end of a socket, for Wire phones.

    wire = TextWire(t, center.sip)         # its SDP has m=text
    wire.call('400')
    wire.type('Hello')                     # a packet, repeated twice
    wire.reads('Welcome')                  # waits until it was received
"""

import re
import socket
import struct
import threading

from wire import RTP_PORT, WAIT_S, Wire

T140, RED = 96, 97
TEXT_PORT = RTP_PORT + 10
LINES = ('m=text {0} RTP/AVP {2} {1}\r\na=rtpmap:{1} t140/1000\r\n'
         'a=fmtp:{1} cps=300\r\na=rtpmap:{2} red/1000\r\n'
         'a=fmtp:{2} {1}/{1}/{1}\r\n')
BOM = '\ufeff'


def blocks(payload, red):
    """The texts of a packet, oldest first."""
    if not red:
        return [payload]
    lengths, at = [], 0
    while payload[at] & 0x80:
        lengths.append(struct.unpack('>I', payload[at:at + 4])[0] & 0x3ff)
        at += 4
    at += 1
    found = []
    for length in lengths:
        found.append(payload[at:at + length])
        at += length
    return found + [payload[at:]]


class Text:
    def __init__(self, address, port=TEXT_PORT):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.to = None
        self.pts = (T140, RED)  # as they were agreed upon
        self.seq = 65530
        self.sent = [b'', b'']
        self.got = ''
        self.packets = []  # (marker, pt, seq, ssrc)
        self.lose = 0      # so many packets to come are not received
        self._next = None
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                packet = self.socket.recv(2000)
            except OSError:
                return
            if len(packet) < 13 or not packet[1] & 0x7f:
                continue
            first, second, seq, _, ssrc = struct.unpack('>BBHII', packet[:12])
            with self._changed:
                self.packets.append((second >> 7, second & 0x7f, seq, ssrc))
                if self.lose:
                    self.lose -= 1
                    continue
                self._take(seq, blocks(packet[12:],
                                       second & 0x7f == self.pts[1]))
                self._changed.notify_all()

    def _take(self, seq, texts):
        if self._next is None:
            self._next = seq - len(texts) + 1 & 0xffff
        for i, text in enumerate(texts):
            at = seq - (len(texts) - 1 - i) & 0xffff
            ahead = at - self._next & 0xffff
            if ahead >= 0x8000:
                continue
            if ahead:
                self.got += '\ufffd'
            self.got += text.decode().replace(BOM, '')
            self._next = at + 1 & 0xffff

    def reads(self, text, timeout_s=WAIT_S):
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.got,
                                          timeout_s), repr(self.got)

    def packet(self, text, send=True):
        """One packet with text, and the two before it again."""
        self.seq = self.seq + 1 & 0xffff
        own = text.encode()
        red = b''.join(struct.pack('>I', (0x80 | self.pts[0]) << 24 | len(s))
                       for s in self.sent)
        payload = red + bytes([self.pts[0]]) + b''.join(self.sent) + own
        self.sent = [self.sent[1], own]
        if send:
            self.socket.sendto(struct.pack(
                '>BBHII', 0x80, self.pts[1], self.seq, self.seq, 7) + payload,
                self.to)

    def type(self, text):
        for part in (text, '', ''):
            self.packet(part)


class TextWire(Wire):
    """A phone whose SDP has text; with text False it refuses it."""

    def __init__(self, *args, text=True, more='', **kwargs):
        self.text = None
        self.heard = []  # SDP that came
        self._wants = text
        self._more = more
        super().__init__(*args, **kwargs)
        if text:
            self.text = Text(self.address)
            self.sdp += LINES.format(TEXT_PORT, T140, RED) + more

    def _is_offer(self, text):
        return text.startswith('INVITE') or (
            self.late and not text.endswith('\r\n\r\n'))

    def _take(self, text):
        body = text.split('\r\n\r\n', 1)[1]
        if body:
            self.heard.append(body)
        media = re.search(r'^m=text (\d+) ([^\r]*)', body, re.M)
        if media and self.text and int(media.group(1)):
            self.text.to = (self.center[0], int(media.group(1)))
            kinds = dict((name, int(pt)) for pt, name in re.findall(
                r'^a=rtpmap:(\d+) (\w+)/1000', body, re.M))
            self.text.pts = (kinds['t140'], kinds['red'])
            # As the offer has it.
            if self._is_offer(text):
                self.sdp = re.sub(r'm=text.*', LINES.format(
                    TEXT_PORT, *self.text.pts), self.sdp, flags=re.S)
        elif not media and self._is_offer(text):
            self.sdp = re.sub(r'm=text.*', '', self.sdp, flags=re.S)
        elif media and not self._wants:
            self.sdp = re.sub(r'm=text.*', '', self.sdp, flags=re.S) + \
                'm=text 0 RTP/AVP 98\r\n'
        super()._take(text)

    def type(self, text):
        self.text.type(text)

    def reads(self, text, timeout_s=WAIT_S):
        self.text.reads(text, timeout_s)

    def vanish(self):
        super().vanish()
        if self.text:
            self.text.socket.close()

"""A telephone of a few words made of two sockets, for what no well-behaved
phone does: vanish, send sound from elsewhere, say nothing.

    wire = Wire(t, center.sip)             # SIP at wire.address:5060
    wire.call('1000')                      # up, or AssertionError
    wire.sound(10); wire.press('1')        # RTP from where its SDP says
    wire.vanish()                          # answers nothing any more

It answers what comes in: INVITE with 200 (wire.busy: 486, wire.rings: 180),
OPTIONS, BYE, …
"""

import array
import random
import re
import socket
import struct
import threading

import wav

SDP = ('v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n'
       'm=audio {1} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n')
# None that the system gives to who names none: a socket of whatever program,
# bound to all addresses, would be in the way here.
RTP_PORT = 9000
WAIT_S = 10


class Source:
    """A socket that sends RTP, and counts what it gets."""

    def __init__(self, address, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.seq = random.randrange(1000)
        self.ssrc = random.getrandbits(32)
        self.pressed = None  # timestamp of the last press that was heard

    def _send(self, to, pt, payload):
        self.seq += 1
        self.socket.sendto(struct.pack(
            '>BBHII', 0x80, pt, self.seq & 0xffff, self.seq * 160,
            self.ssrc) + payload, to)

    def sound(self, to, packets=1, byte=b'\xff'):
        for _ in range(packets):
            self._send(to, 0, byte * 160)

    def press(self, to, digit):
        event = '0123456789*#'.index(digit)
        self._send(to, 101, struct.pack('>BBH', event, 0x8a, 320))

    def next(self, timeout_s=WAIT_S):
        """The payload of the next packet."""
        self.socket.settimeout(timeout_s)
        return self.socket.recv(2000)[12:]

    def listen(self, ms, timeout_s=WAIT_S):
        """So much of what is heard from now on, by its timestamps."""
        heard, first = {}, None
        self.socket.settimeout(timeout_s)
        while first is None or max(heard) < ms * 8 - 160:
            packet = self.socket.recv(2000)
            if packet[1] & 0x7f:
                continue
            ts = struct.unpack('>I', packet[4:8])[0]
            first = ts if first is None else first
            heard[ts - first & 0xffffffff] = packet[12:]
        samples = array.array('h', bytes(2 * (max(heard) + 160)))
        for at, payload in heard.items():
            for i, byte in enumerate(payload[:160]):
                samples[at + i] = wav.ULAW[byte]
        return samples

    def keys(self, count, timeout_s=WAIT_S):
        """The next presses, as the events that tell of them do, until so
        many have ended: [digit, duration, …]."""
        self.socket.settimeout(timeout_s)
        presses = []  # timestamp, digit, duration, ended
        while len([p for p in presses if p[3]]) < count:
            packet = self.socket.recv(2000)
            if packet[1] & 0x7f != 101:
                continue
            ts, = struct.unpack('>I', packet[4:8])
            if ts == self.pressed:
                continue  # its end is told three times
            event, flags, duration = struct.unpack('>BBH', packet[12:16])
            if not presses or presses[-1][0] != ts:
                presses.append([ts, '0123456789*#ABCD'[event], 0, False])
            presses[-1][2:] = [duration, presses[-1][3] or flags >> 7 == 1]
        self.pressed = presses[-1][0]
        return [(p[1], p[2]) for p in presses]

    def deaf(self):
        """What came so far is forgotten."""
        self.socket.setblocking(False)
        try:
            while self.socket.recv(2000):
                pass
        except BlockingIOError:
            pass

    def hears(self, timeout_s):
        """Whether a packet came in that time."""
        try:
            self.next(timeout_s)
            return True
        except (socket.timeout, BlockingIOError):
            return False


class Wire:
    def __init__(self, t, center, user='5550', address=None, sdp_ip=None):
        self.t = t
        self.user = user
        self.address = address or t.address()
        host, port = center.split(':')
        self.center = (host, int(port))
        self.sdp = SDP.format(sdp_ip or self.address, RTP_PORT)
        self.rtp = Source(self.address, RTP_PORT)
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind((self.address, 5060))
        self.sip.settimeout(0.2)
        self.got = {}  # method or status: how many came
        self.last = ''  # the message that came last
        self.invite = ''  # the same of INVITEs
        self.to_tag = self.call_id = self.media = None
        self.cseq = 0
        self.busy = self.rings = False
        self.late = False  # the offer is the center's, the answer in ACK
        self.slow = False  # that waits for confirm()
        self.gone = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # ---- what comes in

    def _read(self):
        while not self.gone:
            try:
                text = self.sip.recv(65535).decode()
            except socket.timeout:
                continue
            except OSError:
                return
            if self.gone:
                return
            with self._changed:
                self._take(text)
                self._changed.notify_all()

    def _take(self, text):
        first = text.split('\r\n')[0].split()
        what = first[1] if first[0] == 'SIP/2.0' else first[0]
        self.last = text
        port = re.search(r'^m=audio (\d+)', text, re.M)
        if port:
            self.media = (self.center[0], int(port.group(1)))
        if what == 'INVITE':
            self.invite = text
        if first[0] != 'SIP/2.0':
            self._answer(what, text)
        elif what[0] != '1' and re.search(r'^CSeq: \d+ INVITE', text, re.M):
            self.to_tag = re.search(r'^To:.*;tag=(\S+)', text, re.M).group(1)
            if not self.slow:
                self.confirm()
        self.got[what] = self.got.get(what, 0) + 1

    def _answer(self, method, text):
        if method == 'ACK':
            return
        keep = re.findall(r'^(?:Via|From|Call-ID|CSeq):.*', text, re.M)
        to = re.search(r'^To:.*', text, re.M).group(0).strip()
        if ';tag=' not in to:
            to += ';tag=wire'
        body, status = '', '200 OK'
        if method == 'INVITE' and self.busy:
            status = '486 Busy Here'
        elif method == 'INVITE' and self.rings:
            status = '180 Ringing'
        elif method == 'INVITE':
            body = 'Content-Type: application/sdp\r\n'
        sdp = self.sdp if body else ''
        self._send('SIP/2.0 %s\r\n%s\r\n%s\r\nContact: <sip:%s@%s:5060>\r\n'
                   '%sContent-Length: %d\r\n\r\n%s' % (
                       status, '\r\n'.join(k.strip() for k in keep), to,
                       self.user, self.address, body, len(sdp), sdp))

    def until(self, what, count=1, timeout_s=WAIT_S):
        """Wait until so many requests or responses of a kind have come."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: self.got.get(what, 0) >= count, timeout_s), \
                'no %s; came: %r' % (what, self.got)

    # ---- what goes out

    def _send(self, text):
        self.sip.sendto(text.encode(), self.center)

    def _request(self, method, cseq, more='', body=''):
        self._send(
            '{0} {1} SIP/2.0\r\nVia: SIP/2.0/UDP {2}:5060;branch=z9hG4bK'
            '{3:x};rport\r\nMax-Forwards: 70\r\nFrom: <sip:{4}@{2}>;tag=wire'
            '\r\nTo: <{1}>{5}\r\nCall-ID: {6}\r\nCSeq: {7} {0}\r\nContact: '
            '<sip:{4}@{2}:5060>\r\n{8}Content-Length: {9}\r\n\r\n{10}'.format(
                method, self.uri, self.address, random.getrandbits(60),
                self.user, ';tag=' + self.to_tag if self.to_tag else '',
                self.call_id, cseq, more, len(body), body))

    def request(self, method, more='', body=''):
        self.cseq += 1
        self._request(method, self.cseq, more, body)

    def confirm(self):
        self._request('ACK', self.cseq, *self._described(self.late))

    def _described(self, yes=True):
        return (('Content-Type: application/sdp\r\n', self.sdp) if yes
                else ('', ''))

    def attempt(self, number, more=''):
        """Call, whatever comes of it."""
        self.uri = 'sip:%s@%s:%d' % ((number,) + self.center)
        self.call_id = '%x@wire' % random.getrandbits(60)
        self.to_tag = None
        what, body = self._described(not self.late)
        self.request('INVITE', more + what, body)

    def call(self, number, more=''):
        self.attempt(number, more)
        self.until('200')

    def sound(self, packets=1, byte=b'\xff'):
        self.rtp.sound(self.media, packets, byte)

    def press(self, digit):
        self.rtp.press(self.media, digit)

    def info(self, digit):
        """A key by SIP INFO, answered."""
        with self._changed:
            before = self.got.get('200', 0)
        self.request('INFO', 'Content-Type: application/dtmf-relay\r\n',
                     'Signal=%s\r\nDuration=160\r\n' % digit)
        self.until('200', before + 1)

    def hangup(self):
        self.request('BYE')

    def vanish(self):
        self.gone = True
        self._reader.join(2)
        self.sip.close()
        self.rtp.socket.close()

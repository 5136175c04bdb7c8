"""A peer that says by hand what no phone says by itself: nothing is answered,
sent again or confirmed unless the test does it.

    hand = Hand(t, center.sip)             # at hand.address:5060
    hand.request('INVITE', hand.sdp())     # to hand.uri, in hand's dialog
    hand.until(200)                        # the next that comes; sets To's tag
    hand.ack()
    bye = hand.until('BYE'); hand.answer(bye, 200)
    hand.never('BYE', 1)                   # none comes in that time
"""

import random
import re
import socket
import time

from harness import PATIENCE

PHRASES = {100: 'Trying', 180: 'Ringing', 183: 'Session Progress', 200: 'OK',
           202: 'Accepted', 302: 'Moved'}
SDP = ('v=0\r\no=- 1 {2} IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n'
       'm=audio {1} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n'
       'a={3}\r\n')
RTP_PORT = 9000
WAIT_S = 10


def value(text, name):
    """The first value of a header, or ''."""
    found = re.search(r'^%s[ \t]*:[ \t]*(.*?)\r?$' % re.escape(name), text,
                      re.M | re.I)
    return found.group(1) if found else ''


def is_what(text, what):
    return text.startswith('SIP/2.0 %d ' % what if isinstance(what, int)
                           else what + ' ')


class Hand:
    def __init__(self, t, to=None, number='400', user='5550', address=None,
                 port=5060):
        """Without `to` it is for whom it heard last."""
        self.called_first = to is None
        to = to or '127.0.0.1:5060'
        host, to_port = to.rsplit(':', 1)
        self.t, self.to = t, (host, int(to_port))
        self.address, self.port = address or t.address(), port
        self.user = user
        self.forwards = 70
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, port))
        self.came = []  # not asked for yet
        self.dialog('sip:%s@%s' % (number, to))

    def dialog(self, uri):
        """Forget the last one."""
        self.uri = self.target = uri
        self.call_id = '%x@hand' % random.getrandbits(60)
        self.cseq, self.version = 0, 0
        self.from_line = 'From: <sip:%s@%s>;tag=h%x' % (
            self.user, self.address, random.getrandbits(30))
        self.to_line = 'To: <%s>' % uri
        self.branch = None

    def sdp(self, direction='sendrecv', port=RTP_PORT):
        self.version += 1
        return SDP.format(self.address, port, self.version, direction)

    # ---- what goes out

    def send(self, text):
        self.socket.sendto(text.encode(), self.to)

    def request(self, method, body='', more='', cseq=None, branch=None,
                type_='application/sdp', target=None):
        if cseq is None and method not in ('ACK', 'CANCEL'):
            self.cseq += 1
        branch = branch or 'z9hG4bK%x' % random.getrandbits(60)
        if method == 'INVITE':
            self.branch = branch
        text = ('%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=%s;rport\r\n'
                'Max-Forwards: %d\r\n%s\r\n%s\r\nCall-ID: %s\r\n'
                'CSeq: %d %s\r\nContact: <sip:%s@%s:%d>\r\n%s%s'
                'Content-Length: %d\r\n\r\n%s' % (
                    method, target or self.target, self.address, self.port,
                    branch, self.forwards, self.from_line, self.to_line, self.call_id,
                    self.cseq if cseq is None else cseq, method, self.user,
                    self.address, self.port, more,
                    'Content-Type: %s\r\n' % type_ if body else '',
                    len(body), body))
        self.send(text)
        return text

    def ack(self, body='', cseq=None):
        self.request('ACK', body, cseq=cseq)

    def ack_refusal(self):
        self.request('ACK', branch=self.branch, target=self.uri)

    def cancel(self):
        to, self.to_line = self.to_line, 'To: <%s>' % self.uri
        self.request('CANCEL', branch=self.branch, target=self.uri)
        self.to_line = to

    def answer(self, request, status, body='', more='', tag='h',
               contact=True):
        to = 'To: ' + value(request, 'To')
        if ';tag=' not in to and status > 100:
            to += ';tag=' + tag
        keep = re.findall(r'^(?:Via|Record-Route|From|Call-ID|CSeq):.*',
                          request, re.M)
        self.send('SIP/2.0 %d %s\r\n%s\r\n%s\r\n%s%s%sContent-Length: %d\r\n'
                  '\r\n%s' % (
                      status, PHRASES.get(status, 'No'),
                      '\r\n'.join(k.strip() for k in keep), to,
                      'Contact: <sip:%s@%s:%d>\r\n' % (
                          self.user, self.address, self.port)
                      if contact else '', more,
                      'Content-Type: application/sdp\r\n' if body else '',
                      len(body), body))

    def called(self, invite, tag='h'):
        """From now on requests are of the dialog that it made."""
        self.call_id = value(invite, 'Call-ID')
        self.from_line = 'From: %s;tag=%s' % (value(invite, 'To'), tag)
        self.to_line = 'To: ' + value(invite, 'From')
        self.target = re.search('<([^>]*)>', value(invite, 'Contact')).group(1)
        self.cseq = 100

    # ---- what comes

    def _read(self, until):
        self.socket.settimeout(max(until - time.monotonic(), 0.001))
        try:
            data, source = self.socket.recvfrom(65535)
        except (socket.timeout, BlockingIOError):
            return
        text = data.decode()
        if self.called_first:
            self.to = source
        # Of a call before: not of the test's next step.
        if text.strip() and not (text.startswith('SIP/2.0') and value(
                text, 'Call-ID') != self.call_id):
            self.came.append(text)

    def until(self, what, timeout_s=WAIT_S, without=None):
        """The next request or response of that kind; earlier ones of others
        stay to be asked for. A list: any of them."""
        whats = what if isinstance(what, (list, tuple)) else [what]
        until = time.monotonic() + timeout_s * PATIENCE
        while True:
            for i, text in enumerate(self.came):
                if any(is_what(text, w) for w in whats):
                    del self.came[i]
                    return self._learn(text)
            assert time.monotonic() < until, 'no %s; came: %s' % (
                what, [m.split('\r\n')[0] for m in self.came])
            self._read(until)

    def _learn(self, text):
        if (text.startswith('SIP/2.0') and 'INVITE' in value(text, 'CSeq')
                and ';tag=' in value(text, 'To')):
            self.to_line = 'To: ' + value(text, 'To')
            contact = re.search('<([^>]*)>', value(text, 'Contact'))
            if contact:
                self.target = contact.group(1)
        return text

    def never(self, what, for_s):
        until = time.monotonic() + for_s
        while time.monotonic() < until:
            self._read(until)
        assert not [m for m in self.came if is_what(m, what)], (
            'a %s came' % what)

    # ---- the usual

    def call(self, more='', body=None):
        """Up, or AssertionError; returns the 200."""
        self.request('INVITE', self.sdp() if body is None else body, more)
        ok = self.until(200)
        self.ack(self.sdp() if body == '' else '')
        return ok

    def hangup(self):
        self.request('BYE')
        return self.until(200)

"""A provider's end of a trunk made of a UDP socket: says of each INVITE what
the test wants, answers the rest, keeps what came.

    provider = Provider(t)                 # at provider.address:5060
    provider.answers = [180, 200]          # to an INVITE; [] for silence
    provider.until('INVITE', 2)            # so many have come
    provider.vanish(); provider.appear()   # the same address
    provider.invite('1000', center.sip)    # and waits for its 200
"""

import random
import re
import socket
import threading

SDP = ('v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n'
       'm=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n')
PHRASES = {100: 'Trying', 180: 'Ringing', 200: 'OK', 302: 'Moved',
           403: 'Forbidden', 404: 'Not Found', 480: 'Unavailable',
           486: 'Busy', 488: 'Unacceptable', 500: 'Error',
           503: 'Unavailable', 603: 'Decline'}
WAIT_S = 15


def header(text, name):
    """The value of a header, or ''."""
    found = re.search(r'^%s:[ \t]*(.*)\r$' % re.escape(name), text, re.M)
    return found.group(1) if found else ''


class Provider:
    def __init__(self, t, address=None, port=5060):
        self.t = t
        self.address, self.port = address or t.address(), port
        six = ':' in self.address
        self.family = socket.AF_INET6 if six else socket.AF_INET
        self.hostport = ('[%s]:%d' if six else '%s:%d') % (
            self.address, port)
        self.answers = [180, 200]
        self.options = 200       # to OPTIONS; 0: silence
        self.registers = 200     # to REGISTER
        # Of its 200; {0} is its address.
        self.sdp = SDP.replace('IP4', 'IP6') if six else SDP
        self.more = ''           # whole lines, in final answers
        self.contact = ''        # whole lines of its 302
        self.tag = 'provider'    # of its dialogs
        self.came = []           # every message
        self.socket = None
        self._changed = threading.Condition()
        self.appear()

    def appear(self):
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        self.socket.bind((self.address, self.port))
        self.socket.settimeout(0.2)
        self.gone = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def vanish(self):
        self.gone = True
        self._reader.join(2)
        self.socket.close()

    def _read(self):
        while not self.gone:
            try:
                data, source = self.socket.recvfrom(65535)
            except socket.timeout:
                continue
            except OSError:
                return
            if self.gone:
                return
            text = data.decode()
            with self._changed:
                self.came.append(text)
                self._changed.notify_all()
            if not text.startswith('SIP/2.0'):
                self._answer(text, source)

    def _answer(self, text, source):
        method = text.split(' ', 1)[0]
        answers = [200]
        if method == 'ACK':
            return
        if method == 'OPTIONS':
            answers = [self.options] if self.options else []
        elif method == 'REGISTER':
            answers = [self.registers]
        elif method == 'INVITE' and ';tag=' not in header(text, 'To'):
            answers = self.answers
        for status in answers:
            self.reply(text, source, status)

    def reply(self, text, source, status):
        invite = text.startswith('INVITE')
        keep = re.findall(
            r'^(?:Via|Record-Route|From|Call-ID|CSeq):.*', text, re.M)
        to = header(text, 'To')
        if ';tag=' not in to and status > 100:
            to += ';tag=' + self.tag
        sdp = self.sdp.format(self.address) if invite and status == 200 else ''
        self.socket.sendto((
            'SIP/2.0 %d %s\r\n%s\r\nTo: %s\r\n%s%s%s'
            'Content-Length: %d\r\n\r\n%s' % (
                status, PHRASES.get(status, 'No'), '\r\n'.join(
                    line.strip() for line in keep), to,
                self.contact if status == 302
                else 'Contact: <sip:p@%s>\r\n' % self.hostport,
                self.more if status >= 200 else '',
                'Content-Type: application/sdp\r\n' if sdp else '',
                len(sdp), sdp)).encode(), source)

    # ---- what came

    def got(self, what):
        """The messages of a method, or the responses of a status."""
        begin = 'SIP/2.0 %d' % what if isinstance(what, int) else what + ' '
        with self._changed:
            return [m for m in self.came if m.startswith(begin)]

    def calls(self):
        """The INVITEs of calls, each once."""
        first = {}
        for invite in self.got('INVITE'):
            if ';tag=' not in header(invite, 'To'):
                first.setdefault(header(invite, 'Call-ID'), invite)
        return list(first.values())

    def until(self, what, count=1, timeout_s=WAIT_S):
        self.t.until(lambda: len(self.got(what)) >= count, timeout_s,
                     '%d %s at %s' % (count, what, self.address))
        return self.got(what)[count - 1]

    def until_calls(self, count, timeout_s=WAIT_S):
        self.t.until(lambda: len(self.calls()) >= count, timeout_s,
                     '%d calls at %s' % (count, self.address))
        return self.calls()[count - 1]

    # ---- what goes out

    def request(self, method, uri, to, call_id, cseq, source=None, more='',
                body='', to_tag='', callee=None):
        host, port = to.split(':')
        text = (
            '{0} {1} SIP/2.0\r\nVia: SIP/2.0/UDP {2};branch=z9hG4bK{3:x};'
            'rport\r\nMax-Forwards: 70\r\nFrom: <sip:5550@{4}>;tag=p\r\n'
            'To: <{5}>{6}\r\nCall-ID: {7}\r\nCSeq: {8} {0}\r\n'
            'Contact: <sip:p@{2}>\r\n{9}Content-Length: {10}\r\n\r\n{11}'
            .format(method, uri, self.hostport, random.getrandbits(60),
                    source or self.address,
                    'sip:%s@%s' % (callee, to) if callee
                    else uri.split(';')[0], to_tag,
                    call_id, cseq, more, len(body), body))
        self.socket.sendto(text.encode(), (host, int(port)))

    def again(self, invite, to, sdp):
        """A re-INVITE in a call that came; returns the final response."""
        self.socket.sendto((
            'INVITE {0} SIP/2.0\r\nVia: SIP/2.0/UDP {1};branch=z9hG4bK{2:x};'
            'rport\r\nMax-Forwards: 70\r\nFrom: {3};tag=provider\r\n'
            'To: {4}\r\nCall-ID: {5}\r\nCSeq: 9 INVITE\r\n'
            'Contact: <sip:p@{1}>\r\nContent-Type: application/sdp\r\n'
            'Content-Length: {6}\r\n\r\n{7}'.format(
                header(invite, 'Contact').strip('<>'), self.hostport,
                random.getrandbits(60), header(invite, 'To'),
                header(invite, 'From'), header(invite, 'Call-ID'), len(sdp),
                sdp)).encode(), (to.split(':')[0], int(to.split(':')[1])))

        def final():
            with self._changed:
                return [m for m in self.came if m.startswith('SIP/2.0 ')
                        and header(m, 'CSeq') == '9 INVITE' and m[8] != '1']
        return self.t.until(final, WAIT_S, 'an answer to a re-INVITE')[0]

    def invite(self, number, to, more='', uri=None, source=None,
               callee=None):
        """Returns the final response."""
        call_id = '%x@provider' % random.getrandbits(60)
        self.request('INVITE', uri or 'sip:%s@%s' % (number, to), to, call_id,
                     1, source, 'Content-Type: application/sdp\r\n' + more,
                     SDP.format(self.address), callee=callee)

        def final():
            with self._changed:
                return [m for m in self.came if m.startswith('SIP/2.0 ')
                        and header(m, 'Call-ID') == call_id
                        and m[8] != '1']
        return self.t.until(final, WAIT_S, 'an answer to INVITE')[0]

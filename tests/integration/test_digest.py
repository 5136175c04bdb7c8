"""Digests of SHA-256, against Python's hashlib: a phone of it that registers
here, and a registrar of it where ours registers."""

import re
import socket
import threading

import desk
import peers
from harness import main, test
from registering import WAIT_S, Registering, response, said


@test(deadline_s=30)
def phone__registers_by_either(t):
    center = desk.Center(t)
    phone = Registering(t, center)
    status, asked = phone.ask()
    assert status == 401
    assert [c['algorithm'] for c in asked] == ['SHA-256', 'MD5'], asked
    assert phone.prove(asked[0])[0] == 200
    center.until_agent('ann', registered=True)
    assert phone.prove(asked[1], nc=2)[0] == 200
    # What served does not serve again, by either.
    status, again = phone.prove(asked[0], nc=2)
    assert status == 401 and again[0]['stale'] == 'true', again
    assert phone.prove(again[0], password='wrong')[0] == 403


class Registrar(threading.Thread):
    """Asks with these algorithms, and looks at what comes back."""

    def __init__(self, t, algorithms):
        super().__init__(daemon=True)
        self.address = t.address()
        self.algorithms = algorithms
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 5060))
        self.socket.settimeout(WAIT_S)
        self.got = None
        self.start()

    def _answer(self, text, peer, status, more=''):
        kept = ''.join(line + '\r\n' for line in text.split('\r\n')
                       if re.match(r'(Via|From|To|Call-ID|CSeq|Contact):',
                                   line))
        self.socket.sendto(('SIP/2.0 %s\r\n%s%sContent-Length: 0\r\n\r\n' % (
            status, kept, more)).encode(), peer)

    def run(self):
        while True:
            try:
                data, peer = self.socket.recvfrom(65536)
            except OSError:
                return
            text = data.decode()
            found = re.search(r'\nAuthorization: Digest (.*)\r', text)
            if not found:
                self._answer(text, peer, '401 No', ''.join(
                    'WWW-Authenticate: Digest realm="r, \\"x\\"", nonce="n", '
                    'algorithm=%s, qop="auth,auth-int", opaque="o"\r\n' % a
                    for a in self.algorithms))
                continue
            self.got = said(found.group(1).replace('\\"', ''))
            uri = text.split()[1]
            good = response(self.got['algorithm'], 'bob', r'r, \"x\"', 'pw',
                            'REGISTER', uri, 'n', self.got['nc'],
                            self.got['cnonce'])
            self._answer(text, peer, '200 OK' if good == self.got['response']
                         else '403 Wrong', 'Expires: 60\r\n')


@test(deadline_s=30)
def our_phone__answers_the_strongest(t):
    for offered, taken in ((('SHA-512-256', 'SHA-256', 'MD5'), 'SHA-256'),
                           (('MD5', 'SHA-256'), 'SHA-256'),
                           (('MD5',), 'MD5')):
        registrar = Registrar(t, offered)
        phone = peers.Phone(t, port=0)
        phone.register('sip:%s:5060' % registrar.address, 'bob', 'pw')
        phone.expect(r'^registered .*status=200')
        assert registrar.got['algorithm'] == taken, registrar.got
        phone.child.kill()
        registrar.socket.close()


main()

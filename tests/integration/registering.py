"""A phone that can only register, and digests by Python's hashlib."""

import hashlib
import re
import socket

WAIT_S = 15
HASHES = {'MD5': 'md5', 'SHA-256': 'sha256'}


def response(algorithm, user, realm, password, method, uri, nonce, nc, cnonce):
    def h(text):
        return hashlib.new(HASHES[algorithm], text.encode()).hexdigest()
    return h(':'.join((h(':'.join((user, realm, password))), nonce, nc,
                       cnonce, 'auth', h(method + ':' + uri))))


def said(text):
    """What a Digest header says, by name."""
    return {name: value.strip('"') for name, value in
            re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', text)}


class Registering:
    """A phone that can only register."""

    def __init__(self, t, center, tcp=False):
        self.center = center
        self.address = t.address()
        self.transport = 'TCP' if tcp else 'UDP'
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM
                                    if tcp else socket.SOCK_DGRAM)
        self.socket.bind((self.address, 0 if tcp else 5060))
        self.socket.settimeout(WAIT_S)
        # What is sent on it has its way then.
        self.socket.connect((center.address, center.port))
        self.cseq = 0
        self.contact = 'Contact: <sip:ann@%s:5060>\r\n' % self.address
        self.text = ''  # the answer that came last

    def ask(self, more=''):
        """REGISTER; the status and the challenges."""
        self.cseq += 1
        self.socket.sendall((
            'REGISTER sip:%(at)s SIP/2.0\r\n'
            'Via: SIP/2.0/%(transport)s %(me)s:5060;branch=z9hG4bK%(cseq)d;rport\r\n'
            'From: <sip:ann@%(at)s>;tag=1\r\nTo: <sip:ann@%(at)s>\r\n'
            'Call-ID: c@%(me)s\r\nCSeq: %(cseq)d REGISTER\r\n'
            '%(contact)sMax-Forwards: 70\r\n%(more)s'
            'Content-Length: 0\r\n\r\n' % {
                'at': self.center.address, 'me': self.address,
                'cseq': self.cseq, 'contact': self.contact,
                'transport': self.transport, 'more': more}).encode())
        self.text = self.socket.recv(65536).decode()
        return int(self.text.split()[1]), [said(c) for c in re.findall(
            r'WWW-Authenticate: Digest (.*)\r\n', self.text)]

    def prove(self, challenge, password='ann-pw', nc=1, algorithm=None):
        uri = 'sip:' + self.center.address
        algorithm = algorithm or challenge['algorithm']
        count = '%08x' % nc
        return self.ask(
            'Authorization: Digest username="ann", realm="%s", nonce="%s", '
            'uri="%s", algorithm=%s, qop=auth, nc=%s, cnonce="c", '
            'response="%s"\r\n' % (
                challenge['realm'], challenge['nonce'], uri, algorithm, count,
                response(algorithm, 'ann', challenge['realm'], password,
                         'REGISTER', uri, challenge['nonce'], count, 'c')))

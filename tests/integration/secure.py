"""Ends of connections over TLS made of text: one to a phone of ours (connect),
one that waits for it (Callee), and the phone (phone_with)."""

import re
import socket
import ssl

import peers
from provider import header

WAIT_S = 15


def connect(pki, phone, certificate=None):
    """A connection over TLS to a phone, whose name is looked at."""
    context = ssl.create_default_context(cafile=pki.ca)
    if certificate:
        context.load_cert_chain(certificate)
    plain = socket.create_connection((phone.address, phone.tls_port),
                                     timeout=WAIT_S)
    return context.wrap_socket(plain, server_hostname=phone.address)


def phone_with(t, pki, verify=0, **kwargs):
    address = t.address()
    return peers.Phone(t, address=address, tls=(
        pki.make(address, ip=address), pki.ca, verify), **kwargs)


class Stream:
    """One end of a connection over TLS, and the messages that came by it."""

    def __init__(self, stream):
        self.stream, self.text = stream, ''

    def message(self, begin):
        """The next that begins so; others are passed over."""
        while True:
            head, end, rest = self.text.partition('\r\n\r\n')
            length = int(header(head + '\r\n', 'Content-Length') or 0)
            if end and len(rest) >= length:
                self.text = rest[length:]
                if head.startswith(begin):
                    return head + end + rest[:length]
                continue
            data = self.stream.recv(65536)
            assert data, 'no %s came' % begin
            self.text += data.decode()

    def send(self, first, lines, body=''):
        self.stream.sendall(('%s\r\n%s\r\nContent-Length: %d\r\n\r\n%s' % (
            first, '\r\n'.join(lines), len(body), body)).encode())

    def answer(self, message, status, *more, body=''):
        keep = re.findall(r'^(?:Via|From|To|Call-ID|CSeq):.*(?=\r)', message,
                          re.M)
        self.send('SIP/2.0 ' + status, [
            line + (';tag=x' if line.startswith('To:') and ';tag' not in line
                    else '') for line in keep] + list(more), body)


class Callee:
    """Listens for TLS; up() is the first connection to it."""

    def __init__(self, t, pki, port=0):
        self.address = t.address()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pki.make(self.address, ip=self.address))
        self.socket = socket.create_server((self.address, port))
        self.socket.settimeout(WAIT_S)
        self.port = self.socket.getsockname()[1]
        self.hostport = '%s:%d' % (self.address, self.port)

    def up(self):
        plain, _ = self.socket.accept()
        plain.settimeout(WAIT_S)
        return Stream(self.context.wrap_socket(plain, server_side=True))

    def quiet(self):
        """Nobody has come."""
        self.socket.settimeout(0.3)
        try:
            self.socket.accept()
        except socket.timeout:
            return True
        return False

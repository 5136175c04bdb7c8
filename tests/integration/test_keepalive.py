"""Connections kept alive (RFC 5626): pings answered and sent, and what is
lost is made again."""

import os
import re
import socket
import ssl

import peers
from certificates import Certificates
from harness import main, test

PING, PONG = b'\r\n\r\n', b'\r\n'
WAIT_S = 40


class Registrar:
    """On TCP; one connection after another."""

    def __init__(self, t):
        self.address = t.address()
        self.socket = socket.create_server((self.address, 5060))
        self.socket.settimeout(WAIT_S)

    def take(self):
        """The next connection, its REGISTER answered."""
        stream, _ = self.socket.accept()
        stream.settimeout(WAIT_S)
        text = stream.recv(65536).decode()
        assert text.startswith('REGISTER '), text
        kept = ''.join(line + '\r\n' for line in text.split('\r\n') if
                       re.match(r'(Via|From|To|Call-ID|CSeq):', line))
        stream.sendall(('SIP/2.0 200 OK\r\n' + kept + 'Expires: 600\r\n'
                        'Content-Length: 0\r\n\r\n').encode())
        return stream


@test(deadline_s=120)
def registration__outlives_its_connection(t):
    registrar = Registrar(t)
    phone = peers.Phone(t, port=0)
    phone.register('sip:%s;transport=tcp' % registrar.address, 'bob', 'pw',
                   600)
    # Closed by the registrar, which nobody has to ping to find out.
    with registrar.take():
        phone.expect(r'^registered .*status=200')
    with registrar.take() as stream:
        phone.expect(r'^registered .*status=200')
        # The rest takes its time here, and none in unit/sip_keepalive.
        if os.environ.get('USHER_FULL') == '1':
            assert stream.recv(64) == PING
            stream.sendall(PONG)
            assert stream.recv(64) == PING
            # No answer: it is given up, and there is another.
            assert stream.recv(64) == b''
            with registrar.take():
                phone.expect(r'^registered .*status=200')
        phone.stop()


@test(deadline_s=30)
def ping__is_answered_on_tcp_and_tls(t):
    pki = Certificates(t)
    address = t.address()
    phone = peers.Phone(t, address=address,
                        tls=(pki.make('phone', ip=address), pki.ca))
    context = ssl.create_default_context(cafile=pki.ca)
    for port in (phone.port, phone.tls_port):
        stream = socket.create_connection((address, port), timeout=10)
        if port == phone.tls_port:
            stream = context.wrap_socket(stream, server_hostname=address)
        with stream:
            for part in ((PING,), (b'\r', b'\n\r', b'\n'), (PING,)):
                for some in part:
                    stream.sendall(some)
                assert stream.recv(64) == PONG, part


main()

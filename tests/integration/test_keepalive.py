"""Connections kept alive (RFC 5626): pings answered and sent, and what is
lost is made again."""

import os
import re
import socket
import ssl

import desk
import peers
import trunks
from certificates import Certificates
from harness import main, test
from provider import header
from registering import Registering
from secure import Stream
from wire import Wire

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


@test(deadline_s=30)
def phone__on_tcp_is_called_over_its_connection(t):
    """Nobody listens where its Contact is."""
    center = desk.Center(t, desk.YAML.replace('offer_timeout: 4s',
                                              'offer_timeout: 30s'))
    phone = Registering(t, center, tcp=True)
    phone.contact = phone.contact.replace('5060>', '5060;transport=tcp>')
    status, asked = phone.ask()
    assert status == 401
    assert phone.prove(asked[0])[0] == 200
    center.post('/api/v1/agents/ann/sign-in')
    Wire(t, center.sip).call('1001')
    invite = phone.socket.recv(65536).decode()
    assert invite.startswith('INVITE sip:ann@'), invite
    # Closed, there is no other way to it.
    phone.socket.close()
    t.until(lambda: [e['reason'] for e in center.get('/api/v1/events?from=1')[
        'events'] if e['type'] == 'leg_ended'][:1] == ['unreachable'], 10,
            'unreachable')


@test(deadline_s=30)
def trunk__on_tcp_has_one_connection(t):
    """Until it is closed; then another one."""
    address = t.address()
    server = socket.create_server((address, 5060))
    server.settimeout(10)
    center = trunks.Trunks(t, [(
        'a', 'address: "%s:5060", transport: tcp' % address)])

    def invited(stream, text=''):
        """The INVITE of the next call, refused."""
        trunks.dial(t, center)
        stream = stream or server.accept()[0]
        stream.settimeout(10)
        while not text.startswith('INVITE '):
            text = stream.recv(65536).decode()
            assert text, 'it was closed'
        kept = ''.join(line + '\r\n' for line in text.split('\r\n') if
                       re.match(r'(Via|From|To|Call-ID|CSeq):', line))
        stream.sendall(('SIP/2.0 486 Busy\r\n%sContent-Length: 0\r\n\r\n'
                        % kept.replace('\r\nCall-ID', ';tag=1\r\nCall-ID')
                        ).encode())
        return stream

    stream = invited(None)
    for _ in range(2):
        assert invited(stream) is stream
    # Nobody has told it when the next call comes.
    stream.close()
    invited(None)
    center.until_lost(4)


@test(deadline_s=60)
def trunk__over_tls_is_asked_again_by_the_same_name(t):
    """Where its connection ends with an INVITE that nobody answered."""
    pki = Certificates(t)
    address = t.address()
    server = socket.create_server((address, 5061))
    server.settimeout(10)
    center = trunks.Trunks(t, [(
        'a', 'address: "%s:5061", transport: tls, tls_name: a.test' % address)
    ], sip=', tls: {{certificate: "%s", ca: "%s"}}' % (
        pki.make('center', ip=address), pki.ca))

    def take(name='a.test'):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.make(name, dns=name))
        plain = server.accept()[0]
        plain.settimeout(10)
        return Stream(context.wrap_socket(plain, server_side=True))

    def refuse(stream, invite):
        stream.answer(invite, '486 Busy')
        stream.message('ACK ')

    trunks.dial(t, center)
    kept = take()
    refuse(kept, kept.message('INVITE '))
    trunks.dial(t, center)
    first = kept.message('INVITE ')
    kept.stream.close()
    kept = take()
    again = kept.message('INVITE ')
    assert header(again, 'Via') == header(first, 'Via')
    refuse(kept, again)
    center.until_lost(2)
    trunks.dial(t, center)
    kept.message('INVITE ')
    kept.stream.close()
    try:
        take('b.test')
    except OSError:
        pass
    center.child.wait_for(r'TLS to a\.test at %s:5061 failed: hostname '
                          r'mismatch' % re.escape(address))
    center.until_lost(3)


main()

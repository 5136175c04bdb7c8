"""SIP over TLS: who is believed and who is not, and what it costs us when
people do not even try."""

import re
import signal
import socket
import ssl
import subprocess
import threading
import time

import desk
import peers
from certificates import Certificates
from dnsd import Dns
from harness import main, test
from secure import WAIT_S, connect, phone_with

HALF_OPEN = 200

OPTIONS = ('OPTIONS sip:%(host)s SIP/2.0\r\n'
           'Via: SIP/2.0/TLS %(host)s:9;branch=z9hG4bK%(branch)s\r\n'
           'From: <sip:x@%(host)s>;tag=1\r\nTo: <sip:%(host)s>\r\n'
           'Call-ID: %(branch)s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n'
           'Content-Length: 0\r\n\r\n')


def answer(stream, host, branch='a'):
    """The status line that OPTIONS gets."""
    stream.sendall((OPTIONS % {'host': host, 'branch': branch}).encode())
    return stream.recv(65536).split(b'\r\n')[0].decode()


class Server:
    """Takes connections over TLS at an address; keeps what it is sent."""

    def __init__(self, t, certificate, client_ca=None, port=0):
        self.address = t.address()
        self.got = b''
        self.failed = None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        self.asked_for = None
        self.context.sni_callback = self._named
        self.socket = socket.create_server((self.address, port))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def _named(self, stream, name, context):
        self.asked_for = name

    def _take(self):
        plain, _ = self.socket.accept()
        plain.settimeout(WAIT_S)
        try:
            with self.context.wrap_socket(plain, server_side=True) as stream:
                self.got = stream.recv(65536)
        except OSError as e:
            self.failed = e


@test(deadline_s=60)
def phones__call_over_tls_and_hear_each_other(t):
    pki = Certificates(t)
    ann, bob = phone_with(t, pki, name='ann'), phone_with(t, pki, name='bob')
    call = ann.place('sips:bob@%s:%d' % (bob.address, bob.tls_port))
    theirs = bob.incoming()
    bob.do('answer %d' % theirs)
    ann.expect(r'^answered call=%d' % call)
    bob.do('listen %d 1' % theirs)
    ann.do('tone %d 700 0' % call)
    bob.expect(r'tone call=%d .*hz=(69|70|71)\d' % theirs)
    # A request of the one who was called goes back by the same connection.
    bob.do('hold %d 1' % theirs)
    ann.expect(r'^held call=%d' % call)
    bob.do('hangup %d' % theirs)
    ann.ended(call, cause=2)
    ann.stop()
    bob.stop()


@test(deadline_s=60)
def server__is_believed_only_with_a_good_certificate(t):
    pki, stranger = Certificates(t), Certificates(t, 'stranger')
    phone = phone_with(t, pki)
    other = t.address()
    for name, make, why in (
            ('wrong', lambda a: pki.make('wrong', ip=other),
             'IP address mismatch'),
            ('named', lambda a: pki.make(a, dns='other.test'),
             'IP address mismatch'),
            ('late', lambda a: pki.make('late', ip=a, expired=True),
             'certificate has expired'),
            ('unknown', lambda a: stranger.make('unknown', ip=a),
             'unable to get local issuer certificate'),
            ('alone', lambda a: pki.make('alone', ip=a, alone=True),
             'self-signed certificate')):
        server = Server(t, pki.make('first', ip=other))
        server.context.load_cert_chain(make(server.address))
        call = phone.place('sip:x@%s:%d;transport=tls' % (server.address,
                                                          server.port))
        phone.expect(r'TLS to %s at %s:%d failed: %s' % (
            server.address, server.address, server.port, why))
        phone.ended(call, cause=6, status=503)
        server.thread.join(WAIT_S)
        assert not server.got, name
    server = Server(t, pki.make('x', ip=other))
    server.context.load_cert_chain(pki.make('good', ip=server.address))
    phone.place('sip:x@%s:%d;transport=tls' % (server.address, server.port))
    server.thread.join(WAIT_S)
    first = server.got.split(b'\r\n')[1]
    assert first.startswith(b'Via: SIP/2.0/TLS %s:%d;' % (
        phone.address.encode(), phone.tls_port)), server.got
    assert b'Contact: <sip:usher@%s:%d;transport=tls>' % (
        phone.address.encode(), phone.tls_port) in server.got, server.got


@test(deadline_s=60)
def client__needs_a_certificate_where_both_are_verified(t):
    pki, stranger = Certificates(t), Certificates(t, 'stranger')
    phone = phone_with(t, pki, verify=1)
    for certificate, why in (
            (None, 'peer did not return a certificate'),
            (stranger.make('x'), 'unable to get local issuer certificate'),
            (pki.make('late', expired=True), 'certificate has expired')):
        try:
            with connect(pki, phone, certificate) as stream:
                assert not stream.recv(1)
        except (ssl.SSLError, ConnectionError):
            pass
        phone.expect(r'TLS from 127\.0\.0\.1:\d+ failed: ' + why)
    with connect(pki, phone, pki.make('good')) as stream:
        assert answer(stream, phone.address) == 'SIP/2.0 200 OK'
    # We show ours to who asks for it.
    server = Server(t, pki.make('x'), client_ca=pki.ca)
    server.context.load_cert_chain(pki.make('y', ip=server.address))
    phone.place('sips:x@%s:%d' % (server.address, server.port))
    server.thread.join(WAIT_S)
    assert server.got.startswith(b'INVITE '), server.failed


@test(deadline_s=60)
def what_is_no_tls__is_closed_and_told(t):
    pki = Certificates(t)
    phone = phone_with(t, pki)
    plain = (OPTIONS % {'host': 'x', 'branch': 'p'}).encode()
    for said in (plain, bytes(range(256)) * 8, b'\x16\x03\x01' + b'\xff' * 64):
        with socket.create_connection((phone.address, phone.tls_port),
                                      timeout=WAIT_S) as stream:
            stream.sendall(said)
            try:
                while stream.recv(4096):
                    pass
            except ConnectionError:
                pass
        phone.expect(r'TLS from 127\.0\.0\.1:\d+ failed: [a-z]')
    with connect(pki, phone) as stream:
        assert answer(stream, phone.address) == 'SIP/2.0 200 OK'
    # Over TLS, what cannot be understood is answered as elsewhere.
    with connect(pki, phone) as stream:
        stream.sendall(b'NONSENSE\r\n\r\n')
        got = stream.recv(4096)
        assert not got or got.startswith(b'SIP/2.0 400'), got


@test(deadline_s=60)
def old_tls__is_refused(t):
    pki = Certificates(t)
    phone = phone_with(t, pki)
    for version, status in (('-tls1_1', 1), ('-tls1_2', 0), ('-tls1_3', 0)):
        output = t.run(
            ['openssl', 's_client', version, '-cipher',
             'DEFAULT:@SECLEVEL=0', '-CAfile', pki.ca, '-verify_return_error',
             '-connect', '%s:%d' % (phone.address, phone.tls_port)],
            status=status)
        assert ('Server certificate' in output) == (not status), output


@test(deadline_s=90)
def half_open_handshakes__leave_room_for_others(t):
    pki = Certificates(t)
    phone = phone_with(t, pki)
    silent = []
    hello = b'\x16\x03\x01\x02\x00\x01\x00'
    for i in range(HALF_OPEN):
        stream = socket.create_connection((phone.address, phone.tls_port),
                                          timeout=WAIT_S)
        stream.sendall(hello[:i % len(hello)] or hello)
        silent.append(stream)
    with connect(pki, phone) as stream:
        assert answer(stream, phone.address) == 'SIP/2.0 200 OK'
    # None of them outlasts a handshake's time.
    for stream in silent:
        stream.settimeout(30)
        try:
            while stream.recv(4096):
                pass
        except ConnectionError:
            pass
        stream.close()
    phone.expect(r'the handshake takes too long|too many connections')
    phone.stop()


YAML = desk.yaml_with(media='  any_source: true\n').replace(
    'media:\n', '  tls: {{listen: "{address}:{tls}", certificate: cert.pem, '
    'ca: ca.pem}}\nmedia:\n', 1)


def center_with(t, pki, yaml=YAML):
    """A center that listens for TLS; ann's phone is to register there."""
    import shutil
    address = t.address()

    class Here:
        """What desk.Center takes from one before."""
    here = Here()
    here.address, here.state = address, t.path('state')
    here.port = t.port(address)
    here.http_port = t.port(address, tcp=True)
    here.tls = t.port(address, tcp=True)
    # Linphone's library looks for addresses among names only.
    shutil.copy(pki.make('center', ip=address, dns=address),
                t.path('cert.pem'))
    shutil.copy(pki.ca, t.path('ca.pem'))
    with open(t.path('center.yaml'), 'w') as f:
        f.write(yaml.format(
            address=address, sip=here.port, rtp=20000, rtp_end=29999,
            http=here.http_port, state=here.state, more='', tls=here.tls))
    center = desk.Center(t, keep=here)
    center.tls = '%s:%d' % (address, here.tls)
    return center


@test(deadline_s=120)
def baresip__registers_and_calls_over_tls(t):
    pki = Certificates(t)
    center = center_with(t, pki)
    ann = peers.Baresip(t, user='ann', password='ann-pw',
                        domain=center.address, registrar=center.tls,
                        transport='tls', tone_hz=440,
                        certificate=pki.make('ann'), ca=pki.ca)
    ann.registered()
    center.post('/api/v1/agents/ann/sign-in')
    center.until_agent('ann', registered=True, presence='ready')
    # To the phone, by the connection that it opened.
    caller = desk.Phone(t, center)
    call = caller.call('201')
    ann.established()
    caller.say('listen', call, 1)
    caller.hears(call, 440)
    caller.say('hangup', call)
    ann.terminated()
    # And from it.
    ann.call('sip:1000@%s;transport=tls' % center.tls)
    ann.established()
    ann.hangup()
    ann.quit()


@test(deadline_s=120)
def linphone__registers_and_calls_over_tls(t):
    pki = Certificates(t)
    center = center_with(t, pki)
    ann = peers.Linphone(t, user='ann', password='ann-pw',
                         domain=center.address, registrar=center.tls,
                         tone_hz=500, ca=pki.ca)
    # It does not always say that it is.
    center.post('/api/v1/agents/ann/sign-in')
    center.until_agent('ann', registered=True, presence='ready')
    caller = desk.Phone(t, center)
    call = caller.call('201')
    ann.established()
    caller.say('listen', call, 1)
    caller.hears(call, 500)
    caller.say('hangup', call)
    ann.terminated()
    ann.quit()


@test(deadline_s=120)
def baresip_and_linphone__talk_by_tls_and_srtp(t):
    """Either of them is the agent, and neither says a word in clear."""
    pki = Certificates(t)
    center = center_with(t, pki, YAML.replace('media:\n',
                                              'media:\n  srtp: require\n'))
    at = dict(domain=center.address, registrar=center.tls, ca=pki.ca)
    ann = peers.Baresip(t, user='ann', password='ann-pw', transport='tls',
                        tone_hz=440, certificate=pki.make('ann'),
                        mediaenc='srtp-mand', **at)
    bob = peers.Linphone(t, user='bob', password='bob-pw', tone_hz=700,
                         encryption='srtp\nmedia_encryption_mandatory=1',
                         **at)
    for name in ('ann', 'bob'):
        center.post('/api/v1/agents/%s/sign-in' % name)
        center.until_agent(name, registered=True, presence='ready')
    for caller, callee, number in ((ann, bob, '202'), (bob, ann, '201')):
        caller.call('sip:%s@%s;transport=tls' % (number, center.tls))
        for one in (caller, callee):
            one.established()
        time.sleep(1.5)
        caller.hangup()
        callee.terminated()
        for name in ('ann', 'bob'):
            center.until_agent(name, activity='idle')
    ann.quit()
    bob.quit()
    assert ann.heard_tone(700), 'baresip did not hear Linphone'
    assert bob.heard_tone(440), 'Linphone did not hear baresip'


@test(deadline_s=60)
def phone__that_registers_by_sips_is_called(t):
    pki = Certificates(t)
    center = center_with(t, pki)
    ann = phone_with(t, pki)
    ann.do('auto ring')
    ann.register('sips:' + center.tls, 'ann', 'ann-pw')
    ann.expect(r'^registered account=1 .*status=200')
    center.post('/api/v1/agents/ann/sign-in')
    center.until_agent('ann', registered=True, presence='ready')
    caller = desk.Phone(t, center)
    caller.call('201', wait=False)
    call = ann.incoming()
    ann.do('answer %d' % call)
    ann.expect(r'^answered call=%d' % call)
    ann.do('hangup %d' % call)
    ann.ended(call, cause=1)
    ann.stop()


@test(deadline_s=60)
def trunk__is_called_by_the_name_of_its_certificate(t):
    pki = Certificates(t)
    other = t.address()
    yaml = YAML.replace('  outside: ', '  far: {{address: "%s", transport: tls, '
                        'tls_name: provider.test}}\n  outside: ')
    yaml = yaml.replace('agents:\n', 'agents:\n  eve: {{extension: "203", '
                        'endpoints: ["tel:5551"]}}\n')
    for name, good in (('other.test', False), ('provider.test', True)):
        server = Server(t, pki.make(name, ip=other, dns=name))
        center = center_with(t, pki, yaml % (
            '%s:%d' % (server.address, server.port)))
        center.post('/api/v1/agents/eve/sign-in')
        desk.Phone(t, center).call('203', wait=False)
        server.thread.join(WAIT_S)
        assert server.asked_for == 'provider.test'
        assert server.got.startswith(b'INVITE sip:5551@') == good, server.got
        center.child.stop()


@test(deadline_s=90)
def trunk__that_is_a_name_is_believed_by_that_name_alone(t):
    pki = Certificates(t)
    # What DNS says is no proof of who is there; what is configured is.
    for more, name, good in (('', 'a.sip.test', False),
                             ('', 'sip.test', True),
                             (', transport: tls', 'a.sip.test', False),
                             (', transport: tls', 'sip.test', True),
                             (', transport: tls, tls_name: a.sip.test',
                              'a.sip.test', True)):
        server = Server(t, pki.make(name, dns=name))
        dns = Dns(t, {
            ('sip.test', 'NAPTR'): [(10, 5, 's', 'SIPS+D2T',
                                     '_sips._tcp.sip.test')],
            ('_sips._tcp.sip.test', 'SRV'): [(0, 1, server.port,
                                              'a.sip.test')],
            ('a.sip.test', 'A'): [server.address]})
        yaml = YAML.replace('media:\n', '  dns: "%s"\nmedia:\n' % dns.address,
                            1)
        yaml = yaml.replace('  outside: ', '  far: {{address: sip.test, '
                            'prefix: "5551"%s}}\n  outside: ' % more)
        yaml = yaml.replace('agents:\n', 'agents:\n  eve: {{extension: "203", '
                            'endpoints: ["tel:5551"]}}\n')
        center = center_with(t, pki, yaml)
        center.child.wait_for(r'trunk "far": sip\.test has 1 address', 20)
        center.post('/api/v1/agents/eve/sign-in')
        desk.Phone(t, center).call('203', wait=False)
        server.thread.join(WAIT_S)
        wanted = 'a.sip.test' if 'tls_name' in more else 'sip.test'
        assert server.asked_for == wanted, server.asked_for
        assert server.got.startswith(b'INVITE sip:5551@sip.test') == good, (
            more, name, server.got)
        center.child.stop()


@test(deadline_s=60)
def trunk__that_is_a_name_is_called_at_5061(t):
    pki = Certificates(t)
    server = Server(t, pki.make('sip.test', dns='sip.test'), port=5061)
    dns = Dns(t, {('sip.test', 'A'): [server.address]})
    yaml = YAML.replace('media:\n', '  dns: "%s"\nmedia:\n' % dns.address, 1)
    yaml = yaml.replace('  outside: ', '  far: {{address: sip.test, transport: '
                        'tls, prefix: "5551"}}\n  outside: ')
    yaml = yaml.replace('agents:\n', 'agents:\n  eve: {{extension: "203", '
                        'endpoints: ["tel:5551"]}}\n')
    center = center_with(t, pki, yaml)
    center.child.wait_for(r'trunk "far": sip\.test has 1 address', 20)
    assert dns.count('_sips._tcp.sip.test', 'SRV') == 1
    assert not dns.count('_sip._tcp.sip.test')
    center.post('/api/v1/agents/eve/sign-in')
    desk.Phone(t, center).call('203', wait=False)
    server.thread.join(WAIT_S)
    assert server.got.startswith(b'INVITE sip:5551@sip.test;transport=tls'), (
        server.got)
    center.child.stop()


@test(deadline_s=60)
def renewed_certificate__is_used_after_a_reload(t):
    import shutil
    pki, later = Certificates(t), Certificates(t, 'later')
    center = center_with(t, pki)
    address, port = center.tls.split(':')

    class There:
        """Where connect() goes."""
    There.address, There.tls_port = address, int(port)

    def reload(want):
        start = len(center.child.lines)
        center.child.process.send_signal(signal.SIGHUP)
        center.child.wait_for(want, 20, start)

    with connect(pki, There) as before:
        assert answer(before, address, 'a') == 'SIP/2.0 200 OK'
        with open(t.path('cert.pem'), 'w') as f:
            f.write('half a certificate\n')
        reload(r'cert\.pem: no start line')
        with connect(pki, There) as stream:
            assert answer(stream, address, 'b') == 'SIP/2.0 200 OK'
        shutil.copy(later.make('renewed', ip=address), t.path('cert.pem'))
        reload(r'read again|[Rr]eload')
        try:
            connect(pki, There).close()
            raise AssertionError('the old certificate is still there')
        except ssl.SSLCertVerificationError:
            pass
        with connect(later, There) as stream:
            assert answer(stream, address, 'c') == 'SIP/2.0 200 OK'
        # Whoever was there stays.
        assert answer(before, address, 'd') == 'SIP/2.0 200 OK'


NAMED = YAML.replace(
    'ca: ca.pem}}', 'ca: ca.pem, verify: both, certificates: [{{certificate: '
    'north.crt, key: north.key}}, {{certificate: south.pem}}]}}')


@test(deadline_s=60)
def name__chooses_the_certificate(t):
    """Domains of their own behind one port, and who calls by none of them;
    calls go on when a certificate is renewed."""
    import shutil
    pki = Certificates(t)

    def make(name, dns):
        shutil.copy(pki.make(name, dns=dns), t.path(name + '.pem'))

    make('north', 'north.test')
    make('south', '*.south.test')
    for part in ('crt', 'key'):
        shutil.copy(t.path('issuer-north.' + part), t.path('north.' + part))
    client = pki.make('client', dns='client.test')
    center = center_with(t, pki, NAMED)

    def subject(name, *more):
        """Whose certificate openssl gets that says this name."""
        out = t.run(['openssl', 's_client', '-connect', center.tls, '-CAfile',
                     pki.ca, '-verify_return_error', '-cert', client]
                    + (['-servername', name] if name else ['-noservername'])
                    + list(more), 20)
        assert 'Verify return code: 0 (ok)' in out, out
        return re.search(r'^subject=CN = (\S+)', out, re.M).group(1)

    for more in ((), ('-tls1_2',)):
        assert subject('north.test', *more) == 'north'
    assert subject('NORTH.test') == 'north'
    assert subject('sip.south.test') == 'south'
    for name in ('south.test', 'a.b.south.test', 'other.test', None):
        assert subject(name) == 'center', name
    # Who calls by a name that is here is answered, and stays.
    context = ssl.create_default_context(cafile=pki.ca)
    context.load_cert_chain(client)
    address, port = center.tls.split(':')

    def there():
        return context.wrap_socket(
            socket.create_connection((address, int(port)), WAIT_S),
            server_hostname='sip.south.test')

    def reload(want):
        start = len(center.child.lines)
        center.child.process.send_signal(signal.SIGHUP)
        center.child.wait_for(want, 20, start)

    with there() as before:
        assert answer(before, address, 'a') == 'SIP/2.0 200 OK'
        with open(t.path('south.pem'), 'w') as f:
            f.write('half a certificate\n')
        reload(r'south\.pem: no start line')
        assert subject('sip.south.test') == 'south'
        make('renewed', '*.south.test')
        shutil.copy(t.path('renewed.pem'), t.path('south.pem'))
        reload(r'read again|[Rr]eload')
        assert subject('sip.south.test') == 'renewed'
        assert subject('north.test') == 'north'
        assert subject(None) == 'center'
        assert answer(before, address, 'b') == 'SIP/2.0 200 OK'
        with there() as after:
            assert answer(after, address, 'c') == 'SIP/2.0 200 OK'


def vector(data, size=2):
    return len(data).to_bytes(size, 'big') + data


def hello(name):
    """A ClientHello of TLS 1.2 that calls this name, whatever is in it."""
    extensions = b''.join(kind.to_bytes(2, 'big') + vector(data)
                          for kind, data in (
        (0, vector(b'\0' + vector(name))), (10, vector(b'\0\x1d\0\x17')),
        (11, vector(b'\0', 1)), (13, vector(b'\4\3\4\1\5\3\5\1'))))
    body = (b'\3\3' + bytes(32) + vector(b'', 1) +
            vector(b'\xc0\x2b\xc0\x2f') + vector(b'\0', 1) +
            vector(extensions))
    return b'\x16\3\1' + vector(b'\1' + vector(body, 3))


@test(deadline_s=60)
def name__that_cannot_be_one_is_answered_by_no_certificate(t):
    """SNI as no library would send it: RFC 6066, 3."""
    import shutil
    pki = Certificates(t)
    shutil.copy(pki.make('north', dns='north.test'), t.path('south.pem'))
    for part in ('crt', 'key'):
        shutil.copy(t.path('issuer-north.' + part), t.path('north.' + part))
    center = center_with(t, pki, NAMED)
    address, port = center.tls.split(':')

    def said_to(name):
        """What comes in clear until the center waits or hangs up."""
        with socket.create_connection((address, int(port)), WAIT_S) as plain:
            plain.sendall(hello(name))
            plain.settimeout(WAIT_S)
            got = b''
            # ServerHelloDone, an alert.
            while not got.endswith(b'\x0e\0\0\0') and got[:1] != b'\x15':
                more = plain.recv(65536)
                if not more:
                    break
                got += more
            if got[:1] == b'\x15':
                assert plain.recv(100) == b'', 'it stays open'
            return got

    def is_alert(got):
        """Fatal, unrecognized_name or decode_error."""
        return got[:3] == b'\x15\3\3' and got[5:] in (b'\2\x70', b'\2\x32')

    assert b'north.test' in said_to(b'north.test')
    for name in (b'north.test\0', b'north.test\0.evil.test', b'\0north.test',
                 b'\0', b'n' * 256, b'north.test' * 30, b'n' * 9000):
        got = said_to(name)
        assert is_alert(got), (name[:20], len(name), got[:40])
    for name in (b'', b'n' * 255, b'.', b'*', b'*.test', b'north.test.',
                 b'n\xc3\xb6rth.test', b'\xff\xfe', b'north test',
                 b'north.test\r\n'):
        got = said_to(name)
        assert got[:1] == b'\x16' and b'north.test' not in got, (name, got)
    assert b'north.test' in said_to(b'North.TEST')
    client = pki.make('client', dns='client.test')
    context = ssl.create_default_context(cafile=pki.ca)
    context.load_cert_chain(client)
    with context.wrap_socket(
            socket.create_connection((address, int(port)), WAIT_S),
            server_hostname='north.test') as stream:
        assert answer(stream, address) == 'SIP/2.0 200 OK'


RSA = ('rsa:2048',)


@test(deadline_s=60)
def name__chooses_whatever_kind_of_key_there_is(t):
    """OpenSSL has room for one certificate of each kind of key, and clients
    like one kind better."""
    import shutil
    pki = Certificates(t)
    for name, kind in (('north', {}), ('south', {'kind': RSA})):
        shutil.copy(pki.make(name, dns=name + '.test', **kind),
                    t.path(name + '.pem'))
    center = center_with(t, pki, YAML.replace(
        'ca: ca.pem}}', 'ca: ca.pem, certificates: [{{certificate: north.pem}},'
        ' {{certificate: south.pem}}]}}'))

    def subject(name, *more):
        out = t.run(['openssl', 's_client', '-connect', center.tls, '-CAfile',
                     pki.ca, '-verify_return_error']
                    + (['-servername', name] if name else ['-noservername'])
                    + list(more), 20)
        return re.search(r'^subject=CN = (\S+)', out, re.M).group(1)

    def names(first):
        for more in ((), ('-tls1_2',)):
            for name, want in (('north.test', 'north'),
                               ('south.test', 'south'), (None, first)):
                assert subject(name, *more) == want, (name, more)
        likes = ['-sigalgs', 'RSA-PSS+SHA256:ECDSA+SHA256']
        assert subject('north.test', *likes) == 'north'

    names('center')
    shutil.copy(pki.make('renewed', kind=RSA), t.path('cert.pem'))
    start = len(center.child.lines)
    center.child.process.send_signal(signal.SIGHUP)
    center.child.wait_for(r'read again|[Rr]eload', 20, start)
    names('renewed')


@test(deadline_s=60)
def bad_files__are_named(t):
    pki = Certificates(t)
    good = pki.make('good')
    with open(t.path('nothing.pem'), 'w') as f:
        f.write('nothing\n')
    for certificate, ca, words in (
            (t.path('missing.pem'), pki.ca,
             ('missing.pem', 'No such file or directory')),
            (t.path('nothing.pem'), pki.ca, ('nothing.pem', 'no start line')),
            (pki.ca, pki.ca, ('cannot use the key in', 'issuer.pem')),
            (good, t.path('nothing.pem'), ('issuers in', 'nothing.pem'))):
        child = t.start([t.program('phone'), t.address(), 0, 'only',
                         certificate, ca], name='phone',
                        stdin=subprocess.PIPE)
        line = child.wait_for(r'^failed: (.*)').group(1)
        child.wait(10, 1)
        assert all(word in line for word in words), line


main()

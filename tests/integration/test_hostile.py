"""A center on a network where not everybody is a phone."""

import re
import resource
import socket
import urllib.request

import desk
from harness import main, test

# Nobody may call without a password.
YAML = desk.YAML.replace('sources: 127.0.0.0/8', 'sources: 127.0.0.9')
FILES = 512  # descriptors of the center


def center_of(t, files=None):
    """A center that has so many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        return desk.Center(t, YAML)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def metric(center, name):
    with urllib.request.urlopen(center.url('/metrics'), timeout=5) as answer:
        text = answer.read().decode()
    return int(re.search(r'^%s (\d+)$' % name, text, re.M).group(1))


def works(t, center):
    """An agent registers, calls and is heard of over HTTP."""
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    ann.call('*111234')
    center.until_agent('ann', presence='ready')


@test(deadline_s=60)
def hostile__silent_connections_do_not_stop_a_center(t):
    center = center_of(t, FILES)
    sockets = []
    for i in range(FILES):
        sock = socket.socket()
        sock.settimeout(5)
        sock.bind(('127.%d.9.%d' % (251 + i % 4, 1 + i % 20), 0))
        sock.connect((center.address, center.port))
        sockets.append(sock)
    # The last one is taken when all before it have been.
    sockets[-1].sendall(
        b'OPTIONS sip:x@%s SIP/2.0\r\n'
        b'Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKlast\r\n'
        b'From: <sip:a@b>;tag=1\r\nTo: <sip:x@%s>\r\nCall-ID: last\r\n'
        b'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'
        % (center.address.encode(), center.address.encode()))
    assert sockets[-1].recv(4096).startswith(b'SIP/2.0 200'), 'no answer'
    assert metric(center, 'usher_sip_connections') <= FILES // 4
    assert metric(center, 'usher_sip_connections_closed_total') > FILES // 2
    works(t, center)
    for sock in sockets:
        sock.close()
    t.until(lambda: metric(center, 'usher_sip_connections') == 0, 10,
            'all connections are gone')


@test(deadline_s=60)
def hostile__what_is_no_sip_is_answered_counted_and_told_briefly(t):
    center = center_of(t)
    bad = (b'OPTIONS sip:x@y SIP/2.0\r\n'
           b'Via: SIP/2.0/%s 127.0.0.1:9;branch=z9hG4bKbad\r\n'
           b'From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: bad\r\n'
           b'CSeq: x OPTIONS\r\nContent-Length: 0\r\n\r\n')
    tcp = socket.create_connection((center.address, center.port), 5)
    tcp.sendall(bad % b'TCP')
    assert tcp.recv(4096).startswith(b'SIP/2.0 400'), 'no answer on TCP'
    assert tcp.recv(4096) == b'', 'still open'
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(5)
    for _ in range(200):
        udp.sendto(bad % b'UDP', (center.address, center.port))
        assert udp.recv(4096).startswith(b'SIP/2.0 400'), 'no answer on UDP'
    assert metric(center, 'usher_sip_malformed_total') == 201
    works(t, center)
    told = [line for line in center.child.lines
            if 'dropped: not a SIP message' in line]
    assert 1 <= len(told) <= 20, len(told)


@test(deadline_s=60)
def hostile__via_names_nobody_else_who_gets_our_answers(t):
    """Not even by maddr, which RFC 3261 would have us obey."""
    center = center_of(t)
    ends = []
    for _ in range(2):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind((t.address(), 5060))
        end.settimeout(10)
        ends.append(end)
    asks, victim = ends
    there, here = victim.getsockname()[0], asks.getsockname()[0]
    for i, (via, method, more, status) in enumerate((
            ('%s:5060;maddr=%s', 'OPTIONS', '', 200),
            ('%s:5060;rport; MADDR = %s', 'OPTIONS', '', 200),
            ('%s:5060;maddr=%s;maddr=127.0.0.9', 'OPTIONS', '', 200),
            ('%s:5060;maddr=%s', 'OPTIONS', 'CSeq: 2 X\r\n', 400),
            ('%s:5060;maddr=%s', 'INVITE', '', 401),
            ('%s:5060;received=%s', 'OPTIONS', '', 200))):
        asks.sendto((
            '{0} sip:x@{1} SIP/2.0\r\nVia: SIP/2.0/UDP {2};branch=z9hG4bK{3}'
            '\r\nMax-Forwards: 70\r\nFrom: <sip:a@{1}>;tag=1\r\nTo: <sip:x@{1}'
            '>\r\nCall-ID: {3}\r\n{4}CSeq: 1 {0}\r\nContact: <sip:a@{5}>\r\n'
            'Content-Length: 0\r\n\r\n').format(
                method, center.address, via % (here, there), i, more,
                here).encode(), (center.address, center.port))
        while True:
            got = asks.recv(4096).decode()
            if not got.startswith('SIP/2.0 100'):
                break
        assert got.startswith('SIP/2.0 %d' % status), (via, got)
        assert 'branch=z9hG4bK%d' % i in got, got
    victim.setblocking(False)
    try:
        raise AssertionError('somebody else got %r' % victim.recv(4096))
    except BlockingIOError:
        pass


NO_BODY = ('{0} sip:{1}@{2} SIP/2.0\r\nVia: SIP/2.0/UDP {3}:5060;branch='
           'z9hG4bK{4}\r\nFrom: <sip:{1}@{2}>;tag=1\r\nTo: <sip:{1}@{2}>\r\n'
           'Call-ID: {4}\r\nCSeq: 1 {0}\r\n{5}Content-Length: 0\r\n\r\n')


class Stranger:
    """A socket at an address of its own."""

    def __init__(self, t, center):
        self.center, self.address = center, t.address()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 5060))
        self.socket.settimeout(10)

    def send(self, name, method='OPTIONS', user='x', more=''):
        self.socket.sendto(NO_BODY.format(
            method, user, self.center.address, self.address, name,
            more).encode(), (self.center.address, self.center.port))

    def bans(self):
        return [(e['reason'], e['count'], e['duration'])
                for e in self.center.get('/api/v1/events?from=1')['events']
                if e['type'] == 'security' and e['text'] == 'ban'
                and e['origin'] == self.address]


def limited(t, more):
    return desk.Center(t, YAML.replace(
        '  listen: {address}:{sip}\n', '  listen: {address}:{sip}\n'
        '  limits: {{allow: [], %s}}\n' % more))


@test(deadline_s=60)
def hostile__who_looks_for_names_is_a_scanner(t):
    """Whatever it calls itself: five wrong things are a ban, and a name that
    it has no password for is a tenth of one."""
    center = limited(t, 'failures: 5')
    stranger, before = Stranger(t, center), []
    for i in range(35):
        stranger.send('name%d' % i, 'REGISTER', 'ann' if i == 7 else 'u%d' % i)
        before.append(stranger.socket.recv(4096).decode())
    # All look the same, that of whom there is, too.
    assert {text.split('\r\n')[0] for text in before} == {
        'SIP/2.0 401 Unauthorized'}, before
    for i in range(35, 60):
        stranger.send('name%d' % i, 'REGISTER', 'u%d' % i)
    t.until(stranger.bans, 10, 'a ban')
    assert stranger.bans()[0][0] == 'scanner', stranger.bans()
    works(t, center)


@test(deadline_s=60)
def hostile__ban_ends_by_itself_and_the_next_one_is_longer(t):
    center = limited(t, 'ban: 1s, ban_max: 1h')
    stranger = Stranger(t, center)
    for count in (1, 2):
        start = len(center.child.lines)
        stranger.send('scan%d' % count,
                      more='User-Agent: friendly-scanner\r\n')
        # Not answered, nor does it wait for the end.
        stranger.send('lost%d' % count)
        t.until(lambda: len(stranger.bans()) == count, 10, 'the ban is told')
        assert stranger.bans()[-1] == ('scanner', count, count * 10 ** 6)
        center.child.wait_for('no longer banned: ' + stranger.address, 20,
                              start)
        assert center.get('/api/v1/bans') == []
        stranger.send('heard%d' % count)
        answer = stranger.socket.recv(4096).decode()
        assert answer.startswith('SIP/2.0 200'), answer
        assert 'heard%d' % count in answer, answer


main()

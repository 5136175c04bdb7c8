"""Trunks that are names: RFC 3263, its failover, and answers that lie."""

import re
import signal
import socket
import struct

from dnsd import Dns, encode_name
from harness import Skip, main, test
from provider import Provider, header
from trunks import Trunks, caller


def named(t, center, count):
    """Wait until so many addresses of trunk p are known."""
    center.child.wait_for(r'trunk "p": \S+ has %d address' % count, 30)


def with_name(t, dns, *more, name='sip.test'):
    return Trunks(t, [('p', ', '.join(('address: ' + name,) + more))],
                  dns=dns.address)


def zone_of(a, b):
    return {
        ('sip.test', 'NAPTR'): [(10, 5, 's', 'SIPS+D2T', '_no.sip.test'),
                                (20, 5, 's', 'SIP+D2U', '_x._udp.sip.test')],
        ('_x._udp.sip.test', 'SRV'): [(2, 1, b.port, 'b.sip.test'),
                                      (1, 1, a.port, 'a.sip.test')],
        ('a.sip.test', 'CNAME'): ['c.sip.test'],
        ('c.sip.test', 'A'): [a.address],
        ('b.sip.test', 'A'): [b.address]}


@test(deadline_s=60)
def dns__naptr_srv_and_addresses_are_tried_in_order(t):
    a, b = Provider(t, port=6000), Provider(t, port=6002)
    dns = Dns(t, zone_of(a, b))
    center = with_name(t, dns)
    named(t, center, 2)
    caller(t, center).call('1000')
    center.until_calls((a, 1), (b, 0))
    # The domain is asked for, whoever is reached.
    assert a.calls()[0].startswith('INVITE sip:+3615550000@sip.test SIP/2.0')
    assert 'Route:' not in a.calls()[0]
    a.answers = [503]
    caller(t, center).call('1000')
    center.until_calls((b, 1), (a, 2))
    a.answers = [200]
    caller(t, center).call('1000')
    center.until_calls((b, 2), (a, 2))
    assert not dns.count('_no.sip.test')


@test(deadline_s=60)
def dns__srv_and_address_without_naptr(t):
    a = Provider(t, port=6000)
    dns = Dns(t, {('_sip._udp.sip.test', 'SRV'): [(0, 0, 6000, 'a.test')],
                  ('a.test', 'A'): [a.address]})
    center = with_name(t, dns)
    named(t, center, 1)
    caller(t, center).call('1000')
    center.until_calls((a, 1))
    assert (dns.count('sip.test', 'NAPTR'), dns.count('sip.test', 'A')) == (
        1, 0)
    center.child.stop()
    # A port in the configuration: the name is a host's.
    dns.zone = {('sip.test', 'A'): [a.address]}
    dns.asked.clear()
    center = with_name(t, dns, name='"sip.test:6000"')
    named(t, center, 1)
    caller(t, center).call('1000')
    center.until_calls((a, 2))
    assert a.calls()[1].startswith(
        'INVITE sip:+3615550000@sip.test:6000 SIP/2.0')
    assert {kind for _, kind, _ in dns.asked} == {'A'}


@test(deadline_s=60)
def dns__host_without_any_of_them_is_called_at_5060(t):
    a = Provider(t)
    dns = Dns(t, {('sip.test', 'A'): [a.address]})
    center = with_name(t, dns)
    named(t, center, 1)
    caller(t, center).call('1000')
    center.until_calls((a, 1))
    # And who calls from there is known.
    assert a.invite('300', center.sip).startswith('SIP/2.0 200')
    stranger = Provider(t)
    assert stranger.invite('300', center.sip, source='elsewhere.test'
                           ).startswith('SIP/2.0 401')


def free_port():
    """At ::1, which all tests share; one of IPv4's tests may have it there."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(('::1', 0))
        return probe.getsockname()[1]


@test(deadline_s=60)
def dns__address_of_ipv6_is_called(t):
    """Where the center has one itself; elsewhere it costs nobody the call."""
    try:
        six = Provider(t, address='::1', port=free_port())
    except OSError:
        raise Skip('this machine has no IPv6')
    four = Provider(t, port=six.port)
    dns = Dns(t, {('sip.test', 'AAAA'): ['::1']})
    name = 'address: "sip.test:%d"' % six.port
    center = Trunks(t, [('p', name)], dns=dns.address,
                    sip=', second_address: "::1"')
    named(t, center, 1)
    wire = caller(t, center)
    wire.call('1000')
    invite = six.until_calls(1)
    assert invite.startswith('INVITE sip:+3615550000@sip.test:'), invite
    assert re.search(r'^c=IN IP6 ::1\r$', invite, re.M), invite
    assert header(invite, 'Contact').endswith('@[::1]:%d>' % center.port)
    six.until('ACK')
    wire.hangup()
    six.until('BYE')
    center.child.stop()
    dns.zone[('sip.test', 'A')] = [four.address]
    center = Trunks(t, [('p', name)], dns=dns.address)
    named(t, center, 1)
    caller(t, center).call('1000')
    center.until_calls((four, 1))
    assert len(six.calls()) == 1


@test(deadline_s=60)
def dns__changes_are_followed_and_silence_is_outlived(t):
    a, b = Provider(t), Provider(t)
    dns = Dns(t, {('sip.test', 'A'): [a.address]})
    dns.ttl = 1  # no sooner than in five seconds
    center = with_name(t, dns)
    named(t, center, 1)
    dns.zone[('sip.test', 'A')] = [b.address, a.address]
    named(t, center, 2)
    dns.silent = True
    center.child.wait_for(r'DNS does not answer for sip.test: the old', 40)
    a.answers = b.answers = [200]
    caller(t, center).call('1000')
    t.until(lambda: len(a.calls()) + len(b.calls()) == 1, 10, 'a call')


@test(deadline_s=60)
def dns__registration_goes_to_the_next_address(t):
    a, b = Provider(t, port=6000), Provider(t, port=6002)
    a.registers = 503
    center = with_name(t, Dns(t, zone_of(a, b)), 'register: true',
                       'user: usher', 'password: pw')
    center.child.wait_for(r'trunk "p" is registered', 20)
    assert a.got('REGISTER')
    asked = b.until('REGISTER')
    assert asked.startswith('REGISTER sip:sip.test SIP/2.0'), asked
    assert center.metric('registered', 'p') == 1
    # Who calls the contact that it was told is the provider, and whom the
    # call is for is in To.
    contact = re.search(r'<([^>]+)>', header(asked, 'Contact')).group(1)
    elsewhere = Provider(t)
    assert elsewhere.invite('300', center.sip, uri=contact.replace(
        'usher@', '300@')).startswith('SIP/2.0 200')
    answer = elsewhere.invite('300', center.sip, uri=contact, callee='300')
    assert answer.startswith('SIP/2.0 200'), answer
    # It leaves when it stops, where it is.
    center.child.send(signal.SIGTERM)
    t.until(lambda: [r for r in b.got('REGISTER')
                     if header(r, 'Expires') == '0'], 10, 'it leaves')


@test(deadline_s=60)
def dns__silent_server_holds_nobody_up(t):
    dns = Dns(t, {})
    dns.silent = True
    b = Provider(t)
    center = Trunks(t, [('p', 'address: sip.test')], dns=dns.address)
    t.until(lambda: dns.count(), 10, 'a question')
    caller(t, center).call('1000')
    center.until_lost(1)
    assert center.metric('up', 'p') == 0
    center.child.stop()
    center = Trunks(t, [('p', 'address: sip.test'),
                        ('b', 'priority: 1, address: "%s"' % b.hostport)],
                    dns=dns.address)
    caller(t, center).call('1000')
    center.until_calls((b, 1))


@test(deadline_s=60)
def dns__answer_that_is_cut_is_asked_for_by_tcp(t):
    many = ['127.9.0.%d' % i for i in range(1, 60)]
    dns = Dns(t, {('sip.test', 'A'): many})
    dns.cut = True
    center = with_name(t, dns)
    named(t, center, 16)  # no more are kept
    assert ('sip.test', 'A', 'tcp') in dns.asked


def lies(a):
    """Of one true answer: what somebody else might send before it."""
    name = encode_name('sip.test')
    forged = b'\x7f\x09\x09\x09'
    right = b''.join(bytes([int(x)]) for x in a.address.split('.'))

    def change(answer):
        number = struct.unpack('>H', answer[:2])[0]
        other = struct.pack('>H', number ^ 1) + answer[2:]
        return [
            other.replace(right, forged),              # another number
            answer.replace(name, encode_name('sip.tesu')),  # question
            answer[:2] + b'\x01\x00' + answer[4:],     # a question itself
            answer[:7], b'', b'\xff' * 12,
            answer,
            answer.replace(right, forged)]             # too late
    return change


@test(deadline_s=60)
def dns__forged_answers_are_not_believed(t):
    a = Provider(t)
    dns = Dns(t, {('sip.test', 'A'): [a.address]})
    dns.mangle = lies(a)
    center = with_name(t, dns)
    named(t, center, 1)
    caller(t, center).call('1000')
    center.until_calls((a, 1))


@test(deadline_s=90)
def dns__bad_answers_come_to_an_end(t):
    b = Provider(t)
    loop = struct.pack('>H', 0xc00c)

    def pointer_to_itself(answer):
        # An owner that points at itself, ahead of whatever follows.
        end = answer.index(b'\x00', 12) + 5
        return [answer[:6] + b'\x00\x01' + answer[8:end] + struct.pack(
            '>H', 0xc000 | end) + struct.pack('>HHIH', 1, 1, 60, 4) + b'abcd']

    cases = (
        # aliases in a circle
        ({('sip.test', 'CNAME'): ['x.test'], ('x.test', 'CNAME'):
          ['sip.test']}, None),
        # each answer names another that has to be asked for
        ({('sip.test', 'NAPTR'): [
            (i, i, 's', 'SIP+D2U', 'n%d.test' % i) for i in range(200)],
          **{('n%d.test' % i, 'SRV'): [
              (k, k, 5060, 'h%d.test' % k) for k in range(50)]
             for i in range(200)}}, None),
        # a service that is none, and an alias to the root
        ({('sip.test', 'NAPTR'): [(1, 1, 's', 'SIP+D2U', '_s.test')],
          ('_s.test', 'SRV'): [(0, 0, 5060, '.')]}, None),
        ({('sip.test', 'A'): ['127.1.1.1']}, pointer_to_itself),
        ({('sip.test', 'A'): ['127.1.1.1']},
         lambda answer: [answer[:6] + b'\xff\xff' + answer[8:]]),
        ({('sip.test', 'A'): ['127.1.1.1']},
         lambda answer: [answer[:-3] + loop]),
    )
    for zone, mangle in cases:
        dns = Dns(t, zone)
        dns.mangle = mangle
        center = with_name(t, dns)
        center.child.wait_for(r'DNS (does not answer for|knows no address)',
                              40)
        assert len(dns.asked) <= 2 * 40 + 4, len(dns.asked)
        caller(t, center).call('1000')
        center.until_lost(1)
        center.child.stop()
    assert header('To: x\r\n', 'To') == 'x' and not b.calls()


main()

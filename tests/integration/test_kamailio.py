"""Trunks whose calls pass through a proxy that writes itself into them:
Kamailio, in both directions, and one of two that goes."""

import re
import time

from certificates import Certificates
from dnsd import Dns
from harness import main, test
from kamailio import Kamailio
from provider import Provider, header
from trunks import Trunks, caller, dial, to


def opened(t, *more, proxies=1):
    """A center whose calls go through proxies to one carrier."""
    carrier = Provider(t)
    front = [Kamailio(t, carrier.hostport) for _ in range(proxies)]
    center = Trunks(t, [
        ('k%d' % i, to(proxy, 'priority: %d' % i, *more))
        for i, proxy in enumerate(front)], media='silence: 1s, ')
    for proxy in front:
        proxy.start(center.sip)
    return (center, carrier) + tuple(front)


def passed(message, *proxies):
    """It came through these, and they are no longer in its way."""
    vias = re.findall(r'^Via: SIP/2.0/UDP ([\d.]+)', message, re.M)
    assert vias[:-1] == [p.address for p in reversed(proxies)], message
    assert not header(message, 'Route'), message
    return message


def contact_of(message):
    return re.search(r'<([^>]+)>', header(message, 'Contact')).group(1)


def within(carrier, proxy, invite, method, cseq, more='', body=''):
    """A request of the carrier within a call of the center's."""
    call = header(invite, 'Call-ID')
    route = ''.join('Route: %s\r\n' % r for r in re.findall(
        r'^Record-Route: (.*?)\r$', invite, re.M))
    text = ('{0} {1} SIP/2.0\r\nVia: SIP/2.0/UDP {2};branch=z9hG4bK{0}{3}{4}'
            '\r\nMax-Forwards: 70\r\n{5}From: {6};tag=provider\r\nTo: {7}\r\n'
            'Call-ID: {8}\r\nCSeq: {3} {0}\r\nContact: <sip:p@{2}>\r\n{9}'
            'Content-Length: {10}\r\n\r\n{11}').format(
                method, contact_of(invite), carrier.hostport, cseq, call[:9],
                route, header(invite, 'To'), header(invite, 'From'), call,
                more, len(body), body)
    before = len(carrier.got(200))
    carrier.socket.sendto(text.encode(), (proxy.address, 5060))
    return carrier.until(200, before + 1)


HELD = ('v=0\r\no=- 1 2 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n'
        'm=audio 40000 RTP/AVP 0\r\na=sendonly\r\n')


@test(deadline_s=60)
def proxy__stays_in_a_call_that_went_out(t):
    center, carrier, proxy = opened(t)
    wire = caller(t, center)
    wire.call('1000')
    invite = passed(carrier.until_calls(1), proxy)
    assert proxy.address in header(invite, 'Record-Route')
    passed(carrier.until('ACK'), proxy)
    # Nobody speaks: the center asks, along the same way.
    passed(carrier.until('OPTIONS'), proxy)
    # Held and resumed by the carrier.
    answer = within(carrier, proxy, invite, 'INVITE', 1,
                    'Content-Type: application/sdp\r\n',
                    HELD.format(carrier.address))
    assert 'a=recvonly' in answer, answer
    wire.hangup()
    passed(carrier.until('BYE'), proxy)
    t.until(lambda: center.metric('calls_out', 'k0') == 0, 10, 'over')


@test(deadline_s=60)
def proxy__stays_in_a_call_that_the_carrier_ends(t):
    center, carrier, proxy = opened(t)
    wire = caller(t, center)
    wire.call('1000')
    invite = carrier.until_calls(1)
    carrier.until('ACK')
    within(carrier, proxy, invite, 'BYE', 1)
    wire.until('BYE')


@test(deadline_s=60)
def proxy__brings_calls_in(t):
    center, carrier, proxy = opened(t)
    answer = carrier.invite('36199', proxy.hostport)
    assert answer.startswith('SIP/2.0 200'), answer
    assert proxy.address in header(answer, 'Record-Route')
    assert center.metric('calls_in', 'k0') == 1
    carrier.request(
        'ACK', contact_of(answer), proxy.hostport, header(answer, 'Call-ID'),
        1, None, 'Route: %s\r\n' % header(answer, 'Record-Route'),
        to_tag=';' + header(answer, 'To').split(';')[-1])
    # The flow calls a number, over the same way; when that ends, all does.
    out = passed(carrier.until_calls(1), proxy)
    carrier.until('ACK')
    within(carrier, proxy, out, 'BYE', 1)
    bye = passed(carrier.until('BYE'), proxy)
    assert header(bye, 'Call-ID') == header(answer, 'Call-ID')


@test(deadline_s=90)
def proxy__that_goes_is_passed_by(t):
    center, carrier, first, second = opened(t, proxies=2)
    wire = caller(t, center)
    wire.call('1000')
    passed(carrier.until_calls(1), first)
    carrier.until('ACK')
    first.child.kill()
    caller(t, center).call('1000')
    passed(carrier.until_calls(2), second)
    center.child.wait_for(r'trunk "k0".*no answer; next')
    # The call that it carried ends for the caller who ends it.
    wire.hangup()
    wire.until('200', 2)
    t.until(lambda: center.metric('calls_out', 'k0') == 0, 60, 'over')


@test(deadline_s=60)
def proxy__between_two_transports_writes_itself_in_twice(t):
    """Once for each side (RFC 5658); all that follows passes both."""
    pki = Certificates(t)
    carrier, front = Provider(t), t.address()
    pem = pki.make('front', ip=front)
    proxy = Kamailio(t, carrier.hostport, front, tls=pem)
    center = Trunks(
        t, [('tls', 'address: "%s:5061", transport: tls, calls: 1'
          % front),
            ('tcp', 'address: "%s:5060", transport: tcp, priority: 1' % front)
            ], media='silence: 1s, ', sip=', tls: {{certificate: "%s", '
        'ca: "%s"}}' % (pem, pki.ca))
    proxy.start(center.sip)
    first = None
    for i, transport in enumerate(('tls', 'tcp')):
        wire = caller(t, center)
        wire.call('1000')
        invite = carrier.until_calls(i + 1)
        assert header(invite, 'Via').startswith('SIP/2.0/UDP')
        routes = re.findall(r'^Record-Route: (.*?)\r$', invite, re.M)
        assert len(routes) == 2, invite
        assert 'transport=' not in routes[0], routes
        assert 'transport=' + transport in routes[1], routes
        carrier.until('ACK', i + 1)
        # Nobody speaks: the center asks, along the same way.
        before = len(carrier.got('OPTIONS'))
        carrier.until('OPTIONS', before + 1)
        assert 'a=recvonly' in within(
            carrier, proxy, invite, 'INVITE', 1,
            'Content-Type: application/sdp\r\n',
            HELD.format(carrier.address))
        if i:
            within(carrier, proxy, invite, 'BYE', 2)
            wire.until('BYE')
        first = first or wire
    first.hangup()
    carrier.until('BYE')
    t.until(lambda: center.metric('calls_out', 'tls') == 0, 10, 'over')


@test(deadline_s=60)
def proxy__that_is_full_gives_way_to_the_next_of_its_name(t):
    """Two of them by SRV; how long the first wants to be left alone it says
    by Retry-After, and it is asked last meanwhile."""
    carrier = Provider(t)
    full = Kamailio(t, carrier.hostport, first=(
        'append_to_reply("Retry-After: 60\\r\\n");\n'
        '    sl_send_reply("503", "Full"); exit;'))
    good = Kamailio(t, carrier.hostport)
    dns = Dns(t, {
        ('_sip._udp.sip.test', 'SRV'): [(1, 1, 5060, 'full.sip.test'),
                                        (2, 1, 5060, 'good.sip.test')],
        ('full.sip.test', 'A'): [full.address],
        ('good.sip.test', 'A'): [good.address]})
    center = Trunks(t, [('p', 'address: sip.test')], dns=dns.address)
    for proxy in (full, good):
        proxy.start(center.sip)
    center.child.wait_for(r'trunk "p": sip\.test has 2 address', 20)
    for i in range(2):
        wire = caller(t, center)
        wire.call('1000')
        invite = passed(carrier.until_calls(i + 1), good)
        assert invite.startswith('INVITE sip:+3615550000@sip.test SIP/2.0')
        carrier.until('ACK', i + 1)
        wire.hangup()
        passed(carrier.until('BYE', i + 1), good)
    # The second call did not ask the first one again.
    assert center.metric('failures_total', 'p') == 1
    assert center.metric('resting', 'p') == 1


@test(deadline_s=60)
def router__that_is_strict_is_asked_for(t):
    """It finds itself in the Request-URI, and whom it is for behind it."""
    a = Provider(t)
    a.more = ('Record-Route: <sip:next.test;lr>\r\n'
              'Record-Route: <sip:router@%s>\r\n' % a.hostport)
    center = Trunks(t, [('a', to(a))])
    wire = caller(t, center)
    wire.call('1000')
    ack = a.until('ACK')
    wire.hangup()
    bye = a.until('BYE')
    for method, message in (('ACK', ack), ('BYE', bye)):
        assert message.startswith('%s sip:router@%s SIP/2.0\r\n' % (
            method, a.hostport)), message
        assert '\r\nRoute: <sip:next.test;lr>\r\nRoute: <sip:p@%s>\r\nTo' % (
            a.hostport) in message, message


@test(deadline_s=60)
def proxy__forks_a_call_and_the_second_answer_is_hung_up(t):
    """Both answer at once; each gets its ACK, and who was second its BYE."""
    carrier, other = Provider(t), Provider(t)
    other.tag = 'other'
    proxy = Kamailio(t, carrier.hostport, more='loadmodule "corex.so"\n',
                     first=(
        'record_route();\n    append_branch("sip:fork@%s");\n'
        '    $du = "sip:%s";\n    t_relay(); exit;'
        % (other.hostport, carrier.hostport)))
    # The first to answer waits until the other one has answered, too.
    carrier.answers = other.answers = [180]
    center = Trunks(t, [('k', to(proxy))])
    proxy.start(center.sip)
    wire = dial(t, center)
    for one in (carrier, other):
        one.until('INVITE')
    for one in (carrier, other):
        one.reply(one.got('INVITE')[0], (proxy.address, 5060), 200)
    for one in (carrier, other):
        passed(one.until('ACK'), proxy)
    t.until(lambda: carrier.got('BYE') or other.got('BYE'), 10, 'one BYE')
    first, second = ((other, carrier) if carrier.got('BYE')
                     else (carrier, other))
    assert ';tag=' + second.tag in header(second.got('BYE')[0], 'To')
    t.until(lambda: '200' in wire.got, 10, 'the caller has its answer')
    # The first one's call goes on until the caller ends it.
    assert not first.got('BYE') and 'BYE' not in wire.got
    wire.hangup()
    bye = passed(first.until('BYE'), proxy)
    assert ';tag=' + first.tag in header(bye, 'To'), bye
    assert len(second.got('BYE')) == 1
    t.until(lambda: center.metric('calls_out', 'k') == 0, 10, 'over')


REGISTRAR = '''
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("auth", "algorithm", "%s")
modparam("auth", "nonce_count", 1)
modparam("auth", "qop", "auth")
modparam("registrar", "min_expires", 8)
modparam("registrar", "max_expires", 8)
'''
# Whom it challenges knows the password, or is not saved; who is called is
# where the account has registered.
REGISTERS = '''
    if (is_method("REGISTER")) {
        if (!pv_www_authenticate("$td", "pw", "0")) {
            www_challenge("$td", "1");
            exit;
        }
        save("location");
        exit;
    }
    if ($rU == "bob") {
        if (!lookup("location")) { sl_send_reply("404", "Gone"); exit; }
        record_route();
        t_relay();
        exit;
    }'''


@test(deadline_s=60)
def registration__is_kept_at_a_registrar_that_we_did_not_write(t):
    """It challenges each REGISTER, and forgets after 8 s."""
    for algorithm in ('MD5', 'SHA-256'):
        carrier = Provider(t)
        proxy = Kamailio(t, carrier.hostport, first=REGISTERS,
                         more=REGISTRAR % algorithm)
        center = Trunks(t, [('k', to(proxy, 'user: bob', 'password: pw',
                                     'register: true'))])
        proxy.start(center.sip)
        center.child.wait_for(r'trunk "k" is registered', 40)
        time.sleep(10)
        answer = carrier.invite('bob', proxy.hostport, callee='300')
        assert answer.startswith('SIP/2.0 200'), answer
        assert center.metric('registered', 'k') == 1
        assert center.queue('nobody')['waiting'] == 1
        # It leaves when it stops.
        center.child.stop()
        answer = carrier.invite('bob', proxy.hostport)
        assert answer.startswith('SIP/2.0 404'), answer
        proxy.child.kill()


main()

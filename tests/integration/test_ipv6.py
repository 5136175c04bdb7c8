"""IPv6: a center at ::1 alone, and one that is at both."""

import re
import socket
import time

import desk
from harness import Skip, main, test
from peers import Baresip


def free_port(kind=socket.SOCK_DGRAM):
    """A port of ::1, which all tests share."""
    try:
        with socket.socket(socket.AF_INET6, kind) as probe:
            probe.bind(('::1', 0))
            return probe.getsockname()[1]
    except OSError:
        raise Skip('this machine has no IPv6')


SIX = desk.YAML.replace('127.0.0.0/8', '"::1/128 2001:db8::/32"')
BOTH = desk.YAML.replace('media:\n', '  second_address: "::1"\nmedia:\n')


class Six(desk.Center):
    """A center at ::1, its HTTP at an address of its own."""

    def __init__(self, t):
        http = t.address()

        class Here:
            address, state = http, t.path('state')
            port = free_port()
            http_port = t.port(http, tcp=True)
        with open(t.path('center.yaml'), 'w') as f:
            f.write(re.sub(r'listen: \S+:(%d)\n' % Here.port,
                           r'listen: "[::1]:\1"\n', SIX.format(
                               address=http, sip=Here.port, rtp=20000,
                               rtp_end=29999, http=Here.http_port,
                               state=Here.state, more='')))
        super().__init__(t, keep=Here)
        self.sip = '[::1]:%d' % self.port


def phone_at(t, center, address, *words):
    """A phone of desk.Phone's kind at this address."""
    class There:
        """Its first address is this one."""
        def __getattr__(self, name):
            return getattr(t, name)

        def address(self):
            return address
    return desk.Phone(There(), center, *words)


@test(deadline_s=60)
def phones__talk_at_an_address_of_ipv6(t):
    center = Six(t)
    ann = phone_at(t, center, '::1', 'ann', 'ann-pw')
    ann.call('*111234')
    center.until_agent('ann', presence='ready')
    caller = phone_at(t, center, '::1')
    call = caller.call('201', wait=False)
    rung = ann.incoming()
    ann.say('answer', rung)
    caller.expect(r'^answered call=' + call)
    ann.say('listen', rung, 1)
    caller.say('tone', call, 700, 0)
    ann.hears(rung, 700)
    caller.say('hangup', call)
    ann.expect(r'^ended call=' + rung)


@test(deadline_s=60)
def baresip__talks_at_an_address_of_ipv6(t):
    center = Six(t)
    ann = phone_at(t, center, '::1', 'ann', 'ann-pw')
    ann.call('*111234')
    center.until_agent('ann', presence='ready')
    peer = Baresip(t, address='::1', port=free_port(), tone_hz=700)
    peer.call('sip:201@' + center.sip)
    rung = ann.incoming()
    ann.say('answer', rung)
    peer.established()
    ann.say('listen', rung, 1)
    ann.say('tone', rung, 1200, 0)
    ann.hears(rung, 700)
    time.sleep(1.5)
    peer.hangup()
    ann.expect(r'^ended call=' + rung)
    peer.quit()
    assert peer.heard_tone(1200), 'it did not hear our tone'


@test(deadline_s=60)
def sipp__calls_at_ipv6_over_udp_and_tcp(t):
    center = Six(t)
    for transport in ('u1', 't1'):
        t.sipp(['-sf', t.here('sipp', 'uac_ipv6.xml'), '-i', '[::1]', '-p',
                free_port(), '-t', transport, '-s', '1001', '-m', '3',
                center.sip], 30)
    queue = center.queue('sales')
    assert queue['entered'] == 6, queue


@test(deadline_s=60)
def calls__are_bridged_between_the_families(t):
    free_port()
    center = desk.Center(t, BOTH)
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    ann.call('*111234')
    center.until_agent('ann', presence='ready')

    class Beside:
        sip = '[::1]:%d' % center.port
    bob = phone_at(t, Beside, '::1')
    # No trunk takes ::1, so an account has to.
    bob.say('register', 'sip:' + Beside.sip, 'bob', 'bob-pw')
    bob.account = bob.expect(r'registered .*account=(\d+) expires=[1-9]'
                             ).group(1)
    call = bob.call('201', wait=False)
    rung = ann.incoming()
    ann.say('answer', rung)
    bob.expect(r'^answered call=' + call)
    ann.say('listen', rung, 1)
    bob.say('listen', call, 1)
    bob.say('tone', call, 700, 0)
    ann.hears(rung, 700)
    ann.say('tone', rung, 1200, 0)
    bob.hears(call, 1200)
    ann.say('hangup', rung)
    bob.expect(r'^ended call=' + call)
    # And to the one at ::1 from here.
    center.post('/api/v1/agents/bob/sign-in')
    center.until_agent('bob', presence='ready')
    caller = desk.Phone(t, center)
    start = bob.mark()
    call = caller.call('202', wait=False)
    bob.say('answer', bob.incoming(start))
    caller.expect(r'^answered call=' + call)


@test(deadline_s=30)
def malformed__is_answered_at_both(t):
    free_port()
    center = desk.Center(t, BOTH)
    for family, where in ((socket.AF_INET, center.address),
                          (socket.AF_INET6, '::1')):
        with socket.socket(family, socket.SOCK_DGRAM) as wire:
            wire.settimeout(1)

            def refused():
                """Until the guard has found its socket."""
                wire.sendto(
                    b'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP '
                    b'x;branch=z9hG4bK1\r\nFrom: <sip:x@x>;tag=1\r\n'
                    b'To: <sip:x@x>\r\nCall-ID: 1\r\nCSeq: x OPTIONS\r\n\r\n',
                    (where, center.port))
                try:
                    return wire.recv(4096).startswith(b'SIP/2.0 400')
                except TimeoutError:
                    return False
            t.until(refused, 10, 'a 400 at ' + where)


main()

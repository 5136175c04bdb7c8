"""What is legal and seldom seen, of phones and providers, by hand."""

import re
import socket
import time

import desk
import steps
import trunks
from hand import Hand, value
from harness import main, test
from peers import Phone
from registering import Registering


def contacts(text):
    return set(re.findall(r'^Contact: <(.*)>;expires=\d+\r$', text, re.M))


class Many(Registering):
    """A phone that says which Contacts it has."""

    def named(self, *lines):
        """Those that it has then, as the registrar says."""
        self.contact = ''.join('Contact: %s\r\n' % line for line in lines)
        status, asked = self.ask()
        assert status == 401, status
        assert self.prove(asked[0])[0] == 200
        return contacts(self.text)


@test(deadline_s=30)
def contact__is_one_however_it_is_written(t):
    center = steps.open_center(t)[0]
    phone = Many(t, center)
    desk, mobile = 'sip:ann@%s:5062;x=1;y', 'sip:ann@%s:5064'
    desk, mobile = desk % phone.address, mobile % phone.address
    assert phone.named('<%s>' % desk, '<%s>' % mobile) == {desk, mobile}
    # The same in other words: the phone finds those in the answer.
    again = 'SIP:%%61nn@%s:5062;Y;x=1' % phone.address
    assert phone.named('<%s>' % again) == {again, mobile}
    assert phone.named('<%s>;expires=0' % desk) == {mobile}
    # Another transport is another way to it.
    assert phone.named('<%s;transport=tcp>;expires=0' % mobile) == {mobile}


@test(deadline_s=30)
def registration__is_renewed_by_its_own_contact(t):
    """Its registrar has another place of the same account, which was there
    first and stays for longer."""
    provider = Hand(t, user='p')
    center = trunks.Trunks(t, [('a', 'address: "%s:5060", user: bob, '
                                'password: pw, register: true'
                                % provider.address)])
    ask = provider.until('REGISTER')
    provider.answer(
        ask, 200, more='Contact: <sip:bob@192.0.2.7>;expires=600, '
        '%s;expires=4\r\n' % value(ask, 'Contact'), contact=False)
    again = provider.until('REGISTER', 2)
    # Where the registrar has left our line out it may be any of them.
    provider.answer(
        again, 200, more='Contact: <sip:bob@192.0.2.7>;expires=600\r\n'
        'Contact: <sip:bob@192.0.2.8>;expires=4, '
        '<sip:bob@192.0.2.9>;expires=700\r\n', contact=False)
    provider.until('REGISTER', 2)
    center.child.stop()


@test(deadline_s=30)
def call__that_comes_back_is_not_passed_on_for_ever(t):
    """RFC 7332: what is placed for a caller has one less of its
    Max-Forwards."""
    provider = Hand(t, user='p')
    center = trunks.Trunks(t, [('a', 'address: "%s:5060"'
                                % provider.address)])
    for came, goes in ((70, '69'), (255, '69'), (1, '0')):
        caller = Hand(t, center.sip, '1000', address=center.callers.pop())
        caller.forwards = came
        caller.request('INVITE', caller.sdp())
        invite = provider.until('INVITE')
        assert value(invite, 'Max-Forwards') == goes, invite
        provider.answer(invite, 486)
        provider.until('ACK')
    center.until_lost(3)
    caller = Hand(t, center.sip, '1000', address=center.callers.pop())
    caller.forwards = 0
    caller.request('INVITE', caller.sdp())
    caller.until(483)
    provider.never('INVITE', 0.2)


@test(deadline_s=30)
def identity__that_nobody_vouches_for_is_not_asserted(t):
    """RFC 3325, 5: who comes over a trunk that is not trusted may say that
    they are anybody."""
    trusted, other = Hand(t, user='p'), t.address()
    center = trunks.Trunks(t, [
        ('a', 'address: "%s:5060", trusted: true' % trusted.address),
        ('b', 'sources: "%s"' % other)])
    claim = 'P-Asserted-Identity: <sip:+441@x>\r\n'
    for address, said in ((other, ''), (trusted.address, '<sip:+441@')):
        caller = Hand(t, center.sip, '1000', address=address, port=5070)
        caller.request('INVITE', caller.sdp(), claim)
        invite = trusted.until('INVITE')
        assert value(invite, 'From').startswith(
            said or '<sip:5550@'), invite
        asserted = value(invite, 'P-Asserted-Identity')
        assert asserted.startswith(said) and bool(asserted) == bool(said)
        trusted.answer(invite, 486)
        trusted.until('ACK')


def talk(t, center, address):
    """The agent's phone, and who has called and talks with it."""
    agent = Hand(t, center.sip, user='x0', address=address)
    caller = Hand(t, center.sip)
    caller.request('INVITE', caller.sdp())
    invite = agent.until('INVITE')
    agent.answer(invite, 200, agent.sdp())
    agent.until('ACK')
    agent.called(invite)
    caller.until(200)
    caller.ack()
    return agent, caller


@test(deadline_s=30)
def refer__asks_for_one_call_or_nothing(t):
    center, address = steps.open_center(t)
    agent, _ = talk(t, center, address)
    for to, status in (('<sip:301@{0};method=BYE>', 501),
                       ('<sip:301@{0}>, <sip:300@{0}>', 400)):
        agent.request('REFER', more='Refer-To: %s\r\n' % to.format(center.sip))
        agent.until(status)
    assert center.agent('x0')['activity'] == 'talking'
    agent.never('NOTIFY', 0.2)


@test(deadline_s=30)
def refer__to_nobody_or_where_nobody_may_call_says_so(t):
    """And the two talk on; a number outside is allowed to nobody here."""
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]).replace(
        'trunks:\n', 'outbound: {{allow: ["+4420"]}}\ntrunks:\n  out: '
        '{{address: "%s:5060"}}\n' % t.address()))
    center.post('/api/v1/agents/x0/sign-in')
    agent, _ = talk(t, center, address)
    center.until_agent('x0', activity='talking')
    for user, status in (('+3615550000', 403), ('nobody', 404)):
        agent.request('REFER', more='Refer-To: <sip:%s@%s>\r\n' % (
            user, center.sip))
        agent.until(202)
        for said in (100, status):
            notify = agent.until('NOTIFY')
            assert '\r\n\r\nSIP/2.0 %d' % said in notify, (user, notify)
            agent.answer(notify, 200)
    assert value(notify, 'Subscription-State').startswith('terminated')
    assert center.agent('x0')['activity'] == 'talking'
    agent.never('BYE', 0.2)


@test(deadline_s=30)
def sdp__of_an_address_of_another_kind_is_refused(t):
    """First, or within a call, which goes on as it was."""
    center, address = steps.open_center(t)
    agent = Hand(t, center.sip, user='x0', address=address)
    kinds = ('IN IP9 {0}', 'IN IP4 2001:db8::1', 'ATM NSAP 47.0091')

    def with_address(hand, kind):
        return hand.sdp().replace('c=IN IP4 ' + hand.address,
                                  'c=' + kind.format(hand.address))

    for kind in kinds:
        stranger = Hand(t, center.sip)
        stranger.request('INVITE', with_address(stranger, kind))
        refusal = stranger.until([200, 400, 488])
        assert refusal.startswith('SIP/2.0 488'), (kind, refusal)
        assert value(refusal, 'Warning').startswith('301 '), refusal
        stranger.ack_refusal()
    caller = Hand(t, center.sip)
    caller.request('INVITE', caller.sdp())
    invite = agent.until('INVITE')
    agent.answer(invite, 200, agent.sdp())
    agent.until('ACK')
    caller.until(200)
    caller.ack()
    for kind in kinds:
        caller.request('INVITE', with_address(caller, kind))
        caller.until(488)
        caller.ack_refusal()
    caller.request('INVITE', caller.sdp())
    caller.until(200)
    caller.ack()
    assert center.agent('x0')['activity'] == 'talking'
    caller.hangup()
    agent.answer(agent.until('BYE'), 200)


@test(deadline_s=30)
def offers__that_meet_are_refused_and_ours_is_made_again(t):
    """RFC 3261, 14.1: who has made the Call-ID waits for longer."""
    for ours in (True, False):
        phone = Phone(t)
        hand = Hand(t, phone.hostport)
        if ours:
            call = phone.place('sip:x@%s' % hand.address)
            invite = hand.until('INVITE')
            hand.answer(invite, 200, hand.sdp())
            hand.until('ACK')
            hand.called(invite)
        else:
            phone.do('auto answer')
            hand.call()
            call = phone.incoming()
        phone.expect(r'^answered call=%d' % call)
        phone.do('hold %d' % call)
        held = hand.until('INVITE')
        assert 'a=sendonly' in held, held
        hand.request('INVITE', hand.sdp())
        hand.until(491)
        hand.ack_refusal()
        began = time.monotonic()
        hand.answer(held, 491)
        hand.until('ACK')
        again = hand.until('INVITE')
        waited = time.monotonic() - began
        # Never sooner; how much later is the machine's.
        assert waited >= 2.1 if ours else True, waited
        assert 'a=sendonly' in again, again
        hand.answer(again, 200, hand.sdp('recvonly'))
        hand.until('ACK')
        phone.expect(r'^done call=%d .*code=0 status=200' % call)
        hand.hangup()
        phone.ended(call, cause=2)
        phone.stop()


@test(deadline_s=30)
def response__goes_where_the_request_came_from_if_that_is_asked(t):
    """RFC 3581; without rport to the port that Via has (RFC 3261, 18.2.2)."""
    center, _ = steps.open_center(t)
    here, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                   for _ in range(2))
    address = t.address()
    here.bind((address, 5062))
    there.bind((address, 5064))
    for rport, gets, deaf in ((';rport', here, there), ('', there, here)):
        here.sendto((
            'OPTIONS sip:x@{0} SIP/2.0\r\nVia: SIP/2.0/UDP behind.test:5064;'
            'branch=z9hG4bK1{1}{1}\r\nMax-Forwards: 70\r\nFrom: <sip:a@{0}>;'
            'tag=1\r\nTo: <sip:x@{0}>\r\nCall-ID: 1{1}\r\nCSeq: 1 OPTIONS\r\n'
            'Content-Length: 0\r\n\r\n').format(center.address, rport)
            .replace(';rport;rport', ';rport').encode(),
            (center.address, center.port))
        gets.settimeout(10)
        via = value(gets.recv(4096).decode(), 'Via')
        assert ';received=' + address in via, via
        assert (';rport=5062' in via) == bool(rport), via
        deaf.setblocking(False)
        try:
            raise AssertionError(deaf.recv(4096))
        except BlockingIOError:
            pass


main()

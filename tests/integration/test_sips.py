"""Calls to and from sips URIs (RFC 3261, 12.1 and 26.2; RFC 5630): the scheme
is kept in all of a call, and nothing of it goes by less than TLS."""

import random

from certificates import Certificates
from harness import main, test
from provider import SDP, header
from secure import Callee, Stream, connect, phone_with


SOUND = 'Content-Type: application/sdp'


@test(deadline_s=60)
def sips__is_kept_in_a_call_that_goes_out(t):
    pki = Certificates(t)
    phone, callee = phone_with(t, pki), Callee(t, pki)
    call = phone.place('sips:bob@%s;transport=udp' % callee.hostport)
    stream = callee.up()
    invite = stream.message('INVITE sips:bob@%s' % callee.hostport)
    contact = '<sips:usher@%s:%d>' % (phone.address, phone.tls_port)
    assert header(invite, 'Contact') == contact, invite
    assert 'SIP/2.0/TLS' in header(invite, 'Via'), invite
    # Whatever is said where it is, it is reached as before.
    stream.answer(invite, '200 OK', SOUND, 'Contact: <sip:b@%s>'
                  % callee.hostport, body=SDP.format(callee.address))
    stream.message('ACK sip:b@%s SIP/2.0' % callee.hostport)
    phone.expect(r'^answered call=%d' % call)
    phone.do('hold %d' % call)
    invite = stream.message('INVITE sip:b@')
    assert header(invite, 'Contact') == contact, invite
    stream.answer(invite, '200 OK', SOUND, 'Contact: <sips:c@%s>'
                  % callee.hostport, body=SDP.format(callee.address))
    stream.message('ACK sips:c@%s SIP/2.0' % callee.hostport)
    phone.do('hangup %d' % call)
    bye = stream.message('BYE sips:c@%s SIP/2.0' % callee.hostport)
    stream.answer(bye, '200 OK')
    phone.ended(call, cause=1)
    phone.stop()


def invite(stream, phone, uri, contact, *more):
    """Returns the headers that a request has to have."""
    call = ['From: <sips:a@%s>;tag=1' % phone.address,
            'Call-ID: %x' % random.getrandbits(60), 'Max-Forwards: 70',
            'Via: SIP/2.0/TLS %s:9;branch=z9hG4bK%x;rport' % (
                phone.address, random.getrandbits(60))]
    stream.send('INVITE %s SIP/2.0' % uri, call + [
        'To: <%s>' % uri, 'CSeq: 1 INVITE', 'Contact: <%s>' % contact, SOUND]
        + list(more), SDP.format(phone.address))
    return call


@test(deadline_s=60)
def sips__is_kept_in_a_call_that_comes_in(t):
    """Because of its Request-URI, its Contact, or the last proxy."""
    pki = Certificates(t)
    phone, there = phone_with(t, pki), Callee(t, pki)
    phone.do('auto answer')
    at = '%s:%d' % (phone.address, phone.tls_port)
    secure = '<sips:x@%s>' % at
    stream = Stream(connect(pki, phone))
    for scheme, contact, more, expected in (
            ('sips', 'sip:a@%s;transport=tls' % there.hostport, [], secure),
            ('sip', 'sips:a@%s' % there.hostport, [], secure),
            ('sip', 'sip:a@nowhere.test',
             ['Record-Route: <sips:%s;lr>' % there.hostport], secure),
            ('sip', 'sip:a@%s;transport=tls' % there.hostport, [],
             '<sip:x@%s;transport=tls>' % at)):
        uri = '%s:x@%s' % (scheme, at)
        headers = invite(stream, phone, uri, contact, *more)
        answer = stream.message('SIP/2.0 200')
        assert header(answer, 'Contact') == expected, answer
        headers[-1] = headers[-1].replace(';rport', '2;rport')
        stream.send('ACK %s SIP/2.0' % expected[1:-1], headers + [
            'To: ' + header(answer, 'To'), 'CSeq: 1 ACK'])
        call = phone.incoming()
        phone.expect(r'^answered call=%d' % call)
        phone.do('hangup %d' % call)
        # Back by the connection, unless a proxy wants it otherwise.
        back = there.up() if more else stream
        back.answer(back.message('BYE %s:a@' % contact.split(':')[0]),
                    '200 OK')
        phone.ended(call, cause=1)
    phone.stop()


@test(deadline_s=60)
def sips__is_followed_to_nothing_less(t):
    pki = Certificates(t)
    phone, first, less, more = (phone_with(t, pki), Callee(t, pki),
                                Callee(t, pki), Callee(t, pki))
    call = phone.place('sips:bob@' + first.hostport)
    stream = first.up()
    stream.answer(stream.message('INVITE'), '302 Moved',
                  'Contact: <sip:bob@%s;transport=tls>' % less.hostport,
                  'Contact: <sips:bob@%s>;q=0.1' % more.hostport)
    stream = more.up()
    moved = stream.message('INVITE sips:bob@' + more.hostport)
    assert header(moved, 'Contact').startswith('<sips:'), moved
    stream.answer(moved, '486 Busy')
    phone.ended(call, status=486)
    assert less.quiet()
    phone.stop()


@test(deadline_s=60)
def refer__to_a_sips_uri_is_told_as_it_is(t):
    pki = Certificates(t)
    ann, bob, callee = phone_with(t, pki), phone_with(t, pki), Callee(t, pki)
    bob.do('auto answer')
    call = ann.place('sips:bob@%s:%d' % (bob.address, bob.tls_port))
    theirs = bob.incoming()
    ann.expect(r'^answered call=%d' % call)
    ann.do('transfer %d sips:carol@%s' % (call, callee.hostport))
    bob.expect(r'^refer call=%d to=sips:carol@%s' % (theirs, callee.hostport))
    bob.do('accept %d' % theirs)
    callee.up().message('INVITE sips:carol@' + callee.hostport)
    ann.stop()
    bob.stop()


main()

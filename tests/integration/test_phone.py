"""usher/call.h against sipp: answer, busy, no answer, CANCEL in each state,
hold, REFER, digits; and its registration at our own registrar's rules."""

import re
import signal
import socket

from harness import main, test
from peers import Phone
from wire import Wire


def caller(t, phone, scenario=None, *more, **kwargs):
    """sipp that calls the phone once, from an address of its own."""
    address = t.address()
    kind = (['-sf', t.here('sipp', scenario)] if scenario
            else ['-sn', 'uac'])
    return t.sipp_start(kind + [phone.hostport, '-i', address, '-p', 5060,
                                '-m', kwargs.pop('calls', 1), '-s', 'bob']
                        + list(more), **kwargs)


def giving_up(t, phone, status=None):
    """sipp that cancels: after 100, or after that status, before which there
    is no 100 when it comes soon (RFC 3261, 17.2.1)."""
    with open(t.here('sipp', 'uac_cancel.xml')) as f:
        text = f.read()
    if status:
        text = text.replace('<recv response="100"/>',
                            '<recv response="100" optional="true"/>'
                            '<recv response="%d"/>' % status)
    with open(t.path('cancel.xml'), 'w') as f:
        f.write(text)
    return caller(t, phone, t.path('cancel.xml'), '-d', 300)


def callee(t, scenario=None, *more):
    """sipp that is called; returns it and its host and port."""
    address = t.address()
    kind = (['-sf', t.here('sipp', scenario)] if scenario
            else ['-sn', 'uas'])
    child = t.sipp_start(kind + ['-i', address, '-p', 5060, '-m', 1]
                         + list(more))
    t.until_taken(address)
    return child, 'sip:bob@%s:5060' % address


def over(phone, call, sipp, **why):
    """The call has ended so, and each side has nothing left to do."""
    phone.ended(call, **why)
    sipp.wait(15)
    phone.stop()


@test()
def call__is_answered_and_hung_up_by_the_caller(t):
    phone = Phone(t)
    phone.do('auto answer')
    sipp = caller(t, phone, None, '-d', 300)
    call = phone.incoming()
    phone.expect(r'^answered call=%d' % call)
    over(phone, call, sipp, cause=2)


@test()
def call__is_answered_over_tcp(t):
    phone = Phone(t)
    phone.do('auto answer')
    sipp = caller(t, phone, None, '-d', 300, '-t', 't1')
    over(phone, phone.incoming(), sipp, cause=2)


@test()
def call__is_refused_as_busy(t):
    phone = Phone(t)
    phone.do('auto 486')
    sipp = caller(t, phone, 'uac_busy.xml')
    over(phone, phone.incoming(), sipp, cause=1, status=486)


@test()
def call__is_canceled_before_it_rings(t):
    phone = Phone(t)
    sipp = giving_up(t, phone)
    over(phone, phone.incoming(), sipp, cause=3, status=487)


@test()
def call__is_canceled_while_it_rings(t):
    phone = Phone(t)
    phone.do('auto ring')
    sipp = giving_up(t, phone, 180)
    over(phone, phone.incoming(), sipp, cause=3, status=487)


@test()
def call__is_canceled_in_early_media(t):
    phone = Phone(t)
    sipp = giving_up(t, phone, 183)
    call = phone.incoming()
    phone.do('early %d' % call)
    phone.expect(r'^done call=%d .*code=0' % call)
    phone.do('tone %d 425' % call)
    phone.expect(r'^done call=%d .*code=0' % call)
    over(phone, call, sipp, cause=3, status=487)


@test()
def caller__holds_resumes_presses_and_transfers(t):
    phone = Phone(t)
    phone.do('auto answer')
    with open(t.path('target.csv'), 'w') as f:
        f.write('SEQUENTIAL\ncarol@%s\n' % phone.hostport)
    sipp = caller(t, phone, 'uac_hold.xml', '-inf', t.path('target.csv'))
    call = phone.incoming()
    phone.expect(r'^held call=%d' % call)
    phone.expect(r'^resumed call=%d' % call)
    phone.expect(r'^digit call=%d digit=7' % call)
    phone.expect(r'^refer call=%d to=sip:carol@' % call)
    phone.do('decline %d' % call)
    over(phone, call, sipp, cause=2)


@test()
def refer__places_the_call_that_it_asks_for(t):
    phone, transferor, target = Phone(t), Phone(t), Phone(t)
    phone.do('auto answer')
    target.do('auto answer')
    first = transferor.place(phone.uri())
    call = phone.incoming()
    transferor.expect(r'^answered call=%d' % first)
    transferor.do('transfer %d %s' % (first, target.uri('carol')))
    transferor.expect(r'^done call=%d .*status=202' % first)
    phone.expect(r'^refer call=%d to=%s' % (call, target.uri('carol')))
    phone.do('accept %d' % call)
    target.incoming()
    transferor.expect(r'^transfer call=%d status=200' % first)
    transferor.do('hangup %d' % first)
    phone.ended(call, cause=2)
    for one in (phone, transferor, target):
        one.stop()


@test()
def callee__answers_and_we_hang_up(t):
    phone = Phone(t)
    sipp, uri = callee(t)
    call = phone.place(uri)
    phone.expect(r'^progress call=%d status=180' % call)
    phone.expect(r'^answered call=%d' % call)
    phone.do('hangup %d' % call)
    over(phone, call, sipp, cause=1)


@test()
def callee__declines(t):
    phone = Phone(t)
    sipp, uri = callee(t, 'uas_status.xml')
    call = phone.place(uri)
    over(phone, call, sipp, cause=4, status=603)


def gives_up(t, scenario):
    """We do, while it rings at that sipp."""
    phone = Phone(t)
    sipp, uri = callee(t, scenario)
    call = phone.place(uri)
    phone.expect(r'^progress call=%d status=180' % call)
    phone.do('hangup %d' % call)
    over(phone, call, sipp, cause=1)


@test()
def we_give_up__while_it_rings(t):
    gives_up(t, 'uas_ring.xml')


@test()
def we_give_up__and_the_answer_crosses(t):
    gives_up(t, 'uas_crossing.xml')


@test()
def we_give_up__before_anything_came_back(t):
    phone, mute = Phone(t), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    address = t.address()
    mute.bind((address, 5060))
    mute.settimeout(5)
    call = phone.place('sip:bob@%s:5060' % address)
    assert mute.recv(4000).startswith(b'INVITE ')
    phone.do('hangup %d' % call)
    phone.ended(call, cause=1)
    # No CANCEL before a provisional response (RFC 3261, 9.1).
    mute.settimeout(0.7)
    try:
        while True:
            assert mute.recv(4000).startswith(b'INVITE ')
    except socket.timeout:
        pass
    phone.stop()


@test()
def nobody_there__is_unreachable(t):
    phone = Phone(t)
    call = phone.place('sip:bob@%s:5060;transport=tcp' % t.address())
    phone.ended(call, cause=6)
    phone.stop()


@test(deadline_s=30)
def call__that_was_sent_on_says_so(t):
    phone = Phone(t)
    wire = Wire(t, phone.hostport)
    wire.uri, wire.call_id = phone.uri(), 'sent-on@wire'
    wire.request('INVITE', 'Diversion: <sip:200@x>;reason=no-answer, '
                 '<sip:100@x>\r\nContent-Type: application/sdp\r\n',
                 wire.sdp)
    phone.expect(r'^incoming .*diverted=100,200,no-answer')
    phone.stop()


@test(deadline_s=60)
def hundred_calls__at_once(t):
    phone = Phone(t)
    phone.do('auto answer')
    sipp = caller(t, phone, None, '-r', 100, '-l', 100, '-d', 2000,
                  calls=100)
    sipp.wait(40)
    phone.stop()
    ended = [l for l in phone.child.lines if l.startswith('ended')]
    assert len(ended) == 100, '%d calls ended' % len(ended)


@test()
def stop__says_goodbye_to_everybody(t):
    phone, other = Phone(t), Phone(t)
    other.do('auto answer')
    call = phone.place(other.uri())
    theirs = other.incoming()
    phone.expect(r'^answered call=%d' % call)
    phone.do('stop')
    phone.ended(call, cause=9)
    phone.expect(r'^stopped')
    other.ended(theirs, cause=2)
    phone.child.wait(5)
    other.stop()


@test(deadline_s=60)
def crowd__calls_and_says_goodbye_when_interrupted(t):
    """Customers only: a phone is no registrar for agents."""
    center = Phone(t)
    center.do('auto answer')
    crowd = t.start([t.program('crowd'), '--center', center.hostport,
                     '--listen', t.address(), '--callers', 10,
                     '--rate', 600, '--patience', 300, '--menu', '7',
                     '--agent', 'a:b'])
    center.expect(r'^digit call=\d+ digit=7', 20)
    crowd.stop(10, signal.SIGINT)
    ended = r'^ended call=\d+ cause=2'
    calls = len([l for l in center.child.lines if l.startswith('answered')])
    t.until(lambda: len([l for l in center.child.lines
                         if re.match(ended, l)]) == calls,
            10, 'every call got its BYE')
    center.stop()


@test(deadline_s=40)
def crowd__without_a_center_says_so(t):
    nowhere = t.address()
    target = '%s:%d' % (nowhere, t.port(nowhere))
    crowd = t.start([t.program('crowd'), '--center', target, '--listen',
                     t.address(), '--duration', '1'])
    crowd.wait(20, 1)
    assert 'no agent could register at ' + target in crowd.output(), (
        crowd.output())


if __name__ == '__main__':
    main()

"""Calls over trunks: which one, what when it fails, when it goes and comes
back, and when there is none."""

import re
import signal
import time

from harness import main, test
from provider import Provider, header
from trunks import Trunks, caller, dial, to
from wellbeing import Wellbeing


def tries(center):
    """Of each: trunk, how it went, the status, whether others followed."""
    return [(e['trunk'], e['reason'], e.get('status', 0),
             e.get('failover', 0))
            for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == 'trunk_tried']


@test(deadline_s=60)
def trunk__next_one_is_called_when_the_first_fails(t):
    for answers, told in (([503], '503'), ([100, 500], '500'),
                          ([], 'no answer')):
        a, b = Provider(t), Provider(t)
        a.answers = answers
        center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))],
                        kept=True)
        wire = caller(t, center)
        wire.call('1000')
        center.until_calls((b, 1), (a, 1))
        status = int(told) if told.isdigit() else 0
        expected = [('a', 'failed' if status else 'no_answer', status, 1),
                    ('b', 'reached', 180, 0)]
        t.until(lambda: tries(center)[-2:] == expected, 10, 'two events')
        center.child.wait_for(r'trunk "a".*%s' % told)
        center.child.wait_for(r'trunk "a".*rests')
        # It rests: nobody waits for it again.
        other = caller(t, center)
        other.call('1000')
        center.until_calls((b, 2), (a, 1))
        assert center.metric('failures_total', 'a') == 1
        assert center.metric('resting', 'a') == 1
        for w in (wire, other):
            w.hangup()
        b.until('BYE', 2)
        center.child.stop()


@test(deadline_s=60)
def trunk__is_not_guilty_of_a_caller_without_patience(t):
    a = Provider(t)
    a.answers = []
    center = Trunks(t, [('a', to(a))], timeout='1s', kept=True)
    wire = dial(t, center)
    t.until(lambda: tries(center) == [('a', 'no_answer', 0, 0)], 10, 'told')
    assert center.metric('resting', 'a') == 0
    assert center.metric('failures_total', 'a') == 0
    wire.vanish()


def sends_on(provider, *places):
    """It answers by 302 from now on."""
    provider.answers, provider.contact = [302], ''.join(
        'Contact: <sip:+3615550000@%s>\r\n' % p.hostport for p in places)


@test(deadline_s=60)
def trunk__next_one_is_called_when_it_sends_us_in_a_circle(t):
    """To itself, to one that sends us back, on and on, to who is not there;
    and it does not rest, since it is there itself."""
    a, b, *others = (Provider(t) for _ in range(10))
    center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))],
                    kept=True)
    c = others[0]

    def expect(status, reason, *asked):
        before = len(a.calls()), len(b.calls())
        old = len(tries(center))
        wire = caller(t, center)
        wire.call('1000')
        t.until(lambda: tries(center)[old:] == [('a', reason, status, 1),
                                                ('b', 'reached', 180, 0)],
                10, 'a way for %r' % (asked,))
        assert len(a.calls()) == before[0] + 1
        assert len(b.calls()) == before[1] + 1
        assert center.metric('resting', 'a') == 0, asked
        wire.hangup()
        b.until('BYE', before[1] + 1)

    sends_on(a, a)
    expect(302, 'failed', 'itself')
    sends_on(a, c)
    sends_on(c, a)
    expect(302, 'failed', 'one that sends back')
    assert len(c.calls()) == 1
    for one, next_one in zip(others, others[1:]):
        sends_on(one, next_one)
    expect(302, 'failed', 'on and on')
    # Five are followed, however many there are.
    assert [len(p.calls()) for p in others] == [2, 1, 1, 1, 1, 0, 0, 0]
    c.answers = [503]
    expect(503, 'failed', 'one that fails')
    # A person says no: that is for everywhere.
    c.answers = [486]
    caller(t, center).call('1000')
    t.until(lambda: tries(center)[-1] == ('a', 'refused', 486, 0), 10,
            'a refusal')


@test(deadline_s=60)
def trunk__next_one_is_called_when_nobody_listens(t):
    b = Provider(t)
    center = Trunks(t, [
        ('a', 'address: "%s:5060", transport: tcp' % t.address()),
        ('b', to(b, 'priority: 1'))])
    caller(t, center).call('1000')
    center.until_calls((b, 1))
    center.child.wait_for(r'trunk "a", \S+transport=tcp: ')


@test(deadline_s=60)
def trunk__rests_as_long_as_it_says(t):
    a, b = Provider(t), Provider(t)
    a.answers, a.more = [503], 'Retry-After: 2 (maintenance)\r\n'
    center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))])
    caller(t, center).call('1000')
    center.until_calls((b, 1), (a, 1))
    assert center.metric('resting', 'a') == 1
    a.answers, a.more = [200], ''
    t.until(lambda: center.metric('resting', 'a') == 0, 20, 'no longer')
    caller(t, center).call('1000')
    center.until_calls((a, 2), (b, 1))


@test(deadline_s=60)
def trunk__no_other_is_called_when_a_person_was_reached(t):
    a, b = Provider(t), Provider(t)
    center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))])
    for n, answers in enumerate(([486], [603], [404], [480], [180, 503]), 1):
        a.answers = answers
        dial(t, center)
        a.until('ACK', n)
        center.until_lost(n)
    assert len(a.calls()) == 5 and not b.calls()
    assert center.metric('failures_total', 'a') == 0


@test(deadline_s=90)
def trunk__goes_away_and_returns(t):
    a, b = Provider(t), Provider(t)
    check = 'check: 1s'
    center = Trunks(t, [('a', to(a, check)),
                        ('b', to(b, 'priority: 1', check))], kept=True)
    well = Wellbeing(center)
    wires = [caller(t, center) for _ in range(3)]
    wires[0].call('1000')
    center.until_calls((a, 1), (b, 0))
    a.vanish()
    # A call finds out first, and has it rest for half a minute.
    wires[1].call('1000')
    center.until_calls((b, 1), (a, 1))
    assert center.metric('resting', 'a') == 1
    center.child.wait_for(r'trunk "a": .* is down', 20)
    assert center.metric('up', 'a') == 0
    assert center.metric('up', 'b') == 1
    # The one that answers, but only that it cannot, is down, too.
    a.options = 503
    a.appear()
    a.until('OPTIONS', len(a.got('OPTIONS')) + 3)
    assert center.metric('up', 'a') == 0
    a.options = 200
    center.child.wait_for(r'trunk "a": .* is up', 20)
    assert center.metric('up', 'a') == 1
    # What it rested for is over.
    assert center.metric('resting', 'a') == 0
    wires[2].call('1000')
    center.until_calls((a, 2), (b, 1))
    for wire in wires:
        assert 'BYE' not in wire.got, wire.got
        wire.hangup()
    well.check(vanished=True)


@test(deadline_s=60)
def trunk__is_told_at_once_when_all_are_down(t):
    a = Provider(t)
    center = Trunks(t, [('a', to(a, 'check: 1s'))])
    a.vanish()
    center.child.wait_for(r'trunk "a": .* is down', 20)
    before = len(center.child.lines)
    caller(t, center).call('1000')
    center.until_lost(1)
    assert not a.calls()
    center.child.wait_for(r'no trunk: all are down', start=before)


@test(deadline_s=60)
def trunk__takes_as_many_calls_as_it_may(t):
    a, b = Provider(t), Provider(t)
    center = Trunks(t, [('a', to(a, 'calls_out: 1', 'calls: 2')),
                        ('b', to(b, 'priority: 1', 'calls: 1'))])
    first = caller(t, center)
    first.call('1000')
    center.until_calls((a, 1))
    caller(t, center).call('1000')
    center.until_calls((b, 1), (a, 1))
    assert center.metric('calls_out', 'a') == 1
    # Both are full: the flow goes on at once.
    third = caller(t, center)
    third.call('1000')
    center.until_lost(1)
    center.until_calls((b, 1), (a, 1))
    center.child.wait_for(r'no trunk: all have as many calls as they may')
    # In and out together: one more may come, not two.
    b.answers = [486]
    assert a.invite('300', center.sip).startswith('SIP/2.0 200')
    assert center.metric('calls_in', 'a') == 1
    assert a.invite('300', center.sip).startswith('SIP/2.0 503')
    first.hangup()
    a.until('BYE')
    t.until(lambda: center.metric('calls_out', 'a') == 0, 10, 'it is free')
    caller(t, center).call('1000')
    center.until_calls((a, 2))


@test(deadline_s=60)
def trunk__prefix_comes_before_priority(t):
    a, b, c = Provider(t), Provider(t), Provider(t)
    b.answers = [503]
    center = Trunks(t, [('a', to(a)), ('b', to(b, 'prefix: "+361"',
                                               'priority: 9')),
                        ('c', to(c, 'prefix: "+49"'))])
    caller(t, center).call('1000')
    center.until_calls((a, 1), (b, 1), (c, 0))


@test(deadline_s=60)
def trunk__caller_gives_up_while_others_are_tried(t):
    a, b = Provider(t), Provider(t)
    a.answers, b.answers = [], [180]
    center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))])
    first, second = caller(t, center), caller(t, center)
    first.call('1000')
    a.until('INVITE')
    first.hangup()
    t.until(lambda: center.metric('calls_out', 'a') == 0, 10, 'given up')
    # The fifth copy goes out long after the next would have been tried.
    a.until('INVITE', 5)
    assert not b.calls()
    second.call('1000')
    b.until_calls(1)
    second.hangup()
    b.until('CANCEL')
    t.until(lambda: center.metric('calls_out', 'b') == 0, 10, 'given up')


@test(deadline_s=60)
def trunk__state_outlives_a_reload(t):
    a, b = Provider(t), Provider(t)
    a.answers = [503]
    center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))])
    caller(t, center).call('1000')
    center.until_calls((b, 1), (a, 1))
    with open(center.config, 'a') as f:
        f.write('# touched\n')
    center.child.process.send_signal(signal.SIGHUP)
    center.child.wait_for(r'[Cc]onfiguration')
    assert center.metric('calls_out', 'b') == 1
    assert center.metric('resting', 'a') == 1
    caller(t, center).call('1000')
    center.until_calls((b, 2), (a, 1))


@test(deadline_s=60)
def trunk__next_one_is_called_in_spite_of_a_reload(t):
    # What stands in the file afterwards: the same, or another name.
    for name in ('b', 'c'):
        a, b = Provider(t), Provider(t)
        a.answers = []
        center = Trunks(t, [('a', to(a)), ('b', to(b, 'priority: 1'))])
        wire = dial(t, center)
        a.until('INVITE', 1)
        with open(center.config) as f:
            text = f.read()
        with open(center.config, 'w') as f:
            f.write(text.replace('  b: {', '  %s: {' % name) + '# touched\n')
        center.child.process.send_signal(signal.SIGHUP)
        center.child.wait_for(r'[Cc]onfiguration')
        host, port = center.sip.split(':')
        a.reply(a.got('INVITE')[0], (host, int(port)), 503)
        center.until_calls((b, 1))
        assert center.metric('resting', 'a') == 1
        wire.hangup()
        center.child.stop()


DIVERSION = ('Diversion: <sip:200@pbx.test>;reason=no-answer, '
             '<sip:100@pbx.test>;reason=unconditional\r\n')


@test(deadline_s=60)
def trunk__call_that_was_sent_on_says_so_to_the_flow(t):
    center = Trunks(t, [('a', to(Provider(t)))])
    dial(t, center, '1001', DIVERSION)
    center.until_lost(1)
    wire = dial(t, center, '1001', DIVERSION.replace('200', '300'))
    wire.until('BYE')
    assert center.queue('nobody')['waiting'] == 1


@test(deadline_s=60)
def trunk__each_attempt_is_an_event(t):
    a, c = Provider(t), Provider(t)
    a.answers = [503]
    center = Trunks(t, [('a', to(a, 'prefix: "+36"')),
                        ('c', to(c, 'priority: 2'))], kept=True)
    caller(t, center).call('1000')
    center.until_calls((a, 1), (c, 1))
    expected = [('a', 'failed', 503, 1), ('c', 'reached', 180, 0)]
    t.until(lambda: tries(center) == expected, 10, 'two events')
    event = [e for e in center.get('/api/v1/events?from=1')['events']
             if e['type'] == 'trunk_tried'][0]
    assert event['prefix'] == '+36', event
    assert event['hop'] == a.hostport + ';transport=udp', event
    assert event['side'] == 'other' and int(event['leg']), event
    assert int(event['contact']), event
    # Who was called says no: that is for everywhere.
    c.answers = [486]
    caller(t, center).call('1000')
    expected.append(('c', 'refused', 486, 0))
    t.until(lambda: tries(center) == expected, 10, 'a refusal')
    # The caller leaves while nobody has answered.
    c.answers = [100]
    wire = caller(t, center)
    wire.call('1000')
    c.until_calls(3)
    wire.hangup()
    expected.append(('c', 'canceled', 0, 0))
    t.until(lambda: tries(center) == expected, 10, 'a call given up')
    # Somebody answers, whom nobody can talk with.
    c.answers, c.sdp = [200], c.sdp.replace('RTP/AVP 0 101', 'RTP/AVP 18')
    caller(t, center).call('1000')
    c.until('BYE')
    expected.append(('c', 'reached', 200, 0))
    t.until(lambda: tries(center) == expected, 10, 'an answer of no use')


@test(deadline_s=60)
def trunk__identity_is_told_and_believed_where_it_is_trusted(t):
    a, b = Provider(t), Provider(t)
    a.answers = [503]
    center = Trunks(t, [
        ('a', to(a, 'caller_id: "+3611111"')),
        ('b', to(b, 'caller_id: "+3612222"', 'trusted: true',
                 'priority: 1'))])
    caller(t, center).call('1000')
    center.until_calls((b, 1), (a, 1))
    assert 'P-Asserted-Identity' not in a.calls()[0]
    assert header(b.calls()[0], 'P-Asserted-Identity').startswith(
        '<sip:+3612222@'), b.calls()[0]
    claim = 'P-Asserted-Identity: <sip:+4912345@example.com>\r\n'
    number = claim.replace('sip:+4912345@example.com', 'tel:+49-123-46')
    for provider, words, origin in ((a, claim, '5550'), (b, claim, '+4912345'),
                                    (b, number, '+4912346')):
        provider.invite('300', center.sip, words)
        t.until(lambda: origin in [
            c['origin'] for c in center.get('/api/v1/contacts')],
            10, origin)


class Particular(Provider):
    """One that refuses callers of another host."""

    host = 'sip.provider.test'

    def _answer(self, text, source):
        if text.startswith('INVITE') and host_of(text, 'From') != self.host:
            self.reply(text, source, 403)
        else:
            super()._answer(text, source)


def host_of(message, name):
    return re.search(r'<sip:[^@>]+@([^;>]+)[;>]', header(message, name)).group(1)


@test(deadline_s=90)
def trunk__has_the_domain_that_its_provider_looks_at(t):
    def calls(domain, *more):
        a = Particular(t)
        center = Trunks(t, [('a', to(a, 'caller_id: "+3611111"',
                                     'user: desk', 'register: true',
                                     'trusted: true', 'check: 1s', *more))],
                        domain=domain)
        caller(t, center).call('1000')
        acked = a.until('ACK')
        hosts = {host_of(a.calls()[0], 'From'),
                 host_of(a.calls()[0], 'P-Asserted-Identity'),
                 host_of(a.until('OPTIONS'), 'From'),
                 host_of(acked, 'From')}
        asked = a.until('REGISTER')
        of_account = {host_of(asked, 'From'), host_of(asked, 'To')}
        assert of_account == (hosts if Particular.host in hosts
                              else {a.address}), of_account
        assert host_of(asked, 'Contact').split(':')[0] == center.address
        assert host_of(a.calls()[0], 'Contact').split(':')[0] == (
            center.address)
        center.until_lost(Particular.host not in hosts)
        return hosts, center.address

    hosts, address = calls('')
    assert hosts == {address}, hosts
    hosts, _ = calls('center.test')
    assert hosts == {'center.test'}, hosts
    for domain in ('', 'center.test'):
        hosts, _ = calls(domain, 'from_domain: ' + Particular.host)
        assert hosts == {Particular.host}, hosts


@test(deadline_s=90)
def trunk__that_vanishes_in_a_call_leaves_nothing_behind(t):
    a = Provider(t)
    center = Trunks(t, [('a', to(a))], media='silence: 1s, ')
    wire = caller(t, center)
    wire.call('1000')
    a.until('ACK')
    assert center.metric('calls_out', 'a') == 1
    a.vanish()
    # Asked three times in vain, it is over; so is the caller's call.
    wire.until('BYE', timeout_s=40)
    t.until(lambda: center.metric('calls_out', 'a') == 0, 10, 'it is over')
    t.until(lambda: not center.get('/api/v1/contacts'), 10, 'no contact')


@test(deadline_s=90)
def trunk__that_vanishes_while_it_rings_leaves_nothing_behind(t):
    a = Provider(t)
    a.answers = [180]
    center = Trunks(t, [('a', to(a))], timeout='5s')
    wire = caller(t, center)
    wire.call('1000')
    a.until('INVITE')
    a.vanish()
    center.until_lost(1)
    t.until(lambda: center.metric('calls_out', 'a') == 0, 10, 'it is over')
    wire.hangup()
    t.until(lambda: not center.get('/api/v1/contacts'), 10, 'no contact')


@test(deadline_s=60)
def trunk__number_that_nothing_takes_is_told(t):
    center = Trunks(t, [('a', to(Provider(t)))])
    for number, told in (('+3611234567', '+3611234567'),
                         ('%22;x', '?'), ('9' * 33, '?')):
        start = len(center.child.lines)
        wire = dial(t, center, number)
        wire.until('404')
        center.child.wait_for(r"nothing takes '%s', called over trunk "
                              r"'\w+' \(1 such" % re.escape(told), 5, start)
        time.sleep(2.1)
    # One line in two seconds, then with those that were left out.
    start, dialed = len(center.child.lines), 0

    def counts():
        return [int(n) for n in re.findall(
            r"'77'.*\((\d+) such", '\n'.join(center.child.lines[start:]))]

    def left_out():
        nonlocal dialed
        dialed += 1
        dial(t, center, '77').until('404')
        return max(counts(), default=0) > 1

    t.until(left_out, 30, 'calls without a line', step_s=1.2)
    assert dialed - 1 <= sum(counts()) <= dialed, (dialed, counts())


@test(deadline_s=60)
def trunk__refusal_has_its_status(t):
    a = Provider(t)
    a.answers = [488]
    center = Trunks(t, [('a', to(a))], kept=True)
    caller(t, center).call('1000')
    t.until(lambda: tries(center) == [('a', 'refused', 488, 0)], 10, 'told')
    ends = [(e['reason'], e['text'])
            for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == 'leg_ended']
    assert ends == [('failed', 'SIP;cause=488')], ends


main()

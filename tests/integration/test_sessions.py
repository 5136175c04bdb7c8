"""What carriers and phones do within a call besides hold: session timers,
reliable provisional responses, UPDATE, offers in a 200, Replaces, redirects;
sipp on the other side, or three of our phones."""

import desk
from harness import main, test
from peers import Phone
from provider import Provider, header
from steps import (ANSWERS, BYE_COMES, CALLER, INVITED, PLACE, SDP, TAG, agent,
                   caller, nobody_left, open_center, pause, recv, reply, send,
                   sipp)
from wire import Wire

TRYING = '<recv response="100" optional="true"/>\n'
RINGING = '<recv response="180" optional="true"/>\n'


def check(what, header, regexp, more=''):
    """A message comes, with a header that looks like that."""
    kind = 'response' if what[0].isdigit() else 'request'
    return ('<recv %s="%s" rrs="true" timeout="20000"><action><ereg regexp="%s"'
            ' search_in="hdr" header="%s" check_it="true" assign_to="seen"/>'
            '%s</action></recv>\n' % (kind, what, regexp, header, more))


TO_TAG = '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'


def invite(cseq, more='', direction='sendrecv'):
    """A first INVITE; its transaction is its own."""
    return send(
        'INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n'
        'Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\n'
        '%s\nTo: <sip:[service]@[remote_ip]>\nCall-ID: [call_id]\n'
        'CSeq: %d INVITE\nContact: <sip:x@[local_ip]:[local_port]>\n'
        'Max-Forwards: 70\n%s%s' % (
            CALLER[0], cseq, more,
            'Content-Type: application/sdp\nContent-Length: [len]\n'
            + SDP.format(direction) if direction
            else 'Content-Length: 0\n\n'))


def calls(t, phone, name, steps):
    """sipp that does these steps with a phone of ours."""
    phone.sip = phone.hostport
    return sipp(t, name, steps, phone)


def called(t, phone, name, steps):
    """sipp that this phone calls; its URI comes, too."""
    address = t.address()
    phone.sip = phone.hostport
    return sipp(t, name, steps, phone, address), 'sip:bob@%s' % address


@test(deadline_s=60)
def caller__agrees_on_a_session_and_refreshes_it(t):
    """Too short is refused, then UPDATE keeps it (RFC 4028)."""
    center, _ = open_center(t)
    timer = 'Supported: timer\nSession-Expires: %d;refresher=uac\n'
    calling = sipp(
        t, 'caller', invite(1, timer % 60)
        + check('422', 'Min-SE:', '90')
        + caller.request('ACK', 1).replace('[$to]',
                                           ' &lt;sip:x@x&gt;').replace(
                                               '[next_url]', 'sip:x@x')
        + invite(2, timer % 90) + TRYING + RINGING
        + check('200', 'Session-Expires:', '90;refresher=uac', TO_TAG)
        + caller.request('ACK', 2)
        + caller.request('UPDATE', 3, more=timer % 90)
        + check('200', 'Session-Expires:', '90;refresher=uac')
        + caller.bye(4), center)
    calling.wait(20)
    nobody_left(t, center)


def asked_for(seconds, least=''):
    """An INVITE that asks for such a session."""
    return INVITED.replace(
        '</action>', '<ereg regexp="^ *%s$" search_in="hdr" header='
        '"Session-Expires:" check_it="true" assign_to="seen"/>' % seconds
        + ('<ereg regexp="%s" search_in="hdr" header="Min-SE:" '
           'check_it="true" assign_to="seen"/>' % least if least else '')
        + '</action>')


@test(deadline_s=60)
def callee__that_wants_longer_sessions_gets_them(t):
    """Twice more than was asked for; then it refreshes, or we are to."""
    phone = Phone(t)
    refused = (lambda least: reply('422 Too Small', tag=TAG).replace(
        'Contact:', 'Min-SE: %d\nContact:' % least) + recv('ACK'))
    agreed = (lambda who: reply('200 OK', 'sendrecv', TAG).replace(
        'Contact:', 'Require: timer\nSession-Expires: 7200;refresher=%s\n'
        'Contact:' % who) + recv('ACK'))
    for who, more in (
            ('uas', agent.request('UPDATE', 1, more='Supported: timer\nSession'
                                  '-Expires: 7200;refresher=uac\n')
             + check('200', 'Session-Expires:', '7200;refresher=uac')),
            ('uac', '')):
        answering, uri = called(
            t, phone, 'callee', asked_for(1800) + refused(3600)
            + asked_for(3600, '3600') + refused(7200)
            + asked_for(7200, '7200') + agreed(who)
            + (more + agent.bye(2) if more else BYE_COMES))
        call = phone.place(uri)
        phone.expect(r'^answered call=%d' % call)
        if not more:
            phone.do('hangup %d' % call)
        phone.ended(call, cause=2 if more else 1)
        answering.wait(20)
    phone.stop()


@test(deadline_s=60)
def caller__that_requires_100rel_gets_it(t):
    """Early media, its PRACK, and only then the answer (RFC 3262)."""
    phone = Phone(t)
    prack = send(
        'PRACK [next_url] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];'
        'branch=[branch]\n%s\nTo:[$to]\nCall-ID: [call_id]\nCSeq: 2 PRACK\n'
        'RAck:[$seen] 1 INVITE\nMax-Forwards: 70\nContent-Length: 0\n\n'
        % CALLER[0])
    calling = calls(
        t, phone, 'caller', invite(1, 'Require: 100rel\n') + TRYING
        + check('183', 'RSeq:', '[ 0-9]+', TO_TAG) + pause(700)
        + prack + check('200', 'CSeq:', '2 PRACK')
        + check('200', 'CSeq:', '1 INVITE')
        + caller.request('ACK', 1) + caller.bye(3))
    call = phone.incoming()
    phone.do('early %d' % call)
    phone.expect(r'^done call=%d .*code=0' % call)
    phone.do('answer %d' % call)
    phone.expect(r'^answered call=%d' % call)
    phone.ended(call, cause=2)
    calling.wait(20)
    phone.stop()


@test(deadline_s=60)
def callee__that_rings_reliably_is_confirmed(t):
    phone = Phone(t)
    ringing = reply('180 Ringing', tag=TAG).replace(
        'Contact:', 'Require: 100rel\nRSeq: 5\nContact:')
    kept = ''.join('<ereg regexp=".*" search_in="hdr" header="%s" '
                   'assign_to="%s"/>' % pair
                   for pair in (('Via:', 'via'), ('CSeq:', 'cseq')))
    answer = reply('200 OK', 'sendrecv', cseq='CSeq:[$cseq]').replace(
        '[last_Via:]', 'Via:[$via]')
    answering, uri = called(
        t, phone, 'callee', INVITED.replace('</action>', kept + '</action>')
        + ringing + check('PRACK', 'RAck:', '5 [0-9]+ INVITE')
        + reply('200 OK') + answer + recv('ACK') + BYE_COMES)
    call = phone.place(uri)
    phone.expect(r'^progress call=%d status=180' % call)
    phone.expect(r'^answered call=%d' % call)
    phone.do('hangup %d' % call)
    phone.ended(call, cause=1)
    answering.wait(20)
    phone.stop()


@test(deadline_s=60)
def caller__holds_by_update(t):
    center, address = open_center(t)
    update = (lambda cseq, direction, expected:
              caller.request('UPDATE', cseq, direction)
              + recv('200', 'a=' + expected))
    answering = sipp(t, 'agent', ANSWERS + BYE_COMES, center, address)
    calling = sipp(t, 'caller', PLACE + pause(1000)
                   + update(2, 'sendonly', 'recvonly') + pause(500)
                   + update(3, 'sendrecv', 'sendrecv') + pause(500)
                   + caller.bye(4), center)
    center.until_agent('x0', activity='talking')
    answering.wait(30)
    calling.wait(20)
    nobody_left(t, center)


OFFER = TRYING + RINGING + (
    '<recv response="200" rrs="true" timeout="20000"><action><ereg '
    'regexp="m=audio" search_in="body" check_it="true" assign_to="seen"/>'
    + TO_TAG + '</action></recv>\n')


@test(deadline_s=60)
def caller__answers_in_its_ack(t):
    """Neither the first INVITE nor another one has an offer."""
    center, _ = open_center(t)
    calling = sipp(
        t, 'caller', invite(1, direction='') + OFFER
        + caller.request('ACK', 1, 'sendrecv') + pause(300)
        + caller.request('INVITE', 2) + TRYING + recv('200', 'm=audio')
        + caller.request('ACK', 2, 'sendrecv') + pause(300)
        + caller.bye(3), center)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def caller__that_does_not_answer_is_hung_up(t):
    center, _ = open_center(t)
    calling = sipp(t, 'caller', invite(1, direction='') + OFFER
                   + caller.request('ACK', 1) + BYE_COMES, center)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def agent__refers_to_a_call_that_is_not_ours(t):
    center, address = open_center(t)
    more = ('Refer-To: <sip:9@%s?Replaces=no%%40x%%3Bto-tag%%3D1%%3B'
            'from-tag%%3D2>\n' % center.sip)
    referring = sipp(t, 'agent', ANSWERS + pause(500)
                     + agent.request('REFER', 1, more=more) + recv('202')
                     + recv('NOTIFY', 'SIP/2.0 100') + reply('200 OK')
                     + recv('NOTIFY', 'SIP/2.0 481') + reply('200 OK')
                     + pause(300) + agent.bye(2), center, address)
    calling = sipp(t, 'caller', PLACE + BYE_COMES, center)
    referring.wait(20)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def stranger__replaces_nothing(t):
    center, _ = open_center(t)
    calling = sipp(t, 'caller', invite(
        1, 'Replaces: no@x;to-tag=1;from-tag=2\n') + TRYING + recv('481'),
        center)
    calling.wait(20)


@test(deadline_s=60)
def phone__transfers_attended(t):
    """Who was asked calls the third with Replaces, and both talk on."""
    one, two, three = Phone(t), Phone(t), Phone(t)
    two.do('auto answer')
    three.do('auto answer')
    first = one.place(two.uri())
    at_two = two.incoming()
    one.expect(r'^answered call=%d' % first)
    second = one.place(three.uri('carol'))
    at_three = three.incoming()
    one.expect(r'^answered call=%d' % second)
    one.do('attend %d %d' % (first, second))
    one.expect(r'^done call=%d .*status=202' % first)
    two.expect(r'^refer call=%d to=sip:' % at_two)
    two.do('accept %d' % at_two)
    # The third's own call is the same, but not with the first any more.
    one.ended(second, cause=2)
    one.do('hangup %d' % first)
    one.ended(first, cause=1)
    two.ended(at_two, cause=2)
    three.do('hangup %d' % at_three)
    three.ended(at_three, cause=1)
    two.expect(r'^ended call=\d+ cause=2')
    for phone in (one, two, three):
        phone.stop()


@test(deadline_s=60)
def redirect__is_followed(t):
    phone, there = Phone(t), Phone(t)
    there.do('auto answer')
    moved = send('SIP/2.0 302 Moved\n[last_Via:]\n[last_From:]\n[last_To:]%s\n'
                 '[last_Call-ID:]\n[last_CSeq:]\nContact: <%s>\n'
                 'Content-Length: 0\n\n' % (TAG, there.uri('there')))
    moving, uri = called(t, phone, 'moved', INVITED + moved + recv('ACK'))
    call = phone.place(uri)
    there.expect(r'^incoming call=\d+ .*to=there')
    phone.expect(r'^answered call=%d' % call)
    phone.do('hangup %d' % call)
    phone.ended(call, cause=1)
    moving.wait(20)
    for one in (phone, there):
        one.stop()


def hides(invite):
    """Nothing says who calls, but that it is not to be said, and the words."""
    assert header(invite, 'From').startswith(
        '"Anonymous" <sip:anonymous@anonymous.invalid>'), invite
    assert ':5550@' not in invite and 'Asserted' not in invite, invite
    assert header(invite, 'Privacy') == 'id', invite
    assert header(invite, 'User-to-User') == '4a;encoding=hex', invite


@test(deadline_s=60)
def privacy__goes_with_the_caller_wherever_it_is_sent(t):
    """Along an agent's phones, to the next agent, to a number outside."""
    desk_phone, mobile, next_phone, outside = (Provider(t) for _ in range(4))
    desk_phone.answers = [486]
    yaml = desk.yaml_with([desk_phone.address, next_phone.address])
    yaml = yaml.replace(desk_phone.address + ':5060"', desk_phone.address
                        + ':5060", "sip:m@%s"' % mobile.hostport)
    yaml = yaml.replace('trunks:\n', 'outbound: {{allow: [any]}}\ntrunks:\n'
                        '  out: {{address: "%s"}}\n' % outside.hostport)
    center = desk.Center(t, yaml)
    center.post('/api/v1/agents/x0/sign-in')
    center.post('/api/v1/agents/x1/sign-in')
    wire = Wire(t, center.sip)
    wire.call('400', 'Privacy: id\r\nUser-to-User: 4a;encoding=hex\r\n'
              'P-Asserted-Identity: <sip:5550@x>\r\n')
    hides(desk_phone.until_calls(1))
    hides(mobile.until_calls(1))
    for agent, to, there in (('x0', 'x1', next_phone),
                             ('x1', '+3615550000', outside)):
        center.until_agent(agent, activity='talking')
        contact = center.get('/api/v1/contacts')[0]['id']
        center.post('/api/v1/agents/%s/transfer' % agent,
                    {'contact': contact, 'target': to})
        hides(there.until_calls(1))
    # Who hides nothing is seen.
    other = Wire(t, center.sip, user='5551')
    other.call('400')
    assert '<sip:5551@' in header(desk_phone.until_calls(2), 'From')


@test(deadline_s=60)
def privacy__is_kept_for_a_callback(t):
    """By the agent's phone that is rung for it, and by whom it is sent to."""
    desk_phone, next_phone, outside = (Provider(t) for _ in range(3))
    yaml = desk.yaml_with([desk_phone.address, next_phone.address])
    center = desk.Center(t, yaml.replace(
        'trunks:\n', 'outbound: {{allow: [any]}}\ntrunks:\n'
        '  out: {{address: "%s"}}\n' % outside.hostport))
    center.post('/api/v1/agents/x1/sign-in')
    Wire(t, center.sip).call('400', 'Privacy: id\r\n')
    t.until(lambda: center.get('/api/v1/contacts'), 10, 'who waits')
    contact = center.get('/api/v1/contacts')[0]['id']
    center.post('/api/v1/contacts/%s/callback' % contact, {})
    center.post('/api/v1/agents/x0/sign-in')
    rung = [desk_phone.until_calls(1)]
    back = outside.until_calls(1)
    assert '<sip:400@' in header(back, 'From'), back
    assert not header(back, 'Privacy'), back
    center.until_agent('x0', activity='talking')
    center.post('/api/v1/agents/x0/transfer',
                {'contact': contact, 'target': 'x1'})
    rung.append(next_phone.until_calls(1))
    for invite in rung:
        assert header(invite, 'From').startswith(
            '"Anonymous" <sip:anonymous@anonymous.invalid>'), invite
        assert '5550' not in invite, invite
        assert header(invite, 'Privacy') == 'id', invite


@test(deadline_s=60)
def privacy__of_an_agents_own_call_is_kept(t):
    outside = Provider(t)
    yaml = desk.YAML.replace('trunks:\n', 'outbound: {{allow: [any]}}\ntrunks'
                             ':\n  out: {{address: "%s"}}\n'
                             % outside.hostport)
    # Debian's sipp gives up where the first challenge is not for MD5.
    center = desk.Center(t, yaml.replace('media:\n', '  digest: md5\nmedia:\n'))
    with open(t.here('sipp', 'center_feature.xml')) as f:
        steps = f.read().replace('Max-Forwards: 70', 'Max-Forwards: 70\n'
                                 'Privacy: id\nUser-to-User: 4a')
    with open(t.path('private.xml'), 'w') as f:
        f.write(steps)
    t.sipp_start(['-sf', t.path('private.xml'), '-i', t.address(), '-p',
                  '5060', '-s', '+3615550000', '-m', '1', center.sip])
    invite = outside.until_calls(1)
    assert header(invite, 'Privacy') == 'id', invite
    assert header(invite, 'User-to-User') == '4a', invite
    assert header(invite, 'From').startswith('"Anonymous" '), invite


@test(deadline_s=60)
def callers_words__reach_the_agents_phone(t):
    center, address = open_center(t)
    invited = INVITED.replace(
        '</action>', '<ereg regexp="4a;encoding=hex" search_in="hdr" '
        'header="User-to-User:" check_it="true" assign_to="seen"/><ereg '
        'regexp="id" search_in="hdr" header="Privacy:" check_it="true" '
        'assign_to="seen"/></action>')
    answering = sipp(t, 'agent', ANSWERS.replace(INVITED, invited)
                     + pause(300) + agent.bye(1), center, address)
    calling = sipp(t, 'caller', PLACE.replace(
        'Max-Forwards', 'User-to-User: 4a;encoding=hex\nPrivacy: id\n'
        'Max-Forwards', 1) + BYE_COMES, center)
    answering.wait(20)
    calling.wait(20)
    nobody_left(t, center)


main()

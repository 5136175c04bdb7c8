"""A center between phones that are sipp: busy, no answer, giving up in each
state, hold by either side's re-INVITE, REFER. Scenarios are written here, from
steps; sipp fails when a step does not come as it should."""

import desk
from harness import main, test

SDP = '''
v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a={0}
'''
# How each side writes From and To within a dialog.
CALLER = ('From: <sip:sipp@[local_ip]>;tag=c[call_number]', 'To:[$to]')
AGENT = ('From:[$to];tag=a[call_number]', 'To:[$from]')
TO_FIRST = 'To: <sip:[service]@[remote_ip]>'
REPLY = '''SIP/2.0 {0}
[last_Via:]
[last_From:]
[last_To:]{1}
[last_Call-ID:]
{2}
Contact: <sip:x@[local_ip]:[local_port]>
{3}'''


def sdp_or_none(direction):
    return ('Content-Type: application/sdp\nContent-Length: [len]\n'
            + SDP.format(direction) if direction
            else 'Content-Length: 0\n\n')


def send(text, retrans=True):
    return '<send%s><![CDATA[\n%s]]></send>\n' % (
        ' retrans="500"' if retrans else '', text)


def reply(status, direction='', tag='', cseq='[last_CSeq:]'):
    return send(REPLY.format(status, tag, cseq, sdp_or_none(direction)),
                retrans=status[0] != '1' and 'INVITE' in cseq)


def recv(what, body='', more=''):
    kind = 'response' if what[0].isdigit() else 'request'
    check = ('<action><ereg regexp="%s" search_in="body" check_it="true" '
             'assign_to="seen"/></action>' % body) if body else ''
    return '<recv %s="%s" timeout="20000" %s>%s</recv>\n' % (
        kind, what, more, check)


def pause(ms):
    return '<pause milliseconds="%d"/>\n' % ms


class Side:
    """Requests of a caller, or within the agent's dialog."""

    def __init__(self, names):
        self.names = names

    def request(self, method, cseq, direction='', more='', first=False):
        """first: INVITE and its CANCEL, in the same transaction."""
        uri = ('sip:[service]@[remote_ip]:[remote_port]' if first
               else '[next_url]')
        branch = 'z9hG4bK[pid]x[call_number]' if first else '[branch]'
        return send(
            '%s %s SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];'
            'branch=%s\n%s\n%s\nCall-ID: [call_id]\nCSeq: %d %s\n'
            'Contact: <sip:x@[local_ip]:[local_port]>\nMax-Forwards: 70\n%s%s'
            % (method, uri, branch, self.names[0],
               TO_FIRST if first else self.names[1], cseq, method, more,
               sdp_or_none(direction)), retrans=method != 'ACK')

    def reinvite(self, cseq, direction, expected):
        return (self.request('INVITE', cseq, direction)
                + '<recv response="100" optional="true"/>\n'
                + recv('200', 'a=' + expected)
                + self.request('ACK', cseq))

    def bye(self, cseq):
        return self.request('BYE', cseq) + recv('200')


caller, agent = Side(CALLER), Side(AGENT)
PLACE = (caller.request('INVITE', 1, 'sendrecv', first=True)
         + '<recv response="100" optional="true"/>\n'
         + '<recv response="180" optional="true"/>\n'
         + '<recv response="200" rrs="true" timeout="20000"><action><ereg '
           'regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
           '</action></recv>\n' + caller.request('ACK', 1))
BYE_COMES = recv('BYE') + reply('200 OK')
INVITED = ('<recv request="INVITE" rrs="true" timeout="20000"><action>'
           '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
           '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
           '</action></recv>\n')
TAG = ';tag=a[call_number]'
RINGS = INVITED + reply('180 Ringing', tag=TAG)
ANSWERS = RINGS + reply('200 OK', 'sendrecv', TAG) + recv('ACK')
CALLED_OFF = recv('CANCEL') + reply('200 OK')
INVITE_OF = 'CSeq: [cseq] INVITE'  # which the CANCEL has, too
TERMINATED = (reply('487 Request Terminated', tag=TAG, cseq=INVITE_OF)
              + recv('ACK'))
HOLD_MS = 1500  # long enough to be seen


def sipp(t, name, steps, center, address=None, service='400'):
    """sipp that does these steps once."""
    used = [v for v in ('seen', 'from', 'to') if 'assign_to="%s"' % v in steps]
    path = t.path('%s-%d.xml' % (name, len(t.children)))
    with open(path, 'w') as f:
        f.write('<?xml version="1.0" encoding="ISO-8859-1"?>\n'
                '<scenario name="%s">\n%s%s</scenario>\n' % (
                    name, steps, '<Reference variables="%s"/>\n'
                    % ','.join(used) if used else ''))
    child = t.sipp_start(
        ['-sf', path, '-i', address or t.address(), '-p', '5060', '-m', '1',
         '-s', service, center.sip], name=name)
    if address:
        t.until_taken(address, what=name + ' listens')
    return child


def open_center(t, agents=1):
    addresses = [t.address() for _ in range(agents)]
    center = desk.Center(t, desk.yaml_with(addresses))
    for i in range(agents):
        center.post('/api/v1/agents/x%d/sign-in' % i)
    return (center, *addresses)


def nobody_left(t, center):
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')
    center.until_agent('x0', activity='idle')


def tried_again(t, name, steps):
    """An agent does this and is called again, answers, and hangs up."""
    center, address = open_center(t)
    first = sipp(t, name, steps, center, address)
    calling = sipp(t, 'caller', PLACE + BYE_COMES, center)
    first.wait(20)
    second = sipp(t, 'agent', ANSWERS + pause(HOLD_MS) + agent.bye(1),
                  center, address)
    second.wait(20)
    calling.wait(20)
    nobody_left(t, center)
    assert center.queue('q0')['answered'] == 1


def called_off(t, name, steps):
    """An agent does this while the caller gives up."""
    center, address = open_center(t)
    ringing = sipp(t, name, RINGS + CALLED_OFF + steps, center, address)
    calling = sipp(t, 'caller', PLACE + pause(1000) + caller.bye(2), center)
    calling.wait(20)
    ringing.wait(20)
    nobody_left(t, center)
    figures = center.queue('q0')
    assert (figures['answered'], figures['abandoned']) == (0, 1), figures


def talk(t, agent_does, caller_does, *activities):
    """They talk and do this, which makes the agent's activity these."""
    center, address = open_center(t)
    answering = sipp(t, 'agent', ANSWERS + agent_does, center, address)
    calling = sipp(t, 'caller', PLACE + caller_does, center)
    for activity in activities:
        center.until_agent('x0', activity=activity)
    answering.wait(30)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def agent__that_is_busy_is_tried_again(t):
    tried_again(t, 'busy', INVITED + reply('486 Busy Here', tag=TAG)
                + recv('ACK'))


@test(deadline_s=60)
def agent__that_does_not_answer_is_tried_again(t):
    tried_again(t, 'silent', RINGS + CALLED_OFF + TERMINATED)


@test(deadline_s=60)
def agent__is_called_off_when_the_caller_gives_up(t):
    called_off(t, 'ringing', TERMINATED)


@test(deadline_s=60)
def agent__who_answers_while_called_off_is_hung_up(t):
    called_off(t, 'crossing', reply('200 OK', 'sendrecv', TAG, INVITE_OF)
               + recv('ACK') + BYE_COMES)


@test(deadline_s=60)
def cancel__after_the_answer_ends_no_call(t):
    """In a menu the call is up: CANCEL comes too late (RFC 3261, 9.2)."""
    center, _ = open_center(t)
    calling = sipp(t, 'caller', PLACE
                   + caller.request('CANCEL', 1, first=True) + recv('200')
                   + pause(HOLD_MS) + caller.bye(2), center, service='1000')
    t.until(lambda: len(center.get('/api/v1/contacts')) == 1, 10, 'a call')
    calling.wait(20)
    nobody_left(t, center)


def holds(side, cseq):
    """Hold and resume by re-INVITE, and then hang up."""
    return (side.reinvite(cseq, 'sendonly', 'recvonly') + pause(HOLD_MS)
            + side.reinvite(cseq + 1, 'sendrecv', 'sendrecv')
            + pause(HOLD_MS) + side.bye(cseq + 2))


@test(deadline_s=60)
def caller__holds_and_resumes(t):
    talk(t, BYE_COMES, pause(1000) + holds(caller, 2), 'talking')


@test(deadline_s=60)
def agent__holds_and_resumes(t):
    talk(t, pause(500) + holds(agent, 1), BYE_COMES, 'hold', 'talking')


def transferred(t, steps):
    """A transfer by REFER that succeeds, with these steps of the agent's phone
    after its last NOTIFY."""
    center, first, second = open_center(t, 2)
    more = 'Refer-To: <sip:401@%s>\n' % center.sip
    other = sipp(t, 'other', ANSWERS + BYE_COMES, center, second)
    referring = sipp(t, 'agent', ANSWERS + pause(500)
                     + agent.request('REFER', 1, more=more) + recv('202')
                     + recv('NOTIFY', 'SIP/2.0 100') + reply('200 OK')
                     + recv('NOTIFY', 'SIP/2.0 200') + steps, center, first)
    calling = sipp(t, 'caller', PLACE + pause(5000) + caller.bye(2), center)
    center.until_agent('x1', activity='talking')
    referring.wait(20)
    calling.wait(20)
    other.wait(20)
    nobody_left(t, center)
    assert center.queue('q1')['answered'] == 1


@test(deadline_s=60)
def agent__transfers_blind_by_refer(t):
    # sipp fails when the BYE comes before it has answered.
    transferred(t, pause(300) + reply('200 OK') + BYE_COMES)


@test(deadline_s=60)
def agent__that_knows_no_transfer_any_more_is_hung_up(t):
    transferred(t, pause(300) + reply('481 Call Does Not Exist') + BYE_COMES)


@test(deadline_s=60)
def agent__that_answers_no_notify_is_hung_up(t):
    transferred(t, BYE_COMES)


@test(deadline_s=60)
def agent__that_transfers_hangs_up_itself(t):
    # sipp fails when ours comes, too.
    transferred(t, agent.bye(2) + pause(1000))


main()

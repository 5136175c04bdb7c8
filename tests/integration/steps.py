"""Scenarios for sipp, written from steps; sipp fails when a step does not come
as it should. What a center's tests need around them is here, too."""

import desk

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
    used = [v for v in ('seen', 'from', 'to', 'via', 'cseq') if 'assign_to="%s"' % v in steps]
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

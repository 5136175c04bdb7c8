"""The example server: its file, its command line, acting over HTTP."""

import os
import re
import shutil
import signal
import socket
import time

from certificates import Certificates
from harness import Skip, main, test
from web import Web
from wire import Wire

FILE = '''\
center: north
sip: {{listen: '{address}:{sip}'}}
media: {{ports: {rtp}-{rtp_end}}}
http:
  listen: {address}:{http}
  hosts: [board.example]
state: state
agents:
  anna: {{display: Anna, endpoints: [app], queues: [sales]}}
  ben: {{password: s3cret-of-ben, pin: "7788", queues: [sales]}}
queues:
  sales: {{service_level: 20s, wrap_up: 5s}}
entries:
  "1000": {{queue: sales}}
{more}
'''


class Server:
    def __init__(self, t, more='', args=(), wait=True,
                 change=lambda text: text):
        self.t = t
        self.address = t.address()
        self.sip = t.port(self.address)
        self.http = t.port(self.address, tcp=True)
        self.path = t.path('center.yaml')
        self.write(more, change)
        self.child = t.start(
            [t.program('callcenter'), '--config', self.path] + list(args),
            name='callcenter')
        if wait:
            self.child.wait_for('Open for business', 15)
            board = self.child.wait_for(r'Wallboard: http://(\S+):(\d+)/')
            self.http = int(board.group(2))

    def write(self, more='', change=lambda text: text):
        text = FILE.format(address=self.address, sip=self.sip, http=self.http,
                           rtp=30000, rtp_end=30999, more=more)
        with open(self.path, 'w') as f:
            f.write(change(text))

    def web(self):
        return Web(self.address, self.http)

    def get(self, path):
        answer = self.web().request('GET', '/api/v1/' + path)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json()

    def post(self, path, body=None):
        return self.web().request('POST', '/api/v1/' + path, body or {})


def check(t, text, status=1):
    path = t.path('bad.yaml')
    with open(path, 'w') as f:
        f.write(text)
    child = t.start([t.program('callcenter'), '--config', path, '--check'])
    child.wait(10, status)
    return child.output().replace(path, 'FILE')


@test(deadline_s=30)
def check__names_file_line_and_column(t):
    assert check(t, 'queues:\n  sales:\n    wrapup: 3s\n') == (
        "FILE:3:5: unknown key 'wrapup' in a queue; is 'wrap_up' meant?")
    assert check(t, 'queues: {a: {policy: fastest}}\n').startswith(
        "FILE:1:22: 'policy' cannot be 'fastest'")
    assert check(t, 'a: [\n').startswith('FILE:2:1: not YAML')
    assert check(t, 'http: {listen: "0.0.0.0:80"}\n').startswith(
        'FILE:1:16: HTTP on 0.0.0.0')
    assert check(t, 'queues: {a: {}}\n', 0) == 'FILE: good'


@test(deadline_s=60)
def check__refuses_what_start_refuses(t):
    long = 'x' * 200
    for text in ('trunks: {t: {address: sip..example.com}}\n',
                 'trunks: {t: {address: a.test, register: true}}\n',
                 'trunks: {t: {address: a.test, transport: ip}}\n',
                 'trunks: {t: {sources: /99}}\n',
                 'contact_order: fastest\n',
                 'queues: {q: {fallback: external}}\n',
                 'queues: {%s: {}}\n' % long,
                 'agents: {%s: {}}\n' % long,
                 'agents: {a: {capacity: {voice: 100000}}}\n',
                 'agents: {a: {capacity: {%s}}}\n' % ', '.join(
                     'c%d: 1' % i for i in range(17)),
                 'agents: {a: {endpoints: [%s]}}\n' % ', '.join(
                     ['phone'] * 41),
                 'centers: [{name: a}, {name: b}]\n'):
        said = check(t, text)
        assert re.match(r'FILE:1:\d+: ', said), (text, said)
        child = t.start([t.program('callcenter'), '--config',
                         t.path('bad.yaml')])
        child.wait(10, 1)
        assert child.output().replace(t.path('bad.yaml'), 'FILE') == said


@test(deadline_s=60)
def check__says_of_certificates_what_start_says(t):
    pki = Certificates(t)
    good, other = pki.make('center'), pki.make('other')
    key, nonsense, locked = (t.path(name) for name in (
        'other.key', 'nonsense.pem', 'locked.key'))
    shutil.copy(other.replace('.pem', '.key'), key)
    with open(nonsense, 'w') as f:
        f.write('nonsense')
    t.run(['openssl', 'ec', '-in', key, '-aes128', '-passout', 'pass:x',
           '-out', locked])
    address = t.address()

    def tls(certificate, more=''):
        return 'sip: {listen: "%s:%d", tls: {certificate: %s%s}}\n' % (
            address, t.port(address), certificate, more)
    of_names = ', certificates: [{certificate: %s}, {certificate: %%s}]' % other
    for text, why in (
            (tls('gone.pem'), 'certificate in .*gone.pem: No such file'),
            (tls(nonsense), 'certificate in .*nonsense.pem: no start line'),
            (tls(good, ', key: gone.key'), 'key in .*gone.key: No such file'),
            (tls(good, ', key: ' + key), 'key in .*other.key: key values mis'),
            (tls(good, ', key: ' + locked), 'key in .*locked.key: '),
            (tls(good, ', ca: ' + nonsense),
             'certificates of issuers in .*nonsense.pem: '),
            (tls(good, ', ca: gone.pem'),
             'certificates of issuers in .*gone.pem: No such file'),
            (tls(good, of_names % 'gone.pem'), 'certificate in .*gone.pem'),
            (tls(good, of_names % (other + ', key: gone.key')),
             'key in .*gone.key: No such file'),
            (tls(good, of_names % locked), 'certificate in .*locked.key')):
        said = check(t, text)
        assert re.search('^callcenter: cannot use the ' + why, said), said
        child = t.start([t.program('callcenter'), '--config',
                         t.path('bad.yaml')])
        child.wait(10, 1)
        assert child.output().replace(t.path('bad.yaml'), 'FILE') == said
    assert check(t, tls(good, of_names % other + ', ca: ' + pki.ca),
                 0) == 'FILE: good'


@test(deadline_s=30)
def check__example_is_good(t):
    t.run([t.program('callcenter'), '--config',
           t.root('examples/callcenter/center.yaml'), '--check'])
    told = t.run([t.program('callcenter'), '--config',
                  t.root('examples/callcenter/center.yaml'), '--prompts'])
    lines = [line.split('\t') for line in told.splitlines()]
    assert all(len(line) == 3 for line in lines), told
    assert ['sounds/en/goodbye.wav', 'en', 'Goodbye.'] in lines, told


@test(deadline_s=30)
def command_line__mistakes_are_told(t):
    program = t.program('callcenter')
    for argv in ([], ['--config'], ['--config', 'x', '--what'],
                 ['--config', 'x', 'y']):
        t.start([program] + argv).wait(10, 2)
    child = t.start([program, '--config', '/nonexistent/x.yaml'])
    child.wait(10, 1)
    assert '/nonexistent/x.yaml: cannot read' in child.output()
    server = Server(t, args=['--listen', 'here'], wait=False)
    server.child.wait(10, 1)
    assert "'here' is not an IP address" in server.child.output()
    # The test's own address with a port, and one that no machine has.
    address = t.address()
    server = Server(t, args=['--listen', address + ':5090'], wait=False)
    server.child.wait(10, 1)
    assert "'%s:5090' has a port, but only an address is wanted" % address in (
        server.child.output()), server.child.output()
    server = Server(t, args=['--listen', '192.0.2.77'], wait=False)
    server.child.wait(10, 1)
    said = server.child.output()
    assert 'cannot listen on 192.0.2.77 port %d: ' % server.sip in said, said
    assert 'assign requested address' in said, said


@test(deadline_s=30)
def command_line__help_is_usage(t):
    for name, word in (('callcenter', '--check'), ('crowd', '--center'),
                       ('custom_channel', 'SIP-ADDRESS')):
        said = t.run([t.program(name), '--help'])
        assert 'usage: %s' % name in said or said.startswith(name), said
        assert word in said, said
    t.start([t.program('custom_channel'), '--what']).wait(10, 2)


@test(deadline_s=30)
def http__on_an_address_of_nobody_tells_its_port(t):
    server = Server(t, wait=False, change=lambda text: re.sub(
        r'http:\n  listen: [\d.]+', 'http:\n  token: 0123456789abcdef\n'
        '  listen: 192.0.2.77', text))
    server.child.wait(10, 1)
    said = server.child.output()
    assert 'cannot listen for HTTP on 192.0.2.77 port %d: ' % server.http in (
        said), said


def outside_address():
    """An address of this machine that others could reach; nothing is sent."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        probe.connect(('198.51.100.1', 9))
        address = probe.getsockname()[0]
    except OSError:
        address = '127.0.0.1'
    finally:
        probe.close()
    if address.startswith('127.') or address == '0.0.0.0':
        raise Skip('this machine has no other address than loopback')
    return address


@test(deadline_s=40)
def listen__without_a_token_leaves_http_on_loopback(t):
    outside = outside_address()
    server = Server(t, args=['--listen', outside])
    lines = server.child.output()
    assert 'SIP: sip:1000@%s:' % outside in lines, lines
    assert 'Wallboard: http://%s:' % server.address in lines, lines
    assert 'HTTP stays on %s' % server.address in lines, lines
    assert server.get('')['centers'] == ['north']


@test(deadline_s=40)
def listen__with_a_token_moves_http(t):
    outside = outside_address()
    server = Server(t, args=['--listen', outside],
                    change=lambda text: text.replace(
                        '  hosts:', '  token: 0123456789abcdef\n  hosts:'))
    child, http = server.child, server.http
    assert 'Wallboard: http://%s:' % outside in child.output()
    assert Web(outside, http).request('GET', '/api/v1').status == 401
    assert Web(outside, http).request('GET', '/api/v1', headers={
        'Authorization': 'Bearer 0123456789abcdef'}).status == 200
    assert 'HTTP stays' not in child.output()


@test(deadline_s=40)
def server__tells_where_it_is(t):
    server = Server(t)
    lines = server.child.output()
    assert 'SIP: sip:1000@%s:%d' % (server.address, server.sip) in lines
    assert 'Agent: sip:ben@' in lines and '7788' not in lines
    assert re.search('^Agent: sip:anna@.* no password no PIN$', lines,
                     re.M), lines
    assert server.get('')['centers'] == ['north']
    assert server.get('state')['entries'] == [
        {'address': '1000', 'starts': 'sales'}]
    assert server.child.stop() == 0
    assert server.child.lines[-1] == 'Closing.'


@test(deadline_s=40)
def server__busy_ports_mean_the_next(t):
    address = t.address()
    taken = []
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        s = socket.socket(socket.AF_INET, kind)
        s.bind((address, t.port(address)))
        if kind == socket.SOCK_STREAM:
            s.listen(1)
        taken.append(s.getsockname()[1])
        t.guards = getattr(t, 'guards', []) + [s]
    path = t.path('center.yaml')
    with open(path, 'w') as f:
        f.write(FILE.format(address=address, sip=taken[0], http=taken[1],
                            rtp=31000, rtp_end=31999, more=''))
    child = t.start([t.program('callcenter'), '--config', path])
    child.wait_for('Open for business', 15)
    sip = int(child.wait_for(r'SIP: sip:1000@[\d.]+:(\d+)').group(1))
    http = int(child.wait_for(r'Wallboard: http://[\d.]+:(\d+)').group(1))
    assert sip > taken[0] and http > taken[1], (taken, sip, http)
    lines = child.output()
    assert 'port %d of SIP is taken: %d' % (taken[0], sip) in lines, lines
    assert 'port %d of HTTP is taken: %d' % (taken[1], http) in lines, lines


@test(deadline_s=40)
def server__tells_of_the_entry_for_the_rest_and_of_secrets(t):
    with open(t.path('secret'), 'w') as f:
        f.write('s3cret-of-ben\n')
    os.chmod(t.path('secret'), 0o600)
    server = Server(t, change=lambda text: text.replace(
        'entries:', 'entries:\n  "*": {queue: sales}').replace(
            'password: s3cret-of-ben', 'password_file: secret'))
    lines = server.child.output()
    assert 'SIP: sip:anything-else@' in lines and '*@' not in lines, lines
    assert re.search(r'^Agent: sip:ben@.* with password with PIN$', lines,
                     re.M), lines


@test(deadline_s=40)
def agent__acts_over_http(t):
    server = Server(t)

    def state():
        agent = server.get('agents/anna')
        return agent['presence'], agent['reason']

    assert state() == ('signed_out', '')
    assert server.post('agents/anna/sign-in').status == 200
    assert state()[0] == 'ready'
    assert server.post('agents/anna/pause',
                       {'reason': 'lunch'}).status == 200
    assert state() == ('paused', 'lunch')
    assert server.post('agents/anna/ready').status == 200
    assert state()[0] == 'ready'
    for path, body in (('hold', {'contact': '12345'}),
                       ('hang-up', {'contact': '12345'}),
                       ('accept', {'offer': '12345'}),
                       ('transfer', {'contact': '1', 'target': '1000'})):
        answer = server.post('agents/anna/' + path, body)
        assert answer.status == 404, (path, answer.status, answer.body)
    assert server.post('contacts/12345/hang-up').status == 404
    assert server.post('agents/anna/sign-out').status == 200
    assert state()[0] == 'signed_out'


@test(deadline_s=40)
def events__show_who_did_what(t):
    server = Server(t)
    web = server.web()
    assert web.upgrade('/api/v1/events').status == 101
    seq = int(web.message()['snapshot']['seq'])
    answer = server.post('agents/anna/sign-in')
    request = answer.json()['request']
    seen = []
    while not seen or seen[-1]['type'] != 'request_done':
        seen.append(web.message())
        seq += 1
        assert int(seen[-1]['seq']) == seq, seen[-1]
    presence = [e for e in seen if e['type'] == 'agent_presence']
    assert presence and presence[0]['actor'] == 'token', seen
    assert seen[-1]['request'] == request, seen[-1]
    # The same events once more, from the cursor and from the history.
    first = int(seen[0]['seq'])
    again = server.web()
    assert again.upgrade('/api/v1/events?from=%d' % first).status == 101
    assert [again.message() for _ in seen] == seen
    stored = t.until(lambda: [
        e for e in server.get('events?from=%d' % first)['events']
        if int(e['seq']) <= seq][len(seen) - 1:], 5)
    assert stored[0]['seq'] == seen[-1]['seq']


@test(deadline_s=40)
def history__pages_with_a_cursor(t):
    server = Server(t)
    for _ in range(3):
        server.post('agents/anna/sign-in')
        server.post('agents/anna/sign-out')
    t.until(lambda: len(server.get('events?limit=500')['events']) > 10, 5)
    whole = server.get('events?limit=500')['events']
    paged, start = [], 1
    while len(paged) < len(whole):
        page = server.get('events?from=%d&limit=4' % start)
        assert page['events'] and len(page['events']) <= 4
        paged += page['events']
        start = int(page['next'])
    assert paged[:len(whole)] == whole
    assert server.get('history/contacts') == {'contacts': [], 'cursor': None}
    for bad in ('limit=x', 'limit=501', 'from_us=-1', 'cursor=',
                'agent=nobody', 'queue=nobody'):
        answer = server.web().request('GET',
                                      '/api/v1/history/segments?' + bad)
        assert answer.status in (400, 404), (bad, answer.status)


@test(deadline_s=40)
def figures__and_metrics_agree(t):
    server = Server(t)
    server.post('agents/anna/sign-in')
    figures = server.get('figures')
    assert figures['queues'][0]['entered'] == 0
    assert figures['queues'][0]['service_level']['strict'] is None
    text = server.web().request('GET', '/metrics').body.decode()
    assert 'usher_agent_signed_in{center="north",agent="anna"} 1\n' in text
    assert 'usher_agent_signed_in{center="north",agent="ben"} 0\n' in text
    assert text.endswith('# EOF\n')


@test(deadline_s=40)
def secrets__are_nowhere_to_be_read(t):
    server = Server(t)
    said = b''
    for path in ('/api/v1/state', '/api/v1/events?limit=500', '/metrics',
                 '/api/v1/figures', '/'):
        said += server.web().request('GET', path).body
    assert b's3cret-of-ben' not in said and b'7788' not in said
    server.child.stop()
    for folder, _, files in os.walk(t.path('state')):
        for name in files:
            with open(os.path.join(folder, name), 'rb') as f:
                data = f.read()
            assert b's3cret-of-ben' not in data, name


@test(deadline_s=40)
def sounds__that_are_missing_are_named(t):
    names = ', '.join('p%d: {sound: gone%d.wav}' % (n, n) for n in range(7))
    server = Server(t, 'prompts: {here: {sound: center.yaml}, '
                    'told: {sound: "at-{wait.position}.wav"}, %s}\n' % names)
    server.child.wait_for('2 more sounds are missing', 5)
    said = '\n'.join(server.child.lines)
    assert re.findall(r"prompt 'p\d': cannot read '\S*/(gone\d).wav': No such "
                      'file or directory', said) == [
                          'gone%d' % n for n in range(5)], said
    assert 'here' not in said and 'at-' not in said
    start = len(server.child.lines)
    server.write('prompts: {late: {sound: late.wav}}\n')
    server.child.process.send_signal(signal.SIGHUP)
    server.child.wait_for("prompt 'late': cannot read", 5, start)


@test(deadline_s=30)
def stranger__is_told_why(t):
    server = Server(t, change=lambda text: 'domain: center.example\n' + text)
    wire = Wire(t, '%s:%d' % (server.address, server.sip))
    for domain, status, why in (
            ('center.example', 403,
             'no trunk has its address, From is of no domain here'),
            ('other.example', 404, 'no domain here')):
        wire.uri, wire.to_tag = 'sip:1000@' + domain, None
        wire.call_id = '%s@wire' % domain
        wire.request('INVITE')
        server.child.wait_for(r'refused %d: %s:5060: %s \(INVITE\)' % (
            status, re.escape(wire.address), why), 5)
    wire.uri, wire.to_tag = 'sip:ben@other.example', None
    wire.request('REGISTER')
    server.child.wait_for(r'refused 404: %s:5060: no domain here '
                          r'\(REGISTER\)' % re.escape(wire.address), 5)


@test(deadline_s=40)
def reload__applies_all_or_nothing(t):
    server = Server(t)
    start = len(server.child.lines)
    server.write(change=lambda text: text.replace('wrap_up', 'wrapup'))
    server.child.process.send_signal(signal.SIGHUP)
    line = server.child.wait_for("'wrap_up' meant", 5, start)
    assert line
    assert len(server.get('queues')) == 1
    start = len(server.child.lines)
    server.write(change=lambda text: text.replace(
        'entries:', '  support: {}\nentries:').replace(
            '"1000": {queue: sales}', '"1000": {queue: support}'))
    server.child.process.send_signal(signal.SIGHUP)
    server.child.wait_for('configuration read again', 5, start)
    names = t.until(lambda: len(server.get('queues')) == 2, 5)
    assert names
    assert server.get('state')['entries'][0]['starts'] == 'support'
    start = len(server.child.lines)
    server.write(change=lambda text: text.replace(
        ':%d' % server.sip, ':%d' % (server.sip + 2)))
    server.child.process.send_signal(signal.SIGHUP)
    server.child.wait_for(
        r"center.yaml:\d+:\d+: 'listen' needs a restart", 5, start)
    assert server.web().request('GET', '/').status == 200


@test(deadline_s=40)
def restart__keeps_what_happened(t):
    server = Server(t)
    server.post('agents/anna/sign-in')
    server.post('agents/anna/pause', {'reason': 'lunch'})
    before = server.get('agents/anna')
    seq = int(server.get('state')['seq'])
    t.until(lambda: int(server.get('events?from=%d' % seq)['next']) > seq, 5)
    server.child.kill()
    child = t.start([t.program('callcenter'), '--config', server.path])
    child.wait_for('Open for business', 15)
    after = server.get('agents/anna')
    assert (after['id'], after['presence'], after['reason']) == (
        before['id'], 'paused', 'lunch'), after
    assert int(server.get('state')['seq']) > seq


@test(deadline_s=30)
def signals__end_it_even_from_the_background(t):
    server = Server(t, wait=False)
    server.child.wait_for('Open for business', 15)
    server.child.send(signal.SIGINT)
    server.child.wait(10, 0)
    assert re.search('Closing', server.child.output())
    time.sleep(0.1)
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind((server.address, server.sip))
    probe.close()


if __name__ == '__main__':
    main()

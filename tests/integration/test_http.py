"""HTTP and WebSocket as they are on the wire."""

import base64
import socket
import time

from harness import main, test
from web import Web

TOKEN = 'a-token-of-some-length'


class Httpd:
    def __init__(self, t, token=None, port=None, address=None, annas=None):
        self.t = t
        self.address = address or t.address()
        self.child = t.start(
            [t.program('httpd'), '%s:%d' % (
                self.address, port or t.port(self.address, tcp=True))]
            + ([token] if token else []) + ([annas] if annas else []),
            name='httpd', stdin=-1)
        self.port = int(self.child.wait_for(r'listening on (\d+)').group(1))

    def tell(self, line):
        start = len(self.child.lines)
        self.child.process.stdin.write(line + '\n')
        self.child.process.stdin.flush()
        self.child.wait_for('done', 5, start)

    def web(self, timeout_s=5):
        return Web(self.address, self.port, timeout_s)

    def auth(self, token=TOKEN):
        return {'Authorization': 'Bearer ' + token}


@test(deadline_s=20)
def http__keeps_a_connection_for_many_requests(t):
    httpd = Httpd(t)
    web = httpd.web()
    for _ in range(20):
        answer = web.request('GET', '/api/v1/state')
        assert answer.status == 200, answer.status
        assert answer.headers['content-type'] == 'application/json'
        assert answer.json()['center'] == 'demo'
    answer = web.request('HEAD', '/')
    assert answer.status == 200
    assert int(answer.headers['content-length']) > 100
    assert web.request('GET', '/').body.startswith(b'<!DOCTYPE html>')


@test(deadline_s=20)
def http__two_requests_in_one_packet(t):
    web = Httpd(t).web()
    one = ('GET /api/v1 HTTP/1.1\r\nHost: %s\r\n\r\n' % web.host).encode()
    web.raw(one * 3)
    for _ in range(3):
        assert web.answer().status == 200


@test(deadline_s=20)
def page__is_closed_to_other_hosts(t):
    web = Httpd(t).web()
    for path in ('/', '/wallboard.js', '/api/v1'):
        headers = web.request('GET', path).headers
        policy = headers['content-security-policy']
        assert "default-src 'none'" in policy, policy
        assert 'unsafe' not in policy and '*' not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers['x-content-type-options'] == 'nosniff'
        assert headers['referrer-policy'] == 'no-referrer'
        assert 'access-control-allow-origin' not in headers


@test(deadline_s=20)
def http__large_replies_arrive_whole(t):
    web = Httpd(t).web()
    body = web.request('GET', '/metrics').body
    assert body.endswith(b'# EOF\n')
    js = web.request('GET', '/wallboard.js').body
    with open(t.root('lib/http/page/wallboard.js'), 'rb') as f:
        assert js == f.read()


@test(deadline_s=30)
def act__waits_for_the_outcome(t):
    httpd = Httpd(t)
    web = httpd.web()
    answer = web.request('POST', '/api/v1/agents/anna/pause',
                         {'reason': 'lunch'})
    assert answer.status == 200, answer.body
    assert answer.json() == {'result': 'done', 'request': '1'}
    httpd.tell('answer silent')
    begin = time.monotonic()
    answer = web.request('POST', '/api/v1/agents/anna/ready')
    assert answer.status == 202, answer.status
    assert answer.json()['request'] == '2'
    assert 1.5 < time.monotonic() - begin < 4
    httpd.tell('answer done')
    assert web.request('POST', '/api/v1/agents/anna/ready').status == 200


@test(deadline_s=30)
def act__others_are_served_meanwhile(t):
    httpd = Httpd(t)
    httpd.tell('answer silent')
    waiting = [httpd.web() for _ in range(5)]
    for web in waiting:
        web.raw(('POST /api/v1/agents/anna/ready HTTP/1.1\r\nHost: %s\r\n'
                 'Content-Length: 0\r\n\r\n' % web.host).encode())
    begin = time.monotonic()
    assert httpd.web().request('GET', '/api/v1').status == 200
    assert time.monotonic() - begin < 1
    waiting[0].close()
    for web in waiting[1:]:
        assert web.answer().status == 202


@test(deadline_s=20)
def act__without_a_length_has_no_body(t):
    web = Httpd(t).web()
    web.raw(('POST /api/v1/agents/anna/ready HTTP/1.1\r\nHost: %s\r\n\r\n'
             % web.host).encode())
    answer = web.answer()
    assert answer.status == 200, answer.status
    assert answer.headers['connection'] == 'close'
    assert web.closed()


@test(deadline_s=30)
def bad__requests_are_answered_or_cut(t):
    httpd = Httpd(t)
    path = '/api/v1/agents/anna/pause'
    web = httpd.web()
    assert web.request('PUT', '/api/v1/state').status == 405
    for body, status in ((b'{', 400), (b'\xff\xfe', 400), (b'[]', 400),
                         (b'{"reason":"' + b'x' * 5000 + b'"}', 413)):
        answer = httpd.web().request('POST', path, body)
        assert answer.status == status, (body[:20], answer.status)
        assert answer.json()['error']['code']
    answer = httpd.web().request('POST', path, b'x' * 20000)
    assert answer.status == 413, answer.status
    answer = httpd.web().request('POST', path, b'{}',
                                 {'Content-Type': 'text/plain'})
    assert answer.status == 415
    web = httpd.web()
    web.raw(('POST %s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked'
             '\r\n\r\n2\r\n{}\r\n0\r\n\r\n' % (path, web.host)).encode())
    assert web.answer().status == 411
    for length in ('-1', '1x', '99999999999999999999'):
        web = httpd.web()
        web.raw(('POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %s\r\n'
                 '\r\n' % (path, web.host, length)).encode())
        try:
            assert web.answer().status in (400, 413), length
        except (EOFError, OSError):
            pass
    assert httpd.web().request('GET', '/api/v1').status == 200


@test(deadline_s=40)
def bad__bytes_do_no_harm(t):
    httpd = Httpd(t)
    for data in (b'\0' * 100, b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n',
                 b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
                 b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
                 b'GET /' + b'a' * 20000 + b' HTTP/1.1\r\n\r\n',
                 b'GET /%00%ff%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
                 b'GET /?' + b'&'.join([b'a=b'] * 100)
                 + b' HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
                 b'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n'
                 + b'X-Junk: ' + b'j' * 200000 + b'\r\n\r\n',
                 b'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
                 b'SIP/2.0 200 OK\r\n\r\n'):
        web = httpd.web(1)
        try:
            web.raw(data)
            web.sock.recv(4096)
        except OSError:
            pass
        web.close()
        assert httpd.web().request('GET', '/api/v1').status == 200, data[:40]


@test(deadline_s=40)
def bad__slow_requests_are_cut(t):
    httpd = Httpd(t)
    web = httpd.web(25)
    web.raw(b'GET / HT')
    begin = time.monotonic()
    assert web.closed()
    assert time.monotonic() - begin < 25


@test(deadline_s=20)
def bad__body_that_never_comes_holds_nobody(t):
    httpd = Httpd(t)
    web = httpd.web()
    web.raw(('POST /api/v1/agents/anna/pause HTTP/1.1\r\nHost: %s\r\n'
             'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
             % web.host).encode())
    assert httpd.web().request('GET', '/api/v1').status == 200
    web.close()
    assert httpd.web().request('GET', '/api/v1').status == 200


def answering(webs):
    """Those that have not been closed by the peer."""
    open_ones = []
    for web in webs:
        web.sock.setblocking(False)
        try:
            if web.sock.recv(1):
                open_ones.append(web)
        except BlockingIOError:
            open_ones.append(web)
        except OSError:
            pass
    return open_ones


@test(deadline_s=30)
def limits__all_connections_of_many_peers(t):
    httpd = Httpd(t)
    held = []
    for source in (t.address(), t.address(), t.address()):
        for _ in range(100):
            held.append(Web(httpd.address, httpd.port, source=source))
    t.until(lambda: len(answering(held)) == 256, 5, 'the last 44 closed')
    for web in held[:50]:
        web.close()
    t.until(lambda: served(httpd), 5, 'room again')


def served(httpd):
    try:
        return httpd.web().request('GET', '/api/v1').status == 200
    except (EOFError, OSError):
        return False


@test(deadline_s=40)
def limits__connections_and_rate(t):
    httpd = Httpd(t)
    held = []
    refused = 0
    for _ in range(300):
        try:
            held.append(httpd.web(2))
        except OSError:
            refused += 1
    # Accepted by the kernel is not accepted by us: the last ones are closed,
    # but who comes from elsewhere is served.
    held[-1].sock.settimeout(2)
    assert refused or held[-1].closed()
    assert len(answering(held)) == 128
    other = Web(httpd.address, httpd.port, source=t.address())
    assert other.request('GET', '/api/v1').status == 200
    other.close()
    for web in held:
        web.close()
    time.sleep(0.5)
    web = httpd.web()
    statuses = {}
    began = time.monotonic()
    # All at once, so that no slow machine makes them few in a second.
    while statuses.get(429, 0) <= 50:
        for _ in range(600):
            web.ask('GET', '/api/v1')
        for _ in range(600):
            status = web.answer().status
            statuses[status] = statuses.get(status, 0) + 1
    spent_s = time.monotonic() - began
    assert 200 <= statuses[200] <= 300 + 100 * spent_s + 1, statuses
    time.sleep(1)
    assert web.request('GET', '/api/v1').status == 200


@test(deadline_s=20)
def host_and_origin__have_to_be_ours(t):
    web = Httpd(t).web()
    assert web.request('GET', '/', host='evil.example').status == 421
    assert web.request('GET', '/api/v1', host='localhost').status == 200
    answer = web.request('POST', '/api/v1/agents/anna/ready', b'',
                         {'Origin': 'http://evil.example'})
    assert answer.status == 403, answer.status
    answer = web.request('POST', '/api/v1/agents/anna/ready', b'',
                         {'Origin': 'http://' + web.host})
    assert answer.status == 200, answer.status


@test(deadline_s=20)
def token__opens_http_and_websocket(t):
    httpd = Httpd(t, TOKEN)
    web = httpd.web()
    answer = web.request('GET', '/api/v1/state')
    assert answer.status == 401
    assert answer.headers['www-authenticate'].startswith('Bearer')
    assert web.request('GET', '/').status == 200
    assert web.request('GET', '/api/v1/state',
                       headers=httpd.auth()).status == 200
    assert httpd.web().upgrade('/api/v1/live').status == 401
    assert httpd.web().upgrade('/api/v1/live',
                               headers=httpd.auth()).status == 101
    packed = base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip('=')
    web = httpd.web()
    answer = web.upgrade('/api/v1/live',
                         protocols=['usher.v1', 'usher.bearer.' + packed])
    assert answer.status == 101
    assert answer.headers['sec-websocket-protocol'] == 'usher.v1'
    assert 'state' in web.message()
    answer = httpd.web().upgrade(
        '/api/v1/live', protocols=['usher.v1', 'usher.bearer.d3Jvbmc'])
    assert answer.status == 401


@test(deadline_s=20)
def websocket__refuses_strangers(t):
    httpd = Httpd(t)
    answer = httpd.web().upgrade('/api/v1/live',
                                 {'Origin': 'http://evil.example'})
    assert answer.status == 403, answer.status
    assert httpd.web().upgrade('/api/v1/live',
                               host='evil.example').status == 421
    assert httpd.web().upgrade('/nothing').status == 404
    assert httpd.web().upgrade('/api/v1/state').status == 400
    web = httpd.web()
    assert web.upgrade('/api/v1/live',
                       {'Origin': 'http://' + web.host}).status == 101


@test(deadline_s=20)
def events__begin_with_a_snapshot(t):
    httpd = Httpd(t)
    httpd.tell('events 3')
    web = httpd.web()
    assert web.upgrade('/api/v1/events').status == 101
    snapshot = web.message()['snapshot']
    assert snapshot['seq'] == '3'
    assert snapshot['queues'][0]['name'] == 'sales'
    httpd.tell('events 2')
    for seq in ('4', '5'):
        event = web.message()
        assert event['seq'] == seq, event
        assert event['type'] == 'agent_presence', event
        assert event['agent'] == '201'


@test(deadline_s=20)
def events__go_on_from_a_cursor(t):
    httpd = Httpd(t)
    httpd.tell('events 10')
    web = httpd.web()
    assert web.upgrade('/api/v1/events?from=7').status == 101
    assert [web.message()['seq'] for _ in range(4)] == ['7', '8', '9', '10']
    for bad in ('0', 'x', '-1', '18446744073709551616'):
        web = httpd.web()
        web.upgrade('/api/v1/events?from=' + bad)
        assert web.closed(), bad


@test(deadline_s=20)
def events__forgotten_ones_are_told(t):
    httpd = Httpd(t)
    httpd.tell('events 10')
    httpd.tell('forget 6')
    web = httpd.web()
    assert web.upgrade('/api/v1/events?from=2').status == 101
    assert web.message() == {'lagged': True, 'resume_at': '6'}
    assert web.message()['seq'] == '6'


@test(deadline_s=60)
def events__a_slow_client_is_told_and_holds_nobody(t):
    httpd = Httpd(t)
    slow = Web(httpd.address, httpd.port, 20)
    assert slow.upgrade('/api/v1/events').status == 101
    slow.message()
    quick = httpd.web(20)
    assert quick.upgrade('/api/v1/events').status == 101
    quick.message()
    # More than socket buffers and the center's memory hold together.
    total = 0
    for _ in range(8):
        httpd.tell('events 2000')
        total += 2000
        while int(quick.message()['seq']) < total:
            pass
    seen, lagged, last = 0, 0, 0
    while last < total:
        message = slow.message()
        if 'lagged' in message:
            lagged += 1
            resume = int(message['resume_at'])
            assert resume > last
            last = resume - 1
        else:
            assert int(message['seq']) == last + 1, (message, last)
            last = int(message['seq'])
            seen += 1
    assert lagged >= 1
    assert seen < total
    metrics = httpd.web().request('GET', '/metrics').body.decode()
    assert 'usher_http_streams_lagged_total 0\n' not in metrics


@test(deadline_s=20)
def live__tells_states_now_and_then(t):
    httpd = Httpd(t)
    httpd.tell('contact +36301234567')
    web = httpd.web()
    assert web.upgrade('/api/v1/live').status == 101
    state = web.message()['state']
    assert state['contacts'][0]['origin'] == '+3630•••••67'
    begin = time.monotonic()
    for _ in range(20):
        httpd.tell('events 100')
    httpd.tell('contact 2001')
    count = 0
    while len(state['contacts']) < 2:
        state = web.message()['state']
        count += 1
    assert count <= 2 + (time.monotonic() - begin) / 0.4, count


@test(deadline_s=20)
def live__an_agents_token_sees_other_callers_masked(t):
    annas = 'annas-own-token-01'
    httpd = Httpd(t, TOKEN, annas=annas)
    httpd.tell('contact +447700900123')
    httpd.tell('annas +36301234567')

    def origins(web):
        return [c['origin'] for c in web.message()['state']['contacts']]

    boards = []
    for token in (TOKEN, annas):
        web = httpd.web()
        assert web.upgrade('/api/v1/live', httpd.auth(token)).status == 101
        boards.append(web)
    whole, masked = origins(boards[0]), origins(boards[1])
    assert whole == ['+447700900123', '+36301234567'], whole
    assert masked == ['+4477\u2022\u2022\u2022\u2022\u2022\u202223',
                      '+36301234567'], masked
    # And so with what comes later.
    httpd.tell('contact +12025550199')
    httpd.tell('events 1')
    assert origins(boards[0])[2] == '+12025550199'
    assert '\u2022' in origins(boards[1])[2]


@test(deadline_s=20)
def websocket__messages_are_refused(t):
    httpd = Httpd(t)
    web = httpd.web()
    assert web.upgrade('/api/v1/live').status == 101
    web.message()
    web.send_frame(9, b'hello')
    kind, payload = web.frame()
    assert (kind, payload) == (10, b'hello')
    web.send_frame(1, b'{}')
    while True:
        kind, payload = web.frame()
        if kind == 8:
            break
    assert payload[:2] == b'\x03\xf0', payload
    for frame in (lambda w: w.send_frame(1, b'x' * 100000),
                  lambda w: w.send_frame(3, b''),
                  lambda w: w.send_frame(1, b'x', mask=False),
                  lambda w: w.raw(b'\x81\xff' + b'\xff' * 8)):
        web = httpd.web()
        assert web.upgrade('/api/v1/live').status == 101
        web.message()
        frame(web)
        try:
            while web.frame()[0] != 8:
                pass
        except (EOFError, OSError):
            pass
    assert httpd.web().request('GET', '/api/v1').status == 200


@test(deadline_s=20)
def websocket__begins_with_get_alone(t):
    httpd = Httpd(t)
    web = httpd.web()
    web.raw(('POST /api/v1/agents/anna/pause HTTP/1.1\r\nHost: %s\r\n'
             'Upgrade: websocket\r\nConnection: Upgrade\r\n'
             'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
             'Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n'
             % web.host).encode())
    assert web.answer().status == 405
    # Had it been carried out, this would be the second request.
    answer = httpd.web().request('POST', '/api/v1/agents/anna/ready')
    assert answer.json() == {'result': 'done', 'request': '1'}


@test(deadline_s=20)
def websocket__streams_have_a_limit(t):
    httpd = Httpd(t)
    held = []
    # One peer leaves half of them to others.
    peers = [t.address() for _ in range(3)]

    def from_peer(peer):
        return Web(httpd.address, httpd.port, source=peer)

    for peer in peers[:2]:
        for _ in range(32):
            web = from_peer(peer)
            assert web.upgrade('/api/v1/live').status == 101
            held.append(web)
        answer = from_peer(peer).upgrade('/api/v1/live')
        assert answer.status == 503, answer.status
    answer = from_peer(peers[2]).upgrade('/api/v1/live')
    assert answer.status == 503, answer.status
    metrics = httpd.web().request('GET', '/metrics').body.decode()
    assert 'usher_http_streams_refused_total 3\n' in metrics
    for web in held:
        web.close()
    t.until(lambda: httpd.web().upgrade('/api/v1/live').status == 101, 5)


@test(deadline_s=20)
def port__a_busy_one_means_the_next(t):
    address = t.address()
    taken = socket.socket()
    taken.bind((address, 0))
    taken.listen(1)
    port = taken.getsockname()[1]
    httpd = Httpd(t, port=port, address=address)
    assert httpd.port > port
    assert httpd.web().request('GET', '/api/v1').status == 200
    taken.close()


@test(deadline_s=30)
def httpd__ends_with_clients_connected(t):
    httpd = Httpd(t)
    held = []
    for path in ('/api/v1/live', '/api/v1/events') * 3:
        web = httpd.web()
        assert web.upgrade(path).status == 101
        held.append(web)
    httpd.tell('answer silent')
    web = httpd.web()
    web.raw(('POST /api/v1/agents/anna/ready HTTP/1.1\r\nHost: %s\r\n'
             'Content-Length: 0\r\n\r\n' % web.host).encode())
    time.sleep(0.3)
    httpd.child.process.stdin.write('quit\n')
    httpd.child.process.stdin.flush()
    httpd.child.wait(10)
    assert 'ended' in httpd.child.lines[-1]


if __name__ == '__main__':
    main()

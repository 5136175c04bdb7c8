"""A whole center between programs that we did not write, and its other
channel and its questions to an application."""

import glob
import http.server
import os
import shutil
import socket
import threading
import time

import desk
import wav
from harness import main, test
from peers import Baresip, Linphone, power, write_tone


def reported(t, center):
    """What the phones' own reports (RTCP) said of the two legs: nothing was
    lost on the way, it took next to no time, and it sounded so."""
    def told():
        return [e for e in center.get('/api/v1/events?from=1')['events']
                if e['type'] == 'leg_quality']

    t.until(lambda: len(told()) == 2, 10, 'quality of two legs')
    for leg in told():
        assert 0 < leg['round_trip'] < 1000000, leg
        assert leg['peer_lost'] == 0 and leg['count'] > 100, leg
        for kind in ('mos', 'peer_mos'):
            assert 400 < leg[kind] <= 441, leg
        for kind in ('r_factor', 'peer_r_factor'):
            assert 800 < leg[kind] <= 932, leg


def conversation(t, center, caller, agent, caller_hz, agent_hz, seconds=3):
    """The caller goes through the menu to the agent; each hears the other,
    and the recording has each in its channel."""
    center.until_agent(agent.user, registered=True)
    center.post('/api/v1/agents/%s/sign-in' % agent.user)
    caller.call('sip:1000@' + center.sip)
    caller.established()
    time.sleep(0.7)
    caller.press('1')
    center.until_agent(agent.user, activity='talking')
    time.sleep(seconds)
    caller.hangup()
    center.until_agent(agent.user, activity='wrap_up')
    center.post('/api/v1/agents/%s/wrap-up-end' % agent.user)
    center.until_agent(agent.user, activity='idle')
    for peer in (caller, agent):
        peer.quit()
    assert caller.heard_tone(agent_hz), 'the caller did not hear the agent'
    assert agent.heard_tone(caller_hz), 'the agent did not hear the caller'
    files = glob.glob(center.state + '/recordings/*/call-*.wav')
    assert len(files) == 1, files
    left, right = wav.channels(files[0])
    assert wav.loudest(left, caller_hz) > -30
    assert wav.loudest(right, agent_hz) > -30
    assert wav.loudest(left, agent_hz) < -45
    assert wav.loudest(right, caller_hz) < -45


@test(deadline_s=90)
def baresip__serves_whom_linphone_calls_for(t):
    center = desk.Center(t)
    conversation(t, center, Linphone(t, tone_hz=500),
                 Baresip(t, user='ann', password='ann-pw',
                         registrar=center.sip, tone_hz=700), 500, 700)


@test(deadline_s=90)
def linphone__serves_whom_baresip_calls_for(t):
    center = desk.Center(t)
    conversation(t, center, Baresip(t, tone_hz=600),
                 Linphone(t, user='bob', password='bob-pw',
                          registrar=center.sip, tone_hz=900), 600, 900)


@test(deadline_s=120, full=True)
def rtcp__of_two_phones_tells_how_it_was(t):
    """Each reports about every five seconds; of the second report that comes
    the time there and back is known."""
    center = desk.Center(t)
    conversation(t, center, Linphone(t, tone_hz=500),
                 Baresip(t, user='ann', password='ann-pw',
                         registrar=center.sip, tone_hz=700), 500, 700, 16)
    reported(t, center)


@test(deadline_s=120, full=True)
def rtcp__of_a_phone_that_wants_one_port_tells_how_it_was(t):
    """RFC 5761, with SRTP; the agent's phone is not asked for it."""
    center = desk.Center(t, desk.yaml_with(media='  srtp: require\n'))
    conversation(t, center, Baresip(t, tone_hz=500, mediaenc='srtp-mand',
                                    rtcp_mux=True),
                 Baresip(t, user='ann', password='ann-pw', rtcp_mux=True,
                         registrar=center.sip, tone_hz=700,
                         mediaenc='srtp-mand'), 500, 700, 16)
    reported(t, center)


@test(deadline_s=90)
def baresip__that_wants_one_port_is_served(t):
    center = desk.Center(t)
    conversation(t, center, Baresip(t, tone_hz=500, rtcp_mux=True),
                 Linphone(t, user='ann', password='ann-pw',
                          registrar=center.sip, tone_hz=700), 500, 700)


@test(deadline_s=90)
def srtp__between_baresip_and_linphone(t):
    center = desk.Center(t, desk.yaml_with(media='  srtp: require\n'))
    conversation(t, center, Baresip(t, tone_hz=600, mediaenc='srtp-mand'),
                 Linphone(t, user='bob', password='bob-pw',
                          registrar=center.sip, tone_hz=900,
                          encryption='srtp'), 600, 900)


@test(deadline_s=90)
def srtp__of_the_caller_alone(t):
    """Who asks for it gets it, whatever the other leg does."""
    center = desk.Center(t)
    conversation(t, center, Linphone(t, tone_hz=500, encryption='srtp'),
                 Baresip(t, user='ann', password='ann-pw',
                         registrar=center.sip, tone_hz=700), 500, 700)


@test(deadline_s=90)
def srtp__that_is_offered_and_not_understood_is_plain(t):
    center = desk.Center(t, desk.yaml_with(media='  srtp: offer\n'))
    conversation(t, center, Baresip(t, tone_hz=500, mediaenc='srtp'),
                 Linphone(t, user='bob', password='bob-pw',
                          registrar=center.sip, tone_hz=700), 500, 700)


@test(deadline_s=90)
def srtp__that_is_offered_reaches_who_demands_it(t):
    """Either of them refuses what could be taken in clear (488)."""
    for make in (
            lambda at: Baresip(t, user='ann', password='ann-pw', registrar=at,
                               tone_hz=700, mediaenc='srtp-mand'),
            lambda at: Linphone(t, user='bob', password='bob-pw',
                                registrar=at, tone_hz=700, encryption=(
                                    'srtp\nmedia_encryption_mandatory=1'))):
        center = desk.Center(t, desk.yaml_with(media='  srtp: offer\n'))
        conversation(t, center, Baresip(t, tone_hz=500), make(center.sip),
                     500, 700)
        center.child.stop()
        shutil.rmtree(center.state)


@test(deadline_s=40)
def srtp__that_is_required_refuses_a_plain_caller(t):
    center = desk.Center(t, desk.yaml_with(media='  srtp: require\n'))
    plain = Baresip(t)
    plain.call('sip:1000@' + center.sip)
    plain._expect(r'488')
    plain.quit()


def talking(t, phone):
    """ann, at a phone of this kind, who talks with a customer; and bob's."""
    center = desk.Center(t)
    ann = phone(t, user='ann', password='ann-pw', registrar=center.sip,
                tone_hz=700)
    bob = desk.Phone(t, center, 'bob', 'bob-pw')
    center.until_agent('ann', registered=True)
    center.post('/api/v1/agents/ann/sign-in')
    caller = desk.Phone(t, center)
    call = caller.call('1001')
    center.until_agent('ann', activity='talking')
    center.post('/api/v1/agents/bob/sign-in')
    return center, ann, bob, caller, call


def handed_on(t, center, bob, at_bob, caller, call):
    """bob has the customer, and ann nobody any more."""
    center.until_agent('bob', activity='talking')
    center.until_agent('ann', activity='wrap_up')
    for one, leg, other, to, hz in ((bob, at_bob, caller, call, 800),
                                    (caller, call, bob, at_bob, 1200)):
        start = one.mark()
        one.say('listen', leg)
        other.say('tone', to, hz)
        one.hears(leg, hz, start=start)
    caller.say('hangup', call)
    bob.expect(r'^ended call=%s\b' % at_bob)
    t.until(lambda: center.metric('usher_legs') == 0, 10, 'no leg')


@test(deadline_s=60)
def phones__transfer_blind(t):
    """And Linphone says that it has learned of it."""
    for kind in (Linphone, Baresip):
        center, ann, bob, caller, call = talking(t, kind)
        start = bob.mark()
        ann.transfer('sip:202@' + center.sip)
        at_bob = bob.incoming(start)
        bob.say('answer', at_bob)
        if kind is Linphone:
            ann._expect(r'has been transfered')
        handed_on(t, center, bob, at_bob, caller, call)
        center.child.stop()
        shutil.rmtree(center.state)


@test(deadline_s=60)
def linphone__transfers_attended(t):
    """REFER with Replaces of its two calls with us."""
    center, ann, bob, caller, call = talking(t, Linphone)
    ann.hold()
    start = bob.mark()
    ann.call('sip:202@' + center.sip)
    at_bob = bob.incoming(start)
    bob.say('answer', at_bob)
    ann._expect(r'Media streams established .* for call 2')
    ann._send('transfer 1 --to-call 2\n')
    ann._expect(r'has been transfered')
    handed_on(t, center, bob, at_bob, caller, call)
    told = center.get('/api/v1/events?from=1')['events']
    assert [(e['reason'], e['name']) for e in told
            if e['type'] == 'transferred'] == [('agent', 'bob')]


@test(deadline_s=90)
def opus__of_the_caller_and_g711_of_the_agent(t):
    """Neither knows the other's: it is transcoded."""
    center = desk.Center(t, desk.yaml_with(media='  codecs: opus pcmu\n'))
    conversation(t, center, Baresip(t, tone_hz=500, codec='opus'),
                 Baresip(t, user='ann', password='ann-pw',
                         registrar=center.sip, tone_hz=700), 500, 700)


@test(deadline_s=90)
def opus__between_linphone_by_srtp_and_baresip(t):
    center = desk.Center(t, desk.yaml_with(media='  codecs: opus\n'))
    conversation(t, center, Linphone(t, tone_hz=500, encryption='srtp'),
                 Baresip(t, user='ann', password='ann-pw', codec='opus',
                         registrar=center.sip, tone_hz=700), 500, 700)


def heard_at(pcm, rate, hz):
    """When a tone was heard, in seconds: [(from, to), …]."""
    spans = []
    for at in range(0, len(pcm) - rate // 10, rate // 10):
        part = pcm[at:at + rate // 10]
        if max(part) - min(part) < 200 or power(part, rate, hz) < 0.7:
            continue
        if not spans or at / rate - spans[-1][1] > 0.15:
            spans.append([at / rate, 0])
        spans[-1][1] = at / rate + 0.1
    return [tuple(span) for span in spans if span[1] - span[0] > 0.5]


@test(deadline_s=90)
def opus__by_srtp_is_held_with_music_and_recorded_beside_g711(t):
    """Transcoded, encrypted, taped: music is for the caller alone, and who
    talks is heard before it and after."""
    os.mkdir(t.path('sounds'))
    write_tone(t.path('sounds', 'tune.wav'), 1300)
    center = desk.Center(t, desk.yaml_with(
        media='  codecs: opus pcmu\n  srtp: require\n').replace(
            'music: La la la.', 'music: {{sound: tune.wav}}'),
        more='sounds: %s\n' % t.path('sounds'))
    caller = Baresip(t, tone_hz=500, codec='opus', mediaenc='srtp-mand')
    agent = Baresip(t, user='ann', password='ann-pw', registrar=center.sip,
                    tone_hz=800, mediaenc='srtp-mand')
    center.until_agent('ann', registered=True)
    center.post('/api/v1/agents/ann/sign-in')
    caller.call('sip:1001@' + center.sip)
    caller.established()
    center.until_agent('ann', activity='talking')
    contact = {'contact': center.agent('ann')['contact']}
    time.sleep(2)
    for verb in ('hold', 'resume'):
        center.post('/api/v1/agents/ann/' + verb, contact)
        time.sleep(2)
    caller.hangup()
    center.until_agent('ann', activity='wrap_up')
    for peer in (caller, agent):
        peer.quit()
    agent_at = heard_at(*caller.heard(), 800)
    music_at = heard_at(*caller.heard(), 1300)
    assert len(agent_at) == 2 and len(music_at) == 1, (agent_at, music_at)
    assert agent_at[0][1] <= music_at[0][0], (agent_at, music_at)
    assert music_at[0][1] <= agent_at[1][0], (agent_at, music_at)
    assert heard_at(*agent.heard(), 500)
    assert not heard_at(*agent.heard(), 1300)
    files = glob.glob(center.state + '/recordings/*/call-*.wav')
    left, right = wav.channels(files[0])
    assert heard_at(left, 8000, 500) and len(heard_at(right, 8000, 800)) == 2
    for channel, others in ((left, (800, 1300)), (right, (500, 1300))):
        for hz in others:
            assert wav.loudest(channel, hz) < -45, hz


def read_line(stream):
    line = stream.readline().decode()
    assert line.endswith('\n'), 'the connection ended: %r' % line
    return line.strip()


@test(deadline_s=60)
def custom_channel__shares_flow_and_queue_with_calls(t):
    address = t.address()
    sip = '%s:%d' % (address, t.port(address))
    child = t.start([t.program('custom_channel'), sip])
    port = int(child.wait_for(r'text on 127.0.0.1:(\d+)', 10).group(1))

    class Where:
        pass

    where = Where()
    where.sip = sip
    ann = desk.Phone(t, where, 'ann', 'secret')
    with socket.create_connection(('127.0.0.1', port), 10) as line:
        stream = line.makefile('rb')
        assert read_line(stream).startswith('Welcome')
        assert read_line(stream).startswith('Ann here')
        line.sendall(b'hello\n')
        assert read_line(stream) == 'You wrote 5 bytes.'
        caller = desk.Phone(t, where)
        start = ann.mark()
        call = caller.call('anything')
        rung = ann.incoming(start, 15)
        ann.say('answer', rung)
        ann.expect(r'^answered call=%s|^done .*code=0' % rung)
        line.sendall(b'still here?\n')
        assert read_line(stream) == 'You wrote 11 bytes.'
        caller.say('hangup', call)
        ann.expect(r'^ended call=%s\b' % rung)
    child.stop()


@test(deadline_s=30)
def custom_channel__whose_port_is_taken_says_so(t):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        address = t.address()
        child = t.start([t.program('custom_channel'),
                         '%s:%d' % (address, t.port(address)), str(port)])
        child.wait(10, 1)
    said = child.output()
    assert 'cannot listen on 127.0.0.1:%d' % port in said, said


class Application(http.server.BaseHTTPRequestHandler):
    """Says which queue a caller belongs to; /slow takes its time."""

    def do_GET(self):
        if self.path.startswith('/slow'):
            time.sleep(5)
        if self.path.startswith('/missing'):
            self.send_error(404)
            return
        body = b'{"customer": {"team": "help", "level": 3}}'
        if self.path.startswith('/broken'):
            body = b'{"customer": '
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *args):
        pass


FETCH = '''
  ask{n}:
    - fetch: {url}
      timeout: 1s
      into: {{{{team: customer.team, level: customer.level}}}}
      else: lost
    - if: team == "help" and level > 2
      then: found
      else: lost
    - name: found
      queue: help
      next: end
    - name: lost
      queue: sales
      next: end
'''


@test(deadline_s=60)
def flow__asks_an_application_and_copes_when_it_does_not_answer(t):
    address = t.address()
    server = http.server.ThreadingHTTPServer((address, 0), Application)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = 'http://%s:%d' % (address, server.server_address[1])
    paths = ['/team', '/slow', '/missing', '/broken']
    urls = [base + path for path in paths] + ['http://127.0.0.1:9/nobody']
    yaml = desk.YAML.replace('  "1001":', ''.join(
        '  "2%d": {{flow: ask%d}}\n' % (n, n)
        for n in range(len(urls))) + '  "1001":') + ''.join(
            FETCH.format(n=n, url=url) for n, url in enumerate(urls))
    center = desk.Center(t, yaml)
    caller = desk.Phone(t, center)
    caller.call('20')
    t.until(lambda: center.queue('help')['waiting'] == 1, 5, 'found')
    for n in range(1, len(urls)):
        caller.call('2%d' % n)
        t.until(lambda: center.queue('sales')['waiting'] == n, 5,
                'else of ' + urls[n])
    assert center.queue('help')['waiting'] == 1
    server.shutdown()


main()

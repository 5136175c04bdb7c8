"""Streams as they arrive: packets of 10 to 60 ms, from phones that say so,
through a relay, a mix and a recording; one stream whoever comes and leaves."""

import array
import glob
import math
import struct
import threading
import time

import desk
import wav
from harness import Skip, main, test
from wire import Wire

PTIMES = 10, 20, 30, 40, 60
CALLER_HZ, AGENT_HZ = 400, 1000
SECONDS = 2.4  # whole packets of each length
LOUD_DB, QUIET_DB = -15, -40


def encode(sample):
    """By the table of what each byte is."""
    return min(range(256), key=lambda b: abs(wav.ULAW[b] - sample))


def tone(hz):
    """20 ms of it, again and again."""
    return bytes(encode(10000 * math.sin(2 * math.pi * hz * i / 8000))
                 for i in range(160))


TONES = {hz: tone(hz) for hz in (CALLER_HZ, AGENT_HZ)}


class Talker(Wire):
    """Says a tone in packets of its length, and keeps those that come."""

    def __init__(self, t, center, hz, ptime, *args):
        super().__init__(t, center, *args)
        self.sdp += 'a=ptime:%d\r\na=maxptime:%d\r\n' % (ptime, ptime)
        self.hz, self.bytes = hz, ptime * 8
        self.ts = self.until_s = 0
        self.seconds = SECONDS
        self.stalled_s = 0  # the longest time between two packets
        self.came = []     # (timestamp, payload)
        self.headers = []  # (sequence number, timestamp, source)
        self.packets = []  # those of a talk()
        self.rtp.socket.settimeout(0.2)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while not self.gone:
            try:
                packet = self.rtp.socket.recv(2000)
            except TimeoutError:
                continue
            except OSError:
                return
            if packet[1] & 0x7f == 0:
                self.headers.append(struct.unpack('>HII', packet[2:12]))
                self.came.append((self.headers[-1][1], packet[12:]))

    def _say(self):
        self.stops = False
        last = None
        said = TONES[self.hz] * (self.bytes // 160 + 2)
        begin = time.monotonic()
        # Timestamps go on while nothing is said.
        if self.until_s:
            self.ts += int((begin - self.until_s) * 50) * 160
        for n in range(int(self.seconds * 8000) // self.bytes):
            if self.stops:
                break
            ahead = begin + n * self.bytes / 8000 - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            now = time.monotonic()
            self.stalled_s = max(self.stalled_s, now - (last or now))
            last = now
            at = self.ts % 160
            self.rtp.seq += 1
            self.rtp.socket.sendto(struct.pack(
                '>BBHII', 0x80, 0, self.rtp.seq & 0xffff, self.ts,
                self.rtp.ssrc) + said[at:at + self.bytes], self.media)
            self.ts += self.bytes
        self.until_s = begin + self.seconds

    def starts(self):
        thread = threading.Thread(target=self._say, daemon=True)
        thread.start()
        return thread


def talk(talkers):
    """All say it at once; what they heard is what came meanwhile."""
    for talker in talkers:
        talker.came = []
    for thread in [talker.starts() for talker in talkers]:
        thread.join()
    time.sleep(0.2)
    for talker in talkers:
        talker.packets = list(talker.came)


def heard(talker):
    """Samples by their timestamps."""
    first = talker.packets[0][0]
    last = max(ts - first & 0xffffffff for ts, _ in talker.packets)
    samples = array.array('h', bytes(2 * (last + 480)))
    for ts, payload in talker.packets:
        at = ts - first & 0xffffffff
        for i, byte in enumerate(payload):
            samples[at + i] = wav.ULAW[byte]
    return samples


def hears(talker, hz, others):
    samples = heard(talker)
    assert wav.loudest(samples, hz) > LOUD_DB, (talker.bytes, hz)
    for other in others:
        assert wav.loudest(samples, other) < QUIET_DB, (talker.bytes, other)


def relays(one, other):
    """Packet by packet, as long as they came."""
    count = int(SECONDS * 8000) // other.bytes
    got = [payload for _, payload in one.packets]
    assert {len(payload) for payload in got} == {other.bytes}, other.bytes
    assert len(got) == count, (len(got), count)
    assert b''.join(got) == (TONES[other.hz] * 200)[:count * other.bytes]
    times = [ts for ts, _ in one.packets]
    assert all(b - a & 0xffffffff == other.bytes
               for a, b in zip(times, times[1:])), times


def mixes(one, hz):
    """Packets as long as the phone wants them, one after another."""
    times = [ts for ts, _ in one.packets]
    assert {len(payload) for _, payload in one.packets} == {one.bytes}
    assert all(b - a & 0xffffffff == one.bytes
               for a, b in zip(times, times[1:])), times
    hears(one, hz, {CALLER_HZ, AGENT_HZ} - {hz})


@test(deadline_s=120)
def packets__of_any_length_are_relayed_mixed_and_recorded(t):
    addresses = [t.address() for _ in PTIMES]
    boss = t.address()
    yaml = desk.yaml_with(addresses).replace(
        'agents:\n', 'agents:\n  boss: {{endpoints: ["sip:boss@%s:5060"]}}\n'
        % boss, 1)
    center = desk.Center(t, yaml)
    callers, agents, contacts = [], [], []
    for i, ptime in enumerate(PTIMES):
        # Each talks with one whose packets are of another length, but for
        # the one in the middle.
        agents.append(Talker(t, center.sip, AGENT_HZ, PTIMES[-1 - i],
                             'x%d' % i, addresses[i]))
        callers.append(Talker(t, center.sip, CALLER_HZ, ptime))
        center.post('/api/v1/agents/x%d/sign-in' % i)
        callers[i].call('40%d' % i)
        center.until_agent('x%d' % i, activity='talking')
        contacts.append(center.agent('x%d' % i)['contact'])

    talk(callers + agents)
    for caller, agent in zip(callers, agents):
        relays(caller, agent)
        relays(agent, caller)

    # Whoever listens makes it a mix: one after another, at one phone.
    listener = Wire(t, center.sip, 'boss', boss)
    center.post('/api/v1/agents/boss/sign-in')
    for i, (caller, agent) in enumerate(zip(callers, agents)):
        center.post('/api/v1/contacts/%s/supervise' % contacts[i],
                    {'mode': 'listen', 'agent': 'boss'})
        listener.until('ACK', i + 1)
        for one in (caller, agent):
            # Nobody talks: so only a mix sends.
            one.came = []
            t.until(lambda: len(one.came) > 2, 10, 'a mix')
        talk([caller, agent])
        mixes(caller, AGENT_HZ)
        mixes(agent, CALLER_HZ)
        center.post('/api/v1/contacts/%s/supervise-end' % contacts[i],
                    {'agent': 'boss'})
        listener.until('BYE', i + 1)
        caller.hangup()
        agent.until('BYE')

    def recorded():
        found = glob.glob(center.state + '/recordings/*/call-*.wav')
        return all('recording_stopped' in [e['type'] for e in center.get(
            '/api/v1/events?from=1&contact=' + contact)['events']]
                   for contact in contacts) and found
    for path in t.until(recorded, 10, 'five recordings'):
        left, right = wav.channels(path)
        for side, hz in ((left, CALLER_HZ), (right, AGENT_HZ)):
            # Of both talks; where a sender is not let run in time, a mix
            # has gaps.
            loud = sum(wav.cadence(side)[::2])
            assert 0.75 < loud / (2000 * SECONDS) < 1.1, (
                path, hz, wav.cadence(side))
            assert wav.loudest(side, hz) > LOUD_DB
            other = CALLER_HZ + AGENT_HZ - hz
            assert wav.loudest(side, other) < QUIET_DB


@test(deadline_s=120)
def others__who_come_and_leave_break_no_stream(t):
    """From relay to mix and back, as a center does it: who listens, who talks
    too, and who is let in."""
    addresses = [t.address(), t.address()]
    # Each leg begins on a thread of its own.
    center = desk.Center(t, desk.yaml_with(addresses, '  threads: 4\n'))
    agent = Talker(t, center.sip, AGENT_HZ, 20, 'x0', addresses[0])
    caller = Talker(t, center.sip, CALLER_HZ, 20)
    third = Wire(t, center.sip, 'x1', addresses[1])
    for name in ('x0', 'x1'):
        center.post('/api/v1/agents/%s/sign-in' % name)
    caller.call('400')
    center.until_agent('x0', activity='talking')
    contact = center.agent('x0')['contact']
    for one in (agent, caller):
        one.seconds = 90
        one.starts()
    t.until(lambda: len(agent.came) > 20 and len(caller.came) > 20, 10,
            'sound')
    supervise = '/api/v1/contacts/%s/supervise' % contact
    visits = 0

    def more():
        count = [len(one.headers) + 12 for one in (agent, caller)]
        t.until(lambda: len(agent.headers) > count[0]
                and len(caller.headers) > count[1], 10, 'sound')

    def visit(mode):
        nonlocal visits
        visits += 1
        if mode == 'add':
            center.post('/api/v1/agents/x0/add',
                        {'contact': contact, 'target': 'x1'})
        else:
            center.post(supervise, {'mode': mode, 'agent': 'x1'})
        third.until('ACK', visits)
        more()
        if mode == 'add':
            center.post('/api/v1/agents/x0/remove',
                        {'contact': contact, 'agent': 'x1'})
        else:
            center.post(supervise + '-end', {'agent': 'x1'})
        third.until('BYE', visits)
        more()

    # Who is not let run in time leaves gaps that are its own: again.
    for _ in range(6):
        begin = {one: len(one.headers) for one in (agent, caller)}
        agent.stalled_s = caller.stalled_s = 0
        for mode in ('listen', 'barge', 'add') * 2:
            visit(mode)
        steady = max(agent.stalled_s, caller.stalled_s) < 0.05
        for one in (agent, caller):
            got = one.headers[begin[one]:]
            assert len({source for _, _, source in got}) == 1
            steps = [(b[0] - a[0] & 0xffff, b[1] - a[1] & 0xffffffff)
                     for a, b in zip(got, got[1:])]
            assert {number for number, _ in steps} == {1}, steps
            assert not steady or set(steps) == {(1, 160)}, [
                step for step in steps if step != (1, 160)]
        if steady:
            break
    else:
        raise Skip('this machine lets nobody talk steadily')
    agent.stops = caller.stops = True
    caller.hangup()


main()

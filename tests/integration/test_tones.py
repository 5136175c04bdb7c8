"""What the network says in a country, as callers and agents hear it: it rings,
is busy, cannot be reached."""

import re

import desk
import wav
from harness import main, test
from wire import Wire

FLOW = '''tones: %s
flows:
  ask:
    - prompt: greeting
    - transfer: {{agent: x1}}
      on: {{busy: refused}}
      else: end
    - name: refused
      end: busy
'''


def yaml(agents, country):
    """Queues without music, and an entry that gives its callers to x1."""
    text = desk.yaml_with(agents).replace(', music: music', '')
    text = text.replace('entries:\n', 'entries:\n  "1003": {{flow: ask}}\n')
    return text.replace('flows:\n', FLOW % country)


def near(lengths, want):
    """Of cadence(): the first ones, within 20 ms."""
    assert len(lengths) > len(want), lengths
    for got, ms in zip(lengths, want):
        assert abs(got - ms) <= 20, (lengths, want)


def is_tone(samples, hz, mod_hz=0):
    """Of -13 dBm0 altogether, and modulated or not."""
    assert abs(wav.dbm0(samples) + 13) < 1, wav.dbm0(samples)
    carrier = -14.5 if mod_hz else -13
    assert abs(wav.dbm0(samples, hz) - carrier) < 1, wav.dbm0(samples, hz)
    for side in (hz - (mod_hz or 25), hz + (mod_hz or 25)):
        got = wav.dbm0(samples, side)
        assert abs(got + 21.4) < 1 if mod_hz else got < -33, (side, got)


def talking(t, country):
    """A center, a caller who talks with x0, and x1, who is signed in."""
    addresses = [t.address(), t.address()]
    center = desk.Center(t, yaml(addresses, country))
    x0, x1 = (Wire(t, center.sip, 'x%d' % i, addresses[i]) for i in (0, 1))
    caller = Wire(t, center.sip)
    for name in ('x0', 'x1'):
        center.post('/api/v1/agents/%s/sign-in' % name)
    caller.call('400')
    center.until_agent('x0', activity='talking')
    return center, caller, x0, x1


@test(deadline_s=60)
def tones__of_india_are_modulated_while_it_rings(t):
    center, caller, x0, x1 = talking(t, 'in')
    contact = center.agent('x0')['contact']

    x1.rings = True
    center.post('/api/v1/agents/x0/transfer',
                {'contact': contact, 'target': 'x1'})
    heard = caller.rtp.listen(1400)
    near(wav.cadence(heard), (400, 200, 400))
    is_tone(heard[:3200], 400, 25)
    caller.hangup()
    center.until_agent('x1', activity='idle')

    # Who asks somebody that is busy hears it, and then the customer again.
    x1.rings, x1.busy = False, True
    caller.call('400')
    center.until_agent('x0', activity='talking')
    contact = center.agent('x0')['contact']
    x0.rtp.deaf()
    center.post('/api/v1/agents/x0/consult',
                {'contact': contact, 'target': 'x1'})
    x1.until('INVITE', 2)
    heard = x0.rtp.listen(1900)
    # It rings for a moment before.
    begin = next(i for i in range(0, 8000, 80)
                 if wav.dbm0(heard[i:i + 80], 400) > -13.5)
    is_tone(heard[begin + 80:begin + 5680], 400)
    center.until_agent('x0', activity='talking')
    caller.sound(1, b'\x20')
    t.until(lambda: caller.sound() or b'\xff' * 160 in x0.rtp.next(), 10,
            'the customer again', 0.02)


@test(deadline_s=60)
def tones__of_hungary_tell_why_nobody_came(t):
    center, caller, x0, x1 = talking(t, 'hu')
    contact = center.agent('x0')['contact']
    other = Wire(t, center.sip, '5551')

    x1.rings = True
    center.post('/api/v1/agents/x0/transfer',
                {'contact': contact, 'target': 'x1'})
    heard = caller.rtp.listen(1500)
    near(wav.cadence(heard), (1250,))
    is_tone(heard[:9600], 425)
    caller.hangup()
    center.until_agent('x1', activity='idle')

    x1.rings, x1.busy = False, True
    other.call('1003')
    x1.until('INVITE', 2)
    heard = other.rtp.listen(3000)
    at = tone_at(heard, 425)
    first, *then = wav.cadence(heard[at:])
    # It rings for a moment before, at the same pitch.
    assert first >= 280, first
    near(then, (300, 300, 300))
    second = at + (first + then[0]) * 8
    is_tone(heard[second + 160:second + 2240], 425)
    other.until('BYE')
    assert 'BYE' not in caller.got


def within(center, phone):
    """Requests of a phone that was called are of its dialog from now on."""
    phone.until('ACK')
    phone.uri = 'sip:usher@%s' % center.sip
    phone.call_id, phone.to_tag = (
        re.search(what, phone.last, re.M).group(1)
        for what in (r'^Call-ID: (\S+)', r'^From:.*;tag=(\S+)'))


@test(deadline_s=60)
def keys__by_info_reach_the_other_side(t):
    center, caller, x0, _ = talking(t, 'hu')
    within(center, x0)

    for presses, hears in ((caller, x0), (x0, caller)):
        for key in ('5', '#', '0'):
            presses.info(key)
            assert hears.rtp.keys(1) == [(key, 800)]
        # Faster than they can be told: none is lost, none twice.
        for key in '1223':
            presses.info(key)
        assert hears.rtp.keys(4) == [(key, 800) for key in '1223']
        # And the sound goes on.
        t.until(lambda: presses.sound()
                or b'\xff' * 160 in hears.rtp.next(), 10, 'sound', 0.02)


@test(deadline_s=60)
def keys__by_info_wait_for_the_announcement(t):
    addresses = [t.address(), t.address()]
    center = desk.Center(t, yaml(addresses, 'hu').replace(
        'recording: always', 'recording: always, announcement: greeting'))
    x0 = Wire(t, center.sip, 'x0', addresses[0])
    caller = Wire(t, center.sip)
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('400')
    center.until_agent('x0', activity='talking')
    within(center, x0)
    # More than the times that it is begun again.
    keys = '1234567'
    for key in keys:
        x0.info(key)
    assert caller.rtp.keys(len(keys)) == [(key, 800) for key in keys]

    def recorded():
        return [e for e in center.get('/api/v1/events?from=1')['events']
                if e['type'] == 'recording_started']

    t.until(recorded, 10, 'a recording')


def tone_at(samples, hz):
    """Where it begins."""
    return next(i for i in range(0, len(samples), 40)
                if wav.dbm0(samples[i:i + 160], hz) > -15)


main()

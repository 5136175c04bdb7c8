"""usher/call.h against phones that we did not write: calls both ways, a tone
found at either end, hold from either side, digits, blind transfer."""

import os
import time

from harness import main, test
from peers import Baresip, Linphone, Phone, has_tone, read_wav


def talk(t, phone, peer, call, peer_hz, our_hz):
    """Both hear the other's tone."""
    phone.do('listen %d' % call)
    phone.do('tone %d %d' % (call, our_hz))
    phone.expect(r'^tone call=%d hz=%d\b' % (call, peer_hz), 10)
    time.sleep(1.5)


def called(t, peer, peer_hz):
    """The peer calls us; digits, hold both ways, it hears us."""
    phone = Phone(t)
    phone.do('auto answer')
    peer.call(phone.uri())
    call = phone.incoming(15)
    phone.expect(r'^answered call=%d' % call)
    peer.established()
    talk(t, phone, peer, call, peer_hz, 1000)
    peer.press('5')
    phone.expect(r'^digit call=%d digit=5' % call)
    phone.do('hold %d' % call)
    phone.expect(r'^done call=%d .*code=0 status=200' % call)
    phone.do('resume %d' % call)
    phone.expect(r'^done call=%d .*code=0 status=200' % call)
    peer.hold()
    phone.expect(r'^held call=%d' % call)
    peer.resume()
    phone.expect(r'^resumed call=%d' % call)
    peer.hangup()
    phone.ended(call, cause=2)
    peer.quit()
    assert peer.heard_tone(1000), 'it did not hear our tone'
    phone.stop()


def calls(t, peer, peer_hz):
    """We call the peer, who answers; we transfer it to ourselves."""
    phone = Phone(t)
    call = phone.place(peer.uri)
    phone.expect(r'^answered call=%d' % call, 15)
    talk(t, phone, peer, call, peer_hz, 1200)
    phone.do('auto answer')
    phone.do('transfer %d sip:carol@%s' % (call, phone.hostport))
    phone.expect(r'^done call=%d .*code=0 status=202' % call)
    again = phone.incoming()
    phone.expect(r'^transfer call=%d status=200' % call)
    phone.do('hangup %d' % call)
    phone.do('hangup %d' % again)
    phone.ended(again)
    peer.quit()
    phone.stop()


@test(deadline_s=60)
def baresip__calls_us(t):
    called(t, Baresip(t, tone_hz=440), 440)


@test(deadline_s=60)
def baresip__is_called_and_transferred(t):
    calls(t, Baresip(t, tone_hz=440), 440)


@test(deadline_s=60)
def baresip__calls_over_tcp(t):
    phone = Phone(t)
    phone.do('auto answer')
    peer = Baresip(t, tone_hz=500, transport='tcp')
    peer.call(phone.uri() + ';transport=tcp')
    call = phone.incoming(15)
    phone.expect(r'^answered call=%d' % call)
    talk(t, phone, peer, call, 500, 900)
    phone.do('hangup %d' % call)
    phone.ended(call, cause=1)
    peer.terminated()
    peer.quit()
    phone.stop()


@test(deadline_s=60)
def baresip__whose_sound_comes_from_elsewhere_is_heard_by_any_source(t):
    """At an address that its sound does not come from: see Baresip."""
    phone = Phone(t, any_source=True)
    phone.do('auto answer')
    peer = Baresip(t, t.address(), tone_hz=440)
    peer.call(phone.uri())
    call = phone.incoming(15)
    phone.expect(r'^answered call=%d' % call)
    talk(t, phone, peer, call, 440, 1000)
    phone.do('hangup %d' % call)
    phone.ended(call, cause=1)
    peer.terminated()
    peer.quit()
    phone.stop()


@test(deadline_s=60)
def linphone__calls_us(t):
    called(t, Linphone(t, tone_hz=440), 440)


@test(deadline_s=60)
def linphone__is_called_and_transferred(t):
    calls(t, Linphone(t, tone_hz=440), 440)


@test(deadline_s=60)
def two_peers__are_bridged_and_recorded(t):
    phone = Phone(t)
    one = Baresip(t, tone_hz=440)
    two = Linphone(t, tone_hz=800)
    a = phone.place(one.uri)
    phone.expect(r'^answered call=%d' % a, 15)
    b = phone.place(two.uri)
    phone.expect(r'^answered call=%d' % b, 15)
    path = t.path('both.wav')
    phone.do('record %d %s' % (a, path))
    phone.do('bridge %d %d' % (a, b))
    t.until(lambda: os.path.exists(path) and os.path.getsize(path) > 80000,
            15, 'a recording of three seconds')
    phone.do('hangup %d' % a)
    phone.ended(a)
    phone.do('hangup %d' % b)
    phone.ended(b)
    one.quit()
    two.quit()
    phone.stop()
    left, rate = read_wav(path, 0)
    right, _ = read_wav(path, 1)
    assert has_tone(left, rate, 440) and not has_tone(left, rate, 800)
    assert has_tone(right, rate, 800) and not has_tone(right, rate, 440)
    assert one.heard_tone(800), 'the first did not hear the second'
    assert two.heard_tone(440), 'the second did not hear the first'


if __name__ == '__main__':
    main()

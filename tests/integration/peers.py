"""Peers for the integration tests: our own phone on a command line (Phone),
and phones that we did not write (Baresip, Linphone). Each belongs to a test's
context and ends with it.

    phone = Phone(t)                       # usher/call.h, at phone.address
    alice = Baresip(t, tone_hz=440)        # answers by itself, plays 440 Hz
    alice = Baresip(t, user='alice', password='x', domain='1.2.3.4',
                    registrar='127.3.2.1:5060', tone_hz=440)
    alice.registered()
    alice.call('sip:1000@127.3.2.1'); alice.established(); alice.press('12#')
    alice.hold(); alice.resume(); alice.transfer('sip:2000@…'); alice.hangup()
    alice.quit(); pcm = alice.heard()      # what it heard, 8 kHz, for tone()

Linphone has the same methods. Talker is liblinphone with text and video:

    deaf = Talker(t); deaf.call('sip:1000@…'); deaf.type('Hello\\n')
    deaf.reads('Good day'); deaf.lines() == ['Good day, how can I help?']
"""

import array
import glob
import math
import os
import re
import time
import wave

RATE = 8000


def write_tone(path, hz, seconds=40, level=0.4):
    """A WAV file of a sine, mono, 16 bits, 8 kHz."""
    count = RATE * seconds
    top = int(32767 * level)
    pcm = array.array('h', (int(top * math.sin(2 * math.pi * hz * i / RATE))
                            for i in range(count)))
    with wave.open(path, 'wb') as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.tobytes())


def read_wav(path, channel=0):
    """Samples of one channel, and the rate."""
    with wave.open(path, 'rb') as sound:
        pcm = array.array('h', sound.readframes(sound.getnframes()))
        return pcm[channel::sound.getnchannels()], sound.getframerate()


def power(pcm, rate, hz):
    """Power of one frequency by Goertzel, relative to the whole (0 to 1)."""
    total = sum(x * x for x in pcm)
    if not total:
        return 0.0
    coeff = 2 * math.cos(2 * math.pi * hz / rate)
    s1 = s2 = 0.0
    for x in pcm:
        s1, s2 = x + coeff * s1 - s2, s1
    energy = s1 * s1 + s2 * s2 - coeff * s1 * s2
    return 2 * energy / (len(pcm) * total)


def has_tone(pcm, rate, hz, windows=5, window_s=0.1):
    """Is the tone what is heard in at least so many windows?"""
    size = int(rate * window_s)
    found = 0
    for at in range(0, len(pcm) - size, size):
        part = pcm[at:at + size]
        if max(part) - min(part) > 200 and power(part, rate, hz) > 0.7:
            found += 1
    return found >= windows


class Phone:
    """tests/integration/phone.c"""

    def __init__(self, t, address=None, port=5060, name='phone',
                 any_source=False, tls=(), text=False):
        """tls: a file with certificate and key, one with issuers, and what
        to verify (usher/call.h); text: True, or 'video', or both in one."""
        import subprocess
        self.address = address or t.address()
        self.child = t.start([t.program('phone'), self.address, port]
                             + (['text' if text is True else text] if text else
                                [('only', 'any')[any_source]]
                                if any_source or tls else []) + list(tls),
                             name=name, stdin=subprocess.PIPE)
        ready = self.child.wait_for(r'^ready (\d+) (\d+)', 10)
        self.port = int(ready.group(1))
        self.tls_port = int(ready.group(2))
        self.hostport = '%s:%d' % (self.address, self.port)
        self.seen = 0

    def uri(self, user='bob'):
        return 'sip:%s@%s' % (user, self.hostport)

    def do(self, text):
        self.child.process.stdin.write(text + '\n')
        self.child.process.stdin.flush()

    def expect(self, pattern, timeout_s=10):
        """The next line that matches, after the one that matched last."""
        match = self.child.wait_for(pattern, timeout_s, start=self.seen)
        for i in range(self.seen, len(self.child.lines)):
            if re.search(pattern, self.child.lines[i]):
                self.seen = i + 1
                break
        return match

    def place(self, uri, *more):
        self.do(' '.join(['place', uri] + [str(m) for m in more]))
        return int(self.expect(r'^placed call=(\d+)').group(1))

    def register(self, registrar, user, password, expires=60):
        self.do('register %s %s %s %d' % (registrar, user, password, expires))
        return int(self.expect(r'^account (\d+)').group(1))

    def incoming(self, timeout_s=10):
        return int(self.expect(r'^incoming call=(\d+)', timeout_s).group(1))

    def ended(self, call, cause=None, status=None, timeout_s=10):
        line = self.expect(r'^ended call=%d .*$' % call, timeout_s).group(0)
        assert cause is None or ' cause=%d' % cause in line, line
        assert status is None or ' status=%d' % status in line, line

    def stop(self):
        self.do('stop')
        self.expect(r'^stopped', 10)
        self.child.wait(10)


class Peer:
    """What the two have in common."""

    def __init__(self, t, name, address, user, password, domain, registrar,
                 tone_hz):
        self.t = t
        self.name = name
        self.dir = t.path('%s-%d' % (name, len(t.children)))
        os.mkdir(self.dir)
        self.address = address or t.address()
        self.user = user
        self.password = password
        self.domain = domain or (registrar.split(':')[0] if registrar
                                 else self.address)
        self.registrar = registrar
        self.sound = os.path.join(self.dir, 'tone.wav')
        write_tone(self.sound, tone_hz)
        self.child = None
        self.seen = 0

    def _send(self, text):
        self.child.process.stdin.write(text)
        self.child.process.stdin.flush()

    def _expect(self, pattern, timeout_s=15):
        match = self.child.wait_for(pattern, timeout_s, start=self.seen)
        for i in range(self.seen, len(self.child.lines)):
            if re.search(pattern, self.child.lines[i]):
                self.seen = i + 1
                break
        return match

    def heard_tone(self, hz):
        pcm, rate = self.heard()
        return has_tone(pcm, rate, hz)


class Baresip(Peer):
    """It is at 127.0.0.1, with a port of its own. Its RTP sockets belong to
    every address, and no setting of it changes that (net_interface and
    sip_listen say where SIP is and what SDP names), so the kernel chooses
    where its RTP comes from: on loopback 127.0.0.1. At another address it
    would name that one, and only any_source would hear it."""

    CONFIG = '''poll_method epoll
sip_listen %(host)s:%(port)d
sip_transports udp,tcp%(tls)s
call_local_timeout 120
call_max_calls 8
audio_source aufile,%(sound)s
audio_alert aufile,%(sound)s
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports 20000-29999
rtcp_mux %(mux)s
net_interface %(address)s
statmode_default off
snd_path %(dir)s
module_path %(modules)s
module stdio.so
module %(codec)s.so
module aufile.so
module sndfile.so
%(more)smodule_tmp account.so
module_app menu.so
'''

    VIDEO = '''module fakevideo.so
module %s.so
module snapshot.so
video_source fakevideo,nil
video_display fakevideo,nil
video_size 320x240
video_bitrate 200000
video_fps 10
'''

    def __init__(self, t, address='127.0.0.1', user='alice',
                 password='secret', domain=None, registrar=None, tone_hz=440,
                 answer='auto', transport='udp', mediaenc=None,
                 certificate=None, ca=None, codec='g711', video=None,
                 rtcp_mux=False, port=None):
        """video: the module of its codec, "vp8" or, of FFmpeg, "avcodec"; its
        camera draws something by itself. At ::1 it needs a port."""
        import subprocess
        t.need('baresip')
        six = ':' in address
        host = '[%s]' % address if six else address
        super().__init__(t, 'baresip', address, user, password,
                         domain or (host if six else None), registrar,
                         tone_hz)
        self.port = port = port or t.port(self.address)
        self.uri = 'sip:%s@%s:%d' % (user, host, port)
        modules = (glob.glob('/usr/lib/baresip/modules')
                   or glob.glob('/usr/lib/*/baresip/modules'))
        with open(os.path.join(self.dir, 'config'), 'w') as f:
            f.write(self.CONFIG % {
                'address': self.address, 'host': host, 'port': port,
                'sound': self.sound,
                'dir': self.dir, 'modules': modules[0], 'codec': codec,
                'mux': 'yes' if rtcp_mux else 'no',
                'more': ('module srtp.so\n' if mediaenc else '')
                + (self.VIDEO % video if video else ''),
                'tls': ',tls\nsip_certificate %s\nsip_cafile %s' % (
                    certificate, ca) if certificate else ''})
        with open(os.path.join(self.dir, 'accounts'), 'w') as f:
            f.write('<sip:%s@%s;transport=%s>;auth_pass=%s;answermode=%s;'
                    'regint=%d%s%s\n' % (
                        user, self.domain, transport, password, answer,
                        60 if registrar else 0,
                        ';outbound="sip:%s;transport=%s"' % (
                            registrar, transport) if registrar else '',
                        ';mediaenc=' + mediaenc if mediaenc else ''))
        open(os.path.join(self.dir, 'contacts'), 'w').close()
        self.child = t.start(['baresip', '-6' if six else '-4', '-f',
                              self.dir],
                             name='baresip', stdin=subprocess.PIPE)
        self._expect(r'baresip is ready')

    def registered(self, timeout_s=15):
        self._expect(r'registered successfully|200 OK', timeout_s)

    def call(self, uri):
        self._send('/dial %s\n' % uri)

    def established(self, timeout_s=15):
        self._expect(r'Call established', timeout_s)

    def answer(self):
        self._send('\n')

    def press(self, digits):
        for digit in digits:
            self._send(digit)
            time.sleep(0.25)
            self._send('\x04')
            time.sleep(0.15)

    def hold(self):
        self._send('x')
        self._expect(r'call: hold')

    def resume(self):
        self._send('X')
        self._expect(r'call: resume')

    def transfer(self, uri):
        self._send('/transfer %s\n' % uri)

    def hangup(self):
        self._send('b')

    def terminated(self, timeout_s=15):
        self._expect(r'terminated|session closed', timeout_s)

    def quit(self):
        self._send('/quit\n')
        self.child.wait(15, None)

    def heard(self):
        """What it heard; it begins a file at each offer and answer."""
        files = sorted(glob.glob(os.path.join(self.dir, '*dec.wav')),
                       key=os.path.getmtime)
        assert files, 'baresip recorded nothing'
        pcm = array.array('h')
        for path in files:
            part, rate = read_wav(path)
            pcm += part
        return pcm, rate


class Linphone(Peer):
    CONFIG = '''[sip]
use_ipv6=0
sip_port=%(port)d
sip_tcp_port=0
guess_hostname=0
media_encryption=%(encryption)s
%(tls)s[rtp]
prefer_ipv6=0
audio_rtp_port=%(rtp)d-%(rtp_last)d
[net]
firewall_policy=0
[video]
enabled=0
'''

    def __init__(self, t, user='alice', password='secret', domain=None,
                 registrar=None, tone_hz=440, answer='auto',
                 encryption='none', ca=None):
        """ca: it registers over TLS and believes certificates of this
        issuer."""
        import subprocess
        t.need('linphonec')
        # It listens on every address, so its port is its own; and it
        # calls itself 127.0.0.1.
        super().__init__(t, 'linphone', '127.0.0.1', user, password, domain,
                         registrar, tone_hz)
        self.port = t.port('0.0.0.0')
        # As Talker's, which no center has.
        rtp = t.port('0.0.0.0', first=30000, last=32700)
        self.uri = 'sip:%s@127.0.0.1:%d' % (user, self.port)
        self.record = os.path.join(self.dir, 'heard.wav')
        os.makedirs(os.path.join(self.dir, '.local/share/linphone'))
        config = os.path.join(self.dir, 'rc')
        with open(config, 'w') as f:
            f.write(self.CONFIG % {
                'port': self.port, 'rtp': rtp, 'rtp_last': rtp + 40,
                'encryption': encryption,
                'tls': 'root_ca=%s\nsip_tls_port=-1\n' % ca if ca else ''})
        self.child = t.start(
            ['linphonec', '-c', config] + (['-a'] if answer == 'auto'
                                           else []),
            name='linphone', stdin=subprocess.PIPE, env={'HOME': self.dir})
        self._expect(r'video is disabled|Ready|linphonec>')
        for line in ('soundcard use files', 'play ' + self.sound,
                     'record ' + self.record):
            self._send(line + '\n')
        if registrar:
            self._send('register sip:%s@%s %s %s\n' % (
                user, self.domain, '<sip:%s;transport=tls>' % registrar
                if ca else 'sip:' + registrar, password))

    def registered(self, timeout_s=15):
        self._expect(r'successful', timeout_s)

    def call(self, uri):
        self._send('call %s\n' % uri)

    def established(self, timeout_s=15):
        self._expect(r'Media streams established', timeout_s)

    def answer(self):
        self._send('answer\n')

    def press(self, digits):
        for digit in digits:
            self._send(digit + '\n')
            time.sleep(0.4)

    def hold(self):
        self._send('pause\n')
        self._expect(r'is now paused')

    def resume(self):
        self._send('resume\n')
        self._expect(r'Resuming call')

    def transfer(self, uri):
        self._send('transfer %s\n' % uri)

    def hangup(self):
        self._send('terminate\n')

    def terminated(self, timeout_s=15):
        self._expect(r'ended', timeout_s)

    def quit(self):
        self._send('quit\n')
        self.child.wait(15, None)

    def heard(self):
        return read_wav(self.record)


class Talker:
    """linphone.py: liblinphone, at 127.0.0.1 with a port of its own; text and
    video beside sound, of which there is none (or it would hang up after 30
    s); whatever comes in is answered."""

    CONFIG = '''[sip]
use_ipv6=0
sip_port=%(port)d
sip_tcp_port=0
sip_tls_port=0
guess_hostname=0
media_encryption=%(encryption)s
media_encryption_mandatory=%(mandatory)d
register_only_when_network_is_up=0
default_proxy=-1
contact=sip:%(user)s@127.0.0.1
[misc]
contacts-vcard-list_version=0
prefer_basic_chat_room=1
[rtp]
prefer_ipv6=0
audio_rtp_port=%(rtp)d
video_rtp_port=%(video_rtp)d
text_rtp_port=%(text_rtp)d
nortp_timeout=300
[net]
firewall_policy=0
[sound]
echocancellation=0
[video]
enabled=%(video)d
capture=%(video)d
display=%(video)d
automatically_initiate=%(video)d
automatically_accept=%(video)d
device=StaticImage: Static picture
displaytype=MSExtDisplay
%(more)s'''

    def __init__(self, t, user='deaf', video=False, encryption='none',
                 more=''):
        import subprocess
        self.t = t
        self.user = user
        self.dir = t.path('talker-%d' % len(t.children))
        os.makedirs(os.path.join(self.dir, '.local/share/linphone'))
        self.port = t.port('0.0.0.0')
        # It takes them when it calls; centers of the tests have those below.
        rtp = t.port('0.0.0.0', first=30000, last=32700)
        self.uri = 'sip:%s@127.0.0.1:%d' % (user, self.port)
        config = os.path.join(self.dir, 'rc')
        with open(config, 'w') as f:
            f.write(self.CONFIG % {
                'port': self.port, 'rtp': rtp, 'video_rtp': rtp + 2,
                'text_rtp': rtp + 4, 'user': user, 'encryption': encryption,
                'mandatory': encryption != 'none', 'video': video,
                'more': more})
        self.child = t.start(['python3', t.here('linphone.py'), config],
                             name='talker', stdin=subprocess.PIPE,
                             env={'HOME': self.dir})
        self.child.wait_for(r'^ready', 20)

    def do(self, *words):
        self.child.process.stdin.write(' '.join(words) + '\n')
        self.child.process.stdin.flush()

    def call(self, uri):
        self.do('call', uri)

    def type(self, text):
        self.do('type', text.replace('\n', '\\n'))

    def until(self, state, timeout_s=15, start=0):
        self.child.wait_for('^state %s$' % state, timeout_s, start)

    def typed(self):
        """What was typed to it, as it came; ended lines with a new line."""
        return ''.join(chr(int(line[7:], 16)) for line in
                       list(self.child.lines) if line.startswith('char U+'))

    def lines(self):
        return [line[5:] for line in list(self.child.lines)
                if line.startswith('line ')]

    def reads(self, text, timeout_s=15):
        self.t.until(lambda: text in self.typed(), timeout_s, repr(text))

    def shows(self, path, color):
        """Its camera sees that color, all over; path: a file for it."""
        write_color(path, color)
        self.do('show', path)

    def sees(self, color, timeout_s=15):
        """Wait until the pictures that come in are of a color."""
        path = os.path.join(self.dir, 'seen.jpg')

        def looks():
            if os.path.exists(path) and os.path.getsize(path):
                seen = read_color(path)
                if all(abs(a - b) < 40 for a, b in zip(seen, color)):
                    return True
                os.remove(path)
            self.do('snapshot', path)
            return False

        self.t.until(looks, timeout_s, 'a picture of %r' % (color,),
                     step_s=0.5)

    def count(self, event):
        return list(self.child.lines).count(event)


# --- JPEG by libturbojpeg, which liblinphone needs, too

def turbo():
    import ctypes
    library = ctypes.CDLL('libturbojpeg.so.0')
    library.tjInitCompress.restype = ctypes.c_void_p
    library.tjInitDecompress.restype = ctypes.c_void_p
    return ctypes, library


def write_color(path, color, width=352, height=288):
    """A picture of one color: red, green and blue, to 255."""
    ctypes, library = turbo()
    handle = ctypes.c_void_p(library.tjInitCompress())
    out, size = ctypes.c_void_p(), ctypes.c_ulong()
    rgb = bytes(color) * (width * height)
    assert not library.tjCompress2(
        handle, rgb, width, 0, height, 0, ctypes.byref(out),
        ctypes.byref(size), 2, 90, 0)
    with open(path, 'wb') as f:
        f.write(ctypes.string_at(out, size.value))
    library.tjFree(out)
    library.tjDestroy(handle)


def read_color(path):
    """The mean of a picture."""
    ctypes, library = turbo()
    with open(path, 'rb') as f:
        data = f.read()
    handle = ctypes.c_void_p(library.tjInitDecompress())
    width, height = ctypes.c_int(), ctypes.c_int()
    kind = ctypes.c_int()
    size = ctypes.c_ulong(len(data))
    if library.tjDecompressHeader2(handle, data, size, ctypes.byref(width),
                                   ctypes.byref(height), ctypes.byref(kind)):
        return 0, 0, 0
    count = width.value * height.value
    rgb = ctypes.create_string_buffer(3 * count)
    library.tjDecompress2(handle, data, size, rgb, width, 0, height, 0, 0)
    library.tjDestroy(handle)
    return tuple(sum(rgb.raw[i::3]) // count for i in range(3))

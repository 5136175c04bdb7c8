"""A phone that stands on liblinphone, through its C interface: real-time text
and video, for which linphonec has no commands, or has no ears.

    python3 linphone.py RC             # RC: a configuration of Linphone's

Commands on standard input, one a line, and an event a line on standard output:
    call URI     answers by itself what comes in
    type TEXT    character by character; \\n ends the line
    show F       a JPEG file is what its camera sees
    ask          asks the other end for a whole picture
    snapshot F   the next picture that is shown goes to F, as JPEG
    lose PERCENT of the packets that are sent, in calls to come
    camera on|off  pause | resume  hangup  quit
The class Talker in peers.py is the other end of the pipe.
"""

import ctypes
import os
import select
import sys

STATES = {1: 'incoming', 7: 'connected', 8: 'running', 10: 'paused',
          13: 'error', 14: 'end', 15: 'held', 19: 'released'}
TICK_S = 0.02
PICTURES_PER_S = 10
LOG_MESSAGES = 1 << 2
LIBRARY = 'liblinphone.so.10'


def functions():
    """What gives a pointer has to be known to do so."""
    library = ctypes.CDLL(LIBRARY)

    class Functions:
        def __getattr__(self, name):
            whole = getattr(library, 'linphone_' + name)
            if name.split('_')[-1] in (
                    'get', '3', 'params', 'cbs', 'call', 'room', 'message',
                    'stats', 'service') or name.startswith(('call_get_',
                                                            'core_invite')):
                whole.restype = ctypes.c_void_p
            if name == 'call_get_state':
                whole.restype = ctypes.c_int
            elif name.endswith('framerate'):
                whole.restype = ctypes.c_float
            elif name.endswith('text'):
                whole.restype = ctypes.c_char_p

            def call(*args):
                return whole(*[ctypes.c_void_p(a) if isinstance(a, int)
                               and a > 0xffffffff else a for a in args])
            return call

    return Functions()


class Simulator(ctypes.Structure):
    """OrtpNetworkSimulatorParams."""
    _fields_ = [('enabled', ctypes.c_int), ('bandwidth', ctypes.c_float),
                ('buffer', ctypes.c_int), ('loss', ctypes.c_float),
                ('latency', ctypes.c_uint32), ('again', ctypes.c_float),
                ('burst', ctypes.c_float), ('jitter', ctypes.c_float),
                ('rtp_only', ctypes.c_uint8), ('mode', ctypes.c_int)]


class Core:
    def __init__(self, config):
        self.lin = functions()
        factory = self.lin.factory_get()
        self.listen(factory)
        self.core = self.lin.factory_create_core_3(factory, config.encode(),
                                                   None, None)
        cbs = self.lin.factory_create_core_cbs(factory)
        two = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
        three = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)
        four = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p,
                                ctypes.c_int, ctypes.c_char_p)
        self.kept = [two(self.composing), three(self.received),
                     four(self.changed)]
        self.lin.core_cbs_set_is_composing_received(cbs, self.kept[0])
        self.lin.core_cbs_set_message_received(cbs, self.kept[1])
        self.lin.core_cbs_set_call_state_changed(cbs, self.kept[2])
        self.lin.core_add_callbacks(self.core, cbs)
        self.lin.core_enable_realtime_text(self.core, 1)
        self.lin.core_set_static_picture_fps(self.core,
                                             ctypes.c_float(PICTURES_PER_S))
        self.lin.core_start(self.core)
        self.call = self.message = None
        self.frames = -1

    def listen(self, factory):
        """Of its log, what no callback tells."""
        service = self.lin.logging_service_get()
        cbs = self.lin.factory_create_logging_service_cbs(factory)
        five = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p,
                                ctypes.c_int, ctypes.c_char_p)
        self.logged = five(self.log)
        self.lin.logging_service_cbs_set_log_message_written(cbs, self.logged)
        self.lin.logging_service_add_callbacks(service, cbs)
        self.lin.logging_service_set_log_level(service, LOG_MESSAGES)

    # ---- what happens

    def say(self, *words):
        print(*words, flush=True)

    def log(self, service, domain, level, text):
        if b'Got RTCP PLI' in text or b'Got RTCP FIR' in text:
            self.say('asked')
        elif b'First video frame decoded' in text:
            self.say('picture')

    def changed(self, core, call, state, why):
        if state in (1, 3):
            self.call = call
            self.lin.call_ref(call)
        if state == 1:
            self.lin.call_accept_with_params(call, self.params(call))
        if STATES.get(state) == 'error':
            self.say('failed:', why.decode())
        if state in STATES:
            self.say('state', STATES[state])

    def composing(self, core, room):
        code = self.lin.chat_room_get_char(room)
        if code:
            self.say('char', 'U+%04X' % (code & 0xffffffff))

    def received(self, core, room, message):
        text = self.lin.chat_message_get_text(message)
        self.say('line', (text or b'').decode())

    # ---- what is done

    def params(self, call=None):
        params = self.lin.core_create_call_params(self.core, call)
        self.lin.call_params_enable_realtime_text(params, 1)
        self.lin.call_params_enable_video(
            params, self.lin.core_video_supported(self.core) and
            self.lin.core_video_capture_enabled(self.core))
        return params

    def do_call(self, uri):
        self.lin.core_invite_with_params(self.core, uri.encode(),
                                         self.params())

    def do_type(self, text):
        room = self.lin.call_get_chat_room(self.call)
        for char in text.replace('\\n', '\n'):
            if not self.message:
                self.message = self.lin.chat_room_create_empty_message(room)
            if char == '\n':
                self.lin.chat_message_send(self.message)
                self.message = None
            else:
                self.lin.chat_message_put_char(self.message, ord(char))

    def do_lose(self, percent):
        what = Simulator(enabled=1, loss=float(percent), mode=1)
        self.lin.core_set_network_simulator_params(self.core,
                                                   ctypes.byref(what))

    def do_show(self, path):
        self.lin.core_set_static_picture(self.core, path.encode())

    def do_ask(self, _):
        self.lin.call_send_vfu_request(self.call)

    def do_snapshot(self, path):
        self.lin.call_take_video_snapshot(self.call, path.encode())

    def do_camera(self, word):
        self.lin.call_enable_camera(self.call, int(word == 'on'))

    def do_pause(self, _):
        self.lin.call_pause(self.call)

    def do_resume(self, _):
        self.lin.call_resume(self.call)

    def do_hangup(self, _):
        self.lin.call_terminate(self.call)

    def obey(self, line):
        """False: that was the last one."""
        word, _, rest = line.partition(' ')
        if word == 'quit':
            return False
        getattr(self, 'do_' + word)(rest)
        return True

    def run(self):
        self.say('ready')
        typed = b''
        while True:
            readable, _, _ = select.select([0], [], [], TICK_S)
            if readable:
                # Not by sys.stdin: of two lines that came at once it would
                # keep the second, where select() does not see it.
                read = os.read(0, 4096)
                *lines, typed = (typed + read).split(b'\n')
                if not read or not all(self.obey(line.decode())
                                       for line in lines):
                    break
            self.lin.core_iterate(self.core)


Core(sys.argv[1]).run()

"""The core library from Python, through ctypes and nothing else: inputs and
events go by their names in the schema, so that no struct needs a twin here
but one.

    python3 bindings/python/smoke.py [libusher-core.so.0]
"""

import ctypes
import json
import sys

lib = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else 'libusher-core.so.0')
for name in ('strerror', 'event_type_name', 'version'):
    getattr(lib, 'usher_' + name).restype = ctypes.c_char_p
lib.usher_acd_next.restype = ctypes.c_void_p


class Value(ctypes.Structure):
    """struct usher_field_value"""
    _fields_ = [('field', ctypes.c_uint32), ('len', ctypes.c_uint32),
                ('number', ctypes.c_uint64), ('real', ctypes.c_double),
                ('data', ctypes.c_void_p)]


class Acd:
    """Contacts, agents and queues; time is the caller's."""

    def __init__(self):
        self.acd = ctypes.c_void_p()
        self.check(lib.usher_acd_new(ctypes.byref(self.acd), None, None))

    @staticmethod
    def check(code):
        if code:
            raise RuntimeError(lib.usher_strerror(code).decode())

    def input(self, now_us, kind, /, **fields):
        values, kept = (Value * len(fields))(), []
        for value, (field, given) in zip(values, fields.items()):
            value.field = lib.usher_field_by_name(field.encode())
            if isinstance(given, int):
                value.number = given & (1 << 64) - 1
                continue
            if isinstance(given, str):
                data = ctypes.create_string_buffer(given.encode())
            else:
                data = (ctypes.c_uint64 * len(given))(*given)
                value.len = len(given)
            kept.append(data)
            value.data = ctypes.addressof(data)
        made = ctypes.c_uint64()
        self.check(lib.usher_acd_input(
            self.acd, ctypes.c_int64(now_us),
            lib.usher_event_type_by_name(kind.encode()), values,
            ctypes.c_size_t(len(fields)), ctypes.byref(made), None))
        return made.value

    def events(self):
        text, size = ctypes.create_string_buffer(65536), ctypes.c_size_t()
        while event := lib.usher_acd_next(self.acd):
            self.check(lib.usher_event_json(
                ctypes.c_void_p(event), text, ctypes.c_size_t(len(text)),
                ctypes.byref(size)))
            yield json.loads(text.value)

    def close(self):
        lib.usher_acd_free(self.acd)


acd = Acd()
queue = acd.input(1_000_000, 'in_queue_set', name='sales',
                  policy='longest_idle', fallback='longest_idle',
                  offer_timeout=20_000_000, decide_timeout=2_000_000)
agent = acd.input(1_000_000, 'in_agent_set', name='ann', max_total=1)
acd.input(1_000_000, 'in_presence', agent=agent, presence=1)
contact = acd.input(2_000_000, 'in_contact_new', channel='voice')
acd.input(2_000_000, 'in_enqueue', contact=contact, queues=[queue])
for event in acd.events():
    print(event['seq'], event['type'], event.get('agent', ''))
acd.close()

"""The core, by its schema's names: python3 smoke.py [libusher-core.so.0]."""
import ctypes as c
import sys
from array import array

lib = c.CDLL(sys.argv[1] if len(sys.argv) > 1 else 'libusher-core.so.0')
lib.usher_strerror.restype = c.c_char_p
lib.usher_acd_next.restype = c.c_void_p


class Value(c.Structure):  # struct usher_field_value
    _fields_ = [('field', c.c_uint32), ('len', c.c_uint32),
                ('number', c.c_uint64), ('real', c.c_double),
                ('data', c.c_char_p)]


def check(code):
    if code:
        sys.exit(lib.usher_strerror(code).decode())


def give(acd, seconds, kind, /, **fields):
    values, made = (Value * len(fields))(), c.c_uint64()
    at, count = c.c_int64(seconds * 1000000), c.c_size_t(len(fields))
    for value, (name, given) in zip(values, fields.items()):
        value.field = lib.usher_field_by_name(name.encode())
        if isinstance(given, list):
            value.data, value.len = array('Q', given).tobytes(), len(given)
        elif isinstance(given, str):
            value.data = given.encode()
        else:
            value.number = given
    kind = lib.usher_event_type_by_name(kind.encode())
    check(lib.usher_acd_input(acd, at, kind, values, count, c.byref(made), 0))
    return made.value  # the id of what was made


acd, text = c.c_void_p(), c.create_string_buffer(65536)
check(lib.usher_acd_new(c.byref(acd), None, None))
queue = give(acd, 1, 'in_queue_set', name='sales', policy='longest_idle',
             fallback='random', offer_timeout=10**7, decide_timeout=10**6)
agent = give(acd, 1, 'in_agent_set', name='ann', max_total=1)
give(acd, 1, 'in_presence', agent=agent, presence=1)
give(acd, 2, 'in_enqueue', queues=[queue],
     contact=give(acd, 2, 'in_contact_new', channel='voice'))
while event := lib.usher_acd_next(acd):
    check(lib.usher_event_json(c.c_void_p(event), text, c.c_size_t(65536),
                               c.byref(c.c_size_t())))
    print(text.value.decode())
lib.usher_acd_free(acd)

"""A name server on loopback that says what a test wants.

    dns = Dns(t, {('sip.test', 'NAPTR'): [(10, 5, 's', 'SIP+D2U',
                                           '_sip._udp.sip.test')],
                  ('_sip._udp.sip.test', 'SRV'): [(0, 1, 5060, 'a.sip.test')],
                  ('a.sip.test', 'A'): ['127.1.2.3']})
    dns.address                            # for the configuration
    dns.ttl = 5; dns.silent = True; dns.mangle = lambda answer: ...

Names that are not there do not exist. Over UDP and TCP.
"""

import socket
import struct
import threading

TYPES = {'A': 1, 'CNAME': 5, 'AAAA': 28, 'SRV': 33, 'NAPTR': 35}
NAMES = {number: name for name, number in TYPES.items()}


def encode_name(name):
    return b''.join(bytes([len(label)]) + label.encode()
                    for label in name.rstrip('.').split('.') if label) + b'\0'


def encode_text(text):
    return bytes([len(text)]) + text.encode()


def encode_data(kind, value):
    if kind == 'A':
        return socket.inet_aton(value)
    if kind == 'AAAA':
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == 'CNAME':
        return encode_name(value)
    if kind == 'SRV':
        return struct.pack('>HHH', *value[:3]) + encode_name(value[3])
    return (struct.pack('>HH', *value[:2]) + encode_text(value[2])
            + encode_text(value[3]) + encode_text('')
            + encode_name(value[4]))


def decode_name(data, at):
    labels = []
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    return '.'.join(labels).lower(), at + 1


class Dns:
    def __init__(self, t, zone):
        self.zone = zone
        self.ttl = 60
        self.silent = False
        self.rcode = 0
        self.cut = False       # UDP says: ask by TCP
        self.mangle = None     # of an answer's bytes: what to send, a list
        self.asked = []        # (name, type, 'udp' or 'tcp')
        self.ip = t.address()
        self.port = t.port(self.ip)
        self.address = '%s:%d' % (self.ip, self.port)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.ip, self.port))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((self.ip, self.port))
        self.tcp.listen(8)
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def count(self, name=None, kind=None):
        return len([a for a in list(self.asked)
                    if (name is None or a[0] == name)
                    and (kind is None or a[1] == kind)])

    def _records(self, name, kind):
        """The answer's section: aliases of this zone followed."""
        out, seen = [], set()
        while (name, kind) not in self.zone and name not in seen:
            seen.add(name)
            alias = self.zone.get((name, 'CNAME'))
            if not alias:
                return out
            out.append((name, 'CNAME', alias[0]))
            name = alias[0]
        out += [(name, kind, v) for v in self.zone.get((name, kind), [])]
        return out

    def answer(self, query, transport):
        number = struct.unpack('>H', query[:2])[0]
        name, at = decode_name(query, 12)
        kind = NAMES.get(struct.unpack('>H', query[at:at + 2])[0], '?')
        self.asked.append((name, kind, transport))
        records = self._records(name, kind)
        cut = self.cut and transport == 'udp'
        if cut:
            records = []
        flags = 0x8180 | (0x200 if cut else 0) | (
            self.rcode or (0 if records or cut else 3))
        body = b''
        for owner, of, value in records:
            data = encode_data(of, value)
            body += (encode_name(owner) + struct.pack(
                '>HHIH', TYPES[of], 1, self.ttl, len(data)) + data)
        return (struct.pack('>HHHHHH', number, flags, 1, len(records), 0, 0)
                + query[12:at + 4] + body)

    def _serve_udp(self):
        while True:
            try:
                query, source = self.udp.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(query, 'udp')
            if self.silent:
                continue
            for piece in (self.mangle(answer) if self.mangle else [answer]):
                self.udp.sendto(piece, source)

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection:
                try:
                    size = struct.unpack('>H', connection.recv(2))[0]
                    answer = self.answer(connection.recv(size), 'tcp')
                    if not self.silent:
                        connection.sendall(
                            struct.pack('>H', len(answer)) + answer)
                    connection.recv(2)
                except (OSError, struct.error):
                    pass

"""HTTP and WebSocket by hand, so that a test can break them."""

import base64
import hashlib
import json
import os
import socket
import struct

GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body.decode('utf-8'))


class Web:
    """One connection."""

    def __init__(self, address, port, timeout_s=5, source=None):
        self.host = '%s:%d' % (address, port)
        self.sock = socket.create_connection(
            (address, port), timeout_s, (source, 0) if source else None)
        self.rest = b''

    def close(self):
        self.sock.close()

    def raw(self, data):
        self.sock.sendall(data)

    def ask(self, method, path, body=None, headers=None, host=None):
        """Send a request; its answer() comes after those of others."""
        lines = ['%s %s HTTP/1.1' % (method, path),
                 'Host: %s' % (host or self.host)]
        for name, value in (headers or {}).items():
            lines.append('%s: %s' % (name, value))
        if body is None and method == 'POST':
            lines.append('Content-Length: 0')
        if body is not None:
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
            if not headers or 'Content-Type' not in headers:
                lines.append('Content-Type: application/json')
            lines.append('Content-Length: %d' % len(body))
        self.raw('\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n'
                 + (body or b''))

    def request(self, *args, **kwargs):
        """Send a request and read its answer."""
        self.ask(*args, **kwargs)
        return self.answer(head=args[0] == 'HEAD')

    def _line(self):
        while b'\r\n' not in self.rest:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        line, self.rest = self.rest.split(b'\r\n', 1)
        return line.decode('latin-1')

    def _take(self, n):
        while len(self.rest) < n:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        data, self.rest = self.rest[:n], self.rest[n:]
        return data

    def answer(self, head=False):
        version, status = self._line().split(' ', 2)[:2]
        assert version == 'HTTP/1.1', version
        headers = {}
        while True:
            line = self._line()
            if not line:
                break
            name, value = line.split(':', 1)
            headers[name.lower()] = value.strip()
        body = b''
        if not head and 'content-length' in headers:
            body = self._take(int(headers['content-length']))
        return Answer(int(status), headers, body)

    def closed(self):
        """Whether the peer closes, now or after what it still says."""
        try:
            while self.sock.recv(65536):
                pass
            return True
        except socket.timeout:
            return False
        except OSError:
            return True

    # WebSocket

    def upgrade(self, path, headers=None, protocols=None, host=None):
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ['GET %s HTTP/1.1' % path, 'Host: %s' % (host or self.host),
                 'Upgrade: websocket', 'Connection: Upgrade',
                 'Sec-WebSocket-Key: ' + key, 'Sec-WebSocket-Version: 13']
        if protocols:
            lines.append('Sec-WebSocket-Protocol: ' + ', '.join(protocols))
        for name, value in (headers or {}).items():
            lines.append('%s: %s' % (name, value))
        self.raw('\r\n'.join(lines).encode() + b'\r\n\r\n')
        answer = self.answer()
        if answer.status == 101:
            want = base64.b64encode(hashlib.sha1(
                (key + GUID).encode()).digest()).decode()
            assert answer.headers['sec-websocket-accept'] == want
        return answer

    def frame(self):
        """Next message: (opcode, payload)."""
        payload = b''
        kind = None
        while True:
            first, second = self._take(2)
            assert not second & 0x80, 'a server does not mask'
            n = second & 0x7f
            if n == 126:
                n, = struct.unpack('>H', self._take(2))
            elif n == 127:
                n, = struct.unpack('>Q', self._take(8))
            payload += self._take(n)
            kind = kind or first & 0x0f
            if first & 0x80:
                return kind, payload

    def message(self):
        """Next text as JSON; pings are passed over."""
        while True:
            kind, payload = self.frame()
            if kind == 1:
                return json.loads(payload.decode('utf-8'))
            assert kind == 9, 'opcode %d: %r' % (kind, payload)

    def send_frame(self, opcode, payload, mask=True):
        n = len(payload)
        head = bytes([0x80 | opcode])
        bit = 0x80 if mask else 0
        if n < 126:
            head += bytes([bit | n])
        elif n < 65536:
            head += bytes([bit | 126]) + struct.pack('>H', n)
        else:
            head += bytes([bit | 127]) + struct.pack('>Q', n)
        if mask:
            key = os.urandom(4)
            head += key
            payload = bytes(b ^ key[i % 4] for i, b in enumerate(payload))
        self.raw(head + payload)

"""The messages of RFC 4475, and programs that look for a way in, while forty
calls go on."""

import os
import re
import select
import shutil
import socket

import desk
from attack import Calls, bans, metric, yaml_for
from harness import Skip, main, test
from wellbeing import events


def patient(trunks, **more):
    """It refuses nobody because they waited: what is sent here is no flood,
    so who waits does so because others have the machine."""
    return yaml_for(trunks, **more).replace(
        '  limits:\n', '  limits:\n    overload: 10s\n')


# ---- RFC 4475

def expected():
    """(message, UDP, TCP) of tests/data/rfc4475.txt."""
    with open(os.path.join(os.path.dirname(__file__), '..', 'data',
                           'rfc4475.txt')) as file:
        rows = [line.split() for line in file if line[0] not in '#\n']
    assert len(rows) == 49, len(rows)
    return [(row[0], row[2], row[3]) for row in rows]


def folder(t):
    """Beside the project, wherever its tree stands."""
    for up in range(1, 4):
        path = t.root(*['..'] * up, 'shared', 'data', 'rfc4475')
        if os.path.isdir(path):
            return path
    return None


def status_of(data):
    match = re.match(rb'SIP/2.0 (\d+) ', data)
    return match.group(1).decode() if match else data[:40].decode('latin1')


PROBE = ('OPTIONS sip:x@x SIP/2.0\r\nVia: SIP/2.0/UDP {0};branch=z9hG4bK{1}\r\n'
         'From: <sip:x@x>;tag=1\r\nTo: <sip:x@x>\r\nCall-ID: {1}\r\n'
         'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n')


def call_id_of(data):
    match = re.search(rb'^(?:call-id|i)\s*:\s*(\S+)', data, re.M | re.I)
    return match and match.group(1)


class Sender:
    """An address on UDP, with the ports that answers may go to: those of the
    messages' Via (RFC 3261, 18.2.2)."""

    def __init__(self, address, center):
        self.address, self.to = address, (center.address, center.port)
        self.sockets = {}
        self.probes = 0

    def at(self, port):
        if port not in self.sockets:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((self.address, port))
            sock.settimeout(20)
            self.sockets[port] = sock
        return self.sockets[port]

    def ask(self, data, silent):
        """The final status, and its message; silent: "-" if nothing comes
        before a later question is answered."""
        via = re.search(rb'^(?:via|v)\s*:\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+'
                        rb'[^;:\s]+\s*(?::\s*(\d+))?', data, re.M | re.I)
        port = int(via.group(1)) if via and via.group(1) else 5060
        for each in {port, 5060}:
            self.at(each)
        self.at(5060).sendto(data, self.to)
        if silent:
            self.probes += 1
            data = PROBE.format(self.address, 'p%d' % self.probes).encode()
            self.at(5060).sendto(data, self.to)
        call_id = call_id_of(data)
        while True:
            readable = select.select(self.sockets.values(), [], [], 20)[0]
            assert readable, 'no answer to %r' % data[:60]
            got = readable[0].recv(65536)
            if call_id_of(got) == call_id and status_of(got) != '100':
                return ('-' if silent and status_of(got) == '200'
                        else status_of(got)), got


def ask_tcp(address, center, data, silent):
    """The same on a connection, and all that came. silent: nothing is
    expected, so we have said all, and it ends without a word."""
    # Else it would be the one on UDP, again (RFC 3261, 17.2.3 and 8.2.2.2).
    data = data.replace(b'branch=z9hG4bKk', b'branch=z9hG4bKtcp')
    data = re.sub(rb'(?im)^((?:call-id|i)\s*:\s*)', rb'\1t', data)
    answer, final = b'', re.compile(rb'^SIP/2.0 ([2-6]\d\d) ', re.M)
    with socket.socket() as sock:
        sock.settimeout(20)
        sock.bind((address, 0))
        sock.connect((center.address, center.port))
        sock.sendall(data)
        if silent:
            sock.shutdown(socket.SHUT_WR)
        try:
            while not final.search(answer):
                more = sock.recv(65536)
                if not more:
                    break
                answer += more
        except ConnectionResetError:
            pass
    found = final.search(answer)
    return found.group(1).decode() if found else '-', answer


# What some of the answers have to say beside their status.
SAID = {
    'bext01': rb'^Unsupported: nothingSupportsThis, nothingSupportsThisEither',
    'invut': rb'^Accept: application/sdp',
    'mpart01': rb'^Allow: .*INVITE',
    'regaut01': rb'^WWW-Authenticate: Digest ',
}
# Responses that are none, and are dropped as such.
DROPPED = ('scalarlg', 'bigcode')


@test(deadline_s=150)
def torture__rfc4475_gets_its_answers(t):
    path = folder(t)
    if not path:
        raise Skip('no ../shared/data/rfc4475')
    t.need('sipp')
    caller, sender = t.address(), t.address()
    center = desk.Center(t, patient([caller, sender]))
    calls = Calls(t, center, caller)
    udp, wrong = Sender(sender, center), []
    for name, on_udp, on_tcp in expected():
        with open(os.path.join(path, name + '.dat'), 'rb') as file:
            data = file.read()
        if b'\r' not in data:
            data = data.replace(b'\n', b'\r\n')
        if b'\r\n\r\n' not in data:
            data += b'\r\n'
        malformed = metric(center, 'usher_sip_malformed_total')
        for kind, want, (got, said) in (
                ('UDP', on_udp, udp.ask(data, on_udp == '-')),
                ('TCP', on_tcp, ask_tcp(sender, center, data,
                                        on_tcp == '-'))):
            if got != want:
                wrong.append('%s on %s: %s, not %s' % (name, kind, got, want))
            if not re.search(SAID.get(name, b''), said, re.M):
                wrong.append('%s on %s: %r' % (name, kind, said))
            # Every answer of ours has a tag, where there is a To (RFC 3261,
            # 8.2.6.2).
            to = rb'^(?:To|t)\s*:'
            if got != '-' and re.search(to, data, re.M | re.I) and \
                    not re.search(to + rb'.*;\s*tag\s*=\s*\S', said,
                                  re.M | re.I):
                wrong.append('%s on %s: no tag in To: %r' % (name, kind, said))
        if on_udp == '-' and (name in DROPPED) != (
                metric(center, 'usher_sip_malformed_total') > malformed):
            wrong.append('%s: %scounted as malformed' % (
                name, 'not ' if name in DROPPED else ''))
    assert not wrong, '\n' + '\n'.join(wrong)
    calls.unharmed()


# ---- programs that look for a way in

SIPVICIOUS = '/usr/share/sipvicious'
ITS_NAME = 'friendly-scanner'
# Two of its programs take no address of their own, whatever they are told.
ITS_ADDRESS = 'self.bindingip = bindingip'
FIND_NOTHING = 'WARNING:root:found nothing'


class Sipvicious:
    """Its programs, each from an address of its own; name: what they call
    themselves, if they do not say who they are."""

    def __init__(self, t, center, name=ITS_NAME):
        self.t, self.center = t, center
        self.at = t.path('sipvicious-' + name)
        shutil.copytree(SIPVICIOUS, self.at)
        self._mend('libs/svhelper.py', ITS_NAME, name)
        for program in ('svmap', 'svwar', 'svcrack'):
            self._mend(program + '.py', ITS_ADDRESS,
                       'self.bindingip = __import__("os").environ["BIND"]')

    def _mend(self, file, what, by):
        path = os.path.join(self.at, 'sipvicious', file)
        with open(path) as f:
            text = f.read()
        assert what in text, (path, what)
        with open(path, 'w') as f:
            f.write(text.replace(what, by))

    def run(self, program, *more):
        """Its address, and what it says until its end."""
        source = self.t.address()
        child = self.t.start(
            ['/usr/bin/python3', '-c', 'import sys; from sipvicious.%s import '
             'main; main()' % program, '-p', str(self.center.port), *more,
             self.center.address], name=program,
            env={'PYTHONPATH': self.at, 'BIND': source})
        child.wait(60, status=None)
        return source, child.output()


def words(t, name, *lines):
    with open(t.path(name), 'w') as file:
        file.write('\n'.join(lines) + '\n')
    return t.path(name)


@test(deadline_s=150)
def torture__sipvicious_is_known_by_its_name(t):
    t.need('svmap', 'sipp')
    caller = t.address()
    center = desk.Center(t, patient([caller]))
    calls = Calls(t, center, caller)
    tools = Sipvicious(t, center)
    sources = []
    for argv in (['svmap'], ['svwar', '-e', '100-110', '--force'],
                 ['svcrack', '-u', 'ann', '-d', words(t, 'one', 'ann-pw')]):
        source, out = tools.run(*argv)
        assert 'ann-pw' not in out.replace(t.dir, ''), out
        # Not even an answer.
        assert '401' not in out and 'Usher' not in out, out
        sources.append(source)
    assert sorted((ban['source'], ban['reason']) for ban in bans(center)) == \
        sorted((source, 'scanner') for source in sources), bans(center)
    calls.unharmed()


@test(deadline_s=240)
def torture__sipvicious_under_another_name_finds_nothing(t):
    """It sees that somebody is there, but not who may call or register, and
    it does not guess a password in the time that it has. MD5 alone, which is
    what it knows."""
    t.need('svmap', 'sipp')
    caller = t.address()
    center = desk.Center(t, patient([caller], failures=0).replace(
        '  limits:\n', '  digest: md5\n  limits:\n'))
    calls = Calls(t, center, caller)
    tools = Sipvicious(t, center, 'Zoiper')
    names = words(t, 'names', 'alice', 'ann', 'zoe', 'bob', '201', '1001')
    # By name, of which no version could be looked up.
    _, out = tools.run('svmap')
    assert re.search(r'\| Usher +\|', out), out
    for method in ('REGISTER', 'INVITE', 'OPTIONS'):
        _, out = tools.run('svwar', '-m', method, '-d', names, '--force')
        assert FIND_NOTHING in out, out
    # It would find one that is the first, so it is able to.
    _, out = tools.run('svcrack', '-u', 'bob', '-d',
                       words(t, 'right', 'bob-pw', 'x'))
    assert '| bob-pw' in out, out
    guesses = metric(center, 'usher_sip_guesses_total')
    _, out = tools.run('svcrack', '-u', 'ann', '-d', words(
        t, 'words', *['word%d' % i for i in range(30)], 'ann-pw', 'y'))
    assert FIND_NOTHING in out, out
    # Those beyond the third were not looked at, and it was told.
    assert metric(center, 'usher_sip_guesses_total') >= guesses + 25
    t.until(lambda: any(e['type'] == 'security' and e['text'] == 'guessing'
                        for e in events(center)), 10, 'guessing is told')
    assert bans(center) == []
    calls.unharmed()


@test(deadline_s=150)
def torture__sipvicious_that_guesses_is_banned(t):
    t.need('svmap')
    center = desk.Center(t, patient([t.address()]).replace(
        '  limits:\n', '  digest: md5\n  limits:\n'))
    tools = Sipvicious(t, center, 'Zoiper')
    source, out = tools.run('svcrack', '-u', 'ann', '-d', words(
        t, 'words', *['word%d' % i for i in range(30)], 'ann-pw', 'y'))
    assert FIND_NOTHING in out, out
    assert [(ban['source'], ban['reason']) for ban in bans(center)] == [
        (source, 'refused')], bans(center)


main()

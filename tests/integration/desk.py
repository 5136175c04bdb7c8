"""A center and phones for the tests of a whole center: callcenter with a
configuration of the test's, and phones that stand on usher/call.h."""

import json
import re
import subprocess
import urllib.request

YAML = '''
sip:
  listen: {address}:{sip}
media:
  ports: {rtp}-{rtp_end}
http:
  listen: {address}:{http}
state: {state}
{more}
agents:
  ann: {{password: ann-pw, pin: "1234", extension: "201", skills: {{billing: 3}}}}
  bob: {{password: bob-pw, pin: "4321", extension: "202"}}
queues:
  sales: {{policy: longest_idle, number: "300", offer_timeout: 4s, wrap_up: 20s,
          retry: 1s, recording: always, music: music}}
  help: {{policy: longest_idle, number: "301", offer_timeout: 4s, music: music}}
trunks:
  outside: {{sources: 127.0.0.0/8}}
features:
  reasons: {{1: lunch}}
entries:
  "1000": {{flow: welcome}}
  "1001": {{queue: sales}}
  "1002": {{flow: secret}}
prompts:
  greeting: Press one for sales, two to leave a message.
  account: Please key in your number.
  music: La la la.
flows:
  welcome:
    - menu: greeting
      keys: {{1: sales, 2: message}}
      else: end
    - name: sales
      queue: sales
      while: hold
      next: end
    - name: message
      voicemail: office
      prompt: greeting
      else: end
      next: end
  hold:
    - wait: forever
      music: music
  secret:
    - collect: account
      into: code
      secret: true
      digits: 4
      else: end
    - queue: sales
      next: end
'''


# Agents rung where they are, without a registration, each with a queue.
AGENTS = '  x{0}: {{{{endpoints: ["sip:x{0}@{1}:5060"], queues: [q{0}]}}}}\n'
QUEUES = ('  q{0}: {{{{number: "40{0}", offer_timeout: 4s, retry: 1s, '
          'recording: always, music: music}}}}\n')


def yaml_with(agents=(), media=''):
    """The above, and x0 at the first address of queue q0, number 400, …"""
    text = YAML.replace('media:\n', 'media:\n' + media)
    # Of ann and bob alone, who are not here: who waits there waits.
    text = text.replace('extension: "20', 'queues: [sales, help], '
                        'extension: "20')
    text = text.replace('agents:\n', 'agents:\n' + ''.join(
        AGENTS.format(i, a) for i, a in enumerate(agents)))
    text = text.replace('queues:\n', 'queues:\n' + ''.join(
        QUEUES.format(i) for i in range(len(agents))), 1)
    return text.replace('entries:\n', 'entries:\n' + ''.join(
        '  "40%d": {{queue: q%d}}\n' % (i, i) for i in range(len(agents))))


class Phone:
    """tests/integration/phone.c at the end of a pipe."""

    def __init__(self, t, center, name=None, password=None):
        self.t, self.center = t, center
        self.address = t.address()
        self.child = t.start([t.program('phone'), self.address],
                             name=name or 'phone', stdin=subprocess.PIPE)
        self.port = int(self.child.wait_for(r'^ready (\d+)', 10).group(1))
        self.account = None
        if name:
            self.say('register', 'sip:' + center.sip, name, password)
            self.account = self.child.wait_for(
                r'registered .*account=(\d+) expires=[1-9]', 10).group(1)

    def say(self, *words):
        self.child.process.stdin.write(
            ' '.join(str(w) for w in words) + '\n')
        self.child.process.stdin.flush()

    def mark(self):
        return len(self.child.lines)

    def expect(self, pattern, timeout_s=10, start=0):
        return self.child.wait_for(pattern, timeout_s, start)

    def call(self, number, wait=True):
        """Place a call; returns its id, answered unless told otherwise."""
        start = self.mark()
        words = ['place', 'sip:%s@%s' % (number, self.center.sip)]
        if self.account:
            words.append(self.account)
        self.say(*words)
        call = self.expect(r'^placed call=(\d+)', 10, start).group(1)
        if wait:
            self.expect(r'^answered call=%s\b' % call, 10, start)
        return call

    def incoming(self, start=0, timeout_s=10):
        return self.expect(r'^incoming call=(\d+)', timeout_s,
                           start).group(1)

    def hears(self, call, hz, timeout_s=10, start=0):
        """Wait until the tone hz is heard, give or take 10 Hz."""
        def heard():
            for line in self.child.lines[start:]:
                m = re.match(r'tone call=%s\b.*hz=(\d+)' % call, line)
                if m and abs(int(m.group(1)) - hz) <= 10:
                    return True
            return False
        self.t.until(heard, timeout_s, 'a tone of %d Hz' % hz)


class Center:
    """A callcenter of the test's own."""

    def __init__(self, t, yaml=YAML, more='', keep=None, env=None):
        self.t = t
        self.address = keep.address if keep else t.address()
        self.port = keep.port if keep else t.port(self.address)
        self.http_port = keep.http_port if keep else self.port
        while self.http_port == self.port:
            self.http_port = t.port(self.address, tcp=True)
        self.sip = '%s:%d' % (self.address, self.port)
        self.state = keep.state if keep else t.path('state')
        self.config = t.path('center.yaml')
        if not keep:
            with open(self.config, 'w') as f:
                f.write(yaml.format(
                    address=self.address, sip=self.port, rtp=20000,
                    rtp_end=29999, http=self.http_port, state=self.state,
                    more=more))
        self.child = t.start([t.program('callcenter'), '--config',
                              self.config], name='center', env=env or {})
        self.child.wait_for(r'[Oo]pen for business', 20)

    def url(self, path):
        return 'http://%s:%d%s' % (self.address, self.http_port, path)

    def get(self, path):
        if path.startswith('/api/v1/events'):
            # What a phone was told is told here at the end of the center's
            # turn. Its state is that after a turn.
            self.get('/api/v1/state')
        with urllib.request.urlopen(self.url(path), timeout=10) as answer:
            return json.load(answer)

    def post(self, path, body=None):
        request = urllib.request.Request(
            self.url(path), json.dumps(body or {}).encode(),
            {'Content-Type': 'application/json'}, method='POST')
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def metric(self, name):
        with urllib.request.urlopen(self.url('/metrics'), timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + ' '):
                    return int(line.split()[1])
        raise AssertionError('no metric ' + name)

    def agent(self, name):
        return self.get('/api/v1/agents/' + name)

    def queue(self, name):
        return self.get('/api/v1/queues/' + name)

    def until_agent(self, name, **what):
        self.t.until(lambda: all(self.agent(name).get(k) == v
                                 for k, v in what.items()), 10,
                     '%s %r' % (name, what))

"""A center whose entry 1000 calls a number over trunks, and who calls it."""

import re
import urllib.request

import desk
from wire import Wire

CALLERS = 8

YAML = '''
sip: {{listen: "{address}:{sip}"{dns}}}
media: {{{media}ports: {rtp}-{rtp_end}}}
http: {{listen: "{address}:{http}"}}
queues:
  nobody: {{number: "300"}}
outbound: {{allow: [any]}}
trunks:
  outside: {{sources: {callers}}}
{more}
entries:
  "1000": {{flow: out}}
  "36199": {{flow: out}}
  "1001": {{flow: sent_on}}
flows:
  sent_on:
    - if: diverted.first == "100" and diverted.by == "200" and
        diverted.reason == "no-answer"
      then: [{{queue: nobody}}]
  out:
    - transfer: {{number: "+3615550000"}}
      timeout: {timeout}
      else: lost
    - name: lost
      queue: nobody
      next: end
'''


class Trunks(desk.Center):
    """A center whose entry 1000 calls +3615550000."""

    def __init__(self, t, trunks, timeout='60s', dns='', media='',
                 kept=False, sip='', domain=''):
        # Of theirs alone calls are taken besides the trunks'.
        self.callers = [t.address() for _ in range(CALLERS)]
        text = YAML.replace('{callers}', '"%s"' % ' '.join(self.callers))
        text = text.replace('{timeout}', timeout)
        text = text.replace('{media}', media)
        if domain:
            text += 'domain: %s\n' % domain
        if kept:
            text += 'state: {state}\n'
        text = text.replace('{dns}', (', dns: "%s"' % dns if dns else '')
                            + sip)
        super().__init__(t, text, more=''.join(
            '  %s: {%s}\n' % (name, what) for name, what in trunks))

    def until_lost(self, count):
        """The flow of so many was told that nobody was reached."""
        self.t.until(lambda: self.queue('nobody')['waiting'] == count, 15,
                     '%d whose call failed' % count)

    def until_calls(self, *providers):
        """So many calls went over each: (a, 1), (b, 2)."""
        for provider, count in providers:
            if count:
                provider.until_calls(count)
        assert [len(p.calls()) for p, _ in providers] == [
            n for _, n in providers]

    def metric(self, name, trunk):
        with urllib.request.urlopen(self.url('/metrics'),
                                    timeout=10) as answer:
            found = re.search(
                r'^usher_trunk_%s\{.*trunk="%s"\} (\d+)$' % (name, trunk),
                answer.read().decode(), re.M)
        return int(found.group(1))


def caller(t, center):
    return Wire(t, center.sip, address=center.callers.pop())


def dial(t, center, number='1000', more=''):
    """A caller who rings; returns before there is an answer."""
    wire = caller(t, center)
    wire.uri = 'sip:%s@%s' % (number, center.sip)
    wire.call_id = '%s@wire' % wire.address
    wire.request('INVITE', more + 'Content-Type: application/sdp\r\n',
                 wire.sdp)
    return wire


def to(provider, *more):
    return ', '.join(('address: "%s"' % provider.hostport,) + more)

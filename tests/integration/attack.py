"""A center that believes nobody but its trunks, and forty calls that must not
suffer: for the tests that attack it."""

import re
import urllib.request

import desk

CALLS = 40
CALL_MS = 4000
PARK = '''  park:
    - queue: sales
      while: hold
      next: end
'''
LIMITS = '''  limits:
    allow: []
    failures: %d
'''


def yaml_for(trunks, failures=5):
    """Nobody is believed but the trunks' own addresses."""
    text = desk.YAML.replace(
        'outside: {{sources: 127.0.0.0/8}}',
        'outside: {{sources: "%s"}}' % ' '.join(trunks))
    text = text.replace('  listen: {address}:{sip}\n',
                        '  listen: {address}:{sip}\n' + LIMITS % failures)
    return text.replace('entries:\n', 'entries:\n'
                        '  "1003": {{flow: park}}\n').replace(
                            'flows:\n', 'flows:\n' + PARK)


def metric(center, name):
    with urllib.request.urlopen(center.url('/metrics'), timeout=20) as answer:
        text = answer.read().decode()
    return float(re.search(r'^%s ([\d.]+)$' % name, text, re.M).group(1))


def bans(center):
    return center.get('/api/v1/bans')


class Calls:
    """Forty calls at a time of a trunk, which go on until the end."""

    def __init__(self, t, center, address, rounds=4):
        self.t, self.center, self.count = t, center, CALLS * rounds
        self.child = t.sipp_start(
            ['-sn', 'uac', '-s', '1003', '-i', address, '-p', 5060,
             '-m', self.count, '-l', CALLS, '-r', CALLS, '-d', CALL_MS,
             center.sip], name='calls')
        t.until(lambda: metric(center, 'usher_legs') >= CALLS, 20,
                'forty calls')

    def unharmed(self):
        """sipp ends with 0 when no call failed."""
        self.child.wait(120)
        assert metric(self.center, 'usher_legs_in_total') >= self.count
        self.t.until(lambda: metric(self.center, 'usher_legs') == 0, 10,
                     'no call is left')

"""Reading the configuration again, in all centers or in none."""

import os
import signal

from harness import main, test
from web import Web

CENTER = '''\
- name: {name}
  domain: {name}.example
  agents: {{{agent}-agent: {{endpoints: [app], queues: [{name}]}}}}
  queues: {{{queues}}}
  entries: {{"1000": {{queue: {name}}}, "{entry}": {{queue: {name}}}}}
  trunks:
{trunks}
{more}
'''
TRUNKS = 60


class Two:
    """A server with the centers red and blue."""

    def __init__(self, t, http='', state=''):
        self.t = t
        self.address = t.address()
        self.sip = t.port(self.address)
        self.http = t.port(self.address, tcp=True)
        self.path = t.path('two.yaml')
        self.more = http
        self.state = state
        self.write()
        self.child = t.start([t.program('callcenter'), '--config', self.path],
                             name='callcenter')
        self.child.wait_for('Open for business', 20)
        self.http = int(self.child.wait_for(
            r'Wallboard: http://\S+:(\d+)/').group(1))

    def write(self, red=None, blue=None, head=''):
        text = ('sip: {listen: "%s:%d"}\nmedia: {ports: 32000-32999}\n'
                'http:\n  listen: %s:%d\n%s%s%scenters:\n' % (
                    self.address, self.sip, self.address, self.http,
                    self.more, self.state, head))
        for name, given in (('red', red), ('blue', blue)):
            values = dict(name=name, queues=name + ': {}', entry='2000',
                          agent=name,
                          trunks=TRUNKS, more='')
            values.update(given or {})
            values['trunks'] = '\n'.join(
                '    t%d: {sources: 10.0.0.%d}' % (i, i)
                for i in range(values['trunks']))
            text += CENTER.format(**values)
        with open(self.path, 'w') as f:
            f.write(text)

    def reload(self, want):
        """Have it read again; the first line that it says of that."""
        start = len(self.child.lines)
        self.child.process.send_signal(signal.SIGHUP)
        return self.child.wait_for(want, 20, start).string

    def get(self, path, token=None):
        headers = {'Authorization': 'Bearer ' + token} if token else None
        answer = Web(self.address, self.http).request(
            'GET', '/api/v1/' + path, headers=headers)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json()

    def shown(self):
        """What each center shows of its configuration."""
        told = {}
        for name in ('red', 'blue'):
            state = self.get('centers/%s/state' % name)
            told[name] = (sorted(q['name'] for q in state['queues']),
                          sorted(e['address'] for e in state['entries']))
        return told


BEFORE = {'red': (['red'], ['1000', '2000']),
          'blue': (['blue'], ['1000', '2000'])}
ANYTHING = r'two\.yaml|callcenter:|configuration read again'


@test(deadline_s=60)
def reload__of_two_centers_reaches_both(t):
    two = Two(t)
    assert two.shown() == BEFORE
    two.write(red={'queues': 'red: {}, new: {}', 'entry': '3000'},
              blue={'entry': '4000'})
    assert two.reload(ANYTHING) == 'configuration read again'
    # Said only when it is so: nothing to wait for.
    assert two.shown() == {'red': (['new', 'red'], ['1000', '3000']),
                           'blue': (['blue'], ['1000', '4000'])}


@test(deadline_s=60)
def reload__refused_by_one_center_changes_none(t):
    two = Two(t)
    # The file is good, but for a moment old trunks and new ones are there
    # together: red has its new queue by the time that blue refuses.
    two.write(red={'queues': 'red: {}, new: {}', 'entry': '3000'},
              blue={'entry': '4000', 'trunks': 3 * TRUNKS})
    line = two.reload(ANYTHING)
    assert "center 'blue': more than 256 trunks" in line, line
    assert two.shown() == BEFORE
    # It goes on from what it had.
    two.write(red={'entry': '5000'})
    assert two.reload(ANYTHING) == 'configuration read again'
    assert two.shown()['red'] == (['red'], ['1000', '5000'])
    assert two.shown()['blue'] == BEFORE['blue']


@test(deadline_s=60)
def reload__refused_by_one_center_signs_nobody_out(t):
    two = Two(t)
    path = 'centers/red/agents/red-agent'
    answer = Web(two.address, two.http).request(
        'POST', '/api/v1/%s/sign-in' % path, {})
    assert answer.status == 200, answer.body
    before = two.get(path)
    # red would lose its agent, and blue would refuse.
    two.write(red={'agent': 'other'}, blue={'trunks': 3 * TRUNKS})
    line = two.reload(ANYTHING)
    assert "center 'blue': more than 256 trunks" in line, line
    after = two.get(path)
    for key in ('id', 'presence'):
        assert after[key] == before[key], (before, after)


@test(deadline_s=60)
def reload__refused_keeps_tokens_too(t):
    old, new = 'old-token-0123456789', 'new-token-0123456789'
    two = Two(t, '  token: %s\n' % old)
    two.more = '  token: %s\n' % new
    two.write(blue={'trunks': 3 * TRUNKS})
    assert "center 'blue'" in two.reload(ANYTHING)
    assert two.get('', old)['centers'] == ['red', 'blue']
    two.write()
    assert two.reload(ANYTHING) == 'configuration read again'
    t.until(lambda: Web(two.address, two.http).request(
        'GET', '/api/v1', headers={'Authorization': 'Bearer ' + old}
    ).status == 401, 5)
    assert two.get('', new)['centers'] == ['red', 'blue']


@test(deadline_s=60)
def reload__names_the_place_of_what_it_cannot_take(t):
    two = Two(t)
    for change, place in (
            (dict(blue={'more': '  node: 3\n'}), "'node' needs a restart"),
            (dict(blue={'trunks': 256}), 'in all centers together'),
            (dict(blue={'trunks': 0, 'more': '  - no\n'}), 'two.yaml:'),
            (dict(head='state: elsewhere\n'), "'state' needs a restart"),
            (dict(red={'more': '  contact_order: age_with_boost\n'}),
             "'contact_order' needs a restart"),
            (dict(red={'queues': 'red: {policy: slow}'}),
             "'policy' cannot be 'slow'")):
        two.write(**change)
        line = two.reload(ANYTHING)
        assert place in line, (line, place)
        number = line.split('two.yaml:')[1].split(':')
        assert int(number[0]) > 0 and int(number[1]) > 0, line
    assert two.shown() == BEFORE


@test(deadline_s=60)
def state__of_several_centers_starts_fresh(t):
    two = Two(t, state='state: state\n')
    for name in ('red', 'blue'):
        answer = Web(two.address, two.http).request(
            'POST', '/api/v1/centers/%s/agents/%s-agent/pause' % (name, name),
            {'reason': name})
        assert answer.status == 200, answer.body
    two.child.stop()
    for name in ('red', 'blue'):
        assert os.listdir(t.path('state', name))
    child = t.start([t.program('callcenter'), '--config', two.path])
    child.wait_for('Open for business', 20)
    for name in ('red', 'blue'):
        agent = two.get('centers/%s/agents/%s-agent' % (name, name))
        assert (agent['presence'], agent['reason']) == ('paused', name)


@test(deadline_s=30)
def state__that_cannot_be_made_is_told(t):
    address = t.address()
    with open(t.path('file'), 'w') as f:
        f.write('not a folder')
    with open(t.path('c.yaml'), 'w') as f:
        f.write('http: {listen: "%s:%d"}\nstate: file/below\n' % (
            address, t.port(address, tcp=True)))
    child = t.start([t.program('callcenter'), '--config', t.path('c.yaml')])
    child.wait(20, 1)
    assert 'file/below: ' in child.output(), child.output()


if __name__ == '__main__':
    main()

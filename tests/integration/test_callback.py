"""Callers who press a key in the queue, hang up, and are called back over a
trunk in the place that they had."""

import re
import urllib.error

import desk
import rtt
from callbacks import center_yaml
from harness import main, test
from provider import Provider, header
from video import H264, lines
from wire import Wire


class Callbacks(desk.Center):
    """A center with ann at a wire of her own, and a provider."""

    def __init__(self, t, entry='flow: main'):
        self.provider = Provider(t)
        at = t.address()
        super().__init__(t, center_yaml(
            self.provider.hostport,
            '  ann: {{endpoints: ["sip:ann@%s:5060"]}}' % at, entry=entry))
        self.ann = Wire(t, self.sip, 'ann', at)


def events(center, kind):
    return [e for e in center.get('/api/v1/events?from=1')['events']
            if e['type'] == kind]


def until_event(t, center, kind, count=1):
    t.until(lambda: len(events(center, kind)) >= count, 15,
            '%d %s' % (count, kind))
    return events(center, kind)[count - 1]


def agreed(t, center, number='0655000'):
    """A caller who has pressed one and was hung up."""
    wire = Wire(t, center.sip, user=number)
    wire.call('1000', 'User-to-User: 4a;encoding=hex\r\n')
    until_event(t, center, 'step_taken')
    wire.press('1')
    wire.until('BYE')
    return until_event(t, center, 'callback_asked')


@test(deadline_s=60)
def callback__agent_then_customer_over_a_trunk(t):
    center = Callbacks(t)
    agreed(t, center)
    contact = center.get('/api/v1/contacts')
    assert [c['state'] for c in contact] == ['callback'], contact
    center.provider.answers = [180, 486]
    center.post('/api/v1/agents/ann/sign-in')
    center.ann.until('INVITE')
    invite = center.ann.invite
    assert header(invite, 'User-to-User') == '4a;encoding=hex', invite
    busy = center.provider.until_calls(1)
    assert header(busy, 'To').startswith('<sip:0655000@'), busy
    assert '0612000' in header(busy, 'From'), busy
    assert 'User-to-User' not in busy, busy
    # She is free while the next attempt is ahead.
    until_event(t, center, 'callback_missed')
    center.ann.until('BYE')
    center.provider.answers = [180, 200]
    center.provider.until_calls(2)
    center.ann.until('INVITE', 2)
    until_event(t, center, 'agent_joined')
    center.until_agent('ann', activity='talking')
    over = until_event(t, center, 'callback_over')
    assert (over['reason'], over['attempt']) == ('reached', 2), over
    # Nothing that events say tells the number.
    for event in center.get('/api/v1/events?from=1')['events']:
        assert '0655000' not in str(event), event
        assert '4a;' not in str(event), event
    # A stay before and one after, in the history, too.
    path = '/api/v1/history/segments?contact=' + over['contact']
    t.until(lambda: [s['outcome'] for s in center.get(path)['segments']
                     if s['kind'] == 'queue'] == ['answered', 'callback'],
            10, 'two stays')
    center.post('/api/v1/contacts/%s/hang-up' % over['contact'])
    center.provider.until('BYE')
    center.ann.until('BYE', 2)
    t.until(lambda: center.get('/api/v1/contacts') == [], 10, 'no contact')


def has_beside(t, refused_kind, settings):
    """Text and video, offered by who is called back."""
    center = Callbacks(t, 'flow: main' + settings)
    provider = center.provider
    agreed(t, center)
    center.post('/api/v1/agents/ann/sign-in')
    invite = provider.until_calls(1)
    until_event(t, center, 'agent_joined')
    answer = provider.again(
        invite, center.sip, provider.sdp.format(provider.address) +
        rtt.LINES.format(rtt.TEXT_PORT, rtt.T140, rtt.RED) + lines((H264,)))
    for kind in ('text', 'video'):
        port = re.search(r'^m=%s (\d+) ' % kind, answer, re.M).group(1)
        assert (port == '0') == (kind == refused_kind), answer


@test(deadline_s=60)
def callback__has_no_text_where_the_entry_has_none(t):
    has_beside(t, 'text', ', text: false')


@test(deadline_s=60)
def callback__has_no_video_where_the_entry_has_none(t):
    has_beside(t, 'video', ', video: false')


def refused(center, path, body):
    try:
        center.post(path, body)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


@test(deadline_s=60)
def callback__is_asked_for_by_an_application(t):
    center = Callbacks(t)
    path, body = '/api/v1/queues/sales/callback', {
        'number': '0655001', 'customer_first': True}
    assert refused(center, path, {'number': '+49301234'}) == 403
    assert refused(center, path, {'number': 'eve'}) == 400
    center.provider.answers = [180]
    center.post(path, dict(body, again_ms='1000'))
    # Nobody works there, so nobody is dialed.
    assert until_event(t, center, 'callback_due')['turn'] == 1
    shown = center.get('/api/v1/contacts')[0]['callback']
    assert shown['state'] == 'turn' and shown['first'] == 'customer', shown
    assert shown['due_us'] is None and shown['attempts'] == 0, shown
    assert shown['until_us'] > 1e15, shown
    assert center.provider.calls() == []
    center.post('/api/v1/agents/ann/sign-in')
    center.provider.until_calls(1)
    assert refused(center, path, body) == 409
    contact = until_event(t, center, 'callback_dialed')['contact']
    center.post('/api/v1/contacts/%s/callback-cancel' % contact)
    center.provider.until('CANCEL')
    center.provider.answers = [180, 200]
    center.post(path, body)
    # The customer is on the line when ann is rung.
    until_event(t, center, 'callback_over', 2)
    assert center.get('/api/v1/contacts')[0]['callback'] is None
    center.ann.until('INVITE')
    center.until_agent('ann', activity='talking')


@test(deadline_s=60)
def callback__outlives_kill_9_while_being_dialed(t):
    center = Callbacks(t)
    asked = agreed(t, center)
    center.provider.answers = [180]
    center.post('/api/v1/agents/ann/sign-in')
    center.provider.until_calls(1)
    center.child.kill()
    center.provider.answers = [180, 200]
    again = desk.Center(t, keep=center)
    missed = until_event(t, again, 'callback_missed')
    assert missed['reason'] == 'restart', missed
    center.provider.until_calls(2)
    joined = until_event(t, again, 'agent_joined')
    assert joined['contact'] == asked['contact']
    assert len(center.provider.calls()) == 2


main()

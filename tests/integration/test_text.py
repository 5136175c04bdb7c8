"""Real-time text between callers who are deaf and agents."""

import re
import urllib.error

import desk
from harness import main, test
from rtt import TextWire
from video import H264, lines
from wire import Wire


def messages(center, contact, count, t):
    """(direction, text) of so many messages of a contact."""
    found = []

    def enough():
        found[:] = [(m['direction'], m['text']) for m in center.get(
            '/api/v1/history/messages?contact=' + contact)['messages']]
        return len(found) >= count

    t.until(enough, 10, '%d messages' % count)
    return found


def talk(t, agent, caller, center):
    center.post('/api/v1/agents/x0/sign-in')
    caller.call('400')
    agent.until('INVITE')
    center.until_agent('x0', activity='talking')
    return center.get('/api/v1/contacts')[0]['id']


@test(deadline_s=60)
def text__goes_from_phone_to_phone_and_is_kept(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = TextWire(t, center.sip, 'x0', address)
    caller = TextWire(t, center.sip)
    contact = talk(t, agent, caller, center)
    caller.type('I cannot hear\r\n')
    agent.reads('I cannot hear\u2028')
    # Two that are lost come again with the third, and what is erased is not
    # kept.
    for part in 'abc':
        caller.text.packet(part, send=part == 'c')
    caller.type('\b\b\bno')
    agent.reads('abc\b\b\bno')
    agent.type('Then we write\u2028')
    caller.reads('Then we write\u2028')
    assert '\ufffd' not in caller.text.got + agent.text.got
    assert caller.text.packets[0][0] == 1, 'the first packet is not marked'
    # The last line has no end but the call's.
    caller.hangup()
    assert messages(center, contact, 3, t) == [
        ('in', 'I cannot hear'), ('out', 'Then we write'), ('in', 'no')]


@test(deadline_s=60)
def text__reaches_the_desk_of_an_agent_whose_phone_has_none(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = TextWire(t, center.sip, 'x0', address, text=False)
    caller = TextWire(t, center.sip)
    contact = talk(t, agent, caller, center)
    assert 'm=text ' in agent.heard[0], agent.heard[0]
    caller.type('Can you read\u2028')
    assert messages(center, contact, 1, t) == [('in', 'Can you read')]
    for text in ('Yes, we can: ő', '12#'):
        center.post('/api/v1/agents/x0/send',
                    {'contact': contact, 'text': text})
    # In order, and not as keys.
    caller.reads('Yes, we can: ő\u202812#\u2028')
    assert messages(center, contact, 3, t)[1:] == [
        ('out', 'Yes, we can: ő'), ('out', '12#')]


@test(deadline_s=60)
def text__is_offered_to_nobody_for_a_caller_without(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = TextWire(t, center.sip, 'x0', address)
    caller = Wire(t, center.sip)
    contact = talk(t, agent, caller, center)
    assert 'm=text' not in agent.heard[0], agent.heard[0]
    try:
        center.post('/api/v1/agents/x0/send',
                    {'contact': contact, 'text': 'words'})
    except urllib.error.HTTPError as error:
        assert error.code == 501, error.code
    else:
        raise AssertionError('a caller without text was sent some')


@test(deadline_s=60)
def text__shows_prompts_and_chooses_in_menus(t):
    center = desk.Center(t, desk.yaml_with())
    caller = TextWire(t, center.sip)
    caller.call('1000')
    caller.reads('Press one for sales, two to leave a message.\u2028')
    caller.type('1\r')
    t.until(lambda: center.queue('sales')['waiting'] == 1, 10, 'one waits')


@test(deadline_s=60)
def text__is_offered_to_a_caller_who_brings_no_offer(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]))
    agent = TextWire(t, center.sip, 'x0', address)
    caller = TextWire(t, center.sip)
    caller.late = True
    contact = talk(t, agent, caller, center)
    caller.type('Any offers?\r\n')
    agent.reads('Any offers?')
    agent.type('None, but an answer\u2028')
    caller.reads('None, but an answer')
    assert messages(center, contact, 2, t) == [
        ('in', 'Any offers?'), ('out', 'None, but an answer')]
    # Who has none refuses it, and talks.
    caller.hangup()
    agent.until('BYE')
    plain = TextWire(t, center.sip, text=False)
    plain.late = True
    center.until_agent('x0', activity='idle')
    plain.call('400')
    center.until_agent('x0', activity='talking')
    assert 'm=text' in plain.heard[0], plain.heard[0]


def written(center, contact, count, t):
    """The same with who wrote it."""
    messages(center, contact, count, t)
    names = {center.agent(n)['id']: n for n in ('x0', 'x1')}
    return [(names.get(m['agent'], m['agent']), m['direction'], m['text']) for m in center.get(
        '/api/v1/history/messages?contact=' + contact)['messages']]


def desk_of_two(t):
    addresses = [t.address(), t.address()]
    center = desk.Center(t, desk.yaml_with(addresses))
    agents = [TextWire(t, center.sip, 'x%d' % i, a)
              for i, a in enumerate(addresses)]
    center.post('/api/v1/agents/x1/sign-in')
    return center, agents, TextWire(t, center.sip)


@test(deadline_s=60)
def text__goes_on_through_hold_and_transfer(t):
    center, (first, second), caller = desk_of_two(t)
    contact = talk(t, first, caller, center)
    caller.type('To the first\u2028')
    first.reads('To the first')
    center.post('/api/v1/agents/x0/hold', {'contact': contact})
    # Kept for who comes back, and told to nobody who is not there.
    caller.type('Are you there?\u2028')
    messages(center, contact, 2, t)
    first.type('said to nobody\u2028')
    center.post('/api/v1/agents/x0/resume', {'contact': contact})
    first.type('Here I am\u2028')
    caller.reads('Here I am')
    assert 'nobody' not in caller.text.got
    center.post('/api/v1/agents/x0/transfer',
                {'contact': contact, 'target': 'x1'})
    center.until_agent('x1', activity='talking')
    second.type('I am the second\u2028')
    caller.reads('I am the second')
    caller.type('Good day\u2028')
    second.reads('Good day')
    assert 'Good day' not in first.text.got
    assert '\ufffd' not in caller.text.got + second.text.got
    # One stream, whoever writes.
    assert len({p[3] for p in caller.text.packets}) == 1
    kept = written(center, contact, 5, t)
    assert kept == [
        ('x0', 'in', 'To the first'), ('x0', 'in', 'Are you there?'),
        ('x0', 'out', 'Here I am'), ('x1', 'out', 'I am the second'),
        ('x1', 'in', 'Good day')], kept


@test(deadline_s=60)
def text__of_a_consult_is_not_the_customers(t):
    center, (first, second), caller = desk_of_two(t)
    contact = talk(t, first, caller, center)
    center.post('/api/v1/agents/x0/consult',
                {'contact': contact, 'target': 'x1'})
    center.until_agent('x1', activity='talking')
    first.type('Between us\u2028')
    second.reads('Between us')
    second.type('Just us\u2028')
    first.reads('Just us')
    center.post('/api/v1/agents/x0/conference', {'contact': contact})
    caller.type('Who is there?\u2028')
    first.reads('Who is there?')
    second.reads('Who is there?')
    second.type('The second\u2028')
    caller.reads('The second')
    first.reads('The second')
    first.type('The first\u2028')
    caller.reads('The first')
    assert 'us' not in caller.text.got, caller.text.got
    kept = written(center, contact, 3, t)
    assert kept == [
        ('x0', 'in', 'Who is there?'), ('x1', 'out', 'The second'),
        ('x0', 'out', 'The first')], kept


@test(deadline_s=60)
def text__and_video_can_be_turned_off(t):
    address = t.address()
    center = desk.Center(t, desk.yaml_with(
        [address], '  text: false\n  video: false\n'))
    agent = TextWire(t, center.sip, 'x0', address)
    caller = TextWire(t, center.sip, more=lines((H264,)))
    talk(t, agent, caller, center)
    refused = re.findall(r'^m=(\w+) 0 ', caller.heard[0], re.M)
    assert refused == ['text', 'video'], caller.heard[0]
    assert 'm=text' not in agent.heard[0], agent.heard[0]
    assert 'm=video' not in agent.heard[0], agent.heard[0]
    caller.hangup()
    agent.until('BYE')
    late = TextWire(t, center.sip)
    late.late = True
    late.call('400')
    assert 'm=' in late.heard[0] and 'm=text' not in late.heard[0]


@test(deadline_s=60)
def text__and_video_are_as_the_entry_has_them(t):
    """Of what the host lets through an entry may refuse either."""
    address = t.address()
    center = desk.Center(t, desk.yaml_with([address]).replace(
        '"400": {{queue: q0}}', '"400": {{queue: q0, text: false}}\n'
        '  "499": {{queue: q0, video: false}}\n'
        '  "498": {{queue: q0, text: false, video: false}}'))
    agent = TextWire(t, center.sip, 'x0', address)
    center.post('/api/v1/agents/x0/sign-in')

    def expect(number, *refused, late=False):
        caller = TextWire(t, center.sip, more=lines((H264,)))
        caller.late = late
        before = len(agent.heard)
        caller.call(number)
        t.until(lambda: len(agent.heard) > before, 10, 'the agent is rung')
        center.until_agent('x0', activity='talking')
        for kind in ('text', 'video'):
            if late:
                assert ('m=' + kind in caller.heard[0]) == (
                    kind not in refused), caller.heard[0]
            else:
                assert bool(re.search(r'^m=%s 0 ' % kind, caller.heard[0],
                                      re.M)) == (kind in refused), number
            assert ('m=' + kind in agent.heard[before]) == (
                kind not in refused), agent.heard[before]
        caller.hangup()
        center.until_agent('x0', activity='idle')

    expect('400', 'text')
    expect('499', 'video')
    expect('498', 'text', 'video')
    expect('499', 'video', late=True)
    expect('400', 'text', late=True)


main()

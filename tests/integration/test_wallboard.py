"""The wallboard in a browser that we did not write."""

import json

import desk
from browser import Browser
from harness import main, test
from web import Web

SIZES = ((1440, 810), (1280, 720), (1120, 700), (390, 844), (320, 568))

# Anything wider than the window, and any text that is cut off. On a phone the
# table's head is there for screen readers alone.
WIDER = '''
[...document.body.querySelectorAll("*")].filter((e) => {
	const box = e.getBoundingClientRect();
	return box.width && box.right > innerWidth + 1;
}).map((e) => e.tagName + " " + e.id + " " + e.innerText).slice(0, 5)'''
OUTSIDE = '''
[...document.querySelectorAll("#board td, #board li > span")].filter((e) =>
	e.getBoundingClientRect().right >
	e.closest(".panel").getBoundingClientRect().right
).map((e) => e.innerText).slice(0, 5)'''
CUT = '''
[...document.querySelectorAll(
	".tile p, .name, .time, .doing, .who, .wait")].filter(
	(e) => e.scrollWidth > e.clientWidth + 1
).map((e) => e.className + " " + e.innerText).slice(0, 5)'''


# All of it in one turn of the page, between two states.
LOOK = '''(() => {
	const texts = (selector) =>
		[...document.querySelectorAll(selector)].map((e) => e.innerText);

	return { tiles: texts(".tile"), callers: texts("#caller-rows li"),
		parked: document.getElementById("parked").hidden ? null
			: texts("#parked-rows li"),
		agents: texts("#agent-rows li"), out: texts("#signed-out").join(""),
		queues: [...document.querySelectorAll("#queue-rows tr")].map(
			(row) => [...row.children].map((cell) => cell.innerText)) };
})()'''


def lines(text):
    return [line for line in text.split('\n') if line.strip()]


def board(browser):
    """What the board says now."""
    said = browser.value(LOOK)
    return {
        'tiles': dict((lines(tile) + ['', ''])[:2]
                      for tile in said['tiles']),
        'queues': {lines(row[0])[0]: row[1:] for row in said['queues']},
        'callers': [lines(caller) for caller in said['callers']],
        'parked': said['parked'] and [lines(row) for row in said['parked']],
        'agents': {lines(agent)[0]: lines(agent)[-1]
                   for agent in said['agents']},
        'out': said['out'],
    }


def until(t, browser, what, holds):
    """Wait until holds(board); the board."""
    last = {}

    def look():
        last.update(board(browser))
        return holds(last)
    try:
        t.until(look, 10, what)
    except AssertionError as e:
        raise AssertionError('%s\n%s' % (e, json.dumps(last, indent=1)))
    return last


def see(t, browser, url):
    browser.go(url)
    t.until(lambda: browser.value(
        'document.readyState == "complete" && '
        'document.getElementById("board")?.hidden === false'), 10,
        'a board')


def own_alone(browser, address, port):
    """It asked nobody but us, and none of its scripts complained."""
    ours = '//%s:%d/' % (address, port)
    strangers = [u for u in browser.requested
                 if ours not in u and u != 'about:blank']
    assert browser.requested and not strangers, strangers
    assert not browser.complaints, browser.complaints


def fits(browser, width):
    wide = browser.value('document.documentElement.scrollWidth')
    assert wide <= width, (width, wide, browser.value(WIDER))
    assert browser.value(WIDER) == [], (width, browser.value(WIDER))
    assert browser.value(OUTSIDE) == [], (width, browser.value(OUTSIDE))
    if width >= 390:
        assert browser.value(CUT) == [], (width, browser.value(CUT))


@test(deadline_s=60)
def wallboard__shows_live_who_waits_and_who_talks(t):
    center = desk.Center(t)
    browser = Browser(t)
    browser.size(1440, 810)
    see(t, browser, center.url('/'))
    shown = until(t, browser, 'both queues', lambda b: len(b['queues']) == 2)
    assert shown['tiles']['Waiting'] == '0', shown
    assert shown['tiles']['Service level'] == '\u2013', shown
    assert shown['callers'] == [] and shown['agents'] == {}, shown
    assert 'ann, bob' in shown['out'], shown

    caller = desk.Phone(t, center)
    call = caller.call('1001')
    shown = until(t, browser, 'a waiting caller', lambda b: b['callers'])
    assert shown['tiles']['Waiting'] == '1', shown
    assert shown['queues']['sales'][0] == '1', shown
    assert shown['callers'][0][1] == 'sales', shown
    # Clocks run in between.
    until(t, browser, 'a wait of two seconds',
          lambda b: b['callers'] and b['callers'][0][2] >= '0:02')

    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    start = ann.mark()
    ann.call('*111234')
    rung = ann.incoming(start)
    ann.say('ring', rung)
    until(t, browser, 'ann rings',
          lambda b: b['agents'].get('ann') == 'ringing \u00b7 sales')
    ann.say('answer', rung)
    shown = until(t, browser, 'ann talks', lambda b:
                  b['agents'].get('ann') == 'talking \u00b7 sales'
                  and b['tiles']['Answered'] == '1')
    assert shown['tiles']['Waiting'] == '0' and not shown['callers'], shown
    assert shown['queues']['sales'][3:5] == ['1', '100 %'], shown
    assert shown['tiles']['Service level'] == '100 %', shown
    caller.say('hangup', call)
    until(t, browser, 'wrap-up',
          lambda b: b['agents'].get('ann') == 'wrap-up \u00b7 sales')

    call = caller.call('1001')
    until(t, browser, 'one more waits', lambda b: len(b['callers']) == 1)
    caller.say('hangup', call)
    until(t, browser, 'one has given up', lambda b: not b['callers']
          and b['tiles']['Gave up'] == '1' and b['queues']['sales'][6] == '1')
    own_alone(browser, center.address, center.http_port)


@test(deadline_s=90)
def wallboard__shows_who_is_parked_and_where(t):
    """They wait for no queue, so they are no waiting callers."""
    center = desk.Center(t, more='park: {first: 701, count: 2}')
    ann = desk.Phone(t, center, 'ann', 'ann-pw')
    bob = desk.Phone(t, center, 'bob', 'bob-pw')
    for agent in ('ann', 'bob'):
        center.post('/api/v1/agents/%s/sign-in' % agent)
    browser = Browser(t)
    browser.size(1440, 810)
    see(t, browser, center.url('/'))
    callers = []
    for slot in ('702', '701'):
        start, other = ann.mark(), bob.mark()
        caller = desk.Phone(t, center)
        callers.append((caller, caller.call('1001')))
        # One of the two has wrap-up after the first.
        phone, agent = t.until(lambda: next(
            ((p, a) for p, a, since in ((ann, 'ann', start),
                                        (bob, 'bob', other))
             if any(x.startswith('incoming') for x in p.child.lines[since:])),
            None), 10, 'an agent is rung')
        phone.say('answer', phone.incoming(
            start if phone is ann else other))
        center.until_agent(agent, activity='talking')
        contact = center.agent(agent)['contact']
        center.post('/api/v1/agents/%s/park' % agent,
                    {'contact': contact, 'slot': slot})
    shown = until(t, browser, 'two who are parked',
                  lambda b: b['parked'] and len(b['parked']) == 2)
    assert [row[1] for row in shown['parked']] == ['701', '702'], shown
    assert shown['callers'] == [] and shown['tiles']['Waiting'] == '0', shown
    assert shown['tiles']['Longest wait'] == '0:00', shown
    until(t, browser, 'clocks that run',
          lambda b: b['parked'] and all(r[2] >= '0:02' for r in b['parked']))
    for width, height in SIZES:
        browser.size(width, height)
        fits(browser, width)
    browser.size(1440, 810)
    for agent in ('ann', 'bob'):
        center.post('/api/v1/agents/%s/wrap-up-end' % agent)
    start = bob.mark()
    center.post('/api/v1/agents/bob/pick-up', {'slot': '701'})
    rung = bob.incoming(start)
    bob.say('ring', rung)
    until(t, browser, 'bob is rung for one', lambda b: b['parked']
          and [r[1] for r in b['parked']] == ['701, ringing', '702'])
    bob.say('answer', rung)
    until(t, browser, 'one is left', lambda b: b['parked']
          and [r[1] for r in b['parked']] == ['702'])
    caller, call = callers[0]
    caller.say('hangup', call)
    until(t, browser, 'nobody is parked', lambda b: b['parked'] is None)
    own_alone(browser, center.address, center.http_port)


LONG = '''
center: a-center-with-a-long-name
sip: {{listen: {address}:{sip}}}
media: {{ports: {rtp}-{rtp_end}}}
http: {{listen: {address}:{http}}}
agents:
  a: {{display: Zsuzsanna Hajnalka, endpoints: [app], queues: [s]}}
  b: {{display: Maximilian Berger, endpoints: [app], queues: [s]}}
  c: {{display: Ben Moore, endpoints: [app], queues: [s]}}
queues:
  s: {{display: Sales and renewals of contracts}}
  t: {{display: Support}}
trunks:
  outside: {{sources: 127.0.0.0/8}}
entries:
  "1": {{queue: t}}
{more}
'''


@test(deadline_s=60)
def wallboard__fits_a_wall_and_a_phone(t):
    center = desk.Center(t, LONG)
    for agent in 'abc':
        center.post('/api/v1/agents/%s/sign-in' % agent)
    center.post('/api/v1/agents/b/pause', {'reason': 'training'})
    desk.Phone(t, center).say('place', 'sip:1@' + center.sip, 0,
                              '36301234567')
    browser = Browser(t)
    for width, height in SIZES:
        browser.size(width, height)
        see(t, browser, center.url('/'))
        until(t, browser, 'callers and agents',
              lambda b: b['callers'] and len(b['agents']) == 3)
        fits(browser, width)


TWO = '''
sip: {{listen: {address}:{sip}}}
media: {{ports: {rtp}-{rtp_end}}}
http:
  listen: {address}:{http}
  token: all-of-it-0123456789
  tokens: [{{token: south-alone-0123456789, center: south}}]
centers:
- {{name: north, domain: n.example, queues: {{ice: {{}}}}}}
- {{name: south, domain: s.example, queues: {{sun: {{}}}}}}
{more}
'''
OPEN = '''
document.getElementById("token").value = %s;
document.querySelector("#door button").click()'''


@test(deadline_s=60)
def wallboard__asks_for_a_token_and_shows_its_center(t):
    center = desk.Center(t, TWO)
    browser = Browser(t)
    browser.size(1440, 810)
    # What cannot be decoded behind # is as good as nothing.
    browser.go(center.url('/#%E0%A4%A'))

    def enter(token):
        t.until(lambda: browser.value(
            'document.getElementById("door")?.hidden === false'), 10,
            'the door')
        browser.value(OPEN % json.dumps(token))

    enter('not-the-right-one-0123')
    t.until(lambda: browser.text('#door-error') == [
        'That is not a valid token.'], 10, 'a refusal')
    enter('south-alone-0123456789')
    shown = until(t, browser, 'the center of the token',
                  lambda b: b['queues'])
    assert list(shown['queues']) == ['sun'], shown
    assert browser.value('document.getElementById("chooser").hidden')
    browser.value('sessionStorage.clear()')
    browser.go(center.url('/?all#south'))
    enter('all-of-it-0123456789')
    shown = until(t, browser, 'the center named', lambda b: b['queues'])
    assert list(shown['queues']) == ['sun'], shown
    assert browser.value(
        '[...document.getElementById("centers").options].map((o) => o.text)'
    ) == ['north', 'south']
    # The console tells of each 401, as it should.
    browser.complaints = [c for c in browser.complaints if '401' not in c]
    own_alone(browser, center.address, center.http_port)
    # The page itself is closed to everything but its own server.
    policy = Web(center.address, center.http_port).request(
        'GET', '/').headers['content-security-policy']
    assert "connect-src 'self'" in policy


main()

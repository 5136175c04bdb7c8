"""Whom agents and flows may call outside, and how often: at a trunk whose
other end sees what arrives there."""

import desk
from harness import main, test
from provider import Provider
from wellbeing import Wellbeing, events

YAML = '''
sip: {{listen: "{address}:{sip}", limits: {{allow: []}}}}
media: {{ports: {rtp}-{rtp_end}}}
http: {{listen: "{address}:{http}"}}
state: {state}
agents:
  ann: {{password: ann-pw, pin: "1234"}}
  bob: {{password: bob-pw, pin: "4321"}}
  carl: {{password: carl-pw, pin: "4321"}}
queues:
  nobody: {{number: "300"}}
trunks:
  out: {more}
entries:
  "1000": {{flow: whom}}
prompts:
  whom: Whom shall we call?
flows:
  whom:
    - collect: whom
      into: number
      digits: {{min: 4, max: 15}}
      else: end
    - transfer: {{number: "{{number}}"}}
      timeout: 20s
      else: lost
    - name: lost
      queue: nobody
      next: end
'''


class House:
    """A center, its provider, and its agents' phones."""

    def __init__(self, t, outbound):
        self.t, self.provider = t, Provider(t)
        self.center = desk.Center(t, YAML + outbound,
                                  more='{address: "%s"}'
                                  % self.provider.hostport)
        self.well = Wellbeing(self.center)

    def phone(self, name):
        return desk.Phone(self.t, self.center, name, name + '-pw')

    def refused(self, *wanted):
        """Calls were refused for these reasons and nothing else: (reason,
        whether an agent's). Of several in a second the first is told."""
        def said():
            return [(e['reason'], e['agent'] != '0')
                    for e in events(self.center) if e['type'] == 'security'
                    and e['text'] == 'outbound_refused']
        self.t.until(lambda: set(said()) == set(wanted), 10, repr(wanted))

    def called(self, count):
        """So many calls have come to the provider, and that is all."""
        if count:
            self.provider.until_calls(count)
        assert len(self.provider.calls()) == count, self.provider.calls()


def dial(phone, number, status=None):
    """Its call, which is up; or was refused so."""
    start = phone.mark()
    call = phone.call(number, wait=status is None)
    if status:
        phone.expect(r'^ended call=%s .*status=%d' % (call, status),
                     10, start)
    return call


def hang_up(house, phone, call):
    start, before = phone.mark(), len(house.provider.got('BYE'))
    phone.say('hangup', call)
    phone.expect(r'^ended call=%s\b' % call, 10, start)
    house.provider.until('BYE', before + 1)


@test(deadline_s=60)
def outbound__without_a_list_is_neither_abroad_nor_dear(t):
    house = House(t, '')
    ann = house.phone('ann')
    for number in ('+3612345678', '003612345678', '0900123456',
                   '19001234567', '*310612345678'):
        dial(ann, number, 403)
    house.called(0)
    house.refused(('destination', True))
    hang_up(house, ann, dial(ann, '0612345678'))
    house.called(1)
    house.well.check()


@test(deadline_s=60)
def outbound__goes_to_whom_is_allowed(t):
    house = House(t, 'outbound: {{allow: ["06", "+361"], '
                  'deny: ["0690", "+36199"]}}\n')
    ann = house.phone('ann')
    for number in ('0690123456', '+3619912345', '+4912345678', '5551234'):
        dial(ann, number, 403)
    house.called(0)
    hang_up(house, ann, dial(ann, '+3612345678'))
    house.called(1)
    house.well.check()


@test(deadline_s=60)
def outbound__of_a_flow_goes_to_whom_is_allowed(t):
    """A caller keys in whom it is to call: the agents' rules are theirs."""
    house = House(t, 'outbound: {{allow: ["06"], deny: ["0690"]}}\n')
    caller = house.phone('bob')
    for number, good in (('0690123456', False), ('00123456789', False),
                         ('0612345678', True)):
        lost = house.center.queue('nobody')['waiting']
        call = dial(caller, '1000')
        caller.say('digits', call, number + '#')
        if good:
            house.called(1)
            hang_up(house, caller, call)
        else:
            t.until(lambda: house.center.queue('nobody')['waiting']
                    == lost + 1, 10, 'the flow goes on')
            house.called(0)
            caller.say('hangup', call)
            t.until(lambda: house.center.queue('nobody')['waiting'] == 0, 10,
                    'nobody waits')
    house.refused(('destination', False))
    house.well.check()


@test(deadline_s=60)
def outbound__has_so_many_calls_at_once(t):
    house = House(t, 'outbound: {{allow: [any], calls: 3, agent_calls: 2}}\n')
    ann, bob = house.phone('ann'), house.phone('bob')
    first = [dial(ann, '0611111111'), dial(ann, '0622222222')]
    dial(ann, '0633333333', 403)
    third = dial(bob, '0644444444')
    dial(bob, '0655555555', 403)
    house.refused(('agent_calls', True), ('center_calls', True))
    house.called(3)
    # Whose call is over may have another one.
    hang_up(house, ann, first[0])
    hang_up(house, bob, third)
    again = dial(ann, '0633333333')
    house.called(4)
    for call in (first[1], again):
        hang_up(house, ann, call)
    house.well.check()


@test(deadline_s=60)
def outbound__has_so_much_money(t):
    """Each that rings or talks counts with a minute at least: of each agent
    one may be out at a time, and of all two."""
    house = House(t, 'outbound: {{allow: [any], prices: {{"06": 60}}, '
                  'spend: 120, agent_spend: 60}}\n')
    ann, bob = house.phone('ann'), house.phone('bob')
    first = dial(ann, '0611111111')
    dial(ann, '0622222222', 403)
    house.refused(('agent_spend', True))
    second = dial(bob, '0633333333')
    house.called(2)
    # A flow's is nobody's, and all have spent together.
    caller = desk.Phone(t, house.center, 'carl', 'carl-pw')
    call = dial(caller, '1000')
    caller.say('digits', call, '0644444444#')
    house.refused(('agent_spend', True), ('center_spend', False))
    house.called(2)
    hang_up(house, ann, first)
    hang_up(house, bob, second)
    caller.say('hangup', call)
    house.well.check()


main()

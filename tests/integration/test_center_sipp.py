"""A center between phones that are sipp: busy, no answer, giving up in each
state, hold by either side's re-INVITE, REFER. Scenarios are written here, from
steps in steps.py."""

from harness import main, test
from steps import (ANSWERS, BYE_COMES, CALLED_OFF, HOLD_MS, INVITED,
                   INVITE_OF, PLACE, RINGS, TAG, TERMINATED, agent, caller,
                   nobody_left, open_center, pause, recv, reply, sipp)


def tried_again(t, name, steps):
    """An agent does this and is called again, answers, and hangs up."""
    center, address = open_center(t)
    first = sipp(t, name, steps, center, address)
    calling = sipp(t, 'caller', PLACE + BYE_COMES, center)
    first.wait(20)
    second = sipp(t, 'agent', ANSWERS + pause(HOLD_MS) + agent.bye(1),
                  center, address)
    second.wait(20)
    calling.wait(20)
    nobody_left(t, center)
    assert center.queue('q0')['answered'] == 1


def called_off(t, name, steps):
    """An agent does this while the caller gives up."""
    center, address = open_center(t)
    ringing = sipp(t, name, RINGS + CALLED_OFF + steps, center, address)
    calling = sipp(t, 'caller', PLACE + pause(1000) + caller.bye(2), center)
    calling.wait(20)
    ringing.wait(20)
    nobody_left(t, center)
    figures = center.queue('q0')
    assert (figures['answered'], figures['abandoned']) == (0, 1), figures


def talk(t, agent_does, caller_does, *activities):
    """They talk and do this, which makes the agent's activity these."""
    center, address = open_center(t)
    answering = sipp(t, 'agent', ANSWERS + agent_does, center, address)
    calling = sipp(t, 'caller', PLACE + caller_does, center)
    for activity in activities:
        center.until_agent('x0', activity=activity)
    answering.wait(30)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def agent__that_is_busy_is_tried_again(t):
    tried_again(t, 'busy', INVITED + reply('486 Busy Here', tag=TAG)
                + recv('ACK'))


@test(deadline_s=60)
def agent__that_does_not_answer_is_tried_again(t):
    tried_again(t, 'silent', RINGS + CALLED_OFF + TERMINATED)


@test(deadline_s=60)
def agent__is_called_off_when_the_caller_gives_up(t):
    called_off(t, 'ringing', TERMINATED)


@test(deadline_s=60)
def agent__who_answers_while_called_off_is_hung_up(t):
    called_off(t, 'crossing', reply('200 OK', 'sendrecv', TAG, INVITE_OF)
               + recv('ACK') + BYE_COMES)


@test(deadline_s=60)
def cancel__after_the_answer_ends_no_call(t):
    """In a menu the call is up: CANCEL comes too late (RFC 3261, 9.2)."""
    center, _ = open_center(t)
    calling = sipp(t, 'caller', PLACE
                   + caller.request('CANCEL', 1, first=True) + recv('200')
                   + pause(HOLD_MS) + caller.bye(2), center, service='1000')
    t.until(lambda: len(center.get('/api/v1/contacts')) == 1, 10, 'a call')
    calling.wait(20)
    nobody_left(t, center)


def holds(side, cseq):
    """Hold and resume by re-INVITE, and then hang up."""
    return (side.reinvite(cseq, 'sendonly', 'recvonly') + pause(HOLD_MS)
            + side.reinvite(cseq + 1, 'sendrecv', 'sendrecv')
            + pause(HOLD_MS) + side.bye(cseq + 2))


@test(deadline_s=60)
def caller__holds_and_resumes(t):
    talk(t, BYE_COMES, pause(1000) + holds(caller, 2), 'talking')


@test(deadline_s=60)
def agent__holds_and_resumes(t):
    talk(t, pause(500) + holds(agent, 1), BYE_COMES, 'hold', 'talking')


def transferred(t, steps):
    """A transfer by REFER that succeeds, with these steps of the agent's phone
    after its last NOTIFY."""
    center, first, second = open_center(t, 2)
    more = 'Refer-To: <sip:401@%s>\n' % center.sip
    other = sipp(t, 'other', ANSWERS + BYE_COMES, center, second)
    referring = sipp(t, 'agent', ANSWERS + pause(500)
                     + agent.request('REFER', 1, more=more) + recv('202')
                     + recv('NOTIFY', 'SIP/2.0 100') + reply('200 OK')
                     + recv('NOTIFY', 'SIP/2.0 200') + steps, center, first)
    calling = sipp(t, 'caller', PLACE + pause(5000) + caller.bye(2), center)
    center.until_agent('x1', activity='talking')
    referring.wait(20)
    calling.wait(20)
    other.wait(20)
    nobody_left(t, center)
    assert center.queue('q1')['answered'] == 1


@test(deadline_s=60)
def agent__transfers_blind_by_refer(t):
    # sipp fails when the BYE comes before it has answered.
    transferred(t, pause(300) + reply('200 OK') + BYE_COMES)


@test(deadline_s=60)
def agent__that_knows_no_transfer_any_more_is_hung_up(t):
    transferred(t, pause(300) + reply('481 Call Does Not Exist') + BYE_COMES)


@test(deadline_s=60)
def agent__that_answers_no_notify_is_hung_up(t):
    transferred(t, BYE_COMES)


@test(deadline_s=60)
def agent__that_transfers_hangs_up_itself(t):
    # sipp fails when ours comes, too.
    transferred(t, agent.bye(2) + pause(1000))


main()

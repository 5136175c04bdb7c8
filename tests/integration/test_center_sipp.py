"""A center between phones that are sipp: busy, no answer, giving up in each
state, hold by either side's re-INVITE, REFER. Scenarios are written here, from
steps in steps.py."""

from harness import main, test
from steps import (ANSWERS, BYE_COMES, HOLD_MS, INVITED, PLACE, TAG, agent,
                   caller, nobody_left, open_center, pause, recv, reply, sipp)


@test(deadline_s=60)
def agent__that_is_busy_is_tried_again(t):
    center, address = open_center(t)
    busy = sipp(t, 'busy', INVITED + reply('486 Busy Here', tag=TAG)
                + recv('ACK'), center, address)
    calling = sipp(t, 'caller', PLACE + BYE_COMES, center)
    busy.wait(20)
    answering = sipp(t, 'agent', ANSWERS + pause(HOLD_MS)
                     + agent.bye(1), center, address)
    answering.wait(20)
    calling.wait(20)
    nobody_left(t, center)
    assert center.queue('q0')['answered'] == 1


@test(deadline_s=60)
def agent__that_does_not_answer_is_tried_again(t):
    center, address = open_center(t)
    silent = sipp(t, 'silent', INVITED + reply('180 Ringing', tag=TAG)
                  + recv('CANCEL') + reply('200 OK')
                  + reply('487 Request Terminated', tag=TAG,
                          cseq='CSeq: [cseq] INVITE')
                  + recv('ACK'), center, address)
    calling = sipp(t, 'caller', PLACE + BYE_COMES, center)
    silent.wait(20)
    answering = sipp(t, 'agent', ANSWERS + pause(HOLD_MS)
                     + agent.bye(1), center, address)
    answering.wait(20)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def agent__is_called_off_when_the_caller_gives_up(t):
    center, address = open_center(t)
    ringing = sipp(t, 'ringing', INVITED + reply('180 Ringing', tag=TAG)
                   + recv('CANCEL') + reply('200 OK')
                   + reply('487 Request Terminated', tag=TAG,
                           cseq='CSeq: [cseq] INVITE')
                   + recv('ACK'), center, address)
    calling = sipp(t, 'caller', PLACE + pause(1000) + caller.bye(2), center)
    calling.wait(20)
    ringing.wait(20)
    nobody_left(t, center)
    assert center.queue('q0')['abandoned'] == 1


@test(deadline_s=60)
def agent__who_answers_while_called_off_is_hung_up(t):
    center, address = open_center(t)
    crossing = sipp(t, 'crossing', INVITED + reply('180 Ringing', tag=TAG)
                    + recv('CANCEL') + reply('200 OK')
                    + reply('200 OK', 'sendrecv', TAG, 'CSeq: [cseq] INVITE')
                    + recv('ACK') + BYE_COMES, center, address)
    calling = sipp(t, 'caller', PLACE + pause(1000) + caller.bye(2), center)
    calling.wait(20)
    crossing.wait(20)
    nobody_left(t, center)
    figures = center.queue('q0')
    assert (figures['answered'], figures['abandoned']) == (0, 1), figures


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


@test(deadline_s=60)
def caller__holds_and_resumes(t):
    center, address = open_center(t)
    answering = sipp(t, 'agent', ANSWERS + BYE_COMES, center, address)
    calling = sipp(t, 'caller', PLACE + pause(1000)
                   + caller.reinvite(2, 'sendonly', 'recvonly')
                   + pause(HOLD_MS)
                   + caller.reinvite(3, 'sendrecv', 'sendrecv')
                   + pause(HOLD_MS) + caller.bye(4), center)
    center.until_agent('x0', activity='talking')
    answering.wait(30)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def agent__holds_and_resumes(t):
    center, address = open_center(t)
    answering = sipp(t, 'agent', ANSWERS + pause(500)
                     + agent.reinvite(1, 'sendonly', 'recvonly')
                     + pause(HOLD_MS)
                     + agent.reinvite(2, 'sendrecv', 'sendrecv')
                     + pause(HOLD_MS) + agent.bye(3), center, address)
    calling = sipp(t, 'caller', PLACE + BYE_COMES, center)
    center.until_agent('x0', activity='hold')
    center.until_agent('x0', activity='talking')
    answering.wait(20)
    calling.wait(20)
    nobody_left(t, center)


@test(deadline_s=60)
def agent__transfers_blind_by_refer(t):
    center, first, second = open_center(t, 2)
    more = 'Refer-To: <sip:401@%s>\n' % center.sip
    other = sipp(t, 'other', ANSWERS + BYE_COMES, center, second)
    referring = sipp(t, 'agent', ANSWERS + pause(500)
                     + agent.request('REFER', 1, more=more) + recv('202')
                     + recv('NOTIFY', 'SIP/2.0 100') + reply('200 OK')
                     + recv('NOTIFY', 'SIP/2.0 200')
                     # Not answered: sipp takes no BYE while it has yet to
                     # send, and the BYE comes right behind.
                     + BYE_COMES, center, first)
    calling = sipp(t, 'caller', PLACE + pause(5000) + caller.bye(2), center)
    center.until_agent('x1', activity='talking')
    referring.wait(20)
    calling.wait(20)
    other.wait(20)
    nobody_left(t, center)
    assert center.queue('q1')['answered'] == 1


main()

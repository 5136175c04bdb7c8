"""Phones that had registered are registered after a restart, whichever way
the process ended; those that left, or are not there, are not."""

import os
import re

import desk
from harness import main, test
from peers import Baresip
from registering import Registering


def kept(center):
    """The file of phones, b'' without one."""
    try:
        with open(os.path.join(center.state, 'phones'), 'rb') as f:
            return f.read()
    except FileNotFoundError:
        return b''


def until_kept(t, center, what, here=True):
    t.until(lambda: (what in kept(center)) == here, 15,
            '%r %s' % (what, 'kept' if here else 'not kept'))


def baresip(t, center, **more):
    phone = Baresip(t, user='ann', password='ann-pw', registrar=center.sip,
                    **more)
    center.until_agent('ann', registered=True)
    return phone


def events(t, center, kind):
    """Since the last start."""
    def all_since():
        every = center.get('/api/v1/events?from=1')['events']
        starts = [i for i, e in enumerate(every) if e['type'] == 'started']
        return every[starts[-1]:] if len(starts) == 2 else None
    return [e for e in t.until(all_since, 15, 'two starts in the history')
            if e['type'] == kind]


def reaches(t, center):
    """A caller reaches ann, who has not registered since the start."""
    assert center.agent('ann')['registered'] is True
    center.post('/api/v1/agents/ann/sign-in')
    caller = desk.Phone(t, center)
    caller.call('1001')
    center.until_agent('ann', activity='talking')
    assert len(events(t, center, 'endpoint_registered')) == 1


@test(deadline_s=90)
def baresip__is_reached_after_an_orderly_stop(t):
    center = desk.Center(t)
    baresip(t, center)
    center.child.stop()
    again = desk.Center(t, keep=center)
    again.child.wait_for(r'1 phones are registered as before, 0 cannot', 5)
    reaches(t, again)


@test(deadline_s=90)
def baresip__is_reached_after_kill_9(t):
    center = desk.Center(t)
    baresip(t, center)
    until_kept(t, center, b'sip:ann')
    center.child.kill()
    reaches(t, desk.Center(t, keep=center))


@test(deadline_s=90)
def phone__that_left_is_not_rung(t):
    center = desk.Center(t)
    phone = baresip(t, center)
    until_kept(t, center, b'sip:ann')
    phone.quit()
    center.until_agent('ann', registered=False)
    until_kept(t, center, b'sip:ann', False)
    center.child.kill()
    again = desk.Center(t, keep=center)
    assert again.agent('ann')['registered'] is False
    assert not events(t, again, 'endpoint_registered')


@test(deadline_s=120)
def phone__that_is_not_there_is_soon_found_out(t):
    center = desk.Center(t)
    phone = baresip(t, center)
    center.child.stop()
    phone.child.kill()
    again = desk.Center(t, keep=center)
    assert again.agent('ann')['registered'] is True
    # A request that nobody answers is over after 32 s (RFC 3261, timer F).
    t.until(lambda: again.agent('ann')['registered'] is False, 60, 'gone')
    until_kept(t, again, b'sip:ann', False)


def registered(t, center):
    phone = Registering(t, center)
    status, challenges = phone.ask()
    assert status == 401
    assert phone.prove(challenges[0])[0] == 200
    center.until_agent('ann', registered=True)
    return phone


@test(deadline_s=60)
def phone__is_asked_and_registers_on(t):
    """Its next REGISTER with the old challenge's nonce is challenged anew,
    and makes no second contact."""
    center = desk.Center(t)
    phone = registered(t, center)
    center.child.stop()
    again = desk.Center(t, keep=center)
    phone.center = again
    ask = phone.socket.recv(65536).decode()
    assert ask.startswith('OPTIONS sip:ann@%s:5060 ' % phone.address), ask
    via = ''.join(re.findall(r'(?:Via|To|From|Call-ID|CSeq): .*\r\n', ask))
    phone.socket.sendto(('SIP/2.0 200 OK\r\n%sContent-Length: 0\r\n\r\n'
                         % via).encode(), (again.address, again.port))
    status, challenges = phone.ask()
    assert status == 401, phone.text
    assert phone.prove(challenges[0])[0] == 200
    assert phone.text.count('Contact: ') == 1, phone.text
    assert len(events(t, again, 'endpoint_registered')) == 1
    assert not events(t, again, 'endpoint_unregistered')


@test(deadline_s=60)
def account__that_is_gone_has_no_phone(t):
    center = desk.Center(t)
    registered(t, center)
    center.child.stop()
    with open(center.config) as f:
        text = f.read()
    assert '  ann: {password: ann-pw' in text
    with open(center.config, 'w') as f:
        f.write(text.replace('  ann: {password: ann-pw',
                             '  eve: {password: eve-pw'))
    again = desk.Center(t, keep=center)
    again.child.wait_for(r'0 phones are registered as before, 1 cannot', 5)
    assert again.agent('eve')['registered'] is False


@test(deadline_s=60)
def file__that_is_damaged_is_told_and_means_nobody(t):
    center = desk.Center(t)
    registered(t, center)
    center.child.stop()
    whole = kept(center)
    path = os.path.join(center.state, 'phones')
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert b'ann-pw' not in whole
    for bad in (b'', whole[:30], whole[:-1],
                whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]):
        with open(path, 'wb') as f:
            f.write(bad)
        again = desk.Center(t, keep=center)
        again.child.wait_for(r'where phones were cannot be read', 5)
        assert again.agent('ann')['registered'] is False
        again.child.kill()


@test(deadline_s=90)
def phone__on_tcp_is_gone_with_its_connection(t):
    center = desk.Center(t)
    baresip(t, center, transport='tcp')
    center.child.stop()
    assert b'ann' not in kept(center)
    assert desk.Center(t, keep=center).agent('ann')['registered'] is False


main()

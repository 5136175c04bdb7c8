"""Floods of a center while forty calls go on, of which none may suffer. What
is measured is the machine, so it runs without sanitizers."""

import json
import socket
import subprocess
import time
import urllib.request

import desk
from attack import Calls, bans, metric, yaml_for
from harness import main, test
from wellbeing import Wellbeing, events

FLOOD_S = 4
RATE = 10000
INVITE = ('INVITE sip:{3}@{0} SIP/2.0\r\n'
          'Via: SIP/2.0/UDP {1}:5060;branch=z9hG4bK{2}\r\n'
          'From: <sip:x@{0}>;tag={2}\r\nTo: <sip:{3}@{0}>\r\n'
          'Call-ID: {2}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n'
          'Contact: <sip:x@{1}>\r\nContent-Length: 0\r\n\r\n')


def flood(sockets, center, number='1003'):
    """RATE INVITEs a second from these, where the machine sends as many; and
    as many in all, however long that takes."""
    begin, sent = time.monotonic(), 0
    while sent < FLOOD_S * RATE:
        due = min(int((time.monotonic() - begin) * RATE), FLOOD_S * RATE)
        while sent < due:
            sock, address = sockets[sent % len(sockets)]
            sent += 1
            sock.sendto(INVITE.format(center.sip, address, sent,
                                      number).encode(),
                        (center.address, center.port))
        time.sleep(0.001)
    print('# %d INVITEs in %.1f s' % (sent, time.monotonic() - begin))
    return sent


def flooders(t, count):
    found = []
    for _ in range(count):
        address = t.address()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 5060))
        found.append((sock, address))
    return found


@test(deadline_s=120)
def attack__flood_of_a_stranger_is_a_ban(t):
    t.need('sipp')
    caller = t.address()
    center = desk.Center(t, yaml_for([caller]))
    well = Wellbeing(center)
    calls = Calls(t, center, caller)
    sockets = flooders(t, 1)
    sent = flood(sockets, center)
    listed = bans(center)
    assert [ban['source'] for ban in listed] == [sockets[0][1]], listed
    calls.unharmed()
    assert metric(center, 'usher_sip_banned_total') > sent / 2
    # Lifted, it is heard again.
    request = urllib.request.Request(
        center.url('/api/v1/bans/' + sockets[0][1]), method='DELETE')
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer) == {'result': 'done'}
    assert bans(center) == []
    center.child.wait_for(r'no longer banned: ' + sockets[0][1], 10)
    # That it never gives a password is seen before its rate is.
    wanted = [(what, 'scanner', sockets[0][1]) for what in ('ban', 'ban_end')]
    t.until(lambda: [(e['text'], e['reason'], e['origin'])
                     for e in events(center) if e['type'] == 'security'
                     and e['text'].startswith('ban')] == wanted, 10,
            'the events of the ban')
    well.check()


@test(deadline_s=120)
def attack__flood_of_many_leaves_calls_alone(t):
    """From so many addresses that each is within its rate, and nobody is
    banned: all that can be done is to be quick."""
    t.need('sipp')
    caller = t.address()
    center = desk.Center(t, yaml_for([caller], failures=0))
    well = Wellbeing(center)
    calls = Calls(t, center, caller)
    flood(flooders(t, 200), center)
    print('# refused by overload: %d' % metric(
        center, 'usher_sip_overloaded_total'))
    calls.unharmed()
    well.check()


@test(deadline_s=120)
def attack__flood_of_a_trunk_leaves_calls_alone(t):
    """One that may send as much as it likes: what it gets beyond what can be
    served depends on the machine, but is told when to come again."""
    t.need('sipp')
    caller = t.address()
    sockets = flooders(t, 1)
    center = desk.Center(t, yaml_for([caller, sockets[0][1]]).replace(
        '    allow: []\n', '    allow: []\n    trunk_requests: 0\n'
        '    trunk_calls: 0\n'))
    well = Wellbeing(center)
    # No other one begins meanwhile, which might be refused, too.
    calls = Calls(t, center, caller, rounds=1)
    sock = sockets[0][0]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    flood(sockets, center, 'nobody')
    calls.unharmed()
    sock.settimeout(1)
    answers = {}
    try:
        # They come again and again, since nobody says that they came.
        for _ in range(FLOOD_S * RATE):
            text = sock.recv(4096).decode()
            assert text[8:11] != '503' or 'Retry-After: ' in text, text
            answers[text[8:11]] = answers.get(text[8:11], 0) + 1
    except socket.timeout:
        pass
    print('# answers that were heard: %r' % answers)
    assert set(answers) <= {'100', '404', '503'} and answers, answers
    well.check(figures=False)


def sipsak_floods(t, transport):
    t.need('sipsak', 'sipp')
    caller = t.address()
    center = desk.Center(t, yaml_for([caller]))
    well = Wellbeing(center)
    calls = Calls(t, center, caller)
    sak = subprocess.Popen(
        ['sipsak', '-F', '-E', transport, '-s', 'sip:1003@' + center.sip],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        t.until(lambda: bans(center), 20, 'a ban')
        assert bans(center)[0]['reason'] == 'flood'
        calls.unharmed()
        if transport == 'tcp':
            # Its connection was closed, and there is no other one.
            assert sak.wait(10) != 0
    finally:
        sak.kill()
        sak.wait(5)
    well.check()


@test(deadline_s=120)
def attack__sipsak_floods_in_vain(t):
    sipsak_floods(t, 'udp')


@test(deadline_s=120)
def attack__sipsak_floods_a_connection_in_vain(t):
    sipsak_floods(t, 'tcp')


main()

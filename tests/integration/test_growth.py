"""Calls leave nothing behind: memory, descriptors, ports, measured 40 s after
the last, when SIP's timers are gone. With sound both ways, a recording of each
call, and journal and history on disk."""

import glob
import os
import subprocess
import time

from harness import main, test

# The warm-up is long enough to fill what is bounded: the ring of events that
# readers follow (65,536), the calls whose SIP timers (32 s) still run, the
# caches of SQLite, and the peaks that the allocator keeps pages of.
WARM, CALLS, RATE = 10500, 2000, 40
REST_S = 40
# The heap is counted by the byte, so that a leak of a few shows; what the
# kernel says of the process has pages and arenas in it, and SQLite's caches
# are full only after many more calls. Numbers grow a byte at 2^14 of them,
# and the ring keeps 65,536 events: the calls stay below that.
BYTES_A_CALL = 16
SQLITE_BYTES = 16 << 20
GROWTH_KB = 2048


def udp_ports(pid):
    inodes = set()
    for path in glob.glob('/proc/%d/fd/*' % pid):
        try:
            where = os.readlink(path)
        except OSError:
            continue
        if where.startswith('socket:'):
            inodes.add(where[8:-1])
    with open('/proc/%d/net/udp' % pid) as f:
        return sum(line.split()[9] in inodes for line in f.readlines()[1:])


def handles(pid):
    """Descriptors, ports, threads."""
    return (len(glob.glob('/proc/%d/fd/*' % pid)), udp_ports(pid),
            len(glob.glob('/proc/%d/task/*' % pid)))


def caller_with_sound(t):
    t.run(['sox', '-n', '-r', '8000', '-c', '1', '-e', 'mu-law',
           t.path('tone.wav'), 'synth', '2', 'sine', '440'])
    with open(t.root('tests/bench/calls/caller.xml')) as f:
        text = f.read()
    assert '<!--RTP-->' in text
    with open(t.path('caller.xml'), 'w') as f:
        f.write(text.replace(
            '<!--RTP-->', '<nop><action><exec rtp_stream="%s,-1,0"/>'
            '</action></nop>' % t.path('tone.wav')))
    return t.path('caller.xml')


@test(deadline_s=900, full=True)
def center__does_not_grow_over_thousands_of_calls(t):
    center, agents, callers = t.address(), t.address(), t.address()
    child = t.start([t.program('bench-center'), center + ':5060',
                     agents + ':5060', 160, t.path('state'), 'record'],
                    name='center', stdin=subprocess.PIPE)
    child.wait_for('^ready', 20)

    def say(line):
        child.process.stdin.write(line + '\n')
        child.process.stdin.flush()

    def stats():
        start = len(child.lines)
        say('stats')
        return [int(x) for x in child.wait_for(r'^stats (.*)', 20, start)
                .group(1).split()]

    say('in')
    t.sipp_start(['-sf', t.root('tests/bench/calls/agent.xml'), '-i', agents,
                  '-mi', agents, '-p', '5060', '-rtp_echo'], name='agents')
    scenario = caller_with_sound(t)

    def state(count):
        """kB, answered, bytes in use, of SQLite, handles afterwards."""
        t.sipp(['-sf', scenario, '-i', callers, '-mi', callers, '-p', '5060',
                center + ':5060', '-m', count, '-r', RATE, '-d', '1000',
                '-l', '400'], 60 + count // RATE * 2)
        time.sleep(REST_S)
        numbers = stats()
        return (numbers[1], *numbers[4:], handles(child.pid))

    states = [state(count) for count in (WARM, CALLS, CALLS)]
    for numbers in states:
        print('# %d kB, %d answered, %d bytes in use, %d of SQLite, %r'
              % numbers)
    recorded = glob.glob(t.path('state/recordings/*/call-*.wav'))
    assert len(recorded) == states[-1][1] == WARM + 2 * CALLS, len(recorded)
    assert os.path.getsize(recorded[-1]) > 8000, 'a recording without sound'
    assert states[0][4] == states[1][4] == states[2][4], states
    assert states[2][3] < SQLITE_BYTES, states
    slope = (states[2][2] - states[1][2]) / CALLS
    print('# %.1f bytes a call' % slope)
    assert slope < BYTES_A_CALL, states
    assert states[2][0] - states[1][0] < GROWTH_KB, states


main()

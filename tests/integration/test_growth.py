"""2,000 calls leave nothing behind: memory, descriptors, ports, measured 40 s
after the last, when SIP's timers are gone."""

import glob
import os
import subprocess
import time

from harness import main, test

# The warm-up is long enough to fill what is bounded: the ring of events that
# readers follow (65,536), and the calls whose SIP timers (32 s) still run.
WARM, CALLS = 3200, 2000
GROWTH_KB = 2048


def rss_kb(pid):
    with open('/proc/%d/status' % pid) as f:
        for line in f:
            if line.startswith('VmRSS:'):
                return int(line.split()[1])
    return 0


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


def state(pid):
    return (rss_kb(pid), len(glob.glob('/proc/%d/fd/*' % pid)),
            udp_ports(pid), len(glob.glob('/proc/%d/task/*' % pid)))


@test(deadline_s=400, full=True)
def center__does_not_grow_over_two_thousand_calls(t):
    center, agents, callers = t.address(), t.address(), t.address()
    child = t.start([t.program('bench-center'), center + ':5060',
                     agents + ':5060', 120], name='center',
                    stdin=subprocess.PIPE)
    child.wait_for('^ready', 20)
    child.process.stdin.write('in\n')
    child.process.stdin.flush()
    t.sipp_start(['-sf', t.root('tests/bench/calls/agent.xml'), '-i', agents,
                  '-p', '5060'], name='agents')
    time.sleep(1)

    def calls(count):
        t.sipp(['-sf', t.root('tests/bench/calls/caller.xml'), '-i', callers,
                '-p', '5060', center + ':5060', '-m', count, '-r', '40', '-d',
                '1000', '-l', '400'], 120)

    calls(WARM)
    time.sleep(40)
    before = state(child.pid)
    calls(CALLS)
    time.sleep(40)
    after = state(child.pid)
    print('# before %r, after %r' % (before, after))
    assert after[1:] == before[1:], (before, after)
    assert after[0] - before[0] < GROWTH_KB, (before, after)


main()

"""sh examples/run, as a newcomer does it."""

import json
import os
import re
import signal
import time
import urllib.request

from harness import BUILD, main, test


def state(address):
    with urllib.request.urlopen(
            'http://%s/api/v1/state' % address, timeout=5) as answer:
        return json.load(answer)


@test(deadline_s=240)
def run__opens_shows_life_and_closes(t):
    # The optimized build where there is one: sanitizers are not what a
    # newcomer waits for.
    build = os.path.join(os.path.dirname(BUILD), 'opt')
    address = t.address()
    run = t.start(['sh', t.root('examples', 'run'), '--listen', address,
                   '--crowd', '20'], name='run',
                  env={'USHER_BUILD': build if os.path.isdir(build)
                       else BUILD})
    board = run.wait_for(r'^Wallboard: http://([\d.:]+)/', 120).group(1)
    assert board.startswith(address + ':')
    run.wait_for(r'^Open for business', 30)
    began = time.monotonic()
    t.until(lambda: sum(q['entered'] for q in state(board)['queues']), 30,
            'a caller in a queue')
    print('# the wallboard moved after %.1f s' % (time.monotonic() - began))
    t.until(lambda: sum(q['answered'] for q in state(board)['queues']), 60,
            'an answered call')
    # As a terminal does it: to all of the group.
    run.waited = True
    os.killpg(run.pid, signal.SIGINT)
    run.wait(30, 0)
    lines = run.lines
    closing = next(i for i, line in enumerate(lines) if 'Closing' in line)
    assert not any(line.startswith('crowd:') for line in lines[closing:]), (
        'the crowd was still there when the center closed')
    assert not re.search(r'rror|ailed to', run.output()), 'complaints'
    try:
        urllib.request.urlopen('http://%s/' % board, timeout=2)
        raise AssertionError('the center still runs')
    except OSError:
        pass


main()

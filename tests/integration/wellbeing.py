"""What a center has to be like when everything that befell it is over: no call
stuck, no agent stuck, nothing leaked, figures right.

    well = Wellbeing(center)      # before, at rest
    …                             # faults
    well.check()                  # when nobody should be left
"""

import glob
import re
import urllib.request

# Queues' counters of /metrics, and the event that each counts.
COUNTED = {
    'entered': lambda e: e['type'] == 'queue_entered',
    'answered': lambda e: left(e, 'answered'),
    'abandoned': lambda e: left(e, 'abandoned'),
}


def left(event, how):
    return event['type'] == 'queue_left' and event['leave'] == how


def events(center):
    """All that happened, page by page."""
    begin = 1
    while True:
        page = center.get('/api/v1/events?from=%d' % begin)['events']
        if not page:
            return
        yield from page
        begin = int(page[-1]['seq']) + 1


class Wellbeing:
    def __init__(self, center):
        self.t, self.center = center.t, center
        # Who reads history has it open from then on, once it is there.
        self.t.until(lambda: list(events(center)), 20, 'a history')
        self.before = self.descriptors()

    def descriptors(self):
        return len(glob.glob('/proc/%d/fd/*' % self.center.child.pid))

    def metrics(self):
        with urllib.request.urlopen(self.center.url('/metrics'),
                                    timeout=20) as answer:
            return answer.read().decode()

    def metric(self, name):
        return int(re.search(r'^%s (\d+)$' % name, self.metrics(),
                             re.M).group(1))

    def agents_stuck(self):
        return [a for a in self.center.get('/api/v1/agents')
                if a.get('activity') not in ('', 'idle', None)]

    def happened(self):
        """All events, once those of the last contact are in history."""
        found, seq = [], int(self.center.get('/api/v1/state')['seq'])

        def whole():
            found[:] = events(self.center)
            if not found or int(found[-1]['seq']) < seq:
                return False
            return (sum(e['type'] == 'contact_started' for e in found)
                    == sum(e['type'] == 'contact_closed' for e in found))
        self.t.until(whole, 20, 'the end of each contact in history')
        return found

    def figures(self):
        """Each queue's counters against what its events say."""
        happened, text = self.happened(), self.metrics()
        for queue in self.center.get('/api/v1/queues'):
            counts = {}
            for name, fits in COUNTED.items():
                counts[name] = int(re.search(
                    r'^usher_queue_%s_total\{.*queue="%s"\} (\d+)$' % (
                        name, queue['name']), text, re.M).group(1))
                told = sum(fits(e) and e['queue'] == queue['id']
                           for e in happened)
                assert counts[name] == told, (queue['name'], name, counts,
                                              told)
            gone = sum(e['type'] == 'queue_left'
                       and e['queue'] == queue['id'] for e in happened)
            assert counts['entered'] == gone, (queue['name'], counts, gone)
            assert queue['waiting'] == 0, queue

    def check(self, timeout_s=60, vanished=False, figures=True):
        """vanished: legs of phones that are gone last as long as SIP's timers,
        and are not waited for. figures: False where history has more than
        HTTP lets us read at once."""
        until = self.t.until
        until(lambda: self.center.get('/api/v1/contacts') == [], timeout_s,
              'no contact')
        until(lambda: not self.agents_stuck(), timeout_s, 'no agent stuck')
        until(lambda: self.metric('usher_media_ports') == 0, timeout_s,
              'no port')
        if not vanished:
            until(lambda: self.metric('usher_legs') == 0, timeout_s, 'no leg')
            until(lambda: self.descriptors() <= self.before, timeout_s,
                  'no descriptor')
        if figures:
            self.figures()

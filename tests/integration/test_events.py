"""Clients that follow a center by sequence number: nothing is missed, told
twice or out of order, whatever ends the center and whenever they come back."""

import os
import random
import sqlite3
import threading
import time

import desk
from harness import main, test
from web import Web

# Agents at applications, so that an event costs no more than a request.
DESK = '''
sip: {{listen: {address}:{sip}}}
media: {{ports: {rtp}-{rtp_end}}}
http: {{listen: {address}:{http}}}
{state_line}
agents:
  a0: {{endpoints: [app]}}
  a1: {{endpoints: [app]}}
queues:
  q: {{}}
entries:
  "1": {{queue: q}}
{more}
'''
KEPT = DESK.replace('{state_line}', 'state: {state}')
UNKEPT = DESK.replace('{state_line}', '')


def ask(center, path, method='GET'):
    """As a client of its own: each may ask a hundred times a second."""
    web = Web(center.address, center.http_port, 20,
              '127.60.%d.%d' % (random.randrange(256), random.randrange(256)))
    try:
        return web.request(method, path)
    finally:
        web.close()


def newest(center):
    return int(center.get('/api/v1/state')['seq'])


def busy(center, times):
    """Two events each: a change of an agent's presence, and its outcome."""
    for i in range(times):
        answer = ask(center, '/api/v1/agents/a0/sign-' + ('in', 'out')[i % 2],
                     'POST')
        assert answer.status == 200, answer.body


class Pager:
    """Syncs by GET, from its last sequence number on."""

    def __init__(self):
        self.seen = []
        self.next = 1
        self.waited = 0

    def take(self, event):
        seq = int(event['seq'])
        assert seq == len(self.seen) + 1, (seq, len(self.seen))
        self.seen.append(event)

    def page(self, center, limit=100):
        """True when there is nothing more."""
        answer = ask(center, '/api/v1/events?from=%d&limit=%d' % (self.next,
                                                                  limit))
        if answer.status == 503:
            assert answer.headers['retry-after'] == '1'
            assert answer.json()['error']['code'] == 'try_again'
            self.waited += 1
            time.sleep(0.05)
            return False
        said = answer.json()
        assert answer.status == 200, said
        for event in said['events']:
            self.take(event)
        self.next = int(said['next'])
        assert self.next == len(self.seen) + 1, (self.next, len(self.seen))
        return not said['events']

    def all(self, t, center):
        """Up to the newest event there is when it begins."""
        end = newest(center)
        t.until(lambda: self.page(center), 30, 'all events')
        assert len(self.seen) >= end, (len(self.seen), end)


@test(deadline_s=60)
def events__have_no_hole_at_their_end(t):
    """What has been answered can be had, though history is behind."""
    center = desk.Center(t, KEPT)
    pager = Pager()
    for _ in range(50):
        busy(center, 2)
        pager.all(t, center)
    kinds = [e['type'] for e in pager.seen]
    assert kinds.count('started') == 1
    assert kinds.count('request_done') == 100
    # With a condition, too.
    said = center.get('/api/v1/events?from=%d&contact=1' % (pager.next - 1))
    assert said == {'events': [], 'next': str(pager.next - 1)}


class Traffic(threading.Thread):
    """Requests, as fast as they go, until nobody answers."""

    def __init__(self, center):
        super().__init__(daemon=True)
        self.center = center
        self.start()

    def run(self):
        try:
            while True:
                busy(self.center, 2)
        except (EOFError, OSError):
            pass


class Listener(threading.Thread):
    """A WebSocket, until it is cut; what it heard."""

    def __init__(self, center, first):
        super().__init__(daemon=True)
        self.web = Web(center.address, center.http_port, 60)
        assert self.web.upgrade(
            '/api/v1/events?from=%d' % first).status == 101
        self.heard = []
        self.start()

    def run(self):
        try:
            while True:
                self.heard.append(self.web.message())
        except (EOFError, OSError, AssertionError):
            pass


@test(deadline_s=180)
def clients__miss_nothing_over_kill_9(t):
    center = desk.Center(t, KEPT)
    pager, live = Pager(), Pager()
    for turn in range(4):
        # Whoever listens is told what is in memory no more, and pages for it.
        listener = Listener(center, len(live.seen) + 1)
        traffic = Traffic(center)
        until = newest(center) + 150
        while len(pager.seen) < until:
            pager.page(center)
        center.child.kill()
        traffic.join(20)
        listener.join(20)
        again = desk.Center(t, keep=center)
        for message in listener.heard:
            if 'lagged' not in message:
                live.take(message)
                continue
            assert turn, message
            gap = Pager()
            gap.seen, gap.next = list(live.seen), len(live.seen) + 1
            resume = int(message['resume_at'])
            assert resume > gap.next, (resume, gap.next)
            t.until(lambda: gap.next >= resume or gap.page(again, 1), 20,
                    'what was missed')
            live.seen = gap.seen[:resume - 1]
        center = again
        pager.all(t, center)
    assert len(live.seen) > 600, len(live.seen)
    # Both were told the same, and it is what a new client hears.
    assert live.seen == pager.seen[:len(live.seen)]
    fresh = Pager()
    fresh.all(t, center)
    assert fresh.seen[:len(pager.seen)] == pager.seen
    starts = [e for e in pager.seen if e['type'] == 'started']
    assert len(starts) == 5, len(starts)


@test(deadline_s=120)
def history__that_is_behind_is_waited_for(t):
    """Who keeps others from writing to it stands for a journal that takes
    long to fold, and for a disk that is slow."""
    center = desk.Center(t, KEPT)
    busy(center, 10)
    pager = Pager()
    pager.all(t, center)
    path = os.path.join(center.state, 'history.db')
    db = sqlite3.connect(path, isolation_level=None)
    t.until(lambda: db.execute('SELECT max(seq) FROM event').fetchone()[0]
            == newest(center), 20, 'history')
    db.execute('BEGIN IMMEDIATE')
    behind = newest(center) + 1
    busy(center, 20)
    # The center remembers it.
    pager.all(t, center)
    assert ask(center, '/api/v1/history/contacts').status == 200
    end = newest(center)
    center.child.kill()
    again = desk.Center(t, keep=center)
    # Of what is in neither place no answer leaves out a part.
    fresh = Pager()
    t.until(lambda: fresh.page(again) or fresh.waited, 20, 'a refusal')
    assert fresh.next == behind, (fresh.next, behind)
    for number in (behind, end):
        answer = ask(again, '/api/v1/events?from=%d' % number)
        assert answer.status == 503, answer.body
        assert answer.headers['retry-after'] == '1'
        assert answer.json()['error']['code'] == 'try_again'
    for table in ('contacts', 'segments', 'intervals', 'messages?contact=1'):
        answer = ask(again, '/api/v1/history/' + table)
        assert answer.status == 503, (table, answer.body)
    # The run's own are there, also for who was up to date.
    pager.all(t, again)
    db.rollback()
    db.close()
    fresh.all(t, again)
    assert fresh.seen == pager.seen
    assert ask(again, '/api/v1/history/contacts').status == 200


@test(deadline_s=120)
def history__that_was_removed_is_made_again(t):
    center = desk.Center(t, KEPT)
    busy(center, 700)
    whole = Pager()
    whole.all(t, center)
    center.child.kill()
    for name in os.listdir(center.state):
        if name.startswith('history.db'):
            os.unlink(os.path.join(center.state, name))
    again = desk.Center(t, keep=center)
    pager = Pager()
    pager.page(again, 1)
    pager.all(t, again)
    assert pager.seen[:len(whole.seen)] == whole.seen


@test(deadline_s=60)
def number__that_has_not_been_is_refused(t):
    center = desk.Center(t, KEPT)
    end = newest(center)
    said = center.get('/api/v1/events?from=%d' % (end + 1))
    assert said == {'events': [], 'next': str(end + 1)}
    for more in (2, 1000, 2 ** 63 - 1 - end):
        answer = ask(center, '/api/v1/events?from=%d' % (end + more))
        assert answer.status == 404, answer.json()
        assert answer.json()['error']['code'] == 'not_found'
    for bad in (2 ** 63, 2 ** 64 - 1):
        answer = ask(center, '/api/v1/events?from=%d' % bad)
        assert answer.status == 400, answer.json()


@test(deadline_s=60)
def numbers__that_begin_anew_are_told(t):
    """Without a folder each start is the first."""
    center = desk.Center(t, UNKEPT)
    busy(center, 40)
    end = newest(center)
    center.child.kill()
    again = desk.Center(t, keep=center)
    assert newest(again) < end
    web = Web(again.address, again.http_port)
    assert web.upgrade('/api/v1/events?from=%d' % (end + 1)).status == 101
    assert web.message() == {'lagged': True, 'resume_at': '1'}
    seqs = [int(web.message()['seq']) for _ in range(newest(again))]
    assert seqs == list(range(1, len(seqs) + 1))


@test(deadline_s=60)
def stream__waits_for_what_comes_next(t):
    center = desk.Center(t, KEPT)
    end = newest(center)
    web = Web(center.address, center.http_port)
    assert web.upgrade('/api/v1/events?from=%d' % (end + 1)).status == 101
    busy(center, 1)
    event = web.message()
    assert int(event['seq']) == end + 1, event


main()

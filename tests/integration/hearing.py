"""Who hears whom at the phones of a center: each says a tone of its own, and
keeps what it hears."""

import glob
import json
import os
import sqlite3
import wave

import desk
import wav
from peers import write_tone

CYD = '  cyd: {{password: cyd-pw, pin: "1111", extension: "203"}}\n'
# The legs of a conversation begin on threads of their own.
YAML = desk.YAML.replace('agents:\n', 'agents:\n' + CYD, 1).replace(
    'media:\n', 'media:\n  threads: 4\n')

# Multiples of 5 Hz: whole periods in a window, none near another's harmonic.
CUSTOMER, ANN, BOB, CYD_SAYS = 505, 735, 1120, 1730
ANN_ASIDE, BOB_ASIDE, CYD_ASIDE = 905, 1315, 2230
MUSIC = 2650
TONES = (CUSTOMER, ANN, BOB, CYD_SAYS, ANN_ASIDE, BOB_ASIDE, CYD_ASIDE, MUSIC)
WINDOW = 1600
STAYS = 4  # windows
THERE_DB, NOT_THERE_DB = -30, -42


def sounds(t, seconds=40):
    """A folder of prompts: what is said of music.wav is MUSIC."""
    os.makedirs(t.path('sounds'), exist_ok=True)
    write_tone(t.path('sounds', 'music.wav'), MUSIC, seconds)
    return 'sounds: %s\n' % t.path('sounds')


def tones(samples, above=THERE_DB):
    """Those that are in any window."""
    return {hz for hz in TONES if wav.loudest(samples, hz, WINDOW) > above}


class Line:
    """A call at a phone, with a tone and a tape."""

    def __init__(self, t, phone, call, hz):
        self.phone, self.call, self.path = phone, call, t.path(
            'heard-%s-%s.wav' % (phone.address, call))
        phone.say('record', call, self.path)
        self.says(hz)

    def says(self, hz):
        self.phone.say('silence', self.call)
        self.phone.say('tone', self.call, hz)

    def tape(self):
        """What it has heard; the first channel is what came."""
        try:
            return wav.channels(self.path)[0]
        except (FileNotFoundError, EOFError, wave.Error):
            return []


def passes(t, *lines):
    """Let some sound go by; returns where on each tape it began."""
    start = {line: len(line.tape()) for line in lines}
    t.until(lambda: all(len(line.tape()) >= start[line] + STAYS * WINDOW
                        for line in lines), 15, 'longer tapes')
    return start


def hear(t, what):
    """Each line comes to hear these tones alone, and goes on to."""
    def now():
        tapes = {line: line.tape()[-WINDOW:] for line in what}
        return all(len(tape) == WINDOW and tones(tape) == what[line]
                   and tones(tape, NOT_THERE_DB) == what[line]
                   for line, tape in tapes.items())

    try:
        t.until(now, 15, 'sound')
    except AssertionError:
        raise AssertionError('wanted and heard: %r' % [
            (line.phone.child.name, wanted,
             tones(line.tape()[-WINDOW:], NOT_THERE_DB))
            for line, wanted in what.items()])
    start = passes(t, *what)
    for line, wanted in what.items():
        tape = line.tape()[start[line]:start[line] + STAYS * WINDOW]
        assert tones(tape) == wanted, (line.phone.child.name, tones(tape))
        assert tones(tape, NOT_THERE_DB) == wanted, (
            line.phone.child.name, tones(tape, NOT_THERE_DB))


def recorded(t, center, *wanted):
    """So many recordings come to their end, with these tones in the two
    channels of each."""
    count = len(wanted)
    t.until(lambda: len([
        e for e in center.get('/api/v1/events?from=1')['events']
        if e['type'] == 'recording_stopped']) == count, 10,
        '%d recordings' % count)
    files = sorted(glob.glob(center.state + '/recordings/*/call-*.wav'))
    assert len(files) == count, files
    for path, sides in zip(files, wanted):
        got = [tones(side, NOT_THERE_DB) for side in wav.channels(path)]
        assert got == list(sides), (path, got)


class Desk:
    """A customer who talks with ann; bob is ready, cyd has a phone."""

    def __init__(self, t, yaml=YAML, **more):
        self.t, self.center = t, desk.Center(t, yaml, **more)
        phones = {name: desk.Phone(t, self.center, name, name + '-pw')
                  for name in ('ann', 'bob', 'cyd')}
        caller = desk.Phone(t, self.center)
        self.phones, self.seen = phones, {}
        self.center.post('/api/v1/agents/ann/sign-in')
        call = caller.call('1001')
        rung = self.answers('ann')
        self.center.until_agent('ann', activity='talking')
        self.center.post('/api/v1/agents/bob/sign-in')
        self.contact = self.center.agent('ann')['contact']
        self.customer = Line(t, caller, call, CUSTOMER)
        self.ann = Line(t, phones['ann'], rung, ANN)
        hear(t, {self.customer: {ANN}, self.ann: {CUSTOMER}})

    def answers(self, name):
        phone = self.phones[name]
        call = phone.incoming(self.seen.get(name, 0))
        self.seen[name] = phone.mark()
        phone.say('answer', call)
        return call

    def line(self, name, hz):
        return Line(self.t, self.phones[name], self.answers(name), hz)

    def act(self, action, **body):
        return self.center.post('/api/v1/agents/ann/' + action,
                                dict(body, contact=self.contact))

    def supervise(self, mode):
        return self.center.post('/api/v1/contacts/%s/supervise' % self.contact,
                                {'mode': mode, 'agent': 'cyd'})

    def supervised(self, *wanted):
        """What history tells of who listened: event and part taken."""
        def told():
            with sqlite3.connect('file:%s/history.db?mode=ro'
                                 % self.center.state, uri=True) as db:
                return [(kind[len('supervision_'):], json.loads(text)['mode'])
                        for kind, text in db.execute(
                            "SELECT type, json FROM event WHERE contact=? AND "
                            "type LIKE 'supervision%' ORDER BY seq",
                            (int(self.contact),))]
        self.t.until(lambda: len(told()) == len(wanted), 10, 'its history')
        assert told() == list(wanted), told()

    def recorded(self, *wanted):
        """Both channels of each recording, once all is over."""
        self.customer.phone.say('hangup', self.customer.call)
        recorded(self.t, self.center, *wanted)

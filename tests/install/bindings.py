"""Other languages reach the installed libraries: ctypes and cgo."""

import atexit
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import prefix  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402

BINDINGS = os.path.join(prefix.ROOT, 'bindings')
# What one caller and one free agent make of a queue.
SAYS = ['queue_set', 'agent_set', 'agent_presence', 'contact_started',
        'queue_entered', 'offer_made']


def offers(output):
    """One event a line; the last one offers the caller to the agent."""
    events = [json.loads(line) for line in output.splitlines()]
    assert [event['type'] for event in events] == SAYS, output
    assert [event['seq'] for event in events] == list('123456'), output
    queue, agent, presence, contact, entered, offer = events
    assert (queue['name'], agent['name']) == ('sales', 'ann'), output
    assert presence['agent'] == offer['agent'] == agent['agent'], output
    assert entered['queue'] == offer['queue'] == queue['queue'], output
    assert offer['contact'] == contact['contact'], output


@test(deadline_s=60)
def python__routes_a_contact(t):
    offers(t.run(sys.executable, os.path.join(BINDINGS, 'python', 'smoke.py'),
                 os.path.join(t.lib, 'libusher-core.so.0')))


@test(deadline_s=240)
def go__routes_a_contact(t):
    module = os.path.join(t.dir, 'go')
    shutil.copytree(os.path.join(BINDINGS, 'go'), module)
    program = os.path.join(t.dir, 'smoke')
    env = dict(os.environ, CGO_ENABLED='1', GOPROXY='off', GOFLAGS='',
               GO111MODULE='on', GOTOOLCHAIN='local',
               GOCACHE=os.path.join(prefix.ROOT, 'build', 'go-cache'),
               GOPATH=os.path.join(t.dir, 'gopath'),
               PKG_CONFIG_PATH=os.path.join(t.lib, 'pkgconfig'))
    prefix.run(['go', 'build', '-o', program, '.'], cwd=module, env=env)
    offers(t.run(program))


atexit.register(prefix.remove)
tap.main(prefix.Prefix)

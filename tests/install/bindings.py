"""Other languages reach the installed libraries: ctypes and cgo."""

import atexit
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import prefix  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402

BINDINGS = os.path.join(prefix.ROOT, 'bindings')
# What one caller and one free agent make of a queue.
SAYS = ('queue_set', 'agent_set', 'agent_presence', 'contact_started',
        'queue_entered', 'offer_made')


def says_all(output):
    at = 0
    for event in SAYS:
        found = output.find(event, at)
        assert found >= 0, '%s is not where it belongs in\n%s' % (
            event, output)
        at = found


@test(deadline_s=60)
def python__routes_a_contact(t):
    says_all(t.run(sys.executable, os.path.join(BINDINGS, 'python',
                                                'smoke.py'),
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
    says_all(t.run(program))


atexit.register(prefix.remove)
tap.main(prefix.Prefix)

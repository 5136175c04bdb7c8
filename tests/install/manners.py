"""Manners in the host's process: signals, descriptors, fork, output. See
manners.c
and manners_server.c."""

import atexit
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import prefix  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402


@test(deadline_s=60)
def shared__leaves_the_process_as_it_was(t):
    t.run(t.compile('manners.c', 'manners', *t.pkg_config(
        '--cflags', '--libs', 'usher')))


@test(deadline_s=60)
def static__leaves_the_process_as_it_was(t):
    t.run(t.compile('manners.c', 'manners', *t.pkg_config(
        '--static', '--cflags', '--libs', 'usher', lib=t.archives_only())))


@test(deadline_s=120)
def server__leaves_the_process_and_a_parent_as_they_were(t):
    t.run(t.compile('manners_server.c', 'manners-server', *t.pkg_config(
        '--cflags', '--libs', 'usher-server')))


atexit.register(prefix.remove)
tap.main(prefix.Prefix)

"""Which timers run: our wheel, whatever the way of linking, and never in the
host's place. See timers.c."""

import atexit
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import prefix  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402

LIBRE = ['-DHAVE_INTTYPES_H', '-DHAVE_STDBOOL_H', '-DHAVE_INET6',
         '-DHAVE_PTHREAD', '-DUSE_OPENSSL', '-DUSE_TLS']


def need_private(t):
    needed = prefix.run(['readelf', '-d', os.path.join(t.lib, 'libusher.so')])
    if 'libre.so' in needed:
        raise tap.Skip('this build uses the shared libre')


def runs(t, kind, *flags):
    program = t.compile('timers.c', 'timers', '-rdynamic', *flags)
    told = t.run(program).split()
    assert told[-1:] == [kind], 'runs on %s' % told


@test(deadline_s=60)
def shared__runs_the_wheel(t):
    need_private(t)
    runs(t, 'wheel', *t.pkg_config('--cflags', '--libs', 'usher'))


@test(deadline_s=60)
def static__runs_the_wheel(t):
    need_private(t)
    runs(t, 'wheel', *t.pkg_config(
        '--static', '--cflags', '--libs', 'usher',
        lib=t.archives_only()))


@test(deadline_s=60)
def opened_locally__runs_the_wheel(t):
    need_private(t)
    runs(t, 'wheel', '-DOPEN', '-ldl',
                  *t.pkg_config('--cflags', 'usher'))


@test(deadline_s=60)
def host_with_libre_first__keeps_its_own(t):
    need_private(t)
    libre = prefix.run(['pkg-config', '--cflags', '--libs', 'libre']).split()
    runs(t, 'wheel', '-DHOST', *LIBRE, *libre, *t.pkg_config(
        '--cflags', '--libs', 'usher'))


@test(deadline_s=60)
def static_in_a_host_with_libre__keeps_its_own(t):
    need_private(t)
    libre = prefix.run(['pkg-config', '--cflags', '--libs', 'libre']).split()
    runs(t, 'wheel', '-DHOST', *LIBRE, *libre, *t.pkg_config(
        '--static', '--cflags', '--libs', 'usher',
        lib=t.archives_only()))


@test(deadline_s=600)
def option_shared__runs_the_list_of_libre(t):
    """-Dlibre=shared still builds, and the test can tell the difference."""
    build = os.path.join(prefix.ROOT, 'build', 'libre-shared')
    if not os.path.exists(os.path.join(build, 'build.ninja')):
        ccache = 'ccache ' if shutil.which('ccache') else ''
        prefix.run(['meson', 'setup', build, prefix.ROOT, '-Dlibre=shared',
                    '-Dtests=false', '-Dexamples=false',
                    '-Dserver=disabled'],
                   env=dict(os.environ, CC=ccache + 'gcc'))
    prefix.run(['ninja', '-C', build])
    other = os.path.join(t.dir, 'prefix')
    os.mkdir(other)
    t.install(other, build)
    t.lib = t.find_lib(other)
    needed = prefix.run(['readelf', '-d', os.path.join(t.lib, 'libusher.so')])
    assert 'libre.so' in needed
    runs(t, 'list', *t.pkg_config('--cflags', '--libs', 'usher'))


atexit.register(prefix.remove)
tap.main(prefix.Prefix)

"""Which timers run: our wheel, whatever the way of linking, and never in the
host's place. See timers.c."""

import atexit
import os
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


def timers(t, *flags):
    program = t.compile('timers.c', 'timers', '-rdynamic', *flags)
    return t.run(program).strip()


@test(deadline_s=60)
def shared__runs_the_wheel(t):
    need_private(t)
    assert timers(t, *t.pkg_config('--cflags', '--libs', 'usher')) == 'wheel'


@test(deadline_s=60)
def static__runs_the_wheel(t):
    need_private(t)
    assert timers(t, *t.pkg_config(
        '--static', '--cflags', '--libs', 'usher',
        lib=t.archives_only())) == 'wheel'


@test(deadline_s=60)
def opened_locally__runs_the_wheel(t):
    need_private(t)
    assert timers(t, '-DOPEN', '-ldl',
                  *t.pkg_config('--cflags', 'usher')) == 'wheel'


@test(deadline_s=60)
def host_with_libre_first__keeps_its_own(t):
    need_private(t)
    libre = prefix.run(['pkg-config', '--cflags', '--libs', 'libre']).split()
    assert timers(t, '-DHOST', *LIBRE, *libre, *t.pkg_config(
        '--cflags', '--libs', 'usher')) == 'wheel'


@test(deadline_s=60)
def static_in_a_host_with_libre__keeps_its_own(t):
    need_private(t)
    libre = prefix.run(['pkg-config', '--cflags', '--libs', 'libre']).split()
    assert timers(t, '-DHOST', *LIBRE, *libre, *t.pkg_config(
        '--static', '--cflags', '--libs', 'usher',
        lib=t.archives_only())) == 'wheel'


@test(deadline_s=240)
def option_shared__runs_the_list_of_libre(t):
    """-Dlibre=shared still builds, and the test can tell the difference."""
    build = os.path.join(prefix.ROOT, 'build', 'libre-shared')
    if not os.path.exists(os.path.join(build, 'build.ninja')):
        prefix.run(['meson', 'setup', build, prefix.ROOT, '-Dlibre=shared',
                    '-Dtests=false', '-Dexamples=false',
                    '-Dserver=disabled'])
    prefix.run(['ninja', '-C', build])
    other = os.path.join(t.dir, 'prefix')
    os.mkdir(other)
    t.install(other, build)
    t.lib = t.find_lib(other)
    needed = prefix.run(['readelf', '-d', os.path.join(t.lib, 'libusher.so')])
    assert 'libre.so' in needed
    assert timers(t, *t.pkg_config('--cflags', '--libs', 'usher')) == 'list'


atexit.register(prefix.remove)
tap.main(prefix.Prefix)

"""meson install, then a small program against each library, shared and
static, by what pkg-config says."""

import atexit
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import prefix  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402

PROGRAMS = {
    'usher-core': '''
#include <stdio.h>
#include <usher/acd.h>
#include <usher/version.h>

int main(void)
{
	struct usher_acd_opts opts;
	struct usher_acd *acd;

	usher_acd_opts_init(&opts, sizeof(opts));
	if (usher_acd_new(&acd, &opts, NULL))
		return 1;
	usher_acd_free(acd);
	return printf("core %s\\n", usher_version()) < 0;
}
''',
    'usher': '''
#include <stdio.h>
#include <usher/call.h>
#include <usher/error.h>

int main(void)
{
	struct usher_phone_opts opts;
	struct usher_phone *phone;
	struct usher_error err = {0};

	usher_phone_opts_init(&opts, sizeof(opts));
	if (usher_phone_new(&phone, &opts, &err))
		return printf("%s\\n", err.message), 1;
	printf("phone on port %d\\n", usher_phone_port(phone));
	usher_phone_free(phone);
	return 0;
}
''',
    'usher-server': '''
#include <stdio.h>
#include <usher/error.h>
#include <usher/server.h>

int main(void)
{
	struct usher_server_opts opts;
	struct usher_server *server;
	struct usher_error err = {0};

	usher_server_opts_init(&opts, sizeof(opts));
	opts.config_file = "/nowhere/center.yaml";
	int code = usher_server_new(&server, &opts, &err);
	return printf("%s: %s\\n", usher_strerror(code), err.message) < 0;
}
''',
}
SAYS = {'usher-core': r'core 0\.1\.0', 'usher': r'phone on port \d+',
        'usher-server': r'/nowhere|such|open'}


def shared(t, name):
    flags = t.pkg_config('--cflags', '--libs', name)
    program = t.compile(PROGRAMS[name], name, *flags)
    needed = prefix.run(['readelf', '-d', program])
    assert 'lib%s.so.0' % name in needed, needed
    assert re.search(SAYS[name], t.run(program))


def static(t, name):
    flags = t.pkg_config('--static', '--cflags', '--libs', name,
                         lib=t.archives_only())
    program = t.compile(PROGRAMS[name], name, *flags)
    needed = prefix.run(['readelf', '-d', program])
    assert 'libusher' not in needed, needed
    assert re.search(SAYS[name], t.run(program))


@test(deadline_s=120)
def core__links_shared(t):
    shared(t, 'usher-core')


@test(deadline_s=120)
def core__links_static(t):
    static(t, 'usher-core')


@test(deadline_s=120)
def usher__links_shared(t):
    shared(t, 'usher')


@test(deadline_s=120)
def usher__links_static(t):
    static(t, 'usher')


@test(deadline_s=120)
def server__links_shared(t):
    shared(t, 'usher-server')


@test(deadline_s=120)
def server__links_static(t):
    static(t, 'usher-server')


@test()
def headers__are_all_installed(t):
    ours = os.listdir(os.path.join(prefix.ROOT, 'include', 'usher'))
    theirs = os.listdir(os.path.join(t.prefix, 'include', 'usher'))
    assert sorted(ours) == sorted(theirs)


atexit.register(prefix.remove)
tap.main(prefix.Prefix)

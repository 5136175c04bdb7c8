"""The tree keeps its house: rules.py on the sources, binaries.py on what was
built from them."""

import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get('USHER_BUILD')
                        or os.path.join(ROOT, 'build'))
sys.path[:0] = [os.path.dirname(HERE), HERE]

import binaries  # noqa: E402
import calls  # noqa: E402
import rules  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402

LIBRARIES = ('usher-core', 'usher', 'usher-server')


def holds(complaints):
    assert not complaints, '\n'.join(complaints)


def library(name, suffix='.so'):
    path = os.path.join(BUILD, 'lib', 'lib' + name + suffix)
    assert os.path.exists(path), path + ' is not built'
    return path


@test()
def includes__run_one_way(t):
    holds(rules.includes(ROOT))


@test()
def public_functions__live_in_their_headers_room(t):
    holds(rules.belongs(ROOT))


@test()
def files_and_functions__are_short(t):
    for line in rules.lengths(ROOT, 0):
        print('# long:', line)
    holds(rules.lengths(ROOT))


@test()
def sources__name_no_machine(t):
    holds(rules.machine_paths(ROOT))


@test()
def libraries__leave_the_process_alone(t):
    holds(rules.calls(ROOT))


@test()
def core__has_no_clock_and_no_files(t):
    holds(rules.core_is_pure(ROOT))


@test()
def public_headers__depend_on_no_feature(t):
    holds(rules.header_conditions(ROOT))


@test()
def usher_h__includes_every_header(t):
    holds(rules.umbrella(ROOT))


@test()
def changelog__keeps_its_form(t):
    holds(rules.changelog(ROOT))


@test()
def documents__exist_and_link(t):
    holds(rules.documents(ROOT))


@test()
def code__is_complete(t):
    holds(rules.leftovers(ROOT))


@test(deadline_s=180)
def public_headers__compile_alone_as_c11(t):
    holds(binaries.headers_alone(ROOT, 'gcc', '-std=c11'))
    holds(binaries.headers_alone(ROOT, 'clang', '-std=c11'))


@test(deadline_s=180)
def public_headers__compile_alone_as_cpp17(t):
    holds(binaries.headers_alone(ROOT, 'g++', '-std=c++17'))
    holds(binaries.headers_alone(ROOT, 'clang++', '-std=c++17'))


@test()
def shared_libraries__export_only_what_headers_declare(t):
    declared = rules.declared(ROOT)
    for name in LIBRARIES:
        holds(binaries.exports(library(name), declared))


@test()
def shared_libraries__have_what_headers_declare(t):
    holds(binaries.lacking([library(name) for name in LIBRARIES],
                           rules.declared(ROOT)))


@test()
def static_libraries__define_only_usher_names(t):
    for name in LIBRARIES:
        holds(binaries.archive_names(library(name, '.a')))


@test()
def core__needs_libc_and_libm_only(t):
    holds(binaries.needs(library('usher-core')))


@test()
def core__has_no_variables(t):
    holds(binaries.variables(library('usher-core')))


@test()
def core__calls_nothing_of_the_process(t):
    holds(binaries.forbidden([library('usher-core')], set(rules.FORBIDDEN)
                             | rules.CORE_FORBIDDEN))


@test()
def libusher__shows_nothing_of_a_private_libre(t):
    if 'libre.so' in binaries.output('readelf', '-d', library('usher')):
        raise tap.Skip('built with the shared libre')
    holds(binaries.libre_shown(library('usher')))


@test(deadline_s=180)
def objects__call_nothing_of_the_process(t):
    objects = glob.glob(os.path.join(BUILD, 'lib', '*.p', '*.o'))
    assert objects
    holds(binaries.forbidden(objects, rules.FORBIDDEN, [
        (path[4:].replace('/', '_') + '.o', name)
        for path in rules.PROCESS_FILES for name in rules.PROCESS_MAY]))


@test()
def rooms__call_one_way(t):
    found = calls.calls(rules.files(ROOT, 'lib/**/*.c'),
                        glob.glob(os.path.join(BUILD, 'lib', '*.p', '*.o')))
    assert found
    holds(calls.back(found))
    holds(calls.circles_told(found))


tap.main()

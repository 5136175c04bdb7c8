"""The tests of the tree can fail: each finds what is planted in a copy."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.dirname(HERE), HERE]

import binaries  # noqa: E402
import calls  # noqa: E402
import rules  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402


class Copy:
    """A copy of the tree, in which a test plants what must be found."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix='usher-planted-')
        for name in ('lib', 'include', 'docs', 'examples'):
            if os.path.isdir(os.path.join(ROOT, name)):
                shutil.copytree(os.path.join(ROOT, name),
                                os.path.join(self.root, name))
        for name in ('CHANGELOG.md', 'README.md'):
            shutil.copy(os.path.join(ROOT, name), self.root)

    def write(self, path, text):
        whole = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, 'w') as file:
            file.write(text)

    def change(self, path, pattern, replacement):
        with open(os.path.join(self.root, path)) as file:
            text = file.read()
        changed = re.sub(pattern, replacement, text, count=1)
        assert changed != text, 'nothing to change in ' + path
        self.write(path, changed)

    def finds(self, rule, path, text, complaint):
        """Planting a file makes the rule complain, and only then."""
        assert not any(re.search(complaint, c) for c in rule(self.root))
        self.write(path, text)
        told = rule(self.root)
        assert any(re.search(complaint, c) for c in told), (
            '%s did not find %s' % (rule.__name__, complaint))
        os.remove(os.path.join(self.root, path))

    def library(self, text, *options):
        """A shared library of our own making."""
        path = os.path.join(self.root, 'libplanted.so')
        done = subprocess.run(
            ['gcc', '-shared', '-fPIC', '-x', 'c', '-', '-o', path]
            + list(options), input=text, text=True, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr
        return path

    def check(self):
        pass

    def close(self, failed):
        shutil.rmtree(self.root)
        return ''


@test()
def includes__finds_an_arrow_that_runs_back(t):
    for path, header, complaint in (
            ('lib/core/planted.c', 'usher/acd.h', 'core → acd'),
            ('lib/acd/planted.c', 'usher/sim.h', 'acd → sim'),
            ('lib/media/planted.c', 'usher/call.h', 'media → sip'),
            ('lib/store/planted.c', 'usher/center.h', 'store → center'),
            ('lib/drivers/voice/planted.c', 'usher/center.h',
             'drivers/voice → center'),
            ('lib/center/planted.c', 'usher/server.h', 'center → config'),
            ('lib/config/planted.c', 'http/http.h', 'config → http'),
            ('lib/http/planted.c', 'center/center.h', "another library's"),
            ('lib/sip/planted.c', 'core/ids.h', "another library's"),
            ('lib/center/planted.c', 're.h', 'knows libre'),
            ('lib/store/planted.c', 'compat.h', 'knows libre'),
            ('lib/acd/planted.c', 'usher/usher.h', 'everything'),
            ('lib/garage/planted.c', 'usher/acd.h', 'no known room'),
            ('include/usher/planted.h', 'usher/error.h', 'no room')):
        t.finds(rules.includes, path, '#include <%s>\n' % header, complaint)


@test()
def includes__finds_libre_in_a_public_header(t):
    t.change('include/usher/call.h', '#include', '#include <re.h>\n#include')
    assert any('re.h' in c or 'libre' in c for c in rules.includes(t.root))


@test()
def belongs__finds_a_function_in_another_room(t):
    t.change('include/usher/error.h', r'(?=USHER_API const char)',
             'USHER_API int usher_planted(void);\n')
    t.finds(rules.belongs, 'lib/sim/planted.c',
            'int usher_planted(void)\n{\n\treturn 0;\n}\n', 'usher_planted')


@test()
def lengths__finds_long_files_and_functions(t):
    t.finds(rules.lengths, 'lib/core/planted.c', 'int a;\n' * 601,
            'planted.c: 601 lines')
    t.finds(rules.lengths, 'lib/core/planted.c',
            'int planted(void)\n{\n' + '\ta();\n' * 89 + '}\n',
            'planted has 91 lines')


@test()
def machine_paths__finds_one(t):
    t.finds(rules.machine_paths, 'docs/planted.md',
            'see ' + '/ro' + 'ot/notes\n', 'planted.md:1')


@test()
def machine_paths__finds_what_a_build_has_said(t):
    t.finds(rules.machine_paths, 'build.log',
            'Source dir: ' + '/ro' + 'ot/usher\n', 'build.log:1')


@test()
def calls__finds_what_a_library_must_not_do(t):
    for call in ('printf("x")', 'exit(1)', 'abort()', 'signal(2, h)',
                 'fputs("x", stderr)', 'system("x")'):
        t.finds(rules.calls, 'lib/store/planted.c',
                'void a(void)\n{\n\t%s;\n}\n' % call, 'planted.c:3')
    t.write('lib/store/planted.c', '/* printf("x") */\nchar *a = "exit(1)";\n')
    assert not any('planted' in c for c in rules.calls(t.root))


@test()
def core_is_pure__finds_a_clock(t):
    t.finds(rules.core_is_pure, 'lib/metrics/planted.c',
            'void a(void)\n{\n\tclock_gettime(0, &b);\n}\n', 'clock_gettime')


@test()
def header_conditions__finds_a_feature(t):
    t.change('include/usher/error.h', '#include',
             '#ifdef HAVE_VOICE\n#endif\n#include')
    assert rules.header_conditions(t.root)


@test()
def umbrella__finds_a_header_that_is_left_out(t):
    t.finds(rules.umbrella, 'include/usher/planted.h', '\n', 'planted')


@test()
def changelog__finds_other_forms(t):
    for text in ('# Changes\n## [Unreleased]\n', '# Changelog\n## 0.1.0\n',
                 '# Changelog\n## [Unreleased]\n## v0.1\n',
                 '# Changelog\n## [Unreleased]\n### News\n'):
        t.write('CHANGELOG.md', text)
        assert rules.changelog(t.root), text


@test()
def documents__finds_missing_ones_and_dead_links(t):
    t.finds(rules.documents, 'docs/planted.md', '[x](nowhere.md)\n',
            'nowhere.md')
    if os.path.exists(os.path.join(t.root, 'docs/contributing.md')):
        os.remove(os.path.join(t.root, 'docs/contributing.md'))
    assert 'docs/contributing.md is missing' in rules.documents(t.root)


@test()
def leftovers__finds_one(t):
    t.finds(rules.leftovers, 'lib/core/planted.c', '/* TO' 'DO: it */\n',
            'planted')


@test()
def headers_alone__finds_one_that_does_not_stand(t):
    include = os.path.join(t.root, 'include')
    t.write('include/usher/planted.h', 'size_t usher_planted(void);\n')
    for compiler in (('gcc', '-std=c11'), ('g++', '-std=c++17')):
        assert binaries.header_alone('usher/planted.h', include, compiler)
    t.write('include/usher/planted.h',
            '#include <stddef.h>\nint usher_planted(struct x { int a; } *);\n')
    assert binaries.header_alone('usher/planted.h', include,
                                 ('g++', '-std=c++17'))


@test()
def exports__finds_other_names(t):
    path = t.library('int tmr_start(void){return 0;}'
                     'int usher_a(void){return 0;}'
                     'int usher__b(void){return 0;}')
    told = binaries.exports(path, {'usher_a': 'acd'})
    assert len(told) == 2, told
    assert binaries.exports(path, {})
    assert binaries.lacking([path], {'usher_c': 'acd'})
    assert binaries.libre_shown(path)


@test()
def archive_names__finds_one_that_could_clash(t):
    path = t.library('int tmr_start(void){return 0;}')
    assert binaries.archive_names(path)


@test()
def libre_shown__finds_its_own_timers(t):
    assert binaries.libre_shown(t.library(
        'static __attribute__((used)) int inspos_handler(void){return 0;}'))


@test()
def calls__finds_one_that_runs_back_and_a_circle(t):
    texts = {'lib/core/a.c': 'int usher__x(void); int usher__y(void);'
                             'int usher__a(void){return usher__x();}',
             'lib/acd/x.c': 'int usher__a(void); int usher__y(void);'
                            'int usher__x(void){return usher__y();}',
             'lib/acd/y.c': 'int usher__x(void);'
                            'int usher__y(void){return usher__x();}'}
    objects = []
    for path, text in texts.items():
        objects.append(os.path.join(
            t.root, path[4:].replace('/', '_') + '.o'))
        subprocess.run(['gcc', '-c', '-x', 'c', '-', '-o', objects[-1]],
                       input=text, text=True, check=True)
    found = calls.calls(sorted(texts), objects)
    told = calls.back(found)
    assert len(told) == 1 and 'usher__x of lib/acd/x.c' in told[0], told
    told = calls.circles_told(found)
    assert told == ['2 files call each other in a circle: '
                    'lib/acd/x.c lib/acd/y.c'], told


@test()
def needs__finds_a_third_library(t):
    path = t.library('int deflate(void); int a(void){return deflate();}',
                     '-lz')
    assert binaries.needs(path) == ['needs libz.so.1']


@test()
def variables__finds_them_but_no_constants(t):
    path = t.library('static int a; int *b(void){return &a;}'
                     'static const char *const c[] = {"x"};'
                     'const char *const *d(void){return c;}')
    assert binaries.variables(path) == ['variable a']


@test()
def forbidden__finds_calls_behind_macros(t):
    path = t.library('#include <stdio.h>\n#define SAY printf\n'
                     'void a(int n){SAY("%d", n);}', '-O2',
                     '-D_FORTIFY_SOURCE=2')
    assert binaries.forbidden([path], rules.FORBIDDEN)
    assert not binaries.forbidden([path], rules.FORBIDDEN,
                                  [('libplanted.so', 'printf')])


tap.main(Copy)

"""The reference builds from the public headers without a warning, and the
code is laid out as .clang-format says."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.dirname(HERE), HERE]

import rules  # noqa: E402
import tap  # noqa: E402
from tap import test  # noqa: E402


def doxygen(root, target=None):
    """(status, warnings) of the reference made from the headers of a tree,
    as `doxygen docs/Doxyfile` makes it, or to another folder."""
    with open(os.path.join(ROOT, 'docs', 'Doxyfile')) as file:
        settings = file.read()
    if target:
        settings += '\nOUTPUT_DIRECTORY = %s\n' % target
    done = subprocess.run(['doxygen', '-'], input=settings, cwd=root,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    return done.returncode, [line.replace(root + '/', '')
                             for line in done.stderr.splitlines()
                             if re.search(r'\b(warning|error): ', line)]


def misplaced(paths):
    done = subprocess.run(['clang-format', '--dry-run', '-Werror'] + paths,
                          cwd=ROOT, stderr=subprocess.PIPE, text=True)
    return [line for line in done.stderr.splitlines() if ' error: ' in line]


@test(deadline_s=120)
def reference__builds_without_a_warning(t):
    target = tempfile.mkdtemp(prefix='usher-reference-')
    try:
        status, told = doxygen(ROOT, target)
        with open(os.path.join(target, 'html', 'index.html')) as file:
            page = file.read()
    finally:
        shutil.rmtree(target)
    assert not told, '\n'.join(told)
    assert status == 0, status
    missing = [path for path in rules.files(ROOT, 'include/usher/*.h')
               if os.path.relpath(path, 'include') not in page]
    assert missing == ['include/usher/usher.h'], missing


@test(deadline_s=120)
def reference__finds_what_is_planted(t):
    root = tempfile.mkdtemp(prefix='usher-reference-')
    try:
        os.makedirs(os.path.join(root, 'include', 'usher'))
        with open(os.path.join(root, 'include/usher/planted.h'), 'w') as f:
            f.write('/** @file\n * Planted. */\nint usher_planted(int a);\n'
                    '/** It does. @param b none */\nint usher_b(int a);\n'
                    '/** It is. */\nstruct usher_c {\n\tint bare;\n};\n')
        status, told = doxygen(root)
    finally:
        shutil.rmtree(root)
    assert status, 'a warning is no error'
    assert any('usher_planted' in line for line in told), told
    assert any("'b'" in line for line in told), told
    assert any('bare' in line for line in told), told


@test(deadline_s=120)
def reference__begins_in_a_clean_checkout(t):
    root = tempfile.mkdtemp(prefix='usher-reference-')
    try:
        shutil.copytree(os.path.join(ROOT, 'include'),
                        os.path.join(root, 'include'))
        status, told = doxygen(root)
        made = set(os.listdir(root)) - {'include'}
    finally:
        shutil.rmtree(root)
    assert not status and not told, told
    # what .gitignore keeps out: /build*/
    assert made == {'build-reference'}, made
    with open(os.path.join(ROOT, '.gitignore')) as file:
        assert '/build*/' in file.read().split()


@test(deadline_s=120)
def code__is_laid_out_by_clang_format(t):
    paths = rules.files(ROOT, 'lib/**/*.[ch]', 'include/**/*.h',
                        'examples/**/*.[ch]', 'tests/**/*.[ch]',
                        'bindings/**/*.[ch]')
    told = misplaced(paths)
    assert not told, '%d places: clang-format -i %s' % (len(told), ' '.join(
        sorted({line.split(':')[0] for line in told})))


tap.main()

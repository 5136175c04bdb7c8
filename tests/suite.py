"""Build everything and run every test; called by tests/run.

Three builds, kept under build/ for the next time:

  opt   gcc, optimized        property tests, scenarios, tree, install
  asan  clang, ASan + UBSan   unit tests, fuzz targets, integration
  tsan  clang, TSan           unit tests of the center and the store

What is counted are Check's test cases, scenario files, property runs, fuzz
targets, and the named tests of tests/tree and tests/integration.
"""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JOBS = max(2, os.cpu_count() or 1)
# Where most wait for timers, and none for a core.
WAITING_JOBS = 2 * JOBS
# The integration tests take a twentieth of a core each, but for those that
# measure what a flood or a crowd does to a center, which run alone.
INTEGRATION_JOBS = 3 * JOBS
ALONE = ('test_attack', 'test_growth', 'test_run')
FULL = '--full' in sys.argv
ONLY = [a for a in sys.argv[1:] if not a.startswith('-')]
OUTPUT_LINES_MAX = 80
TSAN_ROOMS = ('center', 'channel', 'voice', 'store', 'media', 'sip')
# Tests that each need a process of their own: they set limits of it, change what
# it has once, or leave threads and counters to the next.
APART = ('channel-example', 'media-mix', 'media-opus', 'media-rec', 'reload',
         'sip_limit', 'sip_overload', 'sip_tcp', 'sip_tls', 'voice-rooms')
FUZZ_S = 60 if FULL else 4

# What a report of a sanitizer tells, and no more: it is built faster.
LINES = '-gline-tables-only'
COMMON = ['-Dwerror=false', '--warnlevel=2']
BUILDS = {
    'opt': ('gcc', 'g++', ['-Dbuildtype=debugoptimized']),
    'asan': ('clang', 'clang++', [
        '-Doptimization=1', '-Ddebug=false', '-Dfuzz=true',
        '-Db_sanitize=address,undefined', '-Db_lundef=false',
        '-Dc_args=' + LINES + ' -fno-omit-frame-pointer '
        '-fno-sanitize-recover=undefined']),
    'tsan': ('clang', 'clang++', [
        '-Doptimization=1', '-Ddebug=false', '-Dexamples=false',
        '-Db_sanitize=thread', '-Db_lundef=false', '-Dc_args=' + LINES]),
}

ENVIRONMENT = {
    'ASAN_OPTIONS': 'detect_leaks=1:detect_stack_use_after_return=1:'
                    'allocator_may_return_null=1',
    'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
    'TSAN_OPTIONS': 'second_deadlock_stack=1:halt_on_error=0',
    'LSAN_OPTIONS': 'print_suppressions=0',
    'LC_ALL': 'C.UTF-8',
    'USHER_FULL': '1' if FULL else '0',
}

# What two builds compile alike is compiled once.
os.environ['CCACHE_NOHASHDIR'] = '1'

began = time.monotonic()
print_lock = threading.Lock()


def say(text):
    with print_lock:
        print('[%4d s] %s' % (time.monotonic() - began, text), flush=True)


def tail(text, count=OUTPUT_LINES_MAX):
    lines = text.rstrip().splitlines()
    if len(lines) > count:
        lines = ['… %d lines before' % (len(lines) - count)] + lines[-count:]
    return '\n'.join('    ' + line for line in lines)


class Results:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.failures = []

    def add(self, name, passed, failed, seconds, output):
        with print_lock:
            self.passed += passed
            self.failed += failed
            mark = 'FAILED' if failed else 'ok'
            print('[%4d s] %-6s %-40s %4d passed %s(%.1f s)' % (
                time.monotonic() - began, mark, name, passed,
                '%d failed ' % failed if failed else '', seconds), flush=True)
            if failed:
                self.failures.append(name)
                print(tail(output), flush=True)


results = Results()


def wanted(name):
    return not ONLY or any(part in name for part in ONLY)


def count(output, status):
    """How many passed and failed, told from a program's output."""
    passed = failed = 0
    for checks, failures, errors in re.findall(
            r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', output,
            re.M):
        bad = int(failures) + int(errors)
        passed += int(checks) - bad
        failed += bad
    ok = len([line for line in re.findall(r'^ok\b.*', output, re.M)
              if '# SKIP' not in line])
    passed += ok
    failed += len(re.findall(r'^not ok\b', output, re.M))
    if not passed and not failed:
        for a, b in re.findall(r'^(\d+) passed, (\d+) failed$', output, re.M):
            passed += int(a)
            failed += int(b)
    if re.search(r'^1\.\.0$', output, re.M) and not passed and not failed:
        return (0, 0) if status == 0 else (0, 1)
    if not passed and not failed and status == 0:
        # Random days and planted bugs, each a run of its own; anything
        # else counts once.
        runs = re.search(r'^(\d+) (days,|planted bugs caught)', output, re.M)
        passed = int(runs.group(1)) if runs else 1
    if status != 0 and not failed:
        failed = 1
    return passed, failed


def run(name, argv, deadline_s, env=None, cwd=ROOT, fixed_count=False):
    """Run one program of tests and count."""
    start = time.monotonic()
    environment = dict(os.environ, **ENVIRONMENT)
    environment.update(env or {})
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, cwd=cwd, env=environment,
            start_new_session=True)
        late = ''
        try:
            status = process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            late = '\ndeadline of %d s passed' % deadline_s
            status = -1
            process.terminate()
            try:
                process.wait(12)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        out.seek(0)
        output = out.read().decode(errors='replace') + late
    if fixed_count:
        passed, failed = (1, 0) if status == 0 else (0, 1)
    else:
        passed, failed = count(output, status)
    if status and 'ended with' not in output:
        output += '\nended with status %d' % status
    results.add(name, passed, failed, time.monotonic() - start, output)
    for skipped in re.findall(r'^.*# SKIP.*$', output, re.M):
        say('  not run: ' + skipped)
    return status == 0


def introspect(build, what):
    text = subprocess.run(
        ['meson', 'introspect', '--' + what, os.path.join('build', build)],
        cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(text)


def configure(build):
    folder = os.path.join(ROOT, 'build', build)
    cc, cxx, options = BUILDS[build]
    ccache = 'ccache ' if shutil.which('ccache') else ''
    env = dict(os.environ, CC=ccache + cc, CXX=ccache + cxx)
    # What only tests link, as fast as can be.
    if cc == 'clang' and shutil.which('ld.lld'):
        env['CC_LD'] = 'lld'
    stamp = os.path.join(folder, 'usher-options')
    # The list of fuzz targets is read when the build is configured.
    text = json.dumps([cc, options, sorted(
        glob.glob('tests/fuzz/*.c', root_dir=ROOT))])
    try:
        with open(stamp) as file:
            if file.read() == text:
                return ''
    except OSError:
        pass
    if os.path.exists(os.path.join(folder, 'build.ninja')):
        shutil.rmtree(folder)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    done = subprocess.run(
        ['meson', 'setup', folder] + COMMON + options, cwd=ROOT, env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        return done.stdout
    with open(stamp, 'w') as file:
        file.write(text)
    return ''


def build(name, targets=(), meanwhile=False):
    """Configure and build; False and one failure when that fails. meanwhile:
    with what other tests leave of the machine."""
    start = time.monotonic()
    say('building build/%s' % name)
    output = configure(name)
    if not output:
        process = subprocess.Popen(
            (['nice', '-n', '19'] if meanwhile else [])
            + ['ninja', '-k', '20', '-C', os.path.join(ROOT, 'build', name)]
            + list(targets), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors='replace')
        lines = []
        told = time.monotonic()
        for line in process.stdout:
            lines.append(line)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say('  ' + line.strip()[:70])
        if process.wait() == 0:
            say('built build/%s in %.0f s' % (name, time.monotonic() - start))
            return True
        kept = [line for line in lines
                if not re.match(r'\[\d+/\d+\] (Comp|Link|Gener)', line)]
        output = ''.join(kept or lines)
    results.add('build/' + name, 0, 1, time.monotonic() - start, output)
    return False


def meson_tests(build_name, suite, rooms=None):
    """(name, argv, deadline) of a build's tests; rooms of unit tests."""
    sources = {}
    if rooms:
        for target in introspect(build_name, 'targets'):
            for filename in target['filename']:
                sources[filename] = ' '.join(
                    s for group in target['target_sources']
                    for s in group['sources'])
    found = []
    for test in introspect(build_name, 'tests'):
        if not any(s == suite or s.endswith(':' + suite)
                   for s in test['suite']):
            continue
        if rooms and not any('/tests/unit/%s/' % room
                             in sources.get(test['cmd'][0], '')
                             for room in rooms):
            continue
        found.append((test['name'], test['cmd'], test['env'],
                      max(60, test['timeout'] * 3)))
    return found


def run_all(jobs, workers=JOBS):
    """jobs: callables."""
    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result()


def suite_jobs(build_name, suite, rooms=None, scripts=None):
    """scripts: True only those, False only programs, None both. A script
    that loads a library cannot load one with sanitizers."""
    jobs = []
    folder = os.path.join(ROOT, 'build', build_name)
    for name, argv, env, deadline_s in meson_tests(build_name, suite, rooms):
        label = '%s/%s (%s)' % (suite, name, build_name)
        is_script = not argv[0].startswith(folder)
        if wanted(label) and scripts in (None, is_script):
            # Check's own limits are meant for code without sanitizers, and
            # a process for each test costs these more than the test.
            env = dict(env, CK_TIMEOUT_MULTIPLIER='5',
                       CK_FORK='yes' if name in APART or build_name == 'opt'
                       else 'no')
            jobs.append(lambda l=label, a=argv, e=env, d=deadline_s:
                        run(l, a, d, e, folder))
    return jobs


def python_jobs(folder, build_name, deadline_s, alone=None):
    """alone: True only those that nothing runs beside, False the others."""
    jobs = []
    for path in sorted(glob.glob(os.path.join(ROOT, 'tests', folder,
                                              '*.py'))):
        name = os.path.basename(path)[:-3]
        label = '%s/%s' % (folder, name)
        if alone not in (None, name in ALONE):
            continue
        with open(path) as file:
            # What the tests share declares no tests of its own.
            if not re.search(r'^(\w+\.)?main\(.*\)$|^if __name__',
                             file.read(), re.M):
                continue
        if wanted(label):
            # Sanitizers keep freed memory, so growth cannot be told there;
            # nor what a flood does to a center of half the speed; and a
            # simulated day would take a minute.
            chosen = ('opt' if name in ('test_growth', 'test_attack',
                                        'test_lab_figures',
                                        'test_lab_chains',
                                        'test_lab_models',
                                        'test_lab_states')
                      else build_name)
            env = {'USHER_BUILD': os.path.join(ROOT, 'build', chosen),
                   'PYTHONDONTWRITEBYTECODE': '1'}
            argv = [sys.executable, '-u', path] + (
                ['--full'] if FULL else [])
            jobs.append(lambda l=label, a=argv, e=env:
                        run(l, a, deadline_s, e))
    return jobs


def fuzz(name, program):
    """A few seconds from the corpus on, which stays as it is."""
    with tempfile.TemporaryDirectory(prefix='usher-fuzz-') as folder:
        corpus = os.path.join(ROOT, 'tests', 'fuzz', 'corpus', name)
        argv = [program, '-max_total_time=%d' % FUZZ_S, '-timeout=10',
                '-rss_limit_mb=2048', '-max_len=65536', '-print_final_stats=1',
                '-verbosity=0', '-artifact_prefix=%s/' % folder, folder]
        if os.path.isdir(corpus):
            argv.append(corpus)
        run('fuzz/' + name, argv, FUZZ_S + 60, fixed_count=True)


def fuzz_jobs():
    jobs = []
    for path in sorted(glob.glob(os.path.join(ROOT, 'tests/fuzz/*.c'))):
        name = os.path.basename(path)[:-2]
        if wanted('fuzz/' + name):
            program = os.path.join(ROOT, 'build/asan/tests/fuzz',
                                   'fuzz-' + name)
            jobs.append(lambda n=name, p=program: fuzz(n, p))
    return jobs


def all_but_tests(name, programs):
    """What a build has beside programs of tests that are not run in it."""
    here = os.path.join(ROOT, 'build', name)
    tests = {test['cmd'][0] for test in introspect(name, 'tests')}
    return [os.path.relpath(filename, here)
            for target in introspect(name, 'targets')
            if target['build_by_default'] and target['type'] != 'run'
            and (target['type'] != 'static library' or target['installed'])
            for filename in target['filename']
            if filename not in tests or filename in programs]


def asked_of(name, suites, folders=()):
    """What of a build the chosen tests need: None nothing.

    suites: (suite, rooms, scripts) as suite_jobs() takes them."""
    if configure(name):
        return []
    # The files may name other tests than when it was configured.
    subprocess.run(['ninja', '-C', os.path.join(ROOT, 'build', name),
                    'build.ninja'], stdout=subprocess.DEVNULL)
    here = os.path.join(ROOT, 'build', name)
    whole = any(wanted('%s/%s' % (folder, os.path.basename(path).split('.')[0]))
                for folder in folders
                for path in glob.glob('tests/%s/*' % folder, root_dir=ROOT))
    programs = set()
    for suite, rooms, scripts in suites:
        for test, argv, _, _ in meson_tests(name, suite, rooms):
            is_script = not argv[0].startswith(here)
            if (not wanted('%s/%s (%s)' % (suite, test, name))
                    or scripts not in (None, is_script)):
                continue
            programs.add(argv[0])
            whole = whole or is_script
    if whole:
        return all_but_tests(name, programs)
    return [os.path.relpath(program, here) for program in programs] or None


def build_asked(name, suites, folders=(), meanwhile=False):
    targets = asked_of(name, suites, folders)
    return targets is not None and build(name, targets, meanwhile)


def main():
    tsan = [('unit', TSAN_ROOMS, None)]
    built = None
    if build_asked('opt', [('scenarios', None, None), ('property', None, None),
                           ('unit', None, True), ('long', None, None)],
                   ['tree', 'install']):
        # The longest first: timers builds the library once more, and bugs are
        # planted last of the properties.
        run_all(python_jobs('install', 'opt', 900)[::-1]
                + suite_jobs('opt', 'property')[::-1]
                + suite_jobs('opt', 'scenarios')
                + suite_jobs('opt', 'unit', scripts=True)
                + (suite_jobs('opt', 'long') if FULL else [])
                + python_jobs('tree', 'opt', 300))
    if build_asked('asan', [('unit', None, False)], ['fuzz', 'integration']):
        run_all(suite_jobs('asan', 'unit', scripts=False), WAITING_JOBS)
        run_all(fuzz_jobs())
        deadline_s = 3600 if FULL else 600
        run_all(python_jobs('integration', 'asan', deadline_s, alone=True), 1)
        # Those that wait leave most of the machine to a build.
        with ThreadPoolExecutor(1) as pool:
            built = pool.submit(build_asked, 'tsan', tsan, meanwhile=True)
            run_all(python_jobs('integration', 'asan', deadline_s,
                                alone=False), INTEGRATION_JOBS)
    if built.result() if built else build_asked('tsan', tsan):
        run_all(suite_jobs('tsan', 'unit', TSAN_ROOMS), WAITING_JOBS)

    say('done')
    if results.failures:
        print('failed: ' + ', '.join(results.failures))
    print('%d passed, %d failed' % (results.passed, results.failed),
          flush=True)
    return 1 if results.failed or not results.passed else 0


if __name__ == '__main__':
    if '-h' in sys.argv or '--help' in sys.argv:
        print('sh tests/run [--full] [NAME ...]')
        sys.exit(0)
    sys.exit(main())

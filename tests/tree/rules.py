"""What must hold in the tree; each rule takes its root and gives complaints.

The rules read files only, so that tests/tree/planted.py can show that each of
them fails when it should, in a copy.
"""

import glob
import os
import re

# Room: what it may include directly; it may include what those may, too.
ARROWS = {
    'core': [],
    'expr': ['core'],
    'policy': ['expr'],
    'acd': ['policy'],
    'ivr': ['policy'],
    'metrics': ['policy'],
    'wfm': ['policy'],
    'sim': ['wfm', 'metrics', 'ivr', 'acd'],
    'media': ['sim'],
    'sip': ['media'],
    'channel': ['sim'],
    'drivers/voice': ['channel', 'sip'],
    'store': ['sim'],
    'center': ['store', 'drivers/voice', 'channel'],
    'config': ['center'],
    'http': ['config'],
}
LIBRARY = {
    'usher-core': ['core', 'expr', 'policy', 'acd', 'ivr', 'metrics', 'wfm',
                   'sim'],
    'usher': ['media', 'sip', 'channel', 'drivers/voice', 'store', 'center'],
    'usher-server': ['config', 'http'],
}
# Public header: the room that implements it.
HEADER_ROOM = {
    'error': ['core'], 'version': ['core'], 'alloc': ['core'],
    'event': ['core'], 'schema': ['core'], 'expr': ['expr'],
    # Policies are added to a core.
    'policy': ['policy', 'acd'],
    'acd': ['acd'], 'acd_config': ['acd'], 'acd_info': ['acd'],
    'acd_record': ['acd'], 'flow_set': ['ivr'], 'ivr': ['ivr'],
    'metrics': ['metrics'],
    'erlang': ['wfm'], 'sim': ['sim'], 'sim_model': ['sim'],
    'replay': ['sim'], 'call': ['sip'],
    'channel': ['channel'], 'store': ['store'], 'history': ['store'],
    'personal': ['store'], 'host': ['center'], 'config': ['center'],
    'center': ['center'], 'reader': ['center'],
    'server': ['config', 'http'],
}
LIBRE_ROOMS = ('sip', 'media')

FILE_LINES = (500, 600)
FUNCTION_LINES = (70, 90)
# A suite of tests may be longer than a file that is read to be understood.
TEST_LINES = (500, 900)
TEST_FUNCTION_LINES = (70, 135)

# Says what a call does that a library must not do in its host's process.
FORBIDDEN = {
    'printf': 'prints', 'vprintf': 'prints', 'puts': 'prints',
    'putchar': 'prints', 'perror': 'prints', 'stdout': 'prints',
    'stderr': 'prints', 're_printf': 'prints', 're_fprintf': 'prints',
    'exit': 'ends the process', '_exit': 'ends the process',
    '_Exit': 'ends the process', 'abort': 'ends the process',
    'quick_exit': 'ends the process', 'signal': 'process-wide',
    'sigaction': 'process-wide', 'raise': 'process-wide',
    'kill': 'process-wide', 'setenv': 'process-wide',
    'putenv': 'process-wide', 'setlocale': 'process-wide',
    'chdir': 'process-wide', 'umask': 'process-wide',
    'system': 'starts a program', 'popen': 'starts a program',
    'fork': 'starts a program', 'rand': 'process-wide',
    'srand': 'process-wide', 'random': 'process-wide',
    'strtok': 'not for threads', 'localtime': 'not for threads',
    'gmtime': 'not for threads',
}
# The one file that touches what belongs to the process.
# One a library.
PROCESS_FILES = ('lib/sip/process.c', 'lib/http/process.c')
PROCESS_MAY = ('sigaction', 'signal')

CORE_FORBIDDEN = {
    'time', 'clock', 'clock_gettime', 'gettimeofday', 'nanosleep', 'usleep',
    'open', 'fopen', 'read', 'write', 'fread', 'fwrite', 'socket', 'getenv',
    'pthread_create', 'pthread_mutex_lock', 'fprintf', 'fputs',
}

MACHINE = re.compile(
    r'/work/(main|wt|shared)|/tmp/usher/|/root/|/home/[a-z]|\.pyenv|'
    r'/var/lib/jenkins|artifactory|/\.library/|/\.mirror/')
TEXT = ('.c', '.h', '.def', '.build', '.txt', '.md', '.py', '.sh', '.yaml',
        '.yml', '.js', '.log', '.html', '.css', '.go', '.xml', '.map', '.sed',
        '')
DOCS = ('architecture', 'config', 'events', 'channels', 'policies',
        'contributing')
# Folders of builds, which git does not see either.
BUILD = re.compile(r'build[^/]*/')
CHANGES = ('Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security')


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def files(root, *patterns):
    found = []
    for pattern in patterns:
        for path in glob.glob(os.path.join(root, pattern), recursive=True):
            relative = os.path.relpath(path, root)
            if os.path.isfile(path) and not BUILD.match(relative):
                found.append(relative)
    return sorted(set(found))


def sources(root):
    return files(root, 'lib/**/*.[ch]', 'lib/**/*.def')


def code(text):
    """C without comments and without the insides of strings, the lines
    kept; #include lines are kept whole."""
    def blank(match):
        found = match.group()
        if found.startswith('/'):
            return re.sub(r'[^\n]', ' ', found)
        return found[0] + found[0] if found[0] in '"\'' else found
    return re.sub(
        r'^[ \t]*#[ \t]*include[^\n]*|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'
        r"'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S | re.M)


def room_of(path):
    """The room of a file under lib/, or '' for those above all rooms."""
    parts = path.split('/')[1:-1]
    if not parts:
        return ''
    return '/'.join(parts[:2]) if parts[0] == 'drivers' else parts[0]


def library_of(room):
    return next((name for name, rooms in LIBRARY.items() if room in rooms),
                None)


def reachable(room):
    found = {room}
    for other in ARROWS[room]:
        found |= reachable(other)
    return found


def include_target(name):
    """(kind, room(s)) of an #include: 'public', 'libre', 'room', 'system'."""
    if name == 'usher.h' or name == 'usher/usher.h':
        return 'all', []
    if name.startswith('usher/'):
        return 'public', HEADER_ROOM.get(name[6:-2], [])[:1] or None
    if re.match(r'(re|rem)(_\w+)?\.h$|(re|rem)/', name):
        return 'libre', []
    if name == 'compat.h':
        return 'compat', []
    for room in sorted(ARROWS, key=len, reverse=True):
        if name.startswith(room + '/'):
            return 'room', [room]
    return 'system', []


def includes_of(root, path):
    for number, line in enumerate(read(root, path).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def include_complaint(root, path, name):
    kind, rooms = include_target(name)
    if path.startswith('include/'):
        header = os.path.basename(path)[:-2]
        if header == 'usher':
            return None
        own = HEADER_ROOM.get(header, [])[:1]
        if not own:
            return 'belongs to no room; name it in tests/tree/rules.py'
        if kind in ('libre', 'compat', 'room'):
            return 'a public header shows ' + name
    else:
        own = [room_of(path)]
        if own == ['']:
            return None
        if own[0] not in ARROWS:
            return 'is in no known room'
    if kind == 'all':
        return 'includes everything'
    if kind in ('libre', 'compat'):
        return None if own[0] in LIBRE_ROOMS else 'knows libre'
    if kind == 'public' and not rooms:
        return 'unknown public header ' + name
    if kind not in ('public', 'room'):
        return None
    may = set().union(*(reachable(room) for room in own))
    for room in rooms:
        if room not in may:
            return '%s → %s runs back' % (own[0], room)
        if kind == 'room' and library_of(room) != library_of(own[0]):
            return "uses another library's inside, %s" % name
    if kind == 'room' and not os.path.exists(
            os.path.join(root, 'lib', name)):
        return 'no file lib/' + name
    return None


def includes(root):
    """#include lines run one way."""
    told = []
    for path in sources(root) + files(root, 'include/**/*.h'):
        for number, name in includes_of(root, path):
            complaint = include_complaint(root, path, name)
            if complaint:
                told.append('%s:%d: %s' % (path, number, complaint))
    return told


def declared(root):
    """Function: public header, of all that is marked USHER_API."""
    found = {}
    for path in files(root, 'include/usher/*.h'):
        text = re.sub(r'^\s*#.*?(?<!\\)$', '', code(read(root, path)),
                      flags=re.M | re.S)
        for match in re.finditer(
                r'\bUSHER_API\b[^;{}]*?\b(usher_\w+)\s*(\(|;|\[)', text):
            found[match.group(1)] = os.path.basename(path)[:-2]
    return found


def belongs(root):
    """A public function is defined in the room of its header."""
    told = []
    where = {}
    for path in files(root, 'lib/**/*.c'):
        for match in re.finditer(r'^[^\s#/][^;{}()]*?\b(usher_[a-z0-9]\w*)\(',
                                 code(read(root, path)), re.M):
            end = code(read(root, path))[match.end():]
            if re.match(r'[^;{]*\{', end):
                where.setdefault(match.group(1), []).append(path)
    for name, header in declared(root).items():
        rooms = HEADER_ROOM.get(header, [])
        paths = where.get(name)
        if paths and not any(room_of(p) in rooms for p in paths):
            told.append('%s of usher/%s.h is defined in %s' % (
                name, header, paths[0]))
    return told


def functions(text):
    """(name, first line, lines) of each function of a file."""
    start = None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line == '{':
            start = number
        elif line == '}' and start is not None:
            head = ' '.join(lines[max(0, start - 6):start])
            names = re.findall(r'(\w+)\s*\(', head)
            yield (names[-1] if names else '?', start + 1,
                   number - start + 1)
            start = None


def lengths(root, limit=1):
    """Files and functions that are too long; limit 0: only long."""
    told = []
    for path in (files(
            root, 'lib/**/*.[ch]', 'include/**/*.h', 'examples/**/*.[ch]', 'tests/**/*.[ch]',
            'bindings/**/*.[ch]')):
        text = read(root, path)
        if path.startswith('include/'):
            # A public header is the reference, too: only its code counts.
            text = '\n'.join(line for line in code(text).splitlines()
                             if line.strip())
        count = len(text.splitlines())
        is_test = path.startswith('tests/')
        most = (TEST_LINES if is_test else FILE_LINES)[limit]
        if count > most:
            told.append('%s: %d lines' % (path, count))
        for name, line, count in functions(text):
            most = (TEST_FUNCTION_LINES if is_test
                    else FUNCTION_LINES)[limit]
            if count > most:
                told.append('%s:%d: %s has %d lines' % (
                    path, line, name, count))
    return told


def machine_paths(root):
    """Nothing names the machine that it was written on."""
    told = []
    for path in files(root, '**/*', '.ci/*', '.clang-format'):
        if (os.path.splitext(path)[1] not in TEXT
                or path.startswith(('tests/tree/rules.py',
                                    'tests/fuzz/corpus'))):
            continue
        try:
            text = read(root, path)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line):
                told.append('%s:%d: %s' % (path, number, line.strip()[:60]))
    return told


def calls(root):
    """Our code neither prints nor touches the host's process."""
    told = []
    pattern = re.compile(r'(?<![\w.>])(%s)\b(\s*\()?' % '|'.join(FORBIDDEN))
    for path in files(root, 'lib/**/*.c'):
        for number, line in enumerate(
                code(read(root, path)).splitlines(), 1):
            for match in pattern.finditer(line):
                name = match.group(1)
                if not match.group(2) and name not in ('stdout', 'stderr'):
                    continue
                if path in PROCESS_FILES and name in PROCESS_MAY:
                    continue
                told.append('%s:%d: %s %s' % (path, number, name,
                                              FORBIDDEN[name]))
    return told


def core_is_pure(root):
    """The core library does no I/O and reads no clock."""
    told = []
    pattern = re.compile(r'(?<![\w.>])(%s)\s*\(' % '|'.join(CORE_FORBIDDEN))
    for room in LIBRARY['usher-core']:
        for path in files(root, 'lib/%s/**/*.c' % room):
            for number, line in enumerate(
                    code(read(root, path)).splitlines(), 1):
                match = pattern.search(line)
                if match:
                    told.append('%s:%d: %s in the core' % (
                        path, number, match.group(1)))
    return told


def header_conditions(root):
    """Public headers do not depend on features."""
    told = []
    for path in files(root, 'include/usher/*.h'):
        for number, line in enumerate(read(root, path).splitlines(), 1):
            match = re.match(r'\s*#\s*(if|ifdef|ifndef|elif)\b(.*)', line)
            if match and not re.search(
                    r'USHER_\w+_H\b|__cplusplus|__GNUC__', match.group(2)):
                told.append('%s:%d:%s' % (path, number, match.group(2)))
    return told


def changelog(root):
    """CHANGELOG.md keeps the form of Keep a Changelog."""
    told = []
    text = read(root, 'CHANGELOG.md')
    if not text.startswith('# Changelog\n'):
        told.append('does not begin with "# Changelog"')
    heads = re.findall(r'^## (.*)$', text, re.M)
    if not heads or heads[0] != '[Unreleased]':
        told.append('the first section is not [Unreleased]')
    for head in heads[1:]:
        if not re.fullmatch(r'\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d', head):
            told.append('section "%s"' % head)
    for kind in re.findall(r'^### (.*)$', text, re.M):
        if kind not in CHANGES:
            told.append('kind "%s"' % kind)
    return told


def documents(root):
    """The documents exist, and their links lead somewhere."""
    told = ['docs/%s.md is missing' % name for name in DOCS
            if not os.path.exists(os.path.join(root, 'docs', name + '.md'))]
    for path in files(root, '*.md', 'docs/**/*.md', 'examples/**/*.md',
                      'bindings/**/*.md'):
        text = re.sub(r'```.*?```', '', read(root, path), flags=re.S)
        for link in re.findall(r'\]\(([^)\s]+)\)', text):
            if re.match(r'[a-z]+:|#', link):
                continue
            target = os.path.join(root, os.path.dirname(path),
                                  link.split('#')[0])
            if not os.path.exists(target):
                told.append('%s: link to %s' % (path, link))
    return told


def leftovers(root):
    """Nothing is left for later in the code."""
    told = []
    for path in sources(root) + files(root, 'include/**/*.h',
                                      'examples/**/*.[ch]'):
        for number, line in enumerate(read(root, path).splitlines(), 1):
            if re.search(r'\b(TODO|FIXME|XXX|HACK)\b', line):
                told.append('%s:%d: %s' % (path, number, line.strip()))
    return told


def umbrella(root):
    """usher.h includes every public header."""
    if not os.path.exists(os.path.join(root, 'include/usher/usher.h')):
        return ['include/usher/usher.h is missing']
    named = {name for _, name in includes_of(root, 'include/usher/usher.h')}
    return ['usher.h lacks ' + path for path in files(
        root, 'include/usher/*.h') if os.path.basename(path) != 'usher.h'
        and 'usher/' + os.path.basename(path) not in named]


RULES = (includes, belongs, lengths, machine_paths, calls,
         core_is_pure, header_conditions, changelog, documents, leftovers,
         umbrella)

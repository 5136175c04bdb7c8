"""What must hold for what was built; each check gives complaints."""

import os
import re
import subprocess
import tempfile

import rules

STRICT = ['-Wall', '-Wextra', '-Werror', '-pedantic', '-fsyntax-only']


def output(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True,
                          text=True).stdout


def header_alone(header, include, compiler):
    """A header compiles with nothing before it."""
    suffix = '.cpp' if '++' in compiler[0] else '.c'
    with tempfile.NamedTemporaryFile('w', suffix=suffix) as file:
        file.write('#include <%s>\nint usher_alone;\n' % header)
        file.flush()
        done = subprocess.run(list(compiler) + STRICT + ['-I', include,
                                                         file.name],
                              stderr=subprocess.PIPE, text=True)
    return [done.stderr] if done.returncode else []


def headers_alone(root, *compiler):
    told = []
    for path in rules.files(root, 'include/usher/*.h'):
        told += header_alone('usher/' + os.path.basename(path),
                             os.path.join(root, 'include'), compiler)
    return told


def exported(path):
    """What a shared library exports, without the version's own name."""
    return [line.split()[-1].split('@')[0] for line in output(
        'nm', '-D', '--defined-only', path).splitlines()]


def exports(path, declared):
    told = []
    for symbol in exported(path):
        if not re.match(r'usher_[^_]', symbol):
            told.append('%s exports %s' % (os.path.basename(path), symbol))
        elif symbol not in declared:
            told.append('%s exports %s, which no header declares' % (
                os.path.basename(path), symbol))
    return told


def lacking(paths, declared):
    found = set()
    for path in paths:
        found.update(exported(path))
    return ['%s of usher/%s.h is in no library' % item
            for item in sorted(declared.items()) if item[0] not in found]


def archive_names(path):
    """A static library defines usher_* and nothing that could clash."""
    told = []
    for line in output('nm', '--defined-only', '-g', path).splitlines():
        match = re.match(r'[0-9a-f]+ [A-TV-Z] (\w+)$', line)
        if match and not match.group(1).startswith('usher_'):
            told.append('%s defines %s' % (os.path.basename(path),
                                           match.group(1)))
    return told


def needs(path):
    """libc and libm only."""
    needed = re.findall(r'\(NEEDED\).*\[(.*)\]', output('readelf', '-d',
                                                        path))
    return ['needs ' + name for name in needed if not re.match(
        r'lib[cm]\.so|ld-linux', name)]


def variables(path):
    """Constants only; those with addresses in them are made read-only
    before the program begins."""
    told = []
    for line in output('objdump', '-t', path).splitlines():
        match = re.search(r'\sO (\S+)\s+0*([0-9a-f]+)\s+(?:\.hidden )?(\S+)$',
                          line)
        # What comes with the compiler's start-up code is let through.
        if (match and match.group(1) in ('.data', '.bss', '.tbss', '.tdata',
                                         '*COM*')
                and not re.match(r'completed|__dso_handle|__TMC_END__',
                                 match.group(3))):
            told.append('variable ' + match.group(3))
    return told


def forbidden(paths, names, may=()):
    """Undefined symbols after the preprocessor: macros hide nothing. may:
    (file, name) pairs that are let through."""
    told = []
    for line in output('nm', '-A', '--undefined-only', *paths).splitlines():
        where, _, rest = line.partition(':')
        symbol = rest.split()[-1].split('@')[0]
        plain = re.sub(r'^__(\w+)_chk$', r'\1', symbol)
        plain = {'__sysv_signal': 'signal'}.get(plain, plain)
        file = os.path.basename(where)
        if plain in names and (file, plain) not in may:
            told.append('%s: %s' % (file, symbol))
    return told


def libre_shown(path):
    """Nothing of a libre that is linked in privately, and not its timers."""
    told = []
    if 'librem.so' in output('readelf', '-d', path):
        told.append('needs the shared librem')
    # A static function of libre's own timers, by which they are known.
    if re.search(r' t inspos_handler\b', output('nm', path)):
        told.append("has libre's own timers")
    for line in output('nm', '-D', path).splitlines():
        match = re.search(r' [A-Z] ((?:tmr|re|sip|sdp|mem|mbuf|list)_\w+)',
                          line)
        if match:
            told.append('shows or wants ' + match.group(1))
    return told

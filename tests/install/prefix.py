"""An installed Usher, for the tests that build against one."""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get('USHER_BUILD')
                        or os.path.join(ROOT, 'build'))
sys.path.insert(0, os.path.dirname(HERE))


def run(argv, **kwargs):
    """Run to the end; the output, or an error that has it."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **kwargs)
    assert done.returncode == 0, '%s\nended with %d:\n%s' % (
        ' '.join(str(a) for a in argv), done.returncode, done.stdout)
    return done.stdout


class Prefix:
    """A prefix that meson install filled; one for all tests of a program."""

    shared = None

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='usher-install-')
        if Prefix.shared is None:
            Prefix.shared = tempfile.mkdtemp(prefix='usher-prefix-')
            self.install(Prefix.shared)
        self.prefix = Prefix.shared
        self.lib = self.find_lib(self.prefix)

    @staticmethod
    def install(where, build=BUILD):
        staged = where + '-staged'
        run(['meson', 'install', '-C', build, '--no-rebuild', '--quiet',
             '--destdir', staged])
        # The build was configured for another prefix; a package's staging
        # directory is moved in just this way.
        inside = os.path.join(staged, 'usr', 'local')
        for name in os.listdir(inside):
            shutil.move(os.path.join(inside, name),
                        os.path.join(where, name))
        shutil.rmtree(staged)

    @staticmethod
    def find_lib(prefix):
        # lib/x86_64-linux-gnu, lib64 or lib, as meson finds the system.
        for folder, folders, _ in os.walk(prefix):
            if 'pkgconfig' in folders:
                return folder
        raise AssertionError('no pkgconfig directory in ' + prefix)

    def pkg_config(self, *argv, lib=None):
        env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(
            lib or self.lib, 'pkgconfig'))
        return run(('pkg-config',) + argv, env=env).split()

    def archives_only(self):
        """A copy of the prefix without the shared libraries: where it
        has its libraries."""
        copy = os.path.join(self.dir, 'archives')
        shutil.copytree(self.prefix, copy, symlinks=True)
        where = self.find_lib(copy)
        for name in os.listdir(where):
            if '.so' in name:
                os.remove(os.path.join(where, name))
        return where

    def compile(self, source, name, *flags, compiler='gcc'):
        """Compile a text or a file beside this one."""
        path = os.path.join(HERE, source)
        if '\n' in source:
            path = os.path.join(self.dir, name + '.c')
            with open(path, 'w') as file:
                file.write(source)
        program = os.path.join(self.dir, name)
        run([compiler, '-Wall', '-Wextra', '-Werror', path, '-o', program]
            + list(flags))
        return program

    def run(self, *argv, **env):
        return run(argv, cwd=self.dir, timeout=60, env=dict(
            os.environ, LD_LIBRARY_PATH=self.lib, **env))

    def check(self):
        pass

    def close(self, failed):
        shutil.rmtree(self.dir, ignore_errors=True)
        return ''


def remove():
    if Prefix.shared:
        shutil.rmtree(Prefix.shared, ignore_errors=True)

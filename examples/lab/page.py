#!/usr/bin/env python3
"""Run the commands of a page and compare what they print with the page.

usage: page.py PATH-TO-lab PAGE [--write]

A command stands in a block of code behind "$ "; what it prints stands below,
up to the next command or the end of the block. They run in the project's root,
with lab in the path. --write puts what is printed into the page.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
DEADLINE_S = 60


def run(command, lab):
    env = dict(os.environ, LC_ALL='C.UTF-8',
               PATH=os.path.dirname(lab) + ':' + os.environ['PATH'])
    done = subprocess.run(['sh', '-c', command], cwd=ROOT, env=env, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=DEADLINE_S)
    assert done.returncode == 0 and not done.stderr, (command, done.stderr)
    return [line.rstrip() for line in done.stdout.rstrip().splitlines()]


def block(lines, lab):
    """The lines as they ought to be."""
    fresh = []
    command = ''
    for line in lines:
        if line.startswith('$ ') or command:
            # A line that ends in a backslash goes on.
            command += line[2:] if not command else line
            fresh.append(line)
            if line.endswith('\\'):
                command = command[:-1]
                continue
            fresh += run(command, lab)
            command = ''
    return fresh


def main():
    lab, page = os.path.abspath(sys.argv[1]), sys.argv[2]
    with open(page) as file:
        text = file.read()
    commands = len(re.findall(r'^\$ ', text, re.M))
    assert commands, 'no command in ' + page

    def fresh(match):
        lines = match.group(2).splitlines()
        if not lines or not lines[0].startswith('$ '):
            return match.group()
        return match.group(1) + '\n'.join(block(lines, lab)) + '\n```\n'

    told = re.sub(r'(?ms)^(```\w*\n)(.*?)^```\n', fresh, text)
    if '--write' in sys.argv:
        with open(page, 'w') as file:
            file.write(told)
    elif told != text:
        wanted = told.splitlines()
        for number, line in enumerate(text.splitlines()):
            if number >= len(wanted) or line != wanted[number]:
                raise SystemExit('%s:%d: the page says\n%s\nbut printed is\n%s'
                                 % (page, number + 1, line, '\n'.join(
                                     wanted[number:number + 1])))
        raise SystemExit(page + ' ends too early')
    print('%d commands print what the page says' % commands)


main()

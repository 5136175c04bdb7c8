"""Who calls whom, as the linker sees it: what a source file of lib/ needs,
and which other one defines it. No header and no comment can hide a call."""

import collections
import os

import binaries
import rules


def symbols(objects):
    """Object file: (what it defines, what it needs)."""
    found = {path: (set(), set()) for path in objects}
    for line in binaries.output('nm', '-A', *objects).splitlines():
        path, rest = line.split(':', 1)
        word = rest.split()
        if word[-2] == 'U':
            found[path][1].add(word[-1])
        elif word[-2] in 'TDBRVC':
            found[path][0].add(word[-1])
    return found


def calls(paths, objects):
    """File: {other file: names}; objects are named after their sources."""
    by_name = {os.path.basename(path): path for path in objects}
    object_of = {}
    for path in paths:
        name = path[len('lib/'):].replace('/', '_') + '.o'
        if name in by_name:
            object_of[path] = by_name[name]
    table = symbols(sorted(object_of.values()))
    where = {symbol: path for path, built in object_of.items()
             for symbol in table[built][0]}
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for path, built in object_of.items():
        for name in table[built][1]:
            if where.get(name, path) != path:
                found[path][where[name]].add(name)
    return found


def back(found):
    """A room calls what its arrows reach, and nothing else."""
    told = []
    for path, others in sorted(found.items()):
        for other, names in sorted(others.items()):
            if rules.room_of(other) not in rules.reachable(
                    rules.room_of(path)):
                told.append('%s calls %s of %s, which runs back' % (
                    path, sorted(names)[0], other))
    return told


def circles(found):
    """Groups of files that call each other in a circle (Tarjan's)."""
    index, low, stack, groups = {}, {}, [], []

    def visit(path):
        index[path] = low[path] = len(index)
        stack.append(path)
        for other in sorted(found.get(path, ())):
            if other not in index:
                visit(other)
                low[path] = min(low[path], low[other])
            elif other in stack:
                low[path] = min(low[path], index[other])
        if low[path] == index[path]:
            at = stack.index(path)
            if len(stack) - at > 1:
                groups.append(sorted(stack[at:]))
            del stack[at:]

    for path in sorted(found):
        if path not in index:
            visit(path)
    return groups


def circles_told(found):
    return ['%d files call each other in a circle: %s' % (
        len(group), ' '.join(group)) for group in circles(found)]

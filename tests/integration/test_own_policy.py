"""A policy of one's own: the steps of docs/routing.md, in a copy of the tree."""

import os
import re
import shutil

from harness import ROOT, main, test

PAGE = os.path.join(ROOT, 'docs', 'routing.md')
# As cheap as a build can be; of the compiler's cache where there is one.
QUICK = ' -Dbuildtype=plain -Ddefault_library=shared'


@test(deadline_s=200)
def page__adds_a_policy_in_three_steps(t):
    with open(PAGE) as page:
        section = page.read().split("## A policy of your own\n")[1]
    file = re.search(r'`(lib/policy/\w+\.c)`', section).group(1)
    code = re.search(r'```c\n(.*?)```', section, re.S).group(1)
    name, build = re.findall(r'```sh\n(.*?)```', section, re.S)
    tree = os.path.join(t.dir, 'tree')
    os.mkdir(tree)
    for part in ('meson.build', 'meson_options.txt'):
        shutil.copy(os.path.join(ROOT, part), tree)
    for part in ('include', 'lib', 'examples'):
        shutil.copytree(os.path.join(ROOT, part), os.path.join(tree, part))
    assert not os.path.exists(os.path.join(tree, file))
    with open(os.path.join(tree, file), 'w') as own:
        own.write(code)
    build = build.replace('\nninja', QUICK + '\nninja', 1)
    compiler = 'ccache gcc' if shutil.which('ccache') else 'gcc'
    # It compiles half of the tree, which takes what others leave of the
    # machine.
    told = t.run(['sh', '-euc', name + build], 190, cwd=tree,
                 env={'CC': compiler})
    assert re.search(r'^newest_idle - longest_idle ', told, re.M), told[-3000:]


main()

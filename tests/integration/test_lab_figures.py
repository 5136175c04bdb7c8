"""What the lab prints is right: formulas, intervals, the same days."""

import json

from labs import ONE, lab, main, near, test

COMPARED = ONE + '''\
compare:
  - name: eleven
  - {name: twelve, agents: {team: 12}}
  - {name: by chance, policy: random, policies: {calls: random}}
'''


@test()
def compare__tells_differences(_):
    told = json.loads(lab('compare', 'day.yaml', '--json', text=COMPARED))
    rows = {(row['variant'], row['queue'], row['figure']): row
            for row in told}
    assert len(rows) == len(told) == 3 * 2 * 22
    # The same callers, whoever serves them.
    arrived = [rows[v, 'all', 'arrived'] for v in
               ('eleven', 'twelve', 'by chance')]
    assert len({a['mean'] for a in arrived}) == 1
    assert all(a['difference'] == a['difference_half'] == 0 for a in arrived)
    # One more is better, and that is known better than either.
    wait = rows['twelve', 'calls', 'wait_s']
    assert wait['difference'] + wait['difference_half'] < 0, wait
    assert wait['difference_half'] < 0.7 * rows[
        'eleven', 'calls', 'wait_s']['half']
    # All agents are alike, so that it does not matter who is chosen.
    for figure in ('wait_s', 'abandoned', 'level_strict'):
        assert rows['by chance', 'all', figure]['difference'] == 0
    table = lab('compare', 'day.yaml', text=COMPARED)
    assert 'twelve - eleven' in table and '*' in table
    assert table == lab('compare', 'day.yaml', '--threads', '3',
                        text=COMPARED)
    # What was drawn for the file is not the options' to lose.
    assert lab('compare', 'day.yaml', '--csv', '--policies',
               'longest_idle,random', text=ONE).startswith('variant,')


@test()
def run__is_the_same_on_one_thread_and_many(_):
    for how in ([], ['--json'], ['--csv']):
        one = lab('run', 'day.yaml', '--threads', '1', *how, text=ONE)
        many = lab('run', 'day.yaml', '--threads', '5', *how, text=ONE)
        assert one == many
    other = lab('run', 'day.yaml', '--csv', '--seed', '2', text=ONE)
    assert other != many


main()

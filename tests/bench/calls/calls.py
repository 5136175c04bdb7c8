"""Complete queue calls through the example call center, sipp at both ends:
INVITE, queue, the agent's INVITE, answer, one second, BYE.

    USHER_BUILD=build/opt python3 tests/bench/calls/calls.py
        [--seconds 60] [--rates 50,100,200,300,400,600] [--rtp] [--waiting 500]

Prints for each rate the calls that failed, CPU-milliseconds a call and the
delay from the caller's INVITE to the agent's; then kilobytes a waiting caller.
Stops at the first rate with a failed call. Runs of less than 40 seconds do not
show what SIP's timers cost, since those live 32.
"""

import argparse
import json
import os
import re
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'integration'))

import harness  # noqa: E402

TALK_S = 1.5
TICKS = os.sysconf('SC_CLK_TCK')


def scenario(t, name, rtp):
    with open(os.path.join(HERE, name)) as file:
        text = file.read()
    action = ''
    if rtp:
        action = ('<action><exec rtp_stream="%s,-1,8,PCMA/8000"/></action>'
                  % t.path('talk.wav'))
    if not rtp:
        text = re.sub(r'\s*<nop>\s*@RTP@\s*</nop>', '', text)
    path = t.path(name)
    with open(path, 'w') as file:
        file.write(text.replace('@RTP@', action))
    return path


def write_config(t, sip, http_port, callers, phones, agents):
    lines = ['center: bench', 'sip: {listen: "%s"}' % sip,
             'media: {ports: 10000-29999}',
             'http: {listen: "%s:%d"}' % (sip.split(':')[0], http_port),
             'state: state', 'queues:',
             '  busy: {policy: longest_idle, offer_timeout: 10s}',
             '  empty: {policy: longest_idle}',
             'entries:', '  "100": {queue: busy}', '  "200": {queue: empty}',
             'trunks:', '  callers: {address: "%s", prefix: "8"}' % callers,
             'agents:']
    for n in range(agents):
        lines.append('  a%d: {endpoints: ["sip:a%d@%s"], queues: [busy]}' % (
            n, n, phones))
    path = t.path('center.yaml')
    with open(path, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    return path


def post(base, path):
    request = urllib.request.Request(base + path, data=b'{}', headers={
        'Content-Type': 'application/json'})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def cpu_ms(pid):
    with open('/proc/%d/stat' % pid) as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS


def resident_kb(pid):
    with open('/proc/%d/status' % pid) as file:
        return int(re.search(r'VmRSS:\s+(\d+)', file.read()).group(1))


def moments(path, word):
    """Caller: time, of a sipp log."""
    found = {}
    with open(path) as file:
        for line in file:
            match = re.match(r'%s (7\d+) .*?(\d+\.\d+)\s*$' % word, line)
            if match:
                found.setdefault(match.group(1), float(match.group(2)))
    return found


class Bench:
    def __init__(self, t, options):
        self.t = t
        self.options = options
        self.address = t.address()
        self.sip = '%s:%d' % (self.address, 5060)
        self.callers = t.address()
        self.phones = t.address()
        port = t.port(self.address, tcp=True)
        self.http = 'http://%s:%d/api/v1' % (self.address, port)
        config = write_config(t, self.sip, port, self.callers + ':5060',
                              self.phones + ':5060', options.agents)
        self.center = t.start([t.program('callcenter'), '--config', config,
                               '--state', t.path('state')], name='center')
        self.center.wait_for(r'^Open for business', 30)
        for n in range(options.agents):
            post(self.http, '/agents/a%d/sign-in' % n)

    def run(self, rate):
        t, seconds = self.t, self.options.seconds
        calls = int(rate * seconds)
        tag = '%d' % rate
        agent_log, caller_log = t.path('in' + tag), t.path('out' + tag)
        agents = t.sipp_start([
            '-sf', scenario(t, 'agent.xml', self.options.rtp), '-i',
            self.phones, '-p', 5060, '-mi', self.phones, '-trace_logs',
            '-log_file', agent_log, '-nd'], name='agents')
        time.sleep(0.5)
        cpu = cpu_ms(self.center.pid)
        callers = t.sipp_start([
            self.sip, '-sf', scenario(t, 'caller.xml', self.options.rtp),
            '-s', '100', '-i', self.callers, '-p', 5060, '-mi', self.callers,
            '-r', rate, '-m', calls, '-l', int(rate * 20) + 10, '-trace_logs',
            '-log_file', caller_log, '-nd'], name='callers')
        callers.wait(seconds + 90, None)
        cpu = cpu_ms(self.center.pid) - cpu
        agents.stop(30)
        failed = re.findall(r'Failed call\s*\|\s*\d+\s*\|\s*(\d+)',
                            callers.output())
        failed = int(failed[-1]) if failed else calls
        began, offered = moments(caller_log, 'out'), moments(agent_log, 'in')
        delays = sorted(1000 * (offered[c] - began[c]) for c in began
                        if c in offered)
        return calls, failed, cpu / calls, delays

    def waiting(self, count):
        """Kilobytes a caller who waits."""
        t = self.t
        before = resident_kb(self.center.pid)
        callers = t.sipp_start([
            self.sip, '-sf', scenario(t, 'caller.xml', False), '-s', '200',
            '-i', self.callers, '-p', 5061, '-r', 50, '-m', count, '-l',
            count + 1, '-nd'], name='waiting')
        time.sleep(count / 50 + 3)
        grown = resident_kb(self.center.pid) - before
        callers.kill()
        return grown / count


def quantile(values, q):
    return values[min(len(values) - 1, int(q * len(values)))] if values else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--rates', default='50,100,200,300,400,600')
    parser.add_argument('--rtp', action='store_true')
    parser.add_argument('--waiting', type=int, default=500)
    options = parser.parse_args()
    rates = [float(rate) for rate in options.rates.split(',')]
    options.agents = int(max(rates) * TALK_S * 2) + 10
    t = harness.Context()
    failed = True
    try:
        bench = Bench(t, options)
        print('%8s %8s %8s %12s %12s %12s' % (
            'calls/s', 'calls', 'failed', 'CPU ms/call', 'median ms',
            'p99 ms'), flush=True)
        for rate in rates:
            calls, bad, cpu, delays = bench.run(rate)
            print('%8g %8d %8d %12.2f %12.2f %12.2f' % (
                rate, calls, bad, cpu, quantile(delays, 0.5),
                quantile(delays, 0.99)), flush=True)
            if bad:
                break
        if options.waiting:
            print('%.1f kB a waiting caller (of %d)' % (
                bench.waiting(options.waiting), options.waiting))
        failed = False
    finally:
        told = t.close(failed)
        if failed:
            print(told)


if __name__ == '__main__':
    main()

"""A headless Chromium, spoken to by the DevTools protocol over web.py."""

import json
import os
import time

from web import Web

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
         '--disable-dev-shm-usage', '--no-first-run',
         '--no-default-browser-check', '--disable-background-networking',
         '--disable-component-update', '--disable-default-apps',
         '--disable-extensions', '--disable-sync', '--metrics-recording-only',
         '--mute-audio', '--hide-scrollbars', '--log-level=3',
         '--remote-debugging-port=0',
         # What it would ask elsewhere on its own account it cannot find.
         '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.*']
START_S = 20
ANSWER_S = 10


class Browser:
    """One page. requested has the address of all that it asked for, and
    complaints what its scripts threw or logged as an error."""

    def __init__(self, t):
        t.need('chromium')
        profile = t.path('chromium')
        self.requested = []
        self.complaints = []
        self.last = 0
        self.child = t.start(['chromium'] + FLAGS
                             + ['--user-data-dir=' + profile, 'about:blank'],
                             name='chromium')
        self.child.waited = True
        where = os.path.join(profile, 'DevToolsActivePort')
        port, path = t.until(lambda: self.door(where), START_S, 'chromium')
        self.web = Web('127.0.0.1', int(port), ANSWER_S)
        assert self.web.upgrade(path).status == 101
        self.session = None
        page = next(p for p in self.ask('Target.getTargets')['targetInfos']
                    if p['type'] == 'page')
        self.session = self.ask('Target.attachToTarget', flatten=True,
                                targetId=page['targetId'])['sessionId']
        for domain in ('Page', 'Runtime', 'Network', 'Log'):
            self.ask(domain + '.enable')

    @staticmethod
    def door(where):
        try:
            with open(where) as f:
                lines = f.read().split()
        except OSError:
            return None
        return lines if len(lines) == 2 else None

    def ask(self, method, **params):
        self.last += 1
        message = {'id': self.last, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        self.web.send_frame(1, json.dumps(message).encode())
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            said = self.web.message()
            if said.get('id') == self.last:
                assert 'error' not in said, (method, said['error'])
                return said['result']
            self.note(said)
        raise AssertionError(method + ': no answer')

    def note(self, said):
        params = said.get('params', {})
        if said.get('method') == 'Network.requestWillBeSent':
            url = params['request']['url']
            if not url.startswith('data:'):
                self.requested.append(url)
        elif said.get('method') == 'Network.webSocketCreated':
            self.requested.append(params['url'])
        elif said.get('method') == 'Runtime.exceptionThrown':
            self.complaints.append(str(params['exceptionDetails']))
        elif (said.get('method') == 'Log.entryAdded'
              and params['entry']['level'] == 'error'):
            self.complaints.append(params['entry']['text'])

    def size(self, width, height):
        self.ask('Emulation.setDeviceMetricsOverride', width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 600)

    def go(self, url):
        self.ask('Page.navigate', url=url)

    def value(self, expression):
        """What a JavaScript expression gives, as JSON can carry it."""
        result = self.ask('Runtime.evaluate', expression=expression,
                          returnByValue=True)
        assert 'exceptionDetails' not in result, result
        return result['result'].get('value')

    def text(self, selector):
        """The texts of the elements that match."""
        return self.value('[...document.querySelectorAll(%s)]'
                          '.map((e) => e.innerText)' % json.dumps(selector))

    def picture(self, path):
        import base64
        data = self.ask('Page.captureScreenshot', format='png')['data']
        with open(path, 'wb') as f:
            f.write(base64.b64decode(data))

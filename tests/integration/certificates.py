"""Certificates for the tests of TLS, made by the openssl program.

    pki = Certificates(t)                   # an issuer of the test's own
    pem = pki.make('center', ip='127.2.3.4', dns='center.test')
    pki.ca                                  # the issuer's, for who believes it
    Certificates(t, 'stranger')             # another one, whom nobody knows
"""

import os


class Certificates:
    def __init__(self, t, name='issuer'):
        t.need('openssl')
        self.t = t
        self.name = name
        self.ca = t.path(name + '.pem')
        self.key = t.path(name + '.key')
        self._openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
                      'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                      '-subj', '/CN=' + name, '-keyout', self.key, '-out',
                      self.ca)

    def _openssl(self, *words):
        return self.t.run(['openssl'] + list(words), 30)

    def make(self, name, ip=None, dns=None, expired=False, alone=False,
             kind=('ec', '-pkeyopt', 'ec_paramgen_curve:P-256')):
        """A file with a certificate and its key, of this kind; alone: its
        own issuer."""
        base = self.t.path('%s-%s' % (self.name, name))
        names = ['%s:%s' % (kind, value) for kind, value in
                 (('IP', ip), ('DNS', dns)) if value]
        with open(base + '.ext', 'w') as out:
            if names:
                out.write('subjectAltName=%s\n' % ','.join(names))
            out.write('basicConstraints=CA:FALSE\n')
        self._openssl('req', '-newkey', *kind, '-nodes', '-subj',
                      '/CN=' + name, '-keyout', base + '.key', '-out',
                      base + '.csr')
        signer = (['-key', base + '.key'] if alone else
                  ['-CA', self.ca, '-CAkey', self.key, '-CAcreateserial'])
        # A negative number of days is refused: it ended when it began.
        self._openssl('x509', '-req', '-in', base + '.csr', '-extfile',
                      base + '.ext', '-days', '0' if expired else '2',
                      '-out', base + '.crt', *(
                          ['-signkey', base + '.key'] if alone else signer))
        with open(base + '.pem', 'w') as out:
            for part in ('.crt', '.key'):
                with open(base + part) as text:
                    out.write(text.read())
        os.chmod(base + '.pem', 0o600)
        return base + '.pem'

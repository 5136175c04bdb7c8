"""Kamailio as a proxy in front of the center: Record-Route, loose routing, a
carrier behind it.

    proxy = Kamailio(t, center_ip, center.sip, carrier.hostport)

Needs its address before the center is there: give the center's address, and
set proxy.center when it is known; it is started by start().
"""

import os

CONFIG = '''
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{address}:5060
listen=tcp:{address}:5060
{more}
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("rr", "enable_full_lr", 1)

request_route {{
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    if (has_totag()) {{
        if (loose_route()) {{
            t_relay();
            exit;
        }}
        if (is_method("ACK")) {{
            if (t_check_trans()) t_relay();
            exit;
        }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("OPTIONS")) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    {first}
    record_route();
    # Over TCP the system chooses where from.
    if ($si == "{center_ip}" || $si == "127.0.0.1") {{
        $du = "sip:{carrier}";
    }} else {{
        $du = "sip:{center}";
    }}
    t_relay();
}}
'''

TLS = '''
enable_tls=yes
listen=tls:{address}:5061
loadmodule "tls.so"
modparam("tls", "certificate", "{pem}")
modparam("tls", "private_key", "{pem}")
modparam("tls", "tls_method", "TLSv1.2+")
'''


class Kamailio:
    def __init__(self, t, carrier, address=None, tls=None, first='',
                 more=''):
        """tls: a file with its certificate and key, for port 5061; first:
        what becomes of each first request before anything else; more:
        modules that this needs."""
        t.need('kamailio')
        self.t, self.carrier = t, carrier
        self.address = address or t.address()
        self.hostport = self.address + ':5060'
        self.child = None
        self.first = first
        self.more = TLS.format(address=self.address, pem=tls) if tls else ''
        self.more += more
        self.dir = t.path('kamailio-' + self.address)
        os.makedirs(self.dir)

    def start(self, center):
        """For a center at this "address:port"."""
        config = os.path.join(self.dir, 'kamailio.cfg')
        with open(config, 'w') as f:
            f.write(CONFIG.format(address=self.address, center=center,
                                  center_ip=center.split(':')[0],
                                  carrier=self.carrier, more=self.more,
                                  first=self.first))
        self.child = self.t.start(
            ['kamailio', '-DD', '-E', '-f', config, '-w', self.dir, '-Y',
             self.dir, '-P', os.path.join(self.dir, 'pid'), '-m', '16',
             '-M', '4'], name='kamailio')
        self.t.until_taken(self.address, 5060, 'kamailio listens')

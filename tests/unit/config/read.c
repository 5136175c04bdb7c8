/* Configurations that tests read. */
#include <string.h>

#include <check.h>

#include "read.h"

struct usher__conf *conf;
struct usher_error err;

int parse(const char *text, const struct usher__conf_over *over)
{
	memset(&err, 0, sizeof(err));
	return usher__conf_parse(&conf, "c.yaml", text, strlen(text), over,
				 &err);
}

struct usher__conf *good(const char *text)
{
	int e = parse(text, NULL);

	ck_assert_msg(e == 0, "%u:%u %s", err.line, err.column, err.message);
	return conf;
}

const char whole[] =
	"center: demo\n"
	"domain: demo.example\n"
	"seed: 7\n"
	"node: 3\n"
	"resume: 90s\n"
	"state: var\n"
	"recordings: /tmp/rec\n"
	"sip: {listen: '127.0.0.1:5060', public_address: 192.0.2.9, dns: "
	"'192.0.2.53 [::1]:5353', digest: "
	"sha-256, second_address: '::1', keep_alive: 20s, tls: {certificate: "
	"c.pem, key: /k.pem, ca: a.pem, verify: "
	"both, listen: '127.0.0.1:5062', certificates: [{certificate: "
	"n.pem, key: /n.key}, {certificate: /s.pem}]}}\n"
	"media: {ports: 10000-10999, threads: 2, silence: 45s, "
	"any_source: true, text: false, video: false, srtp: offer, codecs: "
	"opus pcmu}\n"
	"http:\n"
	"  listen: 127.0.0.1:8080\n"
	"  token: 0123456789abcdef\n"
	"  hosts: [board.example]\n"
	"  mask_numbers: false\n"
	"  tokens:\n"
	"    - {token: fedcba9876543210, center: demo}\n"
	"agents:\n"
	"  anna:\n"
	"    display: Anna K.\n"
	"    account: '201'\n"
	"    password: s3cret\n"
	"    pin: '0042'\n"
	"    extension: '301'\n"
	"    endpoints: [phone, 'tel:+36301234567']\n"
	"    ring_together: true\n"
	"    skills: {billing: 3, language: hu}\n"
	"    capacity: {voice: 1, chat: 3}\n"
	"    queues: [sales]\n"
	"    token: anna-anna-anna-anna\n"
	"  ben: {}\n"
	"queues:\n"
	"  sales:\n"
	"    display: Sales\n"
	"    policy: round_robin\n"
	"    requirement: billing >= 3\n"
	"    recording: always\n"
	"    number: '0800'\n"
	"    service_level: 30s\n"
	"    short_abandon: 3s\n"
	"    offer_timeout: 15s\n"
	"    wrap_up: 1m\n"
	"    max_wait: 10m\n"
	"    retry: 7s\n"
	"    decide_within: 250ms\n"
	"    max_waiting: 50\n"
	"    missed_max: 2\n"
	"entries:\n"
	"  '1000': {queue: sales, priority: -5, language: hu, "
	"video: false}\n"
	"trunks:\n"
	"  pstn: {address: '192.0.2.1:5060', user: u, password: p, caller_id: "
	"'+361', from_domain: from.example, prefix: '00', transport: tcp, "
	"priority: 2, weight: 3, "
	"calls: 30, calls_in: 20, calls_out: 10, check: 5s, register: true, "
	"expires: 2m, trusted: true, srtp: required}\n"
	"  silent: {address: sip.example.com, check: 0}\n"
	"features:\n"
	"  sign_in: '*21'\n"
	"  record: '*1'\n"
	"  record_pause: '*2'\n"
	"  reasons: {1: lunch, 2: meeting}\n";

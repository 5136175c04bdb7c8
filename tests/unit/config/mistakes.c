/* Mistakes in a file: each is named, with its line and column. */
#include <string.h>

#include <check.h>

#include <center/config.h>

#include "mistakes.h"
#include "read.h"

#define SIXTEEN    "abcdefghijklmnop"
#define SIXTY_FOUR SIXTEEN SIXTEEN SIXTEEN SIXTEEN

static const struct {
	const char *text;
	uint32_t line;
	uint32_t column;
	const char *message;
} bad[] = {
	{"- a\n", 1, 1, "the file has to be a mapping, not a list"},
	{"", 0, 0, "not nothing"},
	{"quues: {}\n", 1, 1, "is 'queues' meant?"},
	{"sip: 5060\n", 1, 6, "'sip' has to be a mapping"},
	{"sip: {}\n", 1, 6, "'sip' needs 'listen'"},
	{"sip: {listen: 5060}\n", 1, 15, "127.0.0.1:5060"},
	{"sip: {listen: 'localhost:5060'}\n", 1, 15, "not 'localhost:5060'"},
	{"sip: {listen: '127.0.0.1:70000'}\n", 1, 15, "'listen' has to be"},
	{"sip: {listen: '::1:5060'}\n", 1, 15, "'listen' has to be"},
	{"sip:\n  listen: '127.0.0.1:1'\n  public_address: here\n", 3, 19,
	 "IP address"},
	{"sip: {listen: '127.0.0.1:1', lisen: 2}\n", 1, 30, "'listen' meant"},
	{"sip: {listen: '127.0.0.1:1', second_address: 127.0.0.2}\n", 1, 46,
	 "an address of IPv6, as 'listen' is not"},
	{"sip: {listen: '[::1]:1', second_address: x}\n", 1, 42,
	 "an address of IPv4"},
	{"sip: {listen: '127.0.0.1:1', keep_alive: 2h}\n", 1, 42,
	 "'keep_alive'"},
	{"trunks: {a: {address: '192.0.2.1', transport: sctp}}\n", 1, 47,
	 "udp, tcp or tls, not 'sctp'"},
	{"trunks: {a: {address: '192.0.2.1', srtp: never}}\n", 1, 42,
	 "off, optional or required, not 'never'"},
	{"sip: {listen: '127.0.0.1:1', digest: sha}\n", 1, 38,
	 "both, md5 or sha-256, not 'sha'"},
	{"sip: {listen: '127.0.0.1:1', tls: {}}\n", 1, 35,
	 "'tls' needs 'certificate'"},
	{"sip: {listen: '127.0.0.1:1', tls: {certificate: a, verify: all}}\n",
	 1, 60, "servers, both or nobody, not 'all'"},
	{"sip: {listen: '127.0.0.1:1', tls: {certificate: a, listen: "
	 "'127.0.0.2:5061'}}\n",
	 1, 60, "at the address of SIP, 127.0.0.1"},
	{"sip: {listen: '127.0.0.1:1', tls: {certificate: a, listen: 1}}\n", 1,
	 60, "127.0.0.1:5061"},
	{"media: {ports: 10001-19999}\n", 1, 16, "first one even"},
	{"media: {ports: 20000-10000}\n", 1, 16, "'ports' has to be"},
	{"media: {ports: 80-90}\n", 1, 16, "'ports' has to be"},
	{"media: {ports: 10000}\n", 1, 16, "'ports' has to be"},
	{"media: {threads: 0}\n", 1, 18, "from 1 to 64"},
	{"media: {silence: 999ms}\n", 1, 18, "at least 1s"},
	{"sip: {listen: '127.0.0.1:1', limits: {allow: [host]}}\n", 1, 47,
	 "'host' is no address"},
	{"sip: {listen: '127.0.0.1:1', limits: {allow: [10.0.0.0/33]}}\n", 1,
	 47, "is no address"},
	{"sip: {listen: '127.0.0.1:1', limits: {ban: 5}}\n", 1, 44, "'ban'"},
	{"sip: {listen: '127.0.0.1:1', limits: {ban: 5m, ban_max: 1m}}\n", 1,
	 57, "shorter than 'ban'"},
	{"sip: {listen: '127.0.0.1:1', limits: {bans: 5m}}\n", 1, 39,
	 "is 'ban' meant"},
	{"outbound: {allow: [x]}\n", 1, 11, "made of digits"},
	{"tones: uk\n", 1, 8, "not 'uk'"},
	{"tones: ''\n", 1, 8, "'tones'"},
	{"tones: hungarian\n", 1, 8, "'tones'"},
	{"tones: [hu]\n", 1, 8, "'tones'"},
	{"outbound: {prices: {'06': free}}\n", 1, 27, "a price a minute"},
	{"outbound: {spend: -1}\n", 1, 19, "'spend'"},
	{"outbound: {budget: 1}\n", 1, 12, "unknown key"},
	{"media: {silence: 2d}\n", 1, 18, "silence"},
	{"http: {listen: '0.0.0.0:80'}\n", 1, 16, "needs a 'token'"},
	{"http: {listen: '[::]:80'}\n", 1, 16, "needs a 'token'"},
	{"http:\n  listen: 127.0.0.1:80\n  token: short\n", 2, 3,
	 "at least 16"},
	{"http:\n  listen: 127.0.0.1:80\n  token: 0123456789abcdef\n"
	 "  token_env: HOME\n",
	 4, 14, "given in two ways"},
	{"http:\n  listen: 127.0.0.1:80\n  token_env: NO_SUCH_VARIABLE_\n", 3,
	 14, "no variable 'NO_SUCH_VARIABLE_'"},
	{"http:\n  listen: 127.0.0.1:80\n  token_file: /nonexistent/t\n", 3,
	 15, "cannot read '/nonexistent/t'"},
	{"http:\n  listen: 127.0.0.1:80\n  tokens: [{center: x}]\n", 3, 12,
	 "needs 'token'"},
	{"http:\n  listen: 127.0.0.1:80\n  tokens:\n  - {token: "
	 "0123456789abcdef, center: x}\n",
	 2, 3, "center 'x', which is not there"},
	{"http:\n  listen: 127.0.0.1:80\n  tokens:\n  - token: "
	 "0123456789abcdef\n  - token: 0123456789abcdef\n",
	 2, 3, "two tokens are equal"},
	{"center: Demo Center\n", 1, 9, "a-z"},
	{"contact_order: fastest\n", 1, 16, "'contact_order' cannot be"},
	{"contact_order: longest_idle\n", 1, 16, "'contact_order' cannot be"},
	{"node: 70000\n", 1, 7, "from 0 to 65535"},
	{"explain: 65\n", 1, 10, "from 0 to 64"},
	{"resume: soon\n", 1, 9, "has to be a duration"},
	{"agents: [anna]\n", 1, 9, "'agents' has to be a mapping"},
	{"agents:\n  anna:\n", 2, 8, "agent 'anna' has to be a mapping"},
	{"agents:\n  anna: {pasword: x}\n", 2, 10, "'password' meant"},
	{"agents:\n  anna: {pin: 12a}\n", 2, 9,
	 "agent \"anna\": a PIN is 3 to 12 digits"},
	{"agents:\n  anna: {queues: sales}\n", 2, 18, "has to be a list"},
	{"queues: {sales: {}}\nagents:\n  anna: {queues: [sales, sale]}\n", 3,
	 26, "no queue 'sale'; is 'sales' meant?"},
	{"agents:\n  anna: {token: short}\n", 2, 9, "at least 16"},
	{"agents:\n  anna: {capacity: {voice: 100000}}\n", 2, 28,
	 "from 0 to 64"},
	{"agents:\n  anna: {capacity: {voice: many}}\n", 2, 28, "'capacity'"},
	{"agents:\n  anna: {capacity: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, "
	 "g: 1, h: 1, i: 1, j: 1, k: 1, l: 1, m: 1, n: 1, o: 1, p: 1, q: 1}}"
	 "\n",
	 2, 9, "more than 16 capacities"},
	{"agents:\n  ben: {}\n"
	 "  anna: {endpoints: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, "
	 "p, "
	 "q]}\n",
	 3, 21, "more than 16"},
	{"agents:\n  " SIXTY_FOUR ": {}\n", 2, 69, "1 to 63 bytes"},
	{"queues:\n  a: {}\n  " SIXTY_FOUR ": {}\n", 3, 69,
	 "a queue's name has 1 to 63 bytes"},
	{"queues:\n  sales: {fallback: external}\n", 2, 21,
	 "'fallback' cannot be 'external'"},
	{"agents:\n  anna: {ring_together: yes}\n", 2, 25, "true or false"},
	{"agents: {a: {account: x}, b: {account: x}}\n", 1, 30, "b"},
	{"queues:\n  sales: {policy: longest_idel}\n", 2, 19,
	 "'longest_idle' meant"},
	{"queues:\n  sales:\n    wrap_up: 20\n", 3, 14, "duration such as"},
	{"queues:\n  sales:\n    service_level: 0s\n", 3, 20, "from 1ms"},
	{"queues:\n  sales:\n    offer_timeout: 1h\n", 3, 20, "to 10m"},
	{"queues:\n  sales:\n    requirement: billing >= \n", 3, 28,
	 "a value is missing"},
	{"queues:\n  sales:\n    requirement: 'billing > > 3'\n", 3, 29, ""},
	{"queues:\n  sales: {recording: alway}\n", 2, 22, "'always' meant"},
	{"queues:\n  sales: {recording: 120%}\n", 2, 10, "share"},
	{"queues:\n  sales: {announcement: waltz}\n", 2, 25,
	 "no prompt 'waltz'"},
	{"agents:\n  a: {endpoints: ['tel:1 ring=soon']}\n", 2, 6,
	 "ring=SECONDS"},
	{"park: {count: 5000}\n", 1, 15, "to 1000"},
	{"queues:\n  sales: {max_waiting: -1}\n", 2, 24, "from 0"},
	{"queues:\n  sales: {music: waltz}\n", 2, 18, "no prompt 'waltz'"},
	{"queues: {a: {}}\nqueues: {b: {}}\n", 2, 1, "twice"},
	{"entries:\n  '1000': {}\n", 2, 11, "either 'flow' or 'queue'"},
	{"queues: {q: {}}\nentries:\n  '1000': {queue: q, flow: f}\n", 3, 28,
	 "no flow 'f'"},
	{"queues: {q: {}}\nflows: {f: [{end: x}]}\n"
	 "entries:\n  '1000': {queue: q, flow: f}\n",
	 4, 11, "either 'flow' or 'queue'"},
	{"queues: {sales: {}}\nflows:\n  f:\n  - queue: sails\n"
	 "entries: {'1': {flow: f}}\n",
	 4, 5, "no queue 'sails'; is 'sales' meant?"},
	{"entries:\n  '1000': {queue: sales}\n", 2, 19, "no queue 'sales'"},
	{"entries:\n  '1000': {flow: wellcome}\n", 2, 18,
	 "no flow 'wellcome'"},
	{"trunks:\n  pstn: {user: u}\n", 2, 9, "needs 'address'"},
	{"trunks:\n  'p q': {address: 192.0.2.1}\n", 2, 10,
	 "trunk name \"p q\" has a blank"},
	{"trunks:\n  pstn: {address: sip..example.com}\n", 2, 9,
	 "trunk \"pstn\": a trunk's host or user is malformed"},
	{"trunks:\n  pstn: {address: a.test, transport: ip}\n", 2, 38,
	 "udp, tcp or tls, not 'ip'"},
	{"trunks:\n  pstn: {address: a.test, register: true}\n", 2, 9,
	 "to register takes an address and a user"},
	{"trunks:\n  pstn: {address: a.test, check: 10ms}\n", 2, 9,
	 "checked every 1000 ms at most"},
	{"trunks:\n  pstn: {address: a.test, weight: 0}\n", 2, 35, "'weight'"},
	{"trunks:\n  pstn: {address: a.test, codecs: g729}\n", 2, 35,
	 "'codecs'"},
	{"media: {codecs: opus opus}\n", 1, 17, "'codecs'"},
	{"sip: {listen: '127.0.0.1:1', dns: name.test}\n", 1, 35,
	 "addresses of servers"},
	{"sip: {listen: '127.0.0.1:1', dns: '1.1.1.1:0'}\n", 1, 35,
	 "addresses of servers"},
	{"sip: {listen: '127.0.0.1:1', dns: '::1 ::1 ::1 ::1 ::1'}\n", 1, 35,
	 "addresses of servers"},
	{"trunks:\n  a: {sources: 10.0.0.0/8}\n  b: {sources: /99}\n", 3, 6,
	 "trunk \"b\": no address or prefix: '/99'"},
	{"trunks:\n  pstn: {sources: 10.0.0.0/33}\n", 2, 9, "'10.0.0.0/33'"},
	{"trunks:\n  pstn: {address: '192.0.2.1:70000'}\n", 2, 9,
	 "\"192.0.2.1:70000\" is no address"},
	{"trunks:\n  a: {sources: 10.0.0.0/8}\n"
	 "  b: {address: a.test, from_domain: 'sip:b.test'}\n",
	 3, 6, "trunk \"b\": \"sip:b.test\" is no domain for From"},
	{"agents:\n  a: {extension: '300'}\n"
	 "queues: {sales: {number: '300'}}\n",
	 2, 6,
	 "extension of agent 'a': 300 is the number of queue 'sales', too"},
	{"agents:\n  a: {extension: '300'}\nqueues: {sales: {}}\n"
	 "entries: {'300': {queue: sales}}\n",
	 2, 6, "extension of agent 'a': 300 is an entry, too"},
	{"agents:\n  a: {extension: '701'}\n", 2, 6,
	 "701 is a slot where calls are parked (701 to 710), too"},
	{"park: {first: 800, count: 2}\nagents:\n  a: {extension: '801'}\n", 3,
	 6, "801 is a slot where calls are parked (800 to 801), too"},
	{"features: {ready: '55'}\nagents:\n  a: {extension: '55'}\n", 3, 6,
	 "55 is taken by the feature code ready ('55'), too"},
	/* Behind a code may come the digits of a PIN, or of a reason. */
	{"agents:\n  a: {extension: '*11234'}\n", 2, 6,
	 "the feature code sign_in ('*11')"},
	{"agents:\n  a: {extension: '*135'}\n", 2, 6,
	 "the feature code pause ('*13')"},
	{"queues:\n  sales: {number: '300'}\n  help: {}\n"
	 "entries: {'300': {queue: help}}\n",
	 2, 10, "number of queue 'sales': 300 is an entry, too"},
	{"queues:\n  sales: {number: '710'}\n", 2, 10,
	 "number of queue 'sales': 710 is a slot"},
	{"queues:\n  sales: {}\nentries:\n  '705': {queue: sales}\n", 4, 10,
	 "entry '705': 705 is a slot"},
	{"queues:\n  sales: {}\nentries:\n  '*14': {queue: sales}\n", 4, 10,
	 "entry '*14': *14 is taken by the feature code ready"},
	{"features: {sing_in: '*11'}\n", 1, 12, "'sign_in' meant"},
	{"sip: {listen: '127.0.0.1:5060', tls: {certificate: a, "
	 "certificates: [{key: b}]}}\n",
	 1, 70, "'certificate'"},
	{"features: {record: '*1x'}\n", 1, 11, "1 to 8 of 0-9*#ABCD"},
	{"features: {record: '*12345678'}\n", 1, 11, "1 to 8"},
	{"features: {record: '*1', record_pause: '*12'}\n", 1, 11,
	 "none begins with another's"},
	{"agents:\n  a: {endpoints: [phone, 'voicemial']}\n", 2, 26,
	 "not 'voicemial'"},
	{"agents:\n  a: {endpoints: [phone, 'foo:bar']}\n", 2, 26,
	 "an endpoint is phone, app, voicemail, tel:NUMBER, sip:USER@HOST or "
	 "sips:USER@HOST, not 'foo:bar'"},
	{"agents:\n  a: {endpoints: ['http://x ring=8']}\n", 2, 19,
	 "not 'http://x ring=8'"},
	{"agents:\n  a: {endpoints: ['SIP:x@192.0.2.1']}\n", 2, 19,
	 "not 'SIP:x@192.0.2.1'"},
	{"agents:\n  a: {endpoints: ['tel: ring=8']}\n", 2, 19,
	 "not 'tel: ring=8'"},
	{"agents:\n  a: {endpoints: ['sip:']}\n", 2, 19, "not 'sip:'"},
	{"agents:\n  a: {endpoints: ['sip:x@a>,<sip:y']}\n", 2, 19,
	 "not 'sip:x@a>"},
	{"agents:\n  a: {endpoints: [\"tel:1\\n\"]}\n", 2, 19, "not 'tel:1?'"},
	{"agents:\n  a: {extension: '1 2'}\n", 2, 18,
	 "'extension' has a blank or control character: '1 2'"},
	{"agents:\n  a: {account: ' '}\n", 2, 16, "'account' is blank: ' '"},
	{"agents:\n  a: {display: \"a\\nb\"}\n", 2, 16,
	 "'display' has a control character: 'a?b'"},
	{"agents:\n  a: {capacity: {'': 1}}\n", 2, 18,
	 "a name in 'capacity' has 1 to 63 bytes"},
	{"queues:\n  a: {number: \"30\\t0\"}\n", 2, 15,
	 "'number' has a blank or control character"},
	{"features: {sign_in: '* 1'}\n", 1, 21, "'sign_in' has a blank"},
	{"domain: '   '\n", 1, 9,
	 "'domain' has to be an IP address or a name"},
	{"domain: 'a;b>c'\n", 1, 9, "dots, - and _: 'a;b>c'"},
	{"domain: a..b\n", 1, 9, "'domain' has to be"},
	{"domain: 192.0.2\n", 1, 9, "'domain' has to be"},
	{"sounds: [a]\n", 1, 9, "'sounds' has to be a text, not a list"},
	{"sounds: ''\n", 1, 9, "'sounds' is empty"},
	{"http: {listen: '127.0.0.1:1', hosts: ['a.example:80']}\n", 1, 39,
	 "'a.example:80' is no name of a host"},
	{"sip: {listen: '127.0.0.1:1', digest: ''}\n", 1, 38,
	 "'digest' is empty"},
	{"trunks:\n  t: {sources: ' '}\n", 2, 6, "sources are blank"},
	{"trunks:\n  t: {address: a.test, tls_name: 'a b'}\n", 2, 34,
	 "'tls_name' has to be an IP address or a name"},
	{"trunks:\n  t: {address: a.test, caller_id: \"1\\n\"}\n", 2, 35,
	 "'caller_id' has a control character"},
	{"trunks:\n  t: {address: a.test, prefix: '0 6'}\n", 2, 32,
	 "'prefix' has a blank"},
	{"agents:\n  a: {endpoints: ['sip:x@']}\n", 2, 19, "not 'sip:x@'"},
	{"agents:\n  a: {endpoints: ['sips:x@192.0.2.1']}\n", 2, 19,
	 "'sips:x@192.0.2.1' goes over TLS, and there is no 'sip.tls'"},
	{"agents:\n  a: {endpoints: ['phones ring=8']}\n", 2, 19,
	 "not 'phones"},
	{"agents:\n  a: {endpoints: [phone, 'app ring=8']}\n", 2, 26,
	 "app stands alone"},
	{"agents:\n  a: {endpoints: ['voicemail accept']}\n", 2, 19,
	 "voicemail stands alone"},
	{"features: {sign_in: '*12'}\n", 1, 11, "none begins with another's"},
	{"features: {pause: '*1'}\n", 1, 11, "none begins with another's"},
	{"agents:\n  a: {skills: [x]}\n", 2, 15, "has to be a mapping"},
	{"agents:\n  a: {skills: {l: ['x,y']}}\n", 2, 20, "has no comma"},
	{"agents:\n  a: {skills: {l: [[x]]}}\n", 2, 20, "not a list"},
	{"agents:\n  a: {skills: {a: {b: {c: {d: {e: 1}}}}}}\n", 2, 31,
	 "more than 4 mappings deep"},
	{"agents:\n  a: {skills: {a: {" SIXTY_FOUR ": 1}}}\n", 2, 86,
	 "at most 63 bytes"},
	{"centers: []\n", 1, 10, "is empty"},
	{"centers: [{name: a}]\nqueues: {}\n", 2, 1, "unknown key 'queues'"},
	{"centers: [{}]\n", 1, 11, "needs 'name'"},
	{"centers: [{name: a}, {name: a}]\n", 1, 22, "second center"},
	{"centers: [{name: a}, {name: b}]\n", 1, 22,
	 "center 'a' has no 'domain' either"},
	{"centers: [{name: a, domain: x.example}, "
	 "{name: b, domain: X.example}]\n",
	 1, 59, "center 'a' has this 'domain' already"},
	{"centers: [{name: a, sip: {}}]\n", 1, 21, "unknown key 'sip'"},
};

START_TEST(config__mistake_names_its_place)
{
	struct usher__conf *before = conf;

	ck_assert_int_lt(parse(bad[_i].text, NULL), 0);
	ck_assert_ptr_eq(conf, before);
	ck_assert_str_eq(err.file, "c.yaml");
	ck_assert_msg(err.line == bad[_i].line && err.column == bad[_i].column,
		      "at %u:%u instead of %u:%u: %s\n%s", err.line,
		      err.column, bad[_i].line, bad[_i].column, err.message,
		      bad[_i].text);
	ck_assert_msg(strstr(err.message, bad[_i].message) != NULL,
		      "%s\ninstead of %s", err.message, bad[_i].message);
	ck_assert_msg(!strstr(err.message, "agent '") ||
			      !strstr(err.message, "agent \""),
		      "named twice: %s", err.message);
	ck_assert_msg(!strstr(err.message, "trunk '") ||
			      !strstr(err.message, "trunk name"),
		      "named twice: %s", err.message);
}
END_TEST

START_TEST(config__numbers_that_hide_nothing_are_good)
{
	static const char *const good[] = {
		/* The same queue, either way. */
		"queues: {sales: {number: '300'}}\n"
		"entries: {'300': {queue: sales}}\n",
		"agents:\n  a: {extension: '711'}\n",
		"agents:\n  a: {extension: '0701'}\n",
		"agents:\n  a: {extension: '*1355'}\n",
		"agents:\n  a: {extension: '*125'}\n",
		"agents:\n  a: {extension: '*11x'}\n",
		"agents:\n  a: {extension: '300'}\nqueues: {sales: {}}\n"
		"entries: {'300': {queue: sales, channel: chat}}\n",
		"agents:\n  a: {extension: '300'}\nqueues: {sales: {}}\n"
		"entries: {'*': {queue: sales}}\n",
	};

	ck_assert_msg(!parse(good[_i], NULL), "%s: %s", err.message, good[_i]);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__addresses_that_can_be_rung_are_good)
{
	static const char *const good[] = {
		"sip:x@192.0.2.1",
		"sip:192.0.2.1:5070;transport=tcp ring=8",
		"sip:x@[2001:db8::1]",
		"sips:x@a.example accept",
		"tel:+3615550000 ring=20 accept",
		"tel:desk",
		"tel:*31",
	};
	char text[256];

	snprintf(text, sizeof(text),
		 "sip: {listen: '127.0.0.1:5060', tls: {certificate: x}}\n"
		 "agents:\n  a: {endpoints: [phone, '%s', app, voicemail]}\n",
		 good[_i]);
	ck_assert_msg(!parse(text, NULL), "%s: %s", err.message, good[_i]);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__check_says_which_part)
{
	const struct usher_queue_conf own = {.size = sizeof(own),
					     .name = "own",
					     .policy = "of-an-application"};
	const struct usher_trunk_conf trunk = {
		.size = sizeof(trunk), .name = "out", .sources = "nowhere"};
	struct usher_config_place place = {.size = sizeof(place)};
	struct usher_config *config, *again;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_queue(config, &own, NULL), 0);
	/* An application may bring the policy. */
	ck_assert_int_eq(usher_config_check_at(config, &place, &err), 0);
	ck_assert_ptr_null(place.name);
	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_check_at(config, &place, &err),
			 USHER_EINVAL);
	ck_assert_uint_eq(place.part, USHER_CONFIG_TRUNK);
	ck_assert_str_eq(place.name, "out");
	ck_assert_int_eq(usher_config_check(config, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_config_check(NULL, &err), USHER_EINVAL);
	ck_assert_str_eq(err.message, "no configuration");
	/* An older caller's, or one that nobody initialized. */
	place.size = sizeof(place) - 1;
	ck_assert_int_eq(usher_config_check_at(config, &place, &err),
			 USHER_EINVAL);
	ck_assert_str_eq(err.message, "the place's size is too small");
	/* It is there until the last reference is given back. */
	again = usher_config_ref(config);
	usher_config_free(config);
	ck_assert_str_eq(again->trunks[0].name, "out");
	usher_config_free(again);
	ck_assert_ptr_null(usher_config_ref(NULL));
}
END_TEST

TCase *mistakes_case(void)
{
	TCase *t = tcase_create("mistakes");

	tcase_add_loop_test(t, config__mistake_names_its_place, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(t, config__numbers_that_hide_nothing_are_good, 0,
			    8);
	tcase_add_loop_test(t, config__addresses_that_can_be_rung_are_good, 0,
			    7);
	tcase_add_test(t, config__check_says_which_part);
	return t;
}

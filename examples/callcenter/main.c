/*
 * A call center in one file: read center.yaml, open for business, tell where
 * it is, end on a signal. Everything else is the library.
 *
 *     callcenter --config FILE [--listen ADDR] [--state DIR] [--secrets]
 *     callcenter --config FILE --check
 *     callcenter --config FILE --prompts
 *
 * SIGINT and SIGTERM end it, SIGHUP reads the file again.
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/server.h>

/* Following ports to try when one is taken. */
#define PORT_TRIES 20

static void log_line(void *arg, int level, const char *line)
{
	(void)arg;
	if (level <= USHER_LOG_INFO)
		fprintf(stderr, "%s\n", line);
}

static int complain(const struct usher_error *err)
{
	if (err->line)
		fprintf(stderr, "%s:%u:%u: %s\n", err->file, err->line,
			err->column, err->message);
	else if (err->file[0])
		fprintf(stderr, "%s: %s\n", err->file, err->message);
	else
		fprintf(stderr, "callcenter: %s\n", err->message);
	return 1;
}

static int print_prompt(void *arg, const struct usher_server_prompt *prompt)
{
	(void)arg;
	printf("%s\t%s\t%s\n", prompt->sound, prompt->language, prompt->text);
	return 0;
}

static void introduce_entry(const struct usher_server_entry *entry,
			    const char *address)
{
	if (strcmp(entry->number, "*") != 0)
		printf("SIP: sip:%s@%s (%s)\n", entry->number, address,
		       entry->flow);
	else
		printf("SIP: sip:anything-else@%s (%s)\n", address,
		       entry->flow);
}

static void introduce_secret(const char *what, const char *secret, bool tell)
{
	if (secret && !*secret)
		printf(" no %s", what);
	else if (!tell)
		printf(" with %s", what);
	else
		printf(" %s %s", what, secret ? secret : "(not told)");
}

/* What it prints often ends in a log, so the secrets of real agents are not
 * in it unless somebody has asked for them. */
static void introduce(const struct usher_server *server, bool secrets)
{
	struct usher_server_info info = {.size = sizeof(info)};
	struct usher_server_entry entry = {.size = sizeof(entry)};
	struct usher_server_agent agent = {.size = sizeof(agent)};

	usher_server_info(server, &info);
	for (uint32_t i = 0; !usher_server_entry(server, i, &entry); ++i)
		introduce_entry(&entry, info.sip_address);
	for (uint32_t i = 0; !usher_server_agent(server, i, &agent); ++i) {
		printf("Agent: sip:%s@%s", agent.name, info.sip_address);
		introduce_secret("password", agent.password, secrets);
		introduce_secret("PIN", agent.pin, secrets);
		printf("\n");
	}
	if (info.http_address[0])
		printf("Wallboard: http://%s/\n", info.http_address);
	printf("Open for business. Ctrl-C ends.\n");
	fflush(stdout);
}

static const char usage[] =
	"usage: callcenter --config FILE [--listen ADDR] [--state DIR] "
	"[--secrets]\n"
	"       callcenter --config FILE --check | --prompts\n"
	"  --config FILE  what the center is, see docs/config.md\n"
	"  --listen ADDR  another address than the file's; the ports stay\n"
	"  --state DIR    another directory for journal and recordings\n"
	"  --secrets      print the passwords and PINs that stand in the "
	"file\n"
	"  --check        only say whether the file is good\n"
	"  --prompts      list the prompts: sound file, language, text\n";

static int serve(const struct usher_server_opts *opts, bool secrets,
		 const sigset_t *signals)
{
	struct usher_server *server;
	struct usher_error err = {0};
	int sig;

	if (usher_server_new(&server, opts, &err))
		return complain(&err);
	introduce(server, secrets);
	while (sigwait(signals, &sig) == 0 && sig == SIGHUP) {
		if (usher_server_reload(server, &err))
			complain(&err);
		else
			fprintf(stderr, "configuration read again\n");
	}
	printf("Closing.\n");
	fflush(stdout);
	usher_server_free(server);
	return 0;
}

/* Blocked before any thread starts, so that only sigwait() takes them; a
 * shell starts background jobs with SIGINT ignored, which is undone. */
static void catch_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"listen", required_argument, NULL, 'l'},
		{"state", required_argument, NULL, 's'},
		{"secrets", no_argument, NULL, 'S'},
		{"check", no_argument, NULL, 'k'},
		{"prompts", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	struct usher_server_opts opts;
	struct usher_error err = {0};
	sigset_t signals;
	bool secrets = false;
	int mode = 0, c;

	usher_server_opts_init(&opts, sizeof(opts));
	opts.port_tries = PORT_TRIES;
	opts.log = log_line;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			opts.config_file = optarg;
		else if (c == 'l')
			opts.listen_address = optarg;
		else if (c == 's')
			opts.state_dir = optarg;
		else if (c == 'S')
			secrets = true;
		else if (c == '?')
			return 2;
		else
			mode = c;
	}
	if (mode == 'h' || !opts.config_file || optind != argc) {
		fputs(usage, mode == 'h' ? stdout : stderr);
		return mode == 'h' ? 0 : 2;
	}
	if (mode == 'k')
		c = usher_server_check(opts.config_file, &err);
	else if (mode == 'p')
		c = usher_server_prompts(opts.config_file, print_prompt, NULL,
					 &err);
	if (mode == 'k' && !c)
		printf("%s: good\n", opts.config_file);
	if (mode)
		return c ? complain(&err) : 0;
	catch_signals(&signals);
	return serve(&opts, secrets, &signals);
}

/*
 * HTTP over a fake center, for tests of the wire: what it says and when is
 * told on standard input, a line a command.
 *
 *     httpd ADDRESS:PORT [TOKEN [TOKEN_OF_ANNA]]
 *
 * With a token for anna numbers are shown and not masked.
 *
 *     events N            N events, each with a reason of 900 bytes
 *     forget SEQ          events below are gone
 *     answer done|silent  how requests are answered from now on
 *     contact ORIGIN      one more waits
 *     annas ORIGIN        one more talks with anna
 *     quit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <http/http.h>

#include "../unit/http/fake.h"

static void log_line(void *arg, int level, const char *line)
{
	(void)arg;
	fprintf(stderr, "log %d %s\n", level, line);
}

static void events(struct usher_center *center, unsigned n)
{
	char reason[FAKE_REASON];

	for (unsigned i = 0; i < n; ++i) {
		snprintf(reason, sizeof(reason), "%0900u", i);
		fake_event(center, 201, reason);
	}
}

static void obey(struct usher_center *center, char *line)
{
	char *word = strtok(line, " \n");
	char *rest = strtok(NULL, "\n");

	if (!word)
		return;
	if (strcmp(word, "events") == 0)
		events(center, (unsigned)atoi(rest));
	else if (strcmp(word, "forget") == 0)
		fake_forget(center, strtoull(rest, NULL, 10));
	else if (strcmp(word, "answer") == 0)
		fake_answer(center,
			    strcmp(rest, "done") == 0 ? FAKE_DONE
						      : FAKE_SILENT,
			    0, NULL);
	else if (strcmp(word, "contact") == 0)
		fake_contact(center, strdup(rest));
	else if (strcmp(word, "annas") == 0)
		fake_contact(center, strdup(rest))->agent = 201;
	printf("%s done\n", word);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct usher_center *center = fake_new("demo");
	struct usher__conf *conf = calloc(1, sizeof(*conf));
	struct usher__http_center served = {center, NULL, NULL};
	struct usher__http_opts opts = {0};
	struct usher_error err = {0};
	struct usher__listen at;
	struct usher__http *http;
	char line[256];

	fake_queue(center, "sales");
	fake_agent(center, "anna")->presence = "ready";
	fake_agent(center, "<b>&\"'");
	if (argc < 2 || usher__listen_parse(&conf->http, argv[1]))
		return 2;
	conf->mask_numbers = true;
	if (argc > 2) {
		conf->tokens[0].token = argv[2];
		conf->token_count = 1;
	}
	if (argc > 3) {
		conf->mask_numbers = false;
		conf->tokens[1].token = argv[3];
		conf->tokens[1].center = "demo";
		conf->tokens[1].agent = "anna";
		conf->token_count = 2;
	}
	opts.conf = conf;
	opts.centers = &served;
	opts.center_count = 1;
	opts.port_tries = 5;
	opts.log = log_line;
	if (usher__http_new(&http, &opts, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	usher__http_listen(http, &at);
	printf("listening on %u\n", at.port);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) && strncmp(line, "quit", 4))
		obey(center, line);
	usher__http_free(http);
	fake_free(center);
	free(conf);
	printf("ended\n");
	return 0;
}

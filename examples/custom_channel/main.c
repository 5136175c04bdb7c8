/* A center whose customers come over SIP and over a socket, through one flow
 * into one queue. The agent for words is a robot of this program, which says
 * how much it was told; calls ring the SIP account "ann".
 *
 *   custom_channel [SIP-ADDRESS [TEXT-PORT]]
 *   nc 127.0.0.1 TEXT-PORT
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <usher/usher.h>

#include "text.h"

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

/* "Welcome", then the queue: the flow of both channels. */
static struct usher_flow_set *flows_make(struct usher_error *err)
{
	struct usher_flow_set *set = NULL;
	struct usher_flow_builder *b;
	struct usher_step_opts step;

	if (usher_flow_builder_new(&b, NULL))
		return NULL;
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_PROMPT;
	step.prompt = "welcome";
	if (usher_flow_builder_prompt(b, "welcome", "en",
				      "Welcome. An agent will be with you.",
				      err) ||
	    usher_flow_builder_flow(b, "hello", err) ||
	    usher_flow_builder_step(b, &step, err))
		goto out;
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.next = "end";
	if (usher_flow_builder_step(b, &step, err) ||
	    usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "support", NULL, err))
		goto out;
	usher_flow_builder_finish(b, &set, err);
out:
	usher_flow_builder_free(b);
	return set;
}

static int config_make(struct usher_config **ret, struct usher_error *err)
{
	const char *endpoints[] = {"phone", "app"};
	const char *capacity[] = {"voice=1", "chat=1", "total=2"};
	const struct usher_agent_conf ann = {
		.size = sizeof(ann),
		.name = "ann",
		.password = "secret",
		.endpoints = endpoints,
		.endpoint_count = 2,
		.capacity = capacity,
		.capacity_count = 3,
	};
	const struct usher_queue_conf support = {.size = sizeof(support),
						 .name = "support"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "*", .flow = "hello"};
	const struct usher_trunk_conf loopback = {.size = sizeof(loopback),
						  .name = "loopback",
						  .sources = "127.0.0.0/8"};
	struct usher_flow_set *flows = flows_make(err);
	struct usher_config *config;
	int code;

	if (!flows)
		return USHER_EINVAL;
	code = usher_config_new(&config);
	if (code) {
		usher_flow_set_unref(flows);
		return code;
	}
	code = usher_config_flows(config, flows);
	usher_flow_set_unref(flows);
	if (!code)
		code = usher_config_queue(config, &support, err);
	if (!code)
		code = usher_config_agent(config, &ann, err);
	if (!code)
		code = usher_config_entry(config, &entry, err);
	if (!code)
		code = usher_config_trunk(config, &loopback, err);
	if (code)
		usher_config_free(config);
	else
		*ret = config;
	return code;
}

static void ask(struct usher_center *center, uint32_t type,
		const struct usher_event *ev, uint64_t agent, uint64_t offer,
		const char *text)
{
	const struct usher_request request = {
		.size = sizeof(request),
		.type = type,
		.agent = agent,
		.contact = ev ? ev->contact : 0,
		.offer = offer,
		.text = text,
	};

	usher_center_request(center, &request, NULL, NULL);
}

/* What the robot does about an event. A call's offer is refused here by the
 * center, since a phone is rung for it. */
static void robot(struct usher_center *center, const struct usher_event *ev)
{
	uint64_t agent = 0, offer = 0, number = 0;
	char words[64];

	usher_event_u64(ev, USHER_F_AGENT, &agent);
	if (ev->type == USHER_EV_OFFER_MADE) {
		usher_event_u64(ev, USHER_F_OFFER, &offer);
		ask(center, USHER_REQ_ACCEPT, ev, agent, offer, NULL);
	} else if (ev->type == USHER_EV_AGENT_JOINED) {
		ask(center, USHER_REQ_SEND, ev, agent, 0,
		    "Ann here. What can I do for you?");
	} else if (ev->type == USHER_EV_MESSAGE && agent) {
		usher_event_u64(ev, USHER_F_DIRECTION, &number);
		if (number != USHER_IN)
			return;
		usher_event_u64(ev, USHER_F_COUNT, &number);
		snprintf(words, sizeof(words), "You wrote %llu bytes.",
			 (unsigned long long)number);
		ask(center, USHER_REQ_SEND, ev, agent, 0, words);
	}
}

static void follow(struct usher_center *center, struct usher_reader *reader)
{
	struct pollfd fd = {.fd = usher_reader_fd(reader), .events = POLLIN};
	const struct usher_event *ev;

	while (!ended) {
		if (poll(&fd, 1, 500) <= 0)
			continue;
		while ((ev = usher_reader_next(reader)))
			robot(center, ev);
	}
}

/* A socket that listens on 127.0.0.1, or −1. Port 0 becomes a free one. */
static int listen_on(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(*port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);

	if (fd >= 0 && (bind(fd, (void *)&at, len) || listen(fd, SOMAXCONN) ||
			getsockname(fd, (void *)&at, &len))) {
		close(fd);
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

int main(int argc, char **argv)
{
	uint16_t port = argc > 2 ? (uint16_t)atoi(argv[2]) : 0;
	struct usher_config *config = NULL;
	struct usher_reader *reader = NULL;
	struct usher_center *center = NULL;
	struct usher_host *host = NULL;
	struct usher_host_opts opts;
	struct usher_error err = {0};
	struct text text = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
	int code;

	if (argc > 1 && *argv[1] == '-') {
		bool help = !strcmp(argv[1], "--help");

		fputs("usage: custom_channel [SIP-ADDRESS [TEXT-PORT]]\n",
		      help ? stdout : stderr);
		return help ? 0 : 2;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	usher_host_opts_init(&opts, sizeof(opts));
	opts.sip_listen = argc > 1 ? argv[1] : NULL;
	code = config_make(&config, &err);
	if (!code)
		code = usher_host_new(&host, &opts, &err);
	if (!code)
		code = usher_center_new(&center, host, NULL, config, &err);
	if (code)
		usher_config_free(config);
	else if ((text.fd = listen_on(&port)) < 0)
		code = usher_error_set(&err, USHER_EIO,
				       "cannot listen on 127.0.0.1:%u", port);
	if (!code)
		code = usher_center_driver_add(center, &text_driver, &text,
					       &err);
	if (!code)
		code = usher_host_start(host, &err);
	if (!code)
		code = usher_reader_new(&reader, center, NULL, &err);
	if (!code) {
		ask(center, USHER_REQ_SIGN_IN, NULL,
		    usher_center_agent_id(center, "ann"), 0, NULL);
		printf("text on 127.0.0.1:%u\n", port);
		fflush(stdout);
		follow(center, reader);
	} else {
		fprintf(stderr, "custom_channel: %s: %s\n",
			usher_strerror(code), err.message);
	}
	usher_reader_free(reader);
	usher_host_free(host);
	if (text.fd >= 0)
		close(text.fd);
	return code ? 1 : 0;
}

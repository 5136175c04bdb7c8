#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "center/fetch.h"

#define POLL_MS 1000
/* Descriptors looked at for curl's own. */
#define FDS_MAX 4096

struct fetch {
	struct fetch *next;
	uint64_t id;
	usher__fetch_done *done;
	void *arg;
	CURL *easy;
	struct curl_slist *headers;
	char *body;
	char *paths[USHER__FETCH_VALUES_MAX];
	size_t path_count;
	char *answer;
	size_t len;
};

struct usher__fetcher {
	CURLM *multi;
	pthread_t thread;
	pthread_mutex_t lock; /* over fresh, count and stop */
	struct fetch *fresh;
	struct fetch *running; /* the thread's own */
	unsigned count;
	bool stop;
};

static void fetch_free(struct fetch *fetch)
{
	size_t i;

	if (!fetch)
		return;
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->headers);
	if (fetch->body)
		explicit_bzero(fetch->body, strlen(fetch->body));
	free(fetch->body);
	for (i = 0; i < fetch->path_count; i++)
		free(fetch->paths[i]);
	if (fetch->answer)
		explicit_bzero(fetch->answer, fetch->len);
	free(fetch->answer);
	free(fetch);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;
	size_t len = size * count;
	char *bigger;

	if (fetch->len + len > USHER__FETCH_ANSWER_MAX)
		return 0;
	bigger = realloc(fetch->answer, fetch->len + len + 1);
	if (!bigger)
		return 0;
	fetch->answer = bigger;
	memcpy(bigger + fetch->len, bytes, len);
	fetch->len += len;
	return len;
}

static int headers_set(struct fetch *fetch,
		       const struct usher_ivr_action *action)
{
	struct curl_slist *longer;
	char line[4096];
	size_t i;
	int n;

	for (i = 0; i < action->n_pairs + 2; i++) {
		if (i < action->n_pairs)
			n = snprintf(line, sizeof(line), "%s: %s",
				     action->pairs[i].name,
				     action->pairs[i].value
					     ? action->pairs[i].value
					     : "");
		else if (i == action->n_pairs)
			n = snprintf(line, sizeof(line),
				     "Accept: application/json");
		else if (action->body)
			n = snprintf(line, sizeof(line),
				     "Content-Type: application/json");
		else
			break;
		if (n < 0 || (size_t)n >= sizeof(line) ||
		    strpbrk(line, "\r\n"))
			return USHER_EINVAL;
		longer = curl_slist_append(fetch->headers, line);
		explicit_bzero(line, sizeof(line));
		if (!longer)
			return USHER_ENOMEM;
		fetch->headers = longer;
	}
	return 0;
}

/* curl knows no close-on-exec; its sockets are ours to mark. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose,
			       struct curl_sockaddr *address)
{
	(void)arg;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

static int easy_set(struct fetch *fetch, const struct usher_ivr_action *action)
{
	long ms = action->timeout_ms ? (long)action->timeout_ms
				     : (long)USHER__FETCH_DEFAULT_MS;
	CURL *easy = curl_easy_init();

	if (!easy)
		return USHER_ENOMEM;
	fetch->easy = easy;
	/* No redirects: the flow names the host, an answer must not. */
	if (curl_easy_setopt(easy, CURLOPT_URL, action->target) ||
	    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms) ||
	    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms) ||
	    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes) ||
	    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch) ||
	    curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch) ||
	    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) ||
	    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Usher") ||
	    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers))
		return USHER_EINVAL;
	if (fetch->body &&
	    (curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->body) ||
	     curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
			      (long)strlen(fetch->body))))
		return USHER_EINVAL;
	if (action->method &&
	    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, action->method))
		return USHER_EINVAL;
	return 0;
}

int usher__fetch_start(struct usher__fetcher *fetcher, uint64_t id,
		       const struct usher_ivr_action *action,
		       usher__fetch_done *done, void *arg)
{
	struct fetch *fetch;
	size_t i;
	int err = 0;

	if (!action->target || action->n_paths > USHER__FETCH_VALUES_MAX)
		return USHER_EINVAL;
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return USHER_ENOMEM;
	fetch->id = id;
	fetch->done = done;
	fetch->arg = arg;
	if (action->body && !(fetch->body = strdup(action->body)))
		err = USHER_ENOMEM;
	for (i = 0; !err && i < action->n_paths; i++) {
		fetch->paths[i] = strdup(action->paths[i]);
		if (!fetch->paths[i])
			err = USHER_ENOMEM;
		else
			fetch->path_count++;
	}
	if (!err)
		err = headers_set(fetch, action);
	if (!err)
		err = easy_set(fetch, action);
	if (!err) {
		pthread_mutex_lock(&fetcher->lock);
		if (fetcher->count >= USHER__FETCHES_MAX) {
			err = USHER_EFULL;
		} else {
			fetcher->count++;
			fetch->next = fetcher->fresh;
			fetcher->fresh = fetch;
		}
		pthread_mutex_unlock(&fetcher->lock);
	}
	if (err) {
		fetch_free(fetch);
		return err;
	}
	curl_multi_wakeup(fetcher->multi);
	return 0;
}

/* The member of an answer that a path like a.b.0 names, or NULL. */
static const json_t *member(const json_t *json, const char *path)
{
	char name[128];
	size_t len;
	char *rest;

	while (json && *path) {
		len = strcspn(path, ".");
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = 0;
		if (json_is_array(json)) {
			unsigned long i = strtoul(name, &rest, 10);

			json = *rest || !*name ? NULL
					       : json_array_get(json, i);
		} else {
			json = json_object_get(json, name);
		}
		path += len + (path[len] == '.');
	}
	return json;
}

static size_t value_set(struct usher_value *value, const json_t *json,
			char *room, size_t cap)
{
	size_t len;

	*value = usher_value_undefined();
	if (json_is_number(json)) {
		*value = usher_value_number(json_number_value(json));
	} else if (json_is_boolean(json)) {
		*value = usher_value_bool(json_is_true(json));
	} else if (json_is_string(json)) {
		len = json_string_length(json);
		if (len > cap)
			len = cap;
		memcpy(room, json_string_value(json), len);
		*value = usher_value_bytes(room, len);
		return len;
	}
	return 0;
}

/* Cut what a flow cannot hold anyway. */
static void values_read(struct usher__fetched *fetched,
			const struct fetch *fetch, const json_t *json)
{
	char *room = fetched->bytes;
	size_t i;

	for (i = 0; i < fetch->path_count; i++)
		room += value_set(&fetched->values[i],
				  member(json, fetch->paths[i]), room,
				  USHER__FETCH_VALUE_BYTES);
	fetched->value_count = fetch->path_count;
}

static const char *reason_of(CURLcode code, long status)
{
	static const char *const by_hundred[] = {
		"failed", "1xx", "2xx", "redirect", "refused", "error"};

	if (code == CURLE_OPERATION_TIMEDOUT)
		return "timeout";
	if (code)
		return "failed";
	if (status >= 200 && status < 300)
		return NULL;
	switch (status) {
	case 400:
		return "400";
	case 401:
		return "401";
	case 403:
		return "403";
	case 404:
		return "404";
	case 409:
		return "409";
	case 429:
		return "429";
	case 500:
		return "500";
	case 503:
		return "503";
	}
	return status >= 100 && status < 600 ? by_hundred[status / 100]
					     : "failed";
}

static void finish(struct usher__fetcher *fetcher, struct fetch *fetch,
		   CURLcode code)
{
	struct usher__fetched *fetched;
	json_t *json = NULL;
	long status = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	fetched =
		calloc(1, sizeof(*fetched) + fetch->path_count *
						     USHER__FETCH_VALUE_BYTES);
	if (!fetched)
		fetch->done(fetch->arg, NULL);
	if (fetched) {
		fetched->id = fetch->id;
		fetched->reason = reason_of(code, status);
		if (!fetched->reason && fetch->path_count) {
			json = json_loadb(fetch->answer ? fetch->answer : "",
					  fetch->len, JSON_DECODE_ANY, NULL);
			if (json)
				values_read(fetched, fetch, json);
			else
				fetched->reason = "malformed";
			json_decref(json);
		}
		fetch->done(fetch->arg, fetched);
	}
	pthread_mutex_lock(&fetcher->lock);
	fetcher->count--;
	pthread_mutex_unlock(&fetcher->lock);
}

static void take_fresh(struct usher__fetcher *fetcher)
{
	struct fetch *fresh, *fetch;

	pthread_mutex_lock(&fetcher->lock);
	fresh = fetcher->fresh;
	fetcher->fresh = NULL;
	pthread_mutex_unlock(&fetcher->lock);
	while ((fetch = fresh)) {
		fresh = fetch->next;
		fetch->next = fetcher->running;
		fetcher->running = fetch;
		curl_multi_add_handle(fetcher->multi, fetch->easy);
	}
}

static void take_finished(struct usher__fetcher *fetcher)
{
	struct fetch *fetch, **p;
	CURLMsg *msg;
	CURLcode code;
	CURL *easy;
	int left;

	while ((msg = curl_multi_info_read(fetcher->multi, &left))) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		easy = msg->easy_handle;
		code = msg->data.result;
		curl_multi_remove_handle(fetcher->multi, easy);
		for (p = &fetcher->running; *p && (*p)->easy != easy;)
			p = &(*p)->next;
		fetch = *p;
		if (!fetch)
			continue;
		*p = fetch->next;
		finish(fetcher, fetch, code);
		fetch_free(fetch);
	}
}

static bool stopping(struct usher__fetcher *fetcher)
{
	bool stop;

	pthread_mutex_lock(&fetcher->lock);
	stop = fetcher->stop;
	pthread_mutex_unlock(&fetcher->lock);
	return stop;
}

static void *run(void *arg)
{
	struct usher__fetcher *fetcher = arg;
	int running;

	while (!stopping(fetcher)) {
		take_fresh(fetcher);
		curl_multi_perform(fetcher->multi, &running);
		take_finished(fetcher);
		curl_multi_poll(fetcher->multi, NULL, 0, POLL_MS, NULL);
	}
	return NULL;
}

/* curl's wake-up pair comes without close-on-exec: the two unnamed stream
 * sockets that are new since the list before. */
static void mark_new(const bool *before)
{
	struct sockaddr_storage name;
	socklen_t len;
	int fd;

	for (fd = 0; fd < FDS_MAX; fd++) {
		len = sizeof(name);
		if (before[fd] ||
		    getsockname(fd, (struct sockaddr *)&name, &len) ||
		    name.ss_family != AF_UNIX || len > sizeof(sa_family_t))
			continue;
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
}

static CURLM *multi_new(void)
{
	bool before[FDS_MAX];
	CURLM *multi;
	int fd;

	for (fd = 0; fd < FDS_MAX; fd++)
		before[fd] = fcntl(fd, F_GETFD) >= 0;
	multi = curl_multi_init();
	if (multi)
		mark_new(before);
	return multi;
}

int usher__fetcher_new(struct usher__fetcher **ret)
{
	struct usher__fetcher *fetcher = calloc(1, sizeof(*fetcher));
	sigset_t all, before;
	int err;

	if (!fetcher)
		return USHER_ENOMEM;
	fetcher->multi = multi_new();
	if (!fetcher->multi || pthread_mutex_init(&fetcher->lock, NULL)) {
		curl_multi_cleanup(fetcher->multi);
		free(fetcher);
		return USHER_ENOMEM;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&fetcher->thread, NULL, run, fetcher);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		pthread_mutex_destroy(&fetcher->lock);
		curl_multi_cleanup(fetcher->multi);
		free(fetcher);
		return USHER_EIO;
	}
	*ret = fetcher;
	return 0;
}

void usher__fetcher_free(struct usher__fetcher *fetcher)
{
	struct fetch *fetch;

	if (!fetcher)
		return;
	pthread_mutex_lock(&fetcher->lock);
	fetcher->stop = true;
	pthread_mutex_unlock(&fetcher->lock);
	curl_multi_wakeup(fetcher->multi);
	pthread_join(fetcher->thread, NULL);
	while ((fetch = fetcher->running)) {
		fetcher->running = fetch->next;
		curl_multi_remove_handle(fetcher->multi, fetch->easy);
		fetch->done(fetch->arg, NULL);
		fetch_free(fetch);
	}
	while ((fetch = fetcher->fresh)) {
		fetcher->fresh = fetch->next;
		fetch->done(fetch->arg, NULL);
		fetch_free(fetch);
	}
	pthread_mutex_destroy(&fetcher->lock);
	curl_multi_cleanup(fetcher->multi);
	free(fetcher);
}

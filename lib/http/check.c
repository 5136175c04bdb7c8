/* What a file says, without a server (usher/server.h): whether it is good, and
 * its prompts. */
#include <string.h>

#include <usher/server.h>

#include "config/config.h"

/* In the words of the start. */
static int check_tls(const struct usher__conf_tls *tls,
		     struct usher_error *err)
{
	struct usher_host_opts host;
	char listen[80];

	usher_host_opts_init(&host, sizeof(host));
	usher__conf_tls_apply(tls, &host, listen, sizeof(listen));
	return usher_host_tls_check(&host, err);
}

int usher_server_check(const char *file, struct usher_error *err)
{
	struct usher__conf *conf;
	int e = usher__conf_read(&conf, file, NULL, err);

	if (e)
		return e;
	e = check_tls(&conf->tls, err);
	usher__conf_free(conf);
	return e;
}

/* As it is written in the file, when it lies below its folder. */
static const char *beside(const struct usher__conf *conf, const char *path)
{
	size_t len = strlen(conf->dir);

	if (strncmp(path, conf->dir, len) == 0 && path[len] == '/')
		return path + len + 1;
	return path;
}

static int tell_prompts(const struct usher__conf *conf,
			const struct usher_flow_set *flows,
			int (*tell)(void *arg,
				    const struct usher_server_prompt *prompt),
			void *arg)
{
	struct usher_flow_prompt p = {.size = sizeof(p)};
	int e = 0;

	for (uint32_t i = 0;
	     !e && flows && usher_flow_set_prompt_at(flows, i, &p) == 0; ++i) {
		struct usher_server_prompt prompt = {.size = sizeof(prompt)};

		if (p.sound_count != 1)
			continue;
		prompt.name = p.name;
		prompt.language = p.language;
		prompt.text = p.text ? p.text : "";
		prompt.sound = beside(conf, p.sounds[0]);
		e = tell(arg, &prompt);
	}
	return e;
}

int usher_server_prompts(const char *file,
			 int (*tell)(void *arg,
				     const struct usher_server_prompt *prompt),
			 void *arg, struct usher_error *err)
{
	struct usher__conf *conf;
	int e = usher__conf_read(&conf, file, NULL, err);

	if (e)
		return e;
	for (size_t i = 0; !e && i < conf->center_count; ++i)
		e = tell_prompts(conf, conf->centers[i].flows, tell, arg);
	usher__conf_free(conf);
	return e;
}

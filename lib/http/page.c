#include <string.h>

#include "http/page.h"
#include "http/priv.h"

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (strcmp(dot, ".css") == 0)
		return "text/css; charset=utf-8";
	if (strcmp(dot, ".js") == 0)
		return "text/javascript; charset=utf-8";
	if (strcmp(dot, ".svg") == 0)
		return "image/svg+xml";
	return "text/html; charset=utf-8";
}

bool usher__page(const char *path, struct usher__reply *reply)
{
	if (strcmp(path, "/") == 0)
		path = "/wallboard.html";
	for (const struct usher__page_file *f = usher__page_files; f->path;
	     ++f) {
		if (strcmp(f->path, path) != 0)
			continue;
		reply->status = 200;
		reply->type = type_of(path);
		reply->fixed = f->data;
		reply->len = f->len;
		return true;
	}
	return false;
}

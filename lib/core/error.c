#include <stdio.h>
#include <string.h>

#include <usher/error.h>

const char *usher_strerror(int code)
{
	switch (code) {
	case USHER_OK:
		return "success";
	case USHER_EINVAL:
		return "invalid argument or text";
	case USHER_ENOENT:
		return "no such id or name";
	case USHER_EEXIST:
		return "already exists";
	case USHER_ENOMEM:
		return "out of memory";
	case USHER_EFULL:
		return "a limit is reached";
	case USHER_EAGAIN:
		return "events wait to be drained";
	case USHER_EBUSY:
		return "not from inside this callback";
	case USHER_ESTATE:
		return "not in this state";
	case USHER_ENOTSUP:
		return "not supported by this build or driver";
	case USHER_ECANCELED:
		return "canceled";
	case USHER_ETIMEDOUT:
		return "timed out";
	case USHER_EFORK:
		return "called after fork";
	case USHER_EIO:
		return "the system refused";
	case USHER_EPROTO:
		return "protocol error of a peer";
	case USHER_EPERM:
		return "not allowed";
	case USHER_ECORRUPT:
		return "stored bytes are damaged";
	case USHER_ECLOSED:
		return "closed";
	}
	return "unknown error";
}

static int set(struct usher_error *err, int code, uint32_t line,
	       uint32_t column, const char *fmt, va_list ap)
{
	char *p;

	if (!err)
		return code;
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->line = line;
	err->column = column;
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	/* It is one line, whatever it quotes. */
	for (p = err->message; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return code;
}

int usher_error_set(struct usher_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(err, code, 0, 0, fmt, ap);
	va_end(ap);
	return code;
}

int usher_error_set_at(struct usher_error *err, int code, uint32_t line,
		       uint32_t column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(err, code, line, column, fmt, ap);
	va_end(ap);
	return code;
}

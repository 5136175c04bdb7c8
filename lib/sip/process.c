/* The one file that touches process-wide state. */
#include <compat.h>
#define DEBUG_MODULE "usher"
#define DEBUG_LEVEL  0
#include <re_dbg.h>

#include <pthread.h>
#include <signal.h>

#include <usher/error.h>

#include <sip/process.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;

/* libre prints its warnings on stderr by default; a library does not. */
static void quiet(int level, const char *p, size_t len, void *arg)
{
	(void)level;
	(void)p;
	(void)len;
	(void)arg;
}

static int init_libre(void)
{
	struct sigaction host;
	int err;

	/* libre_init() takes SIGPIPE for itself; it is the host's. */
	if (sigaction(SIGPIPE, NULL, &host))
		return USHER_EIO;
	err = libre_init();
	(void)sigaction(SIGPIPE, &host, NULL);
	if (err)
		return USHER_EIO;

	dbg_init(-1, 0);
	dbg_handler_set(quiet, NULL);
	return 0;
}

int usher__process_enter(void)
{
	int err = 0;

	pthread_mutex_lock(&lock);
	if (!users)
		err = init_libre();
	if (!err)
		users++;
	pthread_mutex_unlock(&lock);
	return err;
}

void usher__process_leave(void)
{
	pthread_mutex_lock(&lock);
	if (--users == 0)
		libre_close();
	pthread_mutex_unlock(&lock);
}

#include <stdatomic.h>
#include <stdlib.h>

#include "oom.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *ptr, size_t n);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *ptr, size_t n);
char *__wrap_strdup(const char *text);

static atomic_bool armed;
static atomic_long first, last, count, failed;
static _Thread_local bool spare;

void oom_arm(long nth, long more)
{
	count = failed = 0;
	first = nth;
	last = nth + more;
	armed = true;
}

long oom_disarm(void)
{
	armed = false;
	return failed;
}

void oom_spare(bool spared)
{
	spare = spared;
}

static bool fails(void)
{
	long n;

	if (!armed || spare)
		return false;
	n = ++count;
	if (n < first || n > last)
		return false;
	failed++;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t c, size_t n)
{
	return fails() ? NULL : __real_calloc(c, n);
}

void *__wrap_realloc(void *ptr, size_t n)
{
	return fails() ? NULL : __real_realloc(ptr, n);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

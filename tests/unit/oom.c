#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "oom.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *ptr, size_t n);
char *__real_strdup(const char *text);
void __real_free(void *ptr);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *ptr, size_t n);
char *__wrap_strdup(const char *text);
void __wrap_free(void *ptr);

static atomic_bool armed;
static atomic_long first, last, count, failed;
static atomic_size_t in_use;
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

size_t oom_in_use(void)
{
	return in_use;
}

static void *counted(void *ptr)
{
	if (ptr)
		in_use += malloc_usable_size(ptr);
	return ptr;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : counted(__real_malloc(n));
}

void *__wrap_calloc(size_t c, size_t n)
{
	return fails() ? NULL : counted(__real_calloc(c, n));
}

void *__wrap_realloc(void *ptr, size_t n)
{
	size_t before = ptr ? malloc_usable_size(ptr) : 0;
	void *got;

	if (fails())
		return NULL;
	got = __real_realloc(ptr, n);
	if (got || !n)
		in_use -= before;
	return counted(got);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : counted(__real_strdup(text));
}

void __wrap_free(void *ptr)
{
	if (ptr)
		in_use -= malloc_usable_size(ptr);
	__real_free(ptr);
}

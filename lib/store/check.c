/* Whether a store can be used: by this process, and in this state. */
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

void usher__fork_mark(struct usher_store *store)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	if (madvise(p, page, MADV_WIPEONFORK)) {
		munmap(p, page);
		return;
	}
	store->ours = p;
	*store->ours = 1;
}

void usher__fork_unmark(struct usher_store *store)
{
	if (store->ours)
		munmap((void *)store->ours, (size_t)sysconf(_SC_PAGESIZE));
}

int usher__store_check(const struct usher_store *store)
{
	if (!store)
		return USHER_EINVAL;
	if (store->ours)
		return *store->ours ? 0 : USHER_EFORK;
	return store->pid == getpid() ? 0 : USHER_EFORK;
}

int usher__store_owner_check(const struct usher_store *store)
{
	int rc = usher__store_check(store);

	if (rc)
		return rc;
	return store->state == STORE_DIRECT || store->state == STORE_HELD
		       ? 0
		       : USHER_ESTATE;
}

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

#include <usher/error.h>

#include "center/blocks.h"

/* Large beside an event, small beside what a center keeps of them. Mapped, as
 * malloc would take it from the heap once it has freed something larger. */
#define BLOCK_BYTES (256u << 10)

struct block {
	struct block *next;
	size_t used;  /* of bytes */
	size_t taken; /* pieces that were not given back */
	unsigned char bytes[];
};

_Static_assert(sizeof(struct block) + USHER__BLOCK_MAX <= BLOCK_BYTES,
	       "the largest piece fits in an empty block");

static struct block *block_new(struct usher__blocks *blocks)
{
	struct block *block = blocks->spare;

	blocks->spare = NULL;
	if (!block)
		block = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		return NULL;
	block->next = NULL;
	block->used = block->taken = 0;
	return block;
}

static void block_free(struct usher__blocks *blocks, struct block *block)
{
	if (blocks->spare)
		munmap(block, BLOCK_BYTES);
	else
		blocks->spare = block;
}

int usher__blocks_init(struct usher__blocks *blocks)
{
	blocks->oldest = blocks->newest = block_new(blocks);
	if (!blocks->oldest)
		return USHER_ENOMEM;
	blocks->spare = block_new(blocks);
	if (blocks->spare)
		return 0;
	usher__blocks_free(blocks);
	return USHER_ENOMEM;
}

void *usher__blocks_take(struct usher__blocks *blocks, size_t len)
{
	struct block *block = blocks->newest;
	void *ret;

	assert(len <= USHER__BLOCK_MAX);
	if (len > BLOCK_BYTES - sizeof(*block) - block->used) {
		block = block_new(blocks);
		if (!block)
			return NULL;
		blocks->newest->next = block;
		blocks->newest = block;
	}
	ret = block->bytes + block->used;
	block->used += len;
	block->taken++;
	return ret;
}

void usher__blocks_drop(struct usher__blocks *blocks)
{
	struct block *block = blocks->oldest;

	assert(block->taken);
	if (--block->taken)
		return;
	if (block == blocks->newest) {
		block->used = 0;
		return;
	}
	blocks->oldest = block->next;
	block_free(blocks, block);
}

void usher__blocks_free(struct usher__blocks *blocks)
{
	struct block *block;

	while ((block = blocks->oldest)) {
		blocks->oldest = block->next;
		munmap(block, BLOCK_BYTES);
	}
	if (blocks->spare)
		munmap(blocks->spare, BLOCK_BYTES);
	*blocks = (struct usher__blocks){0};
}

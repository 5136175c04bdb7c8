/* What a leg keeps of what its peer described. Most have sound alone, so what
 * is beside it is in memory of its own, which copies share. */
#include <string.h>

#include <sip/legimpl.h>

static void more_destructor(void *arg)
{
	struct usher__sdp_more *more = arg;

	explicit_bzero(&more->text.side.crypto,
		       sizeof(more->text.side.crypto));
	explicit_bzero(&more->video.side.crypto,
		       sizeof(more->video.side.crypto));
}

int usher__peer_keep(struct usher__sdp *sdp)
{
	size_t size = offsetof(struct usher__sdp_more, stream) +
		      sdp->streams * sizeof(sdp->more->stream[0]);
	struct usher__sdp_more *more = NULL;

	if (sdp->streams > 1) {
		more = mem_alloc(size, more_destructor);
		if (!more)
			return USHER_ENOMEM;
		memcpy(more, sdp->more, size);
	}
	sdp->more = more;
	return 0;
}

void usher__peer_copy(struct usher__sdp *to, const struct usher__sdp *from)
{
	struct usher__sdp_more *more = mem_ref(from->more);

	usher__peer_clear(to);
	*to = *from;
	to->more = more;
}

void usher__peer_clear(struct usher__sdp *sdp)
{
	mem_deref(sdp->more);
	explicit_bzero(sdp, sizeof(*sdp));
}

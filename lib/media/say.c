/* Real-time text of a leg from its owner's side: what has come is read, what
 * goes is posted to the leg's thread. */
#include <stdlib.h>
#include <string.h>
#include "media/engine.h"
#include "media/t140.h"

#define SIGNS 8 /* bytes of the queue that are kept for signs of life */

size_t usher__mtext_read(struct usher__media *m, uint64_t id, char *to,
			 size_t size)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__mtext *text = leg ? leg->text : NULL;
	size_t n;

	if (!text)
		return 0;
	pthread_mutex_lock(&text->lock);
	n = text->in_len;
	if (n > size)
		n = 0;
	memcpy(to, text->in, n);
	if (n) {
		text->in_len = 0;
		text->in_lost = false;
	}
	pthread_mutex_unlock(&text->lock);
	return n;
}

int usher__mtext_say(struct usher__media *m, uint64_t id, const char *bytes,
		     size_t n)
{
	struct usher__mleg *leg = usher__media_leg(m, id);
	struct usher__t140_text filter = {.need = 0};
	struct usher__t140_out out;
	struct usher__msaid *said;
	struct usher__mcmd *cmd;
	size_t lines = 0;
	int rc;

	if (!leg)
		return USHER_ENOENT;
	if (!leg->text || n > USHER__MTEXT_SAY_MAX)
		return USHER_EINVAL;
	said = malloc(sizeof(*said) + 3 * n + 3);
	cmd = said ? usher__media_cmd(leg, USHER__MC_SAY) : NULL;
	if (!cmd) {
		free(said);
		return USHER_ENOMEM;
	}
	cmd->u.said = said;
	out = (struct usher__t140_out){.text = said->text, .room = 3 * n + 3};
	usher__t140_text(&filter, &out, (const uint8_t *)bytes, n);
	said->len = out.len;
	for (size_t i = 0; i < out.len; i++)
		lines += out.text[i] == '\n';
	if (atomic_load(&leg->text->queued) + out.len + 2 * lines >
	    USHER__T140_QUEUE - SIGNS) {
		usher__mcmd_free(cmd);
		return USHER_EFULL;
	}
	atomic_fetch_add(&leg->text->queued, (uint32_t)(out.len + 2 * lines));
	rc = usher__media_post(leg, cmd);
	if (rc)
		atomic_fetch_sub(&leg->text->queued,
				 (uint32_t)(out.len + 2 * lines));
	return rc;
}

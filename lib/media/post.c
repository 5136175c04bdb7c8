/* Commands to a media thread: made and posted on the owner's, done there. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "media/engine.h"
#include "media/filer.h"
#include "media/resume.h"
#include "media/packets.h"
#include "media/play.h"
#include "media/post.h"

struct usher__mcmd *usher__media_cmd(struct usher__mleg *leg,
				     enum usher__mcmd_type type)
{
	struct usher__mcmd *cmd = calloc(1, sizeof(*cmd));

	if (!cmd)
		return NULL;
	cmd->leg = leg;
	cmd->type = type;
	return cmd;
}

void usher__mcmd_free(struct usher__mcmd *cmd)
{
	switch (cmd->type) {
	case USHER__MC_SET:
		usher__mparams_free(cmd->u.params);
		break;
	case USHER__MC_PLAY:
		usher__play_unref(cmd->u.play);
		break;
	case USHER__MC_RECORD:
	case USHER__MC_RECORD_HEARD:
		usher__mtap_unref(cmd->u.tap);
		break;
	case USHER__MC_RESUME:
		usher__mresume_unref(cmd->u.resume);
		break;
	case USHER__MC_ROOM:
	case USHER__MC_EAR:
		usher__mjoin_free(cmd->u.join);
		break;
	case USHER__MC_SAY:
		free(cmd->u.said);
		break;
	default:
		break;
	}
	if (!cmd->embedded)
		free(cmd);
}

int usher__mworker_wake(struct usher__mworker *w)
{
	const uint64_t one = 1;

	/* An eventfd that is full already rings. */
	if (write(w->door.fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return USHER_EIO;
	return 0;
}

int usher__mworker_post(struct usher__mworker *w, struct usher__mcmd *cmd)
{
	bool ring = false;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	if (!cmd->embedded && w->command_count >= USHER__MEDIA_COMMANDS_MAX) {
		rc = USHER_EAGAIN;
	} else {
		ring = w->command_count++ == 0;
		STAILQ_INSERT_TAIL(&w->commands, cmd, link);
	}
	pthread_mutex_unlock(&w->lock);

	if (!ring)
		return rc;
	if (!w->m->to_wake)
		return usher__mworker_wake(w);
	w->to_wake = true;
	w->m->to_wake(w->m->to_wake_arg);
	return 0;
}

void usher__media_wake(struct usher__media *m)
{
	for (uint32_t i = 0; i < m->thread_count; i++) {
		if (!m->workers[i].to_wake)
			continue;
		m->workers[i].to_wake = false;
		(void)usher__mworker_wake(&m->workers[i]);
	}
}

void usher__mworker_detach(struct usher__mleg *leg)
{
	struct usher__mworker *w = leg->worker;
	bool done = false;
	struct usher__mcmd cmd = {
		.leg = leg,
		.type = USHER__MC_DETACH,
		.embedded = true,
		.u.done = &done,
	};

	usher__mworker_post(w, &cmd);
	(void)usher__mworker_wake(w);
	pthread_mutex_lock(&w->lock);
	while (!done)
		pthread_cond_wait(&w->cond, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

int usher__media_post(struct usher__mleg *leg, struct usher__mcmd *cmd)
{
	int rc = usher__mworker_post(leg->worker, cmd);

	if (rc)
		usher__mcmd_free(cmd);
	return rc;
}

/* Legs that hear each other share a thread, so that a packet needs no lock. */
void usher__mleg_move(struct usher__mleg *leg, struct usher__mworker *to)
{
	if (leg->worker == to)
		return;
	usher__mworker_detach(leg);
	atomic_fetch_sub(&leg->worker->load, 1);
	atomic_fetch_add(&to->load, 1);
	leg->worker = to;
	usher__mworker_post(to, &leg->add);
}

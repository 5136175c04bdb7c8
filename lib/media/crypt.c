/* SRTP on a leg: from the keys that its owner names to packets. What a key
 * needs is made on the owner's thread, goes with the parameters to the leg's
 * thread, and stays there until there is another key; so hold and a new
 * address change neither rollover counters nor what was seen already. */
#include <stdlib.h>
#include <string.h>
#include "media/packets.h"
#include "media/srtp.h"

static int renew(struct usher__srtp **ret, bool *is_new,
		 const struct usher__srtp_key *had,
		 const struct usher__srtp_key *want)
{
	*is_new = memcmp(had, want, sizeof(*had)) != 0;
	if (!*is_new || !want->suite)
		return 0;
	return usher__srtp_new(ret, want);
}

int usher__mparams_crypt(struct usher__mleg *leg,
			 const struct usher__mleg_params *in,
			 struct usher__mparams *out)
{
	int rc = renew(&out->srtp_rx, &out->new_rx, &leg->srtp_rx_key,
		       &in->srtp_rx);

	out->srtp = in->srtp_rx.suite != USHER__SRTP_NONE;
	if (!rc)
		rc = renew(&out->srtp_tx, &out->new_tx, &leg->srtp_tx_key,
			   &in->srtp_tx);
	return rc;
}

void usher__mparams_free(struct usher__mparams *params)
{
	if (!params)
		return;
	usher__srtp_free(params->srtp_rx);
	usher__srtp_free(params->srtp_tx);
	free(params);
}

static void take(struct usher__srtp **to, struct usher__srtp **from, bool new)
{
	if (!new)
		return;
	usher__srtp_free(*to);
	*to = *from;
	*from = NULL;
}

void usher__mleg_crypt(struct usher__mleg *leg, struct usher__mparams *params)
{
	take(&leg->srtp_rx, &params->srtp_rx, params->new_rx);
	take(&leg->srtp_tx, &params->srtp_tx, params->new_tx);
}

void usher__mleg_uncrypt(struct usher__mleg *leg)
{
	usher__srtp_free(leg->srtp_rx);
	usher__srtp_free(leg->srtp_tx);
	explicit_bzero(&leg->srtp_rx_key, sizeof(leg->srtp_rx_key));
	explicit_bzero(&leg->srtp_tx_key, sizeof(leg->srtp_tx_key));
}

bool usher__mleg_open(struct usher__mleg *leg, uint8_t *packet, size_t *n)
{
	int rc = usher__rtcp_is(packet, *n)
			 ? usher__srtcp_unprotect(leg->srtp_rx, packet, n)
			 : usher__srtp_unprotect(leg->srtp_rx, packet, n);

	if (rc == USHER_EPERM)
		usher__mcount(leg->counts.rx_forged, 1);
	else if (rc == USHER_EEXIST)
		usher__mcount(leg->counts.rx_replayed, 1);
	else if (rc)
		usher__mcount(leg->counts.rx_bad, 1);
	return !rc;
}

bool usher__mleg_seal(struct usher__mleg *leg, uint8_t *packet, size_t *n,
		      bool rtcp)
{
	return !(rtcp ? usher__srtcp_protect(leg->srtp_tx, packet, n)
		      : usher__srtp_protect(leg->srtp_tx, packet, n));
}

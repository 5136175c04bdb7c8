/* Where requests within a call go.
 *
 * As Contact and Record-Route say (RFC 3261, 12.1); but a phone behind NAT
 * names an address that we cannot reach. Where no proxy is known to be between
 * us, such a Contact is taken for the address that its message came from, as
 * the registrar does (bindings.c). Providers mean what they say. */
#include <string.h>

#include <sip/legimpl.h>

/* A Contact that stands for another while libre reads it. */
struct instead {
	struct sip_hdr *hdr;
	struct pl was;
	char *text;
};

bool usher__contact_reached(const struct sip_msg *msg,
			    const struct sip_addr *addr)
{
	struct sa named;

	return !sa_set(&named, &addr->uri.host, 0) &&
	       sa_cmp(&named, &msg->src, SA_ADDR);
}

int usher__source_print(char **ret, const struct sip_msg *msg,
			const struct uri *contact)
{
	const struct pl *user = &contact->user;
	bool sips = !pl_strcasecmp(&contact->scheme, "sips");

	return re_sdprintf(ret, "%s:%r%s%J%s", sips ? "sips" : "sip", user,
			   user->l ? "@" : "", &msg->src,
			   sips ? "" : sip_transp_param(msg->tp));
}

/* A Contact that is taken for where its message came from: one that cannot
 * be reached; who is there over TLS has a connection already. */
static bool is_source(const struct sip_msg *msg, const struct sip_addr *addr,
		      bool near)
{
	if (!near)
		return false;
	if (!pl_strcasecmp(&addr->uri.scheme, "sips"))
		return msg->tp == SIP_TRANSP_TLS;
	return !pl_strcasecmp(&addr->uri.scheme, "sip") &&
	       !usher__contact_reached(msg, addr);
}

static bool is_sips(const struct sip_hdr *hdr)
{
	struct sip_addr addr;

	return hdr && !sip_addr_decode(&addr, &hdr->val) &&
	       usher__uri_sips(&addr.auri);
}

bool usher__request_sips(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RECORD_ROUTE);

	if (!hdr)
		hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	return usher__uri_sips(&msg->ruri) || is_sips(hdr);
}

static void begin(struct instead *in, const struct sip_msg *msg, bool near)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;
	char *uri = NULL;

	memset(in, 0, sizeof(*in));
	if (!hdr || sip_msg_hdr(msg, SIP_HDR_RECORD_ROUTE) ||
	    sip_addr_decode(&addr, &hdr->val) ||
	    !is_source(msg, &addr, near) ||
	    usher__source_print(&uri, msg, &addr.uri))
		return;
	/* Without brackets its parameters would be the header's. */
	(void)re_sdprintf(&in->text, "<%s>", uri);
	mem_deref(uri);
	if (!in->text)
		return;
	in->hdr = (struct sip_hdr *)hdr;
	in->was = hdr->val;
	pl_set_str(&in->hdr->val, in->text);
}

static void end(struct instead *in)
{
	if (in->hdr)
		in->hdr->val = in->was;
	mem_deref(in->text);
}

int usher__dialog_accept(struct sip_dialog **ret, const struct sip_msg *msg,
			 bool near)
{
	struct instead in;
	int err;

	begin(&in, msg, near);
	err = sip_dialog_accept(ret, msg);
	end(&in);
	return err;
}

int usher__dialog_fork(struct sip_dialog **ret, struct sip_dialog *half,
		       const struct sip_msg *msg, bool near)
{
	struct instead in;
	int err;

	if (!usher__routes_ok(msg))
		return EBADMSG;
	begin(&in, msg, near);
	err = sip_dialog_fork(ret, half, msg);
	end(&in);
	return err;
}

void usher__dialog_update(struct sip_dialog *dlg, const struct sip_msg *msg,
			  bool near)
{
	struct instead in;

	if (!usher__routes_ok(msg))
		return;
	begin(&in, msg, near);
	(void)sip_dialog_update(dlg, msg);
	end(&in);
}

bool usher__request_near(const struct sip_msg *msg)
{
	return sip_msg_hdr_count(msg, SIP_HDR_VIA) == 1;
}

/* ---- where a response leaves no dialog ---- */

/* Its own text goes back, but nothing that would be another line of ours. */
static bool plain(const struct pl *pl)
{
	size_t i;

	for (i = 0; i < pl->l; i++)
		if ((unsigned char)pl->p[i] < ' ' || pl->p[i] == 0x7f)
			return false;
	return pl->l > 0;
}

static int send_back(struct sip_request **reqp, struct usher__ua *ua,
		     const struct sip_msg *msg, const char *method,
		     uint32_t cseq, sip_resp_h *resph, void *arg)
{
	struct mbuf *mb = mbuf_alloc(512);
	const struct uri nobody = {.user = {"", 0}};
	char *uri = NULL;
	struct uri route;
	struct pl pl;
	int err = EBADMSG;

	if (!mb || usher__source_print(&uri, msg, &nobody))
		goto out;
	pl_set_str(&pl, uri);
	if (uri_decode(&route, &pl) || !plain(&msg->to.val) ||
	    !plain(&msg->from.val) || !plain(&msg->callid))
		goto out;
	err = mbuf_printf(mb,
			  "Max-Forwards: 70\r\nTo: %r\r\nFrom: %r\r\n"
			  "Call-ID: %r\r\nCSeq: %u %s\r\n"
			  "Content-Length: 0\r\n\r\n",
			  &msg->to.val, &msg->from.val, &msg->callid, cseq,
			  method);
	mb->pos = 0;
	if (!err)
		err = sip_request(reqp, ua->sip, resph != NULL, method, -1,
				  uri, -1, &route, mb, 0, NULL, resph, arg);

out:
	mem_deref(mb);
	mem_deref(uri);
	return err;
}

int usher__dialog_decline(struct sip_request **reqp, struct usher__ua *ua,
			  const struct sip_msg *msg, sip_resp_h *resph,
			  void *arg)
{
	int err;

	err = send_back(NULL, ua, msg, "ACK", msg->cseq.num, NULL, NULL);
	if (err || !resph)
		return err;
	return send_back(reqp, ua, msg, "BYE", msg->cseq.num + 1, resph, arg);
}

void usher__leg_name_dialog(struct usher__leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	const struct pl *theirs = msg->req ? &msg->from.tag : &msg->to.tag;
	char ours[32], *text = NULL;
	struct sip_addr addr;
	struct pl pl;
	int err;

	if (!leg->ua->open || !hdr || sip_addr_decode(&addr, &hdr->val) ||
	    pl_strchr(&addr.auri, '?'))
		return;
	/* libre makes our tag from that of the message. */
	(void)re_snprintf(ours, sizeof(ours), "%016llx", msg->tag);
	if (msg->req)
		pl_set_str(&pl, ours);
	else
		pl = msg->from.tag;
	err = re_sdprintf(&text, "%r;to-tag=%r;from-tag=%r", &msg->callid,
			  theirs, &pl);
	leg->name = mem_deref(leg->name);
	if (!err) {
		pl_set_str(&pl, text);
		(void)re_sdprintf(&leg->name, "%r?Replaces=%H", &addr.auri,
				  uri_header_escape, &pl);
	}
	mem_deref(text);
}

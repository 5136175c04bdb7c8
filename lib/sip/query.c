/* One question to DNS, over UDP, or over TCP when the answer says that it is
 * cut short.
 *
 * Each has a socket of its own: a port that nobody knows, connected, so that
 * the kernel drops what is not from the server. With the number and the
 * question compared, a forger has to guess all of them at once. Messages are
 * taken apart by libre, which follows no loop of pointers. */
#include <string.h>

#include <sip/impl.h>

enum { QUESTION_MAX = 300 };

struct usher__query {
	struct usher__ua *ua;
	struct udp_sock *udp;
	struct dns_query *tcp;
	struct tmr tmr;
	char name[256];
	uint16_t type, id;
	unsigned sent; /* how often */
	struct sa server;
	uint32_t one; /* libre wants an address of it */
	usher__answer_fn *fn;
	void *arg;
};

static void next_server(void *arg);

static void query_destructor(void *arg)
{
	struct usher__query *query = arg;

	tmr_cancel(&query->tmr);
	mem_deref(query->udp);
	mem_deref(query->tcp);
}

/* The end: whoever asked may free it now. */
static void finish(struct usher__query *query, int err, struct list *records)
{
	usher__answer_fn *fn = query->fn;

	tmr_cancel(&query->tmr);
	query->udp = mem_deref(query->udp);
	query->fn = NULL;
	if (fn)
		fn(query->arg, err, records);
}

static bool wanted(const struct usher__query *query, const struct dnsrr *rr)
{
	return rr->dnsclass == DNS_CLASS_IN &&
	       (rr->type == query->type || rr->type == DNS_TYPE_CNAME);
}

static void flush_records(struct list *list)
{
	struct le *le;

	while ((le = list->head)) {
		list_unlink(le);
		mem_deref(le->data);
	}
}

static int read_records(const struct usher__query *query, struct mbuf *mb,
			unsigned count, struct list *ret)
{
	struct dnsrr *rr;
	int err;

	if (count > USHER__DNS_RECORDS)
		count = USHER__DNS_RECORDS;
	while (count--) {
		rr = NULL;
		err = dns_rr_decode(mb, &rr, 0);
		if (err)
			return err;
		if (wanted(query, rr))
			list_append(ret, &rr->le_priv, rr);
		else
			mem_deref(rr);
	}
	return 0;
}

/* Is it the answer to our question? What is not is passed over: the true one
 * may still come. */
static bool is_ours(const struct usher__query *query, struct mbuf *mb,
		    struct dnshdr *hdr)
{
	char *name = NULL;
	bool ours;

	if (dns_hdr_decode(mb, hdr) || !hdr->qr || hdr->id != query->id ||
	    hdr->opcode != DNS_OPCODE_QUERY || hdr->nq != 1 ||
	    dns_dname_decode(mb, &name, 0))
		return false;
	ours = !str_casecmp(name, query->name) && mbuf_get_left(mb) >= 4 &&
	       ntohs(mbuf_read_u16(mb)) == query->type &&
	       ntohs(mbuf_read_u16(mb)) == DNS_CLASS_IN;
	mem_deref(name);
	return ours;
}

static void tcp_handler(int err, const struct dnshdr *hdr, struct list *ansl,
			struct list *authl, struct list *addl, void *arg)
{
	struct usher__query *query = arg;
	struct list records = LIST_INIT;
	struct le *le;
	unsigned n = 0;

	(void)authl;
	(void)addl;
	if (err ||
	    (hdr->rcode != DNS_RCODE_OK && hdr->rcode != DNS_RCODE_NAME_ERR)) {
		tmr_start(&query->tmr, 0, next_server, query);
		return;
	}
	while ((le = ansl->head) && n++ < USHER__DNS_RECORDS) {
		struct dnsrr *rr = le->data;

		list_unlink(&rr->le_priv);
		if (wanted(query, rr))
			list_append(&records, &rr->le_priv, rr);
		else
			mem_deref(rr);
	}
	finish(query, 0, &records);
	flush_records(&records);
}

static void ask_by_tcp(struct usher__query *query)
{
	query->one = 1;
	tmr_start(&query->tmr, USHER__DNS_WAIT_MS, next_server, query);
	if (dnsc_query_srv(&query->tcp, query->ua->dnsc, query->name,
			   query->type, DNS_CLASS_IN, IPPROTO_TCP,
			   &query->server, &query->one, true, tcp_handler,
			   query))
		tmr_start(&query->tmr, 0, next_server, query);
}

static void udp_handler(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct usher__query *query = arg;
	struct list records = LIST_INIT;
	struct dnshdr hdr;

	(void)src;
	if (!query->fn || query->tcp || !is_ours(query, mb, &hdr))
		return;
	if (hdr.tc) {
		ask_by_tcp(query);
		return;
	}
	if ((hdr.rcode != DNS_RCODE_OK && hdr.rcode != DNS_RCODE_NAME_ERR) ||
	    read_records(query, mb, hdr.nans, &records)) {
		/* This server has nothing for us; perhaps another. */
		tmr_start(&query->tmr, 0, next_server, query);
		flush_records(&records);
		return;
	}
	mem_ref(query);
	finish(query, 0, &records);
	flush_records(&records);
	mem_deref(query);
}

static int send_question(struct usher__query *query)
{
	struct mbuf *mb = mbuf_alloc(QUESTION_MAX);
	struct dnshdr hdr;
	int err;

	if (!mb)
		return ENOMEM;
	memset(&hdr, 0, sizeof(hdr));
	query->id = rand_u16();
	hdr.id = query->id;
	hdr.opcode = DNS_OPCODE_QUERY;
	hdr.rd = true;
	hdr.nq = 1;
	err = dns_hdr_encode(mb, &hdr);
	if (!err)
		err = dns_dname_encode(mb, query->name, NULL, 0, false);
	if (!err)
		err = mbuf_write_u16(mb, htons(query->type));
	if (!err)
		err = mbuf_write_u16(mb, htons(DNS_CLASS_IN));
	mb->pos = 0;
	if (!err)
		err = udp_send(query->udp, &query->server, mb);
	mem_deref(mb);
	return err;
}

/* A new socket for each, so a late answer of the last one is not heard. */
static int ask(struct usher__query *query)
{
	struct sa any;
	int err;

	query->tcp = mem_deref(query->tcp);
	query->udp = mem_deref(query->udp);
	query->server = query->ua->dns[query->sent % query->ua->dns_count];
	sa_init(&any, sa_af(&query->server));
	(void)sa_set_str(
		&any, sa_af(&query->server) == AF_INET ? "0.0.0.0" : "::", 0);
	err = udp_listen(&query->udp, &any, udp_handler, query);
	if (!err)
		err = udp_connect(query->udp, &query->server);
	return err ? err : send_question(query);
}

static void next_server(void *arg)
{
	struct usher__query *query = arg;
	bool failed;

	if (query->sent >= query->ua->dns_count * USHER__DNS_ROUNDS) {
		finish(query, ETIMEDOUT, NULL);
		return;
	}
	failed = ask(query) != 0;
	query->sent++;
	tmr_start(&query->tmr, failed ? 0 : USHER__DNS_WAIT_MS, next_server,
		  query);
}

int usher__query(struct usher__query **ret, struct usher__ua *ua,
		 const char *name, uint16_t type, usher__answer_fn *fn,
		 void *arg)
{
	struct usher__query *query;

	if (!ua->dns_count)
		return USHER_ENOENT;
	if (!*name || strlen(name) >= sizeof(query->name))
		return USHER_EINVAL;
	query = mem_zalloc(sizeof(*query), query_destructor);
	if (!query)
		return USHER_ENOMEM;
	tmr_init(&query->tmr);
	query->ua = ua;
	strcpy(query->name, name);
	query->type = type;
	query->fn = fn;
	query->arg = arg;
	tmr_start(&query->tmr, 0, next_server, query);
	*ret = query;
	return 0;
}

int usher__dns_servers(struct sa *ret, uint32_t *count, const char *text)
{
	char word[USHER__SDP_IP_MAX + 10];
	uint32_t n = 0;
	size_t len;

	for (text += strspn(text, " \t,"); *text;
	     text += strspn(text, " \t,")) {
		len = strcspn(text, " \t,");
		if (n >= USHER__DNS_SERVERS || len >= sizeof(word))
			return USHER_EINVAL;
		memcpy(word, text, len);
		word[len] = '\0';
		if (sa_set_str(&ret[n], word, DNS_PORT) &&
		    (sa_decode(&ret[n], word, len) || !sa_port(&ret[n])))
			return USHER_EINVAL;
		n++;
		text += len;
	}
	*count = n;
	return n ? 0 : USHER_EINVAL;
}

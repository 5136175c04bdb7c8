/* Contacts of a record, and what they came with. */
#include <string.h>

#include "sim/rec.h"

/* Fowler, Noll and Vo, of 64 bits. */
#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len--)
		hash = (hash ^ *at++) * HASH_PRIME;
	return hash;
}

/* Of the attributes of an event, in their order. */
static uint64_t hash_attrs(const struct usher_event *ev, size_t count)
{
	uint64_t hash = HASH_BEGIN;
	struct usher_attr attr;

	for (size_t i = 0; i < count; i++) {
		usher_event_attr_at(ev, USHER_F_ATTRS, i, &attr);
		hash = hash_bytes(hash, attr.name, strlen(attr.name) + 1);
		hash = hash_bytes(hash, &attr.type, sizeof(attr.type));
		hash = hash_bytes(hash, &attr.number, sizeof(attr.number));
		hash = hash_bytes(hash, attr.text, usher__rec_attr_len(&attr));
	}
	return hash ? hash : 1;
}

static bool is_set(const struct rec_set *set, const struct usher_event *ev,
		   size_t count)
{
	const struct usher_attr *have = set->attrs.list.items;
	struct usher_attr attr;

	if (set->attrs.list.count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t len;

		usher_event_attr_at(ev, USHER_F_ATTRS, i, &attr);
		len = usher__rec_attr_len(&attr);
		if (strcmp(attr.name, have[i].name) != 0 ||
		    attr.type != have[i].type ||
		    memcmp(&attr.number, &have[i].number,
			   sizeof(attr.number)) != 0 ||
		    len != usher__rec_attr_len(&have[i]) ||
		    (len && memcmp(attr.text, have[i].text, len) != 0))
			return false;
	}
	return true;
}

/* The combination that an event has; NULL for none. What has the same hash and
 * is another one is kept beside the table. */
static int set_of(struct usher_record *r, const struct usher_event *ev,
		  const struct rec_set **ret)
{
	struct rec_set *known, *set, **kept;
	size_t count = 0;
	uint64_t hash;
	int rc;

	usher_event_count(ev, USHER_F_ATTRS, &count);
	*ret = NULL;
	if (!count)
		return 0;
	hash = hash_attrs(ev, count);
	known = usher__idmap_get(&r->sets, hash);
	if (known && is_set(known, ev, count)) {
		*ret = known;
		return 0;
	}
	rc = usher__idmap_reserve(&r->sets, &r->alloc, 1);
	if (rc)
		return rc;
	set = r->alloc.realloc(r->alloc.arg, NULL, sizeof(*set));
	if (!set)
		return USHER_ENOMEM;
	memset(set, 0, sizeof(*set));
	set->identity.id = hash;
	rc = usher__rec_attrs(r, &set->attrs, ev, USHER_F_ATTRS);
	kept = rc ? NULL : usher__rec_more(r, &r->set_list, sizeof(*kept));
	if (!kept) {
		usher__rec_attrs_done(r, &set->attrs);
		r->alloc.realloc(r->alloc.arg, set, 0);
		return USHER_ENOMEM;
	}
	*kept = set;
	if (!known)
		usher__idmap_add(&r->sets, set);
	*ret = set;
	return 0;
}

int usher__rec_contact(struct usher_record *r, uint64_t id,
		       struct rec_contact **ret)
{
	struct rec_contact *contact = usher__idmap_get(&r->contacts, id);
	int rc;

	*ret = contact;
	if (contact)
		return 0;
	rc = usher__idmap_reserve(&r->contacts, &r->alloc, 1);
	if (!rc)
		rc = usher__pool_reserve(&r->pool, &r->alloc, 1);
	if (rc)
		return rc;
	contact = usher__pool_get(&r->pool);
	memset(contact, 0, sizeof(*contact));
	contact->identity.id = id;
	usher__idmap_add(&r->contacts, contact);
	*ret = contact;
	return 0;
}

int usher__rec_contact_set(struct usher_record *r,
			   const struct usher_event *ev)
{
	struct rec_contact *contact;
	const struct rec_set *set;
	int rc = set_of(r, ev, &set);

	if (!rc)
		rc = usher__rec_contact(r, ev->contact, &contact);
	if (rc)
		return rc;
	contact->set = set;
	if (ev->type == USHER_EV_CONTACT_STARTED)
		contact->kind = usher__rec_kind(r, ev);
	usher_event_i64(ev, USHER_F_PRIORITY, &contact->priority);
	return 0;
}

void usher__rec_contact_end(struct usher_record *r, uint64_t id)
{
	struct rec_contact *contact = usher__idmap_get(&r->contacts, id);

	if (!contact)
		return;
	usher__idmap_del(&r->contacts, id);
	usher__pool_put(&r->pool, contact);
}

void usher__rec_contacts_done(struct usher_record *r)
{
	struct rec_set **sets = r->set_list.items;

	for (uint32_t i = 0; i < r->set_list.count; i++) {
		usher__rec_attrs_done(r, &sets[i]->attrs);
		r->alloc.realloc(r->alloc.arg, sets[i], 0);
	}
	usher__rec_done(r, &r->set_list);
	usher__idmap_free(&r->sets, &r->alloc);
	usher__idmap_free(&r->contacts, &r->alloc);
	usher__pool_done(&r->pool, &r->alloc);
}

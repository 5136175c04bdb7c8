/* A phone's calls and accounts by their ids. On the loop's thread. */
#include <sip/phone.h>

static void call_destructor(void *arg)
{
	struct usher__phone_call *call = arg;

	hash_unlink(&call->he);
	mem_deref(call->refer_target);
	mem_deref(call->refer_replaces);
}

/* The caller has reserved a place for its end. */
struct usher__phone_call *usher__phone_call_new(struct usher_phone *phone,
						uint64_t id)
{
	struct usher__phone_call *call;

	call = mem_zalloc(sizeof(*call), call_destructor);
	if (!call)
		return NULL;
	call->phone = phone;
	call->id = id;
	hash_append(phone->calls, (uint32_t)id, &call->he, call);
	return call;
}

static bool call_is(struct le *le, void *arg)
{
	const struct usher__phone_call *call = le->data;

	return call->id == *(const uint64_t *)arg;
}

struct usher__phone_call *usher__phone_call_find(struct usher_phone *phone,
						 uint64_t id)
{
	return list_ledata(
		hash_lookup(phone->calls, (uint32_t)id, call_is, &id));
}

struct usher__phone_account *
usher__phone_account_find(struct usher_phone *phone, uint32_t id)
{
	struct le *le;

	for (le = phone->accounts.head; le; le = le->next) {
		struct usher__phone_account *account = le->data;

		if (account->id == id)
			return account;
	}
	return NULL;
}

/* Written words: kept where they can be erased, told of in the sequence. */
#include <stdio.h>
#include <string.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/session.h"

void usher__message_note(struct usher_center *center, struct session *session,
			 uint32_t direction, uint64_t agent, const char *text)
{
	struct usher_person_opts person;
	struct usher_field_value values[4];
	char ref[32] = "";
	uint64_t id;

	if (center->store) {
		usher_person_opts_init(&person, sizeof(person));
		person.kind = USHER_PERSON_TEXT;
		person.contact = session->contact;
		person.segment = session->agent_segment;
		person.time_us = center->now_us;
		person.bytes = text;
		person.len = strlen(text);
		if (!usher_store_person_put(center->store, &person, &id))
			snprintf(ref, sizeof(ref), "p:%llu",
				 (unsigned long long)id);
	}
	values[0] = (struct usher_field_value){.field = USHER_F_DIRECTION,
					       .number = direction};
	values[1] = (struct usher_field_value){.field = USHER_F_REFERENCE,
					       .data = ref};
	values[2] = (struct usher_field_value){
		.field = USHER_F_AGENT,
		.number = agent ? agent : session->agent_id};
	values[3] = (struct usher_field_value){.field = USHER_F_COUNT,
					       .number = strlen(text)};
	usher_acd_note(center->acd, center->now_us, USHER_EV_MESSAGE,
		       session->contact, session->agent_segment, values, 4);
}

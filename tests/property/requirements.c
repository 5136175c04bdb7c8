/* Requirements, and what they say of an agent and a contact, worked out by
 * hand. */
#include <string.h>

#include "model.h"

const char *const requirements[] = {
	"",
	"billing >= 3",
	"language in (\"hu\", \"pl\")",
	"billing >= contact.level",
	"not (language == \"en\") and billing < 5",
	"agent.name == \"a1\" or billing == 2",
};
const unsigned requirement_count =
	sizeof(requirements) / sizeof(*requirements);

static bool number(unsigned i, const struct m_agent *a,
		   const struct m_contact *c)
{
	const bool hu = !strcmp(a->language, "hu");
	const bool pl = !strcmp(a->language, "pl");
	const bool en = !strcmp(a->language, "en");
	const bool has = a->billing >= 0;

	switch (i) {
	case 0:
		return true;
	case 1:
		return has && a->billing >= 3;
	case 2:
		return hu || pl;
	case 3:
		return has && c->level >= 0 && a->billing >= c->level;
	case 4:
		return !en && has && a->billing < 5;
	default:
		return !strcmp(a->name, "a1") || (has && a->billing == 2);
	}
}

bool model_requirement(const char *text, const struct m_agent *agent,
		       const struct m_contact *contact)
{
	for (unsigned i = 0; i < requirement_count; i++)
		if (!strcmp(text, requirements[i]))
			return number(i, agent, contact);
	return false;
}

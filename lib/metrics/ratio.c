/* Ratios of figures: computed when asked for, undefined without anybody. */
#include <string.h>

#include <usher/metrics.h>

static const char *const level_names[] = {
	[USHER_LEVEL_ANSWERED] = "answered",
	[USHER_LEVEL_CREDIT] = "credit",
	[USHER_LEVEL_STRICT] = "strict",
	[USHER_LEVEL_EXCLUDE] = "exclude",
	[USHER_LEVEL_SHORT_CREDIT] = "short_credit",
};

#define LEVELS ((int32_t)(sizeof(level_names) / sizeof(*level_names)))

const char *usher_service_level_name(int32_t variant)
{
	if (variant < 1 || variant >= LEVELS)
		return NULL;
	return level_names[variant];
}

int usher_service_level_parse(const char *name)
{
	for (int32_t i = 1; name && i < LEVELS; i++)
		if (!strcmp(name, level_names[i]))
			return i;
	return USHER_ENOENT;
}

int usher_figures_service_level(const struct usher_queue_figures *f,
				int32_t variant, double *ret)
{
	uint64_t part, whole;

	part = f->answered_within;
	whole = f->answered + f->abandoned;
	switch (variant) {
	case USHER_LEVEL_ANSWERED:
		whole = f->answered;
		break;
	case USHER_LEVEL_CREDIT:
		part += f->abandoned_within;
		break;
	case USHER_LEVEL_STRICT:
		break;
	case USHER_LEVEL_EXCLUDE:
		whole -= f->abandoned_within;
		break;
	case USHER_LEVEL_SHORT_CREDIT:
		part += f->short_abandons;
		break;
	default:
		return USHER_EINVAL;
	}
	if (!whole)
		return USHER_ENOENT;
	*ret = (double)part / (double)whole;
	return 0;
}

int usher_figures_asa(const struct usher_queue_figures *f, int64_t *ret_us)
{
	if (!f->answered)
		return USHER_ENOENT;
	*ret_us = f->answered_wait_us / (int64_t)f->answered;
	return 0;
}

static int handle_time(uint64_t handled, int64_t talk_us, int64_t hold_us,
		       int64_t wrapup_us, struct usher_handle_time *ret)
{
	const int64_t n = (int64_t)handled;

	if (!n)
		return USHER_ENOENT;
	ret->talk_us = talk_us / n;
	ret->hold_us = hold_us / n;
	ret->wrapup_us = wrapup_us / n;
	ret->total_us = (talk_us + hold_us + wrapup_us) / n;
	return 0;
}

int usher_figures_aht(const struct usher_queue_figures *f,
		      struct usher_handle_time *ret)
{
	return handle_time(f->handled, f->talk_us, f->hold_us, f->wrapup_us,
			   ret);
}

int usher_figures_agent_aht(const struct usher_agent_figures *f,
			    struct usher_handle_time *ret)
{
	return handle_time(f->handled, f->talk_us, f->hold_us, f->wrapup_us,
			   ret);
}

int usher_figures_occupancy(const struct usher_agent_figures *f, double *ret)
{
	const int64_t whole = f->occupied_us + f->available_us;

	if (whole <= 0)
		return USHER_ENOENT;
	*ret = (double)f->occupied_us / (double)whole;
	return 0;
}

/* Laws made ready from a mean and a variation, or from values. */
#include <math.h>
#include <stdbool.h>

#include "sim/draw.h"
#include "sim/math.h"

#define BISECTIONS  200
#define HYPER_COUNT 3 /* values: part of the first, and both means */

/* log(1 + cv^2) of a Weibull law; falls as its shape grows. */
static double weibull_log(double inverse_shape)
{
	return usher__sim_log_gamma(1 + 2 * inverse_shape) -
	       2 * usher__sim_log_gamma(1 + inverse_shape);
}

static void weibull(struct sim_law *law, double mean, double cv)
{
	const double want = usher__sim_log(1 + cv * cv);
	double low = 0, high = 1;

	while (weibull_log(high) < want)
		high *= 2;
	for (int i = 0; i < BISECTIONS; i++) {
		double middle = (low + high) / 2;

		if (weibull_log(middle) < want)
			low = middle;
		else
			high = middle;
	}
	law->b = (low + high) / 2;
	law->a = mean / usher__sim_exp(usher__sim_log_gamma(1 + law->b));
}

/* Of mean and variation, both branches contributing half of the mean. */
static int hyper(struct sim_law *law, const struct sim_law_opts *o)
{
	if (o->count) {
		const double *v = o->values;

		if (o->count != HYPER_COUNT || v[0] > 1)
			return USHER_EINVAL;
		law->c = v[0];
		law->a = v[1];
		law->b = v[2];
		return 0;
	}
	if (o->cv < 1)
		return USHER_EINVAL;
	law->c = (1 + sqrt((o->cv * o->cv - 1) / (o->cv * o->cv + 1))) / 2;
	law->a = o->mean / (2 * law->c);
	law->b = o->mean / (2 * (1 - law->c));
	return 0;
}

static bool values_good(const struct sim_law_opts *o)
{
	if (!o->count || !o->values || o->count > USHER_SIM_VALUES_MAX)
		return false;
	for (uint32_t i = 0; i < o->count; i++)
		if (!isfinite(o->values[i]) || o->values[i] < 0)
			return false;
	return true;
}

static bool moments_good(const struct sim_law_opts *o)
{
	double least = 0, most = HUGE_VAL;

	switch (o->law) {
	case USHER_LAW_GAMMA:
	case USHER_LAW_WEIBULL:
		least = USHER_SIM_CV_MIN;
		most = USHER_SIM_CV_MAX;
		break;
	case USHER_LAW_HYPER:
		most = USHER_SIM_CV_MAX;
		break;
	default:
		break;
	}
	return isfinite(o->mean) && o->mean > 0 && isfinite(o->cv) &&
	       o->cv >= least && o->cv <= most;
}

int usher__sim_law(struct sim_law *ret, const struct sim_law_opts *o)
{
	struct sim_law law = {o->values, o->mean, 0, 0, o->count, o->law};
	const bool listed =
		o->law == USHER_LAW_VALUES || o->law == USHER_LAW_QUANTILES;
	int rc = 0;

	if (o->law < USHER_LAW_NONE || o->law > USHER_LAW_QUANTILES)
		return USHER_EINVAL;
	if (o->law != USHER_LAW_NONE) {
		if (listed || o->count ? !values_good(o) : !moments_good(o))
			return USHER_EINVAL;
		if (o->count && !listed && o->law != USHER_LAW_HYPER)
			return USHER_EINVAL;
	}
	switch (o->law) {
	case USHER_LAW_LOGNORMAL:
		law.b = sqrt(usher__sim_log(1 + o->cv * o->cv));
		break;
	case USHER_LAW_GAMMA:
		law.a = o->mean * o->cv * o->cv;
		law.b = 1 / (o->cv * o->cv);
		break;
	case USHER_LAW_WEIBULL:
		weibull(&law, o->mean, o->cv);
		break;
	case USHER_LAW_HYPER:
		rc = hyper(&law, o);
		break;
	case USHER_LAW_QUANTILES:
		for (uint32_t i = 1; i < o->count; i++)
			if (o->values[i] < o->values[i - 1])
				rc = USHER_EINVAL;
		if (o->count < 2)
			rc = USHER_EINVAL;
		break;
	default:
		break;
	}
	if (!rc)
		*ret = law;
	return rc;
}

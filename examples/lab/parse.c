/* Numbers, times and rates out of text. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define MINUTE_S 60.0
#define HOUR_S   3600.0
#define DAY_S    86400.0

/* Digits with a fraction: no sign, no exponent, no blank. */
static const char *digits(const char *text, double *ret)
{
	size_t length = strspn(text, "0123456789");
	char *end;

	if (!length)
		return NULL;
	if (text[length] == '.')
		length += 1 + strspn(text + length + 1, "0123456789");
	*ret = strtod(text, &end);
	/* what strtod takes beyond is an exponent or a hexadecimal */
	return end == text + length ? end : NULL;
}

int lab_number(const char *text, double *ret)
{
	const bool negative = *text == '-';
	const char *end = digits(text + negative, ret);

	if (!end || *end)
		return -1;
	if (negative)
		*ret = -*ret;
	return 0;
}

int lab_part(const char *text, double *ret)
{
	double value;
	const char *end = digits(text, &value);

	if (!end)
		return -1;
	if (*end == '%') {
		value /= 100;
		end++;
	}
	if (*end || value > 1)
		return -1;
	*ret = value;
	return 0;
}

static double unit_s(const char **text)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"ms", 1e-3},
		     {"s", 1},
		     {"m", MINUTE_S},
		     {"h", HOUR_S},
		     {"d", DAY_S}};
	size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < LAB_COUNT(units); i++)
		if (strlen(units[i].name) == length &&
		    !strncmp(units[i].name, *text, length)) {
			*text += length;
			return units[i].seconds;
		}
	return NAN;
}

/* 08:30 */
static int clock_time(const char *text, double *ret)
{
	char *end;
	unsigned long hours, minutes;

	if (strspn(text, "0123456789:") != strlen(text))
		return -1;
	hours = strtoul(text, &end, 10);
	if (end == text || end > text + 3 || *end != ':' || strlen(end) != 3)
		return -1;
	minutes = strtoul(end + 1, &end, 10);
	if (*end || minutes > 59)
		return -1;
	*ret = (double)hours * HOUR_S + (double)minutes * MINUTE_S;
	return 0;
}

int lab_seconds(const char *text, double *ret)
{
	double sum = 0, value;

	if (!strcmp(text, "0")) {
		*ret = 0;
		return 0;
	}
	if (!clock_time(text, ret))
		return 0;
	if (!*text)
		return -1;
	while (*text) {
		text = digits(text, &value);
		if (!text)
			return -1;
		sum += value * unit_s(&text);
		if (!isfinite(sum))
			return -1;
	}
	*ret = sum;
	return 0;
}

int lab_rate(const char *text, double *ret)
{
	double value;
	const char *end = digits(text, &value);

	if (!end)
		return -1;
	if (*end != '/')
		return -1;
	end++;
	value /= unit_s(&end);
	if (*end || !isfinite(value))
		return -1;
	*ret = value;
	return 0;
}

int lab_count(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return -1;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || value < min || value > max)
		return -1;
	*ret = value;
	return 0;
}

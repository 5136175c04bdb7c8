#include "media/noise.h"

#include <math.h>

/* Samples that are as often here as there have a peak of the square root of
 * three times their mean. */
void usher__noise_tell(struct usher__noise *noise, uint8_t level)
{
	double mean = 32768 * pow(10, -(level & 0x7f) / 20.0);
	double peak = mean * sqrt(3);

	noise->peak =
		(int32_t)(peak < USHER__NOISE_MAX ? peak : USHER__NOISE_MAX);
}

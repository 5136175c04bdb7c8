/* A channel of one's own: lines of text over TCP. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>
#include <usher/channel.h>

struct text;

/* Listen on 127.0.0.1:port (0: any free one). 0 or USHER_E…. */
int text_new(struct text **ret, uint16_t port);
uint16_t text_port(const struct text *text);
/* After the center has been freed. */
void text_free(struct text *text);

/* The driver's table; its argument is the struct text. */
extern const struct usher_channel_driver text_driver;

#endif

/* A stream of bytes, cut into SIP messages: see cut.c. */
#ifndef USHER_LIB_SIP_CUT_H
#define USHER_LIB_SIP_CUT_H

#include <compat.h>

/* What is known of the message that is not whole yet. */
struct usher__cut {
	size_t searched; /* bytes of its headers that need no other look */
	size_t length;   /* of the whole; 0: the headers have no end yet */
	unsigned lines;
	bool began;   /* its first line is one of SIP */
	bool at_line; /* nothing has come of the next line yet */
};

/* How much of mb is whole, with the blank lines between messages: *whole is
 * where that ends. The next call is for the same bytes from there on, and
 * more. *heard is set if there was a message. An errno: what follows the whole
 * of it is none and never will be. */
int usher__cut_messages(struct usher__cut *cut, struct mbuf *mb, size_t *whole,
			bool *heard);

#endif

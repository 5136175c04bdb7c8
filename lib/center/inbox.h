/* What comes from outside and waits for a turn. */
#ifndef USHER_LIB_CENTER_INBOX_H
#define USHER_LIB_CENTER_INBOX_H

struct usher__report;
struct usher_center;

/* An entry that is no report. run is called on the loop's thread, in a turn;
 * drop instead of it when the center has stopped. Either frees it. */
struct mail {
	struct mail *next;
	void (*run)(struct usher_center *center, struct mail *mail);
	void (*drop)(struct usher_center *center, struct mail *mail);
};

/* inbox.c */
int usher__center_post(struct usher_center *center, struct mail *mail);
int usher__center_report(void *center, struct usher__report *report);
int usher__center_open(void *center);
void usher__center_ring_bell(struct usher_center *center);

#endif

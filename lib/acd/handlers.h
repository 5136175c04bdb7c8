/* The handlers of inputs, by subject in do_*.c. */
#ifndef USHER_ACD_HANDLERS_H
#define USHER_ACD_HANDLERS_H

#include <acd/internal.h>

usher__handler usher__do_configure;
usher__handler usher__do_day;
usher__handler usher__do_queue_set;
usher__handler usher__do_queue_remove;
usher__handler usher__do_queue_open;
usher__handler usher__do_agent_set;
usher__handler usher__do_agent_remove;
usher__handler usher__do_presence;
usher__handler usher__do_contact_new;
usher__handler usher__do_contact_set;
usher__handler usher__do_contact_end;
usher__handler usher__do_detach;
usher__handler usher__do_attach;
usher__handler usher__do_flow_begin;
usher__handler usher__do_flow_end;
usher__handler usher__do_enqueue;
usher__handler usher__do_dequeue;
usher__handler usher__do_accept;
usher__handler usher__do_reject;
usher__handler usher__do_miss;
usher__handler usher__do_connected;
usher__handler usher__do_connect_failed;
usher__handler usher__do_withdraw;
usher__handler usher__do_assign;
usher__handler usher__do_direct;
usher__handler usher__do_answered;
usher__handler usher__do_hold;
usher__handler usher__do_resume;
usher__handler usher__do_leave;
usher__handler usher__do_wrapup_end;
usher__handler usher__do_disposition;
usher__handler usher__do_note;
usher__handler usher__do_step_set;
usher__handler usher__do_steps_cut;
usher__handler usher__do_callback;
usher__handler usher__do_callback_dial;
usher__handler usher__do_callback_missed;

#endif

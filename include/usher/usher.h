/** @file
 * Everything that Usher offers. A program that needs one layer includes that
 * layer's header instead.
 */
/** @mainpage An embeddable contact-center engine
 *
 * Each header is a layer that stands alone; its first lines say what it does,
 * who may call it on which thread, and what every error means.
 *
 * | header              | what                                               |
 * |---------------------|----------------------------------------------------|
 * | usher/acd.h         | routing: contacts, agents, queues, offers; no I/O  |
 * | usher/acd_config.h  | whom it knows: queues, steps, agents               |
 * | usher/acd_info.h    | what it knows now, and why it offers               |
 * | usher/acd_record.h  | recovery: events folded, snapshots                 |
 * | usher/policy.h      | which agent for a contact, which contact for whom  |
 * | usher/expr.h        | requirements and conditions                        |
 * | usher/flow_set.h    | flows: menus, prompts, queues, voicemail           |
 * | usher/ivr.h         | one contact on its way through them                |
 * | usher/event.h       | events and inputs: reading, encoding, JSON         |
 * | usher/schema.h      | which there are, and their fields                  |
 * | usher/metrics.h     | figures from events                                |
 * | usher/erlang.h      | staffing formulas                                  |
 * | usher/sim.h         | simulation with the routing that serves live calls |
 * | usher/sim_model.h   | what it simulates: laws, queues, agents | |
 * usher/replay.h      | a record verified, and replayed otherwise          |
 * | usher/call.h        | a SIP phone without queues                         |
 * | usher/channel.h     | drivers: how customers and agents reach a center   |
 * | usher/store.h       | journal, recovery                                  |
 * | usher/history.h     | what was, as tables                                |
 * | usher/personal.h    | names, addresses, recordings: erasable             |
 * | usher/host.h        | the loop thread, SIP and media ports of a process  |
 * | usher/config.h      | agents, queues, entries, trunks as plain data      |
 * | usher/center.h      | a center: all of the above, composed               |
 * | usher/reader.h      | its events in order, and views of now              |
 * | usher/server.h      | a center from YAML, served over HTTP               |
 * | usher/error.h       | codes and their detail                             |
 * | usher/alloc.h       | allocators                                         |
 * | usher/version.h     | versions                                           |
 *
 * Where nothing else is said, strings are UTF-8 and end in NUL, and a function
 * that can fail returns 0 or a negative code of ::usher_errcode. Options and
 * infos begin with their size, so that they may grow.
 */
#ifndef USHER_USHER_H
#define USHER_USHER_H

#include <usher/error.h>
#include <usher/version.h>
#include <usher/alloc.h>
#include <usher/event.h>
#include <usher/schema.h>
#include <usher/expr.h>
#include <usher/policy.h>
#include <usher/acd.h>
#include <usher/acd_config.h>
#include <usher/acd_info.h>
#include <usher/acd_record.h>
#include <usher/flow_set.h>
#include <usher/ivr.h>
#include <usher/metrics.h>
#include <usher/erlang.h>
#include <usher/sim.h>
#include <usher/sim_model.h>
#include <usher/replay.h>
#include <usher/call.h>
#include <usher/channel.h>
#include <usher/store.h>
#include <usher/history.h>
#include <usher/personal.h>
#include <usher/host.h>
#include <usher/config.h>
#include <usher/center.h>
#include <usher/reader.h>
#include <usher/server.h>

#endif

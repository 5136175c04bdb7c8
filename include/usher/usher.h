/** @file
 * Everything that Usher offers. A program that needs one layer includes that
 * layer's header instead.
 */
#ifndef USHER_USHER_H
#define USHER_USHER_H

#include <usher/error.h>
#include <usher/version.h>
#include <usher/alloc.h>
#include <usher/event.h>
#include <usher/expr.h>
#include <usher/policy.h>
#include <usher/acd.h>
#include <usher/ivr.h>
#include <usher/metrics.h>
#include <usher/erlang.h>
#include <usher/sim.h>
#include <usher/call.h>
#include <usher/channel.h>
#include <usher/store.h>
#include <usher/center.h>
#include <usher/server.h>

#endif

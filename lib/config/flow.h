/** @file
 * Flows and prompts out of a configuration file. docs/flows.md says what may
 * be written; this says it in code.
 *
 * Internal to libusher-server.
 */
#ifndef USHER_CONFIG_FLOW_H
#define USHER_CONFIG_FLOW_H

#include <usher/ivr.h>

#include "config/yaml.h"

/** Longest path of a sound file in a prompt. */
#define USHER__FLOWS_PATH_MAX 1024

/**
 * Read the keys `prompts`, `flows`, `language`, `sounds` and, for what they
 * say about where contacts start, `entries` of a center.
 *
 * @param map  The center's mapping; other keys are left alone
 * @param dir  Folder of the file: relative names of sounds begin there
 * @param ret  The set; NULL when there are neither flows nor prompts
 * @param err  File, line and column of a problem
 *
 * @return 0, USHER_EINVAL, USHER_EEXIST, USHER_EFULL (a limit), USHER_ENOMEM
 */
int usher__flows_read(struct usher__yaml *y, const yaml_node_t *map,
		      const char *dir, struct usher_flow_set **ret,
		      struct usher_error *err);

#endif

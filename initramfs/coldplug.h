/* SPDX-License-Identifier: BSD-2-Clause */
/* Which drivers the devices that were there before the runtime want: as udev's coldplug does, for
 * what a screen and a keyboard need. */
#pragma once

#include <stdbool.h>

#include "config/base/status.h"
#include "config/settings.h"

#define COLDPLUG_NAMES_MAX 512

/* Adds the module aliases of the devices below the sysfs folder BUSES ("/sys/bus") that a screen or
 * an input device may hang on. STATUS_NO_MEMORY. */
enum status coldplug_aliases(const char *buses, struct text_list *aliases) must_check;

/* The same for Ethernet adapters, on the machine's boards and on USB. */
enum status coldplug_network_aliases(const char *buses, struct text_list *aliases) must_check;

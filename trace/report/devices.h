/* SPDX-License-Identifier: BSD-2-Clause */
/* Which device is behind an address: the fixed map of QEMU's q35 and pc, and BARs over time. */
#pragma once

#include "trace/report/build.h"

/* Adds the fixed map of MACHINE ("q35", "pc"; anything else: q35). */
void devices_add_fixed(struct build *build, const char *machine);

/* Gives each access its device, and counts them. The events are sorted; REGION_NAMES are the names
 * that accesses of memory_region_ops_* still have as their device (see qemu_log.h). */
enum status devices_resolve(struct build *build, const struct intern *region_names) must_check;

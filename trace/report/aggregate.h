/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums over the events: exits and what they cost, hottest addresses, polling loops. */
#pragma once

#include "trace/report/build.h"

#define AGGREGATE_POLL_MIN 1000u /* more reads than that in a row are a loop */

/* Host threads become the virtual CPUs that they are. */
void aggregate_cpus(struct build *build);

/* The events are sorted and have their devices. */
enum status aggregate_make(struct build *build) must_check;

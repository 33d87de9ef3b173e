/* SPDX-License-Identifier: BSD-2-Clause */
/* Times in which nothing happened, and what the guest seems to have waited for. */
#pragma once

#include "config/base/status.h"
#include "trace/report/model.h"

/* Finds the gaps of at least a second (and a hundredth of the session) between what the guest does
 * to be noticed: disk, network, console, devices other than timers and interrupt controllers. */
enum status gaps_find(struct report *report) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Warns of files that nobody can tell apart in a list. */
#pragma once

#include "tools/mkhiperiso/image_plan.h"

/* Warns of each two paths of PLAN that look the same: exFAT takes them for different. Reports
 * errors, returns 0 or -1. */
int image_lookalikes_warn(const struct image_plan *plan) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a new image back with the code that the firmware uses. */
#pragma once

#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/target.h"

/* Does TARGET hold the partitions and, with its right size, each file of PLAN, and no other?
 * Reports errors, returns 0 or -1. */
int image_verify(const struct image_plan *plan, const struct target *target) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out whether a disk holds as much as it says. */
#pragma once

#include "tools/mkhiperiso/target.h"

/* Writes a block of its own at each power of two and near the end, and reads them all back: media
 * with false capacity lose some or show them twice. Destroys what lies there, but nothing in the
 * first MiB and in the last. Names a medium that lies. Returns 0 or -1. */
int capacity_check(const struct target *target) must_check;

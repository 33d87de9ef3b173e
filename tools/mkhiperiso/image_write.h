/* SPDX-License-Identifier: BSD-2-Clause */
/* Brings the files of a plan to their places. */
#pragma once

#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/target.h"

/* Copies FILE to TARGET, whose data partition begins at byte DATA_OFF (TARGET NULL: only reads it),
 * and sets file->digest by DIGEST, which starts and ends empty (NULL: not). Reports errors, returns
 * 0 or -1. */
int image_write_file(struct image_file *file, const struct target *target, uint64_t data_off,
                     struct digest *digest) must_check;

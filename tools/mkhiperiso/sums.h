/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a file's sum in a list of sums. Pure. */
#pragma once

#include "config/base/status.h"
#include "tools/mkhiperiso/digest.h"

/* Looks in TEXT, lines of `sha256sum` or of BSD's form, for the sum of the file NAME. A name with
 * folders in front counts by its last part. STATUS_NOT_FOUND. */
enum status sums_find(const char *text, const char *name, uint8_t ret_sum[DIGEST_BYTES]) must_check;

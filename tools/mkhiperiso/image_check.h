/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at an image before it goes onto a stick. */
#pragma once

#include <stdbool.h>

#include "config/base/status.h"
#include "tools/mkhiperiso/digest.h"

/* Does the menu list a file NAME? */
bool image_has_name(const char *name);

/* Is the image FILE whole, and as a SHA256SUMS or NAME.sha256 beside it says? Warns of one that
 * boots on nothing known. Reports errors, returns 0 or -1. */
int image_check(const char *file) must_check;

/* The SHA-256 of the file at PATH. Reports errors, returns 0 or -1. */
int image_sha256(const char *path, uint8_t ret_sum[DIGEST_BYTES]) must_check;

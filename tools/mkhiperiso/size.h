/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes as people write and read them. */
#pragma once

#include <stdint.h>

#include "config/base/status.h"

#define SIZE_TEXT_BYTES 24

/* "64M", "64MiB", "1.5G" (powers of 1024), "8GB" (powers of 1000), "1048576" or "1048576B".
 * STATUS_INVALID when it is none of these, STATUS_TOO_LARGE from 8 EiB on. */
enum status size_parse(const char *text, uint64_t *ret_bytes) must_check;

/* "951.5 MiB", "512 bytes". */
void size_text(uint64_t bytes, char ret_text[SIZE_TEXT_BYTES]);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Times and numbers as people read them. */
#pragma once

#include <stdint.h>

#define TEXT_NUMBER_BYTES 32

/* "1.234 s", "12.3 s", "2 min 05 s", "345 us", "-" for REPORT_NEVER. In RET_TEXT. */
const char *text_time(int64_t ns, char ret_text[TEXT_NUMBER_BYTES]);

/* "1,234,567" */
const char *text_count(uint64_t count, char ret_text[TEXT_NUMBER_BYTES]);

/* "951.5 MiB" */
const char *text_bytes(uint64_t bytes, char ret_text[TEXT_NUMBER_BYTES]);

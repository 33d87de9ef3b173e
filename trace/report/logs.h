/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw console logs and their indices of lines. */
#pragma once

#include "config/base/status.h"
#include "trace/report/model.h"

#define LOG_BYTES_MAX ((size_t)256 << 20)

/* Makes the lines of BYTES (which the log takes over) by INDEX: lines "OFFSET T", in order. Where
 * the index says nothing, as behind its end, lines end with \n and have no time.
 * *RET_SKIPPED: lines of the index that make no sense. */
enum status log_make_lines(struct report_log *log, const char *index, size_t index_len,
                           uint64_t *ret_skipped) must_check;

/* A line as people read it: no escape sequences, control characters or line end; of what a carriage
 * return writes over only the last. Returns the length; RET_TEXT is NUL-terminated. */
size_t log_plain_line(const struct report_log *log, size_t line, char *ret_text, size_t size);

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees on stderr: messages, and a progress bar when stderr is a terminal. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* What messages and help call the program; "mkhiperiso" until main() says something else. */
extern const char *program_name;

/* Prints "PROGRAM: MESSAGE". fail() returns -1 for `return fail(...)`: the caller's caller says
 * nothing more. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what the user wrote wrongly: returns REPORT_MISUSE, which verbs hand on. */
#define REPORT_MISUSE (-2)
int misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes TEXT, from outside, and REST, from us, to stdout: strbuf_append_printable(). */
void print_printable(const char *text, const char *rest);

/* Makes sure that stdout got everything; complains if not. 0 or -1. */
int flush_output(void);

/* How work is told of: a bar on a terminal, or a JSON object a line on stdout, at most ten a
 * second:
 * {"phase": "writing", "done": BYTES, "total": BYTES, "bytes_per_s": N, "seconds_left": N}. */
void progress_use_json(void);

/* Where a plan for people goes: stdout, or stderr while stdout is for a program. */
FILE *report_plan_stream(void);

/* A bar for work of TOTAL bytes; it appears after a second and only on a terminal. One at a time.
 */
void progress_start(const char *what, uint64_t total_bytes);
void progress_add(uint64_t bytes);
void progress_end(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs another program by its argument vector, never through a shell. */
#pragma once

#include "config/base/strbuf.h"

#define PROCESS_ARGS_MAX 128

/* Runs ARGV (ends with NULL) to its end, with no input, a fixed environment (PATH, C locale, UTC,
 * SOURCE_DATE_EPOCH=EPOCH, no mtools configuration) and its output collected. Reports a failure
 * with the program's last words and returns -1; an interrupt ends the program and returns -1. */
int process_run(const char *const argv[], int64_t epoch) must_check;

/* The same for a program whose output is wanted: appended to OUTPUT, with what it says on stderr.
 */
int process_read(const char *const argv[], struct strbuf *output) must_check;

/* "gdisk" for "sgdisk": the Debian package that holds PROGRAM, PROGRAM itself if unknown. */
const char *process_package(const char *program);

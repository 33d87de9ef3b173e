/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of mkhiperiso share: a scratch folder, captured messages, other programs as
 * oracles. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/cleanup.h"
#include "config/base/status.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* A new folder as the working folder; both functions fit cmocka's group set-up and tear-down. */
int scratch_enter(void **state);
int scratch_leave(void **state);

/* Writes LEN bytes (or TEXT) to PATH, whose folders are made. */
void write_file(const char *path, const void *bytes, size_t len);
void write_text(const char *path, const char *text);
void write_script(const char *path, const char *text); /* executable */

/* The whole file, a new text with a NUL behind. */
char *read_whole(const char *path, size_t *ret_len);

/* How many entries FOLDER holds, without . and .. */
size_t count_entries(const char *folder);

/* Copies LEN bytes at OFF of FROM to the new file TO, holes as holes. */
void cut_out(const char *from, uint64_t off, uint64_t len, const char *to);

/* Do two files hold the same bytes? */
bool is_same_file(const char *a, const char *b);

/* Runs ARGV (ends with NULL); true if it exits with 0. Its output is dropped. */
bool run_quietly(const char *const argv[]);
bool run_with_input(const char *const argv[], const char *input); /* a file as its stdin */

/* Runs mkhiperiso's verb ARGV[0] in this process. Returns the exit code; *RET_MESSAGES (may be
 * NULL): its stderr, a new text. */
int run_verb(const char *const argv[], char **ret_messages);

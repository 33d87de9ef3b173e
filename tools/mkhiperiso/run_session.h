/* SPDX-License-Identifier: BSD-2-Clause */
/* The record that a run leaves on its machine's disk. */
#pragma once

#include <stddef.h>

#include "config/base/status.h"
#include "efi/core/fs/exfat.h"

#define RUN_SESSION_NAME_BYTES 768

/* The name of the newest session folder, "" if there is none. Says nothing. */
void run_session_newest(struct exfat *fs, char ret_name[RUN_SESSION_NAME_BYTES]);

/* The end's reason as session NAME has it: its code ("guest-poweroff") and text. STATUS_NOT_FOUND
 * when the session has no end. */
enum status run_session_end(struct exfat *fs, const char *name, char *ret_code, size_t code_size,
                            char *ret_text, size_t text_size) must_check;

/* Copies session NAME as FOLDER/NAME, FOLDER is made if it is missing; the path is written to
 * RET_PATH. Reports errors, 0 or -1. */
int run_session_copy(struct exfat *fs, const char *name, const char *folder, char *ret_path,
                     size_t path_size) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the number of records of an image within log_keep. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Deletes the oldest sessions of the image IMAGE_PATH beyond KEEP, the session CURRENT counted and
 * never deleted, nor any with a file `keep` in it. In a process of its own, not waited for. */
void session_keep(const char *current, const char *image_path, unsigned keep);

/* The same at once, in the folder LOGS. 0 or -errno of the first that could not be deleted. */
int session_keep_in(const char *logs, const char *current, const char *image_path, unsigned keep);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of session folders: who makes them (/init) and who looks for them (the menu) agree here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"

#define SESSION_NAME_STAMP 16 /* "YYYYMMDD-HHMMSS-" */

/* Appends the last component of IMAGE_PATH as exFAT takes it: what it forbids becomes '_', cut to
 * MAX_UNITS UTF-16 units. exFAT spec 7.7.3. */
void session_name_append(const char *image_path, size_t max_units, struct strbuf *b);

/* Is FOLDER, a name, that of a session of an image whose file is named as IMAGE_PATH's? Two images
 * of one name in two folders have sessions of like names: session.json knows the path. */
bool session_name_is_like(const char *folder, const char *image_path);

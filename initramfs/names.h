/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the folders that a start makes on the data partition. Pure. */
#pragma once

#include <stdint.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"

/* The folder of a session: "20261121-084500-debian.iso", or with "-2", "-3", ... behind it for
 * ATTEMPT 2, 3, ... NAME is the last component of IMAGE_PATH with what exFAT forbids replaced by
 * '_', cut so that the whole has at most 255 UTF-16 units. exFAT spec 7.7.3. */
enum status names_session(const char *image_path, int64_t wall_ms, unsigned attempt,
                          struct strbuf *b) must_check;

/* The folder of an image's state: "debian.iso-0123456789abcdef": the name for people, the rest from
 * the whole path, so that two images of one name never share it. ATTEMPT 2 and up: for paths whose
 * numbers are equal. */
enum status names_state(const char *image_path, unsigned attempt, struct strbuf *b) must_check;

/* The folder of an image's state below the data partition's root, "/hiperiso/state/debian.iso-...":
 * the one that was made for exactly this path, or a free name for it. READ_OWNER appends the text
 * of FILE (a path from the same root) to OWNER; anything but STATUS_OK: nobody owns that folder.
 * STATUS_EXISTS when others own all names. */
enum status names_state_folder(const char *image_path,
                               enum status (*read_owner)(void *context, const char *file,
                                                         struct strbuf *owner),
                               void *context, struct strbuf *ret_folder) must_check;

#define NAMES_STATE_OWNER                                                                          \
    "image-path" /* whose state it is: the folder's name holds only a hash                         \
                  */

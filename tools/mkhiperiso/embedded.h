/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the source tree that are part of the program; embed.py writes the arrays. */
#pragma once

#include <stddef.h>

struct embedded_file {
    const char *path; /* where a new stick has it */
    const unsigned char *bytes;
    size_t len;
};

extern const struct embedded_file embedded_files[];
extern const size_t embedded_file_count;

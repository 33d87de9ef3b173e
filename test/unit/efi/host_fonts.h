/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu's fonts as this machine's distribution has them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "efi/core/fs/blockdev.h"

struct host_fonts {
    uint8_t *outlines;
    size_t outlines_len;
    struct blockdev bitmaps;
    uint8_t *bitmap_bytes;
    unsigned reads; /* of `bitmaps` */
};

/* Ends the program when a font is missing. */
void host_fonts_open(struct host_fonts *ret_fonts);
void host_fonts_close(struct host_fonts *fonts);

/* The whole file at PATH with a NUL behind it; ends the program when it cannot be read. */
char *host_read_text(const char *path);

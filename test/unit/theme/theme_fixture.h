/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of files in memory with a theme's text, fonts and pictures: what the theme engine's
 * tests and its fuzz target read from. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "efi/core/gfx/theme/theme.h"

#define FIXTURE_FILES_MAX 64

struct fixture_file {
    const char *path; /* "/hiperiso/themes/x/theme.txt" */
    uint8_t *bytes;   /* owned */
    size_t len;
};

struct fixture {
    struct fixture_file files[FIXTURE_FILES_MAX];
    unsigned count;
    unsigned reads; /* of files that are there */
    struct theme_files theme_files;
};

/* An empty volume. All of these end the program when memory runs out. */
void fixture_init(struct fixture *fixture);
void fixture_clear(struct fixture *fixture);

/* Adds a copy of LEN bytes under PATH, which is borrowed; one that is there is replaced. */
void fixture_add(struct fixture *fixture, const char *path, const void *bytes, size_t len);

/* Adds a TGA picture, all of it COLOUR (0xAARRGGBB). */
void fixture_add_picture(struct fixture *fixture, const char *path, unsigned width, unsigned height,
                         uint32_t colour);

/* Adds a bitmap font: printable ASCII, every character (the blank has no ink) a full block of WIDTH
 * x HEIGHT pixels on the base line, the pen goes on WIDTH + 1. Ascent HEIGHT, descent 2. */
void fixture_add_font(struct fixture *fixture, const char *path, const char *name, unsigned width,
                      unsigned height);

/* The bytes of such a font for FIRST to LAST, new; RET_LEN counts them. */
uint8_t *fixture_make_font(const char *name, uint32_t first, uint32_t last, unsigned width,
                           unsigned height, size_t *ret_len);

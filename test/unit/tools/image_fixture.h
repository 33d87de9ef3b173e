/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of mkhiperiso image share: a folder with inputs, and what came out. */
#pragma once

#include "test/unit/tools/unit.h"
#include "tools/mkhiperiso/options.h"

#define IMAGE_EPOCH "1700000000"

/* Sixteen folders, one in the other. */
#define D4  "/d/d/d/d"
#define D16 D4 D4 D4 D4

/* A scratch folder with payload/, in/one.iso ("the first image"), in/Zwei Ä.iso ("the second") and
 * an empty out/. */
int image_enter(void **state);

#define IMAGE(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        "image", __VA_ARGS__, NULL                                                                 \
    }

uint64_t file_bytes(const char *path);

/* The text at PATH inside the image; a new text. */
char *image_cat(const char *image, const char *path);

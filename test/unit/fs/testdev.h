/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices for tests: an image in memory (changes stay there), the Nth read or allocation of which
 * can fail. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/core/fs/blockdev.h"

struct testdev {
    uint8_t *bytes; /* the image; write here to damage it */
    size_t size_bytes, window_off;
    unsigned long reads;
    unsigned long fail_read; /* the number of the read that fails, 0 = none */
    struct blockdev device;
};

/* Opens $HIPERISO_TEST_IMAGES/NAME, from byte OFF on; false if it is not there. Nothing is written
 * back to the file. */
bool testdev_open(struct testdev *dev, const char *name, uint64_t off);

/* A device of SIZE zero bytes. */
void testdev_new(struct testdev *dev, size_t size);
void testdev_close(struct testdev *dev);

/* A line of the file `expected`, cut into fields; `count` of them. */
#define EXPECTED_FIELDS_MAX 8
struct expected {
    char *fields[EXPECTED_FIELDS_MAX];
    size_t count;
};

/* Calls CHECK with each line of FILE ("expected", or a listing) that begins with KIND (NULL: any
 * line); returns how many. */
unsigned expected_each(const char *file, const char *kind,
                       void (*check)(const struct expected *, void *), void *context);

/* Prints what make-images could not make, and why; false if make-images has not run at all. */
bool images_are_made(void);

/* The allocation of the code under test that fails, counted from where alloc_count was set to 0. */
extern unsigned long alloc_fail_at; /* 0 = none */
extern unsigned long alloc_count;

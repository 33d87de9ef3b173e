/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies a file into the image, reading it once, leaving out what is zero, and digesting it on the
 * way. */
#pragma once

#include <stdint.h>

#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/target.h"

/* Copies all SIZE_BYTES of the open file FD, called PATH in messages, to OFF of TARGET (NULL: only
 * digests it), by sharing where the file system can. Adds to DIGEST what the file holds, the same
 * for every way its holes may lie, and moves the progress bar. Reports errors (the file became
 * shorter, the disk is full; an interrupt says nothing), returns 0 or -1. DIGEST may be NULL. */
int copy_file(int fd, const char *path, uint64_t size_bytes, const struct target *target,
              uint64_t off, struct digest *digest) must_check;

/* The same for SIZE_BYTES from byte START of the file on; the digest is of these alone. */
int copy_part_of_file(int fd, const char *path, uint64_t start, uint64_t size_bytes,
                      const struct target *target, uint64_t off, struct digest *digest) must_check;

/* The same for bytes in memory. */
int copy_bytes(const void *bytes, uint64_t len, const char *path, const struct target *target,
               uint64_t off, struct digest *digest) must_check;

/* Reads LEN bytes at OFF of TARGET back, past the caches where it is a disk, and compares them with
 * EXPECTED, the digest that copy_file() gave for the same contents. PATH is for messages. Moves the
 * progress bar. Reports errors, returns 0 or -1. */
int copy_verify(const struct target *target, uint64_t off, uint64_t len, const char *path,
                const uint8_t expected[DIGEST_BYTES]) must_check;

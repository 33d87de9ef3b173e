/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 of the files on a data partition: of one, and of all of them to tell whether any changed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/core/fs/exfat.h"
#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/target.h"

/* One sum a file, over its path, its size and what it holds, in the order of the folders. */
struct data_sums {
    uint8_t (*sums)[DIGEST_BYTES]; /* owned */
    size_t count, capacity;
    uint64_t bytes; /* of all files */
    bool is_whole;  /* no exFAT volume: one sum, of the partition */
};

/* The SHA-256 of the file NODE, called PATH in messages. Moves the progress bar. Reports errors (an
 * interrupt says nothing), returns 0 or -1. */
int data_sum_file(struct exfat *fs, const char *path, const struct exfat_node *node,
                  uint8_t ret_sum[DIGEST_BYTES]) must_check;

/* Sums every file on the data partition, BYTES at OFF of TARGET, read past the caches where it is a
 * disk; what is no exFAT volume is summed as a whole. WHAT is the progress bar's title. Damaged
 * entries of folders are passed over. The caller clears RET_SUMS in every case. Reports errors,
 * returns 0 or -1. */
int data_sums_take(const struct target *target, uint64_t off, uint64_t bytes, const char *what,
                   struct data_sums *ret_sums) must_check;

/* The same, compared with BEFORE. Reports the first file that is another one, returns 0 or -1. */
int data_sums_compare(const struct target *target, uint64_t off, uint64_t bytes, const char *what,
                      const struct data_sums *before) must_check;

void data_sums_clear(struct data_sums *sums);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory entries of one file or folder, as bytes. exFAT specification 7.4, 7.6, 7.7. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXFAT_SET_ENTRY_BYTES 32u
#define EXFAT_SET_NAME_UNITS  15u /* in one entry */
#define EXFAT_SET_BYTES_MAX   (EXFAT_SET_ENTRY_BYTES * 19u)

struct exfat_set {
    const uint16_t *units; /* the name */
    uint16_t name_len;     /* units, 1 to 255 */
    uint16_t name_hash;
    bool is_folder, is_contiguous;
    uint32_t first_clu; /* 0 for an empty file */
    uint64_t size_bytes;
    int64_t modified; /* seconds since 1970, UTC */
};

/* How many entries a name of NAME_LEN units takes. */
static inline size_t exfat_set_entries(uint16_t name_len)
{
    return 2 + (size_t)(name_len + EXFAT_SET_NAME_UNITS - 1) / EXFAT_SET_NAME_UNITS;
}

/* Fills RET_BYTES; returns how many bytes. */
size_t exfat_set_build(const struct exfat_set *set, uint8_t ret_bytes[EXFAT_SET_BYTES_MAX]);

/* Gives the set of COUNT entries in BYTES another place and size, and its checksum. */
void exfat_set_change(uint8_t *bytes, size_t count, uint32_t first_clu, uint64_t size_bytes,
                      bool is_contiguous);

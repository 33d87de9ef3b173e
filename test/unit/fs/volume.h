/* SPDX-License-Identifier: BSD-2-Clause */
/* An empty volume of mkfs.exfat in memory, into which tests put entries, chains and damage. */
#pragma once

#include "test/unit/fs/testdev.h"

#define VOLUME_IMAGE        "blank-4K.img"
#define VOLUME_BOOT_SECTORS 12

#define FAT_END  0xffffffffu
#define CHAINED  0x01
#define NO_FAT   0x03
#define FREE_CLU 1000u /* and above: not in use in VOLUME_IMAGE */
#define FOLDER   EXFAT_ATTR_DIRECTORY

struct volume {
    struct testdev dev;
    uint32_t sector_bytes, clu_bytes, clu_count, root_clu;
    uint64_t fat_off, heap_off;
    size_t root_used; /* bytes of the root's entries */
};

/* False if the image could not be made here. */
bool volume_open(struct volume *volume, const char *name);
void volume_close(struct volume *volume);

/* Opens VOLUME_IMAGE; without it the test is skipped. */
void volume_need(struct volume *volume);

uint8_t *volume_cluster(struct volume *volume, uint32_t clu);
void volume_set_fat(struct volume *volume, uint32_t clu, uint32_t next);

/* Copies one entry of 32 bytes to the end of the root. */
uint8_t *volume_add_entry(struct volume *volume, const void *entry);

/* Adds a file with an ASCII name of at most 15 characters (one name entry) to the root; returns its
 * set, sealed. SIZE is in bytes, also what is valid; FLAGS are the stream extension's. */
uint8_t *volume_add_file(struct volume *volume, const char *name, uint16_t attributes,
                         uint8_t flags, uint32_t first_clu, uint64_t size);

/* Makes the set's checksum right. */
void volume_seal(uint8_t *set);

/* Writes VALUE of WIDTH bytes at OFF of the boot sector, both copies, and makes their checksums
 * right. */
void volume_patch_boot(struct volume *volume, size_t off, size_t width, uint64_t value);

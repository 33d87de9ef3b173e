/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads GUID partition tables. UEFI 2.10, 5.3. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

#define GPT_ENTRIES_MAX 1024
#define GPT_NAME_CHARS  36
#define GPT_GUID_CHARS  36

struct gpt_partition {
    uint32_t number;              /* from 1 */
    uint8_t type[16], unique[16]; /* as on disk (mixed endian) */
    uint64_t start_bytes,
        size_bytes; /* may lie behind the device's end (a cut image); never overflow */
    uint64_t attributes;
    char name[GPT_NAME_CHARS * 3 + 1]; /* UTF-8 */
};

struct gpt {
    uint8_t disk_guid[16];
    bool from_backup; /* the primary table was damaged */
    uint32_t count;
    struct gpt_partition *partitions; /* in order of their number; owned */
};

extern const uint8_t gpt_type_esp[16];        /* C12A7328-F81F-11D2-BA4B-00A0C93EC93B */
extern const uint8_t gpt_type_basic_data[16]; /* EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 */

/* Reads and verifies (CRC-32) the table of DEVICE, the backup if the primary is damaged.
 * STATUS_NOT_FOUND when there is no GPT at all, STATUS_CORRUPT when both copies are damaged. The
 * caller frees with gpt_clear(). */
enum status gpt_read(const struct blockdev *device, struct gpt *ret_gpt) must_check;
void gpt_clear(struct gpt *gpt);

/* "6d1b3f0c-5a53-...", lower case, from the on-disk form; and back (either case). */
void gpt_guid_text(const uint8_t guid[16], char ret_text[GPT_GUID_CHARS + 1]);
enum status gpt_guid_parse(const char *text, uint8_t ret_guid[16]) must_check;

/* CRC-32 as GPT and zip use it. CRC of the first piece starts with 0. */
uint32_t gpt_crc32(uint32_t crc, const void *bytes, size_t len);

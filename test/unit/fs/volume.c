/* SPDX-License-Identifier: BSD-2-Clause */
/* An empty volume of mkfs.exfat in memory. */
#include "test/unit/fs/volume.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/bytes.h"

#define ENTRY_BYTES 32

void volume_need(struct volume *volume)
{
    if (!volume_open(volume, VOLUME_IMAGE))
        skip();
}

bool volume_open(struct volume *volume, const char *name)
{
    *volume = (struct volume){0};
    if (!testdev_open(&volume->dev, name, 0))
        return false;
    const uint8_t *boot = volume->dev.bytes;
    volume->sector_bytes = 1u << boot[108];
    volume->clu_bytes = volume->sector_bytes << boot[109];
    volume->fat_off = (uint64_t)get_le32(boot + 80) * volume->sector_bytes;
    volume->heap_off = (uint64_t)get_le32(boot + 88) * volume->sector_bytes;
    volume->clu_count = get_le32(boot + 92);
    volume->root_clu = get_le32(boot + 96);
    while (volume_cluster(volume, volume->root_clu)[volume->root_used] != 0)
        volume->root_used += ENTRY_BYTES;
    return true;
}

void volume_close(struct volume *volume)
{
    testdev_close(&volume->dev);
}

uint8_t *volume_cluster(struct volume *volume, uint32_t clu)
{
    return volume->dev.bytes + volume->heap_off + (uint64_t)(clu - 2) * volume->clu_bytes;
}

void volume_set_fat(struct volume *volume, uint32_t clu, uint32_t next)
{
    put_le32(volume->dev.bytes + volume->fat_off + (uint64_t)clu * 4, next);
}

uint8_t *volume_add_entry(struct volume *volume, const void *entry)
{
    uint8_t *at = volume_cluster(volume, volume->root_clu) + volume->root_used;

    if (volume->root_used + ENTRY_BYTES > volume->clu_bytes)
        abort();
    memcpy(at, entry, ENTRY_BYTES);
    volume->root_used += ENTRY_BYTES;
    return at;
}

void volume_seal(uint8_t *set)
{
    uint16_t sum = 0;

    for (size_t i = 0; i < (set[1] + 1u) * ENTRY_BYTES; i++) {
        if (i != 2 && i != 3)
            sum = (uint16_t)((uint16_t)(sum << 15 | sum >> 1) + set[i]);
    }
    put_le16(set + 2, sum);
}

uint8_t *volume_add_file(struct volume *volume, const char *name, uint16_t attributes,
                         uint8_t flags, uint32_t first_clu, uint64_t size)
{
    uint8_t file[ENTRY_BYTES] = {0x85, 2}, stream[ENTRY_BYTES] = {0xc0}, text[ENTRY_BYTES] = {0xc1};
    size_t len = strlen(name);
    uint16_t hash = 0;

    if (len > 15)
        abort();
    for (size_t i = 0; i < len; i++) {
        put_le16(text + 2 + 2 * i, (uint8_t)name[i]);
        hash = (uint16_t)((uint16_t)(hash << 15 | hash >> 1) + (uint16_t)toupper((uint8_t)name[i]));
        hash = (uint16_t)(hash << 15 | hash >> 1);
    }
    put_le16(file + 4, attributes);
    stream[1] = flags;
    stream[3] = (uint8_t)len;
    put_le16(stream + 4, hash);
    put_le64(stream + 8, size);
    put_le32(stream + 20, first_clu);
    put_le64(stream + 24, size);
    uint8_t *set = volume_add_entry(volume, file);
    volume_add_entry(volume, stream);
    volume_add_entry(volume, text);
    volume_seal(set);
    return set;
}

void volume_patch_boot(struct volume *volume, size_t off, size_t width, uint64_t value)
{
    for (unsigned copy = 0; copy < 2; copy++) {
        uint8_t *boot =
            volume->dev.bytes + copy * (size_t)VOLUME_BOOT_SECTORS * volume->sector_bytes;
        size_t checked = (VOLUME_BOOT_SECTORS - 1) * (size_t)volume->sector_bytes;
        uint32_t sum = 0;
        for (size_t i = 0; i < width; i++)
            boot[off + i] = (uint8_t)(value >> 8 * i);
        for (size_t i = 0; i < checked; i++) {
            if (i != 106 && i != 107 && i != 112)
                sum = (sum << 31 | sum >> 1) + boot[i];
        }
        for (size_t i = checked; i < checked + volume->sector_bytes; i += 4)
            put_le32(boot + i, sum);
    }
}

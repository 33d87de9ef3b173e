/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of volumes: where they lie and what they mean. */
#include "tools/mkhiperiso/contents.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"

#define HEAD_BYTES ((size_t)264 << 10) /* ZFS' first uberblocks end there */
#define TAIL_BYTES ((size_t)64 << 10)  /* md 0.90 has its superblock there */
#define MD_MAGIC   0xA92B4EFCu
#define ZFS_MAGIC  0x00BAB10CULL
#define ZFS_FIRST  ((size_t)128 << 10)
#define ZFS_STEP   ((size_t)1 << 10)
#define LVM_LABELS 4 /* sectors that may hold LVM's label */

struct signature {
    size_t off;
    const char *bytes;
    size_t len;
    const char *kind;
    size_t label_off, label_len; /* 0: none */
};

/* The first match counts. */
static const struct signature signatures[] = {
    {0, "LUKS\xba\xbe", 6, "LUKS", 24, 48},
    {4096 - 10, "SWAPSPACE2", 10, "swap", 1024 + 28, 16},
    {0x10040, "_BHRfS_M", 8, "btrfs", 0x1012B, 99},
    {3, "EXFAT   ", 8, "exFAT", 0, 0},
    {3, "NTFS    ", 8, "NTFS", 0, 0},
    {82, "FAT32   ", 8, "FAT", 71, 11},
    {54, "FAT1", 4, "FAT", 43, 11},
    {0, "XFSB", 4, "XFS", 108, 12},
    {0x438, "\x53\xef", 2, "ext", 0x478, 16},
    {0x400, "\x10\x20\xf5\xf2", 4, "F2FS", 0, 0},
    {0, "hsqs", 4, "squashfs", 0, 0},
    {0x8001, "CD001", 5, "ISO 9660", 0x8028, 32},
};

/* Blocks of HEAD that begin with the magic of a member. */
static const char *find_member(const uint8_t *head, size_t head_len, const uint8_t *tail,
                               size_t tail_len, uint64_t size_bytes)
{
    for (size_t i = 0; i < LVM_LABELS && (i + 1) * 512 <= head_len; i++)
        if (memcmp(head + i * 512, "LABELONE", 8) == 0 &&
            memcmp(head + i * 512 + 24, "LVM2 001", 8) == 0)
            return "LVM member";
    if (head_len >= 4100 && (get_le32(head) == MD_MAGIC || get_le32(head + 4096) == MD_MAGIC))
        return "RAID member";
    /* md 1.0: 8 KiB before the end, on a border of 4 KiB; 0.90: in the last whole 64 KiB. */
    uint64_t tail_off = size_bytes - tail_len;
    uint64_t md10 = size_bytes >= 8192 ? (size_bytes - 8192) & ~(uint64_t)4095 : 0;
    uint64_t md09 = size_bytes >= 128 << 10 ? (size_bytes & ~(uint64_t)65535) - 65536 : 0;
    if (md10 >= tail_off && md10 - tail_off + 4 <= tail_len &&
        get_le32(tail + (md10 - tail_off)) == MD_MAGIC)
        return "RAID member";
    if (md09 >= tail_off && md09 - tail_off + 4 <= tail_len &&
        get_le32(tail + (md09 - tail_off)) == MD_MAGIC)
        return "RAID member";
    for (size_t off = ZFS_FIRST; off + 8 <= head_len; off += ZFS_STEP)
        if (get_le64(head + off) == ZFS_MAGIC || get_be64(head + off) == ZFS_MAGIC)
            return "ZFS member";
    if (head_len >= 4096 + 40 &&
        memcmp(head + 4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca", 8) == 0)
        return "bcache member";
    return NULL;
}

static void take_label(const struct signature *signature, const uint8_t *head, size_t head_len,
                       struct contents *contents)
{
    size_t len = signature->label_len;

    if (len == 0 || signature->label_off + len > head_len || len >= CONTENTS_LABEL_BYTES)
        return;
    memcpy(contents->label, head + signature->label_off, len);
    contents->label[len] = '\0';
    for (len = strlen(contents->label); len > 0 && contents->label[len - 1] == ' '; len--)
        contents->label[len - 1] = '\0';
}

enum status contents_probe(const struct blockdev *device, struct contents *ret_contents)
{
    struct contents contents = {0};
    size_t head_len = device->size_bytes < HEAD_BYTES ? (size_t)device->size_bytes : HEAD_BYTES;
    size_t tail_len =
        device->size_bytes < 2 * TAIL_BYTES ? (size_t)device->size_bytes : 2 * TAIL_BYTES;
    auto_free uint8_t *head = calloc(1, head_len + 1), *tail = calloc(1, tail_len + 1);

    if (head == NULL || tail == NULL)
        return STATUS_NO_MEMORY;
    enum status status = blockdev_read(device, 0, head_len, head);
    if (status == STATUS_OK)
        status = blockdev_read(device, device->size_bytes - tail_len, tail_len, tail);
    if (status != STATUS_OK)
        return status;
    contents.kind = find_member(head, head_len, tail, tail_len, device->size_bytes);
    contents.is_member = contents.kind != NULL;
    for (size_t i = 0; i < ARRAY_SIZE(signatures) && contents.kind == NULL; i++) {
        const struct signature *s = &signatures[i];
        if (s->off + s->len > head_len || memcmp(head + s->off, s->bytes, s->len) != 0)
            continue;
        contents.kind = s->kind;
        take_label(s, head, head_len, &contents);
    }
    *ret_contents = contents;
    return STATUS_OK;
}

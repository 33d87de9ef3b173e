/* SPDX-License-Identifier: BSD-2-Clause */
/* Cluster chains of an exFAT volume: the FAT, runs of adjacent clusters, reading a file's bytes. */
#include <string.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat_private.h"

#define FAT_END 0xffffffffu

/* The slot that holds byte OFF of the FAT, read if need be. */
static enum status fat_slot(struct exfat *fs, uint64_t off, struct exfat_fat_slot **ret_slot)
{
    struct exfat_fat_slot *oldest = &fs->fat_slots[0];

    for (size_t i = 0; i < EXFAT_FAT_SLOTS; i++) {
        struct exfat_fat_slot *slot = &fs->fat_slots[i];
        if (slot->used != 0 && off >= slot->off && off - slot->off < slot->len) {
            slot->used = ++fs->clock;
            *ret_slot = slot;
            return STATUS_OK;
        }
        if (slot->used < oldest->used)
            oldest = slot;
    }

    uint64_t start = off / EXFAT_FAT_SLOT_BYTES * EXFAT_FAT_SLOT_BYTES;
    uint64_t left = fs->geometry.fat_bytes - start;
    uint32_t len = left < EXFAT_FAT_SLOT_BYTES ? (uint32_t)left : EXFAT_FAT_SLOT_BYTES;
    oldest->used = 0;
    enum status status =
        blockdev_read(fs->device, fs->geometry.fat_off + start, len, oldest->bytes);
    if (status != STATUS_OK)
        return status;
    oldest->off = start;
    oldest->len = len;
    oldest->used = ++fs->clock;
    *ret_slot = oldest;
    return STATUS_OK;
}

/* The cluster behind CLU, which is one; STATUS_END behind the last. 4.1. */
static enum status fat_next(struct exfat *fs, uint32_t clu, uint32_t *ret_clu)
{
    uint64_t off = (uint64_t)clu * 4;
    struct exfat_fat_slot *slot;

    enum status status = fat_slot(fs, off, &slot);
    if (status != STATUS_OK)
        return status;
    uint32_t next = get_le32(slot->bytes + (off - slot->off));
    if (next == FAT_END)
        return STATUS_END;
    if (!exfat_is_cluster(fs, next))
        return STATUS_CORRUPT;
    *ret_clu = next;
    return STATUS_OK;
}

/* Moves POSITION one cluster on. A chain that comes back to a cluster is found after at most three
 * times its length, by comparing with the cluster at the last index that was a power of two
 * (Brent). */
static enum status position_step(struct exfat *fs, struct exfat_position *position)
{
    uint32_t next;

    enum status status = fat_next(fs, position->clu, &next);
    if (status != STATUS_OK)
        return status;
    if (next == position->mark_clu)
        return STATUS_CORRUPT;
    position->clu = next;
    position->index++;
    if ((position->index & (position->index - 1)) == 0)
        position->mark_clu = next;
    return STATUS_OK;
}

/* Moves POSITION to cluster INDEX of NODE's chain. */
static enum status position_seek(struct exfat *fs, const struct exfat_node *node,
                                 struct exfat_position *position, uint64_t index)
{
    if (position->clu == 0 || position->index > index)
        *position = (struct exfat_position){.clu = node->first_clu, .mark_clu = node->first_clu};
    while (position->index < index) {
        enum status status = position_step(fs, position);
        if (status != STATUS_OK) /* the chain ends before the file does */
            return status == STATUS_END ? STATUS_CORRUPT : status;
    }
    return STATUS_OK;
}

static uint64_t clu_device_off(const struct exfat *fs, uint32_t clu)
{
    return fs->geometry.heap_off + ((uint64_t)(clu - EXFAT_FIRST_CLU) << fs->geometry.clu_shift);
}

enum status exfat_chain_run(struct exfat *fs, const struct exfat_node *node,
                            struct exfat_position *position, uint64_t off, uint64_t max,
                            uint64_t *ret_device_off, uint64_t *ret_len)
{
    uint64_t clu_bytes = (uint64_t)1 << fs->geometry.clu_shift;
    uint64_t within = off & (clu_bytes - 1);

    if (off >= node->size_bytes)
        return STATUS_END;
    uint64_t wanted = node->size_bytes - off < max ? node->size_bytes - off : max;
    if (!exfat_is_cluster(fs, node->first_clu))
        return STATUS_CORRUPT;
    if (node->is_contiguous) {
        uint64_t start = (uint64_t)(node->first_clu - EXFAT_FIRST_CLU) << fs->geometry.clu_shift;
        if (node->size_bytes > exfat_heap_bytes(fs) - start)
            return STATUS_CORRUPT;
        *ret_device_off = fs->geometry.heap_off + start + off;
        *ret_len = wanted;
        return STATUS_OK;
    }

    enum status status = position_seek(fs, node, position, off >> fs->geometry.clu_shift);
    if (status != STATUS_OK)
        return status;
    uint64_t device_off = clu_device_off(fs, position->clu) + within;
    uint64_t len = clu_bytes - within;
    while (len < wanted) {
        struct exfat_position next = *position;
        status = position_step(fs, &next);
        if (status == STATUS_IO)
            return status;
        if (status != STATUS_OK) /* what comes before the damage can still be read */
            break;
        if (next.clu != position->clu + 1)
            break;
        *position = next;
        len += clu_bytes;
    }
    *ret_device_off = device_off;
    *ret_len = len < wanted ? len : wanted;
    return STATUS_OK;
}

enum status exfat_chain_measure(struct exfat *fs, uint32_t clu, uint64_t max, uint64_t *ret_bytes)
{
    struct exfat_position position = {.clu = clu, .mark_clu = clu};
    uint64_t clusters = 1, clusters_max = max >> fs->geometry.clu_shift;

    while (clusters < clusters_max) {
        enum status status = position_step(fs, &position);
        if (status == STATUS_IO)
            return status;
        if (status == STATUS_END)
            break;
        clusters++;
        if (status != STATUS_OK)
            break;
    }
    *ret_bytes = clusters << fs->geometry.clu_shift;
    return STATUS_OK;
}

enum status exfat_extent(struct exfat *fs, const struct exfat_node *node,
                         struct exfat_position *position, uint64_t off, uint64_t *ret_device_off,
                         uint64_t *ret_len)
{
    return exfat_chain_run(fs, node, position, off, UINT64_MAX, ret_device_off, ret_len);
}

enum status exfat_read(struct exfat *fs, const struct exfat_node *node,
                       struct exfat_position *position, uint64_t off, size_t len, void *ret_bytes,
                       size_t *ret_len)
{
    uint8_t *bytes = ret_bytes;
    size_t done = 0;

    if (off >= node->size_bytes)
        len = 0;
    else if (len > node->size_bytes - off)
        len = (size_t)(node->size_bytes - off);
    while (done < len) {
        uint64_t at = off + done, device_off, run;
        if (at >= node->valid_bytes) {
            memset(bytes + done, 0, len - done);
            break;
        }
        uint64_t max = len - done;
        if (max > node->valid_bytes - at)
            max = node->valid_bytes - at;
        enum status status = exfat_chain_run(fs, node, position, at, max, &device_off, &run);
        if (status == STATUS_OK)
            status = blockdev_read(fs->device, device_off, (size_t)run, bytes + done);
        if (status != STATUS_OK)
            return status;
        done += (size_t)run;
    }
    *ret_len = len;
    return STATUS_OK;
}

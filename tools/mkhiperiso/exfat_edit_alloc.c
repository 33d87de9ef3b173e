/* SPDX-License-Identifier: BSD-2-Clause */
/* Clusters, bitmap, FAT and raw writes of the exFAT writer. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "tools/mkhiperiso/exfat_edit_private.h"

#define FAT_END          0xFFFFFFFFu
#define FAT_CHUNK        4096u /* entries written at once */
#define VOLUME_FLAGS_OFF 106u  /* 3.1.13 */
#define VOLUME_DIRTY     0x02u

static bool is_used(const struct exfat_edit *edit, uint32_t clu)
{
    uint32_t i = clu - EXFAT_FIRST_CLU;
    return (edit->check.bits[i / 8] >> i % 8 & 1) != 0;
}

static void set_used(struct exfat_edit *edit, uint32_t clu, bool used)
{
    uint32_t i = clu - EXFAT_FIRST_CLU;
    uint8_t bit = (uint8_t)(1u << i % 8);

    if (used == is_used(edit, clu))
        return;
    edit->check.bits[i / 8] ^= bit;
    edit->free_clusters += used ? -1 : 1;
}

bool edit_append_run(struct cluster_runs *runs, uint32_t clu, uint32_t count)
{
    struct cluster_run *last = runs->count > 0 ? &runs->items[runs->count - 1] : NULL;

    if (last != NULL && last->clu + last->count == clu) {
        last->count += count;
        return true;
    }
    if (runs->count == runs->capacity) {
        size_t capacity = runs->capacity > 0 ? 2 * runs->capacity : 16;
        struct cluster_run *items = realloc(runs->items, capacity * sizeof(*items));
        if (items == NULL)
            return false;
        runs->items = items;
        runs->capacity = capacity;
    }
    runs->items[runs->count++] = (struct cluster_run){clu, count};
    return true;
}

/* The next run of free clusters at or behind CLU; false when there is none. At most MAX of it. */
static bool next_free(const struct exfat_edit *edit, uint32_t clu, uint32_t max,
                      struct cluster_run *ret_run)
{
    uint32_t end = EXFAT_FIRST_CLU + edit->check.clusters;

    while (clu < end && is_used(edit, clu)) {
        uint32_t i = clu - EXFAT_FIRST_CLU;
        clu += i % 8 == 0 && edit->check.bits[i / 8] == 0xFF ? 8 : 1;
    }
    if (clu >= end)
        return false;
    *ret_run = (struct cluster_run){.clu = clu};
    while (clu < end && ret_run->count < max && !is_used(edit, clu)) {
        clu++;
        ret_run->count++;
    }
    return true;
}

/* COUNT clusters in one piece at or behind FROM. */
static bool find_piece(const struct exfat_edit *edit, uint32_t from, uint32_t count,
                       uint32_t *ret_clu)
{
    struct cluster_run run;

    for (uint32_t clu = from; next_free(edit, clu, count, &run); clu = run.clu + run.count) {
        if (run.count == count) {
            *ret_clu = run.clu;
            return true;
        }
    }
    return false;
}

static void mark_runs(struct exfat_edit *edit, const struct cluster_runs *runs, bool used)
{
    for (size_t i = 0; i < runs->count; i++)
        for (uint32_t n = 0; n < runs->items[i].count; n++)
            set_used(edit, runs->items[i].clu + n, used);
}

enum status edit_allocate(struct exfat_edit *edit, uint32_t count, struct cluster_runs *ret_runs)
{
    struct cluster_runs runs = {0};
    struct cluster_run run;
    uint32_t clu, left = count;
    bool is_kept = true;

    if (count > edit->free_clusters)
        return STATUS_NO_SPACE;
    if (count > 0 && (find_piece(edit, edit->next_clu, count, &clu) ||
                      find_piece(edit, EXFAT_FIRST_CLU, count, &clu))) {
        is_kept = edit_append_run(&runs, clu, count);
        left = 0;
    }
    for (clu = EXFAT_FIRST_CLU; left > 0 && is_kept && next_free(edit, clu, left, &run);
         clu = run.clu + run.count) {
        is_kept = edit_append_run(&runs, run.clu, run.count);
        left -= run.count;
    }
    if (!is_kept || left > 0) {
        free(runs.items);
        return is_kept ? STATUS_NO_SPACE : STATUS_NO_MEMORY;
    }
    mark_runs(edit, &runs, true);
    if (runs.count == 1)
        edit->next_clu = runs.items[0].clu + runs.items[0].count;
    *ret_runs = runs;
    return STATUS_OK;
}

bool edit_take(struct exfat_edit *edit, uint32_t clu)
{
    if (!exfat_is_cluster(edit->fs, clu) || is_used(edit, clu))
        return false;
    set_used(edit, clu, true);
    return true;
}

void edit_release(struct exfat_edit *edit, const struct cluster_runs *runs)
{
    mark_runs(edit, runs, false);
    if (runs->count > 0 && runs->items[0].clu < edit->next_clu)
        edit->next_clu = runs->items[0].clu;
}

enum status edit_runs_of(struct exfat_edit *edit, const struct exfat_node *node,
                         struct cluster_runs *ret_runs)
{
    const struct exfat_geometry *g = &edit->fs->geometry;
    uint64_t clu_bytes = (uint64_t)1 << g->clu_shift;
    struct exfat_position position = {0};
    struct cluster_runs runs = {0};
    enum status status = STATUS_OK;

    for (uint64_t off = 0; off < node->size_bytes && status == STATUS_OK;) {
        uint64_t device_off, len;
        status = exfat_extent(edit->fs, node, &position, off, &device_off, &len);
        if (status != STATUS_OK)
            break;
        uint64_t count = (len + clu_bytes - 1) >> g->clu_shift;
        uint32_t clu = (uint32_t)((device_off - g->heap_off) >> g->clu_shift) + EXFAT_FIRST_CLU;
        if (!edit_append_run(&runs, clu, (uint32_t)count))
            status = STATUS_NO_MEMORY;
        off += count << g->clu_shift;
    }
    if (status != STATUS_OK) {
        free(runs.items);
        return status;
    }
    *ret_runs = runs;
    return STATUS_OK;
}

uint64_t edit_clu_off(const struct exfat_edit *edit, uint32_t clu)
{
    const struct exfat_geometry *g = &edit->fs->geometry;
    return g->heap_off + ((uint64_t)(clu - EXFAT_FIRST_CLU) << g->clu_shift);
}

enum status edit_write_node(struct exfat_edit *edit, const struct exfat_node *node, uint64_t off,
                            size_t len, const void *bytes)
{
    struct exfat_position position = {0};
    const uint8_t *b = bytes;

    while (len > 0) {
        uint64_t device_off, run;
        enum status status =
            exfat_chain_run(edit->fs, node, &position, off, len, &device_off, &run);
        if (status == STATUS_OK)
            status = blockdev_write(edit->device, device_off, (size_t)run, b);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_CORRUPT : status;
        off += run;
        b += run;
        len -= (size_t)run;
    }
    return STATUS_OK;
}

enum status edit_write_bits(struct exfat_edit *edit, const struct cluster_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        uint32_t first = (runs->items[i].clu - EXFAT_FIRST_CLU) / 8;
        uint32_t last = (runs->items[i].clu + runs->items[i].count - 1 - EXFAT_FIRST_CLU) / 8;
        enum status status = edit_write_node(edit, &edit->fs->bitmap, first, last - first + 1,
                                             edit->check.bits + first);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status edit_write_link(struct exfat_edit *edit, uint32_t clu, uint32_t next)
{
    uint8_t entry[4];

    put_le32(entry, next);
    return blockdev_write(edit->device, edit->fs->geometry.fat_off + (uint64_t)clu * 4,
                          sizeof(entry), entry);
}

enum status edit_write_chain(struct exfat_edit *edit, const struct cluster_runs *runs)
{
    auto_free uint8_t *chunk = malloc(FAT_CHUNK * 4);
    enum status status = STATUS_OK;

    if (chunk == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < runs->count && status == STATUS_OK; i++) {
        const struct cluster_run *run = &runs->items[i];
        uint32_t behind = i + 1 < runs->count ? runs->items[i + 1].clu : FAT_END;
        for (uint32_t done = 0; done < run->count && status == STATUS_OK;) {
            uint32_t part = run->count - done < FAT_CHUNK ? run->count - done : FAT_CHUNK;
            for (uint32_t n = 0; n < part; n++)
                put_le32(chunk + 4 * n,
                         done + n + 1 < run->count ? run->clu + done + n + 1 : behind);
            uint64_t off = edit->fs->geometry.fat_off + (uint64_t)(run->clu + done) * 4;
            status = blockdev_write(edit->device, off, part * 4, chunk);
            done += part;
        }
    }
    return status;
}

enum status edit_wait(struct exfat_edit *edit)
{
    return edit->sync != NULL ? edit->sync(edit->sync_context) : STATUS_OK;
}

enum status edit_begin(struct exfat_edit *edit)
{
    uint8_t flags[2];

    if (edit->is_marked)
        return STATUS_OK;
    enum status status = blockdev_read(edit->device, VOLUME_FLAGS_OFF, sizeof(flags), flags);
    flags[0] |= VOLUME_DIRTY;
    if (status == STATUS_OK)
        status = blockdev_write(edit->device, VOLUME_FLAGS_OFF, sizeof(flags), flags);
    if (status == STATUS_OK)
        status = edit_wait(edit);
    edit->is_marked = status == STATUS_OK;
    return status;
}

void edit_forget(struct exfat_edit *edit)
{
    struct exfat *fs = edit->fs;

    for (size_t i = 0; i < EXFAT_FAT_SLOTS; i++)
        fs->fat_slots[i].used = 0;
    for (size_t i = 0; i < EXFAT_DIR_SLOTS; i++)
        fs->dir_slots[i].used = 0;
    fs->dir_slot = NULL;
    fs->has_free_bytes = false;
}

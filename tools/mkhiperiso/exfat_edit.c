/* SPDX-License-Identifier: BSD-2-Clause */
/* The course of each change of an exFAT volume: contents, FAT, bitmap, and the name last. */
#include "tools/mkhiperiso/exfat_edit.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "tools/mkhiperiso/exfat_edit_private.h"

#define VOLUME_FLAGS_OFF   106u /* 3.1.13 */
#define VOLUME_DIRTY       0x02u
#define FATS_OFF           110u /* 3.1.16 */
#define PERCENT_IN_USE_OFF 112u /* 3.1.18 */
#define CLUSTERS_MAX       0xFFFFFFF5u

static void free_edit(struct exfat_edit *edit)
{
    if (edit->fs != NULL)
        exfat_close(edit->fs);
    exfat_check_clear(&edit->check);
    free(edit);
}

static void count_free(struct exfat_edit *edit)
{
    for (uint32_t i = 0; i < edit->check.clusters; i++)
        edit->free_clusters += (edit->check.bits[i / 8] >> i % 8 & 1) == 0;
}

enum status exfat_edit_open(const struct blockdev *device, exfat_edit_sync *sync,
                            void *sync_context, struct exfat_edit **ret_edit)
{
    struct exfat_edit *edit = calloc(1, sizeof(*edit));
    uint8_t fats, flags[2] = {0};

    if (edit == NULL)
        return STATUS_NO_MEMORY;
    edit->device = device;
    edit->sync = sync;
    edit->sync_context = sync_context;
    edit->next_clu = EXFAT_FIRST_CLU;
    enum status status = exfat_open(device, &edit->fs);
    if (status == STATUS_OK)
        status = blockdev_read(device, FATS_OFF, 1, &fats);
    if (status == STATUS_OK && fats != 1)
        status = STATUS_UNSUPPORTED;
    if (status == STATUS_OK)
        status = blockdev_read(device, VOLUME_FLAGS_OFF, sizeof(flags), flags);
    if (status == STATUS_OK)
        status = exfat_check_run(edit->fs, &edit->check);
    if (status == STATUS_OK && edit->check.problems > 0)
        status = STATUS_CORRUPT;
    if (status != STATUS_OK) {
        free_edit(edit);
        return status;
    }
    count_free(edit);
    /* Only who has made the volume consistent may clear VolumeDirty. */
    edit->is_torn = (flags[0] & VOLUME_DIRTY) != 0 && edit->check.lost_clusters > 0;
    *ret_edit = edit;
    return STATUS_OK;
}

/* VolumeDirty goes, PercentInUse is brought up to date: neither counts for the checksum (3.4). */
static enum status finish(struct exfat_edit *edit)
{
    uint8_t flags[2], percent = (uint8_t)((uint64_t)(edit->check.clusters - edit->free_clusters) *
                                          100 / edit->check.clusters);

    if (!edit->is_marked || edit->is_torn)
        return STATUS_OK;
    enum status status = edit_wait(edit);
    if (status == STATUS_OK)
        status = blockdev_write(edit->device, PERCENT_IN_USE_OFF, 1, &percent);
    if (status == STATUS_OK)
        status = blockdev_read(edit->device, VOLUME_FLAGS_OFF, sizeof(flags), flags);
    flags[0] &= (uint8_t)~VOLUME_DIRTY;
    if (status == STATUS_OK)
        status = blockdev_write(edit->device, VOLUME_FLAGS_OFF, sizeof(flags), flags);
    return status == STATUS_OK ? edit_wait(edit) : status;
}

enum status exfat_edit_close(struct exfat_edit *edit)
{
    enum status status = finish(edit);

    free_edit(edit);
    return status;
}

struct exfat *exfat_edit_reader(struct exfat_edit *edit)
{
    return edit->fs;
}

uint64_t exfat_edit_free_bytes(const struct exfat_edit *edit)
{
    return (uint64_t)edit->free_clusters << edit->fs->geometry.clu_shift;
}

/* The result of a change's last steps, from the first byte of FAT, bitmap or folder on. */
static void note_change(struct exfat_edit *edit, enum status status)
{
    edit->is_torn |= status != STATUS_OK;
}

/* A name for RUNS could not be made: they are free again, on the volume as well. */
static enum status give_back(struct exfat_edit *edit, const struct cluster_runs *runs,
                             enum status reason)
{
    edit_release(edit, runs);
    if (reason != STATUS_NO_SPACE || edit_write_bits(edit, runs) != STATUS_OK)
        note_change(edit, reason);
    return reason;
}

/* Writes SET into the folder at PATH. */
static enum status write_new_set(struct exfat_edit *edit, const char *path,
                                 const struct exfat_set *set)
{
    uint8_t bytes[EXFAT_SET_BYTES_MAX];

    return edit_add_set(edit, path, bytes, exfat_set_build(set, bytes));
}

/* ---- folders ---- */

static enum status make_one_folder(struct exfat_edit *edit, const char *path, int64_t modified)
{
    uint16_t units[EXFAT_NAME_UNITS_MAX];
    auto_free char *folder = NULL;
    struct cluster_runs runs = {0};
    struct exfat_set set;
    size_t clu_bytes = (size_t)1 << edit->fs->geometry.clu_shift;

    enum status status = edit_split(edit, path, &folder, units, &set);
    if (status == STATUS_OK)
        status = edit_begin(edit);
    if (status == STATUS_OK)
        status = edit_allocate(edit, 1, &runs);
    if (status != STATUS_OK)
        return status;
    auto_free uint8_t *zeros = calloc(1, clu_bytes);
    set.is_folder = set.is_contiguous = true;
    set.first_clu = runs.items[0].clu;
    set.size_bytes = clu_bytes;
    set.modified = modified;
    status = zeros == NULL ? STATUS_NO_MEMORY
                           : blockdev_write(edit->device, edit_clu_off(edit, set.first_clu),
                                            clu_bytes, zeros);
    if (status == STATUS_OK)
        status = edit_write_bits(edit, &runs);
    if (status == STATUS_OK)
        status = edit_wait(edit);
    if (status == STATUS_OK)
        status = write_new_set(edit, folder, &set);
    if (status != STATUS_OK)
        give_back(edit, &runs, status);
    free(runs.items);
    return status;
}

enum status exfat_edit_make_folder(struct exfat_edit *edit, const char *path, int64_t modified)
{
    struct place place;

    for (const char *end = path; *end != '\0';) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        auto_free char *part = text_copy_part(path, (size_t)(end - path));
        if (part == NULL)
            return STATUS_NO_MEMORY;
        enum status status = edit_find(edit, part, &place);
        if (status == STATUS_OK && (place.entry.node.attributes & EXFAT_ATTR_DIRECTORY) == 0)
            status = STATUS_EXISTS;
        if (status == STATUS_INVALID) /* the root */
            status = STATUS_OK;
        if (status == STATUS_NOT_FOUND)
            status = make_one_folder(edit, part, modified);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ---- files ---- */

/* May a file be made at PATH? */
static enum status check_name(struct exfat_edit *edit, const char *path, bool replace,
                              bool *ret_exists)
{
    uint16_t units[EXFAT_NAME_UNITS_MAX];
    auto_free char *folder = NULL;
    struct exfat_set set;
    struct place place;

    enum status status = edit_split(edit, path, &folder, units, &set);
    if (status != STATUS_OK)
        return status;
    status = *folder != '\0' ? edit_find(edit, folder, &place) : STATUS_OK;
    if (status == STATUS_OK && *folder != '\0' &&
        (place.entry.node.attributes & EXFAT_ATTR_DIRECTORY) == 0)
        return STATUS_NOT_FOUND;
    if (status != STATUS_OK)
        return status == STATUS_INVALID ? STATUS_NOT_FOUND : status;
    status = edit_find(edit, path, &place);
    if (status == STATUS_NOT_FOUND) {
        *ret_exists = false;
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status;
    *ret_exists = true;
    return replace && (place.entry.node.attributes & EXFAT_ATTR_DIRECTORY) == 0 ? STATUS_OK
                                                                                : STATUS_EXISTS;
}

static struct cluster_runs runs_of_file(const struct exfat_edit *edit,
                                        const struct exfat_edit_file *file)
{
    struct cluster_runs runs = {0};

    for (size_t i = 0; i < file->run_count; i++) {
        unsigned shift = edit->fs->geometry.clu_shift;
        uint64_t clu_bytes = (uint64_t)1 << shift;
        uint32_t clu = (uint32_t)((file->runs[i].off - edit->fs->geometry.heap_off) >> shift) +
                       EXFAT_FIRST_CLU;
        if (!edit_append_run(&runs, clu,
                             (uint32_t)((file->runs[i].bytes + clu_bytes - 1) >> shift)))
            break;
    }
    return runs;
}

enum status exfat_edit_place(struct exfat_edit *edit, const char *path, uint64_t size_bytes,
                             int64_t modified, bool replace, struct exfat_edit_file *ret_file)
{
    struct exfat_edit_file file = {.size_bytes = size_bytes, .modified = modified};
    struct cluster_runs runs = {0};
    unsigned shift = edit->fs->geometry.clu_shift;
    uint64_t left = size_bytes;

    *ret_file = (struct exfat_edit_file){0};
    enum status status = check_name(edit, path, replace, &file.is_replacing);
    if (status != STATUS_OK)
        return status;
    uint64_t count = (size_bytes >> shift) + ((size_bytes & (((uint64_t)1 << shift) - 1)) != 0);
    if (count > CLUSTERS_MAX)
        return STATUS_NO_SPACE;
    file.path = text_copy(path);
    status = file.path != NULL ? edit_begin(edit) : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = edit_allocate(edit, (uint32_t)count, &runs);
    if (status == STATUS_OK) {
        file.runs = calloc(runs.count + 1, sizeof(*file.runs));
        if (file.runs == NULL) {
            edit_release(edit, &runs);
            status = STATUS_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < runs.count && status == STATUS_OK; i++) {
        uint64_t bytes = (uint64_t)runs.items[i].count << shift;
        file.runs[file.run_count++] = (struct exfat_edit_run){
            .off = edit_clu_off(edit, runs.items[i].clu),
            .bytes = bytes < left ? bytes : left,
        };
        left -= bytes < left ? bytes : left;
    }
    free(runs.items);
    if (status != STATUS_OK) {
        free(file.path);
        return status;
    }
    *ret_file = file;
    return STATUS_OK;
}

/* Puts the new contents into the set that is there, and frees the old ones. */
static enum status replace_set(struct exfat_edit *edit, const struct exfat_edit_file *file,
                               const struct exfat_set *set)
{
    uint8_t bytes[EXFAT_SET_BYTES_MAX], fresh[EXFAT_SET_BYTES_MAX];
    struct cluster_runs old = {0};
    struct place place;

    enum status status = edit_find(edit, file->path, &place);
    if (status == STATUS_OK)
        status = edit_read_set(edit, &place, bytes);
    if (status == STATUS_OK)
        status = edit_runs_of(edit, &place.entry.node, &old);
    if (status != STATUS_OK)
        return status;
    exfat_set_build(set, fresh);
    memcpy(bytes + 8, fresh + 8, 17); /* time stamps, 7.4.5-7.4.10; the name stays as it is */
    exfat_set_change(bytes, place.entries, set->first_clu, set->size_bytes, set->is_contiguous);
    status =
        edit_write_set(edit, &place.folder, place.off, bytes, place.entries * EXFAT_ENTRY_BYTES);
    if (status == STATUS_OK)
        status = edit_wait(edit);
    if (status == STATUS_OK) {
        edit_release(edit, &old);
        status = edit_write_bits(edit, &old);
    }
    free(old.items);
    return status;
}

enum status exfat_edit_commit(struct exfat_edit *edit, struct exfat_edit_file *file)
{
    uint16_t units[EXFAT_NAME_UNITS_MAX];
    auto_free char *folder = NULL;
    struct cluster_runs runs = runs_of_file(edit, file);
    struct exfat_set set;

    enum status status = runs.count == file->run_count ? STATUS_OK : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = edit_split(edit, file->path, &folder, units, &set);
    if (status == STATUS_OK && runs.count > 1)
        status = edit_write_chain(edit, &runs);
    if (status == STATUS_OK)
        status = edit_write_bits(edit, &runs);
    if (status == STATUS_OK)
        status = edit_wait(edit); /* contents, FAT and bitmap before the name */
    if (status == STATUS_OK) {
        set.first_clu = runs.count > 0 ? runs.items[0].clu : 0;
        set.is_contiguous = runs.count == 1;
        set.size_bytes = file->size_bytes;
        set.modified = file->modified;
        edit_forget(edit);
        status =
            file->is_replacing ? replace_set(edit, file, &set) : write_new_set(edit, folder, &set);
    }
    file->is_committed = true; /* or given back: there is nothing to be cleared */
    if (status != STATUS_OK)
        give_back(edit, &runs, status);
    free(runs.items);
    return status;
}

void exfat_edit_file_clear(struct exfat_edit *edit, struct exfat_edit_file *file)
{
    if (!file->is_committed && file->run_count > 0) {
        struct cluster_runs runs = runs_of_file(edit, file);
        edit_release(edit, &runs);
        free(runs.items);
    }
    free(file->runs);
    free(file->path);
    *file = (struct exfat_edit_file){0};
}

enum status exfat_edit_write(struct exfat_edit *edit, const char *path, const void *text,
                             size_t len, int64_t modified)
{
    struct exfat_edit_file file;
    const char *from = text;

    enum status status = exfat_edit_place(edit, path, len, modified, true, &file);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < file.run_count && len > 0 && status == STATUS_OK; i++) {
        size_t part = file.runs[i].bytes < len ? (size_t)file.runs[i].bytes : len;
        status = blockdev_write(edit->device, file.runs[i].off, part, from);
        from += part;
        len -= part;
    }
    if (status == STATUS_OK)
        status = exfat_edit_commit(edit, &file);
    exfat_edit_file_clear(edit, &file);
    return status;
}

/* ---- removing ---- */

static enum status check_empty(struct exfat_edit *edit, const struct exfat_node *folder)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_dir dir;

    if (entry == NULL)
        return STATUS_NO_MEMORY;
    exfat_dir_open(edit->fs, folder, &dir);
    enum status status = exfat_dir_next(&dir, entry);
    if (status == STATUS_END)
        return STATUS_OK;
    return status == STATUS_OK ? STATUS_EXISTS : status;
}

enum status exfat_edit_remove(struct exfat_edit *edit, const char *path)
{
    struct cluster_runs runs = {0};
    struct place place;

    enum status status = edit_find(edit, path, &place);
    if (status == STATUS_OK && (place.entry.node.attributes & EXFAT_ATTR_DIRECTORY) != 0)
        status = check_empty(edit, &place.entry.node);
    if (status == STATUS_OK)
        status = edit_runs_of(edit, &place.entry.node, &runs);
    if (status != STATUS_OK)
        return status;
    status = edit_begin(edit);
    if (status == STATUS_OK)
        status = edit_delete_set(edit, &place);
    if (status == STATUS_OK)
        status = edit_wait(edit); /* the name is gone before its clusters are free */
    if (status == STATUS_OK) {
        edit_release(edit, &runs);
        status = edit_write_bits(edit, &runs);
    }
    note_change(edit, status);
    free(runs.items);
    return status;
}

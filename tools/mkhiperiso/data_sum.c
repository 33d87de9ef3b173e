/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums the files of a data partition, folder by folder. */
#include "tools/mkhiperiso/data_sum.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"

#define BUFFER_BYTES ((size_t)1 << 20)
#define BUFFER_ALIGN 4096u             /* for O_DIRECT */
#define ITEMS_MAX    ((size_t)4000000) /* a damaged folder may hold itself */

/* A folder that is still to be read. */
struct folder {
    struct exfat_node node;
    char *path; /* owned */
    unsigned depth;
};

struct walk {
    const struct target *target;
    struct exfat *fs;
    struct folder *folders;
    size_t count, capacity;
    struct data_sums *sums;         /* what is taken, or */
    const struct data_sums *before; /* what is compared with */
    size_t seen;                    /* files */
};

/* Room for one more of UNIT bytes each. */
static void *grow(void *items, size_t count, size_t *capacity, size_t unit)
{
    if (count < *capacity)
        return items;
    if (count >= ITEMS_MAX)
        return NULL;
    size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    void *grown = realloc(items, wanted * unit);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static int digest_file(struct exfat *fs, const char *path, const struct exfat_node *node,
                       struct digest *digest)
{
    auto_free uint8_t *buffer = aligned_alloc(BUFFER_ALIGN, BUFFER_BYTES);
    struct exfat_position position = {0};

    if (buffer == NULL)
        return fail("out of memory");
    for (uint64_t off = 0; off < node->size_bytes;) {
        size_t len = 0;
        enum status status = exfat_read(fs, node, &position, off, BUFFER_BYTES, buffer, &len);
        if (is_interrupted())
            return -1;
        if (status != STATUS_OK || len == 0)
            return fail("%s: cannot be read at byte %" PRIu64 ": %s", path, off,
                        status_text(status));
        digest_add(digest, buffer, len);
        off += len;
        progress_add(len);
    }
    return 0;
}

static int finish(struct digest *digest, int result, uint8_t ret_sum[DIGEST_BYTES])
{
    if (result == 0 && digest_finish(digest, ret_sum) != STATUS_OK)
        result = fail("out of memory");
    digest_free(digest);
    return result;
}

int data_sum_file(struct exfat *fs, const char *path, const struct exfat_node *node,
                  uint8_t ret_sum[DIGEST_BYTES])
{
    struct digest *digest = digest_new();

    if (digest == NULL)
        return fail("out of memory");
    return finish(digest, digest_file(fs, path, node, digest), ret_sum);
}

/* ---- all of them ---- */

static int push(struct walk *walk, const struct exfat_node *node, char *path, unsigned depth)
{
    struct folder *folders =
        path != NULL ? grow(walk->folders, walk->count, &walk->capacity, sizeof(*folders)) : NULL;

    if (folders == NULL) {
        free(path);
        return fail("out of memory");
    }
    walk->folders = folders;
    walk->folders[walk->count++] = (struct folder){*node, path, depth};
    return 0;
}

static int changed(const struct walk *walk, const char *path)
{
    return fail("%s: %s is not what it was before the update; leave the stick as it is and look "
                "at it with fsck.exfat -n",
                walk->target->path, path);
}

/* Keeps or compares what DIGEST, which it frees, has of the next file. RESULT of making it. */
static int take_sum(struct walk *walk, const char *path, uint64_t size_bytes, struct digest *digest,
                    int result)
{
    uint8_t sum[DIGEST_BYTES];

    if (finish(digest, result, sum) < 0)
        return -1;
    size_t index = walk->seen++;
    if (walk->before != NULL)
        return index < walk->before->count &&
                       memcmp(walk->before->sums[index], sum, DIGEST_BYTES) == 0
                   ? 0
                   : changed(walk, path);
    void *sums = grow(walk->sums->sums, index, &walk->sums->capacity, DIGEST_BYTES);
    if (sums == NULL)
        return fail("out of memory");
    walk->sums->sums = sums;
    memcpy(walk->sums->sums[index], sum, DIGEST_BYTES);
    walk->sums->count = walk->seen;
    walk->sums->bytes += size_bytes;
    return 0;
}

static int sum_entry(struct walk *walk, const char *path, const struct exfat_node *node)
{
    struct digest *digest = digest_new();

    if (digest == NULL)
        return fail("out of memory");
    digest_add_text(digest, path);
    digest_add_number(digest, node->size_bytes);
    return take_sum(walk, path, node->size_bytes, digest,
                    digest_file(walk->fs, path, node, digest));
}

static int sum_folder(struct walk *walk, const struct folder *folder)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_dir dir;
    enum status status;

    if (entry == NULL)
        return fail("out of memory");
    exfat_dir_open(walk->fs, &folder->node, &dir);
    while ((status = exfat_dir_next(&dir, entry)) != STATUS_END) {
        bool is_folder = (entry->node.attributes & EXFAT_ATTR_DIRECTORY) != 0;
        char *path = NULL;
        if (status == STATUS_CORRUPT)
            continue;
        if (status != STATUS_OK)
            return fail("%s/: cannot be read: %s", folder->path, status_text(status));
        if (is_folder && folder->depth >= EXFAT_PATH_DEPTH_MAX)
            return fail("%s/: lies too deep; the volume is damaged", folder->path);
        if (asprintf(&path, "%s/%s", folder->path, entry->name) < 0)
            return fail("out of memory");
        int result = is_folder ? push(walk, &entry->node, path, folder->depth + 1)
                               : sum_entry(walk, path, &entry->node);
        if (!is_folder)
            free(path);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int sum_all(struct walk *walk)
{
    struct exfat_node root = exfat_root(walk->fs);
    int result = push(walk, &root, strdup(""), 0);

    while (walk->count > 0 && result == 0) {
        struct folder folder = walk->folders[--walk->count];
        result = sum_folder(walk, &folder);
        free(folder.path);
    }
    for (size_t i = 0; i < walk->count; i++)
        free(walk->folders[i].path);
    free(walk->folders);
    return result;
}

/* A partition that is no exFAT volume: all of it stands for its files. */
static int sum_partition(struct walk *walk, const struct blockdev *partition)
{
    auto_free uint8_t *buffer = aligned_alloc(BUFFER_ALIGN, BUFFER_BYTES);
    struct digest *digest = digest_new();

    if (walk->sums != NULL)
        walk->sums->is_whole = true;
    int result = buffer != NULL && digest != NULL ? 0 : fail("out of memory");

    for (uint64_t off = 0; off < partition->size_bytes && result == 0;) {
        uint64_t left = partition->size_bytes - off;
        size_t len = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
        enum status status = blockdev_read(partition, off, len, buffer);
        if (is_interrupted())
            result = -1;
        else if (status != STATUS_OK)
            result = fail("%s: its data partition cannot be read at byte %" PRIu64 ": %s",
                          walk->target->path, off, status_text(status));
        else
            digest_add(digest, buffer, len);
        off += len;
        progress_add(len);
    }
    return take_sum(walk, "its data partition", partition->size_bytes, digest, result);
}

static int run_walk(struct walk *walk, const char *what, uint64_t off, uint64_t bytes)
{
    struct blockdev_window window;
    uint64_t unused;
    int result = 0;

    enum status status = blockdev_window_init(&window, &walk->target->device, off, bytes);
    if (status == STATUS_OK)
        status = exfat_open(&window.device, &walk->fs);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return fail("%s: its data partition cannot be opened: %s; try fsck.exfat",
                    walk->target->path, status_text(status));
    if (status == STATUS_OK && exfat_free_bytes(walk->fs, &unused) == STATUS_OK && unused < bytes)
        bytes -= unused;
    progress_start(what, bytes);
    if (status == STATUS_OK) {
        result = sum_all(walk);
        exfat_close(walk->fs);
    } else {
        result = sum_partition(walk, &window.device);
    }
    progress_end();
    return result;
}

int data_sums_take(const struct target *target, uint64_t off, uint64_t bytes, const char *what,
                   struct data_sums *ret_sums)
{
    struct walk walk = {.target = target, .sums = ret_sums};

    *ret_sums = (struct data_sums){0};
    return run_walk(&walk, what, off, bytes);
}

int data_sums_compare(const struct target *target, uint64_t off, uint64_t bytes, const char *what,
                      const struct data_sums *before)
{
    struct walk walk = {.target = target, .before = before};

    if (run_walk(&walk, what, off, bytes) < 0)
        return -1;
    return walk.seen == before->count ? 0 : changed(&walk, "its list of files");
}

void data_sums_clear(struct data_sums *sums)
{
    free(sums->sums);
    *sums = (struct data_sums){0};
}

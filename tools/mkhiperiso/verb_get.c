/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso get: copies files and folders of the data partition to this machine. */
#include "tools/mkhiperiso/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/volume.h"

#define BUFFER_BYTES ((size_t)1 << 20)
#define ITEMS_MAX    ((size_t)1000000) /* a damaged folder may hold itself */

enum { OPT_TO, OPT_FORCE };

static const struct option_info options_of_get[] = {
    [OPT_TO] = {"to", 't', OPTION_TEXT, "DIR", "where to; default: here"},
    [OPT_FORCE] = {"force", 'f', OPTION_FLAG, NULL, "replace files that are there"},
};

struct item {
    struct exfat_node node;
    char *place; /* in this machine; owned */
    unsigned depth;
};

struct job {
    struct exfat *fs;
    struct item *items; /* folders are taken apart one after the other */
    size_t count, capacity;
    uint8_t *buffer;
    bool replace, is_damaged;
};

/* Takes PLACE in every case. */
static int push(struct job *job, const struct exfat_node *node, char *place, unsigned depth)
{
    if (place != NULL && job->count == job->capacity && job->count < ITEMS_MAX) {
        size_t capacity = job->capacity > 0 ? 2 * job->capacity : 64;
        struct item *items = realloc(job->items, capacity * sizeof(*items));
        if (items != NULL) {
            job->items = items;
            job->capacity = capacity;
        }
    }
    if (place == NULL || job->count == job->capacity) {
        free(place);
        return fail("out of memory");
    }
    job->items[job->count++] = (struct item){*node, place, depth};
    return 0;
}

/* "." and "/" cannot be in a name of exFAT as the reader gives it, ".." can. */
static bool is_safe_name(const char *name)
{
    return strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           *name != '\0';
}

static int copy_to(struct job *job, const struct item *item, int fd)
{
    struct exfat_position position = {0};

    for (uint64_t off = 0; off < item->node.size_bytes;) {
        size_t len, done = 0;
        enum status status =
            exfat_read(job->fs, &item->node, &position, off, BUFFER_BYTES, job->buffer, &len);
        if (status != STATUS_OK || len == 0)
            return fail("%s: cannot be read at byte %llu: %s", item->place, (unsigned long long)off,
                        status_text(status));
        while (done < len) {
            ssize_t part = write(fd, job->buffer + done, len - done);
            if (part < 0 && errno != EINTR)
                return fail("%s: %s", item->place, strerror(errno));
            if (is_interrupted())
                return -1;
            done += part > 0 ? (size_t)part : 0;
        }
        off += len;
        progress_add(len);
    }
    return 0;
}

/* The DOS time stamp as UTC. exFAT specification 7.4.8. */
static void set_time(int fd, uint32_t stamp)
{
    struct tm tm = {
        .tm_year = (int)(stamp >> 25) + 80,
        .tm_mon = (int)(stamp >> 21 & 15) - 1,
        .tm_mday = (int)(stamp >> 16 & 31),
        .tm_hour = (int)(stamp >> 11 & 31),
        .tm_min = (int)(stamp >> 5 & 63),
        .tm_sec = (int)(2 * (stamp & 31)),
    };
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = timegm(&tm)}};

    (void)futimens(fd, times); /* a time that is not kept harms nothing */
}

static int get_file(struct job *job, const struct item *item)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (job->replace ? O_TRUNC : O_EXCL);
    int fd = open(item->place, flags, 0666);

    if (fd < 0)
        return fail("%s: %s%s", item->place, strerror(errno),
                    errno == EEXIST ? "; --force replaces it" : "");
    int result = copy_to(job, item, fd);
    if (result == 0)
        set_time(fd, item->node.modified);
    if (close(fd) < 0 && result == 0)
        result = fail("%s: %s", item->place, strerror(errno));
    if (result < 0)
        unlink(item->place);
    return result;
}

static int get_folder(struct job *job, const struct item *item)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_dir dir;
    enum status status;

    if (entry == NULL)
        return fail("out of memory");
    if (mkdir(item->place, 0777) < 0 && errno != EEXIST)
        return fail("%s: %s", item->place, strerror(errno));
    exfat_dir_open(job->fs, &item->node, &dir);
    while ((status = exfat_dir_next(&dir, entry)) != STATUS_END) {
        char *place = NULL;
        if (status == STATUS_CORRUPT || (status == STATUS_OK && !is_safe_name(entry->name))) {
            fail("%s/: holds a damaged entry; try fsck.exfat", item->place);
            job->is_damaged = true;
            continue;
        }
        if (status != STATUS_OK)
            return fail("%s/: cannot be read: %s", item->place, status_text(status));
        if (item->depth >= EXFAT_PATH_DEPTH_MAX)
            return fail("%s/: lies too deep; the volume is damaged", item->place);
        if (asprintf(&place, "%s/%s", item->place, entry->name) < 0)
            place = NULL;
        if (push(job, &entry->node, place, item->depth + 1) < 0)
            return -1;
    }
    return 0;
}

static int get_path(struct job *job, const char *path, const char *to)
{
    struct exfat_node node = exfat_root(job->fs);
    auto_free char *clean = strdup(path);
    char *place = NULL;

    if (clean == NULL)
        return fail("out of memory");
    for (size_t len = strlen(clean); len > 0 && clean[len - 1] == '/'; len--)
        clean[len - 1] = '\0';
    enum status status = *clean != '\0' ? exfat_lookup(job->fs, clean, &node) : STATUS_OK;
    if (status != STATUS_OK)
        return fail("%s: %s", path, status_text(status));
    const char *slash = strrchr(clean, '/'), *name = slash != NULL ? slash + 1 : clean;
    if (asprintf(&place, "%s%s%s", to, *name != '\0' ? "/" : "", name) < 0)
        place = NULL;
    if (push(job, &node, place, 0) < 0)
        return -1;
    int result = 0;
    while (job->count > 0 && result == 0 && !is_interrupted()) {
        struct item item = job->items[--job->count];
        bool is_folder = (item.node.attributes & EXFAT_ATTR_DIRECTORY) != 0;
        result = is_folder ? get_folder(job, &item) : get_file(job, &item);
        free(item.place);
    }
    return is_interrupted() ? -1 : result;
}

static int run_get(const struct options *options)
{
    const char *to = options->values[OPT_TO].text != NULL ? options->values[OPT_TO].text : ".";
    auto_target target = TARGET_CLOSED;
    auto_free uint8_t *buffer = malloc(BUFFER_BYTES);
    struct job job = {.buffer = buffer, .replace = options->values[OPT_FORCE].is_given};
    struct volume volume;
    int result = 0;

    interrupt_catch();
    if (buffer == NULL)
        return fail("out of memory"), EXIT_CODE_FAILED;
    if (mkdir(to, 0777) < 0 && errno != EEXIST)
        return fail("%s: %s", to, strerror(errno)), EXIT_CODE_FAILED;
    if (target_open(&target, options->operands[0]) < 0 || volume_open(&target, &volume) < 0)
        return EXIT_CODE_FAILED;
    job.fs = volume.fs;
    if (options->operand_count == 1)
        result = get_path(&job, LAYOUT_DATA_LOGS_DIR, to);
    for (size_t i = 1; i < options->operand_count && result == 0; i++)
        result = get_path(&job, options->operands[i], to);
    for (size_t i = 0; i < job.count; i++)
        free(job.items[i].place);
    free(job.items);
    volume_close(&volume);
    return result == 0 && !job.is_damaged ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_get = {
    .name = "get",
    .operands = "TARGET [PATH...]",
    .summary = "copy files or sessions from a stick",
    .description =
        "Copies the files and folders at PATH on the data partition of TARGET, a stick or\n"
        "an image, to a folder of this machine; without PATH the records of all starts,\n"
        "as the folder `logs`.",
    .options = options_of_get,
    .option_count = ARRAY_SIZE(options_of_get),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_get,
};

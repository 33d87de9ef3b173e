/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders through openat(), sticks through the shared exFAT reader. */
#include "trace/report/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/target.h"
#include "tools/mkhiperiso/volume.h"
#include "trace/report/array.h"

#define ENTRIES_MAX 1000000u
#define NAMES_MAX   100000u

struct place {
    int folder; /* -1: a volume */
    struct target target;
    struct volume volume;
};

static int open_volume(struct place *place, const char *path)
{
    place->target = TARGET_CLOSED;
    if (target_open(&place->target, path) < 0)
        return -1;
    if (volume_open(&place->target, &place->volume) == 0)
        return 0;
    target_close(&place->target);
    return -1;
}

int place_open(const char *path, struct place **ret_place)
{
    struct stat info;
    auto_free struct place *place = calloc(1, sizeof(*place));

    if (place == NULL)
        return fail("out of memory");
    place->folder = -1;
    if (stat(path, &info) < 0)
        return fail("%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode)) {
        place->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (place->folder < 0)
            return fail("%s: %s", path, strerror(errno));
    } else if (open_volume(place, path) < 0) {
        return -1;
    }
    *ret_place = take_ptr(place);
    return 0;
}

void place_close(struct place *place)
{
    if (place == NULL)
        return;
    if (place->folder >= 0) {
        close(place->folder);
    } else {
        volume_close(&place->volume);
        target_close(&place->target);
    }
    free(place);
}

bool place_is_folder(const struct place *place)
{
    return place->folder >= 0;
}

static enum status list_folder(struct place *place, const char *folder,
                               enum status (*each)(void *, const struct place_entry *),
                               void *context)
{
    enum status status = STATUS_OK;
    int fd =
        openat(place->folder, *folder != '\0' ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
    }
    for (struct dirent *item; status == STATUS_OK && (item = readdir(dir)) != NULL;) {
        struct stat info;
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0 ||
            fstatat(dirfd(dir), item->d_name, &info, 0) < 0)
            continue;
        const struct place_entry entry = {item->d_name, S_ISDIR(info.st_mode),
                                          (uint64_t)info.st_size};
        status = each(context, &entry);
    }
    closedir(dir);
    return status;
}

static enum status list_volume(struct place *place, const char *folder,
                               enum status (*each)(void *, const struct place_entry *),
                               void *context)
{
    struct exfat *fs = place->volume.fs;
    struct exfat_node node = exfat_root(fs);
    struct exfat_dir dir;
    auto_free struct exfat_entry *item = malloc(sizeof(*item));

    if (item == NULL)
        return STATUS_NO_MEMORY;
    if (*folder != '\0') {
        enum status status = exfat_lookup(fs, folder, &node);
        if (status != STATUS_OK)
            return status;
        if ((node.attributes & EXFAT_ATTR_DIRECTORY) == 0)
            return STATUS_NOT_FOUND;
    }
    exfat_dir_open(fs, &node, &dir);
    for (unsigned i = 0; i < ENTRIES_MAX; i++) {
        enum status status = exfat_dir_next(&dir, item);
        if (status == STATUS_CORRUPT)
            continue; /* one damaged entry hides no other */
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : status;
        const struct place_entry entry = {
            item->name,
            (item->node.attributes & EXFAT_ATTR_DIRECTORY) != 0,
            item->node.size_bytes,
        };
        status = each(context, &entry);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_TOO_LARGE;
}

enum status place_list(struct place *place, const char *folder,
                       enum status (*each)(void *context, const struct place_entry *entry),
                       void *context)
{
    return place_is_folder(place) ? list_folder(place, folder, each, context)
                                  : list_volume(place, folder, each, context);
}

void place_names_clear(struct place_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct place_names){0};
}

static enum status take_folder(void *context, const struct place_entry *entry)
{
    struct place_names *names = context;

    if (!entry->is_folder)
        return STATUS_OK;
    if (names->count == NAMES_MAX)
        return STATUS_TOO_LARGE;
    char *name = text_copy(entry->name);
    if (name != NULL && array_add(names->items, names->count, name))
        return STATUS_OK;
    free(name);
    return STATUS_NO_MEMORY;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status place_list_folders(struct place *place, const char *folder,
                               struct place_names *ret_names)
{
    struct place_names names = {0};
    enum status status = place_list(place, folder, take_folder, &names);

    if (status != STATUS_OK)
        place_names_clear(&names);
    if (names.count > 1)
        qsort(names.items, names.count, sizeof(*names.items), by_name);
    *ret_names = names;
    return status;
}

static enum status read_device(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    size_t got;
    enum status status = place_file_read(context, off, len, ret_bytes, &got);

    return status == STATUS_OK && got != len ? STATUS_IO : status;
}

static enum status open_in_folder(struct place *place, const char *path, struct place_file *file)
{
    struct stat info;

    file->fd = openat(place->folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
    off_t size = lseek(file->fd, 0, SEEK_END);
    if (size >= 0 && fstat(file->fd, &info) == 0 &&
        (S_ISREG(info.st_mode) || S_ISBLK(info.st_mode))) {
        file->bytes = (uint64_t)size;
        return STATUS_OK;
    }
    close(file->fd);
    file->fd = -1;
    return STATUS_INVALID;
}

enum status place_file_open(struct place *place, const char *path, struct place_file *ret_file)
{
    struct place_file file = {.place = place, .fd = -1};
    enum status status;

    if (place_is_folder(place)) {
        status = open_in_folder(place, path, &file);
    } else {
        status = exfat_lookup(place->volume.fs, path, &file.node);
        if (status == STATUS_OK && (file.node.attributes & EXFAT_ATTR_DIRECTORY) != 0)
            status = STATUS_INVALID;
        file.bytes = file.node.size_bytes;
    }
    if (status != STATUS_OK)
        return status;
    *ret_file = file;
    ret_file->device = (struct blockdev){
        .read = read_device,
        .context = ret_file,
        .size_bytes = file.bytes,
        .block_bytes = 512,
    };
    return STATUS_OK;
}

void place_file_close(struct place_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->place = NULL;
}

enum status place_file_read(struct place_file *file, uint64_t off, size_t len, void *ret_bytes,
                            size_t *ret_len)
{
    uint8_t *bytes = ret_bytes;
    size_t done = 0;

    if (off >= file->bytes || len == 0) {
        *ret_len = 0;
        return STATUS_OK;
    }
    if (len > file->bytes - off)
        len = (size_t)(file->bytes - off);
    while (done < len) {
        size_t part;
        if (file->fd >= 0) {
            ssize_t got = pread(file->fd, bytes + done, len - done, (off_t)(off + done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return STATUS_IO;
            part = (size_t)got;
        } else {
            enum status status = exfat_read(file->place->volume.fs, &file->node, &file->position,
                                            off + done, len - done, bytes + done, &part);
            if (status != STATUS_OK)
                return status;
        }
        if (part == 0)
            break; /* it became shorter */
        done += part;
    }
    *ret_len = done;
    return STATUS_OK;
}

enum status place_read(struct place *place, const char *path, size_t max, uint8_t **ret_bytes,
                       size_t *ret_len)
{
    auto_place_file file = PLACE_FILE_CLOSED;
    enum status status = place_file_open(place, path, &file);
    size_t len;

    if (status != STATUS_OK)
        return status;
    if (file.bytes > max)
        return STATUS_TOO_LARGE;
    auto_free uint8_t *bytes = malloc((size_t)file.bytes + 1);
    if (bytes == NULL)
        return STATUS_NO_MEMORY;
    status = place_file_read(&file, 0, (size_t)file.bytes, bytes, &len);
    if (status != STATUS_OK)
        return status;
    bytes[len] = '\0';
    *ret_bytes = take_ptr(bytes);
    *ret_len = len;
    return STATUS_OK;
}

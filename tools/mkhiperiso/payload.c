/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the payload folder and puts it onto a FAT volume. */
#include "tools/mkhiperiso/payload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"

#define ENTRIES_MAX       4096
#define INSTALLED_PAYLOAD "/var/lib/hiperiso/payload" /* hiperiso-runtime makes it */
#define USER_PAYLOAD      "hiperiso/payload"          /* the same for one user, in $XDG_DATA_HOME */
#define MIB               ((uint64_t)1 << 20)
#define FAT_CLUSTER_BYTES ((uint64_t)32 << 10) /* the most that mtools chooses */

/* Without these a stick does not start, or starts nothing. */
static const char *const required[] = {
    LAYOUT_ESP_LOADER,
    LAYOUT_ESP_KERNEL,
    LAYOUT_ESP_INITRAMFS,
    LAYOUT_ESP_RUNTIME,
};

/* Where hiperiso-runtime puts an ordinary user's; a new text, NULL if there is none. */
static char *user_folder(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    bool has_data = data != NULL && *data == '/';
    char *folder = NULL;
    struct stat status;

    if (!has_data && (home == NULL || *home != '/'))
        return NULL;
    if (asprintf(&folder, "%s%s/" USER_PAYLOAD, has_data ? data : home,
                 has_data ? "" : "/.local/share") < 0)
        return NULL;
    if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
        return folder;
    free(folder);
    return NULL;
}

/* A new text. */
static char *default_folder(void)
{
    const char *named = getenv("HIPERISO_PAYLOAD");
    char self[4096], *folder = NULL;
    struct stat status;

    if (named != NULL && *named != '\0')
        return strdup(named);
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len > 0) {
        self[len] = '\0';
        /* BUILD/tools/mkhiperiso/mkhiperiso stands beside BUILD/payload */
        for (int i = 0; i < 3; i++) {
            char *slash = strrchr(self, '/');
            if (slash != NULL)
                *slash = '\0';
        }
        if (asprintf(&folder, "%s/payload", self) < 0)
            return NULL;
        if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
            return folder;
        free(folder);
    }
    folder = user_folder();
    return folder != NULL ? folder : strdup(INSTALLED_PAYLOAD);
}

static int add_entry(struct payload *payload, const char *path, const struct stat *status)
{
    if (payload->count == ENTRIES_MAX)
        return fail("%s: holds more than %d files and folders; is it a payload?", payload->folder,
                    ENTRIES_MAX);
    struct payload_entry *entries =
        realloc(payload->entries, (payload->count + 1) * sizeof(*entries));
    if (entries == NULL)
        return fail("out of memory");
    payload->entries = entries;
    char *copy = strdup(path);
    if (copy == NULL)
        return fail("out of memory");
    entries[payload->count++] = (struct payload_entry){
        .path = copy,
        .is_folder = S_ISDIR(status->st_mode),
        .size_bytes = S_ISDIR(status->st_mode) ? 0 : (uint64_t)status->st_size,
        .modified = status->st_mtime,
    };
    if (!S_ISDIR(status->st_mode) && status->st_mtime > payload->newest)
        payload->newest = status->st_mtime;
    return 0;
}

static int add_named(struct payload *payload, const char *path)
{
    auto_free char *full = NULL;
    struct stat status;

    if (asprintf(&full, "%s%s", payload->folder, path) < 0)
        return fail("out of memory");
    if (stat(full, &status) < 0)
        return fail("%s: %s", full, strerror(errno));
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return fail("%s: is neither file nor folder", full);
    return add_entry(payload, path, &status);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Appends what the folder at PATH ("" = the payload's own) holds. */
static int add_folder(struct payload *payload, const char *path)
{
    struct dirent **names = NULL;
    auto_free char *full = NULL;
    int result = 0;

    if (asprintf(&full, "%s%s", payload->folder, path) < 0)
        return fail("out of memory");
    int count = scandir(full, &names, NULL, compare_names);
    if (count < 0 && errno == ENOENT && *path == '\0')
        return fail("%s: there is no payload; hiperiso-runtime (or ninja payload) builds it", full);
    if (count < 0)
        return fail("%s: %s", full, strerror(errno));
    for (int i = 0; i < count; i++) {
        auto_free char *child = NULL;
        if (result == 0 && names[i]->d_name[0] != '.') {
            if (asprintf(&child, "%s/%s", path, names[i]->d_name) < 0)
                result = fail("out of memory");
            else
                result = add_named(payload, child);
        }
        free(names[i]);
    }
    free(names);
    return result;
}

static const struct payload_entry *find_entry(const struct payload *payload, const char *path)
{
    for (size_t i = 0; i < payload->count; i++)
        if (strcmp(payload->entries[i].path, path) == 0 && !payload->entries[i].is_folder)
            return &payload->entries[i];
    return NULL;
}

static int check_complete(const struct payload *payload, bool incomplete_ok)
{
    for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
        if (find_entry(payload, required[i]) != NULL)
            continue;
        if (!incomplete_ok)
            return fail("%s: has no %s; build the payload anew, or --allow-incomplete leaves it "
                        "out",
                        payload->folder, required[i] + 1);
        warn("%s: has no %s", payload->folder, required[i] + 1);
    }
    return 0;
}

uint64_t payload_content_bytes(const struct payload *payload)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < payload->count; i++)
        bytes += (payload->entries[i].size_bytes / FAT_CLUSTER_BYTES + 1) * FAT_CLUSTER_BYTES;
    return bytes;
}

static uint64_t esp_size(const struct payload *payload)
{
    /* FATs, root folder, room for an update's odd kilobyte */
    uint64_t bytes = 2 * MIB + payload_content_bytes(payload);

    bytes += bytes / 256; /* FAT entries */
    if (bytes < LAYOUT_ESP_DEFAULT_BYTES)
        return LAYOUT_ESP_DEFAULT_BYTES;
    return (bytes + MIB - 1) / MIB * MIB;
}

int payload_read(const char *folder, bool incomplete_ok, struct payload *ret_payload)
{
    struct payload payload = {.folder = folder != NULL ? strdup(folder) : default_folder()};
    struct stat status;

    if (payload.folder == NULL)
        return fail("out of memory");
    if (stat(payload.folder, &status) < 0 || !S_ISDIR(status.st_mode)) {
        fail("%s: there is no payload; build it (ninja payload) or name it with --payload",
             payload.folder);
        payload_clear(&payload);
        return -1;
    }
    int result = add_folder(&payload, "");
    for (size_t i = 0; result == 0 && i < payload.count; i++)
        if (payload.entries[i].is_folder)
            result = add_folder(&payload, payload.entries[i].path);
    if (result == 0)
        result = check_complete(&payload, incomplete_ok);
    if (result < 0) {
        payload_clear(&payload);
        return -1;
    }
    payload.esp_bytes = esp_size(&payload);
    *ret_payload = payload;
    return 0;
}

void payload_clear(struct payload *payload)
{
    for (size_t i = 0; i < payload->count; i++)
        free(payload->entries[i].path);
    free(payload->entries);
    free(payload->folder);
    *payload = (struct payload){0};
}

int payload_digest(const struct payload *payload, struct digest *digest)
{
    for (size_t i = 0; i < payload->count; i++) {
        const struct payload_entry *entry = &payload->entries[i];
        auto_free char *full = NULL;

        digest_add_text(digest, entry->path);
        if (entry->is_folder)
            continue;
        if (asprintf(&full, "%s%s", payload->folder, entry->path) < 0)
            return fail("out of memory");
        int fd = open(full, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return fail("%s: %s", full, strerror(errno));
        int result = copy_file(fd, full, entry->size_bytes, NULL, 0, digest);
        close(fd);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* By descriptor: no name that a user can think of means anything to mtools then. */
static void volume_name(const struct payload_volume *volume, char ret_name[64])
{
    snprintf(ret_name, 64, "/proc/%d/fd/%d@@%" PRIu64, (int)getpid(), volume->target->fd,
             volume->off);
}

int payload_put(const struct payload_volume *volume, const char *source, const char *inside)
{
    auto_free char *target = NULL, *from = NULL;
    char name[64];

    volume_name(volume, name);
    if (asprintf(&target, "::%s", inside) < 0)
        return fail("out of memory");
    if (source == NULL) {
        const char *const mmd[] = {"mmd", "-i", name, target, NULL};
        return process_run(mmd, volume->epoch);
    }
    /* mtools takes "a:b" for a drive: a relative path gets a folder in front. */
    if (asprintf(&from, "%s%s", source[0] == '/' ? "" : "./", source) < 0)
        return fail("out of memory");
    const char *const mcopy[] = {"mcopy", "-i", name, "-n", from, target, NULL};
    return process_run(mcopy, volume->epoch);
}

int payload_format(const struct payload_volume *volume)
{
    char name[64], sectors[24], hidden[24], serial[12], size_code[12];

    volume_name(volume, name);
    snprintf(sectors, sizeof(sectors), "%" PRIu64, volume->size_bytes / volume->sector_bytes);
    /* The field has 32 bits; nobody needs it where there is a GPT. */
    uint64_t before = volume->disk_off / volume->sector_bytes;
    snprintf(hidden, sizeof(hidden), "%" PRIu64, before <= UINT32_MAX ? before : 0);
    snprintf(serial, sizeof(serial), "%08" PRIx32, volume->serial);
    /* mformat(1): 2 ^ (code + 7) bytes a sector */
    snprintf(size_code, sizeof(size_code), "%d", __builtin_ctz(volume->sector_bytes) - 7);
    const char *const mformat[] = {
        "mformat", "-i", name,      "-T", sectors,          "-h", "255",  "-s", "63", "-H",
        hidden,    "-S", size_code, "-v", LAYOUT_ESP_LABEL, "-N", serial, "::", NULL,
    };
    return process_run(mformat, volume->epoch);
}

/* An argument vector of owned texts behind a few borrowed ones. */
struct arguments {
    char **items; /* ends with NULL */
    size_t count;
};

static void arguments_clear(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->items[i]);
    free(arguments->items);
}

/* Appends FIRST and SECOND as one text. */
static int arguments_add(struct arguments *arguments, const char *first, const char *second)
{
    char **items = realloc(arguments->items, (arguments->count + 2) * sizeof(*items));
    char *text = NULL;

    if (items == NULL)
        return fail("out of memory");
    arguments->items = items;
    if (asprintf(&text, "%s%s", first, second) < 0)
        return fail("out of memory");
    items[arguments->count++] = text;
    items[arguments->count] = NULL;
    return 0;
}

/* Does the file or folder at PATH lie in FOLDER ("" = the root) itself? */
static bool is_child(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0 &&
           strrchr(path, '/') == path + strlen(folder);
}

/* All folders by one mmd, parents first. */
static int make_folders(const struct payload *payload, const char *volume, int64_t epoch)
{
    struct arguments arguments = {0};
    int result = 0;

    if (arguments_add(&arguments, "mmd", "") < 0 || arguments_add(&arguments, "-i", "") < 0 ||
        arguments_add(&arguments, volume, "") < 0)
        result = -1;
    const size_t head = arguments.count;
    for (size_t i = 0; i < payload->count && result == 0; i++)
        if (payload->entries[i].is_folder)
            result = arguments_add(&arguments, "::", payload->entries[i].path);
    if (result == 0 && arguments.count > head)
        result = process_run((const char *const *)arguments.items, epoch);
    arguments_clear(&arguments);
    return result;
}

/* The files of FOLDER by one mcopy. */
static int copy_files(const struct payload *payload, const char *folder, const char *volume,
                      int64_t epoch)
{
    static const char *const head[] = {"mcopy", "-n", "-i"};
    struct arguments arguments = {0};
    /* mtools takes "a:b" for a drive: a relative path gets a folder in front. */
    auto_free char *base = NULL;
    size_t files = 0;
    int result = 0;

    if (asprintf(&base, "%s%s", payload->folder[0] == '/' ? "" : "./", payload->folder) < 0)
        return fail("out of memory");
    for (size_t i = 0; i < ARRAY_SIZE(head) && result == 0; i++)
        result = arguments_add(&arguments, head[i], "");
    if (result == 0)
        result = arguments_add(&arguments, volume, "");
    for (size_t i = 0; i < payload->count && result == 0; i++) {
        if (payload->entries[i].is_folder || !is_child(payload->entries[i].path, folder))
            continue;
        result = arguments_add(&arguments, base, payload->entries[i].path);
        files++;
    }
    if (result == 0)
        result = arguments_add(&arguments, "::", *folder != '\0' ? folder : "/");
    if (result == 0 && files > 0)
        result = process_run((const char *const *)arguments.items, epoch);
    arguments_clear(&arguments);
    return result;
}

int payload_write_esp(const struct payload *payload, const struct payload_volume *volume)
{
    char name[64];

    volume_name(volume, name);
    if (payload_format(volume) < 0 || make_folders(payload, name, volume->epoch) < 0 ||
        copy_files(payload, "", name, volume->epoch) < 0)
        return -1;
    for (size_t i = 0; i < payload->count; i++)
        if (payload->entries[i].is_folder &&
            copy_files(payload, payload->entries[i].path, name, volume->epoch) < 0)
            return -1;
    return 0;
}

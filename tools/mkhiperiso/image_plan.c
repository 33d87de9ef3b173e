/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects what a stick's image is to hold, and computes its layout. */
#include "tools/mkhiperiso/image_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <stdio.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/fs/exfat.h"
#include "tools/mkhiperiso/exfat_upcase.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

#define MIB           ((uint64_t)1 << 20)
#define SESSION_BYTES (512 * MIB) /* free space for sessions when nobody names a size */
#define SIZE_ROUNDS   64 /* of the search for the smallest disk; two or three are the rule */

static int read_epoch(struct image_plan *plan)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;

    if (text == NULL || *text == '\0')
        return 0;
    errno = 0;
    plan->epoch = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || plan->epoch < 0)
        return fail("SOURCE_DATE_EPOCH: %s is no number of seconds since 1970", text);
    plan->has_epoch = true;
    return 0;
}

int image_plan_init(struct image_plan *plan, const char *payload_folder, bool incomplete_ok)
{
    *plan = (struct image_plan){0};
    if (read_epoch(plan) < 0)
        return -1;
    plan->tree = exfat_tree_new();
    if (plan->tree == NULL)
        return fail("out of memory");
    if (payload_read(payload_folder, incomplete_ok, &plan->payload) < 0)
        return -1;
    if (!plan->has_epoch)
        plan->epoch = plan->payload.newest;
    return 0;
}

void image_plan_clear(struct image_plan *plan)
{
    for (size_t i = 0; i < plan->file_count; i++) {
        free(plan->files[i].path);
        free(plan->files[i].source);
        free(plan->files[i].bytes);
    }
    for (size_t i = 0; i < plan->folder_count; i++)
        free(plan->folders[i].path);
    free(plan->files);
    free(plan->folders);
    payload_clear(&plan->payload);
    exfat_tree_free(plan->tree);
    *plan = (struct image_plan){0};
}

int image_plan_check_path(const char *path)
{
    unsigned depth = 0;

    if (path[0] != '/' || path[1] == '\0')
        return misuse("%s: is no path on the stick; it starts with /", path);
    for (const char *name = path + 1; *name != '\0';) {
        size_t len = strcspn(name, "/");
        auto_free char *copy = strndup(name, len);
        if (copy == NULL)
            return fail("out of memory");
        const char *problem = exfat_name_check(copy);
        if (problem != NULL)
            return misuse("%s: the name \"%s\" %s; rename it", path, copy, problem);
        if (++depth > EXFAT_PATH_DEPTH_MAX)
            return misuse("%s: lies more than %d folders deep; shorten the path", path,
                          EXFAT_PATH_DEPTH_MAX - 1);
        name += len + (name[len] == '/');
    }
    return 0;
}

static uint32_t next_upcased(const char **text, size_t *len)
{
    uint32_t code;
    size_t used = utf8_decode(*text, *len, &code);

    *text += used;
    *len -= used;
    return code < 0x10000 ? exfat_upcase((uint16_t)code) : code;
}

/* As the volume will compare them: without regard to case. */
static bool is_same_path(const char *a, size_t a_len, const char *b)
{
    size_t b_len = strlen(b);

    while (a_len > 0 && b_len > 0)
        if (next_upcased(&a, &a_len) != next_upcased(&b, &b_len))
            return false;
    return a_len == 0 && b_len == 0;
}

static const struct image_folder *find_folder(const struct image_plan *plan, const char *path,
                                              size_t len)
{
    for (size_t i = 0; i < plan->folder_count; i++)
        if (is_same_path(path, len, plan->folders[i].path))
            return &plan->folders[i];
    return NULL;
}

/* PATH with the folders above it spelled as they already are: "/HIPERISO/x" lies in /hiperiso. A
 * new text. */
static char *spell_path(const struct image_plan *plan, const char *path)
{
    const struct image_folder *folder = NULL;
    size_t len = strlen(path);
    char *spelled = NULL;

    while (folder == NULL && len > 0) {
        while (--len > 0 && path[len] != '/')
            ;
        folder = len > 0 ? find_folder(plan, path, len) : NULL;
    }
    if (asprintf(&spelled, "%s%s", folder != NULL ? folder->path : "", path + len) < 0)
        return NULL;
    return spelled;
}

static int list_folder(struct image_plan *plan, const char *path)
{
    if (find_folder(plan, path, strlen(path)) != NULL)
        return 0;
    struct image_folder *folders =
        realloc(plan->folders, (plan->folder_count + 1) * sizeof(*folders));
    if (folders == NULL)
        return fail("out of memory");
    plan->folders = folders;
    char *copy = strdup(path);
    if (copy == NULL)
        return fail("out of memory");
    folders[plan->folder_count++] = (struct image_folder){.path = copy};
    return 0;
}

/* Lists every folder above PATH. */
static int list_parents(struct image_plan *plan, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        auto_free char *parent = strndup(path, (size_t)(slash - path));
        if (parent == NULL)
            return fail("out of memory");
        if (list_folder(plan, parent) < 0)
            return -1;
    }
    return 0;
}

int image_plan_add_folder(struct image_plan *plan, const char *path)
{
    if (image_plan_check_path(path) < 0)
        return -1;
    auto_free char *spelled = spell_path(plan, path);
    if (spelled == NULL)
        return fail("out of memory");
    return list_parents(plan, spelled) < 0 ? -1 : list_folder(plan, spelled);
}

/* Gives FILE its place; -1 after a reported error. */
static int make_room(struct image_plan *plan, struct image_file *file)
{
    if (image_plan_check_path(file->path) < 0)
        return -1;
    char *spelled = spell_path(plan, file->path);
    if (spelled == NULL)
        return fail("out of memory");
    free(file->path);
    file->path = spelled;
    if (list_parents(plan, file->path) < 0)
        return -1;
    struct image_file *files = realloc(plan->files, (plan->file_count + 1) * sizeof(*files));
    if (files == NULL)
        return fail("out of memory");
    plan->files = files;
    return 0;
}

/* Takes FILE's texts in every case. */
static int add_file(struct image_plan *plan, struct image_file file)
{
    if (make_room(plan, &file) < 0) {
        free(file.path);
        free(file.source);
        free(file.bytes);
        return -1;
    }
    plan->files[plan->file_count++] = file;
    return 0;
}

int image_plan_add_file(struct image_plan *plan, const char *source, const char *path)
{
    struct stat status;

    if (stat(source, &status) < 0)
        return fail("%s: %s", source, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return fail("%s: is no ordinary file", source);
    if (!plan->has_epoch && status.st_mtime > plan->epoch)
        plan->epoch = status.st_mtime;
    struct image_file file = {
        .path = strdup(path),
        .source = strdup(source),
        .size_bytes = (uint64_t)status.st_size,
        .disk_bytes = (uint64_t)status.st_blocks * 512,
        .modified = status.st_mtime,
    };
    if (file.path == NULL || file.source == NULL) {
        free(file.path);
        free(file.source);
        return fail("out of memory");
    }
    return add_file(plan, file);
}

int image_plan_add_bytes(struct image_plan *plan, const void *bytes, size_t len, const char *path)
{
    struct image_file file = {
        .path = strdup(path),
        .bytes = malloc(len != 0 ? len : 1),
        .size_bytes = len,
        .disk_bytes = len,
        .modified = INT64_MIN, /* the plan's epoch */
    };

    if (file.path == NULL || file.bytes == NULL) {
        free(file.path);
        free(file.bytes);
        return fail("out of memory");
    }
    memcpy(file.bytes, bytes, len);
    return add_file(plan, file);
}

bool image_plan_has(const struct image_plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->file_count; i++)
        if (strcasecmp(plan->files[i].path, path) == 0)
            return true;
    return false;
}

uint64_t image_plan_content_bytes(const struct image_plan *plan)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < plan->file_count; i++)
        bytes += plan->files[i].size_bytes;
    return bytes;
}

uint64_t image_plan_free_bytes(const struct image_plan *plan)
{
    uint64_t used = exfat_tree_clusters(plan->tree, &plan->geometry);
    return (plan->geometry.cluster_count - used) * plan->geometry.cluster_bytes;
}

static int compare_folders(const void *a, const void *b)
{
    return strcmp(((const struct image_folder *)a)->path, ((const struct image_folder *)b)->path);
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct image_file *)a)->path, ((const struct image_file *)b)->path);
}

const struct image_file *image_plan_find(const struct image_plan *plan, const char *path)
{
    const struct image_file wanted = {.path = (char *)path};

    if (plan->file_count == 0)
        return NULL;
    return bsearch(&wanted, plan->files, plan->file_count, sizeof(*plan->files), compare_files);
}

/* The folder that PATH lies in, and its own name; all folders above it are in the tree. */
static struct exfat_item *parent_of(const struct image_plan *plan, const char *path,
                                    const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    struct exfat_item *parent = exfat_tree_root(plan->tree);

    *ret_name = slash + 1;
    for (size_t i = 0; i < plan->folder_count; i++) {
        const struct image_folder *folder = &plan->folders[i];
        if (strlen(folder->path) == (size_t)(slash - path) &&
            strncmp(folder->path, path, (size_t)(slash - path)) == 0)
            parent = folder->item;
    }
    return parent;
}

static enum status fill_tree(struct image_plan *plan)
{
    enum status status = STATUS_OK;
    const char *name;

    /* In a fixed order: the digest that GUIDs come from follows it. "/a" sorts before "/a/b". */
    if (plan->folder_count != 0)
        qsort(plan->folders, plan->folder_count, sizeof(*plan->folders), compare_folders);
    if (plan->file_count != 0)
        qsort(plan->files, plan->file_count, sizeof(*plan->files), compare_files);
    for (size_t i = 0; i < plan->folder_count && status == STATUS_OK; i++) {
        struct image_folder *folder = &plan->folders[i];
        struct exfat_item *parent = parent_of(plan, folder->path, &name);
        status = exfat_tree_add_folder(plan->tree, parent, name, plan->epoch, &folder->item);
    }
    for (size_t i = 0; i < plan->file_count && status == STATUS_OK; i++) {
        struct image_file *file = &plan->files[i];
        struct exfat_item *parent = parent_of(plan, file->path, &name);
        if (plan->has_epoch || file->modified == INT64_MIN)
            file->modified = plan->epoch;
        status = exfat_tree_add_file(plan->tree, parent, name, file->size_bytes, file->modified,
                                     &file->item);
    }
    return status;
}

/* Lays a disk of DISK_BYTES out. *RET_MISSING is how many bytes the data partition is too small. */
static enum status try_size(struct image_plan *plan, uint64_t disk_bytes, uint64_t reserve_bytes,
                            uint64_t *ret_missing)
{
    struct partition_plan partitions;
    struct exfat_layout geometry;

    *ret_missing = 0;
    enum status status = partition_plan_make(disk_bytes, plan->payload.esp_bytes, &partitions);
    if (status == STATUS_OK)
        status = exfat_geometry_plan(partitions.data_bytes, plan->sector_bytes, 0, &geometry);
    if (status == STATUS_NO_SPACE)
        *ret_missing = MIB;
    if (status != STATUS_OK)
        return status;
    uint64_t needed =
        exfat_tree_clusters(plan->tree, &geometry) + reserve_bytes / geometry.cluster_bytes;
    if (needed > geometry.cluster_count) {
        uint64_t clusters = needed - geometry.cluster_count;
        *ret_missing = clusters > INT64_MAX / geometry.cluster_bytes
                           ? INT64_MAX
                           : clusters * geometry.cluster_bytes;
        return STATUS_NO_SPACE;
    }
    geometry.partition_off = partitions.data_off;
    plan->partitions = partitions;
    plan->geometry = geometry;
    return STATUS_OK;
}

/* The smallest disk, in whole MiB, that holds everything with RESERVE_BYTES free. */
static enum status find_size(struct image_plan *plan, uint64_t reserve_bytes, uint64_t *ret_bytes)
{
    uint64_t bytes = plan->payload.esp_bytes + 4 * MIB, missing;
    enum status status = STATUS_NO_SPACE;

    for (int i = 0; i < SIZE_ROUNDS; i++) {
        status = try_size(plan, bytes, reserve_bytes, &missing);
        if (status != STATUS_NO_SPACE)
            break;
        if (missing > (uint64_t)INT64_MAX - bytes - MIB)
            return STATUS_TOO_LARGE;
        bytes = (bytes + missing + MIB - 1) / MIB * MIB;
    }
    if (status == STATUS_OK)
        *ret_bytes = bytes;
    return status;
}

static int refuse_size(struct image_plan *plan, const char *out, uint64_t given_bytes)
{
    char given[SIZE_TEXT_BYTES], content[SIZE_TEXT_BYTES], esp[SIZE_TEXT_BYTES];
    uint64_t enough;

    if (find_size(plan, 0, &enough) != STATUS_OK)
        return fail("%s: the files are larger than any disk", out);
    size_text(given_bytes, given);
    size_text(image_plan_content_bytes(plan), content);
    size_text(plan->payload.esp_bytes, esp);
    if (plan->is_disk)
        return fail("%s: %s is too small for %s of files and an ESP of %s; it takes %llu MiB", out,
                    given, content, esp, (unsigned long long)(enough / MIB));
    return fail("%s: %s is too small for %s of files and an ESP of %s; --size %lluM is the least%s",
                out, given, content, esp, (unsigned long long)(enough / MIB),
                given_bytes < MIB ? " (a number alone counts bytes)" : "");
}

int image_plan_place(struct image_plan *plan, const char *out, uint64_t disk_bytes,
                     uint32_t sector_bytes)
{
    const uint64_t given_bytes = disk_bytes;
    const struct exfat_item *twice = NULL;
    uint64_t missing;

    plan->sector_bytes = sector_bytes;
    enum status status = fill_tree(plan);
    if (status == STATUS_OK && disk_bytes == 0) {
        status = find_size(plan, SESSION_BYTES, &disk_bytes);
    } else if (status == STATUS_OK) {
        disk_bytes = disk_bytes / MIB * MIB;
        status = try_size(plan, disk_bytes, 0, &missing);
    }
    if (status == STATUS_NO_SPACE)
        return refuse_size(plan, out, given_bytes);
    if (status == STATUS_OK)
        status = exfat_tree_place(plan->tree, &plan->geometry, &twice);
    if (status == STATUS_EXISTS)
        return fail("%s: two files of one folder would be named %s (exFAT knows no case)", out,
                    exfat_item_name(twice));
    if (status != STATUS_OK)
        return fail("%s: cannot be laid out: %s", out, status_text(status));
    return 0;
}

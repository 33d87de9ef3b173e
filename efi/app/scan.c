/* SPDX-License-Identifier: BSD-2-Clause */
/* The walk over the data partition: breadth first, without recursion, bounded. */
#include "efi/app/scan.h"

#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"
#include "config/base/glob.h"
#include "config/layout.h"

#define PROGRESS_STEP 256

struct folder {
    struct folder *next;
    const char *path; /* "" for the root */
    unsigned depth;   /* 1: the first */
};

struct walk {
    const struct scan_options *options;
    struct arena *arena;
    struct folder *first, **last;
    size_t folders;
    struct scan_item **tail;
    struct scan_result result;
    const struct folder *current;
    bool is_ignored; /* the current folder holds SCAN_IGNORE_FILE */
};

bool scan_is_image(const char *name, uint64_t size_bytes)
{
    static const struct {
        const char *extension;
        bool any_size; /* boot sectors and floppies are images, too */
    } kinds[] = {
        {".iso", false}, {".img", true},   {".raw", true},   {".qcow2", false},
        {".vhd", false}, {".vhdx", false}, {".vmdk", false},
    };
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t extension_len = strlen(kinds[i].extension);
        if (len > extension_len && strcasecmp(name + len - extension_len, kinds[i].extension) == 0)
            return size_bytes >= SCAN_SMALLEST_BYTES || (kinds[i].any_size && size_bytes > 0);
    }
    return false;
}

bool scan_is_excluded(const char *folder, const char *name)
{
    static const char *const patterns[] = {
        ".Trash*",
        "$RECYCLE.BIN",
        "System Volume Information",
        "._*",
    };
    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        if (glob_match(patterns[i], name))
            return true;
    }
    return folder[0] == '\0' && strcasecmp(name, &LAYOUT_DATA_DIR[1]) == 0;
}

static char *join(struct arena *arena, const char *folder, const char *name)
{
    size_t folder_len = strlen(folder), name_len = strlen(name);
    char *path = arena_alloc(arena, folder_len + name_len + 2);
    if (path != NULL) {
        memcpy(path, folder, folder_len);
        path[folder_len] = '/';
        memcpy(path + folder_len + 1, name, name_len);
    }
    return path;
}

static enum status add_folder(struct walk *walk, const char *path, unsigned depth)
{
    if (depth > walk->options->max_depth)
        return STATUS_OK;
    if (walk->folders >= SCAN_FOLDERS_MAX) {
        walk->result.is_cut = true;
        return STATUS_OK;
    }
    struct folder *folder = arena_alloc(walk->arena, sizeof(*folder));
    if (folder == NULL)
        return STATUS_NO_MEMORY;
    *folder = (struct folder){.path = path, .depth = depth};
    *walk->last = folder;
    walk->last = &folder->next;
    walk->folders++;
    return STATUS_OK;
}

static enum status add_item(struct walk *walk, const struct scan_item *model)
{
    if (walk->result.count >= SCAN_IMAGES_MAX) {
        walk->result.is_cut = true;
        return STATUS_OK;
    }
    struct scan_item *item = arena_alloc(walk->arena, sizeof(*item));
    if (item == NULL)
        return STATUS_NO_MEMORY;
    *item = *model;
    *walk->tail = item;
    walk->tail = &item->next;
    walk->result.count++;
    if (walk->options->progress != NULL && walk->result.count % PROGRESS_STEP == 0)
        walk->options->progress(walk->options->context, walk->result.count);
    return STATUS_OK;
}

static enum status visit(void *context, const struct platform_file *file)
{
    struct walk *walk = context;
    const char *folder = walk->current->path;

    if (walk->is_ignored)
        return STATUS_OK;
    if (!file->is_folder && strcasecmp(file->name, SCAN_IGNORE_FILE) == 0) {
        walk->is_ignored = true;
        return STATUS_OK;
    }
    if (!file->is_folder && !scan_is_image(file->name, file->size_bytes))
        return STATUS_OK;
    if (scan_is_excluded(folder, file->name))
        return STATUS_OK;
    char *path = join(walk->arena, folder, file->name);
    if (path == NULL)
        return STATUS_NO_MEMORY;
    if (file->is_folder)
        return add_folder(walk, path, walk->current->depth + 1);
    struct scan_item item = {
        .path = path,
        .name = path + strlen(folder) + 1,
        .folder = folder,
        .size_bytes = file->size_bytes,
    };
    return add_item(walk, &item);
}

/* A folder that could not be read (whole) gets a line of its own. */
static enum status add_notice(struct walk *walk, enum status reason)
{
    const char *path = walk->current->path[0] != '\0' ? walk->current->path : "/";
    auto_strbuf text = STRBUF_INIT;

    strbuf_printf(&text, "this folder cannot be read completely: %s", status_text(reason));
    const char *notice = arena_copy(walk->arena, strbuf_text(&text), text.len);
    if (notice == NULL)
        return STATUS_NO_MEMORY;
    struct scan_item item = {.path = path, .name = path, .folder = "", .notice = notice};
    return add_item(walk, &item);
}

/* Reads the current folder. It is read once: that it is to be ignored may come last, then all that
 * it gave is taken back. */
static enum status read_folder(const struct platform *platform, struct walk *walk)
{
    const char *path = walk->current->path[0] != '\0' ? walk->current->path : "/";
    struct folder **last_folder = walk->last;
    struct scan_item **tail = walk->tail;
    size_t folders = walk->folders;
    struct scan_result before = walk->result;

    walk->is_ignored = false;
    enum status status = platform->list_folder(platform->context, PLATFORM_DATA, path, visit, walk);
    if (walk->is_ignored) {
        walk->last = last_folder;
        *walk->last = NULL;
        walk->tail = tail;
        *walk->tail = NULL;
        walk->folders = folders;
        walk->result.count = before.count;
        walk->result.is_cut = before.is_cut;
        return status == STATUS_NO_MEMORY ? status : STATUS_OK;
    }
    if (status != STATUS_OK && status != STATUS_NO_MEMORY)
        status = add_notice(walk, status);
    return status;
}

enum status scan_run(const struct platform *platform, const struct scan_options *options,
                     struct arena *arena, struct scan_result *ret_result)
{
    struct walk walk = {.options = options, .arena = arena};
    walk.last = &walk.first;
    walk.tail = &walk.result.items;

    size_t len = strlen(options->root);
    while (len > 0 && options->root[len - 1] == '/')
        len--;
    char *root = arena_copy(arena, options->root, len);
    enum status status = root != NULL ? add_folder(&walk, root, 1) : STATUS_NO_MEMORY;
    for (const struct folder *folder = walk.first; status == STATUS_OK && folder != NULL;
         folder = folder->next) {
        walk.current = folder;
        status = read_folder(platform, &walk);
    }
    if (status != STATUS_OK)
        return STATUS_NO_MEMORY;
    *ret_result = walk.result;
    return STATUS_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso ls: lists the data partition. */
#include "tools/mkhiperiso/verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/volume.h"

#define ENTRIES_MAX ((size_t)1000000) /* a damaged folder may hold itself */

enum { OPT_LONG, OPT_JSON, OPT_RECURSIVE };

static const struct option_info options_of_ls[] = {
    [OPT_LONG] = {"long", 'l', OPTION_FLAG, NULL, "with size in bytes and time of change"},
    [OPT_JSON] = {"json", 0, OPTION_FLAG, NULL, "a JSON array of {path, type, size, modified}"},
    [OPT_RECURSIVE] = {"recursive", 'r', OPTION_FLAG, NULL, "with everything in the folders below"},
};

struct item {
    char *path; /* from the root, without the leading '/' of the root itself; owned */
    struct exfat_node node;
    unsigned depth;
};

struct listing {
    struct item *items;
    size_t count, capacity;
};

static bool is_folder(const struct exfat_node *node)
{
    return (node->attributes & EXFAT_ATTR_DIRECTORY) != 0;
}

/* Takes PATH in every case. */
static int add_item(struct listing *listing, char *path, const struct exfat_node *node,
                    unsigned depth)
{
    if (path != NULL && listing->count == listing->capacity) {
        size_t capacity = listing->capacity != 0 ? 2 * listing->capacity : 64;
        struct item *items = realloc(listing->items, capacity * sizeof(*items));
        if (items == NULL) {
            free(path);
            path = NULL;
        } else {
            listing->items = items;
            listing->capacity = capacity;
        }
    }
    if (path == NULL)
        return fail("out of memory");
    listing->items[listing->count++] = (struct item){path, *node, depth};
    return 0;
}

static void listing_clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->items[i].path);
    free(listing->items);
    *listing = (struct listing){0};
}

/* Appends what FOLDER at PATH ("" = the root) holds. Damage is reported and *RET_DAMAGED set; the
 * rest is listed. */
static int list_folder(struct exfat *fs, const struct exfat_node *folder, const char *path,
                       unsigned depth, struct listing *listing, bool *ret_damaged)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_dir dir;

    if (entry == NULL)
        return fail("out of memory");
    exfat_dir_open(fs, folder, &dir);
    for (;;) {
        enum status status = exfat_dir_next(&dir, entry);
        if (status == STATUS_END)
            return 0;
        if (status == STATUS_CORRUPT) {
            fail("%s/: holds a damaged entry; try fsck.exfat", path);
            *ret_damaged = true;
            continue;
        }
        if (status != STATUS_OK)
            return fail("%s/: cannot be read: %s", path, status_text(status));
        if (listing->count == ENTRIES_MAX)
            return fail("%s/: more than %zu entries; the volume is damaged", path, ENTRIES_MAX);
        char *child = NULL;
        if (asprintf(&child, "%s/%s", path, entry->name) < 0)
            child = NULL;
        if (add_item(listing, child, &entry->node, depth) < 0)
            return -1;
    }
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

/* What a name may do to a terminal is nothing; a program gets it as it is. */
static void print_name(const char *name)
{
    if (isatty(STDOUT_FILENO) != 0)
        print_printable(name, "");
    else
        fputs(name, stdout);
}

/* The DOS time stamp as text, "2026-11-21T09:30:00". */
static void stamp_text(uint32_t stamp, char ret_text[32])
{
    snprintf(ret_text, 32, "%04u-%02u-%02uT%02u:%02u:%02u", 1980 + (stamp >> 25), stamp >> 21 & 15,
             stamp >> 16 & 31, stamp >> 11 & 31, stamp >> 5 & 63, 2 * (stamp & 31));
}

static void print_plain(const struct listing *listing, size_t skip, bool is_long)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct item *item = &listing->items[i];
        char stamp[32];
        stamp_text(item->node.modified, stamp);
        if (is_long)
            printf("%12" PRIu64 "  %s  ", item->node.size_bytes, stamp);
        print_name(item->path + skip);
        printf("%s\n", is_folder(&item->node) ? "/" : "");
    }
}

static int print_json(const struct listing *listing)
{
    auto_strbuf line = STRBUF_INIT;

    puts("[");
    for (size_t i = 0; i < listing->count; i++) {
        const struct item *item = &listing->items[i];
        char stamp[32];
        stamp_text(item->node.modified, stamp);
        strbuf_reset(&line);
        strbuf_append(&line, "  {\"path\": ");
        strbuf_append_json(&line, item->path);
        strbuf_printf(&line, ", \"type\": \"%s\", \"size\": %" PRIu64 ", \"modified\": \"%s\"}%s",
                      is_folder(&item->node) ? "folder" : "file", item->node.size_bytes, stamp,
                      i + 1 < listing->count ? "," : "");
        if (strbuf_status(&line) != STATUS_OK)
            return fail("out of memory");
        puts(strbuf_text(&line));
    }
    puts("]");
    return 0;
}

/* PATH without trailing and with one leading slash, "" for the root: a new text. */
static char *clean_path(const char *path)
{
    char *clean = NULL;

    path += strspn(path, "/");
    if (asprintf(&clean, "%s%s", *path != '\0' ? "/" : "", path) < 0)
        return NULL;
    for (size_t len = strlen(clean); len > 0 && clean[len - 1] == '/'; len--)
        clean[len - 1] = '\0';
    return clean;
}

static int list(struct exfat *fs, const char *path, bool is_recursive, struct listing *listing,
                bool *ret_damaged)
{
    struct exfat_node node = exfat_root(fs);
    enum status status = *path != '\0' ? exfat_lookup(fs, path, &node) : STATUS_OK;

    if (status != STATUS_OK)
        return fail("%s: %s", path, status_text(status));
    if (*path != '\0' && !is_folder(&node))
        return add_item(listing, strdup(path), &node, 0);
    if (list_folder(fs, &node, path, 1, listing, ret_damaged) < 0)
        return -1;
    for (size_t i = 0; is_recursive && i < listing->count; i++) {
        /* A copy: the array moves while it grows. */
        struct item item = listing->items[i];
        if (is_folder(&item.node) && item.depth < EXFAT_PATH_DEPTH_MAX &&
            list_folder(fs, &item.node, item.path, item.depth + 1, listing, ret_damaged) < 0)
            return -1;
    }
    return 0;
}

static int run_ls(const struct options *options)
{
    auto_target target = TARGET_CLOSED;
    struct volume volume;
    struct listing listing = {0};
    bool is_damaged = false, is_recursive = options->values[OPT_RECURSIVE].is_given;
    auto_free char *path = clean_path(options->operand_count > 1 ? options->operands[1] : "/");

    if (path == NULL)
        return fail("out of memory"), EXIT_CODE_FAILED;
    if (target_open(&target, options->operands[0]) < 0 || volume_open(&target, &volume) < 0)
        return EXIT_CODE_FAILED;
    int result = list(volume.fs, path, is_recursive, &listing, &is_damaged);
    volume_close(&volume);
    if (listing.count > 0)
        qsort(listing.items, listing.count, sizeof(*listing.items), compare_paths);
    if (result == 0 && options->values[OPT_JSON].is_given) {
        result = print_json(&listing);
    } else if (result == 0) {
        /* Names alone; paths where there are several folders. */
        bool is_file = listing.count == 1 && strcmp(listing.items[0].path, path) == 0;
        print_plain(&listing, is_recursive || is_file ? 0 : strlen(path) + 1,
                    options->values[OPT_LONG].is_given);
    }
    listing_clear(&listing);
    if (fflush(stdout) != 0)
        result = fail("the listing cannot be written");
    return result == 0 && !is_damaged ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_ls = {
    .name = "ls",
    .operands = "IMG [PATH]",
    .summary = "list a folder of the data partition",
    .description = "Lists the top folder of IMG's data partition, or the folder or file at PATH.\n"
                   "IMG is a stick's image, a stick, or an exFAT volume without partition table.",
    .options = options_of_ls,
    .option_count = ARRAY_SIZE(options_of_ls),
    .operands_min = 1,
    .operands_max = 2,
    .run = run_ls,
};

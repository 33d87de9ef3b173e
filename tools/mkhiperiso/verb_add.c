/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso add: puts files onto a stick or image that is there. */
#include "tools/mkhiperiso/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/edit_target.h"
#include "tools/mkhiperiso/image_check.h"
#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

enum { OPT_TO, OPT_FORCE, OPT_NO_VERIFY, OPT_PROGRESS };

static const struct option_info options_of_add[] = {
    [OPT_TO] = {"to", 't', OPTION_TEXT, "/FOLDER", "where to; default: the top folder"},
    [OPT_FORCE] = {"force", 'f', OPTION_FLAG, NULL, "replace files that are there"},
    [OPT_NO_VERIFY] = {"no-verify", 0, OPTION_FLAG, NULL, "do not read back what was written"},
    [OPT_PROGRESS] = {"progress", 0, OPTION_CHOICE, "json", "progress as JSON lines on stdout",
                      .choices = (const char *const[]){"json", NULL}},
};

struct source_file_to_add {
    const char *source; /* borrowed */
    char *path;         /* on the stick; owned */
    uint64_t size_bytes;
    int64_t modified;
};

struct additions {
    struct source_file_to_add *items;
    size_t count;
    uint64_t bytes;
};

static void additions_clear(struct additions *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->items[i].path);
    free(all->items);
}

/* "FILE" or "FILE:/PATH". */
static int plan_one(struct additions *all, const char *operand, const char *folder)
{
    struct source_file_to_add *item = &all->items[all->count];
    const char *colon = NULL, *slash = strrchr(operand, '/');
    struct stat about;

    for (const char *c = operand; (c = strstr(c, ":/")) != NULL; c++)
        colon = c;
    if (colon != NULL && access(operand, F_OK) < 0) {
        ((char *)operand)[colon - operand] = '\0'; /* argv is ours */
        item->path = strdup(colon + 1);
    } else if (asprintf(&item->path, "%s/%s", folder, slash != NULL ? slash + 1 : operand) < 0) {
        item->path = NULL;
    }
    if (item->path == NULL)
        return fail("out of memory");
    all->count++;
    item->source = operand;
    int result = image_plan_check_path(item->path);
    if (result < 0)
        return result;
    if (stat(operand, &about) < 0)
        return fail("%s: %s", operand, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return fail("%s: is no ordinary file", operand);
    item->size_bytes = (uint64_t)about.st_size;
    item->modified = about.st_mtime;
    all->bytes += item->size_bytes;
    return image_has_name(item->path) ? image_check(operand) : 0;
}

static int plan_all(const struct options *options, struct additions *all)
{
    const char *to = options->values[OPT_TO].text;
    auto_free char *folder = strdup(to != NULL ? to : "");

    all->items = calloc(options->operand_count, sizeof(*all->items));
    if (all->items == NULL || folder == NULL)
        return fail("out of memory");
    for (size_t len = strlen(folder); len > 0 && folder[len - 1] == '/'; len--)
        folder[len - 1] = '\0';
    for (size_t i = 1; i < options->operand_count; i++) {
        int result = plan_one(all, options->operands[i], folder);
        if (result < 0)
            return result;
    }
    return 0;
}

/* One run of a file: FD's bytes from *DONE on. */
static int copy_runs(const struct edit_target *edit, const struct exfat_edit_file *file, int fd,
                     const char *source, bool is_verified)
{
    struct digest *digest = digest_new();
    uint64_t data_off = edit->volume.window.off;
    uint8_t expected[DIGEST_BYTES];
    uint64_t done = 0;
    int result = digest != NULL ? 0 : fail("out of memory");

    for (size_t i = 0; i < file->run_count && result == 0; i++) {
        const struct exfat_edit_run *run = &file->runs[i];
        result = copy_part_of_file(fd, source, done, run->bytes, &edit->target, data_off + run->off,
                                   digest);
        if (result == 0 && digest_finish(digest, expected) != STATUS_OK)
            result = fail("out of memory");
        if (result == 0 && is_verified)
            result = target_sync(&edit->target);
        if (result == 0 && is_verified)
            result = copy_verify(&edit->target, data_off + run->off, run->bytes, source, expected);
        done += run->bytes;
    }
    digest_free(digest);
    return result;
}

/* The source of ITEM, if it is still as long as it was; what is read of it is that much. */
static int open_planned(const struct source_file_to_add *item)
{
    struct stat about;
    int fd = open(item->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return fail("%s: %s", item->source, strerror(errno));
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
        (uint64_t)about.st_size == item->size_bytes)
        return fd;
    close(fd);
    return fail("%s: is another file than a moment ago; try again", item->source);
}

static int add_one(struct edit_target *edit, const struct source_file_to_add *item, bool replace,
                   bool is_verified)
{
    struct exfat_edit_file file;
    const char *slash = strrchr(item->path, '/');
    auto_free char *folder = strndup(item->path, (size_t)(slash - item->path));

    if (folder == NULL)
        return fail("out of memory");
    int fd = open_planned(item);
    if (fd < 0)
        return -1;
    enum status status = exfat_edit_make_folder(edit->edit, folder, item->modified);
    if (status == STATUS_OK)
        status = exfat_edit_place(edit->edit, item->path, item->size_bytes, item->modified, replace,
                                  &file);
    if (status != STATUS_OK) {
        close(fd);
        return edit_target_fail(edit, item->path, status);
    }
    int result = copy_runs(edit, &file, fd, item->source, is_verified);
    close(fd);
    if (result == 0 && is_interrupted())
        result = -1;
    if (result == 0) {
        status = exfat_edit_commit(edit->edit, &file);
        if (status != STATUS_OK)
            result = edit_target_fail(edit, item->path, status);
    }
    exfat_edit_file_clear(edit->edit, &file);
    return result;
}

/* Enough room for all of them, before the first? */
static int check_room(const struct edit_target *edit, const struct additions *all)
{
    char needed[SIZE_TEXT_BYTES], left[SIZE_TEXT_BYTES];

    if (all->bytes <= exfat_edit_free_bytes(edit->edit))
        return 0;
    size_text(all->bytes, needed);
    size_text(exfat_edit_free_bytes(edit->edit), left);
    return fail("%s: %s are to be added, but %s are free; mkhiperiso rm makes room",
                edit->target.path, needed, left);
}

static int add_all(const struct options *options, const struct additions *all)
{
    struct edit_target edit = {.target = TARGET_CLOSED};
    bool is_verified = !options->values[OPT_NO_VERIFY].is_given;

    if (edit_target_open(&edit, options->operands[0]) < 0)
        return -1;
    int result = check_room(&edit, all);
    progress_start("adding", is_verified ? 2 * all->bytes : all->bytes);
    for (size_t i = 0; i < all->count && result == 0; i++)
        result = add_one(&edit, &all->items[i], options->values[OPT_FORCE].is_given, is_verified);
    progress_end();
    return edit_target_close(&edit) < 0 ? -1 : result;
}

static int run_add(const struct options *options)
{
    struct additions all = {0};

    interrupt_catch();
    if (options->values[OPT_PROGRESS].is_given)
        progress_use_json();
    int result = plan_all(options, &all);
    if (result == 0)
        result = add_all(options, &all);
    if (result < 0 && is_interrupted())
        fail("%s: interrupted; the files before are there", options->operands[0]);
    additions_clear(&all);
    return result == 0               ? EXIT_CODE_OK
           : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                     : EXIT_CODE_FAILED;
}

const struct verb verb_add = {
    .name = "add",
    .operands = "TARGET FILE...",
    .summary = "put files onto a stick or image",
    .description =
        "Copies files to the data partition of TARGET, a stick or an image: into its top\n"
        "folder, into --to, or with FILE:/PATH to a place of your choice. Folders are made.\n"
        "A stick that is pulled meanwhile keeps every file that it had.",
    .options = options_of_add,
    .option_count = ARRAY_SIZE(options_of_add),
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .run = run_add,
};

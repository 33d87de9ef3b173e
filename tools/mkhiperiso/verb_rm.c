/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso rm: removes files from the data partition. */
#include "tools/mkhiperiso/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/edit_target.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"

enum { OPT_RECURSIVE };

static const struct option_info options_of_rm[] = {
    [OPT_RECURSIVE] = {"recursive", 'r', OPTION_FLAG, NULL, "folders with all that is in them"},
};

/* The first thing in the folder at PATH, as a new path; NULL when it is empty or not to be read. */
static char *first_child(struct edit_target *edit, const char *path)
{
    struct exfat *fs = exfat_edit_reader(edit->edit);
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_node node;
    struct exfat_dir dir;
    char *child = NULL;

    if (entry == NULL || exfat_lookup(fs, path, &node) != STATUS_OK ||
        (node.attributes & EXFAT_ATTR_DIRECTORY) == 0)
        return NULL;
    exfat_dir_open(fs, &node, &dir);
    if (exfat_dir_next(&dir, entry) != STATUS_OK ||
        asprintf(&child, "%s/%s", path, entry->name) < 0)
        return NULL;
    return child;
}

/* Removes what is at PATH. Goes down to what is empty, and up again, without recursion. */
static int remove_path(struct edit_target *edit, const char *path, bool is_recursive)
{
    auto_free char *at = strdup(path);
    size_t top;

    if (at == NULL)
        return fail("out of memory");
    for (size_t len = strlen(at); len > 0 && at[len - 1] == '/'; len--)
        at[len - 1] = '\0';
    top = strlen(at);
    if (top == 0)
        return misuse("rm: the top folder cannot be removed; name what is in it");
    for (;;) {
        char *child = is_recursive ? first_child(edit, at) : NULL;
        if (is_interrupted()) {
            free(child);
            return -1;
        }
        if (child != NULL) {
            free(at);
            at = child;
            continue;
        }
        enum status status = exfat_edit_remove(edit->edit, at);
        if (status == STATUS_EXISTS)
            return fail("%s: %s is a folder and not empty; -r removes all of it", edit->target.path,
                        at);
        if (status != STATUS_OK)
            return edit_target_fail(edit, at, status);
        if (strlen(at) <= top)
            return 0;
        *strrchr(at, '/') = '\0';
    }
}

static int run_rm(const struct options *options)
{
    struct edit_target edit = {.target = TARGET_CLOSED};
    int result = 0;

    interrupt_catch();
    if (edit_target_open(&edit, options->operands[0]) < 0)
        return EXIT_CODE_FAILED;
    for (size_t i = 1; i < options->operand_count && result == 0; i++)
        result = remove_path(&edit, options->operands[i], options->values[OPT_RECURSIVE].is_given);
    if (edit_target_close(&edit) < 0 && result == 0)
        result = -1;
    return result == 0               ? EXIT_CODE_OK
           : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                     : EXIT_CODE_FAILED;
}

const struct verb verb_rm = {
    .name = "rm",
    .operands = "TARGET PATH...",
    .summary = "remove files from a stick or image",
    .description =
        "Removes the files, or empty folders, at PATH on the data partition of TARGET, a\n"
        "stick or an image.",
    .options = options_of_rm,
    .option_count = ARRAY_SIZE(options_of_rm),
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .run = run_rm,
};

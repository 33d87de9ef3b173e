/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso verify: is a stick or image as it should be? */
#include "tools/mkhiperiso/verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "tools/mkhiperiso/data_sum.h"
#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/stick_write.h"
#include "tools/mkhiperiso/sums.h"
#include "tools/mkhiperiso/verify_esp.h"
#include "tools/mkhiperiso/volume.h"

#define SUMS_MAX ((size_t)1 << 20)

enum { OPT_QUICK };

static const struct option_info options_of_verify[] = {
    [OPT_QUICK] = {"quick", 'q', OPTION_FLAG, NULL, "do not read images that have a checksum"},
};

/* ---- the partition table ---- */

static int say_unfinished(const struct target *target, enum mark_operation operation)
{
    return fail("%s: is unfinished: its %s was interrupted; run mkhiperiso %s again", target->path,
                mark_operation_name(operation), mark_operation_name(operation));
}

static int check_backup(const struct target *target, const struct gpt *gpt)
{
    struct mark mark;
    enum status status = partition_check_backup(&target->device, gpt);

    if (status == STATUS_OK)
        return 0;
    /* Cut while the table itself was written. */
    if (mark_read(&target->device, &mark) == STATUS_OK)
        return say_unfinished(target, mark.operation);
    if (status == STATUS_EXISTS)
        return fail("%s: the copy of its partition table at the end says something else; sgdisk -e "
                    "writes it anew",
                    target->path);
    return fail("%s: the copy of its partition table at the end is damaged or missing (%s); "
                "sgdisk -e writes it anew",
                target->path, status_text(status));
}

static int check_table(const struct target *target, struct stick_parts *ret_parts)
{
    struct mark mark;
    struct gpt gpt;
    enum status status = gpt_read(&target->device, &gpt);

    if (status != STATUS_OK)
        return fail("%s: has no partition table that can be read: %s", target->path,
                    status_text(status));
    int result = 0;
    if (mark_is_in_table(&gpt)) {
        status = mark_read(&target->device, &mark);
        enum mark_operation operation = status == STATUS_OK ? mark.operation : MARK_INSTALL;
        result = say_unfinished(target, operation);
    } else if (gpt.from_backup) {
        result = fail("%s: its partition table is damaged, only the copy at the end is good; "
                      "gdisk repairs it (r, b, w)",
                      target->path);
    } else {
        result = check_backup(target, &gpt);
    }
    gpt_clear(&gpt);
    return result < 0 ? -1 : stick_find_parts(target, ret_parts);
}

/* ---- the data partition ---- */

static void tell_problem(void *context, const char *path, const char *problem)
{
    const struct target *target = context;
    fail("%s: %s %s; fsck.exfat repairs", target->path, path, problem);
}

static int check_volume(const struct target *target, struct exfat *fs, struct exfat_check *check)
{
    check->tell = tell_problem;
    check->context = (void *)target;
    enum status status = exfat_check_run(fs, check);
    if (status != STATUS_OK)
        return fail("%s: its data partition cannot be checked: %s", target->path,
                    status_text(status));
    if (check->lost_clusters > 0)
        warn("%s: %" PRIu64 " clusters are marked as used by nothing; fsck.exfat frees them",
             target->path, check->lost_clusters);
    return check->problems == 0 ? 0 : -1;
}

/* ---- checksums beside images ---- */

static char *read_text(struct exfat *fs, const struct exfat_node *node)
{
    struct exfat_position position = {0};
    size_t len;

    if (node->size_bytes > SUMS_MAX)
        return NULL;
    char *text = calloc(1, (size_t)node->size_bytes + 1);
    if (text != NULL &&
        exfat_read(fs, node, &position, 0, (size_t)node->size_bytes, text, &len) != STATUS_OK) {
        free(text);
        return NULL;
    }
    return text;
}

/* Counts of what was compared. */
struct sums {
    size_t right, wrong;
};

static int check_one(struct exfat *fs, const char *folder, const char *text,
                     const struct exfat_entry *entry, struct sums *sums)
{
    uint8_t expected[DIGEST_BYTES], found[DIGEST_BYTES];
    auto_free char *path = NULL;

    if (sums_find(text, entry->name, expected) != STATUS_OK)
        return 0;
    if (asprintf(&path, "%s/%s", folder, entry->name) < 0)
        return fail("out of memory");
    if (data_sum_file(fs, path, &entry->node, found) < 0)
        return -1;
    if (memcmp(expected, found, DIGEST_BYTES) == 0) {
        sums->right++;
        return 0;
    }
    sums->wrong++;
    return fail("%s: its SHA-256 is not the one beside it; copy it onto the stick again", path);
}

/* All files of the top folder and of /ISOs that have a sum beside them. */
static int check_sums(struct exfat *fs, const char *folder, struct sums *sums)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_node node = exfat_root(fs), list;
    auto_free char *all = NULL;
    auto_free char *list_path = NULL;
    struct exfat_dir dir;
    int result = 0;

    if (entry == NULL || asprintf(&list_path, "%s/SHA256SUMS", folder) < 0)
        return fail("out of memory");
    if (*folder != '\0' && exfat_lookup(fs, folder, &node) != STATUS_OK)
        return 0;
    if (exfat_lookup(fs, list_path, &list) == STATUS_OK)
        all = read_text(fs, &list);
    exfat_dir_open(fs, &node, &dir);
    while (exfat_dir_next(&dir, entry) == STATUS_OK && !is_interrupted()) {
        auto_free char *own_path = NULL, *own = NULL;
        if ((entry->node.attributes & EXFAT_ATTR_DIRECTORY) != 0)
            continue;
        if (all != NULL && check_one(fs, folder, all, entry, sums) < 0)
            result = -1;
        if (asprintf(&own_path, "%s/%s.sha256", folder, entry->name) < 0)
            return fail("out of memory");
        if (exfat_lookup(fs, own_path, &list) == STATUS_OK)
            own = read_text(fs, &list);
        if (own != NULL && check_one(fs, folder, own, entry, sums) < 0)
            result = -1;
    }
    return is_interrupted() ? -1 : result;
}

static int check_data(const struct target *target, bool is_quick, struct exfat_check *check,
                      struct sums *sums)
{
    static const char *const folders[] = {"", "/ISOs", "/images"};
    struct volume volume;

    if (volume_open(target, &volume) < 0)
        return -1;
    int result = check_volume(target, volume.fs, check);
    for (size_t i = 0; i < ARRAY_SIZE(folders) && !is_quick; i++)
        if (check_sums(volume.fs, folders[i], sums) < 0)
            result = -1;
    volume_close(&volume);
    return result;
}

static int run_verify(const struct options *options)
{
    auto_target target = TARGET_CLOSED;
    struct stick_parts parts;
    struct exfat_check check = {0};
    struct sums sums = {0};
    size_t files = 0;

    interrupt_catch();
    if (target_open(&target, options->operands[0]) < 0 || check_table(&target, &parts) < 0)
        return EXIT_CODE_FAILED;
    int result = verify_esp(&target, parts.table.rows[1].off, parts.table.rows[1].bytes, &files);
    if (check_data(&target, options->values[OPT_QUICK].is_given, &check, &sums) < 0)
        result = -1;
    exfat_check_clear(&check);
    if (result == 0) {
        print_printable(target.path, ": ");
        printf(
            "good: partition table and its copy; ESP: %zu files as in the manifest; data: %" PRIu64
            " files, %" PRIu64 " folders, consistent; %zu checksum%s compared\n",
            files, check.files, check.folders, sums.right, sums.right == 1 ? "" : "s");
    }
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_verify = {
    .name = "verify",
    .operands = "TARGET",
    .summary = "check a stick or image",
    .description =
        "Checks the partition table of TARGET and its copy, each file of the ESP against\n"
        "the manifest's SHA-256, the folders and chains of the data partition, and images\n"
        "that have a SHA256SUMS or NAME.sha256 beside them. Writes nothing. Exit code 0:\n"
        "all is well.",
    .options = options_of_verify,
    .option_count = ARRAY_SIZE(options_of_verify),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_verify,
};

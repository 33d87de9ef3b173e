/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso update: new programs on a stick or image; the data partition is not touched. */
#include "tools/mkhiperiso/verbs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/data_sum.h"
#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/guard_options.h"
#include "tools/mkhiperiso/image_collect.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"
#include "tools/mkhiperiso/stick_write.h"

enum {
    OPT_PAYLOAD,
    OPT_DRY_RUN,
    OPT_YES,
    OPT_SERIAL,
    OPT_ALLOW_FIXED,
    OPT_MODEL,
    OPT_NO_VERIFY,
    OPT_PROGRESS,
    OPT_ALLOW_INCOMPLETE,
};

static const struct option_info options_of_update[] = {
    [OPT_PAYLOAD] = IMAGE_OPTION_PAYLOAD,
    [OPT_DRY_RUN] = GUARD_OPTION_DRY_RUN,
    [OPT_YES] = GUARD_OPTION_YES,
    [OPT_SERIAL] = GUARD_OPTION_SERIAL,
    [OPT_ALLOW_FIXED] = GUARD_OPTION_ALLOW_FIXED,
    [OPT_MODEL] = GUARD_OPTION_MODEL,
    [OPT_NO_VERIFY] = {"no-verify", 0, OPTION_FLAG, NULL,
                       "do not read back what was written, nor your files"},
    [OPT_PROGRESS] = GUARD_OPTION_PROGRESS,
    [OPT_ALLOW_INCOMPLETE] = IMAGE_OPTION_ALLOW_INCOMPLETE,
};

/* The payload has to fit where the old one is: the data partition lies before it. */
static int check_room(const struct image_plan *plan, const struct target *target,
                      const struct stick_parts *parts)
{
    char needed[SIZE_TEXT_BYTES], there[SIZE_TEXT_BYTES];

    if (plan->payload.esp_bytes <= parts->table.rows[1].bytes)
        return 0;
    size_text(plan->payload.esp_bytes, needed);
    size_text(parts->table.rows[1].bytes, there);
    return fail(
        "%s: its ESP has %s, the new programs need %s; save your files (mkhiperiso get) and "
        "install anew",
        target->path, there, needed);
}

static int update_blindly(struct stick_job *job, const struct stick_parts *parts)
{
    int result = stick_update(job, parts);

    if (result == 0)
        fprintf(report_plan_stream(), "%s: updated\n", job->target->path);
    return result;
}

static void tell_proof(const char *path, const struct data_sums *sums)
{
    FILE *out = report_plan_stream();
    char size[SIZE_TEXT_BYTES];

    size_text(sums->bytes, size);
    if (sums->is_whole)
        fprintf(out, "%s: updated; the data partition, %s, has the SHA-256 as before\n", path,
                size);
    else if (sums->count == 1)
        fprintf(out, "%s: updated; your file, %s, has the SHA-256 as before\n", path, size);
    else
        fprintf(out, "%s: updated; your %zu files, %s, have the SHA-256 as before\n", path,
                sums->count, size);
}

/* The SHA-256 of each data file before the first write and after the last. */
static int update_and_prove(struct stick_job *job, const struct stick_parts *parts)
{
    const struct partition_row *data = &parts->table.rows[0];
    struct data_sums sums;

    int result = data_sums_take(job->target, data->off, data->bytes, "reading your files", &sums);
    if (result < 0 && !is_interrupted())
        fail("%s: your files cannot be read, nothing was written; --no-verify updates it without "
             "comparing them",
             job->target->path);
    if (result == 0)
        result = stick_update(job, parts);
    if (result == 0)
        result = data_sums_compare(job->target, data->off, data->bytes, "reading your files again",
                                   &sums);
    if (result == 0)
        tell_proof(job->target->path, &sums);
    data_sums_clear(&sums);
    return result;
}

static int update(const struct options *options, const struct disk *disk, struct image_plan *plan)
{
    const struct option_value *values = options->values;
    struct guard_options guard = guard_options_from(&values[OPT_YES]);
    auto_target target = TARGET_CLOSED;
    struct stick_parts parts;
    struct stick_job job = {
        .target = &target,
        .disk = disk,
        .plan = plan,
        .is_verified = !values[OPT_NO_VERIFY].is_given,
    };

    if (guard_open(&target, options->operands[0], disk) < 0 ||
        stick_find_parts(&target, &parts) < 0 || check_room(plan, &target, &parts) < 0)
        return -1;
    char size[SIZE_TEXT_BYTES];
    size_text(parts.table.rows[1].bytes, size);
    if (disk != NULL)
        guard_print_disk(disk);
    fprintf(report_plan_stream(),
            "  will be written anew: the ESP, %s, version " HIPERISO_VERSION
            "; your files stay as they are\n",
            size);
    fflush(report_plan_stream());
    if (values[OPT_DRY_RUN].is_given)
        return 0;
    if ((disk != NULL && guard_confirm(disk, &guard, "update") < 0) || is_interrupted())
        return -1;
    return job.is_verified ? update_and_prove(&job, &parts) : update_blindly(&job, &parts);
}

static int run_update(const struct options *options)
{
    const struct option_value *values = options->values;
    const char *path = options->operands[0];
    struct image_plan plan = {0};
    struct stat about;
    struct disk disk;
    int result = 0;

    interrupt_catch();
    if (values[OPT_PROGRESS].is_given)
        progress_use_json();
    struct guard_options guard = guard_options_from(&values[OPT_YES]);
    guard.is_dry = values[OPT_DRY_RUN].is_given;
    bool is_disk = stat(path, &about) == 0 && S_ISBLK(about.st_mode);
    if (is_disk)
        result = disk_read(path, &disk);
    if (is_disk && result == 0)
        result = guard_check(path, &disk, &guard);
    if (result == 0)
        result =
            image_plan_init(&plan, values[OPT_PAYLOAD].text, values[OPT_ALLOW_INCOMPLETE].is_given);
    if (result == 0)
        result = update(options, is_disk ? &disk : NULL, &plan);
    if (result < 0 && is_interrupted())
        fail("%s: interrupted; mkhiperiso verify tells what it is now, the same command goes on",
             path);
    image_plan_clear(&plan);
    return result == 0               ? EXIT_CODE_OK
           : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                     : EXIT_CODE_FAILED;
}

const struct verb verb_update = {
    .name = "update",
    .operands = "TARGET",
    .summary = "bring new programs onto a stick",
    .description =
        "Writes the ESP of TARGET, a stick or an image, anew. The data partition keeps its\n"
        "place and is not written to: the SHA-256 of each of your files is taken before the\n"
        "first write and compared after the last (--no-verify: not). A disk is confirmed\n"
        "as with install.\n\n"
        "A stick that was pulled meanwhile is the old one, or says on its screen that it\n"
        "is unfinished; the same command then goes on.",
    .options = options_of_update,
    .option_count = ARRAY_SIZE(options_of_update),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_update,
};

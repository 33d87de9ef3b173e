/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso install: makes a stick of a disk. Refuse, plan, ask, write, read back. */
#include "tools/mkhiperiso/verbs.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/guard_options.h"
#include "tools/mkhiperiso/image_collect.h"
#include "tools/mkhiperiso/image_lookalikes.h"
#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"
#include "tools/mkhiperiso/stick_write.h"

enum {
    OPT_ISO,
    OPT_ADD,
    OPT_CONFIG,
    OPT_THEME,
    OPT_OVERRIDE,
    OPT_PAYLOAD,
    OPT_DRY_RUN,
    OPT_YES,
    OPT_SERIAL,
    OPT_ALLOW_FIXED,
    OPT_MODEL,
    OPT_NO_VERIFY,
    OPT_PROGRESS,
    OPT_ALLOW_PROBLEMS,
    OPT_ALLOW_INCOMPLETE,
};

static const struct option_info options_of_install[] = {
    [OPT_ISO] = IMAGE_OPTION_ISO,
    [OPT_ADD] = IMAGE_OPTION_ADD,
    [OPT_CONFIG] = IMAGE_OPTION_CONFIG,
    [OPT_THEME] = IMAGE_OPTION_THEME,
    [OPT_OVERRIDE] = IMAGE_OPTION_OVERRIDE,
    [OPT_PAYLOAD] = IMAGE_OPTION_PAYLOAD,
    [OPT_DRY_RUN] = GUARD_OPTION_DRY_RUN,
    [OPT_YES] = GUARD_OPTION_YES,
    [OPT_SERIAL] = GUARD_OPTION_SERIAL,
    [OPT_ALLOW_FIXED] = GUARD_OPTION_ALLOW_FIXED,
    [OPT_MODEL] = GUARD_OPTION_MODEL,
    [OPT_NO_VERIFY] = GUARD_OPTION_NO_VERIFY,
    [OPT_PROGRESS] = GUARD_OPTION_PROGRESS,
    [OPT_ALLOW_PROBLEMS] = IMAGE_OPTION_ALLOW_PROBLEMS,
    [OPT_ALLOW_INCOMPLETE] = IMAGE_OPTION_ALLOW_INCOMPLETE,
};

static int make_plan(const struct options *options, const struct disk *disk,
                     struct image_plan *plan)
{
    const struct option_value *values = options->values;
    const struct image_inputs inputs = {
        .isos = &values[OPT_ISO],
        .placed = &values[OPT_ADD],
        .overrides = &values[OPT_OVERRIDE],
        .config = values[OPT_CONFIG].text,
        .theme = values[OPT_THEME].text,
        .allow_problems = values[OPT_ALLOW_PROBLEMS].is_given,
    };
    int result =
        image_plan_init(plan, values[OPT_PAYLOAD].text, values[OPT_ALLOW_INCOMPLETE].is_given);

    plan->is_disk = true;
    if (result == 0)
        result = image_collect(plan, &inputs);
    if (result == 0)
        result = image_plan_place(plan, options->operands[0], disk->size_bytes, disk->sector_bytes);
    return result == 0 ? image_lookalikes_warn(plan) : result;
}

static void print_plan(const struct image_plan *plan)
{
    FILE *out = report_plan_stream();
    char data[SIZE_TEXT_BYTES], esp[SIZE_TEXT_BYTES], content[SIZE_TEXT_BYTES],
        left[SIZE_TEXT_BYTES];

    size_text(plan->partitions.data_bytes, data);
    size_text(plan->partitions.esp_bytes, esp);
    size_text(image_plan_content_bytes(plan), content);
    size_text(image_plan_free_bytes(plan), left);
    fprintf(out, "  will be written:\n");
    fprintf(out, "    HIPERISO     %10s  exFAT: %zu files, %s; %s stay free\n", data,
            plan->file_count, content, left);
    fprintf(out, "    HISOEFI      %10s  FAT: what boots, version " HIPERISO_VERSION "\n", esp);
}

static int install(const struct options *options, const struct disk *disk, struct image_plan *plan)
{
    const struct option_value *values = options->values;
    struct guard_options guard = guard_options_from(&values[OPT_YES]);
    auto_target target = TARGET_CLOSED;
    struct stick_job job = {
        .target = &target,
        .disk = disk,
        .plan = plan,
        .is_verified = !values[OPT_NO_VERIFY].is_given,
    };

    if (guard_open(&target, options->operands[0], disk) < 0)
        return -1;
    guard_print_disk(disk);
    guard_print_losses(disk, &target);
    print_plan(plan);
    fflush(report_plan_stream());
    if (values[OPT_DRY_RUN].is_given)
        return 0;
    if (guard_confirm(disk, &guard, "erase") < 0 || is_interrupted())
        return -1;
    int result = stick_install(&job);
    if (result == 0)
        fprintf(report_plan_stream(), "%s: is a hiperiso stick now%s\n", disk->path,
                job.is_verified ? "; all of it was read back" : "");
    return result;
}

static int run_install(const struct options *options)
{
    const struct option_value *values = options->values;
    const char *path = options->operands[0];
    struct image_plan plan = {0};
    struct disk disk;

    interrupt_catch();
    if (values[OPT_PROGRESS].is_given)
        progress_use_json();
    struct guard_options guard = guard_options_from(&values[OPT_YES]);
    guard.is_dry = values[OPT_DRY_RUN].is_given;
    int result = disk_read(path, &disk);
    if (result == 0)
        result = guard_check(path, &disk, &guard);
    if (result == 0)
        result = make_plan(options, &disk, &plan);
    if (result == 0)
        result = install(options, &disk, &plan);
    if (result < 0 && is_interrupted())
        fail("%s: interrupted; mkhiperiso devices tells what it is now, the same command goes on",
             path);
    image_plan_clear(&plan);
    return result == 0               ? EXIT_CODE_OK
           : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                     : EXIT_CODE_FAILED;
}

const struct verb verb_install = {
    .name = "install",
    .operands = "DEV",
    .summary = "make a stick of a disk",
    .description =
        "Makes a stick of the disk DEV. All that is on it is lost: what that is, and\n"
        "what will be written, is shown first; then you type the disk's name, or say\n"
        "which disk you mean with --yes. Disks in use are refused. A stick that is pulled\n"
        "meanwhile is the old one, or says that it is unfinished: do it again.",
    .options = options_of_install,
    .option_count = ARRAY_SIZE(options_of_install),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_install,
};

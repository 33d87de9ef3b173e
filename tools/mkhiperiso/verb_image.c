/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso image: makes the disk image of a stick. Plan, write, verify. */
#include "tools/mkhiperiso/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/image_collect.h"
#include "tools/mkhiperiso/image_lookalikes.h"
#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/image_verify.h"
#include "tools/mkhiperiso/image_write.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

#define SECTOR_BYTES 512u /* of every image; disks have their own */
#define SAMPLE_BYTES ((uint64_t)64 << 10)

enum {
    OPT_SIZE,
    OPT_ISO,
    OPT_ADD,
    OPT_CONFIG,
    OPT_PAYLOAD,
    OPT_FORCE,
    OPT_ALLOW_PROBLEMS,
    OPT_ALLOW_INCOMPLETE,
    OPT_THEME,
    OPT_OVERRIDE,
};

static const struct option_info options_of_image[] = {
    [OPT_SIZE] = {"size", 's', OPTION_SIZE, "SIZE",
                  "8G, 7500M, 8GB; default: what is needed + 512 MiB"},
    [OPT_ISO] = IMAGE_OPTION_ISO,
    [OPT_ADD] = IMAGE_OPTION_ADD,
    [OPT_CONFIG] = IMAGE_OPTION_CONFIG,
    [OPT_PAYLOAD] = IMAGE_OPTION_PAYLOAD,
    [OPT_FORCE] = {"force", 'f', OPTION_FLAG, NULL, "replace an OUT.img that exists"},
    [OPT_ALLOW_PROBLEMS] = IMAGE_OPTION_ALLOW_PROBLEMS,
    [OPT_ALLOW_INCOMPLETE] = IMAGE_OPTION_ALLOW_INCOMPLETE,
    [OPT_THEME] = IMAGE_OPTION_THEME,
    [OPT_OVERRIDE] = IMAGE_OPTION_OVERRIDE,
};

/* Enough room where OUT goes? What the sources take is what the image will take: the rest of it is
 * holes. */
static int check_free_space(const struct image_plan *plan, const char *out)
{
    auto_free char *path = target_real_path(out);
    struct statvfs free_space;
    uint64_t needed = payload_content_bytes(&plan->payload);

    if (path == NULL)
        return -1;
    const char *slash = strrchr(path, '/');
    auto_free char *folder = slash == NULL   ? strdup(".")
                             : slash == path ? strdup("/")
                                             : strndup(path, (size_t)(slash - path));
    if (folder == NULL)
        return fail("out of memory");
    if (statvfs(folder, &free_space) < 0)
        return fail("%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < plan->file_count; i++)
        needed += plan->files[i].disk_bytes < plan->files[i].size_bytes ? plan->files[i].disk_bytes
                                                                        : plan->files[i].size_bytes;
    uint64_t available = (uint64_t)free_space.f_bavail * free_space.f_frsize;
    if (needed <= available)
        return 0;
    char needed_text[SIZE_TEXT_BYTES], available_text[SIZE_TEXT_BYTES];
    size_text(needed, needed_text);
    size_text(available, available_text);
    return fail("%s: needs %s, but only %s are free there", out, needed_text, available_text);
}

/* Adds to DIGEST what tells FILE from others of its name and size: its beginning and its end, where
 * images have their dates and identifiers. */
static int digest_sample(const struct image_file *file, struct digest *digest)
{
    uint64_t head = file->size_bytes < SAMPLE_BYTES ? file->size_bytes : SAMPLE_BYTES;
    uint64_t rest = file->size_bytes - head;
    uint64_t tail = rest < SAMPLE_BYTES ? rest : SAMPLE_BYTES;

    if (file->source == NULL)
        return copy_bytes(file->bytes, file->size_bytes, file->path, NULL, 0, digest);
    int fd = open(file->source, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail("%s: %s", file->source, strerror(errno));
    int result = copy_part_of_file(fd, file->source, 0, head, NULL, 0, digest);
    if (result == 0)
        result =
            copy_part_of_file(fd, file->source, file->size_bytes - tail, tail, NULL, 0, digest);
    close(fd);
    return result;
}

static int digest_plan(const struct image_plan *plan, struct digest *digest)
{
    digest_add_text(digest, "hiperiso image 3");
    digest_add_number(digest, plan->partitions.disk_bytes);
    digest_add_number(digest, plan->geometry.cluster_bytes);
    digest_add_number(digest, (uint64_t)plan->epoch);
    for (size_t i = 0; i < plan->folder_count; i++)
        digest_add_text(digest, plan->folders[i].path);
    for (size_t i = 0; i < plan->file_count; i++) {
        digest_add_text(digest, plan->files[i].path);
        digest_add_number(digest, plan->files[i].size_bytes);
        digest_add_number(digest, (uint64_t)plan->files[i].modified);
        if (digest_sample(&plan->files[i], digest) < 0)
            return -1;
    }
    return payload_digest(&plan->payload, digest);
}

/* What the image's identifiers depend on; known before anything is copied. */
static int make_seed(const struct image_plan *plan, uint8_t ret_seed[DIGEST_BYTES])
{
    struct digest *digest = digest_new();

    if (digest == NULL)
        return fail("out of memory");
    int result = digest_plan(plan, digest);
    if (result == 0 && digest_finish(digest, ret_seed) != STATUS_OK)
        result = fail("out of memory");
    digest_free(digest);
    return result;
}

static int write_image(struct image_plan *plan, const uint8_t seed[DIGEST_BYTES],
                       struct target *target)
{
    uint32_t data_serial, esp_serial;
    struct blockdev_window window;
    enum status status = blockdev_window_init(&window, &target->device, plan->partitions.data_off,
                                              plan->partitions.data_bytes);

    if (status != STATUS_OK)
        return fail("%s: %s", target->path, status_text(status));
    for (size_t i = 0; i < plan->file_count; i++)
        if (image_write_file(&plan->files[i], target, plan->partitions.data_off, NULL) < 0)
            return -1;
    if (digest_derive(seed, "data serial", sizeof(data_serial), &data_serial) != STATUS_OK ||
        digest_derive(seed, "ESP serial", sizeof(esp_serial), &esp_serial) != STATUS_OK)
        return fail("out of memory");
    status = exfat_tree_write(plan->tree, &plan->geometry, &window.device, LAYOUT_DATA_LABEL,
                              data_serial, target->is_blank);
    if (status != STATUS_OK)
        return fail("%s: the data partition cannot be written: %s", target->path,
                    status_text(status));
    const struct payload_volume esp = {
        .target = target,
        .off = plan->partitions.esp_off,
        .disk_off = plan->partitions.esp_off,
        .size_bytes = plan->partitions.esp_bytes,
        .sector_bytes = target->device.block_bytes,
        .serial = esp_serial,
        .epoch = plan->epoch,
    };
    return payload_write_esp(&plan->payload, &esp);
}

/* The image has no name until it is whole: the order of writing is free, and sgdisk works
 * meanwhile. Of a file that was blank a table that is there is all that sgdisk writes: for its
 * second of sleep nobody waits. */
static int write_beside_sgdisk(struct image_plan *plan, struct target *target)
{
    uint8_t seed[DIGEST_BYTES];
    struct partition_table table;
    struct process sgdisk;

    if (make_seed(plan, seed) < 0)
        return -1;
    if (partition_table_make(&plan->partitions, seed, &table) != STATUS_OK)
        return fail("out of memory");
    if (partition_table_start(target, &table, plan->epoch, &sgdisk) < 0)
        return -1;
    progress_start("copying", image_plan_content_bytes(plan));
    int result = write_image(plan, seed, target);
    progress_end();
    if (result == 0)
        result = partition_table_await(target, &table, &sgdisk);
    if (result == 0 && process_has_ended(&sgdisk))
        result = partition_table_finish(target, &sgdisk);
    process_abandon(&sgdisk);
    return result == 0 ? partition_table_verify(target, &table) : -1;
}

static int make_image(struct image_plan *plan, const char *out, bool force)
{
    auto_target target = TARGET_CLOSED;

    if (target_create(&target, out, plan->partitions.disk_bytes, force) < 0 ||
        write_beside_sgdisk(plan, &target) < 0 || image_verify(plan, &target) < 0 ||
        is_interrupted())
        return -1;
    return target_commit(&target);
}

static void print_summary(const struct image_plan *plan, const char *out)
{
    char size[SIZE_TEXT_BYTES], content[SIZE_TEXT_BYTES], left[SIZE_TEXT_BYTES];
    uint64_t bytes = 0;
    size_t count = 0;

    for (size_t i = 0; i < plan->file_count; i++) {
        if (plan->files[i].source == NULL)
            continue;
        bytes += plan->files[i].size_bytes;
        count++;
    }
    size_text(plan->partitions.disk_bytes, size);
    size_text(bytes, content);
    size_text(image_plan_free_bytes(plan), left);
    print_printable(out, ": ");
    printf("%s, %zu file%s of yours (%s), %s free\n", size, count, count == 1 ? "" : "s", content,
           left);
}

/* An image that holds OUT cannot take its place. */
static int check_sources(const struct image_plan *plan, const char *out)
{
    struct stat about, source;

    if (stat(out, &about) < 0)
        return 0;
    for (size_t i = 0; i < plan->file_count; i++)
        if (plan->files[i].source != NULL && stat(plan->files[i].source, &source) == 0 &&
            source.st_dev == about.st_dev && source.st_ino == about.st_ino)
            return fail("%s: is one of the files that go into it; choose another name", out);
    return 0;
}

static int run_image(const struct options *options)
{
    struct image_plan plan;
    const char *out = options->operands[0];
    const struct option_value *values = options->values;
    const struct image_inputs inputs = {
        .isos = &values[OPT_ISO],
        .placed = &values[OPT_ADD],
        .overrides = &values[OPT_OVERRIDE],
        .config = values[OPT_CONFIG].text,
        .theme = values[OPT_THEME].text,
        .allow_problems = values[OPT_ALLOW_PROBLEMS].is_given,
    };

    interrupt_catch();
    int result = image_plan_init(&plan, options->values[OPT_PAYLOAD].text,
                                 options->values[OPT_ALLOW_INCOMPLETE].is_given);
    if (result == 0)
        result = image_collect(&plan, &inputs);
    if (result == 0)
        result = image_plan_place(&plan, out, options->values[OPT_SIZE].number, SECTOR_BYTES);
    if (result == 0)
        result = image_lookalikes_warn(&plan);
    if (result == 0)
        result = check_sources(&plan, out);
    if (result == 0)
        result = check_free_space(&plan, out);
    if (result == 0)
        result = make_image(&plan, out, options->values[OPT_FORCE].is_given);
    if (result == 0)
        print_summary(&plan, out);
    else if (is_interrupted())
        fail("%s: interrupted; nothing was left behind", out);
    image_plan_clear(&plan);
    return result == 0               ? EXIT_CODE_OK
           : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                     : EXIT_CODE_FAILED;
}

const struct verb verb_image = {
    .name = "image",
    .operands = "OUT.img",
    .summary = "make the disk image of a stick",
    .description = "Makes OUT.img: a partition table, the data partition (exFAT, label HIPERISO)\n"
                   "with your images in its top folder, and the ESP with everything that boots.\n"
                   "Needs no root. The same files, options and SOURCE_DATE_EPOCH give the same\n"
                   "bytes; without SOURCE_DATE_EPOCH the files' own times count, too.\n\n"
                   "The ESP's tree is --payload, else $HIPERISO_PAYLOAD, else the build's, else\n"
                   "what hiperiso-runtime made. An OUT.img that is a symbolic link stays one: the\n"
                   "image goes where it leads.",
    .options = options_of_image,
    .option_count = ARRAY_SIZE(options_of_image),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_image,
};

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
#include "tools/mkhiperiso/embedded.h"
#include "tools/mkhiperiso/image_config.h"
#include "tools/mkhiperiso/image_lookalikes.h"
#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/image_verify.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

enum {
    OPT_SIZE,
    OPT_ISO,
    OPT_ADD,
    OPT_CONFIG,
    OPT_PAYLOAD,
    OPT_FORCE,
    OPT_ALLOW_PROBLEMS,
    OPT_ALLOW_INCOMPLETE,
};

static const struct option_info options_of_image[] = {
    [OPT_SIZE] = {"size", 's', OPTION_SIZE, "SIZE",
                  "8G, 7500M, 8GB; default: what is needed + 512 MiB"},
    [OPT_ISO] = {"iso", 'i', OPTION_LIST, "FILE", "an image for the top folder; may be repeated"},
    [OPT_ADD] = {"add", 'a', OPTION_LIST, "FILE:/PATH",
                 "a file for a place of your choice; may be repeated"},
    [OPT_CONFIG] = {"config", 'c', OPTION_TEXT, "FILE",
                    "becomes /hiperiso/hiperiso.json; default: all defaults"},
    [OPT_PAYLOAD] = {"payload", 'p', OPTION_TEXT, "DIR",
                     "what boots: the ESP's tree; default as said above"},
    [OPT_FORCE] = {"force", 'f', OPTION_FLAG, NULL, "replace an OUT.img that exists"},
    [OPT_ALLOW_PROBLEMS] = {"allow-problems", 0, OPTION_FLAG, NULL,
                            "take a --config with problems as it is"},
    [OPT_ALLOW_INCOMPLETE] = {"allow-incomplete", 0, OPTION_FLAG, NULL,
                              "take a payload with files missing"},
};

static const char *const folders[] = {
    LAYOUT_DATA_OVERRIDES_DIR,
    LAYOUT_DATA_THEMES_DIR,
    LAYOUT_DATA_LOGS_DIR,
    LAYOUT_DATA_STATE_DIR,
};

static int add_image(struct image_plan *plan, const char *file)
{
    const char *slash = strrchr(file, '/');
    auto_free char *path = NULL;

    if (asprintf(&path, "/%s", slash != NULL ? slash + 1 : file) < 0)
        return fail("out of memory");
    return image_plan_add_file(plan, file, path);
}

/* "FILE:/PATH": a colon is in no name on exFAT, so the last ":/" is ours. */
static int add_placed(struct image_plan *plan, const char *argument)
{
    const char *colon = NULL;

    for (const char *c = argument; (c = strstr(c, ":/")) != NULL; c++)
        colon = c;
    if (colon == NULL || colon == argument)
        return misuse("--add: %s is not FILE:/PATH", argument);
    int result = image_plan_check_path(colon + 1);
    if (result < 0)
        return result;
    auto_free char *file = strndup(argument, (size_t)(colon - argument));
    if (file == NULL)
        return fail("out of memory");
    return image_plan_add_file(plan, file, colon + 1);
}

static int collect(struct image_plan *plan, const struct options *options)
{
    const struct option_value *isos = &options->values[OPT_ISO];
    const struct option_value *placed = &options->values[OPT_ADD];
    const char *config = options->values[OPT_CONFIG].text;

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (image_plan_add_folder(plan, folders[i]) < 0)
            return -1;
    for (size_t i = 0; i < isos->list_count; i++)
        if (add_image(plan, isos->list[i]) < 0)
            return -1;
    for (size_t i = 0; i < placed->list_count; i++) {
        int result = add_placed(plan, placed->list[i]);
        if (result < 0)
            return result;
    }
    if (config != NULL && image_config_add(plan, config) < 0)
        return -1;
    for (size_t i = 0; i < embedded_file_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        if (!image_plan_has(plan, file->path) &&
            image_plan_add_bytes(plan, file->bytes, file->len, file->path) < 0)
            return -1;
    }
    if (config == NULL)
        return 0;
    return image_config_check(plan, config, options->values[OPT_ALLOW_PROBLEMS].is_given);
}

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

static int write_file(struct image_file *file, const struct target *target, uint64_t data_off,
                      struct digest *digest)
{
    uint64_t off = data_off + exfat_item_off(file->item);
    struct stat status;
    int result;

    if (file->source == NULL) {
        result = copy_bytes(file->bytes, file->size_bytes, file->path, target, off, digest);
    } else {
        int fd = open(file->source, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) < 0)
            result = fail("%s: %s", file->source, strerror(errno));
        else if ((uint64_t)status.st_size != file->size_bytes)
            result = fail("%s: its size has changed meanwhile; try again", file->source);
        else
            result = copy_file(fd, file->source, file->size_bytes, target, off, digest);
        if (fd >= 0)
            close(fd);
    }
    if (result < 0)
        return -1;
    return digest_finish(digest, file->digest) == STATUS_OK ? 0 : fail("out of memory");
}

/* The digest of everything that makes the image what it is, after the contents have been copied. */
static int make_seed(const struct image_plan *plan, struct digest *digest,
                     uint8_t ret_seed[DIGEST_BYTES])
{
    digest_add_text(digest, "hiperiso image 1");
    digest_add_number(digest, plan->partitions.disk_bytes);
    digest_add_number(digest, plan->geometry.cluster_bytes);
    digest_add_number(digest, (uint64_t)plan->epoch);
    for (size_t i = 0; i < plan->folder_count; i++)
        digest_add_text(digest, plan->folders[i].path);
    for (size_t i = 0; i < plan->file_count; i++) {
        digest_add_text(digest, plan->files[i].path);
        digest_add_number(digest, (uint64_t)plan->files[i].modified);
        digest_add(digest, plan->files[i].digest, DIGEST_BYTES);
    }
    if (payload_digest(&plan->payload, digest) < 0)
        return -1;
    return digest_finish(digest, ret_seed) == STATUS_OK ? 0 : fail("out of memory");
}

static int write_image(struct image_plan *plan, struct target *target, struct digest *digest)
{
    uint8_t seed[DIGEST_BYTES];
    uint32_t data_serial, esp_serial;
    struct blockdev_window window;
    enum status status = blockdev_window_init(&window, &target->device, plan->partitions.data_off,
                                              plan->partitions.data_bytes);

    if (status != STATUS_OK)
        return fail("%s: %s", target->path, status_text(status));
    for (size_t i = 0; i < plan->file_count; i++)
        if (write_file(&plan->files[i], target, plan->partitions.data_off, digest) < 0)
            return -1;
    if (make_seed(plan, digest, seed) < 0)
        return -1;
    if (digest_derive(seed, "data serial", sizeof(data_serial), &data_serial) != STATUS_OK ||
        digest_derive(seed, "ESP serial", sizeof(esp_serial), &esp_serial) != STATUS_OK)
        return fail("out of memory");
    status = exfat_tree_write(plan->tree, &plan->geometry, &window.device, LAYOUT_DATA_LABEL,
                              data_serial, target->is_blank);
    if (status != STATUS_OK)
        return fail("%s: the data partition cannot be written: %s", target->path,
                    status_text(status));
    if (payload_write_esp(&plan->payload, target, plan->partitions.esp_off, esp_serial,
                          plan->epoch) < 0)
        return -1;
    return partition_write(target, &plan->partitions, seed, plan->epoch);
}

static int make_image(struct image_plan *plan, const char *out, bool force)
{
    struct digest *digest = digest_new();
    auto_target target = TARGET_CLOSED;

    if (digest == NULL)
        return fail("out of memory");
    int result = target_create(&target, out, plan->partitions.disk_bytes, force);
    if (result == 0) {
        progress_start("copying", image_plan_content_bytes(plan));
        result = write_image(plan, &target, digest);
        progress_end();
    }
    digest_free(digest);
    if (result == 0)
        result = image_verify(plan, &target);
    if (result == 0 && is_interrupted())
        result = -1;
    return result == 0 ? target_commit(&target) : -1;
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

static int run_image(const struct options *options)
{
    struct image_plan plan;
    const char *out = options->operands[0];

    interrupt_catch();
    int result = image_plan_init(&plan, options->values[OPT_PAYLOAD].text,
                                 options->values[OPT_ALLOW_INCOMPLETE].is_given);
    if (result == 0)
        result = collect(&plan, options);
    if (result == 0)
        result = image_plan_place(&plan, out, options->values[OPT_SIZE].number);
    if (result == 0)
        result = image_lookalikes_warn(&plan);
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

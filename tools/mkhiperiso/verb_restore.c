/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso restore: makes an ordinary empty stick of a disk again. */
#include "tools/mkhiperiso/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/exfat_tree.h"
#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/guard_options.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/partition.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

#define MIB            ((uint64_t)1 << 20)
#define SMALLEST_BYTES (16 * MIB)
#define MBR_BYTES      512
#define MBR_TYPE_EXFAT 0x07 /* as for NTFS */
#define MBR_ENTRY      446

enum { OPT_LABEL, OPT_DRY_RUN, OPT_YES, OPT_SERIAL, OPT_ALLOW_FIXED, OPT_MODEL };

static const struct option_info options_of_restore[] = {
    [OPT_LABEL] = {"label", 'l', OPTION_TEXT, "TEXT",
                   "its name, at most 11 characters; default: USB"},
    [OPT_DRY_RUN] = GUARD_OPTION_DRY_RUN,
    [OPT_YES] = GUARD_OPTION_YES,
    [OPT_SERIAL] = GUARD_OPTION_SERIAL,
    [OPT_ALLOW_FIXED] = GUARD_OPTION_ALLOW_FIXED,
    [OPT_MODEL] = GUARD_OPTION_MODEL,
};

static int write_failed(const struct target *target, enum status status)
{
    return fail("%s: cannot be written to: %s", target->path, status_text(status));
}

/* An MBR with one partition, as sticks are sold; every device reads it. */
static int write_mbr(const struct target *target, uint64_t off, uint64_t bytes)
{
    uint8_t mbr[MBR_BYTES] = {0}, found[MBR_BYTES];
    uint8_t *entry = mbr + MBR_ENTRY;
    uint32_t sector = target->device.block_bytes;
    uint32_t signature;

    if (getrandom(&signature, sizeof(signature), 0) != sizeof(signature))
        return fail("no random numbers are to be had");
    put_le32(mbr + 440, signature);
    memset(entry + 1, 0xFE, 3); /* beyond what cylinders can say */
    entry[4] = MBR_TYPE_EXFAT;
    memset(entry + 5, 0xFE, 3);
    put_le32(entry + 8, (uint32_t)(off / sector));
    put_le32(entry + 12, (uint32_t)(bytes / sector));
    put_le16(mbr + 510, 0xAA55);
    enum status status = blockdev_write(&target->device, 0, sizeof(mbr), mbr);
    if (status != STATUS_OK)
        return write_failed(target, status);
    if (target_sync(target) < 0)
        return -1;
    if (blockdev_read(&target->device, 0, sizeof(found), found) != STATUS_OK ||
        memcmp(mbr, found, sizeof(mbr)) != 0)
        return fail("%s: its partition table does not read back as it was written; the medium is "
                    "bad",
                    target->path);
    return 0;
}

/* Beyond what an MBR can say. */
static int write_gpt(const struct target *target, uint64_t off, uint64_t bytes)
{
    struct partition_table table = {.count = 1, .rows = {{off, bytes, false, "USB", {0}}}};

    if (getrandom(table.disk_guid, 16, 0) != 16 || getrandom(table.rows[0].guid, 16, 0) != 16)
        return fail("no random numbers are to be had");
    if (partition_table_write(target, &table, (int64_t)time(NULL)) < 0 || target_sync(target) < 0)
        return -1;
    return partition_table_verify(target, &table);
}

static enum status write_volume(const struct target *target, uint64_t off, uint64_t bytes,
                                const char *label)
{
    struct exfat_tree *tree = exfat_tree_new();
    struct exfat_layout layout;
    struct blockdev_window window;
    uint32_t serial;

    if (tree == NULL)
        return STATUS_NO_MEMORY;
    enum status status = exfat_geometry_plan(bytes, target->device.block_bytes, 0, &layout);
    if (status == STATUS_OK)
        status = blockdev_window_init(&window, &target->device, off, bytes);
    if (status == STATUS_OK) {
        layout.partition_off = off;
        status = exfat_tree_place(tree, &layout, NULL);
    }
    if (status == STATUS_OK)
        status = target_zero(target, off, exfat_tree_files_off(tree, &layout));
    if (status == STATUS_OK && getrandom(&serial, sizeof(serial), 0) != sizeof(serial))
        status = STATUS_IO;
    if (status == STATUS_OK)
        status = exfat_tree_write(tree, &layout, &window.device, label, serial, true);
    exfat_tree_free(tree);
    return status;
}

static int read_volume_back(const struct target *target, uint64_t off, uint64_t bytes)
{
    struct blockdev_window window;
    struct exfat_check check = {0};
    struct exfat *fs = NULL;

    enum status status = blockdev_window_init(&window, &target->device, off, bytes);
    if (status == STATUS_OK)
        status = exfat_open(&window.device, &fs);
    if (status == STATUS_OK)
        status = exfat_check_run(fs, &check);
    bool is_good =
        status == STATUS_OK && check.problems == 0 && check.lost_clusters == 0 && check.files == 0;
    exfat_check_clear(&check);
    if (fs != NULL)
        exfat_close(fs);
    return is_good ? 0
                   : fail("%s: the empty partition does not read back as it was written; the "
                          "medium is bad",
                          target->path);
}

/* The old table goes first: half-way through the disk is an empty one. */
static int write_all(const struct target *target, const char *label)
{
    uint64_t end = target->device.size_bytes / MIB * MIB;
    bool is_large = end / target->device.block_bytes > UINT32_MAX;
    uint64_t bytes = end - MIB - (is_large ? MIB : 0);

    enum status status = target_zero(target, 0, MIB);
    if (status == STATUS_OK)
        status = target_zero(target, end - MIB, target->device.size_bytes - (end - MIB));
    if (status != STATUS_OK)
        return write_failed(target, status);
    if (target_sync(target) < 0)
        return -1;
    status = write_volume(target, MIB, bytes, label);
    if (status != STATUS_OK)
        return write_failed(target, status);
    if (target_sync(target) < 0 || read_volume_back(target, MIB, bytes) < 0 ||
        (is_large ? write_gpt : write_mbr)(target, MIB, bytes) < 0)
        return -1;
    return target_reread_partitions(target);
}

static int restore(const struct options *options, const struct disk *disk)
{
    const struct option_value *values = options->values;
    struct guard_options guard = guard_options_from(&values[OPT_YES]);
    const char *label = values[OPT_LABEL].text != NULL ? values[OPT_LABEL].text : "USB";
    auto_target target = TARGET_CLOSED;

    auto_free uint16_t *units = NULL;
    size_t unit_count;
    if (utf16_from_utf8(label, &units, &unit_count) != STATUS_OK ||
        unit_count > EXFAT_LABEL_UNITS_MAX)
        return misuse("restore: --label %s: is longer than 11 characters", label);
    if (disk->size_bytes < SMALLEST_BYTES)
        return fail("%s: is smaller than 16 MiB; nothing can be put on it", disk->path);
    if (guard_open(&target, options->operands[0], disk) < 0)
        return -1;
    guard_print_disk(disk);
    guard_print_losses(disk, &target);
    printf("  will be written: an empty exFAT partition \"%s\"\n", label);
    fflush(stdout);
    if (values[OPT_DRY_RUN].is_given)
        return 0;
    if (guard_confirm(disk, &guard, "erase") < 0 || is_interrupted() || guard_same(disk) < 0)
        return -1;
    int result = write_all(&target, label);
    if (result == 0)
        result = guard_same(disk);
    if (result == 0)
        printf("%s: is an empty stick now\n", disk->path);
    return result;
}

static int run_restore(const struct options *options)
{
    const char *path = options->operands[0];
    struct disk disk;

    interrupt_catch();
    struct guard_options guard = guard_options_from(&options->values[OPT_YES]);
    guard.is_dry = options->values[OPT_DRY_RUN].is_given;
    int result = disk_read(path, &disk);
    if (result == 0)
        result = guard_check(path, &disk, &guard);
    if (result == 0)
        result = restore(options, &disk);
    if (result < 0 && is_interrupted())
        fail("%s: interrupted; the same command goes on", path);
    return result == 0               ? EXIT_CODE_OK
           : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                     : EXIT_CODE_FAILED;
}

const struct verb verb_restore = {
    .name = "restore",
    .operands = "DEV",
    .summary = "make an ordinary empty stick again",
    .description =
        "Makes one empty exFAT partition of the disk DEV. All that is on it is lost; what\n"
        "that is is shown first, and confirmed as with install.",
    .options = options_of_restore,
    .option_count = ARRAY_SIZE(options_of_restore),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_restore,
};

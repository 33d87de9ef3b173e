/* SPDX-License-Identifier: BSD-2-Clause */
/* Lays the stick's partitions out and has sgdisk write them. */
#include "tools/mkhiperiso/partition.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"

#define MIB                 ((uint64_t)1 << 20)
#define MBR_BYTES           512
#define MBR_ENTRY           446 /* behind the boot code */
#define MBR_TYPE_PROTECTIVE 0xEE
#define MBR_SIGNATURE       0xAA55

enum status partition_plan_make(uint64_t disk_bytes, uint64_t esp_bytes,
                                struct partition_plan *ret_plan)
{
    /* The last MiB holds the backup table. */
    uint64_t end = disk_bytes / MIB * MIB;

    if (end < LAYOUT_DATA_START_BYTES + 2 * MIB ||
        esp_bytes > end - LAYOUT_DATA_START_BYTES - 2 * MIB)
        return STATUS_NO_SPACE;
    uint64_t esp_off = end - MIB - esp_bytes;
    *ret_plan = (struct partition_plan){
        .disk_bytes = disk_bytes,
        .data_off = LAYOUT_DATA_START_BYTES,
        .data_bytes = esp_off - LAYOUT_DATA_START_BYTES,
        .esp_off = esp_off,
        .esp_bytes = esp_bytes,
    };
    return STATUS_OK;
}

/* A GUID of version 8 ("custom", RFC 9562), as on disk. */
static enum status derive_guid(const uint8_t seed[DIGEST_BYTES], const char *purpose,
                               uint8_t ret_guid[16])
{
    enum status status = digest_derive(seed, purpose, 16, ret_guid);

    if (status != STATUS_OK)
        return status;
    ret_guid[7] = (uint8_t)((ret_guid[7] & 0x0F) | 0x80); /* the third group is little-endian */
    ret_guid[8] = (uint8_t)((ret_guid[8] & 0x3F) | 0x80);
    return STATUS_OK;
}

enum status partition_table_make(const struct partition_plan *plan,
                                 const uint8_t seed[DIGEST_BYTES],
                                 struct partition_table *ret_table)
{
    struct partition_table table = {
        .count = 2,
        .rows =
            {
                {plan->data_off, plan->data_bytes, false, LAYOUT_DATA_LABEL, {0}},
                {plan->esp_off, plan->esp_bytes, true, LAYOUT_ESP_LABEL, {0}},
            },
    };
    enum status status = derive_guid(seed, "disk GUID", table.disk_guid);

    if (status == STATUS_OK)
        status = derive_guid(seed, "data partition GUID", table.rows[0].guid);
    if (status == STATUS_OK)
        status = derive_guid(seed, "ESP GUID", table.rows[1].guid);
    if (status == STATUS_OK)
        *ret_table = table;
    return status;
}

/* The texts of sgdisk's options; its argument vector points into them. */
struct sgdisk_texts {
    char disk_guid[64], path[64];
    struct {
        char new[96], type[48], name[96], guid[80];
    } rows[PARTITION_ROWS_MAX];
};

static void fill_row(const struct partition_row *row, size_t number, uint32_t sector,
                     struct sgdisk_texts *texts, const char **argv, size_t *count)
{
    char guid[GPT_GUID_CHARS + 1];

    gpt_guid_text(row->guid, guid);
    snprintf(texts->rows[number - 1].new, sizeof(texts->rows->new),
             "--new=%zu:%" PRIu64 ":%" PRIu64, number, row->off / sector,
             (row->off + row->bytes) / sector - 1);
    snprintf(texts->rows[number - 1].type, sizeof(texts->rows->type), "--typecode=%zu:%s", number,
             row->is_esp ? "EF00" : "0700");
    snprintf(texts->rows[number - 1].name, sizeof(texts->rows->name), "--change-name=%zu:%s",
             number, row->name);
    snprintf(texts->rows[number - 1].guid, sizeof(texts->rows->guid), "--partition-guid=%zu:%s",
             number, guid);
    argv[(*count)++] = texts->rows[number - 1].new;
    argv[(*count)++] = texts->rows[number - 1].type;
    argv[(*count)++] = texts->rows[number - 1].name;
    argv[(*count)++] = texts->rows[number - 1].guid;
}

/* sgdisk keeps what stands before the MBR's partitions: another system's loader, or the volume of a
 * disk that had no partitions. */
static enum status clear_boot_code(const struct blockdev *device)
{
    auto_free uint8_t *block = malloc(device->block_bytes);
    bool is_clear = true;

    if (block == NULL)
        return STATUS_NO_MEMORY;
    enum status status = blockdev_read(device, 0, device->block_bytes, block);
    for (size_t i = 0; i < MBR_ENTRY; i++)
        is_clear &= status != STATUS_OK || block[i] == 0;
    if (status != STATUS_OK || is_clear)
        return status;
    memset(block, 0, MBR_ENTRY);
    return blockdev_write(device, 0, device->block_bytes, block);
}

int partition_clear_boot_code(const struct target *target)
{
    enum status status = clear_boot_code(&target->device);

    return status == STATUS_OK
               ? 0
               : fail("%s: cannot be written to: %s", target->path, status_text(status));
}

int partition_table_start(const struct target *target, const struct partition_table *table,
                          int64_t epoch, struct process *ret_sgdisk)
{
    struct sgdisk_texts texts;
    char guid[GPT_GUID_CHARS + 1];
    const char *argv[8 + 4 * PARTITION_ROWS_MAX] = {
        "sgdisk",
        "--mbrtogpt", /* it leaves a disk with an MBR alone otherwise */
        "--clear",    /* a damaged table, too */
        "--set-alignment=1",
        texts.disk_guid,
    };
    size_t count = 5;

    gpt_guid_text(table->disk_guid, guid);
    snprintf(texts.disk_guid, sizeof(texts.disk_guid), "--disk-guid=%s", guid);
    snprintf(texts.path, sizeof(texts.path), "/proc/%d/fd/%d", (int)getpid(), target->fd);
    for (size_t i = 0; i < table->count; i++)
        fill_row(&table->rows[i], i + 1, target->device.block_bytes, &texts, argv, &count);
    argv[count++] = texts.path;
    argv[count] = NULL;
    return process_start(argv, epoch, ret_sgdisk);
}

int partition_table_finish(const struct target *target, struct process *sgdisk)
{
    return process_finish(sgdisk) < 0 ? -1 : partition_clear_boot_code(target);
}

int partition_table_write(const struct target *target, const struct partition_table *table,
                          int64_t epoch)
{
    struct process sgdisk;

    return partition_table_start(target, table, epoch, &sgdisk) == 0
               ? partition_table_finish(target, &sgdisk)
               : -1;
}

static const struct gpt_partition *find_number(const struct gpt *gpt, uint32_t number)
{
    for (uint32_t i = 0; i < gpt->count; i++)
        if (gpt->partitions[i].number == number)
            return &gpt->partitions[i];
    return NULL;
}

static bool is_equal(const struct gpt *gpt, const struct partition_table *table)
{
    bool is_right = gpt->count == table->count && !gpt->from_backup &&
                    memcmp(gpt->disk_guid, table->disk_guid, 16) == 0;

    for (size_t i = 0; is_right && i < table->count; i++) {
        const struct partition_row *row = &table->rows[i];
        const struct gpt_partition *found = find_number(gpt, (uint32_t)i + 1);
        const uint8_t *type = row->is_esp ? gpt_type_esp : gpt_type_basic_data;
        is_right = found != NULL && found->start_bytes == row->off &&
                   found->size_bytes == row->bytes && memcmp(found->type, type, 16) == 0 &&
                   memcmp(found->unique, row->guid, 16) == 0;
    }
    return is_right;
}

/* UEFI 5.2.3: the one partition of a protective MBR. */
static bool has_protective_mbr(const struct blockdev *device)
{
    uint8_t mbr[MBR_BYTES];

    return blockdev_read(device, 0, sizeof(mbr), mbr) == STATUS_OK &&
           mbr[MBR_ENTRY + 4] == MBR_TYPE_PROTECTIVE && get_le16(mbr + 510) == MBR_SIGNATURE;
}

static bool is_table_there(const struct target *target, const struct partition_table *table)
{
    struct gpt gpt;

    if (gpt_read(&target->device, &gpt) != STATUS_OK)
        return false;
    bool is_there = is_equal(&gpt, table) && has_protective_mbr(&target->device) &&
                    partition_check_backup(&target->device, &gpt) == STATUS_OK;
    gpt_clear(&gpt);
    return is_there;
}

int partition_table_await(const struct target *target, const struct partition_table *table,
                          const struct process *sgdisk)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

    /* Of one that ended without it, finish and verify tell the reason. */
    while (!process_has_ended(sgdisk) && !is_table_there(target, table)) {
        if (is_interrupted())
            return -1;
        nanosleep(&pause, NULL);
    }
    return partition_clear_boot_code(target);
}

int partition_table_verify(const struct target *target, const struct partition_table *table)
{
    struct gpt gpt;
    enum status status = gpt_read(&target->device, &gpt);

    if (status != STATUS_OK)
        return fail("%s: its partition table cannot be read back: %s", target->path,
                    status_text(status));
    bool is_right = is_equal(&gpt, table);
    status = partition_check_backup(&target->device, &gpt);
    gpt_clear(&gpt);
    if (is_right && status != STATUS_OK)
        return fail("%s: the copy of its partition table does not read back: %s", target->path,
                    status_text(status));
    return is_right ? 0
                    : fail("%s: sgdisk wrote another partition table than it was asked for",
                           target->path);
}

/* A device without its first table. */
static enum status read_masked(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct blockdev *device = context;
    uint32_t sector = device->block_bytes;

    enum status status = blockdev_read(device, off, len, ret_bytes);
    if (status == STATUS_OK && off < 2 * sector && off + len > sector)
        memset(ret_bytes, 0, len);
    return status;
}

enum status partition_check_backup(const struct blockdev *device, const struct gpt *gpt)
{
    struct blockdev masked = *device;
    struct gpt backup;

    masked.read = read_masked;
    masked.context = (void *)device;
    enum status status = gpt_read(&masked, &backup);
    if (status != STATUS_OK)
        return status;
    bool is_same = backup.count == gpt->count &&
                   memcmp(backup.disk_guid, gpt->disk_guid, sizeof(gpt->disk_guid)) == 0;
    for (uint32_t i = 0; is_same && i < gpt->count; i++)
        is_same = backup.partitions[i].start_bytes == gpt->partitions[i].start_bytes &&
                  backup.partitions[i].size_bytes == gpt->partitions[i].size_bytes &&
                  memcmp(backup.partitions[i].unique, gpt->partitions[i].unique, 16) == 0;
    gpt_clear(&backup);
    return is_same ? STATUS_OK : STATUS_EXISTS;
}

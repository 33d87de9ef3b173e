/* SPDX-License-Identifier: BSD-2-Clause */
/* Lays the stick's partitions out, writes the table and reads it back. */
#include "tools/mkhiperiso/partition.h"

#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/report.h"

#define MIB ((uint64_t)1 << 20)

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
                                 const uint8_t seed[DIGEST_BYTES], struct gpt_table *ret_table)
{
    struct gpt_table table = {
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

static enum status wait_for_medium(void *context)
{
    const struct target *target = context;
    return fsync(target->fd) == 0 ? STATUS_OK : STATUS_IO;
}

int partition_table_write(const struct target *target, const struct gpt_table *table)
{
    /* A new image has no name until it is whole: nothing has to be waited for. */
    enum status status = gpt_write(
        &target->device, table, target->temp_path == NULL ? wait_for_medium : NULL, (void *)target);

    return status == STATUS_OK ? 0
                               : fail("%s: its partition table cannot be written: %s", target->path,
                                      status_text(status));
}

static const struct gpt_partition *find_number(const struct gpt *gpt, uint32_t number)
{
    for (uint32_t i = 0; i < gpt->count; i++)
        if (gpt->partitions[i].number == number)
            return &gpt->partitions[i];
    return NULL;
}

int partition_table_verify(const struct target *target, const struct gpt_table *table)
{
    struct gpt gpt;
    enum status status = gpt_read(&target->device, &gpt);

    if (status != STATUS_OK)
        return fail("%s: its partition table cannot be read back: %s", target->path,
                    status_text(status));
    bool is_right = gpt.count == table->count && !gpt.from_backup &&
                    memcmp(gpt.disk_guid, table->disk_guid, 16) == 0;
    for (size_t i = 0; is_right && i < table->count; i++) {
        const struct gpt_row *row = &table->rows[i];
        const struct gpt_partition *found = find_number(&gpt, (uint32_t)i + 1);
        const uint8_t *type = row->is_esp ? gpt_type_esp : gpt_type_basic_data;
        is_right = found != NULL && found->start_bytes == row->off &&
                   found->size_bytes == row->bytes && memcmp(found->type, type, 16) == 0 &&
                   memcmp(found->unique, row->guid, 16) == 0;
    }
    gpt_clear(&gpt);
    return is_right
               ? 0
               : fail("%s: its partition table does not read back as it was written", target->path);
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

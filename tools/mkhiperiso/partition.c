/* SPDX-License-Identifier: BSD-2-Clause */
/* Lays the stick's partitions out and has sgdisk write them. */
#include "tools/mkhiperiso/partition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/process.h"
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

/* A GUID of version 8 ("custom", RFC 9562) as text. */
static enum status derive_guid(const uint8_t seed[DIGEST_BYTES], const char *purpose,
                               char ret_text[GPT_GUID_CHARS + 1])
{
    uint8_t guid[16];
    enum status status = digest_derive(seed, purpose, sizeof(guid), guid);

    if (status != STATUS_OK)
        return status;
    guid[7] = (uint8_t)((guid[7] & 0x0F) | 0x80); /* on disk the third group is little-endian */
    guid[8] = (uint8_t)((guid[8] & 0x3F) | 0x80);
    gpt_guid_text(guid, ret_text);
    return STATUS_OK;
}

int partition_write(const struct target *target, const struct partition_plan *plan,
                    const uint8_t seed[DIGEST_BYTES], int64_t epoch)
{
    uint32_t sector = target->device.block_bytes;
    char disk[64], data[GPT_GUID_CHARS + 1], esp[GPT_GUID_CHARS + 1], whole[GPT_GUID_CHARS + 1];
    char args[4][96], path[64];

    if (derive_guid(seed, "disk GUID", whole) != STATUS_OK ||
        derive_guid(seed, "data partition GUID", data) != STATUS_OK ||
        derive_guid(seed, "ESP GUID", esp) != STATUS_OK)
        return fail("out of memory");
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), target->fd);
    snprintf(disk, sizeof(disk), "--disk-guid=%s", whole);
    snprintf(args[0], sizeof(args[0]), "--new=1:%" PRIu64 ":%" PRIu64, plan->data_off / sector,
             (plan->data_off + plan->data_bytes) / sector - 1);
    snprintf(args[1], sizeof(args[1]), "--partition-guid=1:%s", data);
    snprintf(args[2], sizeof(args[2]), "--new=2:%" PRIu64 ":%" PRIu64, plan->esp_off / sector,
             (plan->esp_off + plan->esp_bytes) / sector - 1);
    snprintf(args[3], sizeof(args[3]), "--partition-guid=2:%s", esp);
    const char *const sgdisk[] = {
        "sgdisk",
        "--clear",
        disk,
        args[0],
        "--typecode=1:0700",
        "--change-name=1:" LAYOUT_DATA_LABEL,
        args[1],
        args[2],
        "--typecode=2:EF00",
        "--change-name=2:" LAYOUT_ESP_LABEL,
        args[3],
        path,
        NULL,
    };
    return process_run(sgdisk, epoch);
}

int partition_verify(const struct target *target, const struct partition_plan *plan)
{
    const struct {
        const uint8_t *type;
        uint64_t off, bytes;
    } expected[] = {
        {gpt_type_basic_data, plan->data_off, plan->data_bytes},
        {gpt_type_esp, plan->esp_off, plan->esp_bytes},
    };
    struct gpt gpt;
    enum status status = gpt_read(&target->device, &gpt);

    if (status != STATUS_OK)
        return fail("%s: its partition table cannot be read back: %s", target->path,
                    status_text(status));
    bool is_right = gpt.count == ARRAY_SIZE(expected) && !gpt.from_backup;
    for (size_t i = 0; is_right && i < ARRAY_SIZE(expected); i++)
        is_right = gpt.partitions[i].start_bytes == expected[i].off &&
                   gpt.partitions[i].size_bytes == expected[i].bytes &&
                   memcmp(gpt.partitions[i].type, expected[i].type, 16) == 0;
    gpt_clear(&gpt);
    return is_right ? 0
                    : fail("%s: sgdisk wrote another partition table than it was asked for",
                           target->path);
}

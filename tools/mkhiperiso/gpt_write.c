/* SPDX-License-Identifier: BSD-2-Clause */
/* Table, copy and protective MBR as bytes, in an order that survives a cut. */
#include "tools/mkhiperiso/gpt_write.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/fs/gpt.h"

#define ENTRY_COUNT       128u
#define ENTRY_BYTES       128u
#define TABLE_BYTES       (ENTRY_COUNT * ENTRY_BYTES)
#define HEADER_BYTES      92u
#define MBR_PARTITION_OFF 446
#define MBR_TYPE_GPT      0xEE
#define MBR_BYTES         512u

/* Where the parts lie, in sectors. */
struct places {
    uint64_t last, table_sectors, first_usable, last_usable;
};

static enum status fill_entries(const struct gpt_table *table, const struct places *places,
                                uint32_t sector, uint8_t *entries)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct gpt_row *row = &table->rows[i];
        uint8_t *entry = entries + i * ENTRY_BYTES;
        auto_free uint16_t *units = NULL;
        size_t len;
        if (row->off % sector != 0 || row->bytes % sector != 0 || row->bytes == 0 ||
            row->off / sector < places->first_usable || row->off / sector > places->last_usable ||
            row->bytes / sector > places->last_usable - row->off / sector + 1)
            return STATUS_INVALID;
        enum status status = utf16_from_utf8(row->name, &units, &len);
        if (status != STATUS_OK)
            return status;
        if (len > GPT_NAME_CHARS)
            return STATUS_INVALID;
        memcpy(entry, row->is_esp ? gpt_type_esp : gpt_type_basic_data, 16);
        memcpy(entry + 16, row->guid, 16);
        put_le64(entry + 32, row->off / sector);
        put_le64(entry + 40, (row->off + row->bytes) / sector - 1);
        for (size_t n = 0; n < len; n++)
            put_le16(entry + 56 + 2 * n, units[n]);
    }
    return STATUS_OK;
}

/* UEFI 2.10, table 5.5. */
static void fill_header(uint8_t *header, const struct gpt_table *table, const struct places *places,
                        bool is_backup, uint32_t entries_crc)
{
    memcpy(header, "EFI PART", 8);
    put_le32(header + 8, 0x00010000);
    put_le32(header + 12, HEADER_BYTES);
    put_le32(header + 16, 0);
    put_le64(header + 24, is_backup ? places->last : 1);
    put_le64(header + 32, is_backup ? 1 : places->last);
    put_le64(header + 40, places->first_usable);
    put_le64(header + 48, places->last_usable);
    memcpy(header + 56, table->disk_guid, 16);
    put_le64(header + 72, is_backup ? places->last - places->table_sectors : 2);
    put_le32(header + 80, ENTRY_COUNT);
    put_le32(header + 84, ENTRY_BYTES);
    put_le32(header + 88, entries_crc);
    put_le32(header + 16, gpt_crc32(0, header, HEADER_BYTES));
}

/* UEFI 2.10, table 5.4. */
static void fill_mbr(uint8_t *mbr, const struct places *places)
{
    uint8_t *partition = mbr + MBR_PARTITION_OFF;

    partition[2] = 0x02; /* CHS 0/0/2 */
    partition[4] = MBR_TYPE_GPT;
    memset(partition + 5, 0xFF, 3);
    put_le32(partition + 8, 1);
    put_le32(partition + 12, places->last > UINT32_MAX ? UINT32_MAX : (uint32_t)places->last);
    put_le16(mbr + MBR_BYTES - 2, 0xAA55);
}

enum status gpt_write(const struct blockdev *device, const struct gpt_table *table,
                      enum status (*sync)(void *context), void *sync_context)
{
    uint32_t sector = device->block_bytes;
    struct places places = {
        .last = device->size_bytes / sector - 1,
        .table_sectors = TABLE_BYTES / sector,
    };
    auto_free uint8_t *entries = calloc(1, TABLE_BYTES), *block = malloc(sector);

    if (entries == NULL || block == NULL)
        return STATUS_NO_MEMORY;
    places.first_usable = 2 + places.table_sectors;
    if (places.last < 2 * places.first_usable)
        return STATUS_NO_SPACE;
    places.last_usable = places.last - places.table_sectors - 1;
    enum status status = fill_entries(table, &places, sector, entries);
    if (status != STATUS_OK)
        return status;
    uint32_t crc = gpt_crc32(0, entries, TABLE_BYTES);
    for (int step = 0; step < 3 && status == STATUS_OK; step++) {
        bool is_backup = step == 0, is_mbr = step == 2;
        uint64_t table_at = is_backup ? places.last - places.table_sectors : 2;
        uint64_t block_at = is_backup ? places.last : is_mbr ? 0 : 1;
        memset(block, 0, sector);
        if (is_mbr)
            fill_mbr(block, &places);
        else
            fill_header(block, table, &places, is_backup, crc);
        if (!is_mbr)
            status = blockdev_write(device, table_at * sector, TABLE_BYTES, entries);
        if (status == STATUS_OK)
            status = blockdev_write(device, block_at * sector, sector, block);
        if (status == STATUS_OK && sync != NULL)
            status = sync(sync_context);
    }
    return status;
}

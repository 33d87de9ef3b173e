/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads GUID partition tables. UEFI 2.10, 5.3. */
#include "efi/core/fs/gpt.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "efi/core/fs/name.h"

#define HEADER_BYTES_MIN 92
#define BLOCK_BYTES_MIN  512
#define BLOCK_BYTES_MAX  4096
#define ENTRY_BYTES_MIN  128
#define ENTRY_BYTES_MAX  4096
#define PRIMARY_LBA      1

const uint8_t gpt_type_esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                                  0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
const uint8_t gpt_type_basic_data[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                         0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};

/* What of a header is used, after its checks. */
struct header {
    uint64_t alternate_lba, entries_lba;
    uint32_t entry_count, entry_bytes, entries_crc;
    uint8_t disk_guid[16];
};

uint32_t gpt_crc32(uint32_t crc, const void *bytes, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *b = bytes;

    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc = table[(crc ^ b[i]) & 0x0f] ^ crc >> 4;
        crc = table[(crc ^ (uint32_t)(b[i] >> 4)) & 0x0f] ^ crc >> 4;
    }
    return ~crc;
}

static bool is_crc_enforced(void)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    return false;
#else
    return true;
#endif
}

/* Checks the header in BLOCK, read from LBA. STATUS_NOT_FOUND without a signature.
 * UEFI 2.10, 5.3.2. */
static enum status parse_header(uint8_t *block, uint32_t block_bytes, uint64_t lba,
                                struct header *ret_header)
{
    if (memcmp(block, "EFI PART", 8) != 0)
        return STATUS_NOT_FOUND;

    uint32_t header_bytes = get_le32(block + 12), crc = get_le32(block + 16);
    if (header_bytes < HEADER_BYTES_MIN || header_bytes > block_bytes)
        return STATUS_CORRUPT;
    put_le32(block + 16, 0);
    if (gpt_crc32(0, block, header_bytes) != crc && is_crc_enforced())
        return STATUS_CORRUPT;
    if (get_le64(block + 24) != lba)
        return STATUS_CORRUPT;

    struct header header = {
        .alternate_lba = get_le64(block + 32),
        .entries_lba = get_le64(block + 72),
        .entry_count = get_le32(block + 80),
        .entry_bytes = get_le32(block + 84),
        .entries_crc = get_le32(block + 88),
    };
    memcpy(header.disk_guid, block + 56, 16);
    if (header.entry_count == 0 || header.entry_count > GPT_ENTRIES_MAX)
        return STATUS_CORRUPT;
    if (header.entry_bytes < ENTRY_BYTES_MIN || header.entry_bytes > ENTRY_BYTES_MAX ||
        (header.entry_bytes & (header.entry_bytes - 1)) != 0)
        return STATUS_CORRUPT;
    *ret_header = header;
    return STATUS_OK;
}

/* Fills RET_PARTITION from a used entry; false for an unused or impossible one. UEFI 2.10, 5.3.3.
 */
static bool parse_entry(const uint8_t *entry, uint32_t number, uint32_t block_bytes,
                        struct gpt_partition *ret_partition)
{
    static const uint8_t unused[16];
    uint64_t first = get_le64(entry + 32), last = get_le64(entry + 40);
    uint16_t units[GPT_NAME_CHARS];
    size_t len = 0;

    if (memcmp(entry, unused, sizeof(unused)) == 0)
        return false;
    if (first == 0 || last < first || last >= INT64_MAX / block_bytes)
        return false;
    *ret_partition = (struct gpt_partition){
        .number = number,
        .start_bytes = first * block_bytes,
        .size_bytes = (last - first + 1) * block_bytes,
        .attributes = get_le64(entry + 48),
    };
    memcpy(ret_partition->type, entry, 16);
    memcpy(ret_partition->unique, entry + 16, 16);
    while (len < GPT_NAME_CHARS && get_le16(entry + 56 + 2 * len) != 0) {
        units[len] = get_le16(entry + 56 + 2 * len);
        len++;
    }
    name_utf8_from_utf16(units, len, ret_partition->name);
    return true;
}

/* Reads the table whose header lies at LBA. *RET_ALTERNATE_LBA is set once the header itself is
 * found good. */
static enum status read_table(const struct blockdev *device, uint64_t lba, struct gpt *ret_gpt,
                              uint64_t *ret_alternate_lba)
{
    uint32_t block_bytes = device->block_bytes;
    struct header header;

    auto_free uint8_t *block = malloc(block_bytes);
    if (block == NULL)
        return STATUS_NO_MEMORY;
    if (lba > device->size_bytes / block_bytes)
        return STATUS_CORRUPT;
    enum status status = blockdev_read(device, lba * block_bytes, block_bytes, block);
    if (status == STATUS_OK)
        status = parse_header(block, block_bytes, lba, &header);
    if (status != STATUS_OK)
        return status;
    *ret_alternate_lba = header.alternate_lba;

    size_t table_bytes = (size_t)header.entry_count * header.entry_bytes;
    auto_free uint8_t *table = malloc(table_bytes);
    auto_free struct gpt_partition *partitions = calloc(header.entry_count, sizeof(*partitions));
    if (table == NULL || partitions == NULL)
        return STATUS_NO_MEMORY;
    if (header.entries_lba > device->size_bytes / block_bytes)
        return STATUS_CORRUPT;
    status = blockdev_read(device, header.entries_lba * block_bytes, table_bytes, table);
    if (status != STATUS_OK)
        return status;
    if (gpt_crc32(0, table, table_bytes) != header.entries_crc && is_crc_enforced())
        return STATUS_CORRUPT;

    uint32_t count = 0;
    for (uint32_t i = 0; i < header.entry_count; i++) {
        if (parse_entry(table + (size_t)i * header.entry_bytes, i + 1, block_bytes,
                        &partitions[count]))
            count++;
    }
    *ret_gpt = (struct gpt){.count = count, .partitions = take_ptr(partitions)};
    memcpy(ret_gpt->disk_guid, header.disk_guid, 16);
    return STATUS_OK;
}

/* Is it worth trying another copy after STATUS? */
static bool is_damage(enum status status)
{
    return status == STATUS_CORRUPT || status == STATUS_NOT_FOUND || status == STATUS_IO;
}

enum status gpt_read(const struct blockdev *device, struct gpt *ret_gpt)
{
    uint32_t block_bytes = device->block_bytes;
    uint64_t alternate_lba = 0, unused_lba;

    if (block_bytes < BLOCK_BYTES_MIN || block_bytes > BLOCK_BYTES_MAX)
        return STATUS_INVALID;
    if (device->size_bytes / block_bytes < 3)
        return STATUS_NOT_FOUND;

    enum status primary = read_table(device, PRIMARY_LBA, ret_gpt, &alternate_lba);
    if (!is_damage(primary))
        return primary;

    uint64_t last_lba = device->size_bytes / block_bytes - 1;
    enum status backup = read_table(device, last_lba, ret_gpt, &unused_lba);
    if (is_damage(backup) && alternate_lba > PRIMARY_LBA && alternate_lba < last_lba)
        backup = read_table(device, alternate_lba, ret_gpt, &unused_lba);
    if (backup == STATUS_OK) {
        ret_gpt->from_backup = true;
        return STATUS_OK;
    }
    if (!is_damage(backup))
        return backup;
    if (primary == STATUS_IO || backup == STATUS_IO)
        return STATUS_IO;
    return primary == STATUS_NOT_FOUND && backup == STATUS_NOT_FOUND ? STATUS_NOT_FOUND
                                                                     : STATUS_CORRUPT;
}

void gpt_clear(struct gpt *gpt)
{
    free(gpt->partitions);
    *gpt = (struct gpt){0};
}

/* The byte that each pair of hexadecimal digits shows: the first three fields are little-endian. */
static const uint8_t guid_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static bool is_dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void gpt_guid_text(const uint8_t guid[16], char ret_text[GPT_GUID_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 16; i++) {
        if (is_dash_before(i))
            *ret_text++ = '-';
        *ret_text++ = digits[guid[guid_order[i]] >> 4];
        *ret_text++ = digits[guid[guid_order[i]] & 0x0f];
    }
    *ret_text = '\0';
}

enum status gpt_guid_parse(const char *text, uint8_t ret_guid[16])
{
    uint8_t guid[16];

    for (size_t i = 0; i < 16; i++) {
        if (is_dash_before(i) && *text++ != '-')
            return STATUS_INVALID;
        int high = text_hex_value(text[0]);
        int low = high < 0 ? -1 : text_hex_value(text[1]);
        if (low < 0)
            return STATUS_INVALID;
        guid[guid_order[i]] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text != '\0')
        return STATUS_INVALID;
    memcpy(ret_guid, guid, 16);
    return STATUS_OK;
}

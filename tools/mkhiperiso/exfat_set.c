/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry sets: file, stream extension and name entries with their checksum. */
#include "tools/mkhiperiso/exfat_set.h"

#include <string.h>
#include <time.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat_sum.h"

#define ATTR_FOLDER   0x10u
#define ATTR_ARCHIVE  0x20u
#define FLAG_ALLOCATE 0x01u /* AllocationPossible */
#define FLAG_NO_CHAIN 0x02u /* NoFatChain: the clusters follow each other */
#define UTC_VALID     0x80u /* offset 0 from UTC, spec 7.4.10 */

enum entry_type {
    ENTRY_FILE = 0x85,
    ENTRY_STREAM = 0xC0,
    ENTRY_NAME = 0xC1,
};

/* Spec 7.4.8 and 7.4.9: two seconds a step, and ten milliseconds beside it. */
static void put_timestamp(int64_t seconds, uint32_t *ret_stamp, uint8_t *ret_10ms)
{
    static const int64_t first = 315532800; /* 1980-01-01 */
    static const int64_t last = 4354819199; /* 2107-12-31 23:59:59 */
    time_t when = seconds < first ? first : seconds > last ? last : seconds;
    struct tm tm = {0};

    gmtime_r(&when, &tm);
    *ret_stamp = (uint32_t)(tm.tm_year - 80) << 25 | (uint32_t)(tm.tm_mon + 1) << 21 |
                 (uint32_t)tm.tm_mday << 16 | (uint32_t)tm.tm_hour << 11 |
                 (uint32_t)tm.tm_min << 5 | (uint32_t)tm.tm_sec / 2;
    *ret_10ms = tm.tm_sec % 2 != 0 ? 100 : 0;
}

void exfat_set_change(uint8_t *bytes, size_t count, uint32_t first_clu, uint64_t size_bytes,
                      bool is_contiguous)
{
    uint8_t *stream = bytes + EXFAT_SET_ENTRY_BYTES;

    stream[1] = FLAG_ALLOCATE | (is_contiguous && first_clu != 0 ? FLAG_NO_CHAIN : 0);
    put_le64(stream + 8, size_bytes); /* valid data */
    put_le32(stream + 20, first_clu);
    put_le64(stream + 24, size_bytes);
    put_le16(bytes + 2, exfat_sum_set(bytes, count * EXFAT_SET_ENTRY_BYTES));
}

size_t exfat_set_build(const struct exfat_set *set, uint8_t ret_bytes[EXFAT_SET_BYTES_MAX])
{
    size_t entries = exfat_set_entries(set->name_len);
    uint8_t *file = ret_bytes, *stream = ret_bytes + EXFAT_SET_ENTRY_BYTES;
    uint32_t stamp;
    uint8_t tens;

    memset(ret_bytes, 0, entries * EXFAT_SET_ENTRY_BYTES);
    put_timestamp(set->modified, &stamp, &tens);
    file[0] = ENTRY_FILE;
    file[1] = (uint8_t)(entries - 1);
    put_le16(file + 4, set->is_folder ? ATTR_FOLDER : ATTR_ARCHIVE);
    put_le32(file + 8, stamp);  /* created */
    put_le32(file + 12, stamp); /* modified */
    put_le32(file + 16, stamp); /* accessed */
    file[20] = file[21] = tens;
    file[22] = file[23] = file[24] = UTC_VALID;
    stream[0] = ENTRY_STREAM;
    stream[3] = (uint8_t)set->name_len;
    put_le16(stream + 4, set->name_hash);
    for (size_t i = 0; i < set->name_len; i++) {
        uint8_t *name = ret_bytes + EXFAT_SET_ENTRY_BYTES * (2 + i / EXFAT_SET_NAME_UNITS);
        name[0] = ENTRY_NAME;
        put_le16(name + 2 + 2 * (i % EXFAT_SET_NAME_UNITS), set->units[i]);
    }
    exfat_set_change(ret_bytes, entries, set->first_clu, set->size_bytes, set->is_contiguous);
    return entries * EXFAT_SET_ENTRY_BYTES;
}

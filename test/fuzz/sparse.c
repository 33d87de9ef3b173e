/* SPDX-License-Identifier: BSD-2-Clause */
/* A device made of a fuzzer's input. */
#include "test/fuzz/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"

#define MAGIC        "SPRS"
#define HEADER_BYTES 12
#define RECORD_BYTES 6

static int compare_records(const void *a, const void *b)
{
    const struct sparse_record *left = a, *right = b;
    return left->off < right->off ? -1 : left->off > right->off;
}

static enum status sparse_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct sparse *sparse = context;
    size_t low = 0, high = sparse->count;

    if (++sparse->reads > SPARSE_READS_MAX || len > SPARSE_READ_BYTES_MAX - sparse->read_bytes)
        return STATUS_IO;
    sparse->read_bytes += len;
    memset(ret_bytes, 0, len);
    while (low < high) { /* the first record that ends behind OFF */
        size_t middle = low + (high - low) / 2;
        if (sparse->records[middle].off + sparse->records[middle].len <= off)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < sparse->count && sparse->records[low].off < off + len; low++) {
        const struct sparse_record *record = &sparse->records[low];
        uint64_t start = record->off > off ? record->off : off;
        uint64_t end =
            record->off + record->len < off + len ? record->off + record->len : off + len;
        if (start < end)
            memcpy((uint8_t *)ret_bytes + (start - off), record->bytes + (start - record->off),
                   (size_t)(end - start));
    }
    return STATUS_OK;
}

bool sparse_init(struct sparse *sparse, const uint8_t *bytes, size_t len, uint32_t block_bytes)
{
    *sparse = (struct sparse){
        .device = {.read = sparse_read,
                   .context = sparse,
                   .size_bytes = len,
                   .block_bytes = block_bytes},
    };
    sparse->records = calloc(SPARSE_RECORDS_MAX, sizeof(*sparse->records));
    if (sparse->records == NULL)
        return false;
    if (len < HEADER_BYTES || memcmp(bytes, MAGIC, 4) != 0) {
        for (size_t off = 0; off < len && sparse->count < SPARSE_RECORDS_MAX;
             off += SPARSE_BLOCK_BYTES) {
            size_t piece = len - off < SPARSE_BLOCK_BYTES ? len - off : SPARSE_BLOCK_BYTES;
            sparse->records[sparse->count++] =
                (struct sparse_record){.off = off, .bytes = bytes + off, .len = (uint16_t)piece};
        }
        return true;
    }
    sparse->device.size_bytes = get_le64(bytes + 4) & (UINT64_MAX >> 1);
    for (size_t at = HEADER_BYTES;
         len - at >= RECORD_BYTES && sparse->count < SPARSE_RECORDS_MAX;) {
        struct sparse_record *record = &sparse->records[sparse->count];
        size_t piece = get_le16(bytes + at + 4);
        record->off = (uint64_t)get_le32(bytes + at) * SPARSE_BLOCK_BYTES;
        at += RECORD_BYTES;
        if (piece > SPARSE_BLOCK_BYTES)
            piece = SPARSE_BLOCK_BYTES;
        if (piece > len - at)
            piece = len - at;
        record->bytes = bytes + at;
        record->len = (uint16_t)piece;
        at += piece;
        sparse->count++;
    }
    qsort(sparse->records, sparse->count, sizeof(*sparse->records), compare_records);
    return true;
}

void sparse_clear(struct sparse *sparse)
{
    free(sparse->records);
    *sparse = (struct sparse){0};
}

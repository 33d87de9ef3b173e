/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: checks an exFAT volume, then changes it; the volume's bytes are hostile. Nothing may
 * be written beyond it, and a volume that was sound stays so. */
#include <stdlib.h>
#include <string.h>

#include "efi/core/fs/exfat.h"
#include "test/fuzz/sparse.h"
#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/exfat_edit.h"

#define BLOCKS_MAX  256 /* then writes fail, which has to be borne, too */
#define BLOCK_BYTES 512u
#define STAMP       1600000000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What was written, over the input. */
struct overlay {
    struct sparse sparse;
    struct {
        uint64_t off;
        uint8_t bytes[BLOCK_BYTES];
    } * blocks;
    size_t count;
    struct blockdev device;
};

static uint8_t *find_block(struct overlay *overlay, uint64_t off)
{
    for (size_t i = 0; i < overlay->count; i++)
        if (overlay->blocks[i].off == off)
            return overlay->blocks[i].bytes;
    return NULL;
}

static enum status overlay_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct overlay *overlay = context;
    enum status status = blockdev_read(&overlay->sparse.device, off, len, ret_bytes);

    for (size_t i = 0; i < overlay->count && status == STATUS_OK; i++) {
        uint64_t at = overlay->blocks[i].off;
        uint64_t start = at > off ? at : off;
        uint64_t end = at + BLOCK_BYTES < off + len ? at + BLOCK_BYTES : off + len;
        if (start < end)
            memcpy((uint8_t *)ret_bytes + (start - off), overlay->blocks[i].bytes + (start - at),
                   end - start);
    }
    return status;
}

static enum status overlay_write(void *context, uint64_t off, size_t len, const void *bytes)
{
    struct overlay *overlay = context;
    const uint8_t *b = bytes;

    while (len > 0) {
        uint64_t at = off / BLOCK_BYTES * BLOCK_BYTES;
        size_t part =
            BLOCK_BYTES - (size_t)(off - at) < len ? BLOCK_BYTES - (size_t)(off - at) : len;
        uint8_t *block = find_block(overlay, at);
        if (block == NULL) {
            if (overlay->count == BLOCKS_MAX || at + BLOCK_BYTES > overlay->device.size_bytes)
                return STATUS_IO;
            enum status status =
                overlay_read(overlay, at, BLOCK_BYTES, overlay->blocks[overlay->count].bytes);
            if (status != STATUS_OK)
                return status;
            overlay->blocks[overlay->count].off = at;
            block = overlay->blocks[overlay->count++].bytes;
        }
        memcpy(block + (off - at), b, part);
        off += part;
        b += part;
        len -= part;
    }
    return STATUS_OK;
}

static void change(struct exfat_edit *edit)
{
    struct exfat_edit_file file;

    (void)!exfat_edit_make_folder(edit, "/hiperiso/new", STAMP);
    if (exfat_edit_place(edit, "/hiperiso/new/file", 3000, STAMP, true, &file) == STATUS_OK) {
        (void)!exfat_edit_commit(edit, &file);
        exfat_edit_file_clear(edit, &file);
    }
    if (exfat_edit_place(edit, "/a.iso", 1, STAMP, true, &file) == STATUS_OK) {
        (void)!exfat_edit_commit(edit, &file);
        exfat_edit_file_clear(edit, &file);
    }
    (void)!exfat_edit_remove(edit, "/hiperiso/hiperiso.json");
    (void)!exfat_edit_remove(edit, "/a.iso");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct overlay overlay = {.count = 0};
    struct exfat_edit *edit;

    if (!sparse_init(&overlay.sparse, bytes, len, BLOCK_BYTES))
        return 0;
    overlay.blocks = calloc(BLOCKS_MAX, sizeof(*overlay.blocks));
    overlay.device = (struct blockdev){overlay_read, overlay_write, &overlay,
                                       overlay.sparse.device.size_bytes, BLOCK_BYTES};
    if (overlay.blocks != NULL &&
        exfat_edit_open(&overlay.device, NULL, NULL, &edit) == STATUS_OK) {
        change(edit);
        (void)!exfat_edit_close(edit);
    }
    free(overlay.blocks);
    sparse_clear(&overlay.sparse);
    return 0;
}

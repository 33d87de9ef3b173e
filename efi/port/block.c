/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads through EFI_DISK_IO_PROTOCOL, or EFI_BLOCK_IO_PROTOCOL where that is all there is. */
#include "efi/port/block.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_MAX    ((uint32_t)64 << 10)
#define IO_ALIGN_MAX       ((uint32_t)64 << 10)
#define BOUNCE_BYTES       ((size_t)256 << 10)
#define ONE_TRANSFER_BYTES ((size_t)8 << 20) /* some USB controllers' drivers dislike more */

static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
static const EFI_GUID disk_io_guid = EFI_DISK_IO_PROTOCOL_GUID;

static enum status read_disk(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct block *block = context;
    uint8_t *to = ret_bytes;

    while (len > 0) {
        size_t part = len < ONE_TRANSFER_BYTES ? len : ONE_TRANSFER_BYTES;
        EFI_STATUS efi_status = block->disk->ReadDisk(block->disk, block->media_id, off, part, to);
        if (EFI_ERROR(efi_status))
            return port_status(efi_status);
        off += part;
        to += part;
        len -= part;
    }
    return STATUS_OK;
}

static enum status read_blocks(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct block *block = context;
    uint32_t block_bytes = block->device.block_bytes;
    uint8_t *to = ret_bytes;

    while (len > 0) {
        size_t skip = off % block_bytes;
        size_t part = BOUNCE_BYTES - skip < len ? BOUNCE_BYTES - skip : len;
        size_t whole = (skip + part + block_bytes - 1) / block_bytes * block_bytes;
        EFI_STATUS efi_status = block->io->ReadBlocks(block->io, block->media_id, off / block_bytes,
                                                      whole, block->bounce);
        if (EFI_ERROR(efi_status))
            return port_status(efi_status);
        memcpy(to, block->bounce + skip, part);
        off += part;
        to += part;
        len -= part;
    }
    return STATUS_OK;
}

static enum status make_bounce(struct block *block)
{
    uint32_t align = block->io->Media->IoAlign > 1 ? block->io->Media->IoAlign : 1;
    if (align > IO_ALIGN_MAX || (align & (align - 1)) != 0)
        return STATUS_UNSUPPORTED;
    block->bounce_memory = malloc(BOUNCE_BYTES + align);
    if (block->bounce_memory == NULL)
        return STATUS_NO_MEMORY;
    block->bounce =
        (uint8_t *)(((uintptr_t)block->bounce_memory + align - 1) & ~(uintptr_t)(align - 1));
    return STATUS_OK;
}

enum status block_open(struct block *block, EFI_HANDLE handle)
{
    *block = (struct block){.io = port_protocol(handle, &block_io_guid)};
    if (block->io == NULL || !block->io->Media->MediaPresent)
        return STATUS_NOT_FOUND;
    const EFI_BLOCK_IO_MEDIA *media = block->io->Media;
    if (media->BlockSize == 0 || media->BlockSize > BLOCK_BYTES_MAX ||
        (media->BlockSize & (media->BlockSize - 1)) != 0 ||
        media->LastBlock >= UINT64_MAX / media->BlockSize - 1)
        return STATUS_UNSUPPORTED;
    block->disk = port_protocol(handle, &disk_io_guid);
    block->media_id = media->MediaId;
    block->device = (struct blockdev){
        .read = block->disk != NULL ? read_disk : read_blocks,
        .context = block,
        .size_bytes = (media->LastBlock + 1) * media->BlockSize,
        .block_bytes = media->BlockSize,
    };
    return block->disk != NULL ? STATUS_OK : make_bounce(block);
}

void block_close(struct block *block)
{
    free(block->bounce_memory);
    *block = (struct block){0};
}

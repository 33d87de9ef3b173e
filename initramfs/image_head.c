/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks for names of other files in the headers of disk images. */
#include "initramfs/image_head.h"

#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "initramfs/image_refusals.h"

#define SECTOR_BYTES 512

/* Offsets in a qcow2 header; big-endian. */
#define QCOW2_VERSION      4
#define QCOW2_BACKING_OFF  8
#define QCOW2_CRYPT_METHOD 32
#define QCOW2_INCOMPATIBLE 72 /* from version 3 on */
#define QCOW2_CORRUPT      ((uint64_t)1 << 1)
#define QCOW2_DATA_FILE    ((uint64_t)1 << 2)

/* Offsets in the header of a sparse VMDK; little-endian. */
#define VMDK_TEXT             "# Disk DescriptorFile"
#define VMDK_CAPACITY         12
#define VMDK_DESCRIPTOR       28
#define VMDK_DESCRIPTOR_OFF   0x200 /* where QEMU looks for a parent, whatever the header says */
#define VMDK_DESCRIPTOR_BYTES ((size_t)20 * SECTOR_BYTES)
#define VMDK_PARENT           "parentFileNameHint"

#define VHD_TYPE         60 /* big-endian */
#define VHD_DIFFERENCING 4

/* Bytes behind the end read as zeros. */
static enum status peek(const struct blockdev *device, uint64_t off, size_t len, uint8_t *ret_bytes)
{
    uint64_t inside = off < device->size_bytes ? device->size_bytes - off : 0;
    size_t present = inside < len ? (size_t)inside : len;

    memset(ret_bytes + present, 0, len - present);
    return present > 0 ? blockdev_read(device, off, present, ret_bytes) : STATUS_OK;
}

static enum status refuse(struct strbuf *why, const char *text)
{
    strbuf_append(why, text);
    return STATUS_UNSUPPORTED;
}

static enum status no_such_image(struct strbuf *why, const char *format)
{
    strbuf_printf(why, "it does not begin as a %s image does; it is damaged or has a wrong name",
                  format);
    return STATUS_CORRUPT;
}

static enum status check_qcow2(const uint8_t *head, struct strbuf *why)
{
    uint32_t version = get_be32(head + QCOW2_VERSION);

    if (memcmp(head, "QFI\xfb", 4) != 0 || version < 2 || version > 3)
        return no_such_image(why, "qcow2");
    uint64_t features = version == 3 ? get_be64(head + QCOW2_INCOMPATIBLE) : 0;
    if (get_be64(head + QCOW2_BACKING_OFF) != 0)
        return refuse(why, IMAGE_HAS_BACKING);
    if ((features & QCOW2_DATA_FILE) != 0)
        return refuse(why, IMAGE_HAS_DATA_FILE);
    if (get_be32(head + QCOW2_CRYPT_METHOD) != 0)
        return refuse(why, IMAGE_IS_ENCRYPTED);
    if ((features & QCOW2_CORRUPT) != 0)
        return refuse(why, IMAGE_IS_CORRUPT);
    return STATUS_OK;
}

/* What is not sparse is a descriptor: a text that names the files with the data. So is a sparse
 * header without capacity that points to one. */
static enum status check_vmdk(const struct blockdev *device, const uint8_t *head,
                              struct strbuf *why)
{
    bool is_sparse = memcmp(head, "KDMV", 4) == 0;
    auto_free uint8_t *descriptor = NULL;

    if (memcmp(head, VMDK_TEXT, strlen(VMDK_TEXT)) == 0)
        return refuse(why, IMAGE_HAS_EXTENTS);
    if (memcmp(head, "COWD", 4) != 0 && !is_sparse) /* for QEMU every other text is one, too */
        return no_such_image(why, "VMDK");
    if (is_sparse && get_le64(head + VMDK_CAPACITY) == 0 && get_le64(head + VMDK_DESCRIPTOR) != 0)
        return refuse(why, IMAGE_HAS_EXTENTS);
    descriptor = malloc(VMDK_DESCRIPTOR_BYTES);
    if (descriptor == NULL)
        return STATUS_NO_MEMORY;
    enum status status = peek(device, VMDK_DESCRIPTOR_OFF, VMDK_DESCRIPTOR_BYTES, descriptor);
    if (status != STATUS_OK)
        return status;
    const size_t len = strlen(VMDK_PARENT);
    for (size_t i = 0; i + len <= VMDK_DESCRIPTOR_BYTES; i++)
        if (memcmp(descriptor + i, VMDK_PARENT, len) == 0)
            return refuse(why, IMAGE_HAS_PARENT);
    return STATUS_OK;
}

/* The footer lies at the end; of a dynamic disk there is a copy at the beginning. */
static enum status check_vhd(const struct blockdev *device, const uint8_t *head, struct strbuf *why)
{
    uint8_t footer[SECTOR_BYTES];
    const uint8_t *const copies[] = {head, footer};
    bool is_vhd = false;

    enum status status =
        peek(device, device->size_bytes > SECTOR_BYTES ? device->size_bytes - SECTOR_BYTES : 0,
             sizeof(footer), footer);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        if (memcmp(copies[i], "conectix", 8) != 0)
            continue;
        is_vhd = true;
        if (get_be32(copies[i] + VHD_TYPE) == VHD_DIFFERENCING)
            return refuse(why, IMAGE_IS_DIFFERENCING);
    }
    return is_vhd ? STATUS_OK : no_such_image(why, "VHD");
}

enum status image_head_check(const struct blockdev *device, enum image_kind kind,
                             struct strbuf *why)
{
    uint8_t head[SECTOR_BYTES];

    enum status status = peek(device, 0, sizeof(head), head);
    if (status != STATUS_OK)
        return status;
    switch (kind) {
    case IMAGE_QCOW2:
        return check_qcow2(head, why);
    case IMAGE_VMDK:
        return check_vmdk(device, head, why);
    case IMAGE_VHD:
        return check_vhd(device, head, why);
    case IMAGE_VHDX: /* QEMU opens no parent of a VHDX: it refuses those that have one */
        return memcmp(head, "vhdxfile", 8) == 0 ? STATUS_OK : no_such_image(why, "VHDX");
    default:
        return STATUS_OK;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Device paths. */
#include "efi/port/devpath.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"

#define NODE_HEADER    4
#define END_TYPE       0x7F
#define HARD_DRIVE_LEN 42 /* UEFI 2.10, 10.3.5.1 */

static const EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

const uint8_t *devpath_of(EFI_HANDLE handle)
{
    return port_protocol(handle, &device_path_guid);
}

bool devpath_next(const uint8_t *path, struct devpath_node *node)
{
    size_t off = node->bytes != NULL ? node->off + node->len : 0;
    const uint8_t *bytes = path + off;

    if (off > DEVPATH_BYTES_MAX || bytes[0] == END_TYPE || get_le16(bytes + 2) < NODE_HEADER)
        return false;
    *node = (struct devpath_node){
        .bytes = bytes,
        .off = off,
        .len = get_le16(bytes + 2),
        .type = bytes[0],
        .subtype = bytes[1],
    };
    return true;
}

size_t devpath_len(const uint8_t *path)
{
    struct devpath_node node = {0};
    size_t len = 0;
    while (devpath_next(path, &node))
        len = node.off + node.len;
    return len;
}

bool devpath_partition(const uint8_t *path, struct devpath_node *ret_node, uint8_t ret_guid[16])
{
    struct devpath_node node = {0};
    while (devpath_next(path, &node))
        ;
    if (node.bytes == NULL || node.type != MEDIA_DEVICE_PATH ||
        node.subtype != MEDIA_HARDDRIVE_DP || node.len != HARD_DRIVE_LEN ||
        node.bytes[40] != MBR_TYPE_EFI_PARTITION_TABLE_HEADER ||
        node.bytes[41] != SIGNATURE_TYPE_GUID)
        return false;
    *ret_node = node;
    memcpy(ret_guid, node.bytes + 24, 16);
    return true;
}

bool devpath_has(const uint8_t *path, uint8_t type, uint8_t subtype)
{
    struct devpath_node node = {0};
    while (devpath_next(path, &node)) {
        if (node.type == type && node.subtype == subtype)
            return true;
    }
    return false;
}

uint8_t *devpath_join(const uint8_t *path, size_t len, const void *node, size_t node_len)
{
    static const uint8_t end[NODE_HEADER] = {END_TYPE, 0xFF, NODE_HEADER, 0};
    uint8_t *joined = malloc(len + node_len + sizeof(end));
    if (joined == NULL)
        return NULL;
    memcpy(joined, path, len);
    if (node_len > 0)
        memcpy(joined + len, node, node_len);
    memcpy(joined + len + node_len, end, sizeof(end));
    return joined;
}

uint8_t *devpath_file(const uint8_t *path, const char *file)
{
    auto_free uint16_t *units = NULL;
    auto_free uint8_t *node = NULL;
    size_t count;

    if (utf16_from_utf8(file, &units, &count) != STATUS_OK)
        return NULL;
    size_t node_len = NODE_HEADER + (count + 1) * 2;
    node = node_len <= UINT16_MAX ? malloc(node_len) : NULL;
    if (node == NULL)
        return NULL;
    node[0] = MEDIA_DEVICE_PATH;
    node[1] = MEDIA_FILEPATH_DP;
    put_le16(node + 2, (uint16_t)node_len);
    for (size_t i = 0; i <= count; i++)
        put_le16(node + NODE_HEADER + 2 * i, units[i] == '/' ? '\\' : units[i]);
    return devpath_join(path, devpath_len(path), node, node_len);
}

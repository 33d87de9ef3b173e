/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot options and the device paths in them. */
#include "efi/core/boot/load_option.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"

#define HEADER_BYTES   6 /* attributes, length of the path list */
#define PATH_LEN_OFF   4
#define ACTIVE         1
#define NODE_HEADER    4
#define NODE_MEDIA     0x04 /* UEFI 2.10, 10.3.5 */
#define NODE_END       0x7F
#define MEDIA_DISK     0x01
#define MEDIA_FILE     0x04
#define DISK_BYTES     42 /* 10.3.5.1 */
#define DISK_GUID_OFF  24
#define DISK_KIND_OFF  41
#define DISK_KIND_GUID 2

/* UTF-16 units before the NUL among at most MAX; MAX if there is none. */
static size_t count_units(const uint8_t *bytes, size_t max)
{
    size_t units = 0;
    while (units < max && get_le16(bytes + 2 * units) != 0)
        units++;
    return units;
}

/* UNITS of UTF-16 at any address as a new text. */
static enum status read_text(const uint8_t *bytes, size_t units, char **ret_text)
{
    auto_free uint16_t *copy = malloc((units + 1) * sizeof(*copy));

    if (copy == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < units; i++)
        copy[i] = get_le16(bytes + 2 * i);
    return utf8_from_utf16(copy, units, ret_text);
}

static enum status read_file(const uint8_t *node, size_t len, struct load_option *option)
{
    size_t units = count_units(node + NODE_HEADER, (len - NODE_HEADER) / 2);

    if (units == 0)
        return STATUS_OK;
    enum status status = read_text(node + NODE_HEADER, units, &option->file);
    for (size_t i = 0; status == STATUS_OK && option->file[i] != '\0'; i++)
        if (option->file[i] == '\\')
            option->file[i] = '/';
    return status;
}

/* The first path of LEN bytes: up to its file, or to its end. */
static enum status read_path(const uint8_t *path, size_t len, struct load_option *option)
{
    bool has_partition = false;

    for (size_t off = 0; len - off >= NODE_HEADER;) {
        const uint8_t *node = path + off;
        size_t node_len = get_le16(node + 2);
        if (node[0] == NODE_END)
            break;
        if (node_len < NODE_HEADER || node_len > len - off)
            return STATUS_CORRUPT;
        if (node[0] == NODE_MEDIA && node[1] == MEDIA_DISK && node_len == DISK_BYTES &&
            node[DISK_KIND_OFF] == DISK_KIND_GUID) {
            memcpy(option->partition, node + DISK_GUID_OFF, sizeof(option->partition));
            has_partition = true;
        } else if (has_partition && node[0] == NODE_MEDIA && node[1] == MEDIA_FILE) {
            return read_file(node, node_len, option);
        }
        off += node_len;
    }
    return has_partition ? STATUS_OK : STATUS_NOT_FOUND;
}

void load_option_clear(struct load_option *option)
{
    free(option->title);
    free(option->file);
    *option = (struct load_option){0};
}

enum status load_option_read(const uint8_t *bytes, size_t len, struct load_option *ret_option)
{
    struct load_option option = {0};

    if (len < HEADER_BYTES)
        return STATUS_CORRUPT;
    size_t max = (len - HEADER_BYTES) / 2, units = count_units(bytes + HEADER_BYTES, max);
    size_t path_len = get_le16(bytes + PATH_LEN_OFF);
    if (units == max)
        return STATUS_CORRUPT;
    size_t path_off = HEADER_BYTES + 2 * (units + 1);
    if (path_len > len - path_off)
        return STATUS_CORRUPT;
    option.is_active = (get_le32(bytes) & ACTIVE) != 0;
    enum status status = read_text(bytes + HEADER_BYTES, units, &option.title);
    if (status == STATUS_OK)
        status = read_path(bytes + path_off, path_len, &option);
    if (status != STATUS_OK) {
        load_option_clear(&option);
        return status;
    }
    *ret_option = option;
    return STATUS_OK;
}

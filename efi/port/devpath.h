/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and makes EFI device paths, as bytes. UEFI 2.10, 10.3. */
#pragma once

#include "efi/port/port.h"

#define DEVPATH_BYTES_MAX ((size_t)64 << 10)

/* A node; LEN counts its whole size. */
struct devpath_node {
    const uint8_t *bytes;
    size_t off, len;
    uint8_t type, subtype;
};

/* The device path of HANDLE, NULL if it has none. */
const uint8_t *devpath_of(EFI_HANDLE handle);

/* Steps from node to node: *NODE zeroed to start. False at the end node (or where the path is
 * damaged). */
bool devpath_next(const uint8_t *path, struct devpath_node *node);

/* Bytes before the end node. */
size_t devpath_len(const uint8_t *path);

/* The last node if it is a GPT partition's; its GUID as on disk. */
bool devpath_partition(const uint8_t *path, struct devpath_node *ret_node, uint8_t ret_guid[16]);

bool devpath_has(const uint8_t *path, uint8_t type, uint8_t subtype);

/* The first LEN bytes of PATH, NODE of NODE_LEN bytes, and an end node: new memory, NULL when there
 * is none. */
uint8_t *devpath_join(const uint8_t *path, size_t len, const void *node, size_t node_len);

/* PATH and a file on it ("/EFI/x" in UTF-8). New memory, NULL when there is none. */
uint8_t *devpath_file(const uint8_t *path, const char *file);

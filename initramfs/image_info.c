/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges disk images by what qemu-img says about them. */
#include "initramfs/image_info.h"

#include <string.h>

#include "config/base/cleanup.h"
#include "config/json_scan.h"
#include "initramfs/image_refusals.h"

#define VMDK_NO_PARENT "4294967295" /* parent-cid of a disk that stands alone */

static bool span_is(struct json_span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.start, text, span.len) == 0;
}

/* Members that make an image depend on something else than itself. */
static const struct {
    const char *path;
    const char *allowed; /* NULL: must be absent; else the only value that is fine */
    const char *why;
} refusals[] = {
    {"backing-filename", NULL, IMAGE_HAS_BACKING},
    {"full-backing-filename", NULL, IMAGE_HAS_BACKING},
    {"format-specific/data/data-file", NULL, IMAGE_HAS_DATA_FILE},
    {"encrypted", "false", IMAGE_IS_ENCRYPTED},
    {"format-specific/data/encrypt", NULL, IMAGE_IS_ENCRYPTED},
    {"format-specific/data/parent-cid", VMDK_NO_PARENT, IMAGE_HAS_PARENT},
    {"format-specific/data/corrupt", "false", IMAGE_IS_CORRUPT},
};

/* VMDK of one file only: a descriptor may name any file of the host. */
static bool is_single_vmdk(struct json_span whole)
{
    static const char *const single[] = {"monolithicSparse", "streamOptimized"};
    struct json_span type;
    if (json_scan_find(whole, "format-specific/data/create-type", &type) != STATUS_OK)
        return true; /* no VMDK */
    for (size_t i = 0; i < ARRAY_SIZE(single); i++)
        if (json_scan_equals(type, single[i]))
            return true;
    return false;
}

enum status image_info_check(const char *json, size_t len, uint64_t *ret_bytes, struct strbuf *why)
{
    struct json_span whole = {json, len}, value;
    size_t off;
    while (whole.len > 0 &&
           (whole.start[whole.len - 1] == '\n' || whole.start[whole.len - 1] == '\r'))
        whole.len--;
    if (json_scan_check(whole.start, whole.len, &off) != STATUS_OK ||
        json_scan_find(whole, "virtual-size", &value) != STATUS_OK) {
        strbuf_append(why, "qemu-img does not understand it; it is damaged");
        return STATUS_CORRUPT;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.start[i] < '0' || value.start[i] > '9' || bytes > (UINT64_MAX >> 5)) {
            strbuf_append(why, "its size makes no sense; it is damaged");
            return STATUS_CORRUPT;
        }
        bytes = bytes * 10 + (uint64_t)(value.start[i] - '0');
    }
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        if (json_scan_find(whole, refusals[i].path, &value) != STATUS_OK)
            continue;
        if (refusals[i].allowed != NULL && span_is(value, refusals[i].allowed))
            continue;
        strbuf_append(why, refusals[i].why);
        return STATUS_UNSUPPORTED;
    }
    if (!is_single_vmdk(whole)) {
        strbuf_append(why, IMAGE_HAS_EXTENTS);
        return STATUS_UNSUPPORTED;
    }
    *ret_bytes = bytes;
    return STATUS_OK;
}

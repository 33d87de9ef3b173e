/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges what `qemu-img info --output=json` says about a disk image. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"

/* Takes the virtual size out of JSON. Refused, with one line in WHY that starts after the image's
 * name: what needs another file (backing file, external data, extents, a parent) and what is
 * encrypted. STATUS_UNSUPPORTED, STATUS_CORRUPT. */
enum status image_info_check(const char *json, size_t len, uint64_t *ret_bytes, struct strbuf *why)
    must_check;

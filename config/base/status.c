/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the status values. */
#include "config/base/status.h"

#include <stddef.h>

static const char *const texts[] = {
    [STATUS_OK] = "success",
    [STATUS_END] = "end reached",
    [STATUS_NOT_FOUND] = "not found",
    [STATUS_CORRUPT] = "damaged",
    [STATUS_IO] = "input/output error",
    [STATUS_NO_MEMORY] = "out of memory",
    [STATUS_INVALID] = "invalid value",
    [STATUS_TOO_LARGE] = "too large",
    [STATUS_UNSUPPORTED] = "not supported",
    [STATUS_EXISTS] = "exists already",
    [STATUS_NO_SPACE] = "no space left",
    [STATUS_CANCELLED] = "cancelled",
};

const char *status_text(enum status status)
{
    if ((size_t)status >= sizeof(texts) / sizeof(texts[0]))
        return "unknown error";
    return texts[status];
}

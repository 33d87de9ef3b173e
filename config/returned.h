/* SPDX-License-Identifier: BSD-2-Clause */
/* The EFI variable by which /init tells the menu which image ended, and why. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"

#define RETURNED_MAX_BYTES 2048

struct returned {
    char *iso_path; /* owned; "" when no image was started */
    char *reason;   /* one line for people: "guest powered off after 12 s"; owned */
    char *session;  /* folder name under /hiperiso/logs, or ""; owned */
    char *code;     /* end_reason.code of session.json, "" from a version that wrote none; owned */
};

/* The variable's data: "hiperiso-returned 1\n" and percent-encoded "code=", "iso=", "session=",
 * "reason=" lines. Texts are cut at a character boundary so that the whole fits RETURNED_MAX_BYTES.
 */
enum status returned_write(const struct returned *returned, struct strbuf *data) must_check;

/* STATUS_INVALID when DATA is not of that form. The caller clears RET_RETURNED after STATUS_OK. */
enum status returned_read(const void *data, size_t len, struct returned *ret_returned) must_check;

/* Did the guest end as it or its user wished? Also true without a code. */
bool returned_is_good(const struct returned *returned);

void returned_clear(struct returned *returned);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The way back: tells the menu what happened, then restarts the machine or switches it off. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"
#include "config/returned.h"

/* What efivarfs takes for a variable: its attributes (non-volatile, boot services, runtime), then
 * the data. Documentation/filesystems/efivarfs.rst */
enum status power_variable_bytes(const struct returned *returned, struct strbuf *b) must_check;

/* Writes HiperisoReturned. -errno: ENOENT when the firmware has no variables for us. */
int power_tell_menu(const struct returned *returned) must_check;

/* The bytes of efivarfs with another reason: image and session of OLD (LEN bytes as the file has
 * them) stay when it is readable. */
enum status power_variable_with_reason(const void *old, size_t len, const char *reason,
                                       struct strbuf *b) must_check;

/* Writes only the reason anew, for who knows nothing but that: PID 1 when the worker has crashed.
 */
int power_tell_reason(const char *reason) must_check;

/* Restarts or switches off at once; what is not synced is lost. Does not return. */
void power_end(bool is_poweroff) __attribute__((noreturn));

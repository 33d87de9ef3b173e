/* SPDX-License-Identifier: BSD-2-Clause */
/* A scanner over JSON text that finds places, where cJSON only gives values: members with line and
 * column, and single values out of one-line messages (QMP). Allocates nothing. RFC 8259. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/status.h"

#define JSON_SCAN_DEPTH_MAX  32
#define JSON_SCAN_NUMBER_MAX 63 /* characters of one number, as in cJSON */

struct json_span {
    const char *start; /* first byte of the value (or of the key with its quote) */
    size_t len;
};

struct json_member {
    struct json_span key, value;
};

/* Is [TEXT, TEXT + LEN) one well-formed JSON value (no half surrogate pairs; bytes above 0x7F are
 * not looked at)? If not, *RET_OFF is where it stops being one. What passes is read by cJSON, too.
 */
enum status json_scan_check(const char *text, size_t len, size_t *ret_off) must_check;

/* Iterates over the members of the object (keys empty for an array's elements) in SPAN. *CURSOR
 * starts at 0. STATUS_END after the last, STATUS_CORRUPT if it is no well-formed object or array.
 */
enum status json_scan_next(struct json_span span, size_t *cursor, struct json_member *ret_member)
    must_check;

/* The value behind the '/'-separated path of keys and array indices ("data/reason"),
 * STATUS_NOT_FOUND if absent. Keys are compared as they are written, escapes and all; of equal ones
 * the first is found. */
enum status json_scan_find(struct json_span span, const char *path, struct json_span *ret_value)
    must_check;

/* Does the JSON string in SPAN equal TEXT? Escapes are decoded. */
bool json_scan_equals(struct json_span span, const char *text);

/* The decoded text of the JSON string in SPAN: a new text. STATUS_INVALID if it is no string or
 * holds U+0000. */
enum status json_scan_string(struct json_span span, char **ret_text) must_check;

/* Line and column (both from 1, columns in characters) of byte OFF. */
void json_scan_position(const char *text, size_t off, unsigned *ret_line, unsigned *ret_column);

/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON written piece by piece into the open block. RFC 8259. */
#pragma once

#include "trace/report/html/html_out.h"

struct html_json {
    struct html_out *out; /* borrowed; a block is open */
    struct strbuf text;
    bool needs_comma;
};

void html_json_begin(struct html_json *json, struct html_out *out);
void html_json_end(struct html_json *json);

/* BRACKET: '{', '[', '}' or ']'. KEY: NULL in a list. */
void html_json_open(struct html_json *json, const char *key, char bracket);
void html_json_close(struct html_json *json, char bracket);

/* TEXT: NULL is "". */
void html_json_text(struct html_json *json, const char *key, const char *text);
void html_json_number(struct html_json *json, const char *key, uint64_t number);
/* null for REPORT_NEVER. */
void html_json_time(struct html_json *json, const char *key, int64_t t);
/* "0xfed00000": JavaScript's numbers hold 53 bits. */
void html_json_hex(struct html_json *json, const char *key, uint64_t number);
/* null for what is no number. */
void html_json_double(struct html_json *json, const char *key, double number);
void html_json_bool(struct html_json *json, const char *key, bool value);

/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON written piece by piece into the open block. */
#include "trace/report/html/html_json.h"

#include <inttypes.h>
#include <math.h>

#include "trace/report/model.h"

#define FLUSH_BYTES ((size_t)1 << 16)

void html_json_begin(struct html_json *json, struct html_out *out)
{
    *json = (struct html_json){.out = out, .text = STRBUF_INIT};
}

void html_json_end(struct html_json *json)
{
    html_block_json(json->out, &json->text);
    strbuf_clear(&json->text);
}

static void begin_value(struct html_json *json, const char *key)
{
    if (json->text.len >= FLUSH_BYTES || strbuf_status(&json->text) != STATUS_OK) {
        html_block_json(json->out, &json->text);
    }
    if (json->needs_comma) {
        strbuf_append_char(&json->text, ',');
    }
    json->needs_comma = true;
    if (key) {
        strbuf_append_json(&json->text, key);
        strbuf_append_char(&json->text, ':');
    }
}

void html_json_open(struct html_json *json, const char *key, char bracket)
{
    begin_value(json, key);
    strbuf_append_char(&json->text, bracket);
    json->needs_comma = false;
}

void html_json_close(struct html_json *json, char bracket)
{
    strbuf_append_char(&json->text, bracket);
    json->needs_comma = true;
}

void html_json_text(struct html_json *json, const char *key, const char *text)
{
    begin_value(json, key);
    strbuf_append_json(&json->text, text ? text : "");
}

void html_json_number(struct html_json *json, const char *key, uint64_t number)
{
    begin_value(json, key);
    strbuf_printf(&json->text, "%" PRIu64, number);
}

void html_json_time(struct html_json *json, const char *key, int64_t t)
{
    begin_value(json, key);
    if (t == REPORT_NEVER) {
        strbuf_append(&json->text, "null");
    } else {
        strbuf_printf(&json->text, "%" PRId64, t);
    }
}

void html_json_hex(struct html_json *json, const char *key, uint64_t number)
{
    begin_value(json, key);
    strbuf_printf(&json->text, "\"0x%" PRIx64 "\"", number);
}

void html_json_double(struct html_json *json, const char *key, double number)
{
    begin_value(json, key);
    if (isfinite(number)) {
        strbuf_printf(&json->text, "%.17g", number);
    } else {
        strbuf_append(&json->text, "null");
    }
}

void html_json_bool(struct html_json *json, const char *key, bool value)
{
    begin_value(json, key);
    strbuf_append(&json->text, value ? "true" : "false");
}

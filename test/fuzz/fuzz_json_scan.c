/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the JSON scanner against cJSON, and the words for what is no JSON. */
#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "config/json_explain.h"
#include "config/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_value(struct json_span span, const cJSON *json);

/* Members and elements are the same, in the same order. cJSON's depth bounds the recursion. */
static void check_children(struct json_span span, const cJSON *json)
{
    const cJSON *child = json->child;
    struct json_member member;
    size_t cursor = 0;

    while (json_scan_next(span, &cursor, &member) == STATUS_OK) {
        if (child == NULL || (member.key.len > 0) != (child->string != NULL))
            abort();
        check_value(member.value, child);
        child = child->next;
    }
    if (child != NULL || json_scan_next(span, &cursor, &member) != STATUS_END)
        abort();
}

static void check_value(struct json_span span, const cJSON *json)
{
    if (cJSON_IsObject(json) || cJSON_IsArray(json)) {
        check_children(span, json);
    } else if (cJSON_IsString(json)) {
        char *text = NULL;
        enum status status = json_scan_string(span, &text);
        if (status == STATUS_OK && strcmp(text, json->valuestring) != 0)
            abort();
        if (json_scan_equals(span, json->valuestring) != (status == STATUS_OK))
            abort();
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    struct json_span all = {.start = text, .len = len}, found;
    struct json_member member;
    size_t off = 0, cursor = 0;
    unsigned line, column;

    if (json_scan_check(text, len, &off) == STATUS_OK) {
        cJSON *json = cJSON_ParseWithLength(text, len);
        if (json == NULL)
            abort();
        while (all.len > 0 && strchr(" \t\r\n", all.start[0]) != NULL) {
            all.start++;
            all.len--;
        }
        while (all.len > 0 && strchr(" \t\r\n", all.start[all.len - 1]) != NULL)
            all.len--;
        check_value(all, json);
        cJSON_Delete(json);
    } else {
        struct strbuf message = STRBUF_INIT;
        size_t shown_off = SIZE_MAX;
        if (off > len)
            abort();
        json_explain(text, len, off, &message, &shown_off);
        if (message.len == 0 || shown_off > len)
            abort();
        json_scan_position(text, shown_off, &line, &column);
        strbuf_clear(&message);
    }
    while (json_scan_next(all, &cursor, &member) == STATUS_OK)
        if (cursor > all.len)
            abort();
    if (json_scan_find(all, "data/0/reason", &found) == STATUS_OK &&
        (found.start < text || found.start + found.len > text + len))
        abort();
    return 0;
}

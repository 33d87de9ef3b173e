/* SPDX-License-Identifier: BSD-2-Clause */
/* Values out of JSON: cJSON reads them, json_scan walks along and gives their places. */
#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/percent.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/config.h"
#include "config/json_explain.h"
#include "config/settings_json.h"
#include "config/suggest.h"

#define DOUBLE_WHOLE_MAX 9007199254740992.0 /* 2^53: up to here each whole number is itself */

/* ---- messages ---- */

void reader_place(struct reader *r, const char *at, unsigned *ret_line, unsigned *ret_column)
{
    size_t off = (size_t)(at - r->text);
    unsigned line, column;

    if (off < r->last_off) {
        r->last_off = 0;
        r->last_line = r->last_column = 1;
    }
    json_scan_position(r->text + r->last_off, off - r->last_off, &line, &column);
    r->last_column = line == 1 ? r->last_column + column - 1 : column;
    r->last_line += line - 1;
    r->last_off = off;
    *ret_line = r->last_line;
    *ret_column = r->last_column;
}

void reader_report(struct reader *r, const char *at, const struct where *where, const char *key,
                   const char *format, ...)
{
    auto_strbuf message = STRBUF_INIT;
    unsigned line, column;
    va_list args;

    if (r->problems == NULL || r->problems->count >= PROBLEMS_MAX) {
        problem_add(r->problems, r->file, 0, 0, "one more"); /* is only counted: no place needed */
        return;
    }
    if (where->section != NULL)
        strbuf_append(&message, where->section);
    if (where->pattern != NULL)
        strbuf_printf(&message, "[\"%.*s\"]", (int)text_cut(where->pattern, READER_SHOWN_MAX),
                      where->pattern);
    if (where->index >= 0)
        strbuf_printf(&message, "[%lld]", (long long)where->index);
    if (key != NULL)
        strbuf_printf(&message, "%s%.*s", message.len > 0 ? "." : "",
                      (int)text_cut(key, READER_SHOWN_MAX), key);
    if (message.len > 0)
        strbuf_append(&message, ": ");
    va_start(args, format);
    strbuf_vprintf(&message, format, args);
    va_end(args);
    reader_place(r, at, &line, &column);
    problem_add(r->problems, r->file, line, column, "%s", strbuf_text(&message));
}

const char *reader_keep(struct reader *r, const char *text, size_t len)
{
    const char *copy = arena_copy(r->arena, text, len);
    if (copy == NULL)
        r->status = STATUS_NO_MEMORY;
    return copy;
}

/* ---- the whole text ---- */

/* An upper bound of the number of values: the text is well-formed. */
static size_t count_values(const char *text, size_t len)
{
    size_t count = 1;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && (text[i] == ',' || text[i] == '[' || text[i] == '{'))
            count++;
    }
    return count;
}

static void explain(struct reader *r, const struct where *where, size_t off)
{
    auto_strbuf message = STRBUF_INIT;

    json_explain(r->text, r->len, off, &message, &off);
    reader_report(r, r->text + off, where, NULL, "%s; nothing in this file is in force",
                  strbuf_text(&message));
}

/* Is the text something that cJSON may read? If not, that is a problem. */
static bool is_readable(struct reader *r)
{
    static const struct where top = {.index = -1};
    size_t off;

    if (r->len > CONFIG_FILE_MAX) {
        problem_add(r->problems, r->file, 0, 0,
                    "%zu bytes are above the maximum %zu; nothing in it is in force", r->len,
                    CONFIG_FILE_MAX);
        return false;
    }
    if (r->len >= 2 &&
        (memcmp(r->text, "\xFF\xFE", 2) == 0 || memcmp(r->text, "\xFE\xFF", 2) == 0)) {
        problem_add(r->problems, r->file, 0, 0,
                    "the file is UTF-16: save it as UTF-8; nothing in it is in force");
        return false;
    }
    if (r->len >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0) {
        r->text += 3;
        r->len -= 3;
    }
    if (json_scan_check(r->text, r->len, &off) != STATUS_OK) {
        explain(r, &top, off);
        return false;
    }
    if (count_values(r->text, r->len) > CONFIG_VALUES_MAX) {
        problem_add(r->problems, r->file, 0, 0,
                    "more than the maximum of %u values; nothing in it is in force",
                    (unsigned)CONFIG_VALUES_MAX);
        return false;
    }
    off = text_find_invalid_utf8(r->text, r->len);
    if (off < r->len)
        reader_report(
            r, r->text + off, &top, NULL,
            "byte 0x%x is not UTF-8: save the file as UTF-8, else this name matches nothing",
            (unsigned)(unsigned char)r->text[off]);
    return true;
}

void reader_start(struct reader *r, const char *file, const char *text, size_t len,
                  struct problem_list *problems, struct arena *arena, struct node *ret_root)
{
    *r = (struct reader){
        .file = file, .text = text, .len = len, .problems = problems, .arena = arena};
    r->last_line = r->last_column = 1;
    *ret_root = (struct node){0};
    if (!is_readable(r))
        return;
    size_t start = 0, end = r->len;
    while (start < end && strchr(" \t\r\n", r->text[start]) != NULL)
        start++;
    while (end > start && strchr(" \t\r\n", r->text[end - 1]) != NULL)
        end--;
    ret_root->span = (struct json_span){.start = r->text + start, .len = end - start};
    r->root = cJSON_ParseWithLength(ret_root->span.start, ret_root->span.len);
    ret_root->json = r->root;
    if (r->root == NULL) /* json_scan_check() passes nothing that cJSON refuses */
        r->status = STATUS_NO_MEMORY;
}

void reader_end(struct reader *r)
{
    cJSON_Delete(r->root);
    r->root = NULL;
}

/* ---- walking ---- */

struct walk walk_start(const struct node *parent)
{
    return (struct walk){.span = parent->span, .child = parent->json->child};
}

bool walk_next(struct walk *walk, const char **ret_key, struct json_span *ret_key_span,
               struct node *ret_node)
{
    struct json_member member;

    if (walk->child == NULL || json_scan_next(walk->span, &walk->cursor, &member) != STATUS_OK)
        return false;
    *ret_key = walk->child->string;
    *ret_key_span = member.key;
    *ret_node = (struct node){.json = walk->child, .span = member.value};
    walk->child = walk->child->next;
    return true;
}

static const char *type_text(const cJSON *json)
{
    switch (json->type & 0xFF) {
    case cJSON_True:
        return "true";
    case cJSON_False:
        return "false";
    case cJSON_Number:
        return "a number";
    case cJSON_String:
        return "a text";
    case cJSON_Array:
        return "a list";
    case cJSON_Object:
        return "an object";
    default:
        return "null";
    }
}

static void report_type(struct reader *r, const struct node *node, const struct where *where,
                        const char *key, const char *needed)
{
    reader_report(r, node->span.start, where, key, "%s is needed, not %s", needed,
                  type_text(node->json));
}

bool reader_is_object(struct reader *r, const struct node *node, const struct where *where,
                      const char *key)
{
    if (cJSON_IsObject(node->json))
        return true;
    report_type(r, node, where, key, "an object { }");
    return false;
}

bool reader_is_list(struct reader *r, const struct node *node, const struct where *where,
                    const char *key)
{
    if (cJSON_IsArray(node->json))
        return true;
    report_type(r, node, where, key, "a list [ ]");
    return false;
}

bool node_is_string(const struct node *node)
{
    return cJSON_IsString(node->json);
}

const char *reader_text(struct reader *r, const struct node *node, const struct where *where,
                        const char *key)
{
    if (!cJSON_IsString(node->json)) {
        report_type(r, node, where, key, "a text in quotes");
        return NULL;
    }
    if (!json_scan_equals(node->span, node->json->valuestring)) {
        reader_report(r, node->span.start, where, key, "\\u0000 cannot stand in a text: remove it");
        return NULL;
    }
    return node->json->valuestring;
}

/* ---- values ---- */

/* A whole number as settings_set_text() takes it; 2.0 and 2e3 are whole, too. */
static bool number_text(const struct node *node, struct strbuf *text)
{
    double value = node->json->valuedouble;
    int64_t number;

    if (text_parse_int(node->span.start, node->span.len, &number)) {
        strbuf_append_bytes(text, node->span.start, node->span.len);
        return true;
    }
    if (!(value >= -DOUBLE_WHOLE_MAX && value <= DOUBLE_WHOLE_MAX) ||
        (double)(int64_t)value != value)
        return false;
    strbuf_printf(text, "%lld", (long long)value);
    return true;
}

/* Appends ELEMENT to a list's TEXT, after checking it by itself so that a message has its place. */
static bool append_element(struct reader *r, enum setting_id id, const struct node *element,
                           const struct where *where, const char *key, struct strbuf *text)
{
    auto_strbuf encoded = STRBUF_INIT;
    auto_free char *message = NULL;
    struct settings scratch;

    const char *plain = reader_text(r, element, where, key);
    if (plain == NULL)
        return false;
    percent_encode(&encoded, plain);
    strbuf_append_char(&encoded, ','); /* keeps an empty text, and separates */
    enum status status = strbuf_status(&encoded);
    settings_init(&scratch);
    if (status == STATUS_OK)
        status = settings_set_text(&scratch, id, encoded.text, ORIGIN_CONTROL, &message);
    settings_clear(&scratch);
    if (status == STATUS_OK)
        strbuf_append(text, encoded.text);
    else if (status == STATUS_INVALID)
        reader_report(r, element->span.start, where, key, "%s", message);
    else
        r->status = STATUS_NO_MEMORY;
    return status == STATUS_OK;
}

static bool list_text(struct reader *r, enum setting_id id, const struct node *node,
                      const struct where *where, const char *key, struct strbuf *text)
{
    struct walk walk = walk_start(node);
    struct json_span no_span;
    struct node element;
    const char *no_key;
    size_t count = 0;
    bool is_valid = true;

    while (r->status == STATUS_OK && walk_next(&walk, &no_key, &no_span, &element)) {
        if (++count > SETTING_LIST_MAX) {
            reader_report(r, element.span.start, where, key, "more than the maximum of %u elements",
                          (unsigned)SETTING_LIST_MAX);
            return false;
        }
        is_valid = append_element(r, id, &element, where, key, text) && is_valid;
    }
    return is_valid;
}

/* The value of setting ID in the form of settings_set_text(). False with a problem. */
static bool value_text(struct reader *r, enum setting_id id, const struct node *node,
                       const struct where *where, const char *key, struct strbuf *text)
{
    const cJSON *json = node->json;
    const char *plain;

    switch (setting_info(id)->type) {
    case SETTING_TYPE_INT:
        if (!cJSON_IsNumber(json)) {
            report_type(r, node, where, key, "a whole number without quotes");
            return false;
        }
        if (!number_text(node, text)) {
            reader_report(r, node->span.start, where, key, "%.*s is no whole number",
                          (int)node->span.len, node->span.start);
            return false;
        }
        return true;
    case SETTING_TYPE_BOOL:
        if (!cJSON_IsBool(json)) {
            report_type(r, node, where, key, "true or false without quotes");
            return false;
        }
        strbuf_append(text, cJSON_IsTrue(json) ? "1" : "0");
        return true;
    case SETTING_TYPE_LIST:
        if (!cJSON_IsArray(json)) {
            report_type(r, node, where, key, "a list of texts [\"...\"]");
            return false;
        }
        return list_text(r, id, node, where, key, text);
    case SETTING_TYPE_CHOICE:
    case SETTING_TYPE_TEXT:
        break;
    }
    plain = reader_text(r, node, where, key);
    if (plain == NULL)
        return false;
    strbuf_append(text, plain);
    return true;
}

bool reader_set_value(struct reader *r, struct settings *settings, enum setting_id id,
                      enum setting_origin origin, const struct node *node,
                      const struct where *where, const char *key, const char **ret_text)
{
    const struct setting_info *info = setting_info(id);
    auto_strbuf text = STRBUF_INIT;
    auto_free char *message = NULL;

    if (!value_text(r, id, node, where, key, &text))
        return false;
    enum status status = strbuf_status(&text);
    if (status == STATUS_OK)
        status = settings_set_text(settings, id, strbuf_text(&text), origin, &message);
    if (status == STATUS_INVALID) {
        const char *near = NULL;
        if (info->type == SETTING_TYPE_CHOICE)
            near = suggest_nearest(strbuf_text(&text), info->choices);
        reader_report(r, node->span.start, where, key, "%s%s%s%s", message,
                      near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                      near != NULL ? "?" : "");
        return false;
    }
    if (status != STATUS_OK)
        r->status = STATUS_NO_MEMORY;
    else if (ret_text != NULL)
        *ret_text = reader_keep(r, strbuf_text(&text), text.len);
    return r->status == STATUS_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Understands the lines of QEMU's monitor. */
#include "initramfs/qmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

/* The string in SPAN, cut to SIZE. */
static void copy_string(struct json_span span, char *ret_text, size_t size)
{
    auto_free char *text = NULL;
    ret_text[0] = '\0';
    if (json_scan_string(span, &text) == STATUS_OK)
        snprintf(ret_text, size, "%s", text);
}

enum status qmp_parse(const char *line, size_t len, struct qmp_message *ret_message)
{
    static const struct {
        const char *member;
        enum qmp_kind kind;
        const char *data;
        const char *name;
    } forms[] = {
        {"event", QMP_EVENT, "data", "event"},
        {"return", QMP_RETURN, "return", "id"},
        {"error", QMP_ERROR, "error", "id"},
        {"QMP", QMP_GREETING, "QMP", NULL},
    };
    struct json_span whole = {line, len};
    size_t off;
    while (whole.len > 0 && (*whole.start == ' ' || *whole.start == '\t')) {
        whole.start++;
        whole.len--;
    }
    if (whole.len == 0 || *whole.start != '{' ||
        json_scan_check(whole.start, whole.len, &off) != STATUS_OK)
        return STATUS_CORRUPT;

    struct qmp_message message = {.kind = QMP_OTHER};
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        struct json_span span;
        if (json_scan_find(whole, forms[i].member, &span) != STATUS_OK)
            continue;
        message.kind = forms[i].kind;
        if (json_scan_find(whole, forms[i].data, &span) == STATUS_OK)
            message.data = span;
        if (forms[i].name != NULL && json_scan_find(whole, forms[i].name, &span) == STATUS_OK)
            copy_string(span, message.name, sizeof(message.name));
        break;
    }
    *ret_message = message;
    return STATUS_OK;
}

void qmp_text(const struct qmp_message *message, const char *path, char *ret_text, size_t size)
{
    struct json_span span;
    ret_text[0] = '\0';
    if (message->data.len > 0 && json_scan_find(message->data, path, &span) == STATUS_OK)
        copy_string(span, ret_text, size);
}

bool qmp_is_true(const struct qmp_message *message, const char *path)
{
    struct json_span span;
    return message->data.len > 0 && json_scan_find(message->data, path, &span) == STATUS_OK &&
           span.len == 4 && memcmp(span.start, "true", 4) == 0;
}

long qmp_number(const struct qmp_message *message, const char *path)
{
    struct json_span span;
    char digits[24];
    if (message->data.len == 0 || json_scan_find(message->data, path, &span) != STATUS_OK ||
        span.len >= sizeof(digits))
        return 0;
    memcpy(digits, span.start, span.len);
    digits[span.len] = '\0';
    return strtol(digits, NULL, 10);
}

void qmp_command(struct strbuf *b, const char *name)
{
    strbuf_printf(b, "{\"execute\":\"%s\",\"id\":\"%s\"}\r\n", name, name);
}

void qmp_command_with(struct strbuf *b, const char *name, const char *arguments)
{
    strbuf_printf(b, "{\"execute\":\"%s\",\"id\":\"%s\",\"arguments\":%s}\r\n", name, name,
                  arguments);
}

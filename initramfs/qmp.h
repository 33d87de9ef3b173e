/* SPDX-License-Identifier: BSD-2-Clause */
/* Understands the lines of QEMU's monitor (QMP). Pure: lines in, meaning out. docs/interop/qmp-spec
 * of QEMU. */
#pragma once

#include <stddef.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"
#include "config/json_scan.h"

#define QMP_LINE_MAX ((size_t)1 << 20)
#define QMP_NAME_MAX 48

enum qmp_kind {
    QMP_OTHER,
    QMP_GREETING,
    QMP_EVENT,
    QMP_RETURN,
    QMP_ERROR,
};

struct qmp_message {
    enum qmp_kind kind;
    char name[QMP_NAME_MAX]; /* an event's name, else the id of the command that is answered, "" if
                                none */
    struct json_span data;   /* event: data; return: its value; error: the error object; empty if
                                absent. Into the line */
};

/* STATUS_CORRUPT when LINE is no JSON object. */
enum status qmp_parse(const char *line, size_t len, struct qmp_message *ret_message) must_check;

/* The text of DATA's member at PATH, cut to SIZE; "" when it is absent or no string. */
void qmp_text(const struct qmp_message *message, const char *path, char *ret_text, size_t size);

/* Is the member at PATH `true`? */
bool qmp_is_true(const struct qmp_message *message, const char *path);

/* The member at PATH as a number, 0 when absent. */
long qmp_number(const struct qmp_message *message, const char *path);

/* Appends {"execute": NAME, "id": NAME} and a line's end. */
void qmp_command(struct strbuf *b, const char *name);

/* The same with ARGUMENTS, a JSON object. */
void qmp_command_with(struct strbuf *b, const char *name, const char *arguments);

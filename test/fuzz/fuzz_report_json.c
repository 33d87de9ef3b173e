/* SPDX-License-Identifier: BSD-2-Clause */
/* session.json and qmp.jsonl of any bytes. */
#include <stdlib.h>
#include <string.h>

#include "trace/report/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static char *copy_text(const uint8_t *bytes, size_t len)
{
    char *text = malloc(len + 1);

    if (text == NULL)
        abort();
    memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct report report = {0};
    struct build build;
    struct report_session summary = {0};
    size_t off = 0;
    char *text = copy_text(bytes, len);

    build_init(&build, &report);
    report.session.machine = report.session.tier = "";
    if (json_read_session(&build, text, len, &off) != STATUS_OK && off > len)
        abort();
    (void)!json_read_summary(text, len, &summary, &report.arena);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end != NULL ? (size_t)(end - (text + at)) : len - at;
        (void)!json_read_qmp(&build, text + at, line);
        at += line + 1;
    }
    (void)json_parse_time(text);
    build_finish(&build);
    build_clear(&report);
    free(text);
    return 0;
}

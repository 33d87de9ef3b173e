/* SPDX-License-Identifier: BSD-2-Clause */
/* An index of lines and a log, both of any bytes: up to the first NUL the index, behind it the log.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/report/logs.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *nul = memchr(bytes, '\0', len);
    size_t index_len = nul != NULL ? (size_t)(nul - bytes) : len;
    size_t log_len = nul != NULL ? len - index_len - 1 : 0;
    char *copy = malloc(log_len + 1), text[64];
    struct report_log log = {.bytes = copy, .len = log_len};
    uint64_t skipped, at = 0;

    if (copy == NULL)
        abort();
    if (log_len > 0)
        memcpy(copy, nul + 1, log_len);
    if (log_make_lines(&log, (const char *)bytes, index_len, &skipped) != STATUS_OK)
        abort();
    /* The lines are the log, whole and in order. */
    for (size_t i = 0; i < log.line_count; i++) {
        if (log.lines[i].off != at || log.lines[i].len == 0)
            abort();
        at += log.lines[i].len;
        size_t size = 1 + i % sizeof(text), plain = log_plain_line(&log, i, text, size);
        if (plain >= size || text[plain] != '\0' || memchr(text, 27, plain) != NULL)
            abort();
    }
    if (at != log_len)
        abort();
    free(log.lines);
    free(copy);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of what a guest wrote. */
#include "trace/report/logs.h"

#include <string.h>

#include "trace/report/array.h"
#include "trace/report/scan.h"

#define LINES_MAX ((size_t)8 << 20)

static enum status add_line(struct report_log *log, uint64_t off, uint64_t end, int64_t t)
{
    struct report_line line = {.t = t, .off = off, .len = (uint32_t)(end - off)};

    if (end <= off)
        return STATUS_OK;
    if (log->line_count >= LINES_MAX)
        return STATUS_TOO_LARGE;
    return array_add(log->lines, log->line_count, line) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Adds the lines from OFF to END; the first has time T. */
static enum status add_lines(struct report_log *log, uint64_t off, uint64_t end, int64_t t)
{
    enum status status = STATUS_OK;

    while (off < end && status == STATUS_OK) {
        const char *newline = memchr(log->bytes + off, '\n', (size_t)(end - off));
        uint64_t next = newline != NULL ? (uint64_t)(newline + 1 - log->bytes) : end;
        status = add_line(log, off, next, t);
        off = next;
        t = REPORT_NEVER;
    }
    return status;
}

enum status log_make_lines(struct report_log *log, const char *index, size_t index_len,
                           uint64_t *ret_skipped)
{
    struct scan s = {index, index + index_len};
    uint64_t last = 0, skipped = 0;
    int64_t last_t = REPORT_NEVER;
    enum status status = STATUS_OK;

    while (s.at < s.end && status == STATUS_OK) {
        const char *newline = memchr(s.at, '\n', (size_t)(s.end - s.at));
        if (newline == NULL)
            break; /* cut off */
        struct scan line = {s.at, newline};
        uint64_t off, t;
        s.at = newline + 1;
        bool is_good = scan_number(&line, &off) && line.at < line.end && *line.at++ == ' ' &&
                       scan_number(&line, &t) && line.at == line.end && off <= log->len &&
                       off >= last && (int64_t)t != REPORT_NEVER;
        if (!is_good) {
            skipped++;
            continue;
        }
        status = add_lines(log, last, off, last_t);
        last = off;
        last_t = (int64_t)t;
    }
    if (status == STATUS_OK)
        status = add_lines(log, last, log->len, last_t);
    *ret_skipped = skipped;
    return status == STATUS_TOO_LARGE ? STATUS_OK : status;
}

/* The bytes of the escape sequence at TEXT (which begins with ESC), at most LEN. ECMA-48 5.4. */
static size_t escape_len(const char *text, size_t len)
{
    size_t at = 2;

    if (len < 2)
        return len;
    if (text[1] == ']') { /* operating system command: up to BEL or ST */
        while (at < len && text[at] != 7 && text[at] != 27)
            at++;
        return at < len ? at + (text[at] == 27 && at + 1 < len ? 2 : 1) : len;
    }
    if (text[1] == '(' || text[1] == ')')
        return len < 3 ? len : 3;
    if (text[1] != '[')
        return 2;
    while (at < len && (uint8_t)text[at] >= 0x20 && (uint8_t)text[at] < 0x40)
        at++;
    return at < len ? at + 1 : len;
}

size_t log_plain_line(const struct report_log *log, size_t line, char *ret_text, size_t size)
{
    const char *text = log->bytes + log->lines[line].off;
    size_t len = log->lines[line].len, used = 0;

    for (size_t at = 0; at < len && size > 0 && used + 1 < size;) {
        if (text[at] == 27) {
            /* A cursor movement parts words. */
            size_t escape = escape_len(text + at, len - at);
            char final = text[at + escape - 1];
            if ((final == 'H' || final == 'f') && used > 0 && ret_text[used - 1] != ' ')
                ret_text[used++] = ' ';
            at += escape;
            continue;
        }
        if (text[at] == '\r' && at + 1 < len && text[at + 1] != '\n' && text[at + 1] != '\r')
            used = 0;
        else if ((uint8_t)text[at] >= 0x20 && text[at] != 0x7f)
            ret_text[used++] = text[at];
        else if (text[at] == '\t')
            ret_text[used++] = ' ';
        at++;
    }
    while (used > 0 && ret_text[used - 1] == ' ')
        used--;
    if (size > 0)
        ret_text[used] = '\0';
    return used;
}

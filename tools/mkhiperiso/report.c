/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages and progress on stderr. */
#include "tools/mkhiperiso/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/base/strbuf.h"
#include "tools/mkhiperiso/monotonic.h"
#include "tools/mkhiperiso/size.h"

#define MESSAGE_MAX     ((size_t)64 << 10)
#define SHOW_AFTER_MS   1000
#define REDRAW_MS       100
#define BAR_CELLS_MAX   40
#define BAR_CELLS_MIN   5 /* a narrower terminal gets figures only */
#define COLUMNS_DEFAULT 80

const char *program_name = "mkhiperiso";

static struct {
    const char *what; /* NULL: no bar */
    uint64_t total_bytes, done_bytes;
    int64_t start_ms, drawn_ms;
    bool is_shown, is_json;
} progress;

static void progress_clear(void)
{
    if (progress.is_shown)
        fputs("\r\033[K", stderr);
    progress.is_shown = false;
}

static __attribute__((format(printf, 2, 0))) void print_message(const char *kind,
                                                                const char *format, va_list args)
{
    auto_strbuf message = strbuf_with_max(MESSAGE_MAX), line = strbuf_with_max(6 * MESSAGE_MAX);

    strbuf_vprintf(&message, format, args);
    /* Names of files and the last words of other programs are in it. */
    strbuf_append_printable(&line, strbuf_text(&message));
    progress_clear();
    fprintf(stderr, "%s: %s%s\n", program_name, kind,
            strbuf_status(&line) == STATUS_OK && line.len > 0 ? strbuf_text(&line)
                                                              : "out of memory");
}

int fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message("", format, args);
    va_end(args);
    return -1;
}

int misuse(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message("", format, args);
    va_end(args);
    return REPORT_MISUSE;
}

void warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message("warning: ", format, args);
    va_end(args);
}

void print_printable(const char *text, const char *rest)
{
    auto_strbuf line = STRBUF_INIT;

    strbuf_append_printable(&line, text);
    fputs(strbuf_text(&line), stdout);
    fputs(rest, stdout);
}

int flush_output(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return 0;
    return fail("stdout cannot be written: %s", strerror(errno));
}

void progress_use_json(void)
{
    progress.is_json = true;
}

FILE *report_plan_stream(void)
{
    return progress.is_json ? stderr : stdout;
}

static void progress_print_json(int64_t now)
{
    uint64_t elapsed_ms = (uint64_t)(now - progress.start_ms);
    uint64_t rate = elapsed_ms > 0 ? progress.done_bytes * 1000 / elapsed_ms : 0;
    uint64_t left = progress.total_bytes - progress.done_bytes;

    printf("{\"phase\": \"%s\", \"done\": %llu, \"total\": %llu, \"bytes_per_s\": %llu, "
           "\"seconds_left\": %llu}\n",
           progress.what, (unsigned long long)progress.done_bytes,
           (unsigned long long)progress.total_bytes, (unsigned long long)rate,
           (unsigned long long)(rate > 0 ? left / rate : 0));
    fflush(stdout);
    progress.drawn_ms = now;
}

static void progress_draw(int64_t now)
{
    struct winsize window = {0};
    char done[SIZE_TEXT_BYTES], total[SIZE_TEXT_BYTES], rate[SIZE_TEXT_BYTES],
        bar[BAR_CELLS_MAX + 1];
    int64_t elapsed_ms = now - progress.start_ms;
    double share = progress.total_bytes != 0
                       ? (double)progress.done_bytes / (double)progress.total_bytes
                       : 1.0;
    double bytes_per_s = (double)progress.done_bytes * 1000.0 / (double)elapsed_ms;
    double left_s =
        bytes_per_s > 0 ? (double)(progress.total_bytes - progress.done_bytes) / bytes_per_s : 0;
    unsigned columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0
                           ? window.ws_col
                           : COLUMNS_DEFAULT;
    /* What stands beside the bar takes at most 62 columns and the text. */
    size_t beside = 62 + strlen(progress.what);
    size_t cells = columns > beside ? columns - beside : 0;

    if (cells > BAR_CELLS_MAX)
        cells = BAR_CELLS_MAX;
    if (cells < BAR_CELLS_MIN)
        cells = 0;
    for (size_t i = 0; i < cells; i++)
        bar[i] = (double)i < share * (double)cells ? '#' : '.';
    bar[cells] = '\0';
    size_text(progress.done_bytes, done);
    size_text(progress.total_bytes, total);
    size_text((uint64_t)bytes_per_s, rate);
    fprintf(stderr, "\r\033[K%s %s%s%s%3.0f %%  %s of %s, %s/s, %.0f s left", progress.what,
            cells > 0 ? "[" : "", bar, cells > 0 ? "] " : "", share * 100, done, total, rate,
            left_s);
    progress.is_shown = true;
    progress.drawn_ms = now;
}

void progress_start(const char *what, uint64_t total_bytes)
{
    progress.what = progress.is_json || isatty(STDERR_FILENO) != 0 ? what : NULL;
    progress.total_bytes = total_bytes;
    progress.done_bytes = 0;
    progress.start_ms = progress.drawn_ms = monotonic_ms();
    if (progress.is_json)
        progress_print_json(progress.start_ms);
}

void progress_add(uint64_t bytes)
{
    if (progress.what == NULL)
        return;
    progress.done_bytes += bytes;
    if (progress.done_bytes > progress.total_bytes)
        progress.done_bytes = progress.total_bytes;
    int64_t now = monotonic_ms();
    if (progress.is_json) {
        if (now - progress.drawn_ms >= REDRAW_MS)
            progress_print_json(now);
        return;
    }
    if (now - progress.start_ms >= SHOW_AFTER_MS && now - progress.drawn_ms >= REDRAW_MS)
        progress_draw(now);
}

void progress_end(void)
{
    progress_clear();
    if (progress.is_json && progress.what != NULL)
        progress_print_json(monotonic_ms());
    progress.what = NULL;
}

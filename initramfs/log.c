/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects the lines of /init and of the host kernel. */
#include "initramfs/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/base/strbuf.h"
#include "initramfs/clock.h"
#include "initramfs/kmsg.h"

#define LOG_KEPT_MAX ((size_t)512 << 10) /* bytes kept before there is a host.log */
#define LOG_LINE_MAX 4096
/* Taken in one call: a storm of messages must not starve the guest. */
#define LOG_KMSG_RECORDS 400

static struct log_screen screen;
static struct strbuf kept = {.max = LOG_KEPT_MAX};
static unsigned kept_lost; /* lines that found no room there */
static struct log_file file;
static int kmsg_fd = -2; /* -2: not opened yet */
static char alarm_text[256];

void log_set_screen(const struct log_screen *new_screen)
{
    screen = *new_screen;
}

static void add_line(const char *source, const char *text, size_t len)
{
    char now[CLOCK_TEXT_CHARS + 1];
    auto_strbuf line = strbuf_with_max(LOG_LINE_MAX * 2);
    clock_text(clock_wall_ms(), now);
    strbuf_printf(&line, "%s %s: ", now, source);
    strbuf_append_bytes(&line, text, len);
    strbuf_append_char(&line, '\n');
    if (strbuf_status(&line) != STATUS_OK)
        return;
    if (file.write == NULL) {
        strbuf_append_bytes(&kept, strbuf_text(&line), line.len);
        kept_lost += strbuf_status(&kept) != STATUS_OK;
        return;
    }
    file.write(file.context, strbuf_text(&line), line.len);
}

void log_set_file(const struct log_file *new_file)
{
    file = new_file != NULL ? *new_file : (struct log_file){0};
    if (file.write == NULL)
        return;
    if (kept.len > 0)
        file.write(file.context, strbuf_text(&kept), kept.len);
    if (kept_lost > 0)
        log_note("%u lines between the one above and this one were lost: there was no room to keep "
                 "them",
                 kept_lost);
    kept_lost = 0;
    strbuf_clear(&kept);
}

static void show(const char *prefix, const char *text)
{
    auto_strbuf line = strbuf_with_max(LOG_LINE_MAX * 2);
    strbuf_printf(&line, "%s%s\r\n", prefix, text);
    if (screen.write != NULL && strbuf_status(&line) == STATUS_OK)
        screen.write(screen.context, strbuf_text(&line), line.len);
}

/* One line of SOURCE; on the screen behind PREFIX unless that is NULL. Names and other programs'
 * words in it stay words. What does not fit is cut. */
static void __attribute__((format(printf, 3, 0)))
log_line(const char *source, const char *prefix, const char *format, va_list args)
{
    char text[LOG_LINE_MAX];
    auto_strbuf line = strbuf_with_max(LOG_LINE_MAX);
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        return;
    strbuf_append_printable(&line, text);
    add_line(source, strbuf_text(&line), line.len);
    if (prefix != NULL)
        show(prefix, strbuf_text(&line));
}

void log_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line("init", NULL, format, args);
    va_end(args);
}

void log_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line("init", "hiperiso: ", format, args);
    va_end(args);
}

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_line("error", "hiperiso: error: ", format, args);
    va_end(args);
}

int log_kernel_fd(void)
{
    if (kmsg_fd == -2)
        kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return kmsg_fd;
}

void log_take_kernel_messages(void)
{
    if (log_kernel_fd() < 0)
        return;
    for (int i = 0; i < LOG_KMSG_RECORDS; i++) {
        char bytes[8192]; /* one read gives one record, of at most this size */
        ssize_t got = read(kmsg_fd, bytes, sizeof(bytes));
        if (got < 0 && errno == EPIPE) {
            add_line("kernel", "(messages were lost)", 20);
            continue;
        }
        if (got <= 0)
            return;
        struct kmsg_record record;
        if (!kmsg_parse(bytes, (size_t)got, &record))
            continue;
        char text[LOG_LINE_MAX];
        int len = snprintf(text, sizeof(text), "[%5llu.%06u] %.*s",
                           (unsigned long long)(record.time_us / 1000000),
                           (unsigned)(record.time_us % 1000000),
                           (int)(record.len < 3900 ? record.len : 3900), record.text);
        if (len > 0)
            add_line("kernel", text, (size_t)len);
        if (kmsg_is_alarm(&record))
            snprintf(alarm_text, sizeof(alarm_text), "%.*s",
                     (int)(record.len < 250 ? record.len : 250), record.text);
    }
}

const char *log_kernel_alarm(void)
{
    return alarm_text;
}

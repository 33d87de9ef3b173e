/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's consoles. */
#include "initramfs/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "config/base/strbuf.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"

#define CONSOLE_ACTIVE_FILE "/sys/class/tty/console/active"
#define CONSOLE_RING_BYTES  ((size_t)128 << 10)
#define VTCONSOLES_MAX      16 /* MAX_NR_CON_DRIVER of drivers/tty/vt/vt.c */
#define VTCONSOLE_NAME_MAX  128

/* Raw: the guest's bytes pass unchanged both ways. CLOCAL, no flow control: a serial port without a
 * cable or with a dead peer must look like one that works. */
static void make_raw(int fd)
{
    struct termios mode;
    if (tcgetattr(fd, &mode) < 0)
        return;
    mode.c_iflag &=
        (tcflag_t) ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
    mode.c_oflag &= (tcflag_t)~OPOST;
    mode.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    mode.c_cflag &= (tcflag_t) ~(CSIZE | PARENB | CRTSCTS | HUPCL);
    mode.c_cflag |= CS8 | CLOCAL | CREAD;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    tcsetattr(fd, TCSANOW, &mode);
}

void console_add(struct console *console, const char *name, int fd)
{
    struct console_sink *sink = &console->sinks[console->count];
    char *pending = console->count < CONSOLE_SINKS_MAX ? malloc(CONSOLE_RING_BYTES) : NULL;
    if (pending == NULL) {
        close(fd);
        return;
    }
    *sink = (struct console_sink){.fd = fd, .pending = pending};
    snprintf(sink->name, sizeof(sink->name), "%s", name);
    console->count++;
}

static void open_sink(struct console *console, const char *name, size_t len)
{
    char path[64];
    if (len == 0 || len >= sizeof(console->sinks[0].name))
        return;
    snprintf(path, sizeof(path), "/dev/%.*s", (int)len, name);
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    make_raw(fd);
    console_add(console, path + sizeof("/dev/") - 1, fd);
}

void console_open(struct console *console)
{
    *console = (struct console){0};
    auto_strbuf active = strbuf_with_max(256);
    const char *names = "tty0 ttyS0";
    if (hosted_read_file(CONSOLE_ACTIVE_FILE, &active) == 0 && active.len > 1)
        names = strbuf_text(&active);
    while (*names != '\0') {
        size_t len = strcspn(names, " \n");
        open_sink(console, names, len);
        names += len;
        names += strspn(names, " \n");
    }
}

static void close_sink(struct console_sink *sink)
{
    if (sink->fd >= 0)
        close(sink->fd);
    free(sink->pending);
    *sink = (struct console_sink){.fd = -1};
}

static void queue(struct console_sink *sink, const char *bytes, size_t len)
{
    size_t end = (sink->start + sink->len) % CONSOLE_RING_BYTES;
    size_t run = CONSOLE_RING_BYTES - end;
    if (run > len)
        run = len;
    memcpy(sink->pending + end, bytes, run);
    memcpy(sink->pending, bytes + run, len - run);
    sink->len += len;
}

/* Once what had been queued is written: how much is missing behind it. */
static void tell_loss(struct console_sink *sink)
{
    char mark[96];
    int len = snprintf(mark, sizeof(mark),
                       "\r\n[hiperiso: this line was too slow, %llu bytes were left out]\r\n",
                       (unsigned long long)sink->lost);
    sink->lost = 0;
    queue(sink, mark, (size_t)len);
}

static void flush_sink(struct console_sink *sink)
{
    while (sink->fd >= 0 && (sink->len > 0 || sink->lost > 0)) {
        if (sink->len == 0)
            tell_loss(sink);
        size_t run = CONSOLE_RING_BYTES - sink->start;
        if (run > sink->len)
            run = sink->len;
        ssize_t done = write(sink->fd, sink->pending + sink->start, run);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN)
            return;
        if (done <= 0) { /* EIO: no such port behind the name, or it is gone */
            close_sink(sink);
            return;
        }
        sink->start = (sink->start + (size_t)done) % CONSOLE_RING_BYTES;
        sink->len -= (size_t)done;
    }
}

/* What does not fit is lost, and what follows as long as the line stands still: one gap, not many.
 */
static void put(struct console_sink *sink, const char *bytes, size_t len)
{
    if (sink->fd < 0)
        return;
    flush_sink(sink);
    if (sink->lost > 0 || len > CONSOLE_RING_BYTES - sink->len) {
        sink->lost += len;
        sink->lost_total += len;
        return;
    }
    queue(sink, bytes, len);
    flush_sink(sink);
}

void console_write(struct console *console, const char *bytes, size_t len)
{
    if (len > 0)
        console->is_inside_line = bytes[len - 1] != '\n';
    for (unsigned i = 0; i < console->count; i++)
        put(&console->sinks[i], bytes, len);
}

/* "tty0", "tty1": a terminal of the kernel's own. */
static bool is_screen(const struct console_sink *sink)
{
    return strncmp(sink->name, "tty", 3) == 0 && sink->name[3] >= '0' && sink->name[3] <= '9';
}

static void write_to(struct console *console, bool to_screens, const char *bytes, size_t len)
{
    for (unsigned i = 0; i < console->count; i++)
        if (is_screen(&console->sinks[i]) == to_screens)
            put(&console->sinks[i], bytes, len);
}

void console_write_screen(struct console *console, const char *bytes, size_t len)
{
    write_to(console, true, bytes, len);
}

void console_write_lines(struct console *console, const char *bytes, size_t len)
{
    write_to(console, false, bytes, len);
}

/* Driver NUMBER of the kernel's terminals draws somewhere. */
static bool is_drawing(const char *folder, int number)
{
    char path[128];
    uint64_t is_bound;
    auto_strbuf name = strbuf_with_max(VTCONSOLE_NAME_MAX);
    snprintf(path, sizeof(path), "%s/vtcon%d/bind", folder, number);
    if (hosted_read_number(path, &is_bound) < 0 || is_bound != 1)
        return false;
    snprintf(path, sizeof(path), "%s/vtcon%d/name", folder, number);
    return hosted_read_file(path, &name) == 0 && strstr(strbuf_text(&name), "dummy") == NULL;
}

bool console_has_screen(const char *folder)
{
    for (int i = 0; i < VTCONSOLES_MAX; i++)
        if (is_drawing(folder, i))
            return true;
    return false;
}

void console_flush(struct console *console)
{
    for (unsigned i = 0; i < console->count; i++)
        flush_sink(&console->sinks[i]);
}

void console_drain(struct console *console, int timeout_ms)
{
    uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
    for (;;) {
        bool is_empty = true;
        console_flush(console);
        for (unsigned i = 0; i < console->count; i++) {
            if (console->sinks[i].fd >= 0 && console->sinks[i].len > 0)
                is_empty = false;
        }
        if (is_empty || clock_mono_ms() >= until)
            return;
        clock_sleep_ms(10);
    }
}

unsigned console_polls(const struct console *console, struct pollfd *polls)
{
    for (unsigned i = 0; i < console->count; i++)
        polls[i] = (struct pollfd){
            .fd = console->sinks[i].fd,
            .events = (short)(POLLIN | (console->sinks[i].len > 0 ? POLLOUT : 0)),
        };
    return console->count;
}

size_t console_read(struct console *console, char *ret_bytes, size_t size)
{
    size_t len = 0;
    for (unsigned i = 0; i < console->count; i++) {
        struct console_sink *sink = &console->sinks[i];
        if (sink->fd < 0 || len == size)
            continue;
        ssize_t got = read(sink->fd, ret_bytes + len, size - len);
        if (got > 0)
            len += (size_t)got;
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            close_sink(sink); /* a hung-up line would wake poll() for ever */
    }
    return len;
}

bool console_wait_key(struct console *console, int timeout_ms)
{
    uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
    for (;;) {
        struct pollfd polls[CONSOLE_SINKS_MAX];
        char bytes[256];
        uint64_t now = clock_mono_ms();
        unsigned count = console_polls(console, polls);
        if (now >= until)
            return false;
        if (poll(polls, count, (int)(until - now)) < 0 && errno != EINTR)
            return false;
        console_flush(console);
        if (console_read(console, bytes, sizeof(bytes)) > 0)
            return true;
    }
}

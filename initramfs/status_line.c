/* SPDX-License-Identifier: BSD-2-Clause */
/* The status line. vcs(4): rows, columns, cursor x and y in one byte each, then pairs of character
 * and attribute. */
#include "initramfs/status_line.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/hosted.h"

#define SCREEN_MEMORY "/dev/vcsa" /* of the console in the foreground */
#define HEADER_BYTES  4
#define COLUMNS_MAX   255
#define ATTRIBUTE     0x70 /* black on grey */
#define KEYS          "Ctrl-Alt-Shift-Q ends the guest "

void status_line_cells(const char *left, uint64_t seconds, const char *right, unsigned columns,
                       uint8_t *ret_cells)
{
    char text[512], line[COLUMNS_MAX + 1];
    if (columns > COLUMNS_MAX)
        columns = COLUMNS_MAX;
    snprintf(text, sizeof(text), " %.400s  %02llu:%02u:%02u", left,
             (unsigned long long)(seconds / 3600), (unsigned)(seconds / 60 % 60),
             (unsigned)(seconds % 60));
    memset(line, ' ', sizeof(line));
    unsigned used = 0;
    for (const char *p = text; *p != '\0' && used < columns; p++) {
        unsigned char c = (unsigned char)*p;
        if ((c & 0xC0) == 0x80) /* the rest of a character that the font may not have */
            continue;
        line[used++] = c < 0x20 || c >= 0x7F ? '?' : (char)c;
    }
    size_t right_len = strlen(right);
    if (right_len < columns) { /* what ends the guest is worth more than a long name */
        memset(line + columns - right_len - 1, ' ', right_len + 1);
        memcpy(line + columns - right_len, right, right_len);
    }
    for (unsigned i = 0; i < columns; i++) {
        ret_cells[2 * i] = (uint8_t)line[i];
        ret_cells[2 * i + 1] = ATTRIBUTE;
    }
}

void status_line_init(struct status_line *line)
{
    *line = (struct status_line){.memory = -1};
}

static void draw(struct status_line *line, uint64_t seconds)
{
    uint8_t header[HEADER_BYTES], cells[2 * COLUMNS_MAX];
    if (pread(line->memory, header, sizeof(header), 0) != sizeof(header) || header[0] < 2)
        return;
    unsigned rows = header[0], columns = header[1];
    char right[sizeof(line->vnc) + sizeof(KEYS)], left[sizeof(line->text) + STATUS_LINE_RECORD + 2];
    snprintf(right, sizeof(right), "%s" KEYS, line->vnc);
    snprintf(left, sizeof(left), "%s%s%s", line->text, line->record[0] != '\0' ? "  " : "",
             line->record);
    status_line_cells(left, seconds, right, columns, cells);
    (void)!pwrite(line->memory, cells, (size_t)columns * 2,
                  (off_t)(HEADER_BYTES + (rows - 1) * columns * 2));
}

void status_line_start(struct status_line *line, struct console *console, const char *text,
                       uint64_t now_ms)
{
    uint8_t header[HEADER_BYTES];
    char region[64];
    auto_close memory = open(SCREEN_MEMORY, O_RDWR | O_CLOEXEC);
    if (memory < 0 || pread(memory, header, sizeof(header), 0) != sizeof(header) || header[0] < 4)
        return;
    unsigned last = header[0] - 1u; /* of the rows that the guest's text keeps */
    unsigned row = header[3] + 1u;
    snprintf(region, sizeof(region), "%s\033[1;%ur\033[%u;%uH", row > last ? "\r\n" : "", last,
             row > last ? last : row, row > last ? 1 : header[2] + 1u);
    console_write_screen(console, region, strlen(region));
    snprintf(line->text, sizeof(line->text), "%s", text);
    line->memory = take_fd(&memory);
    line->start_ms = now_ms;
    line->drawn_s = 0;
    draw(line, 0);
}

void status_line_note(struct status_line *line, const char *address, const char *password)
{
    snprintf(line->vnc, sizeof(line->vnc), "VNC %s password %s  ", address, password);
}

void status_line_record(struct status_line *line, const char *text)
{
    snprintf(line->record, sizeof(line->record), "%s", text);
}

void status_line_tick(struct status_line *line, uint64_t now_ms)
{
    uint64_t seconds = (now_ms - line->start_ms) / 1000;
    if (line->memory < 0 || seconds == line->drawn_s)
        return;
    line->drawn_s = seconds;
    draw(line, seconds);
}

void status_line_stop(struct status_line *line, struct console *console)
{
    static const char whole[] = "\0337\033[r\0338"; /* the cursor stays where it is */
    uint8_t header[HEADER_BYTES], blank[2 * COLUMNS_MAX];
    if (line->memory < 0)
        return;
    console_write_screen(console, whole, sizeof(whole) - 1);
    if (pread(line->memory, header, sizeof(header), 0) == sizeof(header) && header[0] > 1) {
        for (unsigned i = 0; i < header[1]; i++) {
            blank[2 * i] = ' ';
            blank[2 * i + 1] = 0x07;
        }
        (void)!pwrite(line->memory, blank, (size_t)header[1] * 2,
                      (off_t)(HEADER_BYTES + (header[0] - 1) * header[1] * 2));
    }
    close(line->memory);
    status_line_init(line);
}

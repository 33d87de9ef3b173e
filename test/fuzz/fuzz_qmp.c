/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: what QEMU, qemu-img and the host's kernel say to /init, in pieces of any size. */
#include <stdlib.h>
#include <string.h>

#include "initramfs/image_info.h"
#include "initramfs/kmsg.h"
#include "initramfs/lines.h"
#include "initramfs/watch.h"

#define LINE_MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void take_line(struct watch *watch, const char *line, size_t len, uint64_t now_ms)
{
    struct qmp_message message;
    struct kmsg_record record;
    if (kmsg_parse(line, len, &record)) {
        if (record.len > len || record.text < line || record.text + record.len > line + len)
            abort();
        (void)kmsg_is_alarm(&record);
    }
    if (qmp_parse(line, len, &message) != STATUS_OK)
        return;
    enum watch_phase before = watch->phase;
    watch_message(watch, &message, now_ms);
    /* A session never comes back to life, and never ends without a reason. */
    if (watch->phase < before || (watch->phase >= WATCH_QUITTING && watch->code == WATCH_CODE_NONE))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    struct watch watch;
    struct lines lines;
    size_t piece = bytes[0] == 0 ? 1 : bytes[0];
    uint64_t now_ms = 0;
    watch_init(&watch, now_ms);
    lines_init(&lines, LINE_MAX_BYTES);
    for (size_t off = 1; off < len; off += piece) {
        const char *line;
        size_t line_len, run = len - off < piece ? len - off : piece;
        if (lines_add(&lines, (const char *)bytes + off, run) != STATUS_OK)
            abort();
        while (lines_next(&lines, &line, &line_len)) {
            if (line_len > LINE_MAX_BYTES || memchr(line, '\n', line_len) != NULL)
                abort();
            take_line(&watch, line, line_len, now_ms += 100);
        }
        watch_tick(&watch, now_ms += 1000);
    }
    watch_exited(&watch, true, 9, "signal 9 (SIGKILL)", "qemu: last words", "", now_ms);
    if (!watch_is_over(&watch) || watch.code == WATCH_CODE_NONE ||
        memchr(watch.text, '\0', sizeof(watch.text)) == NULL)
        abort();
    lines_clear(&lines);

    uint64_t disk_bytes;
    auto_strbuf why = STRBUF_INIT;
    if (image_info_check((const char *)bytes, len, &disk_bytes, &why) != STATUS_OK && why.len == 0)
        abort();
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads trace.log: QEMU's trace events as its "log" back end writes them. */
#pragma once

#include <stddef.h>

#include "config/base/status.h"
#include "trace/report/build.h"

/* What the parser keeps between lines. Zero it to start. */
struct qemu_log {
    uint8_t handler_of[BUILD_NAMES_MAX]; /* by number of name: index in the table + 1; 0 not looked
                                            up */
    uint64_t lines, skipped;
    struct intern regions; /* names of memory regions; set its arena and max */
    struct {
        uint64_t bs;
        const char *file;
    } files[64]; /* bdrv_open_common: what is behind a block node */
    unsigned file_count;
};

/* Takes one line, "PID@SECONDS.MICROSECONDS:EVENT ARGS", without its line end. Lines of any other
 * form are counted as skipped. QEMU 7.2, scripts/tracetool/backend/log.py. */
void qemu_log_line(struct build *build, struct qemu_log *log, const char *line, size_t len);

/* Time of a line (CLOCK_REALTIME, ns); false if it has none. */
bool qemu_log_time(const char *line, size_t len, int64_t *ret_real_ns);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The window of a trace (trace_from, trace_until): opens and closes at a text on the serial console
 * or at a time. Pure: bytes and times in, the window's state out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIGGER_TEXT_MAX 4096 /* of a setting */

/* One end of the window. */
struct trigger_edge {
    const char *text; /* borrowed; NULL: by time */
    size_t len;
    int64_t after_ns;            /* since QEMU's start */
    char tail[TRIGGER_TEXT_MAX]; /* the last bytes of the console that may be a part of the text */
    size_t tail_len;
    bool has_happened;
    int64_t t_ns; /* when */
};

struct trigger {
    bool has_until, is_limited; /* false: open from the start to the end */
    struct trigger_edge from, until;
};

/* FROM and UNTIL: "", a text, or seconds as "12s" or "0.5s". Both stay the caller's. */
void trigger_init(struct trigger *trigger, const char *from, const char *until);

/* Bytes of the serial console at T_NS; LEN 0: time passes. True when the window has opened or
 * closed. UNTIL counts only behind FROM. */
bool trigger_take(struct trigger *trigger, const char *bytes, size_t len, int64_t t_ns);

bool trigger_is_open(const struct trigger *trigger);

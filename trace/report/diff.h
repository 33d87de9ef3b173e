/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs between two sessions of one image, lined up by content and phase, not by clock. */
#pragma once

#include "trace/report/model.h"

enum report_change {
    REPORT_NEW,    /* only in B */
    REPORT_GONE,   /* only in A */
    REPORT_SLOWER, /* took longer in B */
    REPORT_FASTER,
    REPORT_MORE, /* happened more often in B */
    REPORT_LESS,
    REPORT_CHANGED, /* another value: a setting, a version, the end */
    REPORT_CHANGES,
};

struct report_finding {
    uint8_t change;       /* enum report_change */
    const char *category; /* "end", "setting", "milestone", "phase", "file", "disk", "device",
                             "register", "exit", "poll", "host", "dns", "http", "serial" */
    const char *subject;  /* "/live/filesystem.squashfs", "hpet main counter", ... */
    double a, b;          /* in UNIT; NAN where there is none */
    const char *unit;     /* "ns", "bytes", "times", "" for texts */
    const char *a_text, *b_text; /* as people read it: "1.20 s", "" if absent */
    double low, high;            /* --against: the spread of the earlier ones; NAN without */
    double weight;               /* findings are sorted by it, the greatest first */
};

struct report_diff {
    const struct report *a, *b; /* borrowed */
    size_t against_count;       /* earlier sessions that made the spread, 0: only A */
    struct report_finding *findings;
    size_t finding_count;
    struct arena arena;
};

/* Compares A with B. AGAINST: COUNT earlier sessions besides A, whose spread hides what lies in it;
 * may be NULL, 0. Borrows all of them until report_diff_clear(). Empty for A against A. */
enum status report_diff_make(const struct report *a, const struct report *b,
                             const struct report *const *against, size_t count,
                             struct report_diff *ret_diff) must_check;
void report_diff_clear(struct report_diff *diff);

const char *report_change_name(uint8_t change); /* "new", "gone", "slower", ... */

/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as one HTML page. */
#pragma once

#include <stdio.h>

#include "trace/report/diff.h"
#include "trace/report/model.h"

struct report_html_options {
    bool is_full; /* carry every event, not only the first and hottest */
};

/* Writes the page of REPORT, or of DIFF with both its sessions, to STREAM. Returns 0, or -errno
 * when STREAM cannot be written or memory runs out; reports nothing. */
int report_html_write(const struct report *report, FILE *stream,
                      const struct report_html_options *options) must_check;
int report_html_write_diff(const struct report_diff *diff, FILE *stream,
                           const struct report_html_options *options) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's data, block by block. page/data.js is the other end of what stands here.
 *
 * Block "facts": one JSON object; times are ns since QEMU's start, null for never; lists of rows
 * are lists of lists, their columns named in html_facts.c and read by the same names in data.js.
 * Blocks of columns hold LEB128 numbers (html_out.h: varint, zigzag), all of one column, then the
 * next:
 *
 *   cells     for each series: the number of its cells, then of each the bucket as distance from
 * the one before (first: from 0) and its count events    series; t as distance; value's low 32
 * bits, xor the same series' one before; its high 32 bits likewise; cpu; address less the series'
 * (only series with shift > 0) texts     the text of each carried event of kind qmp or trace, a
 * line each requests  t as distance; 1 + end - t, or 0; offset less the drive's last end, zigzag;
 * bytes; drive * 2 + is_write; 1 + index in the files of "facts", or 0; requests joined in it
 *   packets   t as distance; bytes; 1 + index in hosts, or 0; 1 from the guest; packets joined in
 * it serial-t  for each line 1 + distance of t, or 0 without a time;     serial    the lines
 *   firmware-t, firmware  likewise */
#pragma once

#include "trace/report/html/html_out.h"
#include "trace/report/html/html_series.h"
#include "trace/report/model.h"

/* Bounds that keep the page near 5 MB, and near 12 MB when it is full. */
struct html_limits {
    size_t first_events;      /* carried from the session's begin */
    size_t events_per_series; /* the first of each series */
    size_t requests;          /* more are joined with their neighbours */
    size_t picture_bytes;     /* of all pictures */
    size_t log_bytes;         /* of each log, half of them from its end */
};
struct html_limits html_limits_of(bool is_full);

/* Which files of the report the page has: 1 + row of "facts" for each, 0 for none. NULL when memory
 * runs out. The caller frees. */
uint32_t *html_file_rows(const struct report *report, size_t *ret_count) must_check;

/* Each writes its blocks, with NAME_PREFIX ("" or "b-") before their names; a failure is in OUT. */
struct html_page {
    struct html_out *out;
    const struct report *report;
    const struct html_series_set *set;
    struct html_limits limits;
    const char *prefix;
    bool is_full;
    const uint32_t *file_rows;
};
void html_write_facts(const struct html_page *page);
void html_write_cells(const struct html_page *page);
void html_write_events(const struct html_page *page);
void html_write_requests(const struct html_page *page);
void html_write_packets(const struct html_page *page);
void html_write_logs(const struct html_page *page);
void html_write_pictures(const struct html_page *page);

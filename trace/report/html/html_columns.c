/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's blocks of columns: cells, events, requests, packets, logs, pictures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/html/html_data.h"
#include "trace/report/html/html_text.h"

static void begin(const struct html_page *page, const char *block)
{
    char name[32];
    snprintf(name, sizeof(name), "%s%s", page->prefix, block);
    html_block_begin(page->out, name);
}

static void fail_memory(const struct html_page *page)
{
    if (!page->out->error) {
        page->out->error = -ENOMEM;
    }
}

void html_write_cells(const struct html_page *page)
{
    begin(page, "cells");
    for (size_t i = 0; i < page->set->count; i++) {
        const struct html_series *s = &page->set->series[i];
        const struct html_cell *cells = page->set->cells + s->cell;
        uint32_t last = 0;
        html_block_varint(page->out, s->cells);
        for (uint32_t k = 0; k < s->cells; k++) {
            html_block_varint(page->out, cells[k].bucket - last);
            html_block_varint(page->out, cells[k].count);
            last = cells[k].bucket;
        }
    }
    html_block_end(page->out);
}

/* ---- Events ---- */

/* Indices of the events that the page carries, in the order of time; NULL when memory runs out. */
static uint32_t *pick_events(const struct html_page *page, size_t *ret_count)
{
    size_t total = page->report->events.count;
    uint32_t *picked = malloc((total + 1) * sizeof(*picked));
    uint32_t *taken = calloc(page->set->count + 1, sizeof(*taken));
    size_t count = 0;
    for (size_t i = 0; picked && taken && i < total; i++) {
        uint32_t series = page->set->of_event[i];
        if (i < page->limits.first_events || taken[series] < page->limits.events_per_series) {
            taken[series]++;
            picked[count++] = (uint32_t)i;
        }
    }
    if (!taken) {
        free(picked);
        picked = NULL;
    }
    free(taken);
    *ret_count = count;
    return picked;
}

static bool has_text(uint8_t kind)
{
    return kind == REPORT_QMP || kind == REPORT_OTHER;
}

/* What the column "value" holds of event I; the texts have a block of their own. */
static uint64_t carried_value(const struct report_events *e, size_t i)
{
    switch (e->kind[i]) {
    case REPORT_ENTRY:
        return e->address[i];
    case REPORT_DISK:
    case REPORT_DISK_END:
    case REPORT_QMP:
    case REPORT_OTHER:
        return 0;
    default:
        return e->value[i];
    }
}

/* SHIFT 0: the low halves of the values, 32: the high ones. LAST: one for each series. */
static void write_values(const struct html_page *page, const uint32_t *picked, size_t count,
                         unsigned shift, uint32_t *last)
{
    memset(last, 0, page->set->count * sizeof(*last));
    for (size_t k = 0; k < count; k++) {
        uint32_t series = page->set->of_event[picked[k]];
        uint32_t half = (uint32_t)(carried_value(&page->report->events, picked[k]) >> shift);
        html_block_varint(page->out, half ^ last[series]);
        last[series] = half;
    }
}

static void write_event_columns(const struct html_page *page, const uint32_t *picked, size_t count,
                                uint32_t *last)
{
    const struct report_events *e = &page->report->events;
    int64_t last_t = 0;
    html_block_varint(page->out, count);
    for (size_t k = 0; k < count; k++) {
        html_block_varint(page->out, page->set->of_event[picked[k]]);
    }
    for (size_t k = 0; k < count; k++) {
        int64_t t = e->t[picked[k]] > last_t ? e->t[picked[k]] : last_t;
        html_block_varint(page->out, (uint64_t)(t - last_t));
        last_t = t;
    }
    write_values(page, picked, count, 0, last);
    write_values(page, picked, count, 32, last);
    for (size_t k = 0; k < count; k++) {
        html_block_varint(page->out, e->cpu[picked[k]]);
    }
    for (size_t k = 0; k < count; k++) {
        const struct html_series *s = &page->set->series[page->set->of_event[picked[k]]];
        if (s->shift && s->kind <= REPORT_PCI) {
            html_block_varint(page->out, e->address[picked[k]] - s->address);
        }
    }
}

static void write_event_texts(const struct html_page *page, const uint32_t *picked, size_t count)
{
    const struct report *r = page->report;
    auto_strbuf line = STRBUF_INIT;
    for (size_t k = 0; k < count; k++) {
        uint64_t off = r->events.value[picked[k]];
        if (!has_text(r->events.kind[picked[k]])) {
            continue;
        }
        if (off < r->text_bytes) {
            html_plain_line(&line, r->texts + off, strlen(r->texts + off));
        }
        strbuf_append_char(&line, '\n');
        html_block_json(page->out, &line);
    }
}

void html_write_events(const struct html_page *page)
{
    size_t count;
    auto_free uint32_t *picked = pick_events(page, &count);
    auto_free uint32_t *last = malloc((page->set->count + 1) * sizeof(*last));
    if (!picked || !last) {
        fail_memory(page);
        return;
    }
    begin(page, "events");
    write_event_columns(page, picked, count, last);
    html_block_end(page->out);
    begin(page, "texts");
    write_event_texts(page, picked, count);
    html_block_end(page->out);
}

/* ---- Disk requests and packets: neighbours are joined when there are too many ---- */

struct joined_request {
    struct report_request request;
    uint32_t count;
};

static bool joins(const struct report_request *a, const struct report_request *b, int64_t span_ns)
{
    return a->drive == b->drive && a->is_write == b->is_write && a->file == b->file &&
           b->is_sequential && b->t - a->t < span_ns;
}

/* Joins in place; returns how many are left. */
static size_t join_requests(struct joined_request *all, size_t count, int64_t span_ns)
{
    size_t kept = count > 0;
    for (size_t i = 1; i < count; i++) {
        struct joined_request *into = &all[kept - 1];
        if (!joins(&into->request, &all[i].request, span_ns)) {
            all[kept++] = all[i];
            continue;
        }
        into->request.bytes += all[i].request.bytes;
        into->count += all[i].count;
        if (all[i].request.end_t > into->request.end_t) {
            into->request.end_t = all[i].request.end_t;
        }
    }
    return kept;
}

static void write_request_columns(const struct html_page *page, const struct joined_request *all,
                                  size_t count)
{
    struct html_out *out = page->out;
    int64_t last_t = 0;
    html_block_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        int64_t t = all[i].request.t > last_t ? all[i].request.t : last_t;
        html_block_varint(out, (uint64_t)(t - last_t));
        last_t = t;
    }
    for (size_t i = 0; i < count; i++) {
        const struct report_request *r = &all[i].request;
        html_block_varint(out, r->end_t < r->t ? 0 : 1 + (uint64_t)(r->end_t - r->t));
    }
    auto_free uint64_t *ends = calloc(page->report->drive_count + 1, sizeof(*ends));
    if (!ends) {
        fail_memory(page);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct report_request *r = &all[i].request;
        uint64_t *end = &ends[r->drive < page->report->drive_count ? r->drive : 0];
        html_block_zigzag(out, (int64_t)(r->off - *end));
        *end = r->off + r->bytes;
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].request.bytes);
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].request.drive * 2u + all[i].request.is_write);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t file = all[i].request.file;
        html_block_varint(out, file < page->report->file_count ? page->file_rows[file] : 0);
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].count);
    }
}

void html_write_requests(const struct html_page *page)
{
    const struct report *r = page->report;
    size_t count = r->request_count;
    auto_free struct joined_request *all = malloc((count + 1) * sizeof(*all));
    if (!all) {
        fail_memory(page);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = (struct joined_request){.request = r->requests[i], .count = 1};
    }
    int64_t span_ns = page->set->bucket_ns;
    for (unsigned round = 0; count > page->limits.requests && round < 16; round++, span_ns *= 4) {
        count = join_requests(all, count, span_ns);
    }
    begin(page, "requests");
    write_request_columns(page, all, count);
    html_block_end(page->out);
}

struct joined_packet {
    int64_t t;
    uint64_t bytes;
    uint32_t host;
    uint32_t count;
    bool from_guest;
};

/* Packets of one bucket, host and direction that follow each other. */
static size_t join_packets(const struct report *r, int64_t bucket_ns, struct joined_packet *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->packet_count; i++) {
        const struct report_packet *p = &r->packets[i];
        struct joined_packet *into = kept > 0 ? &all[kept - 1] : NULL;
        if (into && into->host == p->host && into->from_guest == p->from_guest &&
            p->t - into->t < bucket_ns) {
            into->bytes += p->bytes;
            into->count++;
        } else {
            all[kept++] = (struct joined_packet){.t = p->t,
                                                 .bytes = p->bytes,
                                                 .host = p->host,
                                                 .count = 1,
                                                 .from_guest = p->from_guest};
        }
    }
    return kept;
}

void html_write_packets(const struct html_page *page)
{
    struct html_out *out = page->out;
    const struct report *r = page->report;
    auto_free struct joined_packet *all = malloc((r->packet_count + 1) * sizeof(*all));
    if (!all) {
        fail_memory(page);
        return;
    }
    size_t count = join_packets(r, page->set->bucket_ns, all);
    int64_t last_t = 0;
    begin(page, "packets");
    html_block_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        int64_t t = all[i].t > last_t ? all[i].t : last_t;
        html_block_varint(out, (uint64_t)(t - last_t));
        last_t = t;
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].bytes);
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].host < r->host_count ? all[i].host + 1 : 0);
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].from_guest);
    }
    for (size_t i = 0; i < count; i++) {
        html_block_varint(out, all[i].count);
    }
    html_block_end(out);
}

/* ---- Logs ---- */

/* Is line I among those that the page carries: all of them, or the first and the last? */
static bool carries_line(const struct html_page *page, const struct report_log *log, size_t i)
{
    size_t half = page->limits.log_bytes / 2;
    uint64_t off = log->lines[i].off;
    return off < half || log->len - off <= half;
}

static void write_log(const struct html_page *page, const struct report_log *log, const char *name)
{
    char times[32];
    int64_t last_t = 0;
    auto_strbuf line = STRBUF_INIT;
    snprintf(times, sizeof(times), "%s-t", name);
    begin(page, times);
    for (size_t i = 0; i < log->line_count; i++) {
        int64_t t = log->lines[i].t;
        if (!carries_line(page, log, i)) {
            continue;
        }
        if (t == REPORT_NEVER) {
            html_block_varint(page->out, 0);
            continue;
        }
        t = t > last_t ? t : last_t;
        html_block_varint(page->out, 1 + (uint64_t)(t - last_t));
        last_t = t;
    }
    html_block_end(page->out);
    begin(page, name);
    bool is_cut = false;
    for (size_t i = 0; i < log->line_count; i++) {
        if (!carries_line(page, log, i)) {
            is_cut = true;
            continue;
        }
        if (is_cut) {
            is_cut = false;
            strbuf_append(&line, "[the middle of this log is left out] ");
        }
        html_plain_line(&line, log->bytes + log->lines[i].off, log->lines[i].len);
        strbuf_append_char(&line, '\n');
        html_block_json(page->out, &line);
    }
    html_block_end(page->out);
}

void html_write_logs(const struct html_page *page)
{
    write_log(page, &page->report->serial, "serial");
    write_log(page, &page->report->firmware, "firmware");
}

/* ---- Pictures ---- */

void html_write_pictures(const struct html_page *page)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    const struct report *r = page->report;
    uint64_t total = 0;
    for (size_t i = 0; i < r->picture_count; i++) {
        total += r->pictures[i].bytes;
    }
    size_t budget = page->limits.picture_bytes;
    size_t stride = (size_t)(total / budget) + 1;
    for (size_t i = 0; i < r->picture_count; i++) {
        auto_free uint8_t *bytes = NULL;
        size_t len;
        char element[96];
        if ((i % stride != 0 && i + 1 != r->picture_count) ||
            report_read(r, r->pictures[i].name, budget, &bytes, &len) != STATUS_OK ||
            len < sizeof(png) || memcmp(bytes, png, sizeof(png)) != 0) {
            continue;
        }
        budget -= len;
        snprintf(element, sizeof(element), "<script type=\"text/plain\" id=\"%spicture-%zu\">",
                 page->prefix, i);
        html_out_text(page->out, element);
        html_out_base64(page->out, bytes, len);
        html_out_text(page->out, "</script>\n");
    }
}

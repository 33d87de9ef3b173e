/* SPDX-License-Identifier: BSD-2-Clause */
/* Merges everything that has a time, and looks for holes. */
#include "trace/report/gaps.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/build.h"
#include "trace/report/logs.h"

#define GAP_MIN_NS BUILD_NS
#define GAPS_MAX   10000u
#define TEXT_BYTES 256u

/* Heads of the sequences that are merged. */
struct heads {
    size_t event, line, packet, poll;
    int64_t end_t;      /* of the last thing */
    size_t last_line;   /* + 1 */
    size_t last_packet; /* + 1 */
    size_t last_event;  /* + 1 */
};

/* Ticks go on while a guest waits. */
static bool is_tick(const struct report *r, size_t i)
{
    static const char *const names[] = {"hpet", "lapic", "ioapic",  "pic",
                                        "pit",  "rtc",   "acpi-pm", "kvmvapic"};
    const char *device = report_device_name(r, r->events.device[i]);

    if (r->events.kind[i] == REPORT_EXIT || r->events.kind[i] == REPORT_ENTRY)
        return true;
    for (size_t k = 0; k < ARRAY_SIZE(names); k++)
        if (strcmp(device, names[k]) == 0)
            return true;
    return false;
}

static int64_t line_time(const struct report *r, size_t i)
{
    return i < r->serial.line_count ? r->serial.lines[i].t : INT64_MAX;
}

/* The time of the next thing, and moves behind it; INT64_MAX at the end. */
static int64_t next(const struct report *r, struct heads *h)
{
    while (h->event < r->events.count && is_tick(r, h->event))
        h->event++;
    while (h->line < r->serial.line_count && line_time(r, h->line) == REPORT_NEVER)
        h->line++;
    int64_t event = h->event < r->events.count ? r->events.t[h->event] : INT64_MAX;
    int64_t line = line_time(r, h->line);
    int64_t packet = h->packet < r->packet_count ? r->packets[h->packet].t : INT64_MAX;
    if (event <= line && event <= packet) {
        if (event != INT64_MAX)
            h->last_event = ++h->event;
        return event;
    }
    if (line <= packet) {
        h->last_line = ++h->line;
        return line;
    }
    h->last_packet = ++h->packet;
    return packet;
}

static bool looks_like_prompt(const char *text, size_t len)
{
    return len > 0 && (strchr("#$>:?", text[len - 1]) != NULL || strstr(text, "press ") != NULL ||
                       strstr(text, "Press ") != NULL);
}

/* What stands last on the console after LINE: lines behind it have no time of their own. */
static size_t last_text(const struct report_log *log, size_t line, char text[TEXT_BYTES])
{
    char next_text[TEXT_BYTES];
    size_t len = log_plain_line(log, line, text, TEXT_BYTES);

    for (size_t i = line + 1; i < log->line_count && log->lines[i].t == REPORT_NEVER; i++) {
        size_t next_len = log_plain_line(log, i, next_text, TEXT_BYTES);
        if (next_len > 0) {
            memcpy(text, next_text, next_len + 1);
            len = next_len;
        }
    }
    return len;
}

static const char *polled(struct report *r, int64_t from, int64_t to)
{
    for (size_t i = 0; i < r->poll_count; i++)
        if (r->polls[i].t < to && r->polls[i].end_t > from)
            return build_format(r, "%s %s, which it read %llu times",
                                report_device_name(r, r->polls[i].device), r->polls[i].reg,
                                (unsigned long long)r->polls[i].count);
    return NULL;
}

static const char *waiting_for(struct report *r, const struct heads *h, int64_t from, int64_t to)
{
    char text[TEXT_BYTES];
    const char *reason = polled(r, from, to);
    const struct report_events *e = &r->events;

    if (reason != NULL)
        return reason;
    if (from == 0 && h->last_event == 0)
        return "QEMU's own start";
    if (h->last_event > 0 && e->t[h->last_event - 1] == from &&
        e->kind[h->last_event - 1] == REPORT_DISK) {
        uint64_t number = e->value[h->last_event - 1];
        if (number < r->request_count)
            return build_format(r, "after a disk request of %llu bytes at byte %llu",
                                (unsigned long long)r->requests[number].bytes,
                                (unsigned long long)r->requests[number].off);
    }
    if (h->last_packet > 0 && r->packets[h->last_packet - 1].t == from &&
        r->packets[h->last_packet - 1].from_guest &&
        r->packets[h->last_packet - 1].host != REPORT_NONE32)
        return build_format(r, "an answer from %s",
                            r->hosts[r->packets[h->last_packet - 1].host].address);
    if (h->last_line > 0) {
        size_t len = last_text(&r->serial, h->last_line - 1, text);
        if (looks_like_prompt(text, len))
            return build_format(r, "a key: the console shows \"%s\"",
                                len > 60 ? text + len - 60 : text);
    }
    return "not known";
}

enum status gaps_find(struct report *r)
{
    struct heads heads = {0};
    int64_t min = r->end_t / 100 > GAP_MIN_NS ? r->end_t / 100 : GAP_MIN_NS;
    int64_t last = 0;

    if (r->events.count == 0 && r->packet_count == 0 && r->serial.line_count == 0)
        return STATUS_OK;
    for (;;) {
        struct heads before = heads;
        int64_t t = next(r, &heads);
        int64_t end = t != INT64_MAX ? t : r->end_t;
        if (end - last >= min && r->gap_count < GAPS_MAX) {
            const struct report_gap gap = {last, end, waiting_for(r, &before, last, end)};
            if (!array_add(r->gaps, r->gap_count, gap))
                return STATUS_NO_MEMORY;
        }
        if (t == INT64_MAX)
            return STATUS_OK;
        if (t > last)
            last = t;
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The most telling lines of each part. */
#include "trace/report/show.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "trace/report/text.h"

#define ROWS_PHASES  6u
#define ROWS_FILES   6u
#define ROWS_DEVICES 8u
#define ROWS_HOT     5u
#define ROWS_EXITS   4u
#define ROWS_POLLS   3u
#define ROWS_GAPS    3u
#define ROWS_HOSTS   4u

/* printf() with everything that a terminal might obey shown as text. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    auto_strbuf text = STRBUF_INIT, line = STRBUF_INIT;
    va_list args;

    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    strbuf_append_printable(&line, strbuf_text(&text));
    puts(strbuf_text(&line));
}

static void show_head(const struct report *r)
{
    const struct report_session *s = &r->session;
    char duration[TEXT_NUMBER_BYTES], ram[TEXT_NUMBER_BYTES], cpus[TEXT_NUMBER_BYTES];

    say("%s", s->name);
    say("  %s%s%s  %s, %s, %s MB, %s CPUs, tier %s", s->image_path,
        *s->image_label != '\0' ? "  " : "", s->image_label,
        *s->accelerator != '\0' ? s->accelerator : "?", *s->firmware != '\0' ? s->firmware : "?",
        s->ram_mb != 0 ? text_count(s->ram_mb, ram) : "?",
        s->cpus != 0 ? text_count(s->cpus, cpus) : "?", *s->tier != '\0' ? s->tier : "?");
    say("  %s, %s: %s", *s->start != '\0' ? s->start : "no start",
        text_time(s->duration_ns != REPORT_NEVER ? s->duration_ns : r->end_t, duration),
        *s->end_text != '\0' ? s->end_text : "no end: it runs, or was cut off");
}

static void show_phases(const struct report *r)
{
    char from[TEXT_NUMBER_BYTES], took[TEXT_NUMBER_BYTES];

    if (r->phase_count > 0)
        say("Phases");
    for (size_t i = 0; i < r->phase_count && i < ROWS_PHASES; i++)
        say("  %10s  %10s  %-12s %s", text_time(r->phases[i].t, from),
            text_time(r->phases[i].end_t - r->phases[i].t, took), r->phases[i].name,
            r->phases[i].how);
}

static int64_t gap_ns(const struct report *r, size_t i)
{
    return r->gaps[i].end_t - r->gaps[i].t;
}

static void show_gaps(const struct report *r)
{
    char from[TEXT_NUMBER_BYTES], took[TEXT_NUMBER_BYTES];
    size_t shown[ROWS_GAPS], rows = 0;

    for (size_t i = 0; i < r->gap_count; i++) {
        size_t at = rows < ROWS_GAPS ? rows++ : ROWS_GAPS;
        while (at > 0 && gap_ns(r, shown[at - 1]) < gap_ns(r, i)) {
            if (at < ROWS_GAPS)
                shown[at] = shown[at - 1];
            at--;
        }
        if (at < ROWS_GAPS)
            shown[at] = i;
    }
    if (rows > 0)
        say("Nothing happened (%zu times, the longest)", r->gap_count);
    for (size_t i = 0; i < rows; i++)
        say("  %10s  %10s  waited for: %s", text_time(r->gaps[shown[i]].t, from),
            text_time(gap_ns(r, shown[i]), took), r->gaps[shown[i]].waiting);
}

static void show_disk(const struct report *r)
{
    char count[TEXT_NUMBER_BYTES], bytes[TEXT_NUMBER_BYTES], t[TEXT_NUMBER_BYTES];
    uint32_t shown[ROWS_FILES];
    size_t files = 0, rows = 0;

    for (size_t i = 0; i < r->drive_count; i++)
        if (r->drives[i].reads + r->drives[i].writes > 0)
            say("Disk: %s, %s reads of %s%s", r->drives[i].name,
                text_count(r->drives[i].reads, count), text_bytes(r->drives[i].bytes_read, bytes),
                r->drives[i].is_image ? " (the image)" : "");
    for (size_t i = 0; i < r->file_count; i++) {
        if (r->files[i].order == REPORT_NONE32)
            continue;
        files++;
        /* The most bytes, the greatest first. */
        size_t at = rows < ROWS_FILES ? rows++ : ROWS_FILES;
        while (at > 0 && r->files[shown[at - 1]].bytes_read < r->files[i].bytes_read) {
            if (at < ROWS_FILES)
                shown[at] = shown[at - 1];
            at--;
        }
        if (at < ROWS_FILES)
            shown[at] = (uint32_t)i;
    }
    if (files > 0)
        say("Files read: %zu of %zu, the most bytes", files, r->file_count);
    for (size_t i = 0; i < rows; i++) {
        const struct report_file *file = &r->files[shown[i]];
        say("  %10s  %10s  %7s times  #%-4u %s", text_time(file->first_t, t),
            text_bytes(file->bytes_read, bytes), text_count(file->reads, count), file->order + 1,
            file->path);
    }
}

static void show_devices(const struct report *r)
{
    char reads[TEXT_NUMBER_BYTES], writes[TEXT_NUMBER_BYTES];
    uint32_t shown[ROWS_DEVICES];
    size_t rows = 0;

    for (size_t i = 0; i < r->device_count; i++) {
        const struct report_device *d = &r->devices[i];
        if (d->reads + d->writes == 0)
            continue;
        size_t at = rows < ROWS_DEVICES ? rows++ : ROWS_DEVICES;
        while (at > 0 && r->devices[shown[at - 1]].reads + r->devices[shown[at - 1]].writes <
                             d->reads + d->writes) {
            if (at < ROWS_DEVICES)
                shown[at] = shown[at - 1];
            at--;
        }
        if (at < ROWS_DEVICES)
            shown[at] = (uint32_t)i;
    }
    if (rows > 0)
        say("Devices %30s %12s", "reads", "writes");
    for (size_t i = 0; i < rows; i++) {
        const struct report_device *d = &r->devices[shown[i]];
        say("  %-22s %13s %12s  %s", d->name, text_count(d->reads, reads),
            text_count(d->writes, writes), d->title);
    }
}

static void show_hot(const struct report *r)
{
    char count[TEXT_NUMBER_BYTES], total[TEXT_NUMBER_BYTES], from[TEXT_NUMBER_BYTES];

    if (r->hot_count > 0)
        say("Hottest addresses");
    for (size_t i = 0; i < r->hot_count && i < ROWS_HOT; i++)
        say("  %12s  %-5s %s 0x%llx %s %s", text_count(r->hot[i].count, count),
            r->hot[i].rw == REPORT_WRITE ? "write" : "read", report_kind_name(r->hot[i].kind),
            (unsigned long long)r->hot[i].address, report_device_name(r, r->hot[i].device),
            r->hot[i].reg);
    if (r->exit_count > 0)
        say("Exits");
    for (size_t i = 0; i < r->exit_count && i < ROWS_EXITS; i++)
        say("  %12s  %10s  %s", text_count(r->exits[i].count, count),
            text_time((int64_t)r->exits[i].total_ns, total), r->exits[i].reason);
    if (r->poll_count > 0)
        say("Polling loops (%zu)", r->poll_count);
    for (size_t i = 0; i < r->poll_count && i < ROWS_POLLS; i++)
        say("  %10s  %10s  %s reads of %s %s", text_time(r->polls[i].t, from),
            text_time(r->polls[i].end_t - r->polls[i].t, total),
            text_count(r->polls[i].count, count), report_device_name(r, r->polls[i].device),
            r->polls[i].reg);
}

static void show_network(const struct report *r)
{
    char from[TEXT_NUMBER_BYTES], to[TEXT_NUMBER_BYTES];

    if (r->packet_count == 0)
        return;
    say("Network: %zu packets, %zu hosts, %zu names asked, %zu HTTP requests", r->packet_count,
        r->host_count, r->dns_count, r->http_count);
    for (size_t i = 0; i < r->host_count && i < ROWS_HOSTS; i++)
        say("  %-20s %s  from it %s, to it %s", r->hosts[i].address, r->hosts[i].name,
            text_bytes(r->hosts[i].bytes_from, from), text_bytes(r->hosts[i].bytes_to, to));
}

static void show_troubles(const struct report *r)
{
    const struct report_session *s = &r->session;
    char t[TEXT_NUMBER_BYTES];

    for (unsigned i = 0; i < REPORT_PANELS; i++)
        if (*r->panels[i].message != '\0')
            say("! %s: %s", r->panels[i].name, r->panels[i].message);
    for (size_t i = 0; i < s->recorder_count; i++) {
        const struct report_recorder *recorder = &s->recorders[i];
        uint64_t lost = recorder->overrun + recorder->dropped + recorder->commit_overrun;
        if (lost > 0)
            say("! %s: %llu events lost", recorder->name, (unsigned long long)lost);
        if (recorder->stopped_t != REPORT_NEVER)
            say("! %s: stopped at %s: %s%s%s", recorder->name, text_time(recorder->stopped_t, t),
                recorder->stopped_reason, *recorder->stopped_message != '\0' ? ": " : "",
                recorder->stopped_message);
    }
    for (size_t i = 0; i < s->problem_count && i < 5; i++)
        say("! %s", s->problems[i]);
    for (size_t i = 0; i < s->warning_count && i < 5; i++)
        say("! %s", s->warnings[i]);
}

void show_text(const struct report *report)
{
    char count[TEXT_NUMBER_BYTES];

    show_head(report);
    say("  %s events recorded", text_count(report->events.count, count));
    show_phases(report);
    show_gaps(report);
    show_disk(report);
    show_devices(report);
    show_hot(report);
    show_network(report);
    show_troubles(report);
}

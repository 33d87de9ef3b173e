/* SPDX-License-Identifier: BSD-2-Clause */
/* The model without its single events as one JSON object: times in ns since QEMU's start. */
#include "trace/report/show.h"

#include <stdio.h>

#include "config/base/strbuf.h"

#define LINE_BYTES_MAX ((size_t)1 << 20)

static void put_text(const char *key, const char *text, const char *end)
{
    auto_strbuf line = strbuf_with_max(LINE_BYTES_MAX);

    strbuf_append_json(&line, text);
    printf("\"%s\": %s%s", key, strbuf_status(&line) == STATUS_OK ? strbuf_text(&line) : "null",
           end);
}

static void put_time(const char *key, int64_t t, const char *end)
{
    if (t == REPORT_NEVER)
        printf("\"%s\": null%s", key, end);
    else
        printf("\"%s\": %lld%s", key, (long long)t, end);
}

static void put_count(const char *key, uint64_t count, const char *end)
{
    printf("\"%s\": %llu%s", key, (unsigned long long)count, end);
}

static void begin_list(const char *name)
{
    printf(",\n  \"%s\": [", name);
}

static void begin_item(size_t i)
{
    printf("%s\n    {", i > 0 ? "," : "");
}

static void put_session(const struct report *r)
{
    const struct report_session *s = &r->session;

    printf("{\n  ");
    put_text("name", s->name, ", ");
    put_text("image", s->image_path, ", ");
    put_text("start", s->start, ", ");
    put_text("end", s->end, ", ");
    put_text("end_code", s->end_code, ", ");
    put_text("accelerator", s->accelerator, ", ");
    put_text("firmware", s->firmware, ", ");
    put_text("tier", s->tier, ",\n  ");
    put_time("end_t", r->end_t, ", ");
    put_count("events", r->events.count, "");
}

static void put_panels(const struct report *r)
{
    static const char *const states[] = {"absent", "readable", "partly", "unreadable"};

    begin_list("parts");
    for (unsigned i = 0; i < REPORT_PANELS; i++) {
        const struct report_panel *panel = &r->panels[i];
        begin_item(i);
        put_text("name", panel->name, ", ");
        put_text("state", states[panel->state & 3], ", ");
        put_text("message", panel->message, ", ");
        put_count("bytes", panel->bytes, ", ");
        put_count("items", panel->items, ", ");
        put_count("skipped", panel->skipped, "}");
    }
    printf("]");
}

static void put_timeline(const struct report *r)
{
    begin_list("phases");
    for (size_t i = 0; i < r->phase_count; i++) {
        begin_item(i);
        put_text("name", r->phases[i].name, ", ");
        put_time("t", r->phases[i].t, ", ");
        put_time("end_t", r->phases[i].end_t, ", ");
        put_text("how", r->phases[i].how, "}");
    }
    printf("]");
    begin_list("milestones");
    for (size_t i = 0; i < r->milestone_count; i++) {
        begin_item(i);
        put_text("name", r->milestones[i].name, ", ");
        put_time("t", r->milestones[i].t, "}");
    }
    printf("]");
    begin_list("gaps");
    for (size_t i = 0; i < r->gap_count; i++) {
        begin_item(i);
        put_time("t", r->gaps[i].t, ", ");
        put_time("end_t", r->gaps[i].end_t, ", ");
        put_text("waiting", r->gaps[i].waiting, "}");
    }
    printf("]");
}

static void put_devices(const struct report *r)
{
    size_t shown = 0;

    begin_list("devices");
    for (size_t i = 0; i < r->device_count; i++) {
        const struct report_device *d = &r->devices[i];
        if (d->reads + d->writes == 0 && !d->is_pci)
            continue;
        begin_item(shown++);
        put_text("name", d->name, ", ");
        put_text("title", d->title, ", ");
        if (d->is_pci)
            printf("\"pci\": \"%02x:%02x.%x\", ", d->bus, d->slot, d->function);
        put_count("reads", d->reads, ", ");
        put_count("writes", d->writes, ", ");
        put_count("mmio", d->mmio, ", ");
        put_count("pio", d->pio, ", ");
        put_count("config", d->config, "}");
    }
    printf("]");
    begin_list("hot");
    for (size_t i = 0; i < r->hot_count; i++) {
        begin_item(i);
        put_text("kind", report_kind_name(r->hot[i].kind), ", ");
        put_text("rw", r->hot[i].rw == REPORT_WRITE ? "write" : "read", ", ");
        put_text("device", report_device_name(r, r->hot[i].device), ", ");
        put_text("register", r->hot[i].reg, ", ");
        put_count("address", r->hot[i].address, ", ");
        put_count("count", r->hot[i].count, "}");
    }
    printf("]");
    begin_list("exits");
    for (size_t i = 0; i < r->exit_count; i++) {
        begin_item(i);
        put_text("reason", r->exits[i].reason, ", ");
        put_count("count", r->exits[i].count, ", ");
        put_count("total_ns", r->exits[i].total_ns, ", ");
        put_count("max_ns", r->exits[i].max_ns, "}");
    }
    printf("]");
    begin_list("polls");
    for (size_t i = 0; i < r->poll_count; i++) {
        begin_item(i);
        put_text("device", report_device_name(r, r->polls[i].device), ", ");
        put_text("register", r->polls[i].reg, ", ");
        put_time("t", r->polls[i].t, ", ");
        put_time("end_t", r->polls[i].end_t, ", ");
        put_count("address", r->polls[i].address, ", ");
        put_count("count", r->polls[i].count, "}");
    }
    printf("]");
}

static void put_disk(const struct report *r)
{
    size_t shown = 0;

    begin_list("drives");
    for (size_t i = 0; i < r->drive_count; i++) {
        begin_item(i);
        put_text("name", r->drives[i].name, ", ");
        put_text("file", r->drives[i].file, ", ");
        put_count("reads", r->drives[i].reads, ", ");
        put_count("writes", r->drives[i].writes, ", ");
        put_count("bytes_read", r->drives[i].bytes_read, ", ");
        put_count("bytes_written", r->drives[i].bytes_written, "}");
    }
    printf("]");
    begin_list("files");
    for (size_t i = 0; i < r->file_count; i++) {
        const struct report_file *file = &r->files[i];
        if (file->order == REPORT_NONE32)
            continue;
        begin_item(shown++);
        put_text("path", file->path, ", ");
        put_count("order", file->order, ", ");
        put_count("bytes", file->bytes, ", ");
        put_count("reads", file->reads, ", ");
        put_count("bytes_read", file->bytes_read, ", ");
        put_time("first_t", file->first_t, ", ");
        put_time("last_t", file->last_t, "}");
    }
    printf("]");
}

static void put_network(const struct report *r)
{
    begin_list("hosts");
    for (size_t i = 0; i < r->host_count; i++) {
        begin_item(i);
        put_text("address", r->hosts[i].address, ", ");
        put_text("name", r->hosts[i].name, ", ");
        put_count("packets", r->hosts[i].packets, ", ");
        put_count("bytes_from", r->hosts[i].bytes_from, ", ");
        put_count("bytes_to", r->hosts[i].bytes_to, "}");
    }
    printf("]");
    begin_list("dns");
    for (size_t i = 0; i < r->dns_count; i++) {
        begin_item(i);
        put_text("name", r->dns[i].name, ", ");
        put_text("type", r->dns[i].type, ", ");
        put_text("answer", r->dns[i].answer, ", ");
        put_time("t", r->dns[i].t, "}");
    }
    printf("]");
    begin_list("http");
    for (size_t i = 0; i < r->http_count; i++) {
        begin_item(i);
        put_text("method", r->http[i].method, ", ");
        put_text("host", r->http[i].host, ", ");
        put_text("path", r->http[i].path, ", ");
        put_count("code", r->http[i].code, ", ");
        put_time("t", r->http[i].t, "}");
    }
    printf("]");
}

void show_json(const struct report *report)
{
    put_session(report);
    put_panels(report);
    put_timeline(report);
    put_disk(report);
    put_devices(report);
    put_network(report);
    printf(",\n  ");
    put_count("packets", report->packet_count, ", ");
    put_count("pictures", report->picture_count, ", ");
    put_count("serial_lines", report->serial.line_count, "\n}\n");
}

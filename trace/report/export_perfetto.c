/* SPDX-License-Identifier: BSD-2-Clause */
/* Events for Perfetto's and Chrome's viewers: "Trace Event Format", JSON object form. */
#include "trace/report/export.h"

#include <errno.h>
#include <inttypes.h>

#include "config/base/strbuf.h"
#include "trace/report/logs.h"

#define PID        1
#define LINE_BYTES 512u

/* Rows of the viewer. */
enum row {
    ROW_PHASES = 1,
    ROW_GAPS,
    ROW_SERIAL,
    ROW_DISK,
    ROW_NETWORK,
    ROW_LIFE,
    ROW_POLLS,
    ROW_CPUS = 100, /* and the CPU's number; CPU 255: not known which */
};

struct writer {
    FILE *stream;
    bool has_event;
};

/* "12345.678": microseconds with the nanoseconds behind the point. */
static void put_us(FILE *stream, int64_t ns)
{
    uint64_t positive = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    fprintf(stream, "%s%" PRIu64 ".%03u", ns < 0 ? "-" : "", positive / 1000,
            (unsigned)(positive % 1000));
}

static void put_json(FILE *stream, const char *text)
{
    auto_strbuf line = STRBUF_INIT;

    strbuf_append_json(&line, text);
    fputs(strbuf_status(&line) == STATUS_OK ? strbuf_text(&line) : "\"\"", stream);
}

/* Begins an event up to its "args"; END_T REPORT_NEVER: an instant. */
static void begin(struct writer *w, unsigned row, const char *category, const char *name, int64_t t,
                  int64_t end_t)
{
    FILE *s = w->stream;

    fputs(w->has_event ? ",\n{\"name\":" : "\n{\"name\":", s);
    w->has_event = true;
    put_json(s, name);
    fprintf(s, ",\"cat\":\"%s\",\"pid\":%d,\"tid\":%u,\"ts\":", category, PID, row);
    put_us(s, t);
    if (end_t == REPORT_NEVER) {
        fputs(",\"ph\":\"i\",\"s\":\"t\",\"args\":{", s);
    } else {
        fputs(",\"ph\":\"X\",\"dur\":", s);
        put_us(s, end_t > t ? end_t - t : 0);
        fputs(",\"args\":{", s);
    }
}

static void end(struct writer *w)
{
    fputs("}}", w->stream);
}

static void put_arg(struct writer *w, const char *key, const char *text)
{
    fprintf(w->stream, "\"%s\":", key);
    put_json(w->stream, text);
}

static void name_row(struct writer *w, unsigned row, const char *what, const char *name)
{
    fprintf(w->stream,
            "%s\n{\"name\":\"%s\",\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"args\":{\"name\":",
            w->has_event ? "," : "", what, PID, row);
    w->has_event = true;
    put_json(w->stream, name);
    end(w);
}

static void put_rows(struct writer *w, const struct report *r)
{
    static const struct {
        unsigned row;
        const char *name;
    } rows[] = {{ROW_PHASES, "phases"},         {ROW_GAPS, "gaps"},
                {ROW_SERIAL, "serial console"}, {ROW_DISK, "disk"},
                {ROW_NETWORK, "network"},       {ROW_LIFE, "life cycle"},
                {ROW_POLLS, "polling loops"}};
    bool is_seen[256] = {false};
    char name[32];

    name_row(w, 0, "process_name", r->session.name);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        name_row(w, rows[i].row, "thread_name", rows[i].name);
    for (size_t i = 0; i < r->events.count; i++)
        is_seen[r->events.cpu[i]] = true;
    for (unsigned cpu = 0; cpu < 255; cpu++)
        if (is_seen[cpu]) {
            snprintf(name, sizeof(name), "CPU %u", cpu);
            name_row(w, ROW_CPUS + cpu, "thread_name", name);
        }
}

static void put_timeline(struct writer *w, const struct report *r)
{
    char text[LINE_BYTES];

    for (size_t i = 0; i < r->phase_count; i++) {
        begin(w, ROW_PHASES, "phase", r->phases[i].name, r->phases[i].t, r->phases[i].end_t);
        put_arg(w, "how", r->phases[i].how);
        end(w);
    }
    for (size_t i = 0; i < r->gap_count; i++) {
        begin(w, ROW_GAPS, "gap", "nothing happened", r->gaps[i].t, r->gaps[i].end_t);
        put_arg(w, "waited for", r->gaps[i].waiting);
        end(w);
    }
    for (size_t i = 0; i < r->poll_count; i++) {
        begin(w, ROW_POLLS, "poll", r->polls[i].reg, r->polls[i].t, r->polls[i].end_t);
        put_arg(w, "device", report_device_name(r, r->polls[i].device));
        fprintf(w->stream, ",\"reads\":%" PRIu64, r->polls[i].count);
        end(w);
    }
    for (size_t i = 0; i < r->serial.line_count; i++) {
        if (r->serial.lines[i].t == REPORT_NEVER ||
            log_plain_line(&r->serial, i, text, sizeof(text)) == 0)
            continue;
        begin(w, ROW_SERIAL, "serial", text, r->serial.lines[i].t, REPORT_NEVER);
        end(w);
    }
    for (size_t i = 0; i < r->packet_count; i++) {
        const struct report_packet *packet = &r->packets[i];
        begin(w, ROW_NETWORK, "network", packet->from_guest ? "sent" : "received", packet->t,
              REPORT_NEVER);
        fprintf(w->stream, "\"bytes\":%u", packet->bytes);
        if (packet->host < r->host_count) {
            fputc(',', w->stream);
            put_arg(w, "host", r->hosts[packet->host].address);
        }
        end(w);
    }
}

static void put_access(struct writer *w, const struct report *r, size_t i)
{
    const struct report_events *e = &r->events;
    char reg[REPORT_REGISTER_BYTES], name[128];

    report_register(r, e->kind[i], e->device[i], e->address[i], e->t[i], reg);
    snprintf(name, sizeof(name), "%s %s %s", e->rw[i] == REPORT_WRITE ? "write" : "read",
             report_device_name(r, e->device[i]), reg);
    begin(w, ROW_CPUS + e->cpu[i], report_kind_name(e->kind[i]), name, e->t[i], REPORT_NEVER);
    fprintf(w->stream, "\"address\":\"0x%" PRIx64 "\",\"value\":\"0x%" PRIx64 "\",\"size\":%u",
            e->address[i], e->value[i], e->size[i]);
    end(w);
}

static void put_disk(struct writer *w, const struct report *r, size_t i)
{
    const struct report_events *e = &r->events;

    if (e->value[i] >= r->request_count)
        return;
    const struct report_request *request = &r->requests[e->value[i]];
    begin(w, ROW_DISK, "disk", request->is_write ? "write" : "read", request->t, request->end_t);
    put_arg(w, "drive", r->drives[request->drive].name);
    fprintf(w->stream, ",\"offset\":%" PRIu64 ",\"bytes\":%" PRIu64, request->off, request->bytes);
    if (request->file != REPORT_NONE32) {
        fputc(',', w->stream);
        put_arg(w, "file", r->files[request->file].path);
    }
    end(w);
}

static void put_event(struct writer *w, const struct report *r, size_t i)
{
    const struct report_events *e = &r->events;
    const char *name = e->name[i] < r->name_count ? r->names[e->name[i]] : "";

    switch (e->kind[i]) {
    case REPORT_MMIO:
    case REPORT_PIO:
    case REPORT_PCI:
        put_access(w, r, i);
        break;
    case REPORT_EXIT:
        begin(w, ROW_CPUS + e->cpu[i], "exit",
              e->address[i] < r->exit_count ? r->exits[e->address[i]].reason : name, e->t[i],
              e->t[i] + (int64_t)(e->value[i] & INT64_MAX));
        end(w);
        break;
    case REPORT_DISK:
        put_disk(w, r, i);
        break;
    case REPORT_QMP:
    case REPORT_OTHER:
        begin(w, ROW_LIFE, report_kind_name(e->kind[i]), name, e->t[i], REPORT_NEVER);
        put_arg(w, "text", e->value[i] < r->text_bytes ? r->texts + e->value[i] : "");
        end(w);
        break;
    default:
        break; /* an entry ends its exit; a disk request's end is its own */
    }
}

int export_perfetto(const struct report *r, FILE *stream)
{
    struct writer w = {.stream = stream};

    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", stream);
    put_rows(&w, r);
    put_timeline(&w, r);
    for (size_t i = 0; i < r->events.count && ferror(stream) == 0; i++)
        put_event(&w, r, i);
    fputs("\n],\"otherData\":{\"session\":", stream);
    put_json(stream, r->session.name);
    fputs("}}\n", stream);
    return ferror(stream) != 0 ? (errno != 0 ? -errno : -EIO) : 0;
}

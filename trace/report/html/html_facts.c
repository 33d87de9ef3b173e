/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's block "facts": all that is small enough to be JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/report/html/html_data.h"
#include "trace/report/html/html_json.h"

/* Rows of a list that the page carries; the list's whole length stands beside it. */
#define ROWS_MAX  5000u
#define FILES_MAX 20000u
#define HOT_MAX   200u

#define FORMAT_NUMBER 1

static size_t at_most(size_t count, size_t max)
{
    return count < max ? count : max;
}

static void open_rows(struct html_json *j, const char *key, size_t total)
{
    html_json_open(j, key, '{');
    html_json_number(j, "total", total);
    html_json_open(j, "rows", '[');
}

static void close_rows(struct html_json *j)
{
    html_json_close(j, ']');
    html_json_close(j, '}');
}

static void write_texts(struct html_json *j, const char *key, const char **texts, size_t count)
{
    html_json_open(j, key, '[');
    for (size_t i = 0; i < at_most(count, ROWS_MAX); i++) {
        html_json_text(j, NULL, texts[i]);
    }
    html_json_close(j, ']');
}

static void write_recorders(struct html_json *j, const struct report_session *s)
{
    html_json_open(j, "recorders", '[');
    for (size_t i = 0; i < at_most(s->recorder_count, ROWS_MAX); i++) {
        const struct report_recorder *r = &s->recorders[i];
        html_json_open(j, NULL, '{');
        html_json_text(j, "name", r->name);
        html_json_number(j, "bytes", r->bytes);
        html_json_number(j, "limit", r->limit_bytes);
        html_json_number(j, "events", r->events);
        html_json_number(j, "overrun", r->overrun);
        html_json_number(j, "dropped", r->dropped);
        html_json_number(j, "commitOverrun", r->commit_overrun);
        html_json_time(j, "stopped", r->stopped_t);
        html_json_text(j, "reason", r->stopped_reason);
        html_json_text(j, "message", r->stopped_message);
        html_json_close(j, '}');
    }
    html_json_close(j, ']');
}

static void write_session(struct html_json *j, const struct report_session *s)
{
    html_json_open(j, "session", '{');
    html_json_text(j, "name", s->name);
    html_json_text(j, "imagePath", s->image_path);
    html_json_text(j, "imageLabel", s->image_label);
    html_json_text(j, "imageKind", s->image_kind);
    html_json_number(j, "imageBytes", s->image_bytes);
    html_json_text(j, "start", s->start);
    html_json_text(j, "end", s->end);
    html_json_time(j, "duration", s->duration_ns);
    html_json_text(j, "endCode", s->end_code);
    html_json_text(j, "endText", s->end_text);
    html_json_text(j, "accelerator", s->accelerator);
    html_json_text(j, "firmware", s->firmware);
    html_json_text(j, "machine", s->machine);
    html_json_text(j, "hiperiso", s->version_hiperiso);
    html_json_text(j, "kernel", s->version_kernel);
    html_json_text(j, "qemu", s->version_qemu);
    html_json_text(j, "tier", s->tier);
    html_json_number(j, "resets", s->resets);
    html_json_number(j, "ramMb", s->ram_mb);
    html_json_number(j, "cpus", s->cpus);
    html_json_text(j, "windowFrom", s->window_from);
    html_json_text(j, "windowUntil", s->window_until);
    html_json_time(j, "windowOpened", s->window_opened_t);
    html_json_time(j, "windowClosed", s->window_closed_t);
    html_json_open(j, "settings", '[');
    for (size_t i = 0; i < at_most(s->setting_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_text(j, NULL, s->settings[i].key);
        html_json_text(j, NULL, s->settings[i].value);
        html_json_text(j, NULL, s->settings[i].origin);
        html_json_close(j, ']');
    }
    html_json_close(j, ']');
    write_texts(j, "warnings", s->warnings, s->warning_count);
    write_texts(j, "problems", s->problems, s->problem_count);
    write_texts(j, "argv", s->argv, s->argv_count);
    write_recorders(j, s);
    html_json_close(j, '}');
}

static void write_panels(struct html_json *j, const struct report *r)
{
    static const char *const states[] = {"absent", "readable", "partly", "unreadable"};
    html_json_open(j, "panels", '[');
    for (size_t i = 0; i < REPORT_PANELS; i++) {
        const struct report_panel *p = &r->panels[i];
        html_json_open(j, NULL, '{');
        html_json_text(j, "name", p->name);
        html_json_text(j, "state", states[p->state <= REPORT_UNREADABLE ? p->state : 0]);
        html_json_text(j, "message", p->message);
        html_json_number(j, "bytes", p->bytes);
        html_json_number(j, "items", p->items);
        html_json_number(j, "skipped", p->skipped);
        html_json_close(j, '}');
    }
    html_json_close(j, ']');
}

/* phases: id, name, t, end, how; milestones: t, name; gaps: t, end, waiting for what. */
static void write_timeline(struct html_json *j, const struct report *r)
{
    open_rows(j, "phases", r->phase_count);
    for (size_t i = 0; i < at_most(r->phase_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_number(j, NULL, r->phases[i].id);
        html_json_text(j, NULL, r->phases[i].name);
        html_json_time(j, NULL, r->phases[i].t);
        html_json_time(j, NULL, r->phases[i].end_t);
        html_json_text(j, NULL, r->phases[i].how);
        html_json_close(j, ']');
    }
    close_rows(j);
    open_rows(j, "milestones", r->milestone_count);
    for (size_t i = 0; i < at_most(r->milestone_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_time(j, NULL, r->milestones[i].t);
        html_json_text(j, NULL, r->milestones[i].name);
        html_json_close(j, ']');
    }
    close_rows(j);
    open_rows(j, "gaps", r->gap_count);
    for (size_t i = 0; i < at_most(r->gap_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_time(j, NULL, r->gaps[i].t);
        html_json_time(j, NULL, r->gaps[i].end_t);
        html_json_text(j, NULL, r->gaps[i].waiting);
        html_json_close(j, ']');
    }
    close_rows(j);
}

/* devices: name, title, PCI address or "", reads, writes, MMIO, PIO, configuration space, first t,
 * last t; regions: device, "memory" or "io", BAR or -1, base, bytes, from, until. */
static void write_devices(struct html_json *j, const struct report *r)
{
    html_json_open(j, "devices", '[');
    for (size_t i = 0; i < r->device_count; i++) {
        const struct report_device *d = &r->devices[i];
        char pci[sizeof("ff:1f.7")] = "";
        if (d->is_pci) {
            snprintf(pci, sizeof(pci), "%02x:%02x.%x", d->bus, d->slot & 31u, d->function & 7u);
        }
        html_json_open(j, NULL, '[');
        html_json_text(j, NULL, d->name);
        html_json_text(j, NULL, d->title);
        html_json_text(j, NULL, pci);
        html_json_number(j, NULL, d->reads);
        html_json_number(j, NULL, d->writes);
        html_json_number(j, NULL, d->mmio);
        html_json_number(j, NULL, d->pio);
        html_json_number(j, NULL, d->config);
        html_json_time(j, NULL, d->first_t);
        html_json_time(j, NULL, d->last_t);
        html_json_close(j, ']');
    }
    html_json_close(j, ']');
    open_rows(j, "regions", r->region_count);
    for (size_t i = 0; i < at_most(r->region_count, ROWS_MAX); i++) {
        const struct report_region *g = &r->regions[i];
        html_json_open(j, NULL, '[');
        html_json_number(j, NULL, g->device);
        html_json_text(j, NULL, g->space == REPORT_SPACE_IO ? "io" : "memory");
        html_json_time(j, NULL, g->bar);
        html_json_hex(j, NULL, g->base);
        html_json_number(j, NULL, g->bytes);
        html_json_time(j, NULL, g->from_t);
        html_json_time(j, NULL, g->until_t);
        html_json_close(j, ']');
    }
    close_rows(j);
}

/* drives: name, file, reads, writes, bytes read, bytes written, is the image; files (those that
 * were read): path, offset, bytes, reads, bytes read, first t, last t, order. */
static void write_disk(struct html_json *j, const struct html_page *page)
{
    const struct report *r = page->report;
    html_json_open(j, "drives", '[');
    for (size_t i = 0; i < at_most(r->drive_count, ROWS_MAX); i++) {
        const struct report_drive *d = &r->drives[i];
        html_json_open(j, NULL, '[');
        html_json_text(j, NULL, d->name);
        html_json_text(j, NULL, d->file);
        html_json_number(j, NULL, d->reads);
        html_json_number(j, NULL, d->writes);
        html_json_number(j, NULL, d->bytes_read);
        html_json_number(j, NULL, d->bytes_written);
        html_json_bool(j, NULL, d->is_image);
        html_json_close(j, ']');
    }
    html_json_close(j, ']');
    html_json_number(j, "filesOnImage", r->file_count);
    size_t read = 0;
    for (size_t i = 0; i < r->file_count; i++) {
        read += r->files[i].order != REPORT_NONE32;
    }
    open_rows(j, "files", read);
    for (size_t i = 0; i < r->file_count; i++) {
        const struct report_file *f = &r->files[i];
        if (!page->file_rows[i]) {
            continue;
        }
        html_json_open(j, NULL, '[');
        html_json_text(j, NULL, f->path);
        html_json_number(j, NULL, f->off);
        html_json_number(j, NULL, f->bytes);
        html_json_number(j, NULL, f->reads);
        html_json_number(j, NULL, f->bytes_read);
        html_json_time(j, NULL, f->first_t);
        html_json_time(j, NULL, f->last_t);
        html_json_number(j, NULL, f->order);
        html_json_close(j, ']');
    }
    close_rows(j);
}

/* exits: reason, count, ns, longest; hot: kind, direction, device or null, address, count,
 * register; polls: t, end, address, count, device or null, kind, cpu, register. */
static void write_heat(struct html_json *j, const struct report *r)
{
    open_rows(j, "exits", r->exit_count);
    for (size_t i = 0; i < at_most(r->exit_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_text(j, NULL, r->exits[i].reason);
        html_json_number(j, NULL, r->exits[i].count);
        html_json_number(j, NULL, r->exits[i].total_ns);
        html_json_number(j, NULL, r->exits[i].max_ns);
        html_json_close(j, ']');
    }
    close_rows(j);
    open_rows(j, "hot", r->hot_count);
    for (size_t i = 0; i < at_most(r->hot_count, HOT_MAX); i++) {
        const struct report_hot *h = &r->hot[i];
        html_json_open(j, NULL, '[');
        html_json_number(j, NULL, h->kind);
        html_json_number(j, NULL, h->rw);
        html_json_time(j, NULL, h->device < r->device_count ? h->device : REPORT_NEVER);
        html_json_hex(j, NULL, h->address);
        html_json_number(j, NULL, h->count);
        html_json_text(j, NULL, h->reg);
        html_json_close(j, ']');
    }
    close_rows(j);
    open_rows(j, "polls", r->poll_count);
    for (size_t i = 0; i < at_most(r->poll_count, ROWS_MAX); i++) {
        const struct report_poll *p = &r->polls[i];
        html_json_open(j, NULL, '[');
        html_json_time(j, NULL, p->t);
        html_json_time(j, NULL, p->end_t);
        html_json_hex(j, NULL, p->address);
        html_json_number(j, NULL, p->count);
        html_json_time(j, NULL, p->device < r->device_count ? p->device : REPORT_NEVER);
        html_json_number(j, NULL, p->kind);
        html_json_number(j, NULL, p->cpu);
        html_json_text(j, NULL, p->reg);
        html_json_close(j, ']');
    }
    close_rows(j);
}

/* hosts: address, name, packets, bytes from, bytes to, first t, last t; dns: t, name, type, answer,
 * t of it; http: t, method, host, path, code, t of the answer. */
static void write_network(struct html_json *j, const struct report *r)
{
    html_json_number(j, "packetTotal", r->packet_count);
    open_rows(j, "hosts", r->host_count);
    for (size_t i = 0; i < at_most(r->host_count, ROWS_MAX); i++) {
        const struct report_host *h = &r->hosts[i];
        html_json_open(j, NULL, '[');
        html_json_text(j, NULL, h->address);
        html_json_text(j, NULL, h->name);
        html_json_number(j, NULL, h->packets);
        html_json_number(j, NULL, h->bytes_from);
        html_json_number(j, NULL, h->bytes_to);
        html_json_time(j, NULL, h->first_t);
        html_json_time(j, NULL, h->last_t);
        html_json_close(j, ']');
    }
    close_rows(j);
    open_rows(j, "dns", r->dns_count);
    for (size_t i = 0; i < at_most(r->dns_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_time(j, NULL, r->dns[i].t);
        html_json_text(j, NULL, r->dns[i].name);
        html_json_text(j, NULL, r->dns[i].type);
        html_json_text(j, NULL, r->dns[i].answer);
        html_json_time(j, NULL, r->dns[i].answer_t);
        html_json_close(j, ']');
    }
    close_rows(j);
    open_rows(j, "http", r->http_count);
    for (size_t i = 0; i < at_most(r->http_count, ROWS_MAX); i++) {
        html_json_open(j, NULL, '[');
        html_json_time(j, NULL, r->http[i].t);
        html_json_text(j, NULL, r->http[i].method);
        html_json_text(j, NULL, r->http[i].host);
        html_json_text(j, NULL, r->http[i].path);
        html_json_number(j, NULL, r->http[i].code);
        html_json_time(j, NULL, r->http[i].answer_t);
        html_json_close(j, ']');
    }
    close_rows(j);
}

/* What the events' series are: kind, direction, device or null, address, shift, size, count, first
 * t, last t, register. */
static void write_series(struct html_json *j, const struct html_page *page)
{
    const struct html_series_set *set = page->set;
    html_json_open(j, "kinds", '[');
    for (unsigned kind = 0; kind < REPORT_KINDS; kind++) {
        html_json_text(j, NULL, report_kind_name((uint8_t)kind));
    }
    html_json_close(j, ']');
    html_json_number(j, "buckets", set->buckets);
    html_json_time(j, "bucketNs", set->bucket_ns);
    html_json_open(j, "series", '[');
    for (size_t i = 0; i < set->count; i++) {
        const struct html_series *s = &set->series[i];
        char text[REPORT_REGISTER_BYTES] = "";
        const char *name = s->name < page->report->name_count ? page->report->names[s->name] : "";
        if (s->kind == REPORT_MMIO || s->kind == REPORT_PIO || s->kind == REPORT_PCI) {
            report_register(page->report, s->kind, s->device, s->address, s->first_t, text);
            name = text;
        }
        html_json_open(j, NULL, '[');
        html_json_number(j, NULL, s->kind);
        html_json_number(j, NULL, s->rw);
        html_json_time(j, NULL, s->device < page->report->device_count ? s->device : REPORT_NEVER);
        html_json_hex(j, NULL, s->address);
        html_json_number(j, NULL, s->shift);
        html_json_number(j, NULL, s->size);
        html_json_number(j, NULL, s->count);
        html_json_time(j, NULL, s->first_t);
        html_json_time(j, NULL, s->last_t);
        html_json_text(j, NULL, name);
        html_json_close(j, ']');
    }
    html_json_close(j, ']');
}

static void write_picture_times(struct html_json *j, const struct report *r)
{
    open_rows(j, "pictures", r->picture_count);
    for (size_t i = 0; i < at_most(r->picture_count, ROWS_MAX); i++) {
        html_json_time(j, NULL, r->pictures[i].t);
    }
    close_rows(j);
}

uint32_t *html_file_rows(const struct report *report, size_t *ret_count)
{
    uint32_t *rows = calloc(report->file_count + 1, sizeof(*rows));
    uint32_t count = 0;
    for (size_t i = 0; rows && i < report->file_count; i++) {
        if (report->files[i].order < FILES_MAX) {
            rows[i] = ++count;
        }
    }
    *ret_count = count;
    return rows;
}

void html_write_facts(const struct html_page *page)
{
    const struct report *r = page->report;
    char name[32];
    struct html_json j;
    snprintf(name, sizeof(name), "%sfacts", page->prefix);
    html_block_begin(page->out, name);
    html_json_begin(&j, page->out);
    html_json_open(&j, NULL, '{');
    html_json_number(&j, "format", FORMAT_NUMBER);
    html_json_bool(&j, "full", page->is_full);
    html_json_time(&j, "end", r->end_t);
    html_json_number(&j, "eventTotal", r->events.count);
    write_session(&j, &r->session);
    write_panels(&j, r);
    write_timeline(&j, r);
    write_devices(&j, r);
    write_disk(&j, page);
    write_heat(&j, r);
    write_network(&j, r);
    write_series(&j, page);
    write_picture_times(&j, r);
    html_json_close(&j, '}');
    html_json_end(&j);
    html_block_end(page->out);
}

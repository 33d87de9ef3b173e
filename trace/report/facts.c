/* SPDX-License-Identifier: BSD-2-Clause */
/* The model to facts: times count from their phase's begin, never from the clock. */
#include "trace/report/facts.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/report/array.h"
#include "trace/report/logs.h"

#define LINES_MAX      20000u
#define LINE_BYTES     256u
#define TIMED_READS    4u /* fewer say nothing about speed */
#define SPACINGS_MIN   16u
#define SPACING_MAX_NS 1000000000.0 /* longer ones are the guest's, not the disk's */

struct maker {
    const struct report *report;
    struct facts *facts;
    bool is_out_of_memory;
};

static void add(struct maker *m, enum fact_category category, const char *subject, double value,
                const char *text)
{
    const char *copy = arena_copy(&m->facts->arena, subject, strlen(subject));
    const struct fact fact = {(uint8_t)category, copy, value, text};

    if (copy == NULL || !array_add(m->facts->items, m->facts->count, fact))
        m->is_out_of_memory = true;
}

static void add_session(struct maker *m)
{
    const struct report_session *s = &m->report->session;

    if (*s->end_code != '\0')
        add(m, FACT_END, "end", NAN, s->end_code);
    for (size_t i = 0; i < s->setting_count; i++)
        add(m, FACT_SETTING, s->settings[i].key, NAN, s->settings[i].value);
    add(m, FACT_SETTING, "accelerator", NAN, s->accelerator);
    add(m, FACT_VERSION, "hiperiso", NAN, s->version_hiperiso);
    add(m, FACT_VERSION, "kernel", NAN, s->version_kernel);
    add(m, FACT_VERSION, "qemu", NAN, s->version_qemu);
    add(m, FACT_END, "resets", (double)s->resets, NULL);
}

/* The begin of the phase that T lies in. */
static int64_t phase_begin(const struct report *r, int64_t t)
{
    int64_t begin = 0;

    for (size_t i = 0; i < r->phase_count; i++)
        if (r->phases[i].t <= t)
            begin = r->phases[i].t;
    return begin;
}

static void add_timeline(struct maker *m)
{
    const struct report *r = m->report;

    for (size_t i = 0; i < r->phase_count; i++)
        add(m, FACT_PHASE, r->phases[i].name, (double)(r->phases[i].end_t - r->phases[i].t), NULL);
    for (size_t i = 0; i < r->milestone_count; i++) {
        int64_t t = r->milestones[i].t;
        add(m, FACT_MILESTONE, r->milestones[i].name, (double)(t - phase_begin(r, t)), NULL);
    }
}

/* The mean time from one request to the next that follows it on the drive: the disk's share. No
 * median: with read-ahead most requests find their bytes already there. */
static void add_spacing(struct maker *m, uint16_t drive)
{
    const struct report *r = m->report;
    const struct report_request *last = NULL;
    double total = 0;
    size_t count = 0;
    char name[96];

    for (size_t i = 0; i < r->request_count; i++) {
        const struct report_request *request = &r->requests[i];
        if (request->drive != drive)
            continue;
        double spacing = last != NULL ? (double)(request->t - last->t) : 0;
        last = request;
        if (spacing <= 0 || !request->is_sequential || spacing >= SPACING_MAX_NS)
            continue;
        total += spacing;
        count++;
    }
    if (count < SPACINGS_MIN)
        return;
    snprintf(name, sizeof(name), "%s: time of a sequential request", r->drives[drive].name);
    add(m, FACT_DISK, name, total / (double)count, NULL);
}

static void add_disk(struct maker *m)
{
    const struct report *r = m->report;

    for (size_t i = 0; i < r->drive_count; i++)
        if (r->drives[i].reads >= SPACINGS_MIN)
            add_spacing(m, (uint16_t)i);
    for (size_t i = 0; i < r->file_count; i++) {
        const struct report_file *file = &r->files[i];
        if (file->order == REPORT_NONE32)
            continue;
        add(m, FACT_FILE, file->path, (double)file->bytes_read, NULL);
        if (file->reads >= TIMED_READS && *file->path != '<')
            add(m, FACT_FILE_TIME, file->path, (double)(file->last_t - file->first_t), NULL);
    }
}

static void add_devices(struct maker *m)
{
    const struct report *r = m->report;
    char name[256];

    for (size_t i = 0; i < r->device_count; i++)
        if (r->devices[i].reads + r->devices[i].writes > 0)
            add(m, FACT_DEVICE, r->devices[i].name,
                (double)(r->devices[i].reads + r->devices[i].writes), NULL);
    for (size_t i = 0; i < r->hot_count; i++) {
        const struct report_hot *hot = &r->hot[i];
        if (hot->device == REPORT_NONE16)
            snprintf(name, sizeof(name), "%s 0x%llx", report_kind_name(hot->kind),
                     (unsigned long long)hot->address);
        else
            snprintf(name, sizeof(name), "%s %s", report_device_name(r, hot->device), hot->reg);
        size_t len = strlen(name);
        snprintf(name + len, sizeof(name) - len, "%s",
                 hot->rw == REPORT_WRITE ? ", written" : ", read");
        add(m, FACT_REGISTER, name, (double)hot->count, NULL);
    }
    for (size_t i = 0; i < r->exit_count; i++)
        add(m, FACT_EXIT, r->exits[i].reason, (double)r->exits[i].total_ns, NULL);
    for (size_t i = 0; i < r->poll_count; i++) {
        snprintf(name, sizeof(name), "%s %s", report_device_name(r, r->polls[i].device),
                 r->polls[i].reg);
        add(m, FACT_POLL, name, (double)(r->polls[i].end_t - r->polls[i].t), NULL);
    }
}

static void add_network(struct maker *m)
{
    const struct report *r = m->report;
    char name[1600];

    for (size_t i = 0; i < r->host_count; i++) {
        const struct report_host *host = &r->hosts[i];
        if (host->packets > 0)
            add(m, FACT_HOST, *host->name != '\0' ? host->name : host->address,
                (double)(host->bytes_from + host->bytes_to), NULL);
    }
    for (size_t i = 0; i < r->dns_count; i++) {
        snprintf(name, sizeof(name), "%s %s", r->dns[i].name, r->dns[i].type);
        add(m, FACT_DNS, name, NAN, *r->dns[i].answer != '\0' ? "answered" : "no answer");
    }
    for (size_t i = 0; i < r->http_count; i++) {
        char code[16];
        snprintf(name, sizeof(name), "%s %s%s", r->http[i].method, r->http[i].host,
                 r->http[i].path);
        snprintf(code, sizeof(code), "%u", r->http[i].code);
        const char *text = arena_copy(&m->facts->arena, code, strlen(code));
        add(m, FACT_HTTP, name, NAN, text != NULL ? text : "");
    }
}

/* Numbers and blanks, which differ from start to start, count for nothing. */
static size_t normalise(char *text)
{
    size_t used = 0, letters = 0;

    for (const char *c = text; *c != '\0'; c++) {
        char made = isdigit((unsigned char)*c) ? '#' : *c;
        letters += (size_t)(isalpha((unsigned char)*c) != 0);
        if ((made == '#' || made == ' ') && used > 0 && text[used - 1] == made)
            continue;
        text[used++] = made;
    }
    text[used] = '\0';
    return letters;
}

static void add_serial(struct maker *m)
{
    const struct report *r = m->report;
    char text[LINE_BYTES];

    for (size_t i = 0; i < r->serial.line_count && i < LINES_MAX; i++)
        if (log_plain_line(&r->serial, i, text, sizeof(text)) > 0 && normalise(text) >= 4)
            add(m, FACT_SERIAL, text, NAN, NULL);
}

static int by_key(const void *a, const void *b)
{
    const struct fact *left = a, *right = b;

    if (left->category != right->category)
        return left->category < right->category ? -1 : 1;
    return strcmp(left->subject, right->subject);
}

/* Facts of one key become one: their values added. */
static void join(struct facts *facts)
{
    size_t count = 0;

    if (facts->count > 1)
        qsort(facts->items, facts->count, sizeof(*facts->items), by_key);
    for (size_t i = 0; i < facts->count; i++) {
        if (count > 0 && by_key(&facts->items[count - 1], &facts->items[i]) == 0)
            facts->items[count - 1].value += facts->items[i].value;
        else
            facts->items[count++] = facts->items[i];
    }
    facts->count = count;
}

enum status facts_make(const struct report *report, struct facts *ret_facts)
{
    struct maker m = {.report = report, .facts = ret_facts};

    *ret_facts = (struct facts){0};
    add_session(&m);
    add_timeline(&m);
    add_disk(&m);
    add_devices(&m);
    add_network(&m);
    add_serial(&m);
    join(ret_facts);
    return m.is_out_of_memory ? STATUS_NO_MEMORY : STATUS_OK;
}

void facts_clear(struct facts *facts)
{
    free(facts->items);
    arena_clear(&facts->arena);
    *facts = (struct facts){0};
}

const struct fact *facts_find(const struct facts *facts, uint8_t category, const char *subject)
{
    const struct fact key = {.category = category, .subject = subject};

    if (facts->count == 0)
        return NULL;
    return bsearch(&key, facts->items, facts->count, sizeof(*facts->items), by_key);
}

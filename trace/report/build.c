/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns that grow, and their sorting: linear in memory, a natural merge sort in time. */
#include "trace/report/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define EVENTS_FIRST ((size_t)1 << 8)
#define TEXTS_FIRST  ((size_t)1 << 16)
#define FORMAT_MAX   ((size_t)4096)

void build_init(struct build *build, struct report *report)
{
    struct arena *arena = &report->arena;

    *build = (struct build){
        .report = report,
        .names = {.arena = arena, .max = BUILD_NAMES_MAX},
        .devices = {.arena = arena, .max = BUILD_DEVICES_MAX},
        .drives = {.arena = arena, .max = BUILD_DRIVES_MAX},
        .exits = {.arena = arena, .max = BUILD_EXITS_MAX},
    };
    memset(build->thread_cpu, UINT8_MAX, sizeof(build->thread_cpu));
}

void build_finish(struct build *build)
{
    struct report *r = build->report;

    r->name_count = build->names.count;
    r->names = intern_take(&build->names);
    r->texts = build->texts != NULL ? build->texts : "";
    r->text_bytes = build->text_bytes;
    intern_clear(&build->devices);
    intern_clear(&build->drives);
    intern_clear(&build->exits);
}

void build_clear(struct report *r)
{
    void *blocks[] = {
        r->events.t,   r->events.address, r->events.value, r->events.device,  r->events.name,
        r->events.cpu, r->events.kind,    r->events.size,  r->events.rw,      (void *)r->names,
        r->devices,    r->regions,        r->drives,       r->requests,       r->files,
        r->file_reads, r->exits,          r->hot,          r->polls,          r->phases,
        r->milestones, r->gaps,           r->serial.lines, r->firmware.lines, r->hosts,
        r->dns,        r->http,           r->packets,      r->pictures,
    };

    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
        free(blocks[i]);
    free((void *)(uintptr_t)r->serial.bytes);
    free((void *)(uintptr_t)r->firmware.bytes);
    if (r->text_bytes > 0)
        free((void *)(uintptr_t)r->texts);
    arena_clear(&r->arena);
}

static int grow_column(void *column, size_t capacity, size_t size)
{
    void **slot = column;
    void *bigger = realloc(*slot, capacity * size);

    if (bigger == NULL)
        return -1;
    *slot = bigger;
    return 0;
}

static int grow_events(struct build *build)
{
    struct report_events *e = &build->report->events;
    /* By a half: the last step wastes less than doubling does. */
    size_t capacity = build->event_capacity != 0 ? build->event_capacity / 2 * 3 : EVENTS_FIRST;

    if (grow_column(&e->t, capacity, sizeof(*e->t)) < 0 ||
        grow_column(&e->address, capacity, sizeof(*e->address)) < 0 ||
        grow_column(&e->value, capacity, sizeof(*e->value)) < 0 ||
        grow_column(&e->device, capacity, sizeof(*e->device)) < 0 ||
        grow_column(&e->name, capacity, sizeof(*e->name)) < 0 ||
        grow_column(&e->cpu, capacity, 1) < 0 || grow_column(&e->kind, capacity, 1) < 0 ||
        grow_column(&e->size, capacity, 1) < 0 || grow_column(&e->rw, capacity, 1) < 0)
        return -1;
    build->event_capacity = capacity;
    return 0;
}

void build_event(struct build *build, const struct report_event *event)
{
    struct report_events *e = &build->report->events;

    if (build->failed != STATUS_OK)
        return;
    if (e->count >= BUILD_EVENTS_MAX) {
        build->left_out++;
        return;
    }
    if (e->count == build->event_capacity && grow_events(build) < 0) {
        build->failed = STATUS_NO_MEMORY;
        return;
    }
    size_t i = e->count++;
    e->t[i] = event->t;
    e->address[i] = event->address;
    e->value[i] = event->value;
    e->device[i] = event->device;
    e->name[i] = event->name;
    e->cpu[i] = event->cpu;
    e->kind[i] = event->kind;
    e->size[i] = event->size;
    e->rw[i] = event->rw;
}

uint16_t build_name(struct build *build, const char *name, size_t len)
{
    uint32_t number = intern_add(&build->names, name, len);
    return number == INTERN_NONE ? 0 : (uint16_t)number;
}

uint16_t build_device(struct build *build, const char *name, size_t len)
{
    struct report *r = build->report;
    uint32_t number = intern_add(&build->devices, name, len);

    if (number == INTERN_NONE)
        return REPORT_NONE16;
    if (number == r->device_count) {
        const struct report_device device = {
            .name = build->devices.texts[number],
            .title = "",
            .first_t = REPORT_NEVER,
            .last_t = REPORT_NEVER,
        };
        if (!array_add(r->devices, r->device_count, device)) {
            build->failed = STATUS_NO_MEMORY;
            return REPORT_NONE16;
        }
    }
    return number < r->device_count ? (uint16_t)number : REPORT_NONE16;
}

uint64_t build_text(struct build *build, const char *text, size_t len)
{
    if (len == 0 || build->texts_full)
        return 0;
    if (build->text_bytes == 0)
        build->text_bytes = 1; /* offset 0 is "" */
    if (len >= BUILD_TEXTS_MAX - build->text_bytes) {
        build->texts_full = true;
        return 0;
    }
    size_t need = build->text_bytes + len + 1;
    if (need > build->text_capacity) {
        size_t capacity = build->text_capacity != 0 ? build->text_capacity : TEXTS_FIRST;
        while (capacity < need)
            capacity *= 2;
        char *texts = realloc(build->texts, capacity);
        if (texts == NULL) {
            build->texts_full = true;
            return 0;
        }
        texts[0] = '\0';
        build->texts = texts;
        build->text_capacity = capacity;
    }
    uint64_t off = build->text_bytes;
    memcpy(build->texts + off, text, len);
    for (size_t i = 0; i < len; i++)
        if (build->texts[off + i] == '\0')
            build->texts[off + i] = ' ';
    build->texts[off + len] = '\0';
    build->text_bytes = need;
    return off;
}

static __attribute__((format(printf, 2, 0))) const char *
format_in_arena(struct report *report, const char *format, va_list args)
{
    char text[FORMAT_MAX];
    int len = vsnprintf(text, sizeof(text), format, args);

    if (len < 0)
        return "";
    if ((size_t)len >= sizeof(text))
        len = (int)sizeof(text) - 1;
    const char *copy = arena_copy(&report->arena, text, (size_t)len);
    return copy != NULL ? copy : "";
}

const char *build_format(struct report *report, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = format_in_arena(report, format, args);
    va_end(args);
    return text;
}

const char *build_copy(struct report *report, const char *text)
{
    const char *copy = arena_copy(&report->arena, text, strlen(text));
    return copy != NULL ? copy : "";
}

uint8_t build_thread(struct build *build, uint32_t thread)
{
    for (unsigned i = 0; i < build->thread_count; i++)
        if (build->threads[i] == thread)
            return (uint8_t)i;
    if (build->thread_count == BUILD_THREADS_MAX)
        return UINT8_MAX;
    build->threads[build->thread_count] = thread;
    build->thread_cpu[build->thread_count] = UINT8_MAX;
    return (uint8_t)build->thread_count++;
}

void build_region_end(struct build *build, uint16_t device, int bar, int64_t t)
{
    struct report *r = build->report;

    for (size_t i = r->region_count; i > 0; i--) {
        struct report_region *region = &r->regions[i - 1];
        if (region->device == device && region->bar == bar && region->until_t == REPORT_NEVER) {
            region->until_t = t;
            return;
        }
    }
}

void build_region_add(struct build *build, uint16_t device, enum report_space space, int bar,
                      uint64_t base, uint64_t bytes, int64_t t)
{
    struct report *r = build->report;
    const struct report_region region = {
        .device = device,
        .space = (uint8_t)space,
        .bar = (int8_t)bar,
        .base = base,
        .bytes = bytes > UINT64_MAX - base ? UINT64_MAX - base : bytes,
        .from_t = t,
        .until_t = REPORT_NEVER,
    };

    if (bar >= 0)
        build_region_end(build, device, bar, t);
    if (device == REPORT_NONE16 || r->region_count >= BUILD_REGIONS_MAX)
        return;
    if (!array_add(r->regions, r->region_count, region))
        build->failed = STATUS_NO_MEMORY;
}

int64_t build_mono_to_t(const struct build_clock *clock, int64_t mono_ns)
{
    return mono_ns - clock->qemu_start_mono_ns;
}

int64_t build_real_to_t(const struct build_clock *clock, int64_t real_ns)
{
    const struct build_instant *a = &clock->start, *b = &clock->end;

    if (!a->is_known || !clock->has_qemu_start)
        return real_ns - clock->first_real_ns;
    int64_t since = real_ns - a->real_ns;
    /* The wall clock may be slewed while the guest runs: what it gained is spread evenly. */
    if (b->is_known && b->real_ns > a->real_ns) {
        int64_t gained = (b->mono_ns - a->mono_ns) - (b->real_ns - a->real_ns);
        since += (int64_t)((double)gained * ((double)since / (double)(b->real_ns - a->real_ns)));
    }
    return build_mono_to_t(clock, a->mono_ns + since);
}

/* Merges the runs [FROM, MIDDLE) and [MIDDLE, TO) of ORDER into RET. */
static void merge(const int64_t *t, const uint32_t *order, size_t from, size_t middle, size_t to,
                  uint32_t *ret)
{
    size_t a = from, b = middle;

    for (size_t i = from; i < to; i++) {
        bool is_a = b == to || (a < middle && t[order[a]] <= t[order[b]]);
        ret[i] = is_a ? order[a++] : order[b++];
    }
}

static size_t run_end(const int64_t *t, const uint32_t *order, size_t from, size_t count)
{
    size_t at = from + 1;

    while (at < count && t[order[at - 1]] <= t[order[at]])
        at++;
    return at < count ? at : count;
}

/* Sorts *ORDER with the help of *SPARE; either may hold the result. True when it was sorted. */
static void merge_sort(const int64_t *t, size_t count, uint32_t **order, uint32_t **spare)
{
    for (;;) {
        size_t runs = 0;
        for (size_t from = 0; from < count; runs++) {
            size_t middle = run_end(t, *order, from, count);
            size_t to = middle < count ? run_end(t, *order, middle, count) : middle;
            merge(t, *order, from, middle, to, *spare);
            from = to;
        }
        uint32_t *swap = *order;
        *order = *spare;
        *spare = swap;
        if (runs <= 1)
            return;
    }
}

static void permute(void *column, size_t size, const uint32_t *order, size_t count, void *spare)
{
    uint8_t *to = spare;
    const uint8_t *from = column;

    for (size_t i = 0; i < count; i++)
        memcpy(to + i * size, from + (size_t)order[i] * size, size);
    memcpy(column, spare, count * size);
}

/* Would event I be counted twice? */
static bool is_double(const struct build *build, size_t i, uint16_t name_read, uint16_t name_write)
{
    const struct report_events *e = &build->report->events;

    return build->has_port_events && e->kind[i] == REPORT_PIO &&
           (e->name[i] == name_read || e->name[i] == name_write);
}

static bool is_sorted(const struct report_events *e)
{
    for (size_t i = 1; i < e->count; i++)
        if (e->t[i - 1] > e->t[i])
            return false;
    return true;
}

enum status build_sort(struct build *build)
{
    struct report_events *e = &build->report->events;
    auto_free uint32_t *order = malloc((e->count + 1) * sizeof(*order));
    auto_free uint32_t *other = malloc((e->count + 1) * sizeof(*other));
    uint32_t read = intern_find(&build->names, "memory_region_ops_read", 22);
    uint32_t write = intern_find(&build->names, "memory_region_ops_write", 23);
    size_t count = 0;

    if (order == NULL || other == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < e->count; i++)
        if (!is_double(build, i, (uint16_t)read, (uint16_t)write))
            order[count++] = (uint32_t)i;
    if (count == e->count && is_sorted(e))
        return STATUS_OK;
    merge_sort(e->t, count, &order, &other);
    free(take_ptr(other));
    auto_free uint64_t *spare = malloc((count + 1) * sizeof(*spare));
    if (spare == NULL)
        return STATUS_NO_MEMORY;
    permute(e->t, sizeof(*e->t), order, count, spare);
    permute(e->address, sizeof(*e->address), order, count, spare);
    permute(e->value, sizeof(*e->value), order, count, spare);
    permute(e->device, sizeof(*e->device), order, count, spare);
    permute(e->name, sizeof(*e->name), order, count, spare);
    permute(e->cpu, 1, order, count, spare);
    permute(e->kind, 1, order, count, spare);
    permute(e->size, 1, order, count, spare);
    permute(e->rw, 1, order, count, spare);
    e->count = count;
    return STATUS_OK;
}

void build_panel(struct report *report, enum report_panel_id id, enum report_panel_state state,
                 const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report->panels[id].state = (uint8_t)state;
    report->panels[id].message = format_in_arena(report, format, args);
    va_end(args);
}

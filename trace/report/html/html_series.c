/* SPDX-License-Identifier: BSD-2-Clause */
/* Events put into series of one kind, device, register and direction, and counted in cells of equal
 * time. */
#include "trace/report/html/html_series.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define SHIFT_STEP 2
#define SHIFT_MAX  62

/* The series of one kind and device. Their shift grows while they are too many. */
struct group {
    uint32_t key;
    uint32_t series;
    uint8_t shift;
};

struct builder {
    struct html_series *series;
    uint32_t *merged; /* of each series: itself, or the one it was joined to */
    size_t count, capacity;
    uint32_t *slots; /* open addressing: index of a series plus one */
    size_t slot_count;
    struct group *groups; /* open addressing by KEY; series == 0: free */
    size_t group_slots;
    size_t group_count;
};

static uint64_t mix(uint64_t value)
{
    /* splitmix64's finalizer: every bit of the input reaches every bit of the output. */
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

static uint64_t hash_series(const struct html_series *s)
{
    uint64_t key =
        (uint64_t)s->device << 48 ^ (uint64_t)s->name << 24 ^ (uint64_t)s->kind << 8 ^ s->rw;
    return mix(s->address ^ mix(key));
}

static bool is_same(const struct html_series *a, const struct html_series *b)
{
    return a->address == b->address && a->device == b->device && a->name == b->name &&
           a->kind == b->kind && a->rw == b->rw;
}

/* The slot that holds a series like WANTED, or the free one where it belongs. */
static size_t find_slot(const struct builder *b, const struct html_series *wanted)
{
    size_t slot = hash_series(wanted) & (b->slot_count - 1);
    while (b->slots[slot] && !is_same(&b->series[b->slots[slot] - 1], wanted)) {
        slot = (slot + 1) & (b->slot_count - 1);
    }
    return slot;
}

static enum status grow_series(struct builder *b)
{
    size_t capacity = b->capacity ? b->capacity * 2 : 1024;
    struct html_series *series = realloc(b->series, capacity * sizeof(*series));
    if (!series) {
        return STATUS_NO_MEMORY;
    }
    b->series = series;
    uint32_t *merged = realloc(b->merged, capacity * sizeof(*merged));
    if (!merged) {
        return STATUS_NO_MEMORY;
    }
    b->merged = merged;
    uint32_t *slots = calloc(capacity * 2, sizeof(*slots));
    if (!slots) {
        return STATUS_NO_MEMORY;
    }
    free(b->slots);
    b->slots = slots;
    b->slot_count = capacity * 2;
    b->capacity = capacity;
    for (size_t i = 0; i < b->count; i++) {
        if (b->merged[i] == i) {
            b->slots[find_slot(b, &b->series[i])] = (uint32_t)i + 1;
        }
    }
    return STATUS_OK;
}

static struct group *find_group(struct builder *b, uint32_t key)
{
    size_t slot = mix(key) & (b->group_slots - 1);
    while (b->groups[slot].series && b->groups[slot].key != key) {
        slot = (slot + 1) & (b->group_slots - 1);
    }
    return &b->groups[slot];
}

static enum status grow_groups(struct builder *b)
{
    struct group *old = b->groups;
    size_t old_slots = b->group_slots;
    struct group *groups = calloc(old_slots ? old_slots * 2 : 256, sizeof(*groups));
    if (!groups) {
        return STATUS_NO_MEMORY;
    }
    b->groups = groups;
    b->group_slots = old_slots ? old_slots * 2 : 256;
    for (size_t i = 0; i < old_slots; i++) {
        if (old[i].series) {
            *find_group(b, old[i].key) = old[i];
        }
    }
    free(old);
    return STATUS_OK;
}

static uint32_t group_key(const struct html_series *s)
{
    return (uint32_t)s->kind << 16 | s->device;
}

static void rebuild_slots(struct builder *b)
{
    memset(b->slots, 0, b->slot_count * sizeof(*b->slots));
    for (size_t i = 0; i < b->count; i++) {
        if (b->merged[i] == i) {
            b->slots[find_slot(b, &b->series[i])] = (uint32_t)i + 1;
        }
    }
}

/* Joins the series of GROUP in larger blocks until they are few again. Each round is paid for by
 * the HTML_SERIES_PER_DEVICE new addresses since the last, or makes the blocks four times larger,
 * which ends at SHIFT_MAX. */
static void coarsen(struct builder *b, struct group *group)
{
    while (group->series > HTML_SERIES_PER_DEVICE / 2 && group->shift < SHIFT_MAX) {
        group->shift += SHIFT_STEP;
        group->series = 0;
        memset(b->slots, 0, b->slot_count * sizeof(*b->slots));
        for (size_t i = 0; i < b->count; i++) {
            if (b->merged[i] != i) {
                continue;
            }
            struct html_series *s = &b->series[i];
            bool is_member = group_key(s) == group->key;
            if (is_member) {
                s->shift = group->shift;
                s->address = s->address >> s->shift << s->shift;
            }
            size_t slot = find_slot(b, s);
            if (!b->slots[slot]) {
                b->slots[slot] = (uint32_t)i + 1;
                group->series += is_member;
                continue;
            }
            struct html_series *into = &b->series[b->slots[slot] - 1];
            b->merged[i] = b->slots[slot] - 1;
            into->count += s->count;
            into->last_t = into->last_t > s->last_t ? into->last_t : s->last_t;
            into->size = into->size == s->size ? s->size : 0;
        }
    }
    rebuild_slots(b);
}

/* What tells a series apart, of event I. */
static struct html_series describe(const struct report *report, size_t i)
{
    const struct report_events *e = &report->events;
    struct html_series s = {
        .kind = e->kind[i], .rw = e->rw[i], .device = e->device[i], .name = e->name[i]};
    switch (e->kind[i]) {
    case REPORT_MMIO:
    case REPORT_PIO:
    case REPORT_PCI:
        s.address = e->address[i];
        s.name = REPORT_NONE16; /* two recorders may have other names for the same access */
        break;
    case REPORT_EXIT:
        s.address = e->address[i];
        break;
    case REPORT_DISK:
    case REPORT_DISK_END:
        s.address = e->value[i] < report->request_count ? report->requests[e->value[i]].drive : 0;
        break;
    default:
        break;
    }
    return s;
}

static enum status add_event(struct builder *b, const struct report *report, size_t i,
                             uint32_t *ret)
{
    int64_t t = report->events.t[i];
    uint8_t size = report->events.size[i];
    struct html_series wanted = describe(report, i);
    struct group *group = find_group(b, group_key(&wanted));
    wanted.shift = group->series ? group->shift : 0;
    wanted.address = wanted.address >> wanted.shift << wanted.shift;
    size_t slot = find_slot(b, &wanted);
    if (!b->slots[slot]) {
        if (b->count >= UINT32_MAX - 1) {
            return STATUS_TOO_LARGE;
        }
        wanted.first_t = t;
        wanted.size = size;
        b->series[b->count] = wanted;
        b->merged[b->count] = (uint32_t)b->count;
        b->slots[slot] = (uint32_t)++b->count;
        if (group->series == 0) {
            group->key = group_key(&wanted);
            b->group_count++;
        }
        group->series++;
    }
    uint32_t index = b->slots[slot] - 1;
    struct html_series *s = &b->series[index];
    s->count++;
    s->last_t = t;
    s->size = s->size == size ? size : 0;
    *ret = index;
    if (group->series > HTML_SERIES_PER_DEVICE && group->shift < SHIFT_MAX) {
        coarsen(b, group);
    }
    if (b->count == b->capacity) {
        return grow_series(b);
    }
    return b->group_count * 2 > b->group_slots ? grow_groups(b) : STATUS_OK;
}

static enum status build(struct builder *b, const struct report *report,
                         struct html_series_set *set)
{
    enum status status = grow_series(b);
    if (status == STATUS_OK) {
        status = grow_groups(b);
    }
    for (size_t i = 0; i < report->events.count && status == STATUS_OK; i++) {
        status = add_event(b, report, i, &set->of_event[i]);
    }
    return status;
}

/* Closes the holes that joined series left. */
static enum status compact(struct builder *b, const struct report *report,
                           struct html_series_set *set)
{
    auto_free uint32_t *moved = malloc((b->count + 1) * sizeof(*moved));
    if (!moved) {
        return STATUS_NO_MEMORY;
    }
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->merged[i] == i) {
            moved[i] = (uint32_t)kept;
            b->series[kept++] = b->series[i];
        } else {
            moved[i] = moved[b->merged[i]]; /* always joined to an earlier one */
        }
    }
    for (size_t i = 0; i < report->events.count; i++) {
        set->of_event[i] = moved[set->of_event[i]];
    }
    set->series = take_ptr(b->series);
    set->count = kept;
    return STATUS_OK;
}

static uint32_t bucket_of(const struct html_series_set *set, int64_t t)
{
    int64_t bucket = t > 0 ? t / set->bucket_ns : 0;
    return bucket < set->buckets ? (uint32_t)bucket : set->buckets - 1;
}

/* Sets each series' number of cells; returns their sum. LAST: as many as series. */
static size_t count_cells(const struct report *report, struct html_series_set *set, uint32_t *last)
{
    size_t sum = 0;
    for (size_t i = 0; i < set->count; i++) {
        set->series[i].cells = 0;
        last[i] = UINT32_MAX;
    }
    for (size_t i = 0; i < report->events.count; i++) {
        uint32_t series = set->of_event[i];
        uint32_t bucket = bucket_of(set, report->events.t[i]);
        if (last[series] != bucket) {
            last[series] = bucket;
            set->series[series].cells++;
            sum++;
        }
    }
    return sum;
}

static void fill_cells(const struct report *report, struct html_series_set *set)
{
    uint32_t at = 0;
    for (size_t i = 0; i < set->count; i++) {
        set->series[i].cell = at;
        at += set->series[i].cells;
        set->series[i].cells = 0;
    }
    for (size_t i = 0; i < report->events.count; i++) {
        struct html_series *s = &set->series[set->of_event[i]];
        uint32_t bucket = bucket_of(set, report->events.t[i]);
        struct html_cell *cell = &set->cells[s->cell + s->cells];
        if (s->cells > 0 && cell[-1].bucket == bucket) {
            cell[-1].count++;
        } else {
            *cell = (struct html_cell){.bucket = bucket, .count = 1};
            s->cells++;
        }
    }
}

static enum status make_cells(const struct report *report, struct html_series_set *set)
{
    int64_t end = report->end_t > 0 ? report->end_t : 1;
    auto_free uint32_t *last = malloc((set->count + 1) * sizeof(*last));
    if (!last) {
        return STATUS_NO_MEMORY;
    }
    for (set->buckets = HTML_BUCKETS_MAX;; set->buckets /= 2) {
        set->bucket_ns = end / set->buckets + 1;
        set->cell_count = count_cells(report, set, last);
        if (set->cell_count <= HTML_CELLS_MAX || set->buckets <= HTML_BUCKETS_MIN) {
            break;
        }
    }
    set->cells = malloc((set->cell_count + 1) * sizeof(*set->cells));
    if (!set->cells) {
        return STATUS_NO_MEMORY;
    }
    fill_cells(report, set);
    return STATUS_OK;
}

enum status html_series_make(const struct report *report, struct html_series_set *ret_set)
{
    struct html_series_set set = {0};
    struct builder builder = {0};
    set.of_event = malloc((report->events.count + 1) * sizeof(*set.of_event));
    enum status status = set.of_event ? build(&builder, report, &set) : STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        status = compact(&builder, report, &set);
    }
    if (status == STATUS_OK) {
        status = make_cells(report, &set);
    }
    free(builder.series);
    free(builder.merged);
    free(builder.slots);
    free(builder.groups);
    if (status != STATUS_OK) {
        html_series_clear(&set);
        return status;
    }
    *ret_set = set;
    return STATUS_OK;
}

void html_series_clear(struct html_series_set *set)
{
    free(set->series);
    free(set->of_event);
    free(set->cells);
    *set = (struct html_series_set){0};
}

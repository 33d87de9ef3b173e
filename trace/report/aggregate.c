/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass over the columns for each sum. */
#include "trace/report/aggregate.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define CPUS      256u
#define POLLS_MAX 100000u
#define HOT_FIRST ((size_t)1 << 8)

/* Where no event named a thread's virtual CPU: vCPU threads are started in order, so that their
 * numbers have the CPUs' order. */
static void guess_cpus(struct build *build, const bool *is_vcpu)
{
    for (unsigned i = 0; i < build->thread_count; i++) {
        if (!is_vcpu[i])
            continue;
        unsigned before = 0;
        for (unsigned k = 0; k < build->thread_count; k++)
            before += is_vcpu[k] && build->threads[k] < build->threads[i];
        build->thread_cpu[i] = (uint8_t)before;
    }
}

void aggregate_cpus(struct build *build)
{
    struct report_events *e = &build->report->events;
    const uint32_t read = intern_find(&build->names, "memory_region_ops_read", 22);
    const uint32_t write = intern_find(&build->names, "memory_region_ops_write", 23);
    bool is_vcpu[BUILD_THREADS_MAX] = {false}, is_known = false;

    for (unsigned i = 0; i < build->thread_count; i++)
        is_known |= build->thread_cpu[i] != UINT8_MAX;
    for (size_t i = 0; i < e->count; i++)
        if (e->kind[i] <= REPORT_ENTRY && e->name[i] != read && e->name[i] != write &&
            e->cpu[i] < build->thread_count)
            is_vcpu[e->cpu[i]] = true;
    if (!is_known)
        guess_cpus(build, is_vcpu);
    for (size_t i = 0; i < e->count; i++)
        if (e->kind[i] != REPORT_DISK && e->name[i] != read && e->name[i] != write)
            e->cpu[i] = e->cpu[i] < build->thread_count ? build->thread_cpu[e->cpu[i]] : UINT8_MAX;
}

static int by_cost(const void *a, const void *b)
{
    const struct report_exit *left = a, *right = b;

    if (left->total_ns != right->total_ns)
        return left->total_ns > right->total_ns ? -1 : 1;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->reason, right->reason);
}

/* Sorting renumbers the reasons that events have as their address. */
static enum status sort_exits(struct report *r)
{
    struct report_events *e = &r->events;
    auto_free const char **reasons = malloc((r->exit_count + 1) * sizeof(*reasons));
    auto_free uint32_t *place = calloc(r->exit_count + 1, sizeof(*place));

    if (reasons == NULL || place == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < r->exit_count; i++)
        reasons[i] = r->exits[i].reason;
    if (r->exit_count > 1)
        qsort(r->exits, r->exit_count, sizeof(*r->exits), by_cost);
    for (uint32_t i = 0; i < r->exit_count; i++)
        for (uint32_t k = 0; k < r->exit_count; k++)
            if (reasons[i] == r->exits[k].reason)
                place[i] = k;
    for (size_t i = 0; i < e->count; i++)
        if (e->kind[i] == REPORT_EXIT && e->address[i] < r->exit_count)
            e->address[i] = place[e->address[i]];
    return STATUS_OK;
}

/* An exit costs the time until its virtual CPU enters the guest again. */
static enum status sum_exits(struct report *r)
{
    struct report_events *e = &r->events;
    size_t last[CPUS]; /* index + 1 of a CPU's open exit */

    memset(last, 0, sizeof(last));
    for (size_t i = 0; i < e->count; i++) {
        const uint8_t cpu = e->cpu[i];
        if (e->kind[i] == REPORT_EXIT) {
            if (e->address[i] < r->exit_count)
                r->exits[e->address[i]].count++;
            last[cpu] = i + 1;
        } else if (e->kind[i] == REPORT_ENTRY && last[cpu] != 0) {
            size_t k = last[cpu] - 1;
            uint64_t cost = (uint64_t)(e->t[i] - e->t[k]);
            last[cpu] = 0;
            e->value[k] = cost;
            if (e->address[k] < r->exit_count) {
                struct report_exit *made = &r->exits[e->address[k]];
                made->total_ns += cost;
                if (cost > made->max_ns)
                    made->max_ns = cost;
            }
        }
    }
    return sort_exits(r);
}

struct hot_table {
    struct report_hot *slots;
    size_t size, used;
};

static struct report_hot *hot_slot(const struct hot_table *table, const struct report_hot *key)
{
    uint64_t hash = (key->address ^ (uint64_t)key->device << 48 ^ (uint64_t)key->kind << 40 ^
                     (uint64_t)key->rw << 44) *
                    0x9e3779b97f4a7c15u;
    size_t at = (size_t)(hash >> 20) & (table->size - 1);

    for (;; at = (at + 1) & (table->size - 1)) {
        struct report_hot *slot = &table->slots[at];
        if (slot->count == 0 || (slot->address == key->address && slot->kind == key->kind &&
                                 slot->rw == key->rw && slot->device == key->device))
            return slot;
    }
}

static enum status hot_grow(struct hot_table *table)
{
    struct hot_table bigger = {.size = table->size != 0 ? table->size * 2 : HOT_FIRST};

    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (bigger.slots == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < table->size; i++)
        if (table->slots[i].count != 0)
            *hot_slot(&bigger, &table->slots[i]) = table->slots[i];
    bigger.used = table->used;
    free(table->slots);
    *table = bigger;
    return STATUS_OK;
}

static int by_count(const void *a, const void *b)
{
    const struct report_hot *left = a, *right = b;

    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->address != right->address)
        return left->address < right->address ? -1 : 1;
    return (int)left->rw - (int)right->rw;
}

static enum status find_hot(struct report *r)
{
    const struct report_events *e = &r->events;
    struct hot_table table = {0};
    enum status status = hot_grow(&table);

    for (size_t i = 0; i < e->count && status == STATUS_OK; i++) {
        if (e->kind[i] > REPORT_PCI)
            continue;
        const struct report_hot key = {
            .kind = e->kind[i], .rw = e->rw[i], .device = e->device[i], .address = e->address[i]};
        struct report_hot *slot = hot_slot(&table, &key);
        if (slot->count == 0) {
            *slot = key;
            table.used++;
        }
        slot->count++;
        if (table.used * 2 > table.size)
            status = hot_grow(&table);
    }
    if (status != STATUS_OK) {
        free(table.slots);
        return status;
    }
    for (size_t i = 0; i < table.size; i++)
        if (table.slots[i].count != 0)
            table.slots[r->hot_count++] = table.slots[i];
    qsort(table.slots, r->hot_count, sizeof(*table.slots), by_count);
    if (r->hot_count > REPORT_HOT_MAX)
        r->hot_count = REPORT_HOT_MAX;
    r->hot = realloc(table.slots, (r->hot_count + 1) * sizeof(*r->hot));
    if (r->hot == NULL)
        r->hot = table.slots;
    return STATUS_OK;
}

static const char *register_of(struct report *r, uint8_t kind, uint16_t device, uint64_t address,
                               int64_t t)
{
    char text[REPORT_REGISTER_BYTES];

    report_register(r, kind, device, address, t, text);
    return *text != '\0' ? build_copy(r, text) : "";
}

struct run {
    int64_t t, end_t;
    uint64_t address, count;
    uint16_t device;
    uint8_t kind;
};

static enum status end_run(struct report *r, const struct run *run, uint8_t cpu)
{
    const struct report_poll poll = {
        .t = run->t,
        .end_t = run->end_t,
        .address = run->address,
        .count = run->count,
        .device = run->device,
        .kind = run->kind,
        .cpu = cpu,
        .reg = "",
    };

    if (run->count <= AGGREGATE_POLL_MIN || r->poll_count >= POLLS_MAX)
        return STATUS_OK;
    return array_add(r->polls, r->poll_count, poll) ? STATUS_OK : STATUS_NO_MEMORY;
}

static int poll_by_time(const void *a, const void *b)
{
    const struct report_poll *left = a, *right = b;
    return left->t < right->t ? -1 : left->t > right->t;
}

/* Is it the same register? A 64-bit one is read in two halves. */
static bool is_same(const struct run *run, uint8_t kind, uint64_t address)
{
    const uint64_t mask = kind == REPORT_MMIO ? 7 : 0;
    return run->count > 0 && run->kind == kind && (run->address | mask) == (address | mask);
}

static enum status find_polls(struct report *r)
{
    const struct report_events *e = &r->events;
    auto_free struct run *runs = calloc(CPUS, sizeof(*runs));
    enum status status = runs != NULL ? STATUS_OK : STATUS_NO_MEMORY;

    for (size_t i = 0; i < e->count && status == STATUS_OK; i++) {
        if (e->kind[i] != REPORT_MMIO && e->kind[i] != REPORT_PIO)
            continue;
        struct run *run = &runs[e->cpu[i]];
        if (e->rw[i] == REPORT_READ && is_same(run, e->kind[i], e->address[i])) {
            run->count++;
            run->end_t = e->t[i];
            continue;
        }
        status = end_run(r, run, e->cpu[i]);
        *run = (struct run){.t = e->t[i],
                            .end_t = e->t[i],
                            .address = e->address[i],
                            .count = e->rw[i] == REPORT_READ,
                            .device = e->device[i],
                            .kind = e->kind[i]};
    }
    for (unsigned cpu = 0; cpu < CPUS && status == STATUS_OK; cpu++)
        status = end_run(r, &runs[cpu], (uint8_t)cpu);
    if (r->poll_count > 1)
        qsort(r->polls, r->poll_count, sizeof(*r->polls), poll_by_time);
    for (size_t i = 0; i < r->poll_count && i < REPORT_HOT_MAX; i++)
        r->polls[i].reg = register_of(r, r->polls[i].kind, r->polls[i].device, r->polls[i].address,
                                      r->polls[i].t);
    return status;
}

enum status aggregate_make(struct build *build)
{
    struct report *r = build->report;
    enum status status = sum_exits(r);

    if (status == STATUS_OK)
        status = find_hot(r);
    if (status == STATUS_OK)
        status = find_polls(r);
    for (size_t i = 0; i < r->hot_count; i++) {
        struct report_hot *hot = &r->hot[i];
        int64_t t = hot->device < r->device_count ? r->devices[hot->device].last_t : r->end_t;
        hot->reg = register_of(r, hot->kind, hot->device, hot->address, t);
    }
    return status;
}

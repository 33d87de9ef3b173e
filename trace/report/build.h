/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers share while the model of a session grows: columns, names, texts, the clock. */
#pragma once

#include <stdarg.h>

#include "config/base/status.h"
#include "trace/report/array.h"
#include "trace/report/intern.h"
#include "trace/report/model.h"

#define BUILD_EVENTS_MAX  ((size_t)64 << 20) /* 2 GiB of columns */
#define BUILD_NAMES_MAX   4096u
#define BUILD_TEXTS_MAX   ((size_t)64 << 20)
#define BUILD_DEVICES_MAX 1024u
#define BUILD_DRIVES_MAX  256u
#define BUILD_THREADS_MAX 254u
#define BUILD_EXITS_MAX   4096u
#define BUILD_REGIONS_MAX 4096u
#define BUILD_NS          1000000000ll

struct report_event {
    int64_t t;
    uint64_t address, value;
    uint16_t device, name;
    uint8_t cpu, kind, size, rw;
};

/* CLOCK_REALTIME and CLOCK_MONOTONIC at one moment. */
struct build_instant {
    int64_t mono_ns, real_ns;
    bool is_known;
};

struct build_clock {
    struct build_instant start, end;
    int64_t qemu_start_mono_ns;
    bool has_qemu_start;
    int64_t
        first_real_ns; /* time 0 of sessions without a clock: the first thing that was recorded */
};

struct build {
    struct report *report;
    size_t event_capacity;
    struct intern names, devices, drives, exits;
    struct build_clock clock;
    char *texts;
    size_t text_bytes, text_capacity;
    bool texts_full;
    uint32_t threads[BUILD_THREADS_MAX];   /* host threads, in the order they were met */
    uint8_t thread_cpu[BUILD_THREADS_MAX]; /* the virtual CPU that each is; 255 not known */
    unsigned thread_count;
    bool has_port_events; /* cpu_in and cpu_out: memory_region_ops_* of ports would count twice */
    bool has_device_requests; /* of IDE, NVMe, ...: blk_co_preadv would count twice */
    uint64_t left_out;        /* events beyond BUILD_EVENTS_MAX */
    enum status failed;       /* the first failure */
};

/* Begins REPORT, which is all zeros. */
void build_init(struct build *build, struct report *report);

/* Hands names and texts to the report, also after a failure, and frees the rest of BUILD. */
void build_finish(struct build *build);

/* Frees what the report holds, but not the report itself. */
void build_clear(struct report *report);

/* The appenders do nothing once memory has run out; build->failed says so. */
void build_event(struct build *build, const struct report_event *event);

/* Number of a trace event's name. */
uint16_t build_name(struct build *build, const char *name, size_t len);

/* Number of the device NAME, which is added when it is not known. */
uint16_t build_device(struct build *build, const char *name, size_t len);

/* Keeps a text; its offset. 0 when there is no more room. */
uint64_t build_text(struct build *build, const char *text, size_t len);

/* A printf() into the report's arena; "" when memory runs out. */
const char *build_format(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *build_copy(struct report *report, const char *text);

/* Index of a host thread, 255 when there are too many. */
uint8_t build_thread(struct build *build, uint32_t thread);

/* Adds a region; ends what the same device had at BAR. */
void build_region_add(struct build *build, uint16_t device, enum report_space space, int bar,
                      uint64_t base, uint64_t bytes, int64_t t);
void build_region_end(struct build *build, uint16_t device, int bar, int64_t t);

/* CLOCK_REALTIME and CLOCK_MONOTONIC to nanoseconds since QEMU's start. */
int64_t build_real_to_t(const struct build_clock *clock, int64_t real_ns);
int64_t build_mono_to_t(const struct build_clock *clock, int64_t mono_ns);

/* Sorts the events by time (stable), drops those that would count twice. */
enum status build_sort(struct build *build) must_check;

void build_panel(struct report *report, enum report_panel_id id, enum report_panel_state state,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

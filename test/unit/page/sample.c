/* SPDX-License-Identifier: BSD-2-Clause */
/* A session made up for tests of its page: every kind of event, numbers that are known. */
#include "test/unit/page/sample.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/arena.h"

#define SECOND   1000000000ll
#define LENGTH   (10 * SECOND)
#define REQUESTS 1000u
#define LINES    200u

static void *take(struct report *r, size_t count, size_t size)
{
    void *memory = arena_alloc(&r->arena, (count + 1) * size);
    if (!memory) {
        abort();
    }
    return memory;
}

/* xorshift64: the same numbers everywhere. */
static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void fill_session(struct report *r)
{
    static const char *const panels[REPORT_PANELS] = {
        "session.json", "trace.log",    "trace.cpuN.raw", "serial.log", "firmware.log",
        "qmp.jsonl",    "network.pcap", "screen",         "image"};
    struct report_session *s = &r->session;
    s->name = "20261121-153000-sample.iso";
    s->image_path = "/ISOs/</script><b>sample & co.iso";
    s->image_label = "SAMPLE";
    s->image_kind = "iso";
    s->image_bytes = 64 << 20;
    s->start = "2026-11-21T15:30:00.123Z";
    s->end = "2026-11-21T15:30:10.123Z";
    s->duration_ns = LENGTH;
    s->end_code = "guest-poweroff";
    s->end_text = "guest powered off after 10 s";
    s->accelerator = "kvm";
    s->firmware = "bios";
    s->machine = "q35";
    s->version_hiperiso = s->version_kernel = s->version_qemu = "1";
    s->tier = "full";
    s->window_from = s->window_until = "";
    s->window_opened_t = s->window_closed_t = REPORT_NEVER;
    s->recorders = take(r, 1, sizeof(*s->recorders));
    s->recorder_count = 1;
    s->recorders[0] = (struct report_recorder){.name = "kvm",
                                               .bytes = 4096,
                                               .overrun = 7,
                                               .stopped_t = REPORT_NEVER,
                                               .stopped_reason = "",
                                               .stopped_message = ""};
    for (size_t i = 0; i < REPORT_PANELS; i++) {
        r->panels[i] =
            (struct report_panel){.name = panels[i], .state = REPORT_READABLE, .message = ""};
    }
}

static void fill_tables(struct report *r)
{
    static const char *names[] = {"kvm_mmio", "resume"};
    static const char texts[] = "\0core \x1B[1m0x55\x1B[0m started";
    r->names = names;
    r->name_count = 2;
    r->texts = texts;
    r->text_bytes = sizeof(texts);
    r->devices = take(r, 2, sizeof(*r->devices));
    r->device_count = 2;
    r->devices[0] = (struct report_device){.name = "hpet", .title = "High precision event timer"};
    r->devices[1] = (struct report_device){.name = "pflash", .title = "Firmware's flash"};
    r->exits = take(r, 2, sizeof(*r->exits));
    r->exit_count = 2;
    r->exits[0] = (struct report_exit){.reason = "NPF", .count = 10, .total_ns = 1000};
    r->exits[1] = (struct report_exit){.reason = "HLT", .count = 5, .total_ns = 100};
    r->phases = take(r, 2, sizeof(*r->phases));
    r->phase_count = 2;
    r->phases[0] = (struct report_phase){0, "firmware", 0, 3 * SECOND, "the session's begin"};
    r->phases[1] = (struct report_phase){2, "kernel", 3 * SECOND, LENGTH, "serial text: Linux"};
    r->milestones = take(r, 1, sizeof(*r->milestones));
    r->milestone_count = 1;
    r->milestones[0] = (struct report_milestone){3 * SECOND, "kernel begins"};
    r->gaps = take(r, 1, sizeof(*r->gaps));
    r->gap_count = 1;
    r->gaps[0] = (struct report_gap){8 * SECOND, 9 * SECOND, "a key"};
    r->hosts = take(r, 1, sizeof(*r->hosts));
    r->host_count = 1;
    r->hosts[0] = (struct report_host){.address = "10.0.2.3", .name = "dns", .packets = 2};
    r->packets = take(r, 2, sizeof(*r->packets));
    r->packet_count = 2;
    r->packets[0] = (struct report_packet){4 * SECOND, 60, 0, true};
    r->packets[1] = (struct report_packet){5 * SECOND, 90, 0, false};
}

static void fill_disk(struct report *r)
{
    r->drives = take(r, 1, sizeof(*r->drives));
    r->drive_count = 1;
    r->drives[0] = (struct report_drive){.name = "cdrom", .file = "x.iso", .is_image = true};
    r->files = take(r, 3, sizeof(*r->files));
    r->file_count = 3;
    r->files[0] = (struct report_file){.path = "/a", .bytes = 1 << 20, .order = 0, .first_t = 0};
    r->files[1] = (struct report_file){
        .path = "/never", .first_t = REPORT_NEVER, .last_t = REPORT_NEVER, .order = REPORT_NONE32};
    r->files[2] = (struct report_file){.path = "/b", .bytes = 1 << 20, .order = 1, .first_t = 9};
    r->requests = take(r, REQUESTS, sizeof(*r->requests));
    r->request_count = REQUESTS;
    for (size_t i = 0; i < REQUESTS; i++) {
        int64_t t = (int64_t)i * (LENGTH / REQUESTS);
        r->requests[i] = (struct report_request){.t = t,
                                                 .end_t = i % 10 ? t + 1000 : REPORT_NEVER,
                                                 .off = (i * 7919 % REQUESTS) * 2048,
                                                 .bytes = 2048,
                                                 .file = i % 2 ? 2 : 0};
    }
}

static void fill_serial(struct report *r)
{
    static const char line[] = "\x1B[32mline\x1B[0m of text\r\n";
    char *bytes = take(r, LINES, sizeof(line));
    r->serial.bytes = bytes;
    r->serial.lines = take(r, LINES, sizeof(*r->serial.lines));
    r->serial.line_count = LINES;
    for (size_t i = 0; i < LINES; i++) {
        memcpy(bytes + r->serial.len, line, sizeof(line) - 1);
        r->serial.lines[i] = (struct report_line){i ? (int64_t)i * SECOND / 50 : REPORT_NEVER,
                                                  r->serial.len, sizeof(line) - 1};
        r->serial.len += sizeof(line) - 1;
    }
}

/* The last of MANY kinds of events at I. */
static void fill_event(struct report_events *e, size_t i, uint64_t *seed)
{
    uint64_t random = next(seed);
    e->cpu[i] = random >> 8 & 1;
    e->device[i] = REPORT_NONE16;
    e->rw[i] = REPORT_NEITHER;
    e->name[i] = 0;
    switch (random % 8) {
    case 0:
        e->kind[i] = REPORT_EXIT;
        e->address[i] = random >> 9 & 1;
        e->value[i] = random >> 32;
        break;
    case 1:
        e->kind[i] = REPORT_DISK;
        e->value[i] = i % REQUESTS;
        e->rw[i] = REPORT_READ;
        break;
    case 2:
        e->kind[i] = REPORT_OTHER;
        e->name[i] = 1;
        e->value[i] = 1;
        break;
    case 3: /* more addresses than have series of their own */
        e->kind[i] = REPORT_MMIO;
        e->device[i] = 1;
        e->address[i] = 0xFFC00000 + (random >> 16 & 0xFFFFF);
        e->value[i] = random;
        e->size[i] = 8;
        e->rw[i] = REPORT_WRITE;
        break;
    case 4:
        e->kind[i] = REPORT_PIO;
        e->address[i] = 0x80;
        e->value[i] = random & 0xFF;
        e->size[i] = 1;
        e->rw[i] = REPORT_WRITE;
        break;
    default:
        e->kind[i] = REPORT_MMIO;
        e->device[i] = 0;
        e->address[i] = 0xFED000F0;
        e->value[i] = i * 100;
        e->size[i] = 8;
        e->rw[i] = REPORT_READ;
    }
}

static void fill_events(struct report *r, size_t count)
{
    struct report_events *e = &r->events;
    uint64_t seed = 0x9E3779B97F4A7C15u;
    e->count = count;
    e->t = take(r, count, sizeof(*e->t));
    e->address = take(r, count, sizeof(*e->address));
    e->value = take(r, count, sizeof(*e->value));
    e->device = take(r, count, sizeof(*e->device));
    e->name = take(r, count, sizeof(*e->name));
    e->cpu = take(r, count, 1);
    e->kind = take(r, count, 1);
    e->size = take(r, count, 1);
    e->rw = take(r, count, 1);
    for (size_t i = 0; i < count; i++) {
        fill_event(e, i, &seed);
        e->t[i] = (int64_t)((double)i / (double)count * LENGTH);
    }
}

struct report *sample_report(size_t events)
{
    struct report *r = calloc(1, sizeof(*r));
    if (!r) {
        abort();
    }
    r->end_t = LENGTH;
    fill_session(r);
    fill_tables(r);
    fill_disk(r);
    fill_serial(r);
    fill_events(r, events);
    return r;
}

void sample_free(struct report *report)
{
    arena_clear(&report->arena);
    free(report);
}

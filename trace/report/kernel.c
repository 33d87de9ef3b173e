/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent's side of reading the kernel's pages: messages to events. */
#include "trace/report/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "trace/report/kernel_pages.h"

#define MEMORY_BYTES  ((size_t)256 << 20)
#define EVENTS_FOLDER "tracefs/events"
#define FORMATS_MAX   10000u
#define IDS_MAX       65536u

struct reading {
    struct build *build;
    struct kernel_pages pages;
    uint16_t *names; /* by number: the model's, REPORT_NONE16 not known yet */
    uint64_t events, page_count, damaged, lost, bytes;
};

/* Takes TEXT in every case. */
static enum status add_text(char ***texts, size_t *count, char *text)
{
    if (text != NULL && array_add(*texts, *count, text))
        return STATUS_OK;
    free(text);
    return STATUS_NO_MEMORY;
}

static void texts_clear(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

/* The N of "trace.cpuN.raw"; -1 if it is no such name. */
static int cpu_of(const char *name)
{
    unsigned cpu;
    int used = 0;

    if (sscanf(name, "trace.cpu%4u.raw%n", &cpu, &used) != 1 || used == 0 || name[used] != '\0' ||
        cpu >= KERNEL_CPUS_MAX)
        return -1;
    return (int)cpu;
}

static enum status take_raw(void *context, const struct place_entry *entry)
{
    struct reading *reading = context;

    if (entry->is_folder || cpu_of(entry->name) < 0)
        return STATUS_OK;
    reading->bytes += entry->bytes;
    return add_text(&reading->pages.raw_files, &reading->pages.raw_count, strdup(entry->name));
}

static int by_cpu(const void *a, const void *b)
{
    return cpu_of(*(char *const *)a) - cpu_of(*(char *const *)b);
}

struct folders {
    char **names;
    size_t count;
};

static enum status take_folder(void *context, const struct place_entry *entry)
{
    struct folders *folders = context;

    if (!entry->is_folder)
        return STATUS_OK;
    if (folders->count >= FORMATS_MAX)
        return STATUS_TOO_LARGE;
    return add_text(&folders->names, &folders->count, strdup(entry->name));
}

/* The formats of one system's events. */
static enum status find_events(struct reading *reading, const struct report_source *source,
                               const char *system)
{
    struct folders events = {0};
    char *inside = NULL;
    enum status status = STATUS_NO_MEMORY;

    if (asprintf(&inside, EVENTS_FOLDER "/%s", system) < 0)
        return STATUS_NO_MEMORY;
    auto_free char *path = source_path(source, inside);
    if (path != NULL)
        status = place_list(source->place, path, take_folder, &events);
    for (size_t i = 0; i < events.count && status == STATUS_OK; i++) {
        char *format = NULL;
        if (reading->pages.format_count >= FORMATS_MAX)
            break;
        if (asprintf(&format, "%s/%s/format", inside, events.names[i]) < 0)
            format = NULL;
        status = add_text(&reading->pages.formats, &reading->pages.format_count, format);
    }
    texts_clear(events.names, events.count);
    free(inside);
    return status;
}

static enum status find_formats(struct reading *reading, const struct report_source *source)
{
    struct folders systems = {0};
    auto_free char *top = source_path(source, EVENTS_FOLDER);
    enum status status =
        top != NULL ? place_list(source->place, top, take_folder, &systems) : STATUS_NO_MEMORY;

    for (size_t i = 0; i < systems.count && status == STATUS_OK; i++)
        status = find_events(reading, source, systems.names[i]);
    texts_clear(systems.names, systems.count);
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static uint16_t exit_of(struct build *build, uint32_t isa, uint32_t reason)
{
    struct report *r = build->report;
    char key[32];
    const char *name = kernel_exit_name(isa, reason);

    if (name == NULL) {
        snprintf(key, sizeof(key), "reason 0x%x", reason);
        name = key;
    }
    uint32_t number = intern_add(&build->exits, name, strlen(name));
    if (number == INTERN_NONE)
        return 0;
    if (number == r->exit_count) {
        const struct report_exit made = {.reason = build->exits.texts[number]};
        if (!array_add(r->exits, r->exit_count, made))
            build->failed = STATUS_NO_MEMORY;
    }
    return (uint16_t)number;
}

static bool take_event(struct reading *reading, const uint8_t *bytes, size_t len)
{
    struct build *build = reading->build;
    struct kernel_record record;

    if (len < sizeof(record))
        return false;
    memcpy(&record, bytes, sizeof(record));
    if (record.kind >= REPORT_KINDS || record.rw > REPORT_NEITHER ||
        reading->names[record.name] == REPORT_NONE16)
        return false;
    if (!build->clock.has_qemu_start && reading->events == 0) /* no clock: begin with the first */
        build->clock.qemu_start_mono_ns = (int64_t)(record.mono_ns & INT64_MAX);
    uint8_t thread = build_thread(build, record.pid);
    if (record.vcpu != UINT8_MAX && thread < BUILD_THREADS_MAX)
        build->thread_cpu[thread] = record.vcpu;
    struct report_event event = {
        .t = build_mono_to_t(&build->clock, (int64_t)(record.mono_ns & INT64_MAX)),
        .address = record.address,
        .value = record.value,
        .device = REPORT_NONE16,
        .name = reading->names[record.name],
        .cpu = thread,
        .kind = record.kind,
        .size = record.size,
        .rw = record.rw,
    };
    if (record.kind == REPORT_EXIT)
        event.address = exit_of(build, (uint32_t)(record.address >> 32), (uint32_t)record.address);
    if (record.kind == REPORT_OTHER)
        event.value = build_text(build, (const char *)bytes + sizeof(record), len - sizeof(record));
    build_event(build, &event);
    reading->events++;
    return build->failed == STATUS_OK;
}

static bool take_message(void *context, const uint8_t *bytes, size_t len)
{
    struct reading *reading = context;

    switch (bytes[0]) {
    case KERNEL_NAME:
        if (len < 4)
            return false;
        reading->names[get_le16(bytes + 1)] =
            build_name(reading->build, (const char *)bytes + 3, len - 3);
        return true;
    case KERNEL_EVENT:
        return take_event(reading, bytes, len);
    case KERNEL_SUMMARY:
        if (len != 25)
            return false;
        reading->page_count = get_le64(bytes + 1);
        reading->damaged = get_le64(bytes + 9);
        reading->lost = get_le64(bytes + 17);
        return true;
    default:
        return false;
    }
}

static void work(void *context, struct confined_out *out)
{
    struct reading *reading = context;

    kernel_pages_work(&reading->pages, out);
}

static void set_panel(struct reading *reading, enum status status, const char *why)
{
    struct report *r = reading->build->report;
    struct report_panel *panel = &r->panels[REPORT_PANEL_KVM];

    panel->bytes = reading->bytes;
    panel->items = reading->events;
    panel->skipped = reading->damaged;
    if (status != STATUS_OK)
        build_panel(r, REPORT_PANEL_KVM, reading->events > 0 ? REPORT_PARTLY : REPORT_UNREADABLE,
                    "%s", why);
    else if (reading->damaged > 0 || reading->lost > 0)
        build_panel(r, REPORT_PANEL_KVM,
                    reading->events > 0 || reading->damaged == 0 ? REPORT_PARTLY
                                                                 : REPORT_UNREADABLE,
                    "%llu damaged pages or events, %llu places where the kernel lost events",
                    (unsigned long long)reading->damaged, (unsigned long long)reading->lost);
    else
        panel->state = REPORT_READABLE;
}

enum status kernel_read(struct build *build, const struct report_source *source)
{
    struct reading reading = {.build = build, .pages = {.source = source}};
    char why[256] = "";

    enum status status = place_list(source->place, source->folder, take_raw, &reading);
    if (status != STATUS_OK || reading.pages.raw_count == 0)
        return status == STATUS_NO_MEMORY ? status : STATUS_OK;
    qsort(reading.pages.raw_files, reading.pages.raw_count, sizeof(char *), by_cpu);
    status = find_formats(&reading, source);
    reading.names = malloc(IDS_MAX * sizeof(*reading.names));
    if (reading.names == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        memset(reading.names, 0xff, IDS_MAX * sizeof(*reading.names));
        const struct confined_job job = {
            .work = work,
            .take = take_message,
            .context = &reading,
            .memory_bytes = MEMORY_BYTES,
            .seconds = 30 + (unsigned)(reading.bytes >> 20),
        };
        status = confined_run(&job, why, sizeof(why));
        set_panel(&reading, status, why);
        status = build->failed == STATUS_NO_MEMORY ? STATUS_NO_MEMORY : STATUS_OK;
    }
    free(reading.names);
    texts_clear(reading.pages.raw_files, reading.pages.raw_count);
    texts_clear(reading.pages.formats, reading.pages.format_count);
    return status;
}

/* Linux arch/x86/include/uapi/asm/vmx.h and svm.h; names as trace-cmd shows them. */
static const struct {
    uint8_t isa;
    uint16_t reason;
    const char *name;
} exit_names[] = {
    {1, 0, "EXCEPTION_NMI"},
    {1, 1, "EXTERNAL_INTERRUPT"},
    {1, 2, "TRIPLE_FAULT"},
    {1, 3, "INIT_SIGNAL"},
    {1, 4, "SIPI_SIGNAL"},
    {1, 7, "INTERRUPT_WINDOW"},
    {1, 8, "NMI_WINDOW"},
    {1, 9, "TASK_SWITCH"},
    {1, 10, "CPUID"},
    {1, 12, "HLT"},
    {1, 13, "INVD"},
    {1, 14, "INVLPG"},
    {1, 15, "RDPMC"},
    {1, 16, "RDTSC"},
    {1, 18, "VMCALL"},
    {1, 28, "CR_ACCESS"},
    {1, 29, "DR_ACCESS"},
    {1, 30, "IO_INSTRUCTION"},
    {1, 31, "MSR_READ"},
    {1, 32, "MSR_WRITE"},
    {1, 33, "INVALID_STATE"},
    {1, 34, "MSR_LOAD_FAIL"},
    {1, 36, "MWAIT"},
    {1, 37, "MONITOR_TRAP"},
    {1, 39, "MONITOR"},
    {1, 40, "PAUSE"},
    {1, 41, "MCE_DURING_VMENTRY"},
    {1, 43, "TPR_BELOW_THRESHOLD"},
    {1, 44, "APIC_ACCESS"},
    {1, 45, "EOI_INDUCED"},
    {1, 46, "GDTR_IDTR"},
    {1, 47, "LDTR_TR"},
    {1, 48, "EPT_VIOLATION"},
    {1, 49, "EPT_MISCONFIG"},
    {1, 50, "INVEPT"},
    {1, 51, "RDTSCP"},
    {1, 52, "PREEMPTION_TIMER"},
    {1, 53, "INVVPID"},
    {1, 54, "WBINVD"},
    {1, 55, "XSETBV"},
    {1, 56, "APIC_WRITE"},
    {1, 57, "RDRAND"},
    {1, 58, "INVPCID"},
    {1, 61, "RDSEED"},
    {1, 62, "PML_FULL"},
    {2, 0x00, "read_cr0"},
    {2, 0x03, "read_cr3"},
    {2, 0x04, "read_cr4"},
    {2, 0x08, "read_cr8"},
    {2, 0x10, "write_cr0"},
    {2, 0x13, "write_cr3"},
    {2, 0x14, "write_cr4"},
    {2, 0x18, "write_cr8"},
    {2, 0x4d, "excp_nm"},
    {2, 0x4e, "excp_pf"},
    {2, 0x52, "excp_mc"},
    {2, 0x60, "interrupt"},
    {2, 0x61, "nmi"},
    {2, 0x62, "smi"},
    {2, 0x63, "init"},
    {2, 0x64, "vintr"},
    {2, 0x65, "cr0_sel_write"},
    {2, 0x66, "read_idtr"},
    {2, 0x6e, "rdtsc"},
    {2, 0x6f, "rdpmc"},
    {2, 0x72, "cpuid"},
    {2, 0x73, "rsm"},
    {2, 0x74, "iret"},
    {2, 0x75, "swint"},
    {2, 0x76, "invd"},
    {2, 0x77, "pause"},
    {2, 0x78, "hlt"},
    {2, 0x79, "invlpg"},
    {2, 0x7b, "io"},
    {2, 0x7c, "msr"},
    {2, 0x7d, "task_switch"},
    {2, 0x7f, "shutdown"},
    {2, 0x80, "vmrun"},
    {2, 0x81, "hypercall"},
    {2, 0x82, "vmload"},
    {2, 0x83, "vmsave"},
    {2, 0x84, "stgi"},
    {2, 0x85, "clgi"},
    {2, 0x86, "skinit"},
    {2, 0x87, "rdtscp"},
    {2, 0x89, "wbinvd"},
    {2, 0x8a, "monitor"},
    {2, 0x8b, "mwait"},
    {2, 0x8d, "xsetbv"},
    {2, 0x400, "npf"},
    {2, 0x401, "avic_incomplete_ipi"},
    {2, 0x402, "avic_unaccelerated_access"},
};

const char *kernel_exit_name(uint32_t isa, uint32_t reason)
{
    if (isa == 1)
        reason &= 0xffff; /* bit 31: failed VM entry */
    for (size_t i = 0; i < ARRAY_SIZE(exit_names); i++)
        if (exit_names[i].isa == isa && exit_names[i].reason == reason)
            return exit_names[i].name;
    return NULL;
}

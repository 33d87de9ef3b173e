/* SPDX-License-Identifier: BSD-2-Clause */
/* libtraceevent's kbuffer walks the pages, its tep tells where the fields of an event lie. */
#include "trace/report/kernel_pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <traceevent/event-parse.h>
#include <traceevent/kbuffer.h>
#include <traceevent/trace-seq.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "trace/report/model.h"

#define PAGE_BYTES       4096u
#define PAGE_HEAD_BYTES  16u      /* time stamp and commit, x86-64 */
#define COMMIT_MASK      0xfffffu /* kernel/trace/ring_buffer.c: above it RB_MISSED_* */
#define FORMAT_BYTES_MAX ((size_t)1 << 20)
#define IDS_MAX          65536u
#define TEXT_MAX         1024u
#define READ_PAGES       64u

enum known {
    KNOWN_NOT_LOOKED_UP,
    KNOWN_NOTHING,
    KNOWN_MMIO,
    KNOWN_PIO,
    KNOWN_EXIT,
    KNOWN_ENTRY,
};

static const struct {
    const char *name;
    enum known known;
    uint8_t kind;
    const char *fields[5];
} known_events[] = {
    {"kvm_mmio", KNOWN_MMIO, REPORT_MMIO, {"type", "len", "gpa", "val", NULL}},
    {"kvm_pio", KNOWN_PIO, REPORT_PIO, {"rw", "port", "size", "count", "val"}},
    {"kvm_exit", KNOWN_EXIT, REPORT_EXIT, {"exit_reason", "isa", "vcpu_id", NULL, NULL}},
    {"kvm_entry", KNOWN_ENTRY, REPORT_ENTRY, {"vcpu_id", "rip", NULL, NULL, NULL}},
};

struct field {
    uint32_t off, bytes; /* BYTES 0: the event has it not */
};

struct event_kind {
    struct tep_event *event; /* NULL: no format for this number */
    uint8_t known;           /* enum known */
    uint8_t kind;
    bool is_named; /* its name has been sent */
    struct field fields[5];
};

struct worker {
    struct kernel_pages *pages;
    struct confined_out *out;
    struct tep_handle *tep;
    struct event_kind *kinds; /* by number */
    uint64_t page_count, damaged, lost;
};

static uint64_t get_field(const uint8_t *data, size_t len, struct field field)
{
    if (field.bytes == 0 || field.off > len || field.bytes > len - field.off)
        return 0;
    const uint8_t *p = data + field.off;
    return field.bytes == 8   ? get_le64(p)
           : field.bytes == 4 ? get_le32(p)
           : field.bytes == 2 ? get_le16(p)
           : field.bytes == 1 ? *p
                              : 0;
}

static void look_up(struct worker *worker, struct event_kind *kind, int number)
{
    kind->known = KNOWN_NOTHING;
    kind->kind = REPORT_OTHER;
    kind->event = tep_find_event(worker->tep, number);
    if (kind->event == NULL)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(known_events); i++) {
        if (strcmp(kind->event->name, known_events[i].name) != 0)
            continue;
        kind->known = (uint8_t)known_events[i].known;
        kind->kind = known_events[i].kind;
        for (size_t k = 0; k < 5 && known_events[i].fields[k] != NULL; k++) {
            struct tep_format_field *field = tep_find_field(kind->event, known_events[i].fields[k]);
            if (field != NULL && field->offset >= 0 && field->size > 0)
                kind->fields[k] = (struct field){(uint32_t)field->offset, (uint32_t)field->size};
        }
    }
}

static void send_name(struct worker *worker, struct event_kind *kind, uint16_t number)
{
    uint8_t message[3 + 128];
    size_t len = strlen(kind->event->name);

    if (len > 128)
        len = 128;
    message[0] = KERNEL_NAME;
    put_le16(message + 1, number);
    memcpy(message + 3, kind->event->name, len);
    confined_send(worker->out, message, 3 + len);
    kind->is_named = true;
}

static void fill_record(const struct event_kind *kind, const uint8_t *data, size_t len,
                        struct kernel_record *record)
{
    const struct field *f = kind->fields;

    switch (kind->known) {
    case KNOWN_MMIO: /* KVM_TRACE_MMIO_READ_UNSATISFIED 0, READ 1, WRITE 2 */
        if (get_field(data, len, f[0]) == 0)
            record->kind = REPORT_OTHER; /* asked; the answer, with its value, is the access */
        record->rw = get_field(data, len, f[0]) == 2 ? REPORT_WRITE : REPORT_READ;
        record->size = (uint8_t)get_field(data, len, f[1]);
        record->address = get_field(data, len, f[2]);
        record->value = get_field(data, len, f[3]);
        break;
    case KNOWN_PIO: /* KVM_PIO_IN 0, OUT 1 */
        record->rw = get_field(data, len, f[0]) == 1 ? REPORT_WRITE : REPORT_READ;
        record->address = get_field(data, len, f[1]);
        record->size = (uint8_t)get_field(data, len, f[2]);
        record->count = (uint32_t)get_field(data, len, f[3]);
        record->value = get_field(data, len, f[4]);
        break;
    case KNOWN_EXIT:
        record->address =
            get_field(data, len, f[1]) << 32 | (get_field(data, len, f[0]) & UINT32_MAX);
        record->vcpu = (uint8_t)get_field(data, len, f[2]);
        break;
    case KNOWN_ENTRY:
        record->vcpu = (uint8_t)get_field(data, len, f[0]);
        record->address = get_field(data, len, f[1]);
        break;
    default:
        break;
    }
}

/* Sends RECORD with the event's text behind it. */
static void send_with_text(struct worker *worker, const struct kernel_record *record,
                           const uint8_t *data, size_t len)
{
    uint8_t message[sizeof(*record) + TEXT_MAX];
    struct tep_record raw = {.data = (void *)(uintptr_t)data, .size = (int)len};
    struct trace_seq text;

    memcpy(message, record, sizeof(*record));
    trace_seq_init(&text);
    tep_print_event(worker->tep, &text, &raw, "%s", TEP_PRINT_INFO);
    trace_seq_terminate(&text);
    size_t text_len = text.buffer != NULL ? strnlen(text.buffer, TEXT_MAX) : 0;
    if (text_len > 0)
        memcpy(message + sizeof(*record), text.buffer, text_len);
    trace_seq_destroy(&text);
    confined_send(worker->out, message, sizeof(*record) + text_len);
}

/* One event: LEN bytes at DATA, that lie in the page. */
static void take_event(struct worker *worker, const uint8_t *data, size_t len, uint64_t mono_ns)
{
    if (len < 8)
        return;
    /* struct trace_entry: type (2), flags, preempt count, pid (4) */
    uint16_t number = get_le16(data);
    struct event_kind *kind = &worker->kinds[number];
    if (kind->known == KNOWN_NOT_LOOKED_UP)
        look_up(worker, kind, number);
    if (kind->event == NULL) {
        worker->damaged++;
        return;
    }
    if (!kind->is_named)
        send_name(worker, kind, number);
    struct kernel_record record = {
        .message = KERNEL_EVENT,
        .kind = kind->kind,
        .rw = REPORT_NEITHER,
        .vcpu = UINT8_MAX,
        .name = number,
        .pid = get_le32(data + 4),
        .count = 1,
        .mono_ns = mono_ns,
    };
    fill_record(kind, data, len, &record);
    if (kind->kind == REPORT_OTHER)
        send_with_text(worker, &record, data, len);
    else
        confined_send(worker->out, &record, sizeof(record));
}

static void read_page(struct worker *worker, struct kbuffer *kbuffer, uint8_t *page)
{
    unsigned long long mono_ns;
    uint64_t commit = get_le64(page + 8) & COMMIT_MASK;

    worker->page_count++;
    if (commit == 0)
        return;
    if (commit > PAGE_BYTES - PAGE_HEAD_BYTES || kbuffer_load_subbuffer(kbuffer, page) < 0) {
        worker->damaged++;
        return;
    }
    int missed = kbuffer_missed_events(kbuffer);
    if (missed != 0)
        worker->lost += missed > 0 ? (uint64_t)missed : 1; /* negative: how many is not known */
    for (uint8_t *data = kbuffer_read_event(kbuffer, &mono_ns); data != NULL;
         data = kbuffer_next_event(kbuffer, &mono_ns)) {
        int len = kbuffer_event_size(kbuffer);
        if (data < page || data >= page + PAGE_BYTES || len < 0 ||
            (size_t)len > (size_t)(page + PAGE_BYTES - data)) {
            worker->damaged++;
            return;
        }
        take_event(worker, data, (size_t)len, mono_ns);
    }
}

static void read_raw(struct worker *worker, struct kbuffer *kbuffer, const char *name)
{
    auto_place_file file = PLACE_FILE_CLOSED;
    /* Behind the pages lies one of zeros: what reads on over the end finds nothing. */
    auto_free uint8_t *pages = calloc(READ_PAGES + 1, PAGE_BYTES);
    size_t len;

    if (pages == NULL || source_open_file(worker->pages->source, name, &file) != STATUS_OK)
        confined_fail(worker->out, "it cannot be opened");
    for (uint64_t off = 0; off < file.bytes; off += len) {
        if (place_file_read(&file, off, (size_t)READ_PAGES * PAGE_BYTES, pages, &len) !=
                STATUS_OK ||
            len == 0)
            confined_fail(worker->out, "it cannot be read to its end");
        memset(pages + len, 0, (size_t)(READ_PAGES + 1) * PAGE_BYTES - len);
        for (size_t at = 0; at < len; at += PAGE_BYTES)
            read_page(worker, kbuffer, pages + at);
    }
}

static void read_format(struct worker *worker, const char *path)
{
    auto_free uint8_t *text = NULL;
    char system[128];
    size_t len;
    const char *begin = path + strlen("tracefs/events/");
    size_t system_len = strcspn(begin, "/");

    if (system_len >= sizeof(system) ||
        source_read_file(worker->pages->source, path, FORMAT_BYTES_MAX, &text, &len) != STATUS_OK)
        return;
    memcpy(system, begin, system_len);
    system[system_len] = '\0';
    (void)tep_parse_event(worker->tep, (const char *)text, len, system);
}

static void read_formats(struct worker *worker)
{
    auto_free uint8_t *head = NULL;
    size_t len;

    if (source_read_file(worker->pages->source, "tracefs/events/header_page", FORMAT_BYTES_MAX,
                         &head, &len) != STATUS_OK)
        confined_fail(worker->out, "tracefs/events/header_page is missing");
    if (tep_parse_header_page(worker->tep, (char *)head, len, 8) < 0)
        confined_fail(worker->out, "tracefs/events/header_page is damaged");
    for (size_t i = 0; i < worker->pages->format_count; i++)
        read_format(worker, worker->pages->formats[i]);
}

void kernel_pages_work(struct kernel_pages *pages, struct confined_out *out)
{
    struct worker worker = {.pages = pages, .out = out};
    struct kbuffer *kbuffer = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);

    worker.tep = tep_alloc();
    worker.kinds = calloc(IDS_MAX, sizeof(*worker.kinds));
    if (worker.tep == NULL || kbuffer == NULL || worker.kinds == NULL)
        confined_fail(out, "its reader has no memory");
    tep_set_long_size(worker.tep, 8);
    tep_set_page_size(worker.tep, PAGE_BYTES);
    tep_set_file_bigendian(worker.tep, TEP_LITTLE_ENDIAN);
    tep_set_local_bigendian(worker.tep, TEP_LITTLE_ENDIAN);
    read_formats(&worker);
    for (size_t i = 0; i < worker.pages->raw_count; i++)
        read_raw(&worker, kbuffer, worker.pages->raw_files[i]);
    uint8_t summary[25] = {KERNEL_SUMMARY};
    put_le64(summary + 1, worker.page_count);
    put_le64(summary + 9, worker.damaged);
    put_le64(summary + 17, worker.lost);
    confined_send(out, summary, sizeof(summary));
    kbuffer_free(kbuffer);
    tep_free(worker.tep);
    free(worker.kinds);
}

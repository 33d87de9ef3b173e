/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a tier's list of events that includes others, what QEMU is said to know, QEMU's
 * lines, the window's texts. The input: up to four texts separated by NUL bytes: the list, a second
 * list, what is known, the rest. */
#include <stdlib.h>
#include <string.h>

#include "initramfs/line_index.h"
#include "initramfs/trace_events.h"
#include "initramfs/trace_kvm.h"
#include "initramfs/trigger.h"

#define PARTS 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct parts {
    const char *texts[PARTS];
    size_t lens[PARTS];
};

static enum status read_file(void *context, const char *file, struct strbuf *text)
{
    const struct parts *parts = context;
    int number = strcmp(file, "a.events") == 0 ? 0 : strcmp(file, "b.events") == 0 ? 1 : -1;
    if (strchr(file, '/') != NULL)
        abort(); /* a list lies beside the others */
    if (number < 0)
        return STATUS_NOT_FOUND;
    strbuf_append_bytes(text, parts->texts[number], parts->lens[number]);
    return STATUS_OK;
}

static bool has_tracepoint(void *context, const char *system, const char *event)
{
    (void)context;
    if (strpbrk(system, "/.") != NULL || strpbrk(event, "/.") != NULL)
        abort(); /* they become a path */
    return strlen(event) % 2 == 0;
}

static void check_names(const struct text_list *list)
{
    if (list->count > TRACE_EVENTS_MAX)
        abort();
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i][0] == '\0' || strpbrk(list->items[i], " \n\t#/\"\\") != NULL)
            abort(); /* a line of its own for QEMU, a word for the kernel */
}

static void check_lists(struct parts *parts, bool is_emulated, bool is_checked)
{
    const struct trace_events_source source = {
        .read_file = read_file,
        .has_tracepoint = has_tracepoint,
        .context = parts,
        .known = is_checked ? parts->texts[2] : NULL,
        .known_len = parts->lens[2],
        .is_emulated = is_emulated,
    };
    struct trace_events events;
    if (trace_events_read(&source, "a.events", &events) != STATUS_OK)
        return;
    check_names(&events.qemu);
    check_names(&events.ports);
    check_names(&events.kernel);
    if (events.files.count == 0 || events.files.count > 16 || events.problems.count > 101)
        abort();
    for (size_t i = 0; i < events.problems.count; i++)
        if (strchr(events.problems.items[i], '\n') != NULL)
            abort();
    (void)trace_events_is_no_port(&events.ports, parts->texts[3], parts->lens[3]);
    trace_events_clear(&events);
}

/* A window that has closed stays closed. */
static void check_trigger(const struct parts *parts, const char *from)
{
    static struct trigger trigger;
    bool was_closed = false;
    trigger_init(&trigger, from, from);
    for (size_t off = 0; off < parts->lens[3]; off += 7) {
        size_t run = parts->lens[3] - off < 7 ? parts->lens[3] - off : 7;
        trigger_take(&trigger, parts->texts[3] + off, run, (int64_t)off * 100000000);
        if (was_closed && trigger_is_open(&trigger))
            abort();
        was_closed = trigger.until.has_happened;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct parts parts = {0};
    char *copy = malloc(len + 1), *rest = copy;
    if (copy == NULL)
        return 0;
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    size_t left = len;
    for (int i = 0; i < PARTS; i++) {
        size_t part = i < PARTS - 1 ? strnlen(rest, left) : left;
        parts.texts[i] = rest;
        parts.lens[i] = part;
        rest += part;
        left -= part;
        if (left > 0) {
            rest++;
            left--;
        }
    }
    check_lists(&parts, false, true);
    check_lists(&parts, true, true);
    check_lists(&parts, true, false);
    check_trigger(&parts, parts.texts[1]);

    struct line_index index = {0};
    auto_strbuf rows = STRBUF_INIT;
    line_index_add(&index, parts.texts[3], parts.lens[3], 1, &rows);
    if (index.off != parts.lens[3])
        abort();
    struct trace_kvm_stats stats = {0};
    trace_kvm_add_stats(copy, &stats);
    free(copy);
    return 0;
}

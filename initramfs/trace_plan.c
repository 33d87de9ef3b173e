/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the lists of a tier from the stick, in a process of its own as all that may hang. */
#include "initramfs/trace_plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "initramfs/child.h"
#include "initramfs/hosted.h"
#include "initramfs/mounts.h"
#include "initramfs/recorder.h"
#include "initramfs/trace_events.h"
#include "initramfs/trace_kvm.h"

#define READ_MS         20000
#define KNOWN_EVENTS    MOUNTS_RUNTIME "/usr/share/qemu/trace-events-all"
#define KNOWN_BYTES_MAX ((size_t)4 << 20)
#define TIER_NONE       "none"
#define TIER_BASE       "standard" /* what is recorded outside the window, too */
#define ANSWER_MAX      ((size_t)4 << 20)

/* Rows of what the reading process answers: a letter, the text, a line feed. */
enum answer {
    ANSWER_KERNEL = 'k',
    ANSWER_PORTS = 'o',
    ANSWER_WINDOW = 'w',
    ANSWER_FILE = 'f',
    ANSWER_PROBLEM = 'p',
    ANSWER_FREE = 's',
};

struct reading {
    const char *tier;
    bool is_emulated, has_window, is_open;
    int events, answer; /* files in memory */
};

/* ---- in the reading process ---- */

static enum status read_list(void *context, const char *file, struct strbuf *text)
{
    (void)context;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), MOUNTS_ESP LAYOUT_ESP_TRACE_DIR "/%s", file);
    switch (hosted_read_file(path, text)) {
    case 0:
        return STATUS_OK;
    case -ENOENT:
        return STATUS_NOT_FOUND;
    case -EFBIG:
        return STATUS_TOO_LARGE;
    case -ENOMEM:
        return STATUS_NO_MEMORY;
    default:
        return STATUS_IO;
    }
}

/* The names consist of letters, digits, '_' and '-'. */
static bool has_tracepoint(void *context, const char *system, const char *event)
{
    (void)context;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), RECORDER_TRACEFS "/events/%s/%s/format", system, event);
    return trace_kvm_mount(RECORDER_TRACEFS) == 0 && access(path, F_OK) == 0;
}

static void answer_list(struct strbuf *answer, enum answer kind, const struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        strbuf_printf(answer, "%c%s\n", (char)kind, list->items[i]);
}

/* Splits what QEMU records into what it does always (BASE, NULL: all) and what the window adds. */
static void answer_qemu(const struct trace_events *events, const struct trace_events *base,
                        bool is_open, struct strbuf *always, struct strbuf *answer)
{
    for (size_t i = 0; i < events->qemu.count; i++) {
        const char *name = events->qemu.items[i];
        bool is_in_window = base != NULL && !trace_events_has(&base->qemu, name);
        if (is_open || !is_in_window)
            strbuf_printf(always, "%s\n", name);
        if (is_in_window)
            strbuf_printf(answer, "%c%s\n", ANSWER_WINDOW, name);
    }
}

static void answer_free(struct strbuf *answer)
{
    struct statvfs st;
    if (statvfs(MOUNTS_DATA, &st) == 0)
        strbuf_printf(answer, "%c%llu\n", ANSWER_FREE,
                      (unsigned long long)st.f_bavail * st.f_frsize);
}

static void answer_tier(const struct reading *reading, const struct trace_events_source *source,
                        struct strbuf *always, struct strbuf *answer)
{
    struct trace_events events, base = {0};
    auto_strbuf file = STRBUF_INIT, base_file = STRBUF_INIT;
    if (trace_events_file(reading->tier, &file) != STATUS_OK ||
        trace_events_file(TIER_BASE, &base_file) != STATUS_OK)
        return;
    enum status status = trace_events_read(source, strbuf_text(&file), &events);
    if (status != STATUS_OK) {
        strbuf_printf(answer, "%c%s: cannot be read from %s: %s; no trace is recorded\n",
                      ANSWER_PROBLEM, strbuf_text(&file), &LAYOUT_ESP_TRACE_DIR[1],
                      status_text(status));
        return;
    }
    bool has_base = reading->has_window &&
                    trace_events_read(source, strbuf_text(&base_file), &base) == STATUS_OK;
    answer_qemu(&events, has_base ? &base : NULL, reading->is_open, always, answer);
    answer_list(answer, ANSWER_KERNEL, &events.kernel);
    answer_list(answer, ANSWER_PORTS, &events.ports);
    answer_list(answer, ANSWER_FILE, &events.files);
    answer_list(answer, ANSWER_PROBLEM, &events.problems);
    trace_events_clear(&events);
    trace_events_clear(&base);
}

static int read_all(void *context)
{
    const struct reading *reading = context;
    auto_strbuf known = strbuf_with_max(KNOWN_BYTES_MAX), always = STRBUF_INIT;
    auto_strbuf answer = strbuf_with_max(ANSWER_MAX);
    answer_free(&answer);
    if (strcmp(reading->tier, TIER_NONE) != 0) {
        bool is_known = hosted_read_file(KNOWN_EVENTS, &known) == 0;
        const struct trace_events_source source = {
            .read_file = read_list,
            .has_tracepoint = has_tracepoint,
            .known = is_known ? strbuf_text(&known) : NULL,
            .known_len = known.len,
            .is_emulated = reading->is_emulated,
        };
        answer_tier(reading, &source, &always, &answer);
    }
    if (strbuf_status(&always) != STATUS_OK || strbuf_status(&answer) != STATUS_OK)
        return -ENOMEM;
    int r = hosted_write_all(reading->events, strbuf_text(&always), always.len);
    return r < 0 ? r : hosted_write_all(reading->answer, strbuf_text(&answer), answer.len);
}

/* ---- in /init ---- */

static void take_answer(struct trace_plan *plan, const char *row)
{
    const struct {
        enum answer kind;
        struct text_list *list;
    } lists[] = {
        {ANSWER_KERNEL, &plan->kernel},    {ANSWER_PORTS, &plan->ports},
        {ANSWER_WINDOW, &plan->window},    {ANSWER_FILE, &plan->files},
        {ANSWER_PROBLEM, &plan->problems},
    };
    if (row[0] == (char)ANSWER_FREE)
        plan->free_bytes = strtoull(row + 1, NULL, 10);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (row[0] == (char)lists[i].kind)
            (void)!text_list_add(lists[i].list, row + 1);
}

static void take_answers(struct trace_plan *plan, int fd)
{
    char path[48];
    auto_strbuf text = strbuf_with_max(ANSWER_MAX);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* from its start */
    if (hosted_read_file(path, &text) < 0)
        return;
    for (char *row = text.text; row != NULL && *row != '\0';) {
        char *end = strchr(row, '\n');
        if (end == NULL)
            break;
        *end = '\0';
        take_answer(plan, row);
        row = end + 1;
    }
}

void trace_plan_init(struct trace_plan *plan)
{
    *plan = (struct trace_plan){.events = -1, .tier = TIER_NONE};
}

void trace_plan_make(struct trace_plan *plan, const struct settings *settings, bool is_emulated)
{
    trace_plan_init(plan);
    plan->tier = settings_text(settings, SETTING_TRACE_LEVEL);
    trigger_init(&plan->trigger, settings_text(settings, SETTING_TRACE_FROM),
                 settings_text(settings, SETTING_TRACE_UNTIL));
    trigger_take(&plan->trigger, "", 0, 0);
    auto_close events = memfd_create("trace-events", MFD_CLOEXEC);
    auto_close answer = memfd_create("trace-plan", MFD_CLOEXEC);
    struct reading reading = {
        .tier = plan->tier,
        .is_emulated = is_emulated,
        .has_window = plan->trigger.is_limited,
        .is_open = trigger_is_open(&plan->trigger),
        .events = events,
        .answer = answer,
    };
    int r = events < 0 || answer < 0 ? -ENOMEM : child_call(read_all, &reading, READ_MS);
    if (r == 0)
        take_answers(plan, answer);
    if (strcmp(plan->tier, TIER_NONE) == 0)
        return;
    plan->is_on = true;
    plan->events = take_fd(&events);
    if (r < 0) {
        auto_strbuf text = STRBUF_INIT;
        strbuf_printf(&text, "the lists of events cannot be read: %s; no trace is recorded",
                      strerror(-r));
        (void)!text_list_add(&plan->problems, strbuf_text(&text));
    }
}

void trace_plan_clear(struct trace_plan *plan)
{
    if (plan->events >= 0)
        close(plan->events);
    text_list_clear(&plan->kernel);
    text_list_clear(&plan->ports);
    text_list_clear(&plan->window);
    text_list_clear(&plan->files);
    text_list_clear(&plan->problems);
    trace_plan_init(plan);
}

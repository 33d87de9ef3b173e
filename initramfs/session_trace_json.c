/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes what was recorded, and what was not. */
#include "initramfs/session_trace_json.h"

#include <stdatomic.h>

#include "initramfs/record.h"

static void add_triple(struct strbuf *b, const char *name, const struct clock_triple *triple)
{
    if (triple->real_ns == 0) {
        strbuf_printf(b, "\"%s\": null", name);
        return;
    }
    strbuf_printf(b,
                  "\"%s\": {\"mono_before_ns\": %lld, \"real_ns\": %lld, \"mono_after_ns\": %lld}",
                  name, (long long)triple->mono_before_ns, (long long)triple->real_ns,
                  (long long)triple->mono_after_ns);
}

/* A time since QEMU's start; what has not happened is null. */
static void add_t(struct strbuf *b, const char *name, bool has_happened, int64_t t_ns)
{
    if (has_happened)
        strbuf_printf(b, "\"%s\": %lld", name, (long long)t_ns);
    else
        strbuf_printf(b, "\"%s\": null", name);
}

void session_json_add_clock(const struct session_facts *facts, struct strbuf *b)
{
    int64_t start = facts->recording != NULL ? atomic_load(&facts->recording->qemu_start_ns) : 0;
    strbuf_append(b, "  \"clock\": {");
    add_triple(b, "start", &facts->clock_start);
    strbuf_append(b, ", ");
    add_triple(b, "end", &facts->clock_end);
    strbuf_append(b, ", ");
    add_t(b, "qemu_start_mono_ns", start != 0, start);
    strbuf_append(b, "},\n  ");
    add_t(b, "login_t", facts->login_t_ns >= 0 && start != 0, facts->login_t_ns);
    strbuf_append(b, ",\n");
}

static void add_texts(struct strbuf *b, const char *name, const struct text_list *list)
{
    strbuf_printf(b, "    \"%s\": [", name);
    for (size_t i = 0; i < list->count; i++) {
        strbuf_append(b, i > 0 ? ", " : "");
        strbuf_append_json(b, list->items[i]);
    }
    strbuf_append(b, "],\n");
}

static void add_recorder(struct strbuf *b, enum record_source source,
                         const struct record_facts *facts)
{
    strbuf_printf(b, "{\"name\": \"%s\", \"bytes\": %llu, \"limit_bytes\": %llu, \"stopped\": ",
                  record_source_text(source), (unsigned long long)facts->bytes,
                  (unsigned long long)facts->limit_bytes);
    if (facts->stop == RECORD_RUNS) {
        strbuf_append(b, "null");
    } else {
        strbuf_printf(b, "{\"t\": %lld, \"reason\": \"%s\", \"message\": ",
                      (long long)facts->stop_t_ns, record_stop_text(facts->stop));
        strbuf_append_json(b, record_stop_message(facts));
        strbuf_append(b, "}");
    }
    if (facts->has_events)
        strbuf_printf(b, ", \"events\": %llu", (unsigned long long)facts->events);
    if (facts->has_losses)
        strbuf_printf(
            b, ", \"lost\": {\"overrun\": %llu, \"dropped\": %llu, \"commit_overrun\": %llu}",
            (unsigned long long)facts->overrun, (unsigned long long)facts->dropped,
            (unsigned long long)facts->commit_overrun);
    strbuf_append(b, "}");
}

static void add_recorders(struct strbuf *b, const struct recorder_shared *recording)
{
    bool is_first = true;
    strbuf_append(b, "    \"recorders\": [");
    for (int i = 0; recording != NULL && i < RECORD_SOURCES; i++) {
        struct record_facts facts;
        record_read(&recording->states[i], &facts);
        if (!facts.is_active)
            continue;
        strbuf_append(b, is_first ? "\n      " : ",\n      ");
        is_first = false;
        add_recorder(b, (enum record_source)i, &facts);
    }
    strbuf_append(b, "],\n");
}

static void add_window(struct strbuf *b, const struct session_facts *facts)
{
    const struct settings *settings = &facts->request->settings;
    const struct trigger *trigger = &facts->trace->trigger;
    strbuf_append(b, "    \"window\": ");
    if (!trigger->is_limited) {
        strbuf_append(b, "null\n");
        return;
    }
    strbuf_append(b, "{\"from\": ");
    strbuf_append_json(b, settings_text(settings, SETTING_TRACE_FROM));
    strbuf_append(b, ", \"until\": ");
    strbuf_append_json(b, settings_text(settings, SETTING_TRACE_UNTIL));
    strbuf_append(b, ", ");
    add_t(b, "opened_t", trigger->from.has_happened, trigger->from.t_ns);
    strbuf_append(b, ", ");
    add_t(b, "closed_t", trigger->until.has_happened, trigger->until.t_ns);
    strbuf_append(b, "}\n");
}

void session_json_add_trace(const struct session_facts *facts, struct strbuf *b)
{
    if (facts->trace == NULL || facts->recording == NULL) {
        strbuf_append(b, "  \"trace\": null,\n");
        return;
    }
    strbuf_append(b, "  \"trace\": {\n    \"tier\": ");
    strbuf_append_json(b, facts->trace->tier);
    strbuf_append(b, ",\n");
    add_texts(b, "files", &facts->trace->files);
    add_recorders(b, facts->recording);
    add_texts(b, "problems", &facts->trace->problems);
    add_window(b, facts);
    strbuf_append(b, "  },\n");
}

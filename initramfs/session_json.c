/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes session.json. */
#include "initramfs/session_json.h"

#include <stdlib.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "initramfs/clock.h"
#include "initramfs/session_trace_json.h"

static void add_text(struct strbuf *b, const char *text)
{
    if (text == NULL)
        strbuf_append(b, "null");
    else
        strbuf_append_json(b, text);
}

static void add_member(struct strbuf *b, const char *name, const char *text)
{
    strbuf_printf(b, "  \"%s\": ", name);
    add_text(b, text);
    strbuf_append(b, ",\n");
}

static void add_time(struct strbuf *b, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_CHARS + 1];
    clock_text(wall_ms, text);
    add_member(b, name, wall_ms > 0 ? text : NULL);
}

static void add_list(struct strbuf *b, const struct text_list *list, bool *is_first)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        strbuf_append(b, *is_first ? "\n    " : ",\n    ");
        strbuf_append_json(b, list->items[i]);
        *is_first = false;
    }
}

static void add_lists(struct strbuf *b, const char *name, const struct text_list *one,
                      const struct text_list *two)
{
    bool is_first = true;
    strbuf_printf(b, "  \"%s\": [", name);
    add_list(b, one, &is_first);
    add_list(b, two, &is_first);
    strbuf_append(b, is_first ? "],\n" : "\n  ],\n");
}

/* What the guest has got where that may differ from what was asked for. */
static void add_used(struct strbuf *b, const struct guest_plan *plan, enum setting_id id)
{
    if (plan == NULL)
        return;
    if (id == SETTING_RAM)
        strbuf_printf(b, ", \"used\": %llu", (unsigned long long)plan->ram_mb);
    else if (id == SETTING_CPUS)
        strbuf_printf(b, ", \"used\": %u", plan->cpus);
    else if (id == SETTING_FIRMWARE)
        strbuf_printf(b, ", \"used\": \"%s\"", guest_firmware_text(plan->firmware));
}

/* Every setting that reaches /init. */
static void add_settings(struct strbuf *b, const struct session_facts *facts)
{
    const struct settings *settings = &facts->request->settings;
    bool is_first = true;
    strbuf_append(b, "  \"settings\": {");
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        if (!info->on_command_line)
            continue;
        strbuf_append(b, is_first ? "\n    " : ",\n    ");
        is_first = false;
        strbuf_append_json(b, setting_key(id));
        strbuf_append(b, ": {\"value\": ");
        settings_append_json(settings, id, b);
        add_used(b, facts->plan, id);
        if (info->unit != NULL) {
            strbuf_append(b, ", \"unit\": ");
            strbuf_append_json(b, info->unit);
        }
        strbuf_append(b, ", \"origin\": ");
        strbuf_append_json(b, setting_origin_text(settings->values[id].origin));
        strbuf_printf(b, ", \"in_effect\": %s}", info->effective ? "true" : "false");
    }
    strbuf_append(b, "\n  },\n");
}

static const char *kind_text(enum image_kind kind)
{
    static const char *const texts[] = {
        [IMAGE_UNKNOWN] = "unknown", [IMAGE_ISO] = "iso", [IMAGE_DISK] = "raw",
        [IMAGE_QCOW2] = "qcow2",     [IMAGE_VHD] = "vhd", [IMAGE_VHDX] = "vhdx",
        [IMAGE_VMDK] = "vmdk",
    };
    return (size_t)kind < ARRAY_SIZE(texts) ? texts[kind] : "unknown";
}

static void add_image(struct strbuf *b, const struct session_facts *facts)
{
    strbuf_append(b, "  \"image\": {\"path\": ");
    add_text(b, facts->request->iso_path);
    if (facts->image != NULL) {
        strbuf_printf(
            b, ", \"bytes\": %llu, \"kind\": \"%s\", \"bios\": %s, \"uefi\": %s, \"label\": ",
            (unsigned long long)facts->image_bytes, kind_text(facts->image->kind),
            facts->image->bios ? "true" : "false", facts->image->uefi ? "true" : "false");
        strbuf_append_json(b, facts->image->label);
    }
    strbuf_append(b, "},\n");
}

static void add_end(struct strbuf *b, const struct session_facts *facts)
{
    add_time(b, "start", facts->start_ms);
    add_time(b, "end", facts->end_ms);
    strbuf_printf(b, "  \"duration_ms\": %llu,\n", (unsigned long long)facts->duration_ms);
    if (facts->end_code == NULL) {
        strbuf_append(b, "  \"end_reason\": null,\n");
        return;
    }
    strbuf_append(b, "  \"end_reason\": {\"code\": ");
    add_text(b, facts->end_code);
    strbuf_append(b, ", \"text\": ");
    add_text(b, facts->end_text);
    strbuf_append(b, "},\n");
}

static void add_accelerator(struct strbuf *b, const struct session_facts *facts)
{
    add_member(b, "accelerator",
               facts->plan != NULL ? guest_accelerator_text(facts->plan->accelerator) : NULL);
    strbuf_printf(
        b, "  \"kvm\": {\"enabled\": %s, \"exits\": ", facts->kvm_enabled ? "true" : "false");
    if (facts->kvm_exits >= 0)
        strbuf_printf(b, "%lld", (long long)facts->kvm_exits);
    else
        strbuf_append(b, "null");
    strbuf_append(b, ", \"reason\": ");
    add_text(b, facts->kvm_reason);
    strbuf_append(b, "},\n");
}

enum status session_json(const struct session_facts *facts, struct strbuf *b)
{
    strbuf_printf(b, "{\n  \"hiperiso_session\": %d,\n", SESSION_FORMAT);
    add_image(b, facts);
    add_end(b, facts);
    add_accelerator(b, facts);
    add_member(b, "firmware",
               facts->plan != NULL ? guest_firmware_text(facts->plan->firmware) : NULL);
    add_member(b, "host_network",
               facts->network != NULL && facts->network[0] != '\0' ? facts->network : NULL);
    strbuf_printf(b, "  \"resets\": %llu,\n", (unsigned long long)facts->resets);
    strbuf_append(b, "  \"versions\": {\"hiperiso\": \"" HIPERISO_VERSION "\", \"kernel\": ");
    add_text(b, facts->kernel);
    strbuf_append(b, ", \"qemu\": ");
    add_text(b, facts->qemu);
    strbuf_append(b, "},\n");
    add_lists(b, "warnings", facts->warnings, facts->plan != NULL ? &facts->plan->notes : NULL);
    session_json_add_clock(facts, b);
    session_json_add_trace(facts, b);
    add_settings(b, facts);
    add_lists(b, "qemu_argv", facts->plan != NULL ? &facts->plan->argv : NULL, NULL);
    strbuf_append(b, "  \"command_line\": ");
    add_text(b, facts->command_line);
    strbuf_append(b, "\n}\n");
    return strbuf_status(b);
}

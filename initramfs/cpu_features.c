/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges CPU flags by QEMU's list of them. */
#include "initramfs/cpu_features.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/suggest.h"

enum verdict { VERDICT_GOOD, VERDICT_UNKNOWN, VERDICT_ABSENT };

/* False in the plain model although the host can do them: they are the user's choice. */
static const char *const chosen_by_user[] = {"hv-*", "hv_*", "kvm-*", "kvm_*", "invtsc", "pmu"};

/* The one feature that each maker calls by a name of its own. */
static const struct {
    const char *vendor, *maker, *wrong, *right;
} foreign_names[] = {
    {"AuthenticAMD", "AMD", "vmx", "svm"},
    {"HygonGenuine", "AMD-like", "vmx", "svm"},
    {"GenuineIntel", "Intel", "svm", "vmx"},
};

static bool is_chosen_by_user(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(chosen_by_user); i++)
        if (fnmatch(chosen_by_user[i], name, 0) == 0)
            return true;
    return false;
}

static bool span_is(struct json_span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.start, text, span.len) == 0;
}

static enum verdict judge(struct json_span props, const char *name)
{
    struct json_span value;
    if (json_scan_find(props, name, &value) != STATUS_OK)
        return VERDICT_UNKNOWN;
    if (span_is(value, "true"))
        return VERDICT_GOOD;
    if (!span_is(value, "false")) /* a number or a text: no flag */
        return VERDICT_UNKNOWN;
    return is_chosen_by_user(name) ? VERDICT_GOOD : VERDICT_ABSENT;
}

/* The known flag that NAME may have been meant to be; *RET_NEAREST is NULL, or new. */
static enum status find_nearest(struct json_span props, const char *name, char **ret_nearest)
{
    struct text_list known = {0};
    struct json_member member;
    size_t cursor = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && known.count < CPU_FEATURES_KNOWN_MAX &&
           json_scan_next(props, &cursor, &member) == STATUS_OK) {
        auto_free char *text = NULL;
        if (!span_is(member.value, "true") && !span_is(member.value, "false"))
            continue;
        status = json_scan_string(member.key, &text);
        if (status == STATUS_OK)
            status = text_list_add(&known, text);
    }
    auto_free const char **candidates = calloc(known.count + 1, sizeof(*candidates));
    const char *nearest = NULL;
    if (candidates == NULL)
        status = STATUS_NO_MEMORY;
    for (size_t i = 0; status == STATUS_OK && i < known.count; i++)
        candidates[i] = known.items[i];
    if (status == STATUS_OK)
        nearest = suggest_nearest(name, candidates);
    char *copy = nearest != NULL ? strdup(nearest) : NULL;
    if (nearest != NULL && copy == NULL)
        status = STATUS_NO_MEMORY;
    text_list_clear(&known);
    if (status == STATUS_OK)
        *ret_nearest = copy;
    else
        free(copy);
    return status;
}

/* True when the name is another maker's, which is all there is to say then. */
static bool explain_foreign(struct json_span props, const char *name, struct strbuf *why)
{
    struct json_span vendor;
    if (json_scan_find(props, "vendor", &vendor) != STATUS_OK)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(foreign_names); i++) {
        if (strcmp(name, foreign_names[i].wrong) != 0 ||
            !json_scan_equals(vendor, foreign_names[i].vendor))
            continue;
        strbuf_printf(why, "%s is %s on this machine's processor (%s)", name,
                      foreign_names[i].right, foreign_names[i].maker);
        return true;
    }
    return false;
}

static enum status explain(struct json_span props, const char *name, enum verdict verdict,
                           struct strbuf *why)
{
    auto_free char *nearest = NULL;
    strbuf_append(why, why->len == 0 ? "cpu_features: " : "; ");
    if (explain_foreign(props, name, why))
        return STATUS_OK;
    if (verdict == VERDICT_ABSENT) {
        strbuf_printf(why, "this machine's processor (or its KVM) has no %s", name);
        return STATUS_OK;
    }
    enum status status = find_nearest(props, name, &nearest);
    if (status != STATUS_OK)
        return status;
    strbuf_printf(why, "%s is no CPU flag of QEMU", name);
    if (nearest != NULL)
        strbuf_printf(why, ", did you mean %s?", nearest);
    return STATUS_OK;
}

enum status cpu_features_check(struct json_span props, const struct text_list *wanted,
                               struct strbuf *why)
{
    enum status status = STATUS_OK;
    struct json_member member;
    size_t cursor = 0;
    bool is_good = true;
    if (props.len == 0 || *props.start != '{' ||
        json_scan_next(props, &cursor, &member) != STATUS_OK)
        return STATUS_CORRUPT;
    for (size_t i = 0; i < wanted->count && status == STATUS_OK; i++) {
        enum verdict verdict = judge(props, wanted->items[i]);
        if (verdict == VERDICT_GOOD)
            continue;
        is_good = false;
        status = explain(props, wanted->items[i], verdict, why);
    }
    if (status != STATUS_OK)
        return status;
    return is_good ? STATUS_OK : STATUS_UNSUPPORTED;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The window of a trace. */
#include "initramfs/trigger.h"

#include <string.h>

#define SECOND_NS     ((int64_t)1000000000)
#define SECONDS_MAX   ((int64_t)1000000)
#define FRACTION_LAST 9

/* "12s", "0.25s": nanoseconds. False for anything else, which is a text. */
static bool parse_seconds(const char *text, int64_t *ret_ns)
{
    int64_t seconds = 0, fraction = 0, unit = SECOND_NS;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && seconds < SECONDS_MAX; p++)
        seconds = seconds * 10 + (*p - '0');
    if (p == text)
        return false;
    if (*p == '.') {
        const char *first = ++p;
        for (; *p >= '0' && *p <= '9' && p - first < FRACTION_LAST; p++) {
            unit /= 10;
            fraction += (*p - '0') * unit;
        }
        if (p == first)
            return false;
    }
    if (strcmp(p, "s") != 0)
        return false;
    *ret_ns = seconds * SECOND_NS + fraction;
    return true;
}

static void init_edge(struct trigger_edge *edge, const char *text)
{
    size_t len = strlen(text);
    edge->tail_len = 0;
    edge->has_happened = false;
    edge->text = NULL;
    edge->after_ns = 0;
    if (len > 0 && !parse_seconds(text, &edge->after_ns)) {
        edge->text = text;
        edge->len = len < TRIGGER_TEXT_MAX ? len : TRIGGER_TEXT_MAX;
    }
}

void trigger_init(struct trigger *trigger, const char *from, const char *until)
{
    init_edge(&trigger->from, from);
    init_edge(&trigger->until, until);
    trigger->has_until = until[0] != '\0';
    trigger->is_limited = from[0] != '\0' || trigger->has_until;
}

/* Is the text in what came before and BYTES? *RET_USED: bytes up to its end. */
static bool find_text(struct trigger_edge *edge, const char *bytes, size_t len, size_t *ret_used)
{
    for (size_t i = 0; i < len; i++) {
        if (edge->tail_len == edge->len) {
            memmove(edge->tail, edge->tail + 1, edge->len - 1);
            edge->tail_len--;
        }
        edge->tail[edge->tail_len++] = bytes[i];
        if (edge->tail_len == edge->len && bytes[i] == edge->text[edge->len - 1] &&
            memcmp(edge->tail, edge->text, edge->len) == 0) {
            *ret_used = i + 1;
            return true;
        }
    }
    return false;
}

/* Looks whether EDGE happens now. */
static bool happens(struct trigger_edge *edge, const char *bytes, size_t len, int64_t t_ns,
                    size_t *ret_used)
{
    *ret_used = 0;
    if (edge->has_happened)
        return false;
    edge->has_happened =
        edge->text != NULL ? find_text(edge, bytes, len, ret_used) : t_ns >= edge->after_ns;
    if (edge->has_happened)
        edge->t_ns = t_ns;
    return edge->has_happened;
}

bool trigger_take(struct trigger *trigger, const char *bytes, size_t len, int64_t t_ns)
{
    size_t used;
    bool has_changed = happens(&trigger->from, bytes, len, t_ns, &used);
    if (trigger->from.has_happened && trigger->has_until &&
        happens(&trigger->until, bytes + used, len - used, t_ns, &used))
        has_changed = true;
    return has_changed;
}

bool trigger_is_open(const struct trigger *trigger)
{
    return trigger->from.has_happened && !(trigger->has_until && trigger->until.has_happened);
}

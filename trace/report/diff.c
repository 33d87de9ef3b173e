/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts of two sessions side by side; a table says from where on a difference counts. */
#include "trace/report/diff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/array.h"
#include "trace/report/facts.h"
#include "trace/report/text.h"

#define SPREAD_SLACK 0.1 /* beyond the spread of earlier sessions */

enum unit {
    UNIT_NS,
    UNIT_BYTES,
    UNIT_TIMES,
    UNIT_NONE,
};

static const struct rule {
    const char *name;
    enum unit unit;
    double ratio;          /* a change counts from this ratio on... */
    double least;          /* ...and this difference */
    double present_weight; /* of new and gone; 0: they do not count */
    double change_weight;
    double present_least; /* new and gone count from this value on */
} rules[FACT_CATEGORIES] = {
    [FACT_END] = {"end", UNIT_TIMES, 1.0, 1, 1000, 1000, 0},
    [FACT_PHASE] = {"phase", UNIT_NS, 1.3, 300e6, 900, 700, 0},
    [FACT_DISK] = {"disk", UNIT_NS, 1.5, 50e3, 0, 900, 0},
    [FACT_MILESTONE] = {"milestone", UNIT_NS, 1.5, 500e6, 600, 300, 0},
    [FACT_FILE] = {"file", UNIT_BYTES, 1.5, 65536, 800, 200, 0},
    [FACT_FILE_TIME] = {"file", UNIT_NS, 1.5, 200e6, 0, 500, 0},
    [FACT_HOST] = {"host", UNIT_BYTES, 4.0, 65536, 400, 100, 0},
    [FACT_DNS] = {"dns", UNIT_NONE, 1.0, 0, 400, 400, 0},
    [FACT_HTTP] = {"http", UNIT_NONE, 1.0, 0, 400, 400, 0},
    [FACT_DEVICE] = {"device", UNIT_TIMES, 2.0, 2000, 350, 90, 1},
    [FACT_SERIAL] = {"serial", UNIT_NONE, 1.0, 0, 250, 0, 0},
    [FACT_POLL] = {"poll", UNIT_NS, 2.0, 200e6, 120, 100, 100e6},
    [FACT_SETTING] = {"setting", UNIT_NONE, 1.0, 0, 450, 650, 0},
    [FACT_VERSION] = {"version", UNIT_NONE, 1.0, 0, 450, 650, 0},
    [FACT_EXIT] = {"exit", UNIT_NS, 2.0, 100e6, 80, 80, 50e6},
    [FACT_REGISTER] = {"register", UNIT_TIMES, 3.0, 5000, 60, 50, 50},
};

static const char *const unit_names[] = {"ns", "bytes", "times", ""};

struct comparison {
    struct report_diff *diff;
    const struct facts *a, *b;
    const struct facts *others;
    size_t other_count;
    bool is_out_of_memory;
};

static const char *value_text(struct comparison *c, const struct fact *fact)
{
    char text[TEXT_NUMBER_BYTES];
    enum unit unit = fact != NULL ? rules[fact->category].unit : UNIT_NONE;

    if (fact == NULL)
        return "";
    if (fact->text != NULL)
        return fact->text;
    if (isnan(fact->value))
        return "there";
    if (unit == UNIT_NS)
        text_time((int64_t)fact->value, text);
    else if (unit == UNIT_BYTES)
        text_bytes((uint64_t)fact->value, text);
    else
        text_count((uint64_t)fact->value, text);
    const char *copy = arena_copy(&c->diff->arena, text, strlen(text));
    return copy != NULL ? copy : "";
}

static const char *subject_text(struct comparison *c, const struct fact *fact)
{
    const char *copy = arena_copy(&c->diff->arena, fact->subject, strlen(fact->subject));
    return copy != NULL ? copy : "";
}

/* Adds what differs between A and B, one of which may be NULL. */
static void found(struct comparison *c, enum report_change change, const struct fact *a,
                  const struct fact *b, double weight, double low, double high)
{
    const struct fact *any = b != NULL ? b : a;
    const struct report_finding finding = {
        .change = (uint8_t)change,
        .category = rules[any->category].name,
        .subject = subject_text(c, any),
        .a = a != NULL ? a->value : NAN,
        .b = b != NULL ? b->value : NAN,
        .unit = unit_names[rules[any->category].unit],
        .a_text = value_text(c, a),
        .b_text = value_text(c, b),
        .low = low,
        .high = high,
        .weight = weight,
    };

    if (!array_add(c->diff->findings, c->diff->finding_count, finding))
        c->is_out_of_memory = true;
}

/* How many of the earlier sessions have FACT, and between what values. */
static size_t spread(const struct comparison *c, const struct fact *fact, double *low, double *high)
{
    const struct fact *a = facts_find(c->a, fact->category, fact->subject);
    size_t count = 0;

    *low = *high = NAN;
    for (size_t i = 0; i <= c->other_count; i++) {
        const struct fact *other =
            i == 0 ? a : facts_find(&c->others[i - 1], fact->category, fact->subject);
        if (other == NULL)
            continue;
        count++;
        *low = isnan(*low) || other->value < *low ? other->value : *low;
        *high = isnan(*high) || other->value > *high ? other->value : *high;
    }
    return count;
}

/* What is in angle brackets is no file: less telling. */
static double weight_of(const struct fact *fact, double weight)
{
    return *fact->subject == '<' ? weight / 8 : weight;
}

static void compare_presence(struct comparison *c, const struct fact *a, const struct fact *b)
{
    const struct fact *fact = b != NULL ? b : a;
    const struct rule *rule = &rules[fact->category];
    double low, high;
    size_t count = spread(c, fact, &low, &high);

    if (rule->present_weight <= 0 || fact->value < rule->present_least)
        return;
    /* With earlier sessions: new is what none of them has, gone what each of them has. */
    if (b != NULL ? count > 0 : count < c->other_count + 1)
        return;
    found(c, b != NULL ? REPORT_NEW : REPORT_GONE, a, b, weight_of(fact, rule->present_weight), low,
          high);
}

static void compare_text(struct comparison *c, const struct fact *a, const struct fact *b)
{
    for (size_t i = 0; i < c->other_count; i++) {
        const struct fact *other = facts_find(&c->others[i], b->category, b->subject);
        if (other != NULL && other->text != NULL && strcmp(other->text, b->text) == 0)
            return;
    }
    if (strcmp(a->text, b->text) != 0)
        found(c, REPORT_CHANGED, a, b, rules[b->category].change_weight, NAN, NAN);
}

static void compare_value(struct comparison *c, const struct fact *a, const struct fact *b)
{
    const struct rule *rule = &rules[b->category];
    double low, high;

    spread(c, b, &low, &high);
    const bool is_more = b->value > a->value;
    /* Compared with the nearest of the earlier ones. */
    double edge = is_more ? high : low;
    if (c->other_count > 0)
        edge = is_more ? high * (1 + SPREAD_SLACK) : low * (1 - SPREAD_SLACK);
    double greater = is_more ? b->value : edge, less = is_more ? edge : b->value;
    if (rule->change_weight <= 0 || greater - less < rule->least || greater < less * rule->ratio)
        return;
    double ratio = less > 0 ? greater / less : 16;
    double weight = rule->change_weight * (1 + fmin(log2(ratio), 4) / 8);
    enum report_change change = rule->unit == UNIT_NS ? (is_more ? REPORT_SLOWER : REPORT_FASTER)
                                                      : (is_more ? REPORT_MORE : REPORT_LESS);
    found(c, change, a, b, weight_of(b, is_more ? weight : weight * 0.8), low, high);
}

static void compare_facts(struct comparison *c)
{
    for (size_t i = 0; i < c->b->count; i++) {
        const struct fact *b = &c->b->items[i];
        const struct fact *a = facts_find(c->a, b->category, b->subject);
        if (a == NULL)
            compare_presence(c, NULL, b);
        else if (a->text != NULL && b->text != NULL)
            compare_text(c, a, b);
        else if (!isnan(a->value) && !isnan(b->value))
            compare_value(c, a, b);
    }
    for (size_t i = 0; i < c->a->count; i++) {
        const struct fact *a = &c->a->items[i];
        if (facts_find(c->b, a->category, a->subject) == NULL)
            compare_presence(c, a, NULL);
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct report_finding *left = a, *right = b;
    int order;

    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    order = strcmp(left->category, right->category);
    return order != 0 ? order : strcmp(left->subject, right->subject);
}

static enum status compare(struct comparison *c, const struct report *a, const struct report *b,
                           const struct report *const *against, struct facts *others)
{
    struct facts facts_a = {0}, facts_b = {0};
    enum status status = facts_make(a, &facts_a);

    if (status == STATUS_OK)
        status = facts_make(b, &facts_b);
    for (size_t i = 0; i < c->other_count && status == STATUS_OK; i++)
        status = facts_make(against[i], &others[i]);
    if (status == STATUS_OK) {
        c->a = &facts_a;
        c->b = &facts_b;
        c->others = others;
        compare_facts(c);
        status = c->is_out_of_memory ? STATUS_NO_MEMORY : STATUS_OK;
    }
    facts_clear(&facts_a);
    facts_clear(&facts_b);
    return status;
}

enum status report_diff_make(const struct report *a, const struct report *b,
                             const struct report *const *against, size_t count,
                             struct report_diff *ret_diff)
{
    struct comparison c = {.diff = ret_diff, .other_count = count};
    auto_free struct facts *others = calloc(count + 1, sizeof(*others));

    *ret_diff = (struct report_diff){.a = a, .b = b, .against_count = count};
    if (others == NULL)
        return STATUS_NO_MEMORY;
    enum status status = compare(&c, a, b, against, others);
    for (size_t i = 0; i < count; i++)
        facts_clear(&others[i]);
    if (status != STATUS_OK) {
        report_diff_clear(ret_diff);
        return status;
    }
    if (ret_diff->finding_count > 1)
        qsort(ret_diff->findings, ret_diff->finding_count, sizeof(*ret_diff->findings), by_weight);
    return STATUS_OK;
}

void report_diff_clear(struct report_diff *diff)
{
    free(diff->findings);
    arena_clear(&diff->arena);
    *diff = (struct report_diff){0};
}

const char *report_change_name(uint8_t change)
{
    static const char *const names[REPORT_CHANGES] = {"new",  "gone", "slower", "faster",
                                                      "more", "less", "changed"};
    return change < REPORT_CHANGES ? names[change] : "";
}

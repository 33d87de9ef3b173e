/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso-report diff: what another start did differently. */
#include "trace/report/verbs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "tools/mkhiperiso/report.h"
#include "trace/report/array.h"
#include "trace/report/diff.h"
#include "trace/report/html.h"
#include "trace/report/output.h"
#include "trace/report/source.h"

#define AGAINST_MAX 32u /* earlier sessions; the latest count */
#define TOP_ROWS    40u

enum { OPT_AGAINST, OPT_ALL, OPT_JSON, OPT_HTML, OPT_OUTPUT, OPT_IMAGE };

static const struct option_info options_of_diff[] = {
    [OPT_AGAINST] = {"against", 0, OPTION_TEXT, "DIR",
                     "show only what lies outside the spread of the sessions there"},
    [OPT_ALL] = {"all", 'a', OPTION_FLAG, NULL, "every finding, not only the first 40"},
    [OPT_JSON] = {"json", 0, OPTION_FLAG, NULL, "a JSON array of the findings"},
    [OPT_HTML] = {"html", 0, OPTION_FLAG, NULL, "as one HTML page"},
    [OPT_OUTPUT] = {"output", 'o', OPTION_TEXT, "FILE", "where the page goes; stdout without"},
    [OPT_IMAGE] = {"image", 0, OPTION_TEXT, "FILE", "the image that was started, for its files"},
};

struct others {
    struct report **items;
    size_t count;
};

static void others_clear(struct others *others)
{
    for (size_t i = 0; i < others->count; i++)
        report_close(others->items[i]);
    free(others->items);
}

static int open_other(const char *place, const struct source_session *item, const struct report *b,
                      const struct report_open_options *open, struct others *others)
{
    struct report *report;
    char *path = NULL;

    if (strcmp(item->name, b->session.name) == 0)
        return 0;
    if (asprintf(&path, "%s:/%s", place, item->folder) < 0)
        return fail("out of memory");
    int result = report_open(path, open, &report);
    free(path);
    if (result < 0)
        return 0; /* it has been said; the others count */
    if (strcmp(report->session.image_path, b->session.image_path) == 0 &&
        array_add(others->items, others->count, report))
        return 0;
    report_close(report);
    return 0;
}

/* Opens the latest sessions of B's image at PLACE, B itself excepted. */
static int open_others(const char *path, const struct report *b,
                       const struct report_open_options *open, struct others *others)
{
    struct source_sessions sessions;
    struct place *place;
    int result = 0;

    if (place_open(path, &place) < 0)
        return -1;
    enum status status = source_list_sessions(place, &sessions);
    place_close(place);
    if (status != STATUS_OK)
        return fail("%s: its sessions cannot be listed: %s", path, status_text(status));
    for (size_t i = sessions.count; i > 0 && others->count < AGAINST_MAX && result == 0; i--)
        result = open_other(path, &sessions.items[i - 1], b, open, others);
    source_clear_sessions(&sessions);
    if (result == 0 && others->count == 0)
        return fail("%s: no other session of %s there", path, b->session.image_path);
    return result;
}

static void print_text(const struct report_diff *diff, bool is_all)
{
    size_t rows = diff->finding_count;

    if (rows == 0) {
        puts("No difference that counts.");
        return;
    }
    if (!is_all && rows > TOP_ROWS)
        rows = TOP_ROWS;
    for (size_t i = 0; i < rows; i++) {
        const struct report_finding *f = &diff->findings[i];
        auto_strbuf line = STRBUF_INIT;
        strbuf_printf(&line, "%-8s %-10s ", report_change_name(f->change), f->category);
        strbuf_append_printable(&line, f->subject);
        if (*f->a_text != '\0' || *f->b_text != '\0') {
            strbuf_append(&line, ": ");
            strbuf_append_printable(&line, *f->a_text != '\0' ? f->a_text : "none");
            strbuf_append(&line, " -> ");
            strbuf_append_printable(&line, *f->b_text != '\0' ? f->b_text : "none");
        }
        puts(strbuf_text(&line));
    }
    if (rows < diff->finding_count)
        printf("... and %zu more (--all)\n", diff->finding_count - rows);
}

static void put_number(const char *key, double number, const char *end)
{
    if (isnan(number))
        printf("\"%s\": null%s", key, end);
    else
        printf("\"%s\": %.17g%s", key, number, end);
}

static void put_text(const char *key, const char *text, const char *end)
{
    auto_strbuf line = STRBUF_INIT;

    strbuf_append_json(&line, text);
    printf("\"%s\": %s%s", key, strbuf_text(&line), end);
}

static void print_json(const struct report_diff *diff)
{
    puts("[");
    for (size_t i = 0; i < diff->finding_count; i++) {
        const struct report_finding *f = &diff->findings[i];
        printf("  {");
        put_text("change", report_change_name(f->change), ", ");
        put_text("category", f->category, ", ");
        put_text("subject", f->subject, ", ");
        put_text("unit", f->unit, ", ");
        put_number("a", f->a, ", ");
        put_number("b", f->b, ", ");
        put_text("a_text", f->a_text, ", ");
        put_text("b_text", f->b_text, ", ");
        put_number("low", f->low, ", ");
        put_number("high", f->high, "}");
        puts(i + 1 < diff->finding_count ? "," : "");
    }
    puts("]");
}

static int print_diff(const struct report_diff *diff, const struct options *options)
{
    const struct report_html_options html = {0};
    struct output output;

    if (options->values[OPT_HTML].is_given) {
        if (output_open(options->values[OPT_OUTPUT].text, &output) < 0)
            return -1;
        return output_close(&output, report_html_write_diff(diff, output.stream, &html));
    }
    if (options->values[OPT_JSON].is_given)
        print_json(diff);
    else
        print_text(diff, options->values[OPT_ALL].is_given);
    return 0;
}

static int compare(const struct options *options, struct report *a, struct report *b,
                   const struct report_open_options *open)
{
    struct others others = {0};
    struct report_diff diff;
    int result = 0;

    if (strcmp(a->session.image_path, b->session.image_path) != 0)
        warn("these are starts of two images: %s and %s", a->session.image_path,
             b->session.image_path);
    if (options->values[OPT_AGAINST].is_given)
        result = open_others(options->values[OPT_AGAINST].text, b, open, &others);
    if (result == 0 && report_diff_make(a, b, (const struct report *const *)others.items,
                                        others.count, &diff) != STATUS_OK)
        result = fail("out of memory");
    else if (result == 0) {
        result = print_diff(&diff, options);
        report_diff_clear(&diff);
    }
    others_clear(&others);
    return result;
}

static int run_diff(const struct options *options)
{
    const struct report_open_options open = {.image = options->values[OPT_IMAGE].text};
    struct report *a, *b;

    if (report_open(options->operands[0], &open, &a) < 0)
        return EXIT_CODE_FAILED;
    if (report_open(options->operands[1], &open, &b) < 0) {
        report_close(a);
        return EXIT_CODE_FAILED;
    }
    int result = compare(options, a, b, &open);
    report_close(a);
    report_close(b);
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb report_verb_diff = {
    .name = "diff",
    .operands = "A B",
    .summary = "what start B did differently from start A",
    .description = "Compares two sessions of one image by content and phase, not by clock: what is "
                   "new, gone,\n"
                   "slower. A session against itself shows nothing.",
    .options = options_of_diff,
    .option_count = ARRAY_SIZE(options_of_diff),
    .operands_min = 2,
    .operands_max = 2,
    .run = run_diff,
};

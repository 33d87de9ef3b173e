/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso-report html: a session as one page. */
#include "trace/report/verbs.h"

#include "config/base/cleanup.h"
#include "trace/report/html.h"
#include "trace/report/output.h"

enum { OPT_OUTPUT, OPT_FULL, OPT_IMAGE };

static const struct option_info options_of_html[] = {
    [OPT_OUTPUT] = {"output", 'o', OPTION_TEXT, "FILE", "where the page goes; stdout without"},
    [OPT_FULL] = {"full", 0, OPTION_FLAG, NULL,
                  "carry every event, not only the first and hottest"},
    [OPT_IMAGE] = {"image", 0, OPTION_TEXT, "FILE", "the image that was started, for its files"},
};

static int run_html(const struct options *options)
{
    const struct report_open_options open = {.image = options->values[OPT_IMAGE].text};
    const struct report_html_options html = {.is_full = options->values[OPT_FULL].is_given};
    struct report *report;
    struct output output;

    if (report_open(options->operands[0], &open, &report) < 0)
        return EXIT_CODE_FAILED;
    int result = output_open(options->values[OPT_OUTPUT].text, &output);
    if (result == 0)
        result = output_close(&output, report_html_write(report, output.stream, &html));
    report_close(report);
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb report_verb_html = {
    .name = "html",
    .operands = "SESSION",
    .summary = "a session as one HTML page",
    .description =
        "Writes SESSION as one HTML page that needs no network.\n"
        "SESSION is a folder with session.json, or IMG:NAME on a stick or its image; IMG alone\n"
        "means its last session.",
    .options = options_of_html,
    .option_count = ARRAY_SIZE(options_of_html),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_html,
};

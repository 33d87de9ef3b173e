/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso-report show: a session on one screen. */
#include "trace/report/verbs.h"

#include "config/base/cleanup.h"
#include "trace/report/model.h"
#include "trace/report/show.h"

enum { OPT_JSON, OPT_IMAGE };

static const struct option_info options_of_show[] = {
    [OPT_JSON] = {"json", 0, OPTION_FLAG, NULL, "everything but the single events, as one object"},
    [OPT_IMAGE] = {"image", 0, OPTION_TEXT, "FILE", "the image that was started, for its files"},
};

static int run_show(const struct options *options)
{
    const struct report_open_options open = {.image = options->values[OPT_IMAGE].text};
    struct report *report;

    if (report_open(options->operands[0], &open, &report) < 0)
        return EXIT_CODE_FAILED;
    if (options->values[OPT_JSON].is_given)
        show_json(report);
    else
        show_text(report);
    report_close(report);
    return EXIT_CODE_OK;
}

const struct verb report_verb_show = {
    .name = "show",
    .operands = "SESSION",
    .summary = "a session on one screen",
    .description =
        "Shows what SESSION did: phases, gaps, files read, devices, exits, network.\n"
        "SESSION is a folder with session.json, or IMG:NAME on a stick or its image; IMG alone\n"
        "means its last session.",
    .options = options_of_show,
    .option_count = ARRAY_SIZE(options_of_show),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_show,
};

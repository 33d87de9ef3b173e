/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso check: what is wrong with a configuration, in the menu's words. */
#include "tools/mkhiperiso/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/source.h"

/* Does the file lie in a folder of templates? */
static bool is_template(const struct source *source)
{
    const char *slash = source->folder != NULL ? strrchr(source->folder, '/') : NULL;
    const char *name = strrchr(LAYOUT_DATA_OVERRIDES_DIR, '/');

    return slash != NULL && strcmp(slash, name) == 0;
}

/* Named as the menu names it: iso_overrides/NAME.json. */
static int check_template(struct source *source, struct problem_list *problems)
{
    auto_free char *text = NULL;
    auto_strbuf name = STRBUF_INIT;
    size_t len;

    strbuf_printf(&name, "%s/%s", strrchr(LAYOUT_DATA_OVERRIDES_DIR, '/') + 1, source->name);
    enum status status = source_read(source, LAYOUT_DATA_CONFIG, CONFIG_TEMPLATE_MAX, &text, &len);
    if (status == STATUS_OK)
        status = config_check_template(strbuf_text(&name), text, len, problems);
    if (status == STATUS_TOO_LARGE)
        return fail("%s: is larger than the maximum of %zu bytes", source->operand,
                    CONFIG_TEMPLATE_MAX);
    if (status != STATUS_OK)
        return fail("%s: %s", source->operand, status_text(status));
    return 0;
}

static int check_config(struct source *source, struct problem_list *problems, bool *ret_is_absent)
{
    struct config *config;

    if (source_load_config(source, problems, &config, ret_is_absent) < 0)
        return -1;
    config_free(config);
    return 0;
}

static int print_problems(const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        auto_free char *line = problem_text(&problems->items[i]);
        if (line == NULL)
            return fail("out of memory");
        puts(line);
    }
    if (problems->not_kept > 0)
        printf("and %zu more\n", problems->not_kept);
    return 0;
}

static int run_check(const struct options *options)
{
    auto_source source;
    struct problem_list problems = PROBLEM_LIST_INIT;
    bool is_absent = false;

    if (source_open(options->operands[0], &source) < 0)
        return EXIT_CODE_FAILED;
    int result = is_template(&source) ? check_template(&source, &problems)
                                      : check_config(&source, &problems, &is_absent);
    size_t count = problems.count + problems.not_kept;
    if (result == 0)
        result = print_problems(&problems);
    if (result == 0 && is_absent)
        printf("There is no %s on the stick: the defaults are in effect.\n", LAYOUT_DATA_CONFIG);
    else if (result == 0 && count == 0)
        print_printable(source.name, ": no problem\n");
    problem_list_clear(&problems);
    if (fflush(stdout) != 0)
        result = fail("the problems cannot be written");
    return result == 0 && count == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_check = {
    .name = "check",
    .operands = "IMG|FILE",
    .summary = "say what is wrong with a configuration",
    .description =
        "Reads hiperiso.json and the templates that it names, as the menu does, from the stick or\n"
        "image IMG or from FILE and iso_overrides/ beside it, and prints each problem as\n"
        "hiperiso.json:LINE:COLUMN: what is wrong. FILE may be a template in iso_overrides/, too.\n"
        "Exit code 1 when there is a problem.",
    .operands_min = 1,
    .operands_max = 1,
    .run = run_check,
};

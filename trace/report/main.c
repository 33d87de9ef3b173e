/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso-report: shows what a recorded start did. The table of verbs. */
#include "config/base/cleanup.h"
#include "tools/mkhiperiso/program.h"
#include "trace/report/verbs.h"

static const struct verb *const verbs[] = {
    &report_verb_ls, &report_verb_show, &report_verb_html, &report_verb_diff, &report_verb_export,
};

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "hiperiso-report",
        .purpose = "shows what a recorded start did",
        .verbs = verbs,
        .verb_count = ARRAY_SIZE(verbs),
    };

    return program_main(&program, argc, argv);
}

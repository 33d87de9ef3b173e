/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads configurations for tests. */
#include "test/unit/config/parse.h"

#include <string.h>

#include "test/unit/config/unit.h"

struct config *parse_config(const char *text, struct problem_list *problems)
{
    struct config *config = NULL;

    assert_int_equal(config_parse("hiperiso.json", text, strlen(text), problems, &config),
                     STATUS_OK);
    return config;
}

struct config *parse_good_config(const char *text)
{
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config = parse_config(text, &problems);

    if (problems.count > 0)
        fail_msg("%u:%u: %s", problems.items[0].line, problems.items[0].column,
                 problems.items[0].message);
    return config;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the option parser. A line of the input is an argument. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/options.h"
#include "tools/mkhiperiso/report.h"

#define ARGUMENTS_MAX 64
#define NUMBER_MIN    3
#define NUMBER_MAX    255

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { OPT_FLAG, OPT_TEXT, OPT_LIST, OPT_SIZE, OPT_NUMBER, OPT_CHOICE };

static const char *const choices[] = {"red", "green", NULL};

static const struct option_info option_table[] = {
    [OPT_FLAG] = {"force", 'f', OPTION_FLAG, NULL, ""},
    [OPT_TEXT] = {"label", 'l', OPTION_TEXT, "TEXT", ""},
    [OPT_LIST] = {"iso", 'i', OPTION_LIST, "FILE", ""},
    [OPT_SIZE] = {"size", 's', OPTION_SIZE, "SIZE", ""},
    [OPT_NUMBER] = {"cpus", 'n', OPTION_NUMBER, "N", "", .min = NUMBER_MIN, .max = NUMBER_MAX},
    [OPT_CHOICE] = {"colour", 'c', OPTION_CHOICE, "COLOUR", "", .choices = choices},
};

const char *program_name = "fuzz";
static size_t complaints;

/* In the place of report.c: what is said is made, and not shown. */
int fail(const char *format, ...)
{
    char message[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    complaints++;
    return -1;
}

static void check(bool is_right)
{
    if (!is_right)
        abort();
}

static void check_values(const struct options *options)
{
    const struct option_value *values = options->values;

    for (size_t i = 0; i < ARRAY_SIZE(option_table); i++)
        check(i == OPT_FLAG || values[i].is_given == (values[i].text != NULL));
    check(values[OPT_FLAG].text == NULL);
    check(values[OPT_LIST].is_given == (values[OPT_LIST].list_count > 0));
    for (size_t i = 0; i < values[OPT_LIST].list_count; i++)
        check(*values[OPT_LIST].list[i] != '\0');
    check(!values[OPT_SIZE].is_given || values[OPT_SIZE].number > 0);
    check(!values[OPT_NUMBER].is_given ||
          (values[OPT_NUMBER].number >= NUMBER_MIN && values[OPT_NUMBER].number <= NUMBER_MAX));
    check(!values[OPT_CHOICE].is_given || strcmp(values[OPT_CHOICE].text, "red") == 0 ||
          strcmp(values[OPT_CHOICE].text, "green") == 0);
}

static void try_parse(int argc, char **argv, const char *rest)
{
    const struct verb verb = {
        .name = "verb",
        .operands = "IN [OUT]",
        .options = option_table,
        .option_count = ARRAY_SIZE(option_table),
        .operands_min = 1,
        .operands_max = 2,
        .rest = rest,
    };
    struct options options;

    complaints = 0;
    int result = options_parse(&verb, argc, argv, &options);
    check(result == 0 || (result == -1 && complaints == 1));
    if (result == 0 && !options.is_help) {
        check_values(&options);
        check(options.operand_count >= 1 && options.operand_count <= 2);
        check(rest != NULL || *options.rest == NULL);
    }
    options_clear(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    int count = 0;
    char *text = calloc(1, len + 1), *rest = text;

    if (text == NULL)
        return 0;
    memcpy(text, bytes, len);
    while (rest != NULL && count < ARGUMENTS_MAX)
        arguments[count++] = strsep(&rest, "\n");
    try_parse(count, arguments, NULL);
    try_parse(count, arguments, "MORE...");
    free(text);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: what `run` makes of its repeated options, arguments separated by NUL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/run_script.h"

#define ARGUMENTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const colours[] = {"red", "green", NULL};
static const struct option_info infos[] = {
    {"expect", 'e', OPTION_LIST, "TEXT", ""},
    {"send", 0, OPTION_LIST, "KEYS", ""},
    {"reject", 0, OPTION_LIST, "TEXT", ""},
    {"allow", 0, OPTION_LIST, "KIND", ""},
    {"size", 's', OPTION_SIZE, "SIZE", ""},
    {"jobs", 'j', OPTION_NUMBER, "N", "", .min = 1, .max = 64},
    {"colour", 'c', OPTION_CHOICE, "COLOUR", "", .choices = colours},
    {"flag", 'f', OPTION_FLAG, NULL, ""},
};
static const struct verb verb = {
    .name = "fuzz",
    .operands = "IMG",
    .options = infos,
    .option_count = ARRAY_SIZE(infos),
    .operands_max = 3,
    .rest = "MORE",
};

/* The first list option holds texts; regular expressions are left to glibc. */
static bool has_regex(const struct options *options)
{
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < options->values[i].list_count; k++)
            if (strncmp(options->values[i].list[k], "re:", 3) == 0)
                return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    struct options options;
    struct run_script script;
    int count = 0;
    auto_free char *text = malloc(len + 1);
    static FILE *nowhere;

    if (text == NULL)
        return 0;
    /* Messages are many; a sanitizer's go to the descriptor, not through here. */
    if (nowhere == NULL && (nowhere = fopen("/dev/null", "we")) != NULL)
        stderr = nowhere;
    memcpy(text, bytes, len);
    text[len] = '\0';
    for (size_t off = 0; off < len && count < ARGUMENTS_MAX; off += strlen(text + off) + 1)
        arguments[count++] = text + off;
    if (options_parse(&verb, count, arguments, &options) == 0 && !options.is_help) {
        if (options.operand_count > verb.operands_max)
            abort();
        for (size_t i = 0; i < 4; i++)
            for (size_t k = 1; k < options.values[i].list_count; k++)
                if (options.values[i].list_at[k] < options.values[i].list_at[k - 1])
                    abort();
        if (!has_regex(&options)) {
            if (run_script_make(&options.values[0], &options.values[1], &options.values[2],
                                &options.values[3], &script) == 0 &&
                script.step_count != options.values[0].list_count + options.values[1].list_count)
                abort();
            run_script_clear(&script);
        }
    }
    options_clear(&options);
    return 0;
}

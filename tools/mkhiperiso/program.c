/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the verb, reads its options, runs it. */
#include "tools/mkhiperiso/program.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "config/suggest.h"
#include "tools/mkhiperiso/report.h"

static int run_version(const struct options *options)
{
    (void)options;
    printf("%s %s\n", program_name, HIPERISO_VERSION);
    return EXIT_CODE_OK;
}

static const struct verb verb_version = {
    .name = "version",
    .operands = "",
    .summary = "print the version",
    .description = "Prints the version.",
    .run = run_version,
};

/* The program's verbs and `version`. */
static size_t all_verbs(const struct program *program,
                        const struct verb *ret_verbs[PROGRAM_VERBS_MAX + 1])
{
    size_t count = 0;

    for (; count < program->verb_count && count < PROGRAM_VERBS_MAX; count++)
        ret_verbs[count] = program->verbs[count];
    ret_verbs[count++] = &verb_version;
    return count;
}

static const struct verb *find_verb(const struct verb *const *verbs, size_t count, const char *name)
{
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return &verb_version;
    for (size_t i = 0; i < count; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int unknown_verb(const struct verb *const *verbs, size_t count, const char *name)
{
    const char *names[PROGRAM_VERBS_MAX + 2] = {NULL};

    for (size_t i = 0; i < count; i++)
        names[i] = verbs[i]->name;
    const char *nearest = suggest_nearest(name, names);
    if (nearest != NULL)
        fail("%s is no verb; did you mean %s?", name, nearest);
    else
        fail("%s is no verb; %s --help lists them", name, program_name);
    return EXIT_CODE_USAGE;
}

int program_main(const struct program *program, int argc, char **argv)
{
    const struct verb *verbs[PROGRAM_VERBS_MAX + 1];
    size_t count = all_verbs(program, verbs);
    struct options options;
    int code;

    program_name = program->name;
    if (argc < 2) {
        fail("it needs a verb; %s --help lists them", program_name);
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        const struct verb *about = argc > 2 ? find_verb(verbs, count, argv[2]) : NULL;
        if (about != NULL)
            options_print_help(about);
        else
            options_print_verbs(program->purpose, verbs, count);
        return flush_output() == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    }
    const struct verb *verb = find_verb(verbs, count, argv[1]);
    if (verb == NULL)
        return unknown_verb(verbs, count, argv[1]);
    if (options_parse(verb, argc - 2, argv + 2, &options) < 0) {
        code = EXIT_CODE_USAGE;
    } else if (options.is_help) {
        options_print_help(verb);
        code = EXIT_CODE_OK;
    } else {
        code = verb->run(&options);
    }
    options_clear(&options);
    if (code == EXIT_CODE_OK && flush_output() < 0)
        code = EXIT_CODE_FAILED;
    return code;
}

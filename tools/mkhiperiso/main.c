/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso: makes, reads and runs hiperiso sticks. The table of verbs. */
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "config/suggest.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/verbs.h"

static int run_version(const struct options *options)
{
    (void)options;
    puts("mkhiperiso " HIPERISO_VERSION);
    return EXIT_CODE_OK;
}

static const struct verb verb_version = {
    .name = "version",
    .operands = "",
    .summary = "print the version",
    .description = "Prints the version.",
    .run = run_version,
};

static const struct verb *const verbs[] = {
    &verb_devices, &verb_install, &verb_update, &verb_image,   &verb_add,
    &verb_rm,      &verb_ls,      &verb_cat,    &verb_get,     &verb_verify,
    &verb_check,   &verb_explain, &verb_run,    &verb_restore, &verb_version,
};

static const struct verb *find_verb(const char *name)
{
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return &verb_version;
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int unknown_verb(const char *name)
{
    const char *names[ARRAY_SIZE(verbs) + 1] = {NULL};

    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        names[i] = verbs[i]->name;
    const char *nearest = suggest_nearest(name, names);
    if (nearest != NULL)
        fail("%s is no verb; did you mean %s?", name, nearest);
    else
        fail("%s is no verb; mkhiperiso --help lists them", name);
    return EXIT_CODE_USAGE;
}

int main(int argc, char **argv)
{
    struct options options;
    int code;

    if (argc < 2) {
        fail("it needs a verb; mkhiperiso --help lists them");
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        const struct verb *about = argc > 2 ? find_verb(argv[2]) : NULL;
        if (about != NULL)
            options_print_help(about);
        else
            options_print_verbs(verbs, ARRAY_SIZE(verbs));
        return flush_output() == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    }
    const struct verb *verb = find_verb(argv[1]);
    if (verb == NULL)
        return unknown_verb(argv[1]);
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

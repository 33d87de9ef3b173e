/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes scdoc from the table of verbs. */
#include "tools/mkhiperiso/manual.h"

#include <stdio.h>
#include <string.h>

#include "tools/mkhiperiso/report.h"

void manual_put(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\*_#~<>[]|", *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

void manual_put_bold(const char *text)
{
    putchar('*');
    manual_put(text);
    putchar('*');
}

static void print_option(const struct option_info *info)
{
    char name[64];

    if (info->letter != 0) {
        snprintf(name, sizeof(name), "-%c", info->letter);
        manual_put_bold(name);
        fputs(", ", stdout);
    }
    snprintf(name, sizeof(name), "--%s", info->name);
    manual_put_bold(name);
    if (info->argument != NULL) {
        putchar(' ');
        manual_put(info->argument);
    }
    fputs("\n\t", stdout);
    manual_put(info->help);
    fputs("\n\n", stdout);
}

void manual_print_verbs(const struct verb *const *verbs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct verb *verb = verbs[i];
        printf("## %s %s\n\n*%s %s* ", program_name, verb->name, program_name, verb->name);
        manual_put(verb->operands);
        fputs(verb->option_count > 0 ? " \\[OPTION\\]...\n\n" : "\n\n", stdout);
        manual_put(verb->description);
        fputs("\n\n", stdout);
        for (size_t k = 0; k < verb->option_count; k++)
            print_option(&verb->options[k]);
        if (verb->rest != NULL) {
            fputs("*--* ", stdout);
            manual_put(verb->rest);
            fputs("\n\thanded on as it is\n\n", stdout);
        }
    }
}

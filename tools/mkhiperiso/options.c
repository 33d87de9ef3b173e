/* SPDX-License-Identifier: BSD-2-Clause */
/* Option parser and help, driven by the verbs' tables. */
#include "tools/mkhiperiso/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/status.h"
#include "config/suggest.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

#define HELP_COLUMN 22

static int usage_error(const struct verb *verb, const char *what, const char *detail)
{
    return fail("%s: %s%s (%s %s --help)", verb->name, what, detail, program_name, verb->name);
}

static int find_long(const struct verb *verb, const char *name, size_t len)
{
    for (size_t i = 0; i < verb->option_count; i++)
        if (strlen(verb->options[i].name) == len && memcmp(verb->options[i].name, name, len) == 0)
            return (int)i;
    return -1;
}

static int find_letter(const struct verb *verb, char letter)
{
    for (size_t i = 0; i < verb->option_count; i++)
        if (verb->options[i].letter == letter)
            return (int)i;
    return -1;
}

static int unknown_option(const struct verb *verb, const char *argument)
{
    const char *names[OPTIONS_MAX + 2];
    char name[64];
    size_t count = 0;

    for (; count < verb->option_count; count++)
        names[count] = verb->options[count].name;
    names[count++] = "help";
    names[count] = NULL;
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + strspn(argument, "-"), "="),
             argument + strspn(argument, "-"));
    const char *nearest = strncmp(argument, "--", 2) == 0 ? suggest_nearest(name, names) : NULL;
    if (nearest != NULL)
        return fail("%s: %s is no option; did you mean --%s?", verb->name, argument, nearest);
    return usage_error(verb, argument, " is no option");
}

static int check_choice(const struct verb *verb, const struct option_info *info, const char *text)
{
    char known[256] = "";
    size_t used = 0;

    for (size_t i = 0; info->choices[i] != NULL; i++) {
        if (strcmp(info->choices[i], text) == 0)
            return 0;
        int len = snprintf(known + used, sizeof(known) - used, "%s%s", i != 0 ? ", " : "",
                           info->choices[i]);
        if (len > 0 && (size_t)len < sizeof(known) - used)
            used += (size_t)len;
    }
    return fail("%s: --%s: %s is none of %s", verb->name, info->name, text, known);
}

static int parse_number(const struct verb *verb, const struct option_info *info, const char *text,
                        uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *c = text;

    for (; *c >= '0' && *c <= '9' && number <= info->max; c++)
        number = number * 10 + (uint64_t)(*c - '0');
    if (*text == '\0' || *c != '\0' || number < info->min || number > info->max)
        return fail("%s: --%s: %s is no number from %llu to %llu", verb->name, info->name, text,
                    (unsigned long long)info->min, (unsigned long long)info->max);
    *ret_number = number;
    return 0;
}

static int set_value(const struct verb *verb, size_t index, const char *text,
                     struct options *options)
{
    const struct option_info *info = &verb->options[index];
    struct option_value *value = &options->values[index];
    int result = 0;

    if (text != NULL && *text == '\0')
        return fail("%s: --%s: its %s is empty", verb->name, info->name, info->argument);
    switch (info->kind) {
    case OPTION_FLAG:
    case OPTION_TEXT:
        break;
    case OPTION_LIST: {
        const char **list = realloc(value->list, (value->list_count + 1) * sizeof(*list));
        if (list == NULL)
            return fail("out of memory");
        list[value->list_count++] = text;
        value->list = list;
        break;
    }
    case OPTION_SIZE:
        if (size_parse(text, &value->number) != STATUS_OK || value->number == 0)
            result = fail("%s: --%s: %s is no size; write 512M, 1G, 1.5GiB or 8GB", verb->name,
                          info->name, text);
        break;
    case OPTION_NUMBER:
        result = parse_number(verb, info, text, &value->number);
        break;
    case OPTION_CHOICE:
        result = check_choice(verb, info, text);
        break;
    }
    value->is_given = true;
    value->text = text;
    return result;
}

/* The value of option FOUND: INLINE_VALUE if there is one, else the next element of ARGV. */
static int take_value(const struct verb *verb, int found, const char *inline_value, int argc,
                      char **argv, int *index, struct options *options)
{
    const struct option_info *info = &verb->options[found];

    if (inline_value == NULL) {
        if (*index + 1 >= argc)
            return fail("%s: --%s needs a %s", verb->name, info->name, info->argument);
        inline_value = argv[++*index];
    }
    return set_value(verb, (size_t)found, inline_value, options);
}

/* Reads "--name", "--name=value" or "--name value" at ARGV[*INDEX]. */
static int parse_long(const struct verb *verb, int argc, char **argv, int *index,
                      struct options *options)
{
    const char *argument = argv[*index];
    const char *equals = strchr(argument, '=');
    size_t len = equals != NULL ? (size_t)(equals - argument - 2) : strlen(argument + 2);
    int found = find_long(verb, argument + 2, len);

    if (found < 0)
        return unknown_option(verb, argument);
    if (verb->options[found].kind != OPTION_FLAG)
        return take_value(verb, found, equals != NULL ? equals + 1 : NULL, argc, argv, index,
                          options);
    if (equals != NULL)
        return fail("%s: --%s takes no value", verb->name, verb->options[found].name);
    return set_value(verb, (size_t)found, NULL, options);
}

/* Reads "-l", "-rl" or "-sVALUE" or "-s VALUE" at ARGV[*INDEX]. */
static int parse_short(const struct verb *verb, int argc, char **argv, int *index,
                       struct options *options)
{
    const char *argument = argv[*index];

    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        int found = find_letter(verb, *letter);
        if (found < 0)
            return unknown_option(verb, argument);
        if (verb->options[found].kind != OPTION_FLAG)
            return take_value(verb, found, letter[1] != '\0' ? letter + 1 : NULL, argc, argv, index,
                              options);
        if (set_value(verb, (size_t)found, NULL, options) < 0)
            return -1;
    }
    return 0;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

int options_parse(const struct verb *verb, int argc, char **argv, struct options *ret_options)
{
    static const char *const nothing[] = {NULL};

    *ret_options = (struct options){.verb = verb, .rest = nothing};
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i])) {
            ret_options->is_help = true;
            return 0;
        }
    }
    ret_options->operands = calloc((size_t)argc + 1, sizeof(*ret_options->operands));
    if (ret_options->operands == NULL)
        return fail("out of memory");
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0 && verb->rest != NULL) {
            ret_options->rest = (const char *const *)(argv + i + 1);
            break;
        }
        if (strcmp(argv[i], "--") == 0) { /* only operands behind it */
            while (++i < argc)
                ret_options->operands[ret_options->operand_count++] = argv[i];
            break;
        }
        if (argv[i][0] != '-' || argv[i][1] == '\0')
            ret_options->operands[ret_options->operand_count++] = argv[i];
        else if ((argv[i][1] == '-' ? parse_long : parse_short)(verb, argc, argv, &i, ret_options) <
                 0)
            return -1;
    }
    for (size_t i = 0; i < ret_options->operand_count; i++)
        if (*ret_options->operands[i] == '\0')
            return usage_error(verb, "an operand is empty", "");
    if (ret_options->operand_count < verb->operands_min)
        return usage_error(verb, "it needs ", verb->operands);
    if (ret_options->operand_count > verb->operands_max)
        return usage_error(verb, "there is no use for ", ret_options->operands[verb->operands_max]);
    return 0;
}

void options_clear(struct options *options)
{
    for (size_t i = 0; i < OPTIONS_MAX; i++)
        free(options->values[i].list);
    free(options->operands);
    *options = (struct options){0};
}

void options_print_help(const struct verb *verb)
{
    printf("%s %s%s%s%s%s%s\n\n%s\n", program_name, verb->name, *verb->operands != '\0' ? " " : "",
           verb->operands, verb->option_count > 0 ? " [OPTION]..." : "",
           verb->rest != NULL ? " -- " : "", verb->rest != NULL ? verb->rest : "",
           verb->description);
    if (verb->option_count > 0)
        putchar('\n');
    for (size_t i = 0; i < verb->option_count; i++) {
        const struct option_info *info = &verb->options[i];
        char spelling[64];
        snprintf(spelling, sizeof(spelling), "%c%c%s--%s%s%s", info->letter != 0 ? '-' : ' ',
                 info->letter != 0 ? info->letter : ' ', info->letter != 0 ? ", " : "  ",
                 info->name, info->argument != NULL ? " " : "",
                 info->argument != NULL ? info->argument : "");
        printf("  %-*s %s\n", HELP_COLUMN, spelling, info->help);
    }
}

void options_print_verbs(const char *purpose, const struct verb *const *verbs, size_t count)
{
    printf("%s VERB [OPERAND]... [OPTION]...: %s\n\n", program_name, purpose);
    for (size_t i = 0; i < count; i++) {
        char left[64];
        snprintf(left, sizeof(left), "%s %s", verbs[i]->name, verbs[i]->operands);
        printf("  %-*s %s\n", HELP_COLUMN, left, verbs[i]->summary);
    }
    printf("\n%s VERB --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage.\n",
           program_name);
}

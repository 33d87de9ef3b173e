/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: verbs and options as tables, GNU-style spelling, help drawn from the same
 * tables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAX 24 /* of one verb */

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
};

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_LIST,   /* may be given more than once */
    OPTION_SIZE,   /* size_parse() */
    OPTION_NUMBER, /* decimal, min to max */
    OPTION_CHOICE, /* one of `choices` */
};

struct option_info {
    const char *name; /* "size": --size=1G or --size 1G */
    char letter;      /* 'l': -l; 0 = none */
    enum option_kind kind;
    const char *argument; /* "SIZE" as help shows it; NULL for flags */
    const char *help;
    uint64_t min, max;          /* OPTION_NUMBER */
    const char *const *choices; /* OPTION_CHOICE; ends with NULL */
};

struct option_value {
    bool is_given;
    const char *text; /* the last one; NULL if not given */
    uint64_t number;  /* OPTION_SIZE, OPTION_NUMBER */
    const char **list;
    size_t list_count;
};

struct verb;

struct options {
    const struct verb *verb;
    struct option_value values[OPTIONS_MAX]; /* in the order of the verb's table */
    const char **operands;                   /* owned array of borrowed texts */
    size_t operand_count;
    const char *const *rest; /* behind "--"; ends with NULL */
    bool is_help;            /* --help was asked for: nothing else was checked */
};

struct verb {
    const char *name;
    const char *operands;    /* "OUT.img", as help shows them */
    const char *summary;     /* one line for the list of verbs */
    const char *description; /* paragraphs for its own --help */
    const struct option_info *options;
    size_t option_count;
    size_t operands_min, operands_max;
    const char *rest; /* what "--" passes on, as help shows it; NULL: nothing */
    int (*run)(const struct options *options); /* an exit code */
};

/* Reads ARGV (without program and verb). Reports what is wrong, with the nearest known option;
 * returns 0 or -1. The caller frees with options_clear() in both cases. */
int options_parse(const struct verb *verb, int argc, char **argv, struct options *ret_options);
void options_clear(struct options *options);

/* The help of one verb, and the list of all with what the program is for, on stdout. */
void options_print_help(const struct verb *verb);
void options_print_verbs(const char *purpose, const struct verb *const *verbs, size_t count);

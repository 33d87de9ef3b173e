/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with a file or a line, where, and what to do: collected, never fatal by itself. */
#pragma once

#include <stddef.h>

#include "config/base/status.h"

#define PROBLEMS_MAX 100 /* further ones are only counted */

struct problem {
    char *file;            /* name as shown to the user; owned */
    unsigned line, column; /* from 1; 0 = the whole file. Columns count characters, not bytes */
    char *message;         /* "control.timeout: 9999 is above the maximum 3600"; owned */
};

struct problem_list {
    struct problem *items;
    size_t count;    /* items kept, at most PROBLEMS_MAX */
    size_t not_kept; /* further problems */
};

#define PROBLEM_LIST_INIT ((struct problem_list){0})

/* Adds a problem; running out of memory only counts it. LIST may be NULL. */
void problem_add(struct problem_list *list, const char *file, unsigned line, unsigned column,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "hiperiso.json:14:22: control.timeout: ...", a new text; NULL when memory runs out. */
char *problem_text(const struct problem *problem) must_check;

/* Moves the problems of FROM behind those of LIST (which may be NULL); FROM is empty then. */
void problem_list_move(struct problem_list *list, struct problem_list *from);

void problem_list_clear(struct problem_list *list);

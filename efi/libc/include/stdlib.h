/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware build has of <stdlib.h>; memory comes from the firmware's pool. */
#pragma once

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);

long strtol(const char *restrict text, char **restrict ret_end, int base);
unsigned long strtoul(const char *restrict text, char **restrict ret_end, int base);
long long strtoll(const char *restrict text, char **restrict ret_end, int base);
unsigned long long strtoull(const char *restrict text, char **restrict ret_end, int base);
double strtod(const char *restrict text, char **restrict ret_end);

/* Stable; never needs more memory than the array's again, and sorts in place (slower) where there
 * is none. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *a, const void *b));
void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*compare)(const void *key, const void *item));

_Noreturn void abort(void);

static inline int abs(int number)
{
    return number < 0 ? -number : number;
}

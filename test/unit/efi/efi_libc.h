/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's libc under names that do not collide with the host's (see meson.build). */
#pragma once

#include <stdarg.h>
#include <stddef.h>

void *efi_malloc(size_t size);
void *efi_calloc(size_t count, size_t size);
void *efi_realloc(void *memory, size_t size);
void efi_free(void *memory);
void *efi_memcpy(void *to, const void *from, size_t len);
void *efi_memmove(void *to, const void *from, size_t len);
void *efi_memset(void *to, int value, size_t len);
int efi_memcmp(const void *a, const void *b, size_t len);
char *efi_strstr(const char *text, const char *wanted);
char *efi_strrchr(const char *text, int c);
int efi_strncmp(const char *a, const char *b, size_t max);
int efi_strcasecmp(const char *a, const char *b);
char *efi_strndup(const char *text, size_t max);
double efi_strtod(const char *text, char **ret_end);
long long efi_strtoll(const char *text, char **ret_end, int base);
unsigned long long efi_strtoull(const char *text, char **ret_end, int base);
void efi_qsort(void *base, size_t count, size_t size, int (*compare)(const void *a, const void *b));
void *efi_bsearch(const void *key, const void *base, size_t count, size_t size,
                  int (*compare)(const void *key, const void *item));
int efi_vsnprintf(char *to, size_t size, const char *format, va_list args);
int efi_snprintf(char *to, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int efi_sscanf(const char *text, const char *format, ...) __attribute__((format(scanf, 2, 3)));

/* What the port gives in firmware; libc_pool_fail_after: the Nth allocation from now on fails (0:
 * none). */
extern unsigned long libc_pool_fail_after;
extern long libc_pool_blocks; /* allocated and not yet freed */

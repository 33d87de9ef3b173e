/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware build has of <stdio.h>: formatting into memory. No files, no streams. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Conversions: d i u x X o c s p % e f g, with flags, width, precision and the lengths hh h l ll z
 * j t. */
int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list args)
    __attribute__((format(printf, 3, 0)));
int snprintf(char *restrict to, size_t size, const char *restrict format, ...)
    __attribute__((format(printf, 3, 4)));
int sprintf(char *restrict to, const char *restrict format, ...)
    __attribute__((format(printf, 2, 3)));

/* Conversions: d u x lg n, and literal characters. */
int sscanf(const char *restrict text, const char *restrict format, ...)
    __attribute__((format(scanf, 2, 3)));

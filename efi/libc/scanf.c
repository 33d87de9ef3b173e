/* SPDX-License-Identifier: BSD-2-Clause */
/* The little of sscanf that cJSON asks for. */
#include <stdio.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

int sscanf(const char *restrict text, const char *restrict format, ...)
{
    const char *p = text;
    int stored = 0;
    va_list args;

    va_start(args, format);
    for (; *format != '\0'; format++) {
        char *end = NULL;
        if (isspace(*format)) {
            while (isspace(*p))
                p++;
            continue;
        }
        if (*format != '%') {
            if (*p++ != *format)
                break;
            continue;
        }
        format++;
        if (*format == 'n') {
            *va_arg(args, int *) = (int)(p - text);
            continue;
        }
        if (format[0] == 'l' && format[1] == 'g') {
            format++;
            double value = strtod(p, &end);
            if (end == p)
                break;
            *va_arg(args, double *) = value;
        } else if (*format == 'd') {
            long value = strtol(p, &end, 10);
            if (end == p)
                break;
            *va_arg(args, int *) = (int)value;
        } else if (*format == 'u' || *format == 'x') {
            unsigned long value = strtoul(p, &end, *format == 'x' ? 16 : 10);
            if (end == p)
                break;
            *va_arg(args, unsigned *) = (unsigned)value;
        } else {
            break;
        }
        p = end;
        stored++;
    }
    va_end(args);
    return stored;
}

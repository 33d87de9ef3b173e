/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotes for a POSIX shell. */
#include "initramfs/shell_quote.h"

#include <string.h>

static const char plain[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%";

void shell_quote(const char *argument, struct strbuf *b)
{
    if (*argument != '\0' && argument[strspn(argument, plain)] == '\0') {
        strbuf_append(b, argument);
        return;
    }
    strbuf_append_char(b, '\'');
    for (; *argument != '\0'; argument++)
        if (*argument == '\'')
            strbuf_append(b, "'\\''");
        else
            strbuf_append_char(b, *argument);
    strbuf_append_char(b, '\'');
}

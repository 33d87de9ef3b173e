/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing argument vector. */
#include "tools/mkhiperiso/arg_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes TEXT in every case. */
static void add_owned(struct arg_list *list, char *text)
{
    char **items = text != NULL && !list->has_failed
                       ? realloc(list->items, (list->count + 2) * sizeof(*items))
                       : NULL;

    if (items == NULL) {
        free(text);
        list->has_failed = true;
        return;
    }
    items[list->count++] = text;
    items[list->count] = NULL;
    list->items = items;
}

void arg_list_add(struct arg_list *list, const char *text)
{
    add_owned(list, strdup(text));
}

void arg_list_printf(struct arg_list *list, const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    add_owned(list, text);
}

void arg_list_clear(struct arg_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct arg_list){0};
}

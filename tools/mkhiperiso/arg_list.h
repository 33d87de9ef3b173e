/* SPDX-License-Identifier: BSD-2-Clause */
/* An argument vector that grows; the first failure sticks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arg_list {
    char **items; /* ends with NULL; owned */
    size_t count;
    bool has_failed;
};

void arg_list_add(struct arg_list *list, const char *text);
void arg_list_printf(struct arg_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void arg_list_clear(struct arg_list *list);

#define auto_arg_list __attribute__((cleanup(arg_list_clear))) struct arg_list

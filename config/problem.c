/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with a file or a line, where, and what to do. */
#include "config/problem.h"

#include <stdlib.h>

#include "config/base/strbuf.h"
#include "config/base/text.h"

#define MESSAGE_MAX ((size_t)1024) /* bytes; what is longer is cut */
#define ITEMS_STEP  ((size_t)16)

/* Makes room for one more item. */
static enum status grow(struct problem_list *list)
{
    if (list->count % ITEMS_STEP != 0)
        return STATUS_OK;
    struct problem *items = realloc(list->items, (list->count + ITEMS_STEP) * sizeof(*items));
    if (items == NULL)
        return STATUS_NO_MEMORY;
    list->items = items;
    return STATUS_OK;
}

/* One line, bounded: keys and names in TEXT may come from anywhere, and go to terminals. A new
 * text, NULL when memory runs out. */
static char *presentable(const char *text)
{
    struct strbuf line = STRBUF_INIT;

    strbuf_append_printable(&line, text);
    char *message = strbuf_take(&line);
    if (message != NULL)
        message[text_cut(message, MESSAGE_MAX)] = '\0';
    return message;
}

void problem_add(struct problem_list *list, const char *file, unsigned line, unsigned column,
                 const char *format, ...)
{
    if (list == NULL)
        return;
    if (list->count >= PROBLEMS_MAX || grow(list) != STATUS_OK) {
        list->not_kept++;
        return;
    }
    auto_strbuf message = STRBUF_INIT;
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&message, format, args);
    va_end(args);

    struct problem problem = {.line = line, .column = column};
    problem.file = presentable(file);
    if (strbuf_status(&message) == STATUS_OK)
        problem.message = presentable(strbuf_text(&message));
    if (problem.file == NULL || problem.message == NULL) {
        free(problem.file);
        free(problem.message);
        list->not_kept++;
        return;
    }
    list->items[list->count++] = problem;
}

char *problem_text(const struct problem *problem)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_append(&text, problem->file);
    if (problem->line > 0)
        strbuf_printf(&text, ":%u:%u", problem->line, problem->column);
    strbuf_printf(&text, ": %s", problem->message);
    return strbuf_take(&text);
}

void problem_list_move(struct problem_list *list, struct problem_list *from)
{
    size_t moved = 0;

    if (list != NULL) {
        while (moved < from->count && list->count < PROBLEMS_MAX && grow(list) == STATUS_OK) {
            list->items[list->count++] = from->items[moved];
            from->items[moved++] = (struct problem){0};
        }
        list->not_kept += from->count - moved + from->not_kept;
    }
    problem_list_clear(from);
}

void problem_list_clear(struct problem_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].file);
        free(list->items[i].message);
    }
    free(list->items);
    *list = PROBLEM_LIST_INIT;
}

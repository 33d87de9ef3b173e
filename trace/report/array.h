/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow by one item: one line where it would be six. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Makes room for one more item of SIZE bytes behind COUNT. The capacity is not kept: it is the
 * power of two at or above COUNT, at least 16. NULL when memory runs out; ITEMS is then as it was.
 */
static inline void *array_room(void *items, size_t count, size_t size)
{
    if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
        return items;
    size_t capacity = count < 16 ? 16 : count * 2;
    if (capacity > SIZE_MAX / 2 / size)
        return NULL;
    return realloc(items, capacity * size);
}

/* Appends ITEM to the array ITEMS of COUNT; false when memory runs out. */
#define array_add(items, count, ...)                                                               \
    __extension__({                                                                                \
        __typeof__(items) room_ = array_room((items), (count), sizeof(*(items)));                  \
        if (room_ != NULL) {                                                                       \
            (items) = room_;                                                                       \
            (items)[(count)++] = (__VA_ARGS__);                                                    \
        }                                                                                          \
        room_ != NULL;                                                                             \
    })

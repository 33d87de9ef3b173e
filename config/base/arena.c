/* SPDX-License-Identifier: BSD-2-Clause */
/* Many small allocations that live and die together. */
#include "config/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_FIRST ((size_t)4 << 10)
#define BLOCK_BYTES_MAX   ((size_t)64 << 10)
#define ARENA_ALIGN       ((size_t)16)

struct arena_block {
    struct arena_block *next;
    _Alignas(16) unsigned char bytes[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    if (arena->blocks == NULL || size > arena->capacity - arena->used) {
        size_t capacity =
            arena->capacity < BLOCK_BYTES_FIRST ? BLOCK_BYTES_FIRST : arena->capacity * 2;
        if (capacity > BLOCK_BYTES_MAX)
            capacity = BLOCK_BYTES_MAX;
        if (capacity < size)
            capacity = size;
        struct arena_block *block = calloc(1, sizeof(*block) + capacity);
        if (block == NULL)
            return NULL;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->used = 0;
        arena->capacity = capacity;
        arena->total_bytes += sizeof(*block) + capacity;
    }
    void *memory = arena->blocks->bytes + arena->used;
    arena->used += size;
    return memory;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(arena, len + 1);
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

void arena_clear(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    *arena = (struct arena){0};
}

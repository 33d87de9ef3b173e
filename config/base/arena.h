/* SPDX-License-Identifier: BSD-2-Clause */
/* Many small allocations that live and die together: the scan's names and entries. */
#pragma once

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used, capacity;      /* of the newest block */
    size_t total_bytes;         /* what all blocks take */
};

/* SIZE zeroed bytes, aligned for any object; NULL when memory runs out. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of LEN bytes of TEXT with a NUL behind; NULL when memory runs out. */
char *arena_copy(struct arena *arena, const char *text, size_t len);

/* Frees everything; the arena is empty and usable again. */
void arena_clear(struct arena *arena);

/* SPDX-License-Identifier: BSD-2-Clause */
/* malloc and its family over the firmware's pool, with the size in front of each block. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "efi/libc/libc.h"

/* The pool promises 8 bytes of alignment, objects may need 16. */
struct header {
    void *pool_block;
    size_t size;
};

#define ALIGNMENT      ((size_t)16)
#define OVERHEAD_BYTES (sizeof(struct header) + ALIGNMENT)

static size_t held_bytes, peak_bytes;

size_t libc_pool_peak(void)
{
    return peak_bytes;
}

static struct header *header_of(void *memory)
{
    return (struct header *)memory - 1;
}

void *malloc(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    unsigned char *block = libc_pool_alloc(size + OVERHEAD_BYTES);
    if (block == NULL)
        return NULL;
    held_bytes += size + OVERHEAD_BYTES;
    if (held_bytes > peak_bytes)
        peak_bytes = held_bytes;
    uintptr_t place = (uintptr_t)block + sizeof(struct header);
    size_t padding = -place & (ALIGNMENT - 1);
    void *memory = block + sizeof(struct header) + padding;
    *header_of(memory) = (struct header){.pool_block = block, .size = size};
    return memory;
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *memory = malloc(total);
    if (memory != NULL)
        memset(memory, 0, total);
    return memory;
}

void *realloc(void *memory, size_t size)
{
    if (memory == NULL)
        return malloc(size);
    size_t old_size = header_of(memory)->size;
    if (size <= old_size && size >= old_size / 2)
        return memory;
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, memory, size < old_size ? size : old_size);
    free(memory);
    return moved;
}

void free(void *memory)
{
    if (memory == NULL)
        return;
    held_bytes -= header_of(memory)->size + OVERHEAD_BYTES;
    libc_pool_free(header_of(memory)->pool_block);
}

void abort(void)
{
    libc_panic("abort");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* qsort and bsearch for the firmware build: O(n log n) whatever the input, no recursion. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int compare_fn(const void *a, const void *b);

static void swap_items(unsigned char *a, unsigned char *b, size_t size)
{
    for (; size > 0; size--, a++, b++) {
        unsigned char c = *a;
        *a = *b;
        *b = c;
    }
}

static void sift_down(unsigned char *items, size_t root, size_t count, size_t size,
                      compare_fn *compare)
{
    for (size_t child; root < count / 2 && (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(items + child * size, items + (child + 1) * size) < 0)
            child++;
        if (compare(items + root * size, items + child * size) >= 0)
            return;
        swap_items(items + root * size, items + child * size, size);
    }
}

static void heap_sort(unsigned char *items, size_t count, size_t size, compare_fn *compare)
{
    for (size_t root = count / 2; root-- > 0;)
        sift_down(items, root, count, size, compare);
    while (--count > 0) {
        swap_items(items, items + count * size, size);
        sift_down(items, 0, count, size, compare);
    }
}

/* Merges the sorted runs [FROM, MIDDLE) and [MIDDLE, END) of IN into OUT. */
static void merge(const unsigned char *in, unsigned char *out, size_t from, size_t middle,
                  size_t end, size_t size, compare_fn *compare)
{
    size_t left = from, right = middle;
    for (size_t i = from; i < end; i++) {
        bool take_left =
            left < middle && (right >= end || compare(in + left * size, in + right * size) <= 0);
        memcpy(out + i * size, in + (take_left ? left++ : right++) * size, size);
    }
}

void qsort(void *base, size_t count, size_t size, compare_fn *compare)
{
    size_t bytes;
    if (count < 2 || size == 0 || __builtin_mul_overflow(count, size, &bytes))
        return;
    unsigned char *spare = malloc(bytes);
    if (spare == NULL) {
        heap_sort(base, count, size, compare);
        return;
    }
    unsigned char *in = base, *out = spare;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t from = 0; from < count; from += 2 * run) {
            size_t middle = run < count - from ? from + run : count;
            size_t end = 2 * run < count - from ? from + 2 * run : count;
            merge(in, out, from, middle, end, size, compare);
        }
        unsigned char *swapped = in;
        in = out;
        out = swapped;
    }
    if (in != base)
        memcpy(base, in, bytes);
    free(spare);
}

void *bsearch(const void *key, const void *base, size_t count, size_t size, compare_fn *compare)
{
    const unsigned char *items = base;
    while (count > 0) {
        const unsigned char *middle = items + count / 2 * size;
        int order = compare(key, middle);
        if (order == 0)
            return (void *)(uintptr_t)middle;
        if (order > 0) {
            items = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return NULL;
}

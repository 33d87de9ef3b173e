/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures: decoded by stb_image with bounded memory, and scaled. */
#include "efi/core/gfx/image.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/jpeg_check.h"

/* What one decoding may ask for in all; a progressive JPEG of the greatest size takes about half.
 */
#define DECODE_BYTES_MAX ((size_t)256 << 20)

static size_t decode_bytes; /* asked for since the decoding began; freeing gives nothing back */

static bool is_within_budget(size_t bytes)
{
    if (bytes > DECODE_BYTES_MAX - decode_bytes)
        return false;
    decode_bytes += bytes;
    return true;
}

/* Zeroed: a JPEG file may use tables that it never defines. */
static void *decode_malloc(size_t bytes)
{
    return is_within_budget(bytes) ? calloc(1, bytes) : NULL;
}

static void *decode_realloc(void *memory, size_t bytes)
{
    return is_within_budget(bytes) ? realloc(memory, bytes) : NULL;
}

#define STBI_MALLOC(bytes)          decode_malloc(bytes)
#define STBI_REALLOC(memory, bytes) decode_realloc(memory, bytes)
#define STBI_FREE(memory)           free(memory)
#define STBI_ASSERT(x)              ((void)0) /* a damaged file never stops the menu */
#define STBI_MAX_DIMENSIONS         IMAGE_SIDE_MAX
#define STBI_NO_STDIO
#define STBI_NO_SIMD
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_THREAD_LOCALS
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_TGA
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION

/* Functions for what is left out are declared; the compiler says so at the end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image.h>

static enum status fail(enum status status, const char *text, const char **reason)
{
    if (reason != NULL)
        *reason = text;
    return status;
}

static enum status fail_by_stb(const char **reason)
{
    const char *text = stbi_failure_reason();
    if (strcmp(text, "outofmem") == 0)
        return fail(STATUS_NO_MEMORY, "not enough memory", reason);
    if (strcmp(text, "unknown image type") == 0)
        return fail(STATUS_UNSUPPORTED, "neither PNG nor JPEG nor TGA", reason);
    return fail(STATUS_CORRUPT, text, reason);
}

enum status image_decode(const uint8_t *bytes, size_t len, struct image *ret_image,
                         const char **reason)
{
    int width, height, channels;

    if (len > IMAGE_FILE_BYTES_MAX)
        return fail(STATUS_TOO_LARGE, "the file is too large", reason);
    if (!jpeg_has_sane_tables(bytes, len))
        return fail(STATUS_CORRUPT, "bad Huffman table", reason);
    decode_bytes = 0;
    if (!stbi_info_from_memory(bytes, (int)len, &width, &height, &channels))
        return fail_by_stb(reason);
    if (width <= 0 || height <= 0)
        return fail(STATUS_CORRUPT, "it has no pixels", reason);
    if ((unsigned)width > IMAGE_SIDE_MAX || (unsigned)height > IMAGE_SIDE_MAX ||
        (uint64_t)width * (uint64_t)height > IMAGE_PIXELS_MAX)
        return fail(STATUS_TOO_LARGE, "it has too many pixels", reason);
    uint8_t *decoded = stbi_load_from_memory(bytes, (int)len, &width, &height, &channels, 4);
    if (decoded == NULL)
        return fail_by_stb(reason);
    uint32_t *pixels = (uint32_t *)(void *)decoded;
    for (size_t i = 0; i < (size_t)width * (size_t)height; i++) {
        const uint8_t *p = decoded + 4 * i;
        pixels[i] = (uint32_t)p[3] << 24 | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    }
    *ret_image = (struct image){pixels, (unsigned)width, (unsigned)height};
    return STATUS_OK;
}

void image_clear(struct image *image)
{
    free(image->pixels);
    *image = (struct image){0};
}

/* ---- scaling ---- */

/* The pixels of one axis that make a new one: all alike, or two of them with different shares. */
struct taps {
    unsigned first, count;
    unsigned second_share; /* of 256, when the axis grows */
    bool is_growing;
};

static struct taps taps_of(unsigned index, unsigned new_side, unsigned side)
{
    if (new_side < side) {
        unsigned first = (unsigned)((uint64_t)index * side / new_side);
        unsigned end = (unsigned)((uint64_t)(index + 1) * side / new_side);
        return (struct taps){.first = first, .count = end - first};
    }
    /* The new pixel's centre in 1/256 of an old pixel, from the first one's centre. */
    int64_t place = (int64_t)(((uint64_t)2 * index + 1) * side * 128 / new_side) - 128;
    if (place < 0)
        place = 0;
    struct taps taps = {(unsigned)(place >> 8), 2, (unsigned)(place & 255), true};
    if (taps.first + 1 >= side || taps.second_share == 0)
        taps.count = 1;
    return taps;
}

static unsigned share_of(const struct taps *taps, unsigned tap)
{
    if (!taps->is_growing || taps->count == 1)
        return 256;
    return tap == 0 ? 256 - taps->second_share : taps->second_share;
}

/* The average of the pixels, colours weighted by how much is seen of them. */
static uint32_t average(const struct image *image, const struct taps *columns,
                        const struct taps *rows)
{
    uint64_t total = 0, alpha = 0, red = 0, green = 0, blue = 0;

    for (unsigned y = 0; y < rows->count; y++) {
        const uint32_t *row =
            image->pixels + (size_t)(rows->first + y) * image->width + columns->first;
        for (unsigned x = 0; x < columns->count; x++) {
            uint64_t weight = (uint64_t)share_of(rows, y) * share_of(columns, x);
            uint64_t seen = weight * (row[x] >> 24);
            total += weight;
            alpha += seen;
            red += seen * (row[x] >> 16 & 0xFF);
            green += seen * (row[x] >> 8 & 0xFF);
            blue += seen * (row[x] & 0xFF);
        }
    }
    if (alpha == 0)
        return 0;
    return (uint32_t)((alpha + total / 2) / total << 24 | (red + alpha / 2) / alpha << 16 |
                      (green + alpha / 2) / alpha << 8 | (blue + alpha / 2) / alpha);
}

enum status image_scale(const struct image *image, unsigned width, unsigned height,
                        struct image *ret_image)
{
    auto_free struct taps *columns = NULL;

    if (width == 0 || height == 0)
        return STATUS_INVALID;
    if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX ||
        (uint64_t)width * height > IMAGE_PIXELS_MAX)
        return STATUS_TOO_LARGE;
    columns = malloc(width * sizeof(*columns));
    uint32_t *pixels = malloc((size_t)width * height * sizeof(*pixels));
    if (columns == NULL || pixels == NULL) {
        free(pixels);
        return STATUS_NO_MEMORY;
    }
    for (unsigned x = 0; x < width; x++)
        columns[x] = taps_of(x, width, image->width);
    for (unsigned y = 0; y < height; y++) {
        struct taps rows = taps_of(y, height, image->height);
        for (unsigned x = 0; x < width; x++)
            pixels[(size_t)y * width + x] = average(image, &columns[x], &rows);
    }
    *ret_image = (struct image){pixels, width, height};
    return STATUS_OK;
}

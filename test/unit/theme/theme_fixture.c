/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of files in memory with a theme's text, fonts and pictures. */
#include "test/unit/theme/theme_fixture.h"

#include <stdlib.h>
#include <string.h>

#define TGA_HEADER_BYTES 18
#define TGA_TRUE_COLOUR  2
#define TGA_FROM_TOP     0x28 /* and eight bits of alpha */

static enum status read_file(void *context, const char *path, size_t max, uint8_t **ret_bytes,
                             size_t *ret_len)
{
    struct fixture *fixture = context;
    for (unsigned i = 0; i < fixture->count; i++) {
        const struct fixture_file *file = &fixture->files[i];
        if (strcmp(file->path, path) != 0)
            continue;
        if (file->len > max)
            return STATUS_TOO_LARGE;
        uint8_t *copy = malloc(file->len + 1);
        if (copy == NULL)
            return STATUS_NO_MEMORY;
        memcpy(copy, file->bytes, file->len);
        copy[file->len] = 0;
        *ret_bytes = copy;
        *ret_len = file->len;
        fixture->reads++;
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

static enum status list_folder(void *context, const char *folder,
                               enum status (*visit)(void *visit_context, const char *name),
                               void *visit_context)
{
    const struct fixture *fixture = context;
    size_t len = strlen(folder);
    for (unsigned i = 0; i < fixture->count; i++) {
        const char *path = fixture->files[i].path;
        if (strncmp(path, folder, len) != 0 || strchr(path + len, '/') != NULL)
            continue;
        enum status status = visit(visit_context, path + len);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){
        .theme_files = {.context = fixture, .read = read_file, .list = list_folder}};
}

void fixture_clear(struct fixture *fixture)
{
    for (unsigned i = 0; i < fixture->count; i++)
        free(fixture->files[i].bytes);
    fixture->count = 0;
}

static uint8_t *new_bytes(size_t len)
{
    uint8_t *bytes = calloc(1, len + 1);
    if (bytes == NULL)
        abort();
    return bytes;
}

void fixture_add(struct fixture *fixture, const char *path, const void *bytes, size_t len)
{
    struct fixture_file *file = fixture->files;
    while (file < fixture->files + fixture->count && strcmp(file->path, path) != 0)
        file++;
    if (file == fixture->files + FIXTURE_FILES_MAX)
        abort();
    if (file == fixture->files + fixture->count)
        fixture->count++;
    else
        free(file->bytes);
    *file = (struct fixture_file){.path = path, .bytes = new_bytes(len), .len = len};
    memcpy(file->bytes, bytes, len);
}

void fixture_add_picture(struct fixture *fixture, const char *path, unsigned width, unsigned height,
                         uint32_t colour)
{
    size_t len = TGA_HEADER_BYTES + (size_t)width * height * 4;
    uint8_t *bytes = new_bytes(len);
    bytes[2] = TGA_TRUE_COLOUR;
    bytes[12] = (uint8_t)width;
    bytes[13] = (uint8_t)(width >> 8);
    bytes[14] = (uint8_t)height;
    bytes[15] = (uint8_t)(height >> 8);
    bytes[16] = 32;
    bytes[17] = TGA_FROM_TOP;
    for (size_t i = 0; i < (size_t)width * height; i++) {
        uint8_t *pixel = bytes + TGA_HEADER_BYTES + i * 4;
        for (unsigned byte = 0; byte < 4; byte++)
            pixel[byte] = (uint8_t)(colour >> (8 * byte));
    }
    fixture_add(fixture, path, bytes, len);
    free(bytes);
}

struct writer {
    uint8_t *bytes;
    size_t len;
};

static void put_number(struct writer *writer, uint32_t number, unsigned bytes)
{
    while (bytes-- > 0)
        writer->bytes[writer->len++] = (uint8_t)(number >> (8 * bytes));
}

static void put_section(struct writer *writer, const char *name, const void *contents, size_t len)
{
    memcpy(writer->bytes + writer->len, name, 4);
    writer->len += 4;
    put_number(writer, (uint32_t)len, 4);
    if (contents != NULL) {
        memcpy(writer->bytes + writer->len, contents, len);
        writer->len += len;
    }
}

static void put_short(struct writer *writer, const char *name, unsigned number)
{
    const uint8_t bytes[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    put_section(writer, name, bytes, sizeof(bytes));
}

uint8_t *fixture_make_font(const char *name, uint32_t first, uint32_t last, unsigned width,
                           unsigned height, size_t *ret_len)
{
    size_t characters = last - first + 1, bits = ((size_t)width * height + 7) / 8;
    struct writer writer = {.bytes = new_bytes(256 + strlen(name) + characters * (9 + 10 + bits))};

    put_section(&writer, "FILE", "PFF2", 4);
    put_section(&writer, "NAME", name, strlen(name) + 1);
    put_section(&writer, "WEIG", "normal", 7);
    put_section(&writer, "XTRA", "passed over", 11);
    put_short(&writer, "MAXW", width);
    put_short(&writer, "MAXH", height);
    put_short(&writer, "ASCE", height);
    put_short(&writer, "DESC", 2);
    put_section(&writer, "CHIX", NULL, characters * 9);
    size_t glyphs = writer.len + characters * 9 + 8;
    for (uint32_t code = first; code <= last; code++) {
        put_number(&writer, code, 4);
        put_number(&writer, 0, 1);
        put_number(&writer, (uint32_t)(glyphs + (code - first) * (10 + bits)), 4);
    }
    put_section(&writer, "DATA", NULL, 0xFFFFFFFF);
    for (uint32_t code = first; code <= last; code++) {
        bool is_blank = code == ' ';
        put_number(&writer, is_blank ? 0 : width, 2);
        put_number(&writer, is_blank ? 0 : height, 2);
        put_number(&writer, 0, 4);
        put_number(&writer, width + 1, 2);
        memset(writer.bytes + writer.len, 0xFF, bits);
        writer.len += bits;
    }
    *ret_len = writer.len;
    return writer.bytes;
}

void fixture_add_font(struct fixture *fixture, const char *path, const char *name, unsigned width,
                      unsigned height)
{
    size_t len;
    uint8_t *bytes = fixture_make_font(name, ' ', '~', width, height, &len);
    fixture_add(fixture, path, bytes, len);
    free(bytes);
}

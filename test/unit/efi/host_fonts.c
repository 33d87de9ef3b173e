/* SPDX-License-Identifier: BSD-2-Clause */
/* Fonts of fonts-dejavu-core and grub-common. */
#include "test/unit/efi/host_fonts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTLINES "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
#define BITMAPS  "/usr/share/grub/unicode.pf2"

static uint8_t *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s cannot be read: run tools/setup --test\n", path);
        exit(1);
    }
    size_t len = (size_t)ftell(file);
    uint8_t *bytes = malloc(len + 1);
    rewind(file);
    if (bytes == NULL || fread(bytes, 1, len, file) != len) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    bytes[len] = 0;
    fclose(file);
    *ret_len = len;
    return bytes;
}

char *host_read_text(const char *path)
{
    size_t len;
    return (char *)read_file(path, &len);
}

static enum status read_bitmaps(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct host_fonts *fonts = context;
    fonts->reads++;
    memcpy(ret_bytes, fonts->bitmap_bytes + off, len);
    return STATUS_OK;
}

void host_fonts_open(struct host_fonts *ret_fonts)
{
    size_t len;
    *ret_fonts = (struct host_fonts){0};
    ret_fonts->outlines = read_file(OUTLINES, &ret_fonts->outlines_len);
    ret_fonts->bitmap_bytes = read_file(BITMAPS, &len);
    ret_fonts->bitmaps = (struct blockdev){
        .read = read_bitmaps, .context = ret_fonts, .size_bytes = len, .block_bytes = 512};
}

void host_fonts_close(struct host_fonts *fonts)
{
    free(fonts->outlines);
    free(fonts->bitmap_bytes);
}

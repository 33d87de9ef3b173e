/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG by stb_image_write. */
#include "test/unit/efi/png.h"

#include <stdlib.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>

bool png_write(const char *path, const struct surface *surface)
{
    size_t count = (size_t)surface->width * surface->height;
    unsigned char *rgb = malloc(count * 3);

    if (rgb == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        rgb[3 * i] = (unsigned char)(surface->pixels[i] >> 16);
        rgb[3 * i + 1] = (unsigned char)(surface->pixels[i] >> 8);
        rgb[3 * i + 2] = (unsigned char)surface->pixels[i];
    }
    int written = stbi_write_png(path, (int)surface->width, (int)surface->height, 3, rgb,
                                 (int)surface->width * 3);
    free(rgb);
    return written != 0;
}

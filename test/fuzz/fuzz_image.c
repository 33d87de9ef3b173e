/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: pictures of themes, PNG, JPEG and TGA, through the capped loader; then scaled. */
#include <stdlib.h>

#include "efi/core/gfx/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *reason = NULL;
    struct image image, scaled;

    if (image_decode(bytes, len, &image, &reason) != STATUS_OK) {
        if (reason == NULL)
            abort();
        return 0;
    }
    if (image.width == 0 || image.height == 0 ||
        (uint64_t)image.width * image.height > IMAGE_PIXELS_MAX)
        abort();
    uint32_t seen = 0; /* every pixel is there */
    for (size_t i = 0; i < (size_t)image.width * image.height; i++)
        seen |= image.pixels[i] & 1;
    if (seen > 1)
        abort();
    if (image_scale(&image, 7, 5, &scaled) == STATUS_OK)
        image_clear(&scaled);
    if (image_scale(&image, image.width + 3, image.height + 1, &scaled) == STATUS_OK)
        image_clear(&scaled);
    image_clear(&image);
    return 0;
}

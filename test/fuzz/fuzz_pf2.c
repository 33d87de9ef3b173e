/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: bitmap fonts of GRUB. */
#include <stdlib.h>
#include <string.h>

#include "efi/core/gfx/pf2.h"

struct input {
    const uint8_t *bytes;
};

static enum status read_input(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct input *input = context;
    memcpy(ret_bytes, input->bytes + off, len);
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint32_t codes[] = {0, ' ', 'A', 0xFF, 0x301, 0x4E00, 0xFFFD, 0x1F600, UINT32_MAX};
    static struct pf2_glyph glyph;
    struct input input = {bytes};
    struct blockdev device = {
        .read = read_input, .context = &input, .size_bytes = len, .block_bytes = 512};
    struct pf2 font;
    unsigned ink = 0;

    if (pf2_open(&font, &device) != STATUS_OK)
        return 0;
    uint32_t strides = (font.characters + PF2_STRIDE - 1) / PF2_STRIDE;
    for (uint32_t i = 0; i < strides + sizeof(codes) / sizeof(codes[0]); i++) {
        uint32_t code = i < strides ? font.firsts[i] : codes[i - strides];
        if (pf2_read_glyph(&font, code, &glyph) != STATUS_OK)
            continue;
        if (glyph.width > PF2_SIDE_MAX || glyph.height > PF2_SIDE_MAX)
            abort();
        for (unsigned y = 0; y < glyph.height; y++) {
            for (unsigned x = 0; x < glyph.width; x++)
                ink += pf2_glyph_pixel(&glyph, x, y);
        }
    }
    if (ink > (strides + sizeof(codes) / sizeof(codes[0])) * PF2_SIDE_MAX * PF2_SIDE_MAX ||
        strlen(font.name) > PF2_NAME_MAX)
        abort();
    pf2_close(&font);
    return 0;
}

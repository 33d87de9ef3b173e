/* SPDX-License-Identifier: BSD-2-Clause */
/* theme.gfxmode and EDID. */
#include "efi/core/gfx/gfxmode.h"

#include <stdbool.h>
#include <string.h>

#include "config/base/text.h"

#define EDID_BYTES      128
#define EDID_TIMING_OFF 54
#define SIDE_MAX        65535

struct gfxmode gfxmode_of_edid(const uint8_t *edid, size_t len)
{
    static const uint8_t magic[8] = {0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00};
    const uint8_t *timing;

    if (len < EDID_BYTES || memcmp(edid, magic, sizeof(magic)) != 0)
        return (struct gfxmode){0};
    timing = edid + EDID_TIMING_OFF;
    if (timing[0] == 0 && timing[1] == 0) /* a descriptor of another kind */
        return (struct gfxmode){0};
    return (struct gfxmode){
        .width = timing[2] | (unsigned)(timing[4] & 0xF0) << 4,
        .height = timing[5] | (unsigned)(timing[7] & 0xF0) << 4,
    };
}

static size_t find_mode(const struct gfxmode *modes, size_t count, struct gfxmode wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (modes[i].width == wanted.width && modes[i].height == wanted.height)
            return i;
    }
    return GFXMODE_NONE;
}

static size_t find_native(const struct gfxmode *modes, size_t count, size_t current,
                          struct gfxmode native)
{
    size_t index = native.width > 0 ? find_mode(modes, count, native) : GFXMODE_NONE;
    return index != GFXMODE_NONE || current >= count ? index : current;
}

static size_t find_largest(const struct gfxmode *modes, size_t count)
{
    size_t best = GFXMODE_NONE;
    for (size_t i = 0; i < count; i++) {
        uint64_t pixels = (uint64_t)modes[i].width * modes[i].height;
        if (best == GFXMODE_NONE || pixels > (uint64_t)modes[best].width * modes[best].height)
            best = i;
    }
    return best;
}

/* "1024x768" */
static bool parse_size(const char *text, size_t len, struct gfxmode *ret_mode)
{
    const char *by = memchr(text, 'x', len);
    int64_t width, height;

    if (by == NULL)
        return false;
    const char *rest = by + 1, *end = text + len;
    if (!text_parse_int(text, (size_t)(by - text), &width) ||
        !text_parse_int(rest, (size_t)(end - rest), &height) || width <= 0 || height <= 0 ||
        width > SIDE_MAX || height > SIDE_MAX)
        return false;
    *ret_mode = (struct gfxmode){(unsigned)width, (unsigned)height};
    return true;
}

size_t gfxmode_choose(const char *wanted, const struct gfxmode *modes, size_t count, size_t current,
                      struct gfxmode native)
{
    while (*wanted != '\0') {
        wanted += strspn(wanted, ",");
        size_t len = strcspn(wanted, ","), index = GFXMODE_NONE;
        struct gfxmode size;
        if (text_part_equals(wanted, len, "auto"))
            index = find_native(modes, count, current, native);
        else if (text_part_equals(wanted, len, "max"))
            index = find_largest(modes, count);
        else if (parse_size(wanted, len, &size))
            index = find_mode(modes, count, size);
        if (index != GFXMODE_NONE)
            return index;
        wanted += len;
    }
    return find_native(modes, count, current, native);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A styled box: nine pictures around and under a content of any size. */
#include "efi/core/gfx/theme/theme_box.h"

#include "efi/core/gfx/theme/theme_private.h"

const char *const theme_box_part_names[THEME_BOX_PARTS] = {
    [THEME_BOX_NORTH_WEST] = "nw", [THEME_BOX_NORTH_EAST] = "ne", [THEME_BOX_SOUTH_EAST] = "se",
    [THEME_BOX_SOUTH_WEST] = "sw", [THEME_BOX_NORTH] = "n",       [THEME_BOX_EAST] = "e",
    [THEME_BOX_SOUTH] = "s",       [THEME_BOX_WEST] = "w",        [THEME_BOX_CENTRE] = "c",
};

static int max_width(const struct theme_box *box, enum theme_box_part a, enum theme_box_part b,
                     enum theme_box_part c)
{
    unsigned most = box->raw[a].width;
    most = box->raw[b].width > most ? box->raw[b].width : most;
    return (int)(box->raw[c].width > most ? box->raw[c].width : most);
}

static int max_height(const struct theme_box *box, enum theme_box_part a, enum theme_box_part b,
                      enum theme_box_part c)
{
    unsigned most = box->raw[a].height;
    most = box->raw[b].height > most ? box->raw[b].height : most;
    return (int)(box->raw[c].height > most ? box->raw[c].height : most);
}

struct theme_padding theme_box_padding(const struct theme_box *box)
{
    if (box == NULL)
        return (struct theme_padding){0};
    return (struct theme_padding){
        .left = max_width(box, THEME_BOX_NORTH_WEST, THEME_BOX_WEST, THEME_BOX_SOUTH_WEST),
        .top = max_height(box, THEME_BOX_NORTH_WEST, THEME_BOX_NORTH, THEME_BOX_NORTH_EAST),
        .right = max_width(box, THEME_BOX_NORTH_EAST, THEME_BOX_EAST, THEME_BOX_SOUTH_EAST),
        .bottom = max_height(box, THEME_BOX_SOUTH_WEST, THEME_BOX_SOUTH, THEME_BOX_SOUTH_EAST),
    };
}

/* PART in WIDTH x HEIGHT pixels, 0: as it is. NULL if there is nothing to draw. */
static const struct image *scaled_part(struct theme_box *box, enum theme_box_part part, int width,
                                       int height)
{
    const struct image *raw = &box->raw[part];
    struct image *scaled = &box->scaled[part];

    if (raw->pixels == NULL || width < 0 || height < 0)
        return NULL;
    if ((unsigned)width == raw->width && (unsigned)height == raw->height)
        return raw;
    if (scaled->pixels != NULL && scaled->width == (unsigned)width &&
        scaled->height == (unsigned)height)
        return scaled;
    image_clear(scaled);
    if (theme_image_stretch(raw, (unsigned)width, (unsigned)height, scaled) != STATUS_OK)
        return NULL;
    return scaled;
}

void theme_box_draw(struct theme_box *box, struct theme_painter *painter, int x, int y, int width,
                    int height)
{
    if (box == NULL)
        return;
    struct theme_padding pad = theme_box_padding(box);
    int inner_x = x + pad.left, inner_y = y + pad.top;
    int right = inner_x + width, bottom = inner_y + height;
    /* Sides under corners under the centre, as GRUB has them. */
    const struct {
        enum theme_box_part part;
        int x, y;
        bool is_wide, is_high; /* scaled to the content's size */
    } places[] = {
        {THEME_BOX_NORTH, inner_x, y, true, false},
        {THEME_BOX_SOUTH, inner_x, bottom, true, false},
        {THEME_BOX_EAST, right, inner_y, false, true},
        {THEME_BOX_WEST, x, inner_y, false, true},
        {THEME_BOX_NORTH_WEST, x, y, false, false},
        {THEME_BOX_NORTH_EAST, right, y, false, false},
        {THEME_BOX_SOUTH_EAST, right, bottom, false, false},
        {THEME_BOX_SOUTH_WEST, x, bottom, false, false},
        {THEME_BOX_CENTRE, inner_x, inner_y, true, true},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct image *raw = &box->raw[places[i].part];
        const struct image *image =
            scaled_part(box, places[i].part, places[i].is_wide ? width : (int)raw->width,
                        places[i].is_high ? height : (int)raw->height);
        if (image != NULL)
            theme_painter_image(painter, places[i].x, places[i].y, image);
    }
}

void theme_box_clear(struct theme_box *box)
{
    for (int part = 0; part < THEME_BOX_PARTS; part++) {
        image_clear(&box->raw[part]);
        image_clear(&box->scaled[part]);
    }
}

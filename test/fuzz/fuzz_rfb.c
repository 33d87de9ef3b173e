/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: bytes of an RFB server. The input's first byte is how many bytes come at a time;
 * with bit 7 set the handshake has been done and the rest is messages. */
#include <stdlib.h>
#include <string.h>

#include "initramfs/viewer/rfb.h"
#include "initramfs/viewer/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define SCREEN_WIDTH  61
#define SCREEN_HEIGHT 43
#define DRAWN_MAX     ((uint64_t)1 << 17) /* pixels: more is slow, not interesting */

static struct rfb rfb;

static const uint8_t hello[] = "RFB 003.008\n\1\1\0\0\0\0\0\40\0\30"
                               "pixelformatsixte\0\0\0\4QEMU";

/* Everything that has changed is drawn, as the viewer does. */
static void draw(void)
{
    static uint8_t memory[SCREEN_HEIGHT][SCREEN_WIDTH * 2];
    struct view view = {0};
    struct surface surface = {
        &memory[0][0], sizeof(memory[0]), SCREEN_WIDTH, SCREEN_HEIGHT, {.bytes = 0}};
    static const struct pixel_layout layout = {16, {11, 5}, {5, 6}, {0, 5}};
    if ((uint64_t)rfb.picture.width * rfb.picture.height > DRAWN_MAX)
        return;
    struct view_scene scene = {
        .picture = &rfb.picture,
        .cursor = {&rfb.cursor, 3 - (int)rfb.cursor.hot_x, 5 - (int)rfb.cursor.hot_y},
        .row = malloc((size_t)rfb.picture.width * 4),
    };
    if (scene.row != NULL && pixel_format_make(&layout, &surface.format) == STATUS_OK &&
        view_fit(&view, &rfb.picture, &surface) == STATUS_OK) {
        for (unsigned i = 0; i < rfb.damage.count; i++) {
            const struct rect *r = &rfb.damage.rects[i];
            if (r->x + r->width > rfb.picture.width || r->y + r->height > rfb.picture.height)
                abort();
            view_draw(&view, &scene, &surface, *r);
        }
        view_draw(&view, &scene, &surface, view_cursor_rect(&scene));
    }
    view_clear(&view);
    free(scene.row);
}

static bool take(const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        enum rfb_event event;
        size_t taken;
        if (rfb_take(&rfb, bytes, len, &taken, &event) != STATUS_OK) {
            if (rfb.error == NULL)
                abort();
            return false;
        }
        if (taken > len || (taken == 0 && event == RFB_MORE))
            abort();
        if (event == RFB_UPDATE) {
            if (rfb.picture.pixels == NULL || rfb.cursor.width > CURSOR_SIDE_MAX ||
                rfb.cursor.height > CURSOR_SIDE_MAX)
                abort();
            draw();
            damage_clear(&rfb.damage);
            rfb_request(&rfb, true);
            rfb_sent(&rfb, rfb.out_len);
        }
        bytes += taken;
        len -= taken;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2 || len > 1 << 16)
        return 0;
    size_t piece = 1 + (bytes[0] & 0x7f);
    rfb_init(&rfb);
    bool is_fine = (bytes[0] & 0x80) == 0 || take(hello, sizeof(hello) - 1);
    for (size_t off = 1; off < len && is_fine; off += piece)
        is_fine = take(bytes + off, len - off < piece ? len - off : piece);
    rfb_clear(&rfb);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* RFB: a state machine that waits for headers of known length, and moves the bulk of pixels
 * straight to its place. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "initramfs/viewer/rfb_private.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "pixels are taken as they come: little-endian 0x00RRGGBB"
#endif

#define BYTES_PER_PIXEL    4
#define SECURITY_NONE      1
#define SECURITY_TYPES_MAX 32
#define NAME_MAX_BYTES     65536

enum server_message { SERVER_UPDATE = 0, SERVER_COLOURS = 1, SERVER_BELL = 2, SERVER_CUT_TEXT = 3 };

enum state {
    STATE_VERSION,
    STATE_SECURITY_COUNT,
    STATE_SECURITY_TYPES,
    STATE_SECURITY_RESULT,
    STATE_SERVER_INIT,
    STATE_MESSAGE,
    STATE_UPDATE,
    STATE_RECT,
    STATE_LEDS,
    STATE_EXTENDED_SIZE,
    STATE_ALPHA_CURSOR,
    STATE_COLOURS,
    STATE_CUT_TEXT,
    /* bulk */
    STATE_PIXELS,
    STATE_CURSOR_PIXELS,
    STATE_CURSOR_MASK,
    STATE_SKIP,
    STATE_SKIP_IN_RECT,
    STATE_FAILED,
};

/* ---- helpers ---- */

static void expect(struct rfb *rfb, enum state state, size_t bytes)
{
    rfb->state = state;
    rfb->need = bytes;
    rfb->have = 0;
}

static void expect_bulk(struct rfb *rfb, enum state state, uint64_t bytes)
{
    rfb->state = state;
    rfb->bulk_off = 0;
    rfb->bulk_len = bytes;
}

static enum status fail(struct rfb *rfb, enum status status, const char *error)
{
    rfb->state = STATE_FAILED;
    rfb->error = error;
    return status;
}

/* A picture of the server's size, or of as much of it as we show. */
static enum status resize(struct rfb *rfb, unsigned width, unsigned height)
{
    unsigned w = width < PICTURE_SIDE_MAX ? width : PICTURE_SIDE_MAX;
    unsigned h = height < PICTURE_SIDE_MAX ? height : PICTURE_SIDE_MAX;
    if (w == 0 || h == 0)
        return fail(rfb, STATUS_CORRUPT, "QEMU announced a screen without pixels");
    if (rfb->picture.pixels == NULL || w != rfb->picture.width || h != rfb->picture.height) {
        uint32_t *pixels = calloc((size_t)w * h, BYTES_PER_PIXEL);
        if (pixels == NULL)
            return fail(rfb, STATUS_NO_MEMORY, "no memory for the guest's screen");
        free(rfb->picture.pixels);
        rfb->picture = (struct picture){pixels, w, h};
        rfb->changed |= RFB_CHANGED_SIZE;
        damage_clear(&rfb->damage);
        damage_add(&rfb->damage, (struct rect){0, 0, w, h});
    }
    rfb->server_width = width;
    rfb->server_height = height;
    return STATUS_OK;
}

/* ---- handshake ---- */

static enum status take_version(struct rfb *rfb)
{
    static const char ours[] = "RFB 003.008\n";
    if (memcmp(rfb->header, ours, 12) != 0)
        return fail(rfb, STATUS_UNSUPPORTED, "the server does not speak RFB 3.8");
    rfb_send_bytes(rfb, ours, 12);
    expect(rfb, STATE_SECURITY_COUNT, 1);
    return STATUS_OK;
}

static enum status take_security_count(struct rfb *rfb)
{
    if (rfb->header[0] == 0 || rfb->header[0] > SECURITY_TYPES_MAX)
        return fail(rfb, STATUS_UNSUPPORTED, "QEMU refuses the connection to the guest's screen");
    expect(rfb, STATE_SECURITY_TYPES, rfb->header[0]);
    return STATUS_OK;
}

static enum status take_security_types(struct rfb *rfb)
{
    static const uint8_t none = SECURITY_NONE;
    if (memchr(rfb->header, SECURITY_NONE, rfb->need) == NULL)
        return fail(rfb, STATUS_UNSUPPORTED, "QEMU wants a password for the guest's screen");
    rfb_send_bytes(rfb, &none, 1);
    expect(rfb, STATE_SECURITY_RESULT, 4);
    return STATUS_OK;
}

static enum status take_security_result(struct rfb *rfb)
{
    static const uint8_t shared = 1;
    if (get_be32(rfb->header) != 0)
        return fail(rfb, STATUS_UNSUPPORTED, "QEMU refuses the connection to the guest's screen");
    rfb_send_bytes(rfb, &shared, 1);
    expect(rfb, STATE_SERVER_INIT, 24);
    return STATUS_OK;
}

static enum status take_server_init(struct rfb *rfb)
{
    uint32_t name_bytes = get_be32(rfb->header + 20);
    if (name_bytes > NAME_MAX_BYTES)
        return fail(rfb, STATUS_CORRUPT, "QEMU's name is too long");
    enum status status = resize(rfb, get_be16(rfb->header), get_be16(rfb->header + 2));
    if (status != STATUS_OK)
        return status;
    rfb_send_setup(rfb);
    rfb_request(rfb, false);
    rfb->is_ready = true;
    expect_bulk(rfb, STATE_SKIP, name_bytes);
    return STATUS_OK;
}

/* ---- messages ---- */

static enum status take_message(struct rfb *rfb)
{
    switch (rfb->header[0]) {
    case SERVER_UPDATE:
        expect(rfb, STATE_UPDATE, 3);
        return STATUS_OK;
    case SERVER_COLOURS:
        expect(rfb, STATE_COLOURS, 5);
        return STATUS_OK;
    case SERVER_BELL:
        expect(rfb, STATE_MESSAGE, 1);
        return STATUS_OK;
    case SERVER_CUT_TEXT:
        expect(rfb, STATE_CUT_TEXT, 7);
        return STATUS_OK;
    default:
        return fail(rfb, STATUS_CORRUPT, "QEMU sent a message that RFB has not");
    }
}

static enum status take_colours(struct rfb *rfb)
{
    expect_bulk(rfb, STATE_SKIP, (uint64_t)get_be16(rfb->header + 3) * 6);
    return STATUS_OK;
}

static enum status take_cut_text(struct rfb *rfb)
{
    expect_bulk(rfb, STATE_SKIP, get_be32(rfb->header + 3));
    return STATUS_OK;
}

static void next_rect(struct rfb *rfb)
{
    if (rfb->rects_left > 0)
        expect(rfb, STATE_RECT, 12);
    else
        expect(rfb, STATE_MESSAGE, 1);
}

static enum status take_update(struct rfb *rfb)
{
    rfb->rects_left = get_be16(rfb->header + 1);
    next_rect(rfb);
    return STATUS_OK;
}

static void drop_cursor(struct rfb *rfb)
{
    rfb->cursor.width = rfb->cursor.height = 0;
    rfb->changed |= RFB_CHANGED_CURSOR;
}

static enum status start_pixels(struct rfb *rfb)
{
    const struct rect *r = &rfb->rect;
    if (r->x > rfb->server_width || r->width > rfb->server_width - r->x ||
        r->y > rfb->server_height || r->height > rfb->server_height - r->y)
        return fail(rfb, STATUS_CORRUPT, "QEMU sent pixels outside of the guest's screen");
    expect_bulk(rfb, STATE_PIXELS, (uint64_t)r->width * r->height * BYTES_PER_PIXEL);
    return STATUS_OK;
}

/* What is larger than we show is taken off the line and forgotten: a guest chooses its size. */
static void start_cursor(struct rfb *rfb)
{
    uint64_t pixels = (uint64_t)rfb->rect.width * rfb->rect.height * BYTES_PER_PIXEL;
    uint64_t mask = rfb->cursor_encoding == ENCODING_CURSOR
                        ? (uint64_t)(rfb->rect.width + 7) / 8 * rfb->rect.height
                        : 0;
    drop_cursor(rfb);
    if (rfb->rect.width > CURSOR_SIDE_MAX || rfb->rect.height > CURSOR_SIDE_MAX)
        expect_bulk(rfb, STATE_SKIP_IN_RECT, pixels + mask);
    else
        expect_bulk(rfb, STATE_CURSOR_PIXELS, pixels);
}

static enum status take_rect(struct rfb *rfb)
{
    rfb->rect = (struct rect){
        get_be16(rfb->header),
        get_be16(rfb->header + 2),
        get_be16(rfb->header + 4),
        get_be16(rfb->header + 6),
    };
    rfb->rects_left--;
    int32_t encoding = (int32_t)get_be32(rfb->header + 8);
    enum status status = STATUS_OK;
    switch (encoding) {
    case ENCODING_RAW:
        return start_pixels(rfb);
    case ENCODING_DESKTOP_SIZE:
        status = resize(rfb, rfb->rect.width, rfb->rect.height);
        break;
    case ENCODING_EXTENDED_SIZE:
        expect(rfb, STATE_EXTENDED_SIZE, 4);
        return STATUS_OK;
    case ENCODING_CURSOR:
        rfb->cursor_encoding = encoding;
        start_cursor(rfb);
        return STATUS_OK;
    case ENCODING_ALPHA_CURSOR:
        expect(rfb, STATE_ALPHA_CURSOR, 4);
        return STATUS_OK;
    case ENCODING_POINTER_MODE:
        rfb->is_absolute = rfb->rect.x != 0;
        rfb->changed |= RFB_CHANGED_POINTER;
        break;
    case ENCODING_RAW_KEYS:
        rfb->has_raw_keys = true;
        break;
    case ENCODING_LEDS:
        expect(rfb, STATE_LEDS, 1);
        return STATUS_OK;
    default:
        return fail(rfb, STATUS_CORRUPT, "QEMU sent an encoding that was not asked for");
    }
    if (status == STATUS_OK)
        next_rect(rfb);
    return status;
}

static enum status take_leds(struct rfb *rfb)
{
    rfb->leds = rfb->header[0] & (RFB_LED_SCROLL | RFB_LED_NUM | RFB_LED_CAPS);
    rfb->changed |= RFB_CHANGED_LEDS;
    next_rect(rfb);
    return STATUS_OK;
}

/* x: who asked, y: 0 if it was done. */
static enum status take_extended_size(struct rfb *rfb)
{
    unsigned screens = rfb->header[0];
    enum status status = STATUS_OK;
    if (rfb->rect.y == 0)
        status = resize(rfb, rfb->rect.width, rfb->rect.height);
    if (status == STATUS_OK)
        expect_bulk(rfb, STATE_SKIP_IN_RECT, (uint64_t)screens * 16);
    return status;
}

static enum status take_alpha_cursor(struct rfb *rfb)
{
    if (get_be32(rfb->header) != ENCODING_RAW)
        return fail(rfb, STATUS_CORRUPT,
                    "QEMU sent a pointer in an encoding that was not asked for");
    rfb->cursor_encoding = ENCODING_ALPHA_CURSOR;
    start_cursor(rfb);
    return STATUS_OK;
}

static enum status take_header(struct rfb *rfb)
{
    static enum status (*const takers[])(struct rfb *) = {
        [STATE_VERSION] = take_version,
        [STATE_SECURITY_COUNT] = take_security_count,
        [STATE_SECURITY_TYPES] = take_security_types,
        [STATE_SECURITY_RESULT] = take_security_result,
        [STATE_SERVER_INIT] = take_server_init,
        [STATE_MESSAGE] = take_message,
        [STATE_UPDATE] = take_update,
        [STATE_RECT] = take_rect,
        [STATE_LEDS] = take_leds,
        [STATE_EXTENDED_SIZE] = take_extended_size,
        [STATE_ALPHA_CURSOR] = take_alpha_cursor,
        [STATE_COLOURS] = take_colours,
        [STATE_CUT_TEXT] = take_cut_text,
    };
    return takers[rfb->state](rfb);
}

/* ---- bulk ---- */

/* Bytes of the rectangle from BULK_OFF on, to their rows; what lies outside of the picture is
 * dropped. */
static void place_pixels(struct rfb *rfb, const uint8_t *bytes, size_t len)
{
    const struct rect *r = &rfb->rect;
    size_t row_bytes = (size_t)r->width * BYTES_PER_PIXEL;
    size_t visible = 0;
    if (r->x < rfb->picture.width) {
        unsigned columns = rfb->picture.width - r->x;
        visible = (size_t)(columns < r->width ? columns : r->width) * BYTES_PER_PIXEL;
    }
    while (len > 0) {
        unsigned row = (unsigned)(rfb->bulk_off / row_bytes);
        size_t off = (size_t)(rfb->bulk_off % row_bytes);
        size_t run = row_bytes - off < len ? row_bytes - off : len;
        if (r->y + row < rfb->picture.height && off < visible) {
            uint8_t *to =
                (uint8_t *)(rfb->picture.pixels + (size_t)(r->y + row) * rfb->picture.width + r->x);
            memcpy(to + off, bytes, run < visible - off ? run : visible - off);
        }
        rfb->bulk_off += run;
        bytes += run;
        len -= run;
    }
}

static void place_bulk(struct rfb *rfb, const uint8_t *bytes, size_t len)
{
    switch (rfb->state) {
    case STATE_PIXELS:
        place_pixels(rfb, bytes, len);
        return;
    case STATE_CURSOR_PIXELS:
        memcpy((uint8_t *)rfb->cursor.pixels + rfb->bulk_off, bytes, len);
        break;
    case STATE_CURSOR_MASK:
        memcpy(rfb->mask + rfb->bulk_off, bytes, len);
        break;
    default:
        break;
    }
    rfb->bulk_off += len;
}

/* Pixels and mask to pixels with alpha. */
static void apply_mask(struct rfb *rfb)
{
    size_t mask_row = (rfb->rect.width + 7) / 8;
    for (unsigned y = 0; y < rfb->rect.height; y++)
        for (unsigned x = 0; x < rfb->rect.width; x++) {
            uint32_t *pixel = &rfb->cursor.pixels[(size_t)y * rfb->rect.width + x];
            bool is_set = (rfb->mask[y * mask_row + x / 8] & 0x80 >> x % 8) != 0;
            *pixel = is_set ? *pixel | 0xff000000U : 0;
        }
}

/* A hot spot outside of the picture is what nobody draws, and what a shift must survive. */
static void finish_cursor(struct rfb *rfb)
{
    rfb->cursor.width = rfb->rect.width;
    rfb->cursor.height = rfb->rect.height;
    rfb->cursor.hot_x = rfb->rect.x < rfb->rect.width ? rfb->rect.x : 0;
    rfb->cursor.hot_y = rfb->rect.y < rfb->rect.height ? rfb->rect.y : 0;
    rfb->changed |= RFB_CHANGED_CURSOR;
}

static void finish_bulk(struct rfb *rfb)
{
    switch (rfb->state) {
    case STATE_PIXELS:
        damage_add(&rfb->damage, rect_intersect(rfb->rect, (struct rect){0, 0, rfb->picture.width,
                                                                         rfb->picture.height}));
        break;
    case STATE_CURSOR_PIXELS:
        if (rfb->cursor_encoding == ENCODING_CURSOR) {
            expect_bulk(rfb, STATE_CURSOR_MASK,
                        (uint64_t)(rfb->rect.width + 7) / 8 * rfb->rect.height);
            return;
        }
        finish_cursor(rfb);
        break;
    case STATE_CURSOR_MASK:
        apply_mask(rfb);
        finish_cursor(rfb);
        break;
    case STATE_SKIP:
        expect(rfb, STATE_MESSAGE, 1);
        return;
    default:
        break;
    }
    next_rect(rfb);
}

/* ---- public ---- */

void rfb_init(struct rfb *rfb)
{
    memset(rfb, 0, sizeof(*rfb));
    expect(rfb, STATE_VERSION, 12);
}

void rfb_clear(struct rfb *rfb)
{
    free(rfb->picture.pixels);
    rfb_init(rfb);
}

static bool is_bulk(const struct rfb *rfb)
{
    return rfb->state >= STATE_PIXELS && rfb->state <= STATE_SKIP_IN_RECT;
}

/* One step: a piece of bulk, or a piece of a header and what it means. */
static enum status step(struct rfb *rfb, const uint8_t *bytes, size_t len, size_t *ret_used)
{
    if (is_bulk(rfb)) {
        uint64_t left = rfb->bulk_len - rfb->bulk_off;
        size_t used = left < len ? (size_t)left : len;
        place_bulk(rfb, bytes, used);
        *ret_used = used;
        if (rfb->bulk_off == rfb->bulk_len)
            finish_bulk(rfb);
        return STATUS_OK;
    }
    size_t left = rfb->need - rfb->have;
    size_t used = left < len ? left : len;
    memcpy(rfb->header + rfb->have, bytes, used);
    rfb->have += used;
    *ret_used = used;
    return rfb->have == rfb->need ? take_header(rfb) : STATUS_OK;
}

enum status rfb_take(struct rfb *rfb, const uint8_t *bytes, size_t len, size_t *ret_taken,
                     enum rfb_event *ret_event)
{
    size_t taken = 0;
    if (rfb->state == STATE_FAILED)
        return STATUS_CORRUPT;
    /* A bulk of no bytes is over before anything comes. */
    while (taken < len || (is_bulk(rfb) && rfb->bulk_off == rfb->bulk_len)) {
        bool was_in_update = rfb->state >= STATE_UPDATE && rfb->state != STATE_COLOURS &&
                             rfb->state != STATE_CUT_TEXT && rfb->state != STATE_SKIP;
        size_t used;
        enum status status = step(rfb, bytes + taken, len - taken, &used);
        if (status != STATUS_OK)
            return status;
        taken += used;
        if (was_in_update && rfb->state == STATE_MESSAGE) {
            *ret_taken = taken;
            *ret_event = RFB_UPDATE;
            return STATUS_OK;
        }
    }
    *ret_taken = taken;
    *ret_event = RFB_MORE;
    return STATUS_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The RFB client: handshake, updates, pseudo-encodings, hostile servers. */
#include "initramfs/viewer/rfb.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "test/unit/viewer/server.h"
#include "test/unit/viewer/unit.h"

struct fixture {
    struct rfb rfb;
    struct server server;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    rfb_init(&f->rfb);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    rfb_clear(&f->rfb);
    free(f);
    return 0;
}

/* Feeds everything in pieces of PIECE bytes; the number of updates, or -status. */
static int feed(struct fixture *f, size_t piece)
{
    int updates = 0;
    for (size_t off = 0; off < f->server.len;) {
        size_t len = f->server.len - off < piece ? f->server.len - off : piece;
        enum rfb_event event;
        size_t taken;
        enum status status = rfb_take(&f->rfb, f->server.bytes + off, len, &taken, &event);
        if (status != STATUS_OK)
            return -(int)status;
        updates += event == RFB_UPDATE;
        off += taken;
    }
    f->server.len = 0;
    return updates;
}

static void connect_to(struct fixture *f, unsigned width, unsigned height)
{
    server_hello(&f->server, width, height);
    assert_int_equal(feed(f, 1000), 0);
    damage_clear(&f->rfb.damage);
    f->rfb.changed = 0;
    f->rfb.out_len = 0;
}

static void rfb_handshake_asks_for_format_encodings_and_everything(void **state)
{
    struct fixture *f = *state;
    server_hello(&f->server, 640, 480);
    assert_int_equal(feed(f, 1), 0);
    assert_true(f->rfb.is_ready);
    assert_int_equal(f->rfb.picture.width, 640);
    assert_int_equal(f->rfb.picture.height, 480);
    assert_int_equal(f->rfb.changed, RFB_CHANGED_SIZE);

    const uint8_t *out = f->rfb.out;
    assert_memory_equal(out, "RFB 003.008\n", 12);
    assert_int_equal(out[12], 1);  /* security: none */
    assert_int_equal(out[13], 1);  /* shared */
    assert_int_equal(out[14], 0);  /* SetPixelFormat */
    assert_int_equal(out[18], 32); /* bits */
    assert_int_equal(out[20], 0);  /* little-endian */
    assert_int_equal(out[28], 16); /* red's shift */
    assert_int_equal(out[34], 2);  /* SetEncodings */
    unsigned count = get_be16(out + 36);
    const uint8_t *request = out + 38 + 4 * (size_t)count;
    assert_int_equal(request[0], 3); /* FramebufferUpdateRequest */
    assert_int_equal(request[1], 0); /* all of it */
    assert_int_equal(get_be16(request + 6), 640);
    assert_int_equal(get_be16(request + 8), 480);
    assert_ptr_equal(request + 10, out + f->rfb.out_len);
}

static void rfb_raw_pixels_arrive_whatever_the_pieces(void **state)
{
    struct fixture *f = *state;
    static const size_t pieces[] = {1, 2, 3, 5, 7, 4096};
    connect_to(f, 20, 10);
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        uint32_t first = (uint32_t)(i * 1000);
        server_update(&f->server, 2);
        server_raw(&f->server, 3, 2, 5, 4, first);
        server_raw(&f->server, 0, 9, 20, 1, first + 500);
        assert_int_equal(feed(f, pieces[i]), 1);
        for (unsigned y = 0; y < 4; y++)
            for (unsigned x = 0; x < 5; x++)
                assert_int_equal(f->rfb.picture.pixels[(2 + y) * 20 + 3 + x], first + y * 5 + x);
        assert_int_equal(f->rfb.picture.pixels[9 * 20 + 19], first + 519);
        assert_int_equal(f->rfb.picture.pixels[0], 0);
    }
    assert_int_equal(f->rfb.damage.count, 2);
}

static void rfb_update_without_rectangles_is_an_update(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_update(&f->server, 0);
    assert_int_equal(feed(f, 100), 1);
    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 0, 5, 0); /* no pixels */
    assert_int_equal(feed(f, 100), 1);
    assert_int_equal(f->rfb.damage.count, 0);
}

static void rfb_desktop_size_makes_a_new_picture(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 30, 20, -223);
    assert_int_equal(feed(f, 3), 1);
    assert_int_equal(f->rfb.picture.width, 30);
    assert_int_equal(f->rfb.picture.height, 20);
    assert_int_equal(f->rfb.changed, RFB_CHANGED_SIZE);
    assert_int_equal(f->rfb.damage.count, 1);

    f->rfb.changed = 0;
    server_update(&f->server, 2);
    server_rect(&f->server, 0, 0, 16, 12, -308);
    server_u32(&f->server, 0x02000000); /* two screens */
    for (int i = 0; i < 8; i++)
        server_u32(&f->server, 1);
    server_raw(&f->server, 15, 11, 1, 1, 77);
    assert_int_equal(feed(f, 5), 1);
    assert_int_equal(f->rfb.picture.width, 16);
    assert_int_equal(f->rfb.picture.pixels[16 * 12 - 1], 77);

    f->rfb.changed = 0;
    server_update(&f->server, 1); /* somebody's wish that was refused */
    server_rect(&f->server, 1, 3, 99, 99, -308);
    server_u32(&f->server, 0);
    assert_int_equal(feed(f, 500), 1);
    assert_int_equal(f->rfb.picture.width, 16);
    assert_int_equal(f->rfb.changed, 0);
}

static void rfb_screen_beyond_the_maximum_is_cropped(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 9000, 4);
    assert_int_equal(f->rfb.picture.width, PICTURE_SIDE_MAX);
    server_update(&f->server, 2);
    server_raw(&f->server, PICTURE_SIDE_MAX - 2, 1, 5, 2, 100);
    server_raw(&f->server, PICTURE_SIDE_MAX + 3, 1, 5, 2, 200);
    assert_int_equal(feed(f, 7), 1);
    const uint32_t *row = f->rfb.picture.pixels + PICTURE_SIDE_MAX;
    assert_int_equal(row[PICTURE_SIDE_MAX - 2], 100);
    assert_int_equal(row[PICTURE_SIDE_MAX - 1], 101);
    assert_int_equal(row[PICTURE_SIDE_MAX], 0); /* the next row's start */
    assert_int_equal(row[2 * PICTURE_SIDE_MAX - 2], 105);
    assert_int_equal(f->rfb.damage.count, 1);
    assert_int_equal(f->rfb.damage.rects[0].width, 2);
}

static void rfb_cursor_with_mask_gets_alpha(void **state)
{
    struct fixture *f = *state;
    static const uint8_t mask[] = {0xff, 0x80, 0x00, 0x00, 0x40, 0x00};
    connect_to(f, 8, 8);
    server_update(&f->server, 1);
    server_rect(&f->server, 2, 1, 9, 3, -239);
    for (uint32_t i = 0; i < 27; i++) {
        uint8_t pixel[4] = {(uint8_t)i, 0x20, 0x30, 0x99};
        server_bytes(&f->server, pixel, 4);
    }
    server_bytes(&f->server, mask, sizeof(mask));
    assert_int_equal(feed(f, 3), 1);
    const struct cursor *cursor = &f->rfb.cursor;
    assert_int_equal(cursor->width, 9);
    assert_int_equal(cursor->height, 3);
    assert_int_equal(cursor->hot_x, 2);
    assert_int_equal(cursor->hot_y, 1);
    assert_int_equal(cursor->pixels[8], 0xff302008);
    assert_int_equal(cursor->pixels[9], 0);
    assert_int_equal(cursor->pixels[18], 0);
    assert_int_equal(cursor->pixels[19], 0xff302013);
    assert_int_equal(f->rfb.changed, RFB_CHANGED_CURSOR);
}

static void rfb_alpha_cursor_is_taken_as_it_is(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 1, 2, -314);
    server_u32(&f->server, 0); /* raw */
    server_bytes(&f->server, "\x01\x02\x03\x80\x04\x05\x06\xff", 8);
    assert_int_equal(feed(f, 1), 1);
    assert_int_equal(f->rfb.cursor.pixels[0], 0x80030201);
    assert_int_equal(f->rfb.cursor.pixels[1], 0xff060504);

    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 0, 0, -314); /* no cursor any more */
    server_u32(&f->server, 0);
    assert_int_equal(feed(f, 100), 1);
    assert_int_equal(f->rfb.cursor.width, 0);
}

static void rfb_cursor_beyond_the_maximum_is_no_cursor(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_update(&f->server, 2);
    server_rect(&f->server, 0, 0, CURSOR_SIDE_MAX + 1, 2, -239);
    for (unsigned i = 0; i < (CURSOR_SIDE_MAX + 1) * 8 + (CURSOR_SIDE_MAX + 8) / 8 * 2; i++)
        server_u8(&f->server, 0xff);
    server_raw(&f->server, 1, 1, 1, 1, 5);
    assert_int_equal(feed(f, 11), 1);
    assert_int_equal(f->rfb.cursor.width, 0);
    assert_int_equal(f->rfb.picture.pixels[9], 5);
}

static void rfb_hot_spot_outside_of_the_cursor_is_its_corner(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_update(&f->server, 1);
    server_rect(&f->server, 60000, 1, 1, 1, -314);
    server_u32(&f->server, 0);
    server_u32(&f->server, 0);
    assert_int_equal(feed(f, 100), 1);
    assert_int_equal(f->rfb.cursor.hot_x, 0);
    assert_int_equal(f->rfb.cursor.hot_y, 0);
}

static void rfb_keyboard_and_pointer_messages_set_state(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 8, 8, -258);
    server_update(&f->server, 1);
    server_rect(&f->server, 1, 0, 8, 8, -257);
    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 1, 1, -261);
    server_u8(&f->server, 0xff);
    assert_int_equal(feed(f, 2), 3);
    assert_true(f->rfb.has_raw_keys);
    assert_true(f->rfb.is_absolute);
    assert_int_equal(f->rfb.leds, RFB_LED_SCROLL | RFB_LED_NUM | RFB_LED_CAPS);
    assert_int_equal(f->rfb.changed, RFB_CHANGED_POINTER | RFB_CHANGED_LEDS);
    server_update(&f->server, 1);
    server_rect(&f->server, 0, 0, 8, 8, -257);
    assert_int_equal(feed(f, 100), 1);
    assert_false(f->rfb.is_absolute);
}

static void rfb_bell_cut_text_and_colours_are_skipped(void **state)
{
    struct fixture *f = *state;
    connect_to(f, 8, 8);
    server_u8(&f->server, 2);
    server_u8(&f->server, 3);
    server_bytes(&f->server, "\0\0\0", 3);
    server_u32(&f->server, 5);
    server_bytes(&f->server, "hello", 5);
    server_u8(&f->server, 1);
    server_u8(&f->server, 0);
    server_u16(&f->server, 0);
    server_u16(&f->server, 2);
    server_bytes(&f->server, "abcdefabcdef", 12);
    server_update(&f->server, 1);
    server_raw(&f->server, 0, 0, 1, 1, 9);
    assert_int_equal(feed(f, 1), 1);
    assert_int_equal(f->rfb.picture.pixels[0], 9);
}

static void rfb_messages_to_the_server_have_their_layout(void **state)
{
    struct fixture *f = *state;
    static const uint8_t expected[] = {
        255, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xc8, /* key */
        5,   9, 1, 2, 3, 4,                      /* pointer */
        3,   1, 0, 0, 0, 0, 0, 8, 0, 6,          /* request */
    };
    connect_to(f, 8, 6);
    assert_true(rfb_key(&f->rfb, 0xc8, true));
    assert_true(rfb_pointer(&f->rfb, 9, 0x102, 0x304));
    assert_true(rfb_request(&f->rfb, true));
    assert_int_equal(f->rfb.out_len, sizeof(expected));
    assert_memory_equal(f->rfb.out, expected, sizeof(expected));
    rfb_sent(&f->rfb, 12);
    assert_int_equal(f->rfb.out_len, sizeof(expected) - 12);
    assert_int_equal(f->rfb.out[0], 5);
}

static void rfb_queue_has_an_end(void **state)
{
    struct fixture *f = *state;
    unsigned count = 0;
    connect_to(f, 8, 8);
    while (rfb_pointer(&f->rfb, 0, 1, 1))
        count++;
    assert_int_equal(count, RFB_OUT_MAX / 6);
    assert_int_equal(f->rfb.out_len, count * 6);
}

static void rfb_damage_is_named_for_hostile_servers(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *bytes;
        size_t len;
        enum status status;
    } rows[] = {
#define ROW(text, status) {text, sizeof(text) - 1, status}
        ROW("RFB 003.003\n", STATUS_UNSUPPORTED),
        ROW("HTTP/1.1 200", STATUS_UNSUPPORTED),
        ROW("RFB 003.008\n\0", STATUS_UNSUPPORTED),
        ROW("RFB 003.008\n\1\2", STATUS_UNSUPPORTED),
        ROW("RFB 003.008\n\377", STATUS_UNSUPPORTED),
        ROW("RFB 003.008\n\1\1\0\0\0\1", STATUS_UNSUPPORTED),
        /* a name of 4 GiB */
        ROW("RFB 003.008\n\1\1\0\0\0\0\0\1\0\1pixelformatsixte\377\377\377\377", STATUS_CORRUPT),
        /* a screen without pixels */
        ROW("RFB 003.008\n\1\1\0\0\0\0\0\0\0\1pixelformatsixte\0\0\0\0", STATUS_CORRUPT),
#undef ROW
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        f->server.len = 0;
        server_bytes(&f->server, rows[i].bytes, rows[i].len);
        rfb_clear(&f->rfb);
        assert_int_equal(feed(f, 1), -(int)rows[i].status);
        assert_non_null(f->rfb.error);
    }
}

static void rfb_rejects_what_was_not_asked_for(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint16_t x, y, width, height;
        int32_t encoding;
    } rows[] = {
        {0, 0, 9, 8, 0},     {0, 0, 8, 9, 0}, {8, 0, 1, 1, 0},    {65535, 65535, 65535, 65535, 0},
        {0, 0, 8, 8, 5},     {0, 0, 8, 8, 1}, {0, 0, 0, 8, -223}, {0, 0, 8, 0, -223},
        {0, 0, 8, 8, -9999},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        rfb_clear(&f->rfb);
        connect_to(f, 8, 8);
        server_update(&f->server, 1);
        server_rect(&f->server, rows[i].x, rows[i].y, rows[i].width, rows[i].height,
                    rows[i].encoding);
        assert_int_equal(feed(f, 64), -STATUS_CORRUPT);
        assert_non_null(f->rfb.error);
        server_update(&f->server, 0);
        assert_int_equal(feed(f, 64), -STATUS_CORRUPT); /* and stays so */
        f->server.len = 0;
    }
    rfb_clear(&f->rfb);
    connect_to(f, 8, 8);
    server_u8(&f->server, 99);
    assert_int_equal(feed(f, 64), -STATUS_CORRUPT);
    f->server.len = 0;
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rfb_handshake_asks_for_format_encodings_and_everything),
        TEST(rfb_raw_pixels_arrive_whatever_the_pieces),
        TEST(rfb_update_without_rectangles_is_an_update),
        TEST(rfb_desktop_size_makes_a_new_picture),
        TEST(rfb_screen_beyond_the_maximum_is_cropped),
        TEST(rfb_cursor_with_mask_gets_alpha),
        TEST(rfb_alpha_cursor_is_taken_as_it_is),
        TEST(rfb_cursor_beyond_the_maximum_is_no_cursor),
        TEST(rfb_hot_spot_outside_of_the_cursor_is_its_corner),
        TEST(rfb_keyboard_and_pointer_messages_set_state),
        TEST(rfb_bell_cut_text_and_colours_are_skipped),
        TEST(rfb_messages_to_the_server_have_their_layout),
        TEST(rfb_queue_has_an_end),
        TEST(rfb_damage_is_named_for_hostile_servers),
        TEST(rfb_rejects_what_was_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures: written by stb_image_write, read by our loader; damaged, too large, scaled. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/image.h"
#include "efi/core/gfx/jpeg_check.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>

#define WIDTH  37
#define HEIGHT 23

enum kind { PNG, TGA, JPEG, KIND_COUNT };

struct file {
    uint8_t bytes[16384];
    size_t len;
};

static void append(void *context, void *bytes, int len)
{
    struct file *file = context;
    assert_true(file->len + (size_t)len <= sizeof(file->bytes));
    memcpy(file->bytes + file->len, bytes, (size_t)len);
    file->len += (size_t)len;
}

static uint32_t pixel_of(unsigned x, unsigned y)
{
    return (255 - x * y % 200) << 24 | (x * 6) << 16 | (y * 11) << 8 | (x + y);
}

static void make(enum kind kind, struct file *ret_file)
{
    uint8_t rgba[WIDTH * HEIGHT * 4];
    int done = 0;

    ret_file->len = 0;
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        uint32_t pixel = pixel_of(i % WIDTH, i / WIDTH);
        rgba[4 * i] = (uint8_t)(pixel >> 16);
        rgba[4 * i + 1] = (uint8_t)(pixel >> 8);
        rgba[4 * i + 2] = (uint8_t)pixel;
        rgba[4 * i + 3] = (uint8_t)(pixel >> 24);
    }
    if (kind == PNG)
        done = stbi_write_png_to_func(append, ret_file, WIDTH, HEIGHT, 4, rgba, WIDTH * 4);
    else if (kind == TGA)
        done = stbi_write_tga_to_func(append, ret_file, WIDTH, HEIGHT, 4, rgba);
    else
        done = stbi_write_jpg_to_func(append, ret_file, WIDTH, HEIGHT, 4, rgba, 95);
    assert_true(done);
}

static bool is_near(uint32_t a, uint32_t b, int most)
{
    for (unsigned shift = 0; shift < 24; shift += 8)
        if (abs((int)(a >> shift & 0xFF) - (int)(b >> shift & 0xFF)) > most)
            return false;
    return true;
}

static void decoded_pictures_are_what_was_written(void **state)
{
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        static struct file file;
        struct image image;
        make((enum kind)kind, &file);
        assert_int_equal(image_decode(file.bytes, file.len, &image, NULL), STATUS_OK);
        assert_int_equal(image.width, WIDTH);
        assert_int_equal(image.height, HEIGHT);
        for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
            uint32_t wanted = pixel_of(i % WIDTH, i / WIDTH);
            if (kind == JPEG) {
                assert_int_equal(image.pixels[i] >> 24, 255);
                assert_true(is_near(image.pixels[i], wanted, 24));
            } else {
                assert_int_equal(image.pixels[i], wanted);
            }
        }
        image_clear(&image);
    }
}

static void damaged_pictures_are_refused_or_decoded(void **state)
{
    static struct file file;
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        make((enum kind)kind, &file);
        size_t refused = 0;
        for (size_t len = 0; len < file.len; len++) {
            auto_free uint8_t *part = malloc(len + 1); /* reading beyond it is seen */
            const char *reason = NULL;
            struct image image;
            memcpy(part, file.bytes, len);
            if (image_decode(part, len, &image, &reason) == STATUS_OK) {
                image_clear(&image);
            } else {
                assert_non_null(reason);
                refused++;
            }
        }
        assert_true(refused >= 10); /* a TGA file is cut without being noticed */
    }
}

static void running_out_of_memory_is_an_error(void **state)
{
    static struct file file;
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        make((enum kind)kind, &file);
        for (unsigned long n = 1;; n++) {
            struct image image;
            fail_alloc_after(n);
            enum status status = image_decode(file.bytes, file.len, &image, NULL);
            bool has_failed = fail_alloc_happened();
            fail_alloc_after(0);
            if (status == STATUS_OK)
                image_clear(&image);
            if (!has_failed)
                break;
            assert_int_not_equal(status, STATUS_OK);
        }
    }
}

static void pictures_have_a_greatest_size(void **state)
{
    /* A TGA header: 4000 x 4000 pixels of 32 bits, more than are allowed. */
    uint8_t tga[64] = {[2] = 2, [12] = 0xA0, [13] = 0x0F, [14] = 0xA0, [15] = 0x0F, [16] = 32};
    struct image image;
    const char *reason = NULL;
    (void)state;
    assert_int_equal(image_decode(tga, sizeof(tga), &image, &reason), STATUS_TOO_LARGE);
    assert_string_equal(reason, "it has too many pixels");
    assert_int_equal(image_decode(tga, IMAGE_FILE_BYTES_MAX + 1, &image, &reason),
                     STATUS_TOO_LARGE);
    assert_int_equal(image_decode((const uint8_t *)"GIF89a", 6, &image, &reason),
                     STATUS_UNSUPPORTED);
}

/* Bytes that the decoder would write beyond its table for. */
static void huffman_tables_are_checked(void **state)
{
    static struct file file;
    const char *reason = NULL;
    struct image image;
    size_t tables = 0;
    (void)state;
    make(JPEG, &file);
    assert_true(jpeg_has_sane_tables(file.bytes, file.len));
    for (size_t i = 0; i + 20 < file.len; i++) {
        if (file.bytes[i] != 0xFF || file.bytes[i + 1] != 0xC4)
            continue;
        static struct file damaged;
        damaged = file;
        memset(damaged.bytes + i + 5, 0xFF, 16);
        assert_false(jpeg_has_sane_tables(damaged.bytes, damaged.len));
        assert_int_equal(image_decode(damaged.bytes, damaged.len, &image, &reason), STATUS_CORRUPT);
        assert_string_equal(reason, "bad Huffman table");
        tables++;
    }
    assert_true(tables > 0);
    /* The same bytes in a comment are none of the decoder's business. */
    uint8_t comment[40] = {0xFF, 0xD8, 0xFF, 0xFE, 0x00, 0x22, 0xFF, 0xC4, 0x01, 0x00, 0x00};
    memset(comment + 11, 0xFF, 20);
    assert_true(jpeg_has_sane_tables(comment, sizeof(comment)));
    comment[3] = 0xD9; /* behind what is no segment they are */
    assert_false(jpeg_has_sane_tables(comment, sizeof(comment)));
}

static void scaling_keeps_what_it_can(void **state)
{
    static const unsigned sides[] = {1, 2, 3, 7, 16, 23, 64};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        uint32_t plain[5 * 4];
        struct image image = {plain, 5, 4}, scaled;
        for (unsigned p = 0; p < 20; p++)
            plain[p] = 0x80123456;
        assert_int_equal(image_scale(&image, sides[i], sides[i], &scaled), STATUS_OK);
        for (unsigned p = 0; p < sides[i] * sides[i]; p++)
            assert_int_equal(scaled.pixels[p], 0x80123456);
        image_clear(&scaled);
    }
    /* What is transparent has no share in the colour. */
    uint32_t two[] = {0xFF0000FF, 0x00FF0000};
    struct image image = {two, 2, 1}, scaled;
    assert_int_equal(image_scale(&image, 1, 1, &scaled), STATUS_OK);
    assert_int_equal(scaled.pixels[0], 0x800000FF);
    image_clear(&scaled);
    /* The ends stay where they are. */
    uint32_t grey[] = {0xFF000000, 0xFFFFFFFF};
    image = (struct image){grey, 2, 1};
    assert_int_equal(image_scale(&image, 8, 1, &scaled), STATUS_OK);
    assert_int_equal(scaled.pixels[0], 0xFF000000);
    assert_int_equal(scaled.pixels[7], 0xFFFFFFFF);
    for (unsigned x = 1; x < 8; x++)
        assert_true(scaled.pixels[x] >= scaled.pixels[x - 1]);
    image_clear(&scaled);
    assert_int_equal(image_scale(&image, 0, 1, &scaled), STATUS_INVALID);
    assert_int_equal(image_scale(&image, IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, &scaled),
                     STATUS_TOO_LARGE);
    for (unsigned long n = 1; n < 3; n++) {
        fail_alloc_after(n);
        assert_int_equal(image_scale(&image, 8, 8, &scaled), STATUS_NO_MEMORY);
        fail_alloc_after(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded_pictures_are_what_was_written),
        cmocka_unit_test(damaged_pictures_are_refused_or_decoded),
        cmocka_unit_test(running_out_of_memory_is_an_error),
        cmocka_unit_test(pictures_have_a_greatest_size),
        cmocka_unit_test(huffman_tables_are_checked),
        cmocka_unit_test(scaling_keeps_what_it_can),
    };
    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of GRUB's bitmap fonts: fonts made here, damage to them, GRUB's own Unifont. */
#include "test/unit/config/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/gfx/pf2.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/theme/theme_fixture.h"

#define UNIFONT "/usr/share/grub/unicode.pf2"

struct memory {
    uint8_t *bytes;
    size_t len;
    struct blockdev device;
    unsigned reads;
    unsigned fail_at; /* the read that fails, from 1; 0: none */
};

static enum status read_memory(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct memory *memory = context;
    if (++memory->reads == memory->fail_at)
        return STATUS_IO;
    memcpy(ret_bytes, memory->bytes + off, len);
    return STATUS_OK;
}

static void memory_init(struct memory *memory, uint8_t *bytes, size_t len)
{
    *memory = (struct memory){.bytes = bytes, .len = len};
    memory->device = (struct blockdev){
        .read = read_memory, .context = memory, .size_bytes = len, .block_bytes = 512};
}

/* A font of the letters A to Z, 5 x 7 pixels. */
static void make_letters(struct memory *memory)
{
    size_t len;
    uint8_t *bytes = fixture_make_font("Letters 7", 'A', 'Z', 5, 7, &len);
    memory_init(memory, bytes, len);
}

static uint8_t *find_section(struct memory *memory, const char *name)
{
    for (size_t at = 0; at + 8 <= memory->len; at += 8 + get_be32(memory->bytes + at + 4)) {
        if (memcmp(memory->bytes + at, name, 4) == 0)
            return memory->bytes + at;
    }
    fail_msg("no section %s", name);
    return NULL;
}

static void pf2_open_reads_name_and_metrics(void **state)
{
    struct memory memory;
    struct pf2 font;
    (void)state;
    make_letters(&memory);
    assert_int_equal(pf2_open(&font, &memory.device), STATUS_OK);
    assert_string_equal(font.name, "Letters 7");
    assert_int_equal(font.weight, PF2_WEIGHT_NORMAL);
    assert_int_equal(font.max_width, 5);
    assert_int_equal(font.max_height, 7);
    assert_int_equal(font.ascent, 7);
    assert_int_equal(font.descent, 2);
    assert_int_equal(font.characters, 26);
    pf2_close(&font);
    free(memory.bytes);
}

static void pf2_finds_every_character_of_a_large_index_and_no_other(void **state)
{
    static struct pf2_glyph glyph;
    struct memory memory;
    struct pf2 font;
    size_t len;
    (void)state;
    uint8_t *bytes = fixture_make_font("Many", 0x100, 0x100 + 5 * PF2_STRIDE, 3, 4, &len);
    memory_init(&memory, bytes, len);
    assert_int_equal(pf2_open(&font, &memory.device), STATUS_OK);
    for (uint32_t code = 0x100; code <= 0x100 + 5 * PF2_STRIDE; code++) {
        assert_int_equal(pf2_read_glyph(&font, code, &glyph), STATUS_OK);
        assert_int_equal(glyph.width, 3);
        assert_int_equal(glyph.height, 4);
        assert_int_equal(glyph.advance, 4);
        assert_true(pf2_glyph_pixel(&glyph, 2, 3));
    }
    assert_int_equal(pf2_read_glyph(&font, 0xFF, &glyph), STATUS_NOT_FOUND);
    assert_int_equal(pf2_read_glyph(&font, 0x101 + 5 * PF2_STRIDE, &glyph), STATUS_NOT_FOUND);
    assert_int_equal(pf2_read_glyph(&font, UINT32_MAX, &glyph), STATUS_NOT_FOUND);
    pf2_close(&font);
    free(bytes);
}

static void pf2_takes_two_or_three_reads_for_a_glyph(void **state)
{
    static struct pf2_glyph glyph;
    struct memory memory;
    struct pf2 font;
    (void)state;
    make_letters(&memory);
    assert_int_equal(pf2_open(&font, &memory.device), STATUS_OK);
    memory.reads = 0;
    assert_int_equal(pf2_read_glyph(&font, 'Q', &glyph), STATUS_OK);
    assert_in_range(memory.reads, 1, 3); /* piece of the index, header, picture */
    pf2_close(&font);
    free(memory.bytes);
}

static void damage_magic(struct memory *memory)
{
    memory->bytes[8] = 'Q';
}

static void damage_order(struct memory *memory)
{
    put_le32(find_section(memory, "CHIX") + 8 + 9, 0); /* the second entry's code point */
}

static void damage_index_len(struct memory *memory)
{
    find_section(memory, "CHIX")[7]++;
}

static void damage_index_missing(struct memory *memory)
{
    memcpy(find_section(memory, "CHIX"), "CHIY", 4);
}

static void damage_index_beyond_end(struct memory *memory)
{
    /* 9 * 0x200000 bytes: a whole number of entries */
    memcpy(find_section(memory, "CHIX") + 4, "\x00\x12\x00\x00", 4);
}

static void damage_metrics_missing(struct memory *memory)
{
    memcpy(find_section(memory, "ASCE"), "ASCF", 4);
}

static void damage_metrics_len(struct memory *memory)
{
    find_section(memory, "MAXW")[7] = 3;
}

static void damage_cut(struct memory *memory)
{
    memory->device.size_bytes = (uint64_t)(find_section(memory, "CHIX") - memory->bytes) + 20;
}

static void damage_empty(struct memory *memory)
{
    memory->device.size_bytes = 0;
}

static void pf2_open_refuses_damaged_fonts(void **state)
{
    static const struct {
        const char *name;
        void (*damage)(struct memory *memory);
    } cases[] = {
        {"magic", damage_magic},
        {"order", damage_order},
        {"index length", damage_index_len},
        {"no index", damage_index_missing},
        {"index beyond the end", damage_index_beyond_end},
        {"no ascent", damage_metrics_missing},
        {"length of a metric", damage_metrics_len},
        {"cut in the index", damage_cut},
        {"empty", damage_empty},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct memory memory;
        struct pf2 font;
        make_letters(&memory);
        cases[i].damage(&memory);
        if (pf2_open(&font, &memory.device) != STATUS_CORRUPT)
            fail_msg("%s: not refused", cases[i].name);
        free(memory.bytes);
    }
}

static void pf2_refuses_what_is_too_large(void **state)
{
    struct memory memory;
    struct pf2 font;
    (void)state;
    make_letters(&memory);
    memcpy(find_section(&memory, "MAXW") + 8, "\x01\x01", 2); /* 257 */
    assert_int_equal(pf2_open(&font, &memory.device), STATUS_TOO_LARGE);
    free(memory.bytes);
}

static void pf2_read_glyph_refuses_pictures_larger_than_the_font_says(void **state)
{
    static struct pf2_glyph glyph;
    struct memory memory;
    struct pf2 font;
    (void)state;
    make_letters(&memory);
    const uint8_t *entry = find_section(&memory, "CHIX") + 8;
    uint8_t *first = memory.bytes + get_be32(entry + 5);
    first[1] = 6; /* width: the font's greatest is 5 */
    assert_int_equal(pf2_open(&font, &memory.device), STATUS_OK);
    assert_int_equal(pf2_read_glyph(&font, 'A', &glyph), STATUS_CORRUPT);
    assert_int_equal(pf2_read_glyph(&font, 'B', &glyph), STATUS_OK);
    pf2_close(&font);
    free(memory.bytes);
}

static void pf2_read_glyph_refuses_pictures_beyond_the_end(void **state)
{
    static struct pf2_glyph glyph;
    struct memory memory;
    struct pf2 font;
    (void)state;
    make_letters(&memory);
    memory.device.size_bytes--;
    assert_int_equal(pf2_open(&font, &memory.device), STATUS_OK);
    assert_int_equal(pf2_read_glyph(&font, 'Z', &glyph), STATUS_CORRUPT);
    assert_int_equal(pf2_read_glyph(&font, 'Y', &glyph), STATUS_OK);
    pf2_close(&font);
    free(memory.bytes);
}

static void pf2_survives_failing_reads_and_allocations(void **state)
{
    static struct pf2_glyph glyph;
    struct memory memory;
    struct pf2 font;
    enum status status = STATUS_IO;
    (void)state;
    make_letters(&memory);
    for (memory.fail_at = 1; status != STATUS_OK; memory.fail_at++) {
        memory.reads = 0;
        status = pf2_open(&font, &memory.device);
        if (status != STATUS_OK) {
            assert_int_equal(status, STATUS_IO);
            continue;
        }
        status = pf2_read_glyph(&font, 'M', &glyph);
        pf2_close(&font);
    }
    assert_true(memory.fail_at > 15);
    memory.fail_at = 0;
    for (unsigned long nth = 1;; nth++) {
        fail_alloc_after(nth);
        status = pf2_open(&font, &memory.device);
        bool has_failed = fail_alloc_happened();
        fail_alloc_after(0);
        if (!has_failed)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
    }
    assert_int_equal(status, STATUS_OK);
    pf2_close(&font);
    free(memory.bytes);
}

/* Unifont's "A" as its own table has it: 8 x 16, from the sixth row on the ten rows below. */
static void pf2_reads_grubs_unifont(void **state)
{
    static const uint8_t letter_a[10] = {0x18, 0x24, 0x24, 0x42, 0x42,
                                         0x7E, 0x42, 0x42, 0x42, 0x42};
    static struct pf2_glyph glyph;
    struct memory memory;
    struct pf2 font;
    (void)state;
    FILE *file = fopen(UNIFONT, "rb");
    if (file == NULL)
        skip();
    fseek(file, 0, SEEK_END);
    size_t len = (size_t)ftell(file);
    rewind(file);
    auto_free uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, len, file), len);
    fclose(file);
    memory_init(&memory, bytes, len);

    assert_int_equal(pf2_open(&font, &memory.device), STATUS_OK);
    assert_string_equal(font.name, "Unifont Regular 16");
    assert_int_equal(font.ascent, 14);
    assert_int_equal(font.descent, 2);
    assert_true(font.characters > 50000);
    assert_int_equal(pf2_read_glyph(&font, 'A', &glyph), STATUS_OK);
    assert_int_equal(glyph.advance, 8);
    assert_int_equal(glyph.height, 10);
    assert_int_equal(glyph.y_off, 0);
    for (unsigned y = 0; y < glyph.height; y++) {
        for (unsigned x = 0; x < glyph.width; x++)
            assert_int_equal(pf2_glyph_pixel(&glyph, x, y),
                             letter_a[y] >> (7 - (x + (unsigned)glyph.x_off)) & 1);
    }
    assert_int_equal(pf2_read_glyph(&font, 0x6771, &glyph), STATUS_OK); /* CJK "east" */
    assert_int_equal(glyph.advance, 16);
    pf2_close(&font);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pf2_open_reads_name_and_metrics),
        cmocka_unit_test(pf2_finds_every_character_of_a_large_index_and_no_other),
        cmocka_unit_test(pf2_takes_two_or_three_reads_for_a_glyph),
        cmocka_unit_test(pf2_open_refuses_damaged_fonts),
        cmocka_unit_test(pf2_refuses_what_is_too_large),
        cmocka_unit_test(pf2_read_glyph_refuses_pictures_larger_than_the_font_says),
        cmocka_unit_test(pf2_read_glyph_refuses_pictures_beyond_the_end),
        cmocka_unit_test(pf2_survives_failing_reads_and_allocations),
        cmocka_unit_test(pf2_reads_grubs_unifont),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the exFAT reader against damage to boot region, tables and chains of good volumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat.h"
#include "test/unit/fs/volume.h"

static void exfat_open_uses_the_backup_boot_region(void **state)
{
    static const size_t damage[] = {0 /* a checksum only */, 3, 108, 510, 512};
    struct volume volume;
    struct exfat *fs;

    (void)state;
    for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        volume_need(&volume);
        volume.dev.bytes[damage[i]] ^= 0xff;
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
        assert_string_equal(exfat_label(fs), "BLANK");
        exfat_close(fs);
        volume.dev.bytes[VOLUME_BOOT_SECTORS * 512 + damage[i]] ^= 0xff;
        assert_int_not_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
        volume_close(&volume);
    }
}

static void exfat_open_finds_none_elsewhere(void **state)
{
    struct testdev dev;
    struct exfat *fs;

    (void)state;
    testdev_new(&dev, 1 << 20);
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_NOT_FOUND);
    dev.device.size_bytes = 0;
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_NOT_FOUND);
    testdev_close(&dev);
}

static void exfat_open_checks_each_field(void **state)
{
    static const struct {
        size_t off, width;
        uint64_t value;
        enum status status;
    } cases[] = {
        {63, 1, 1, STATUS_CORRUPT},                                       /* MustBeZero */
        {72, 8, UINT64_MAX, STATUS_CORRUPT},                              /* VolumeLength */
        {72, 8, 100, STATUS_CORRUPT},         {80, 4, 0, STATUS_CORRUPT}, /* FatOffset */
        {80, 4, UINT32_MAX, STATUS_CORRUPT},  {84, 4, 0, STATUS_CORRUPT}, /* FatLength */
        {84, 4, UINT32_MAX, STATUS_CORRUPT},  {88, 4, 0, STATUS_CORRUPT}, /* ClusterHeapOffset */
        {88, 4, UINT32_MAX, STATUS_CORRUPT},  {92, 4, 0, STATUS_CORRUPT}, /* ClusterCount */
        {92, 4, UINT32_MAX, STATUS_CORRUPT},  {96, 4, 0, STATUS_CORRUPT}, /* root */
        {96, 4, 1, STATUS_CORRUPT},           {96, 4, UINT32_MAX, STATUS_CORRUPT},
        {104, 2, 0x0200, STATUS_UNSUPPORTED}, {108, 1, 8, STATUS_CORRUPT},
        {108, 1, 13, STATUS_CORRUPT},         {108, 1, 255, STATUS_CORRUPT},
        {109, 1, 17, STATUS_CORRUPT},         {109, 1, 255, STATUS_CORRUPT},
        {110, 1, 0, STATUS_CORRUPT},          {110, 1, 3, STATUS_CORRUPT},
        {106, 2, 0xfffe, STATUS_OK},          {112, 1, 99, STATUS_OK},
    };
    struct volume volume;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct exfat *fs = NULL;
        volume_need(&volume);
        volume_patch_boot(&volume, cases[i].off, cases[i].width, cases[i].value);
        enum status status = exfat_open(&volume.dev.device, &fs);
        if (status != cases[i].status)
            print_error("byte %zu = %llx: %s\n", cases[i].off, (unsigned long long)cases[i].value,
                        status_text(status));
        assert_int_equal(status, cases[i].status);
        exfat_close(fs);
        volume_close(&volume);
    }
}

/* The root of an empty volume: label, bitmap, up-case table (in the order of mkfs.exfat). */
static uint8_t *root_entry(struct volume *volume, uint8_t type)
{
    uint8_t *entry = volume_cluster(volume, volume->root_clu);

    while (entry[0] != type)
        entry += 32;
    return entry;
}

static void exfat_open_checks_the_upcase_table(void **state)
{
    static const struct {
        size_t off, width;
        uint64_t value;
    } cases[] = {
        {4, 4, 0},     {20, 4, 0},      {20, 4, UINT32_MAX}, {24, 8, 0},
        {24, 8, 5835}, {24, 8, 131074}, {24, 8, UINT64_MAX}, {0, 1, 0x02},
    };
    struct volume volume;
    struct exfat *fs;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        volume_need(&volume);
        uint8_t *entry = root_entry(&volume, 0x82);
        for (size_t b = 0; b < cases[i].width; b++)
            entry[cases[i].off + b] = (uint8_t)(cases[i].value >> 8 * b);
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_CORRUPT);
        volume_close(&volume);
    }
    volume_need(&volume); /* its chain leads back to its start */
    uint32_t first = get_le32(root_entry(&volume, 0x82) + 20);
    volume_set_fat(&volume, first, first);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_CORRUPT);
    volume_close(&volume);
}

static void exfat_free_bytes_checks_the_bitmap(void **state)
{
    struct volume volume;
    uint64_t free_bytes;
    struct exfat *fs;

    (void)state;
    volume_need(&volume);
    put_le64(root_entry(&volume, 0x81) + 24, 1);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_free_bytes(fs, &free_bytes), STATUS_CORRUPT);
    exfat_close(fs);
    volume_close(&volume);
}

/* A file of COUNT clusters from FREE_CLU on whose chain is TO[0], TO[1], ... */
static enum status read_chain(const uint32_t *to, size_t count, uint64_t size)
{
    struct exfat_position position = {0};
    uint8_t bytes[4096];
    struct exfat_node node;
    struct volume volume;
    struct exfat *fs;
    size_t got;

    volume_need(&volume);
    for (uint32_t i = 0; i < count; i++)
        volume_set_fat(&volume, FREE_CLU + i, to[i]);
    volume_add_file(&volume, "chained", 0, CHAINED, FREE_CLU, size);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "chained", &node), STATUS_OK);
    enum status status = exfat_read(fs, &node, &position, size - 1, sizeof(bytes), bytes, &got);
    exfat_close(fs);
    volume_close(&volume);
    return status;
}

static void exfat_read_rejects_bad_chains(void **state)
{
    static const struct {
        uint32_t to[4];
        uint64_t clusters; /* of the file; a loop is found within three times its length */
        enum status status;
    } cases[] = {
        {{FREE_CLU + 1, FREE_CLU + 2, FREE_CLU + 3, FAT_END}, 4, STATUS_OK},
        {{FREE_CLU + 2, FREE_CLU + 3, FREE_CLU + 1, FAT_END}, 4, STATUS_OK},
        /* what is behind the end is not looked at */
        {{FREE_CLU + 1, FREE_CLU + 2, FREE_CLU + 3, FREE_CLU}, 4, STATUS_OK},
        {{FREE_CLU + 1, FREE_CLU + 2, FAT_END, FAT_END}, 4, STATUS_CORRUPT},
        {{FREE_CLU, 0, 0, 0}, 2, STATUS_CORRUPT},
        {{FREE_CLU + 1, FREE_CLU, 0, 0}, 7, STATUS_CORRUPT},
        {{FREE_CLU + 1, FREE_CLU + 1, 0, 0}, 4, STATUS_CORRUPT},
        {{FREE_CLU + 1, FREE_CLU + 2, FREE_CLU + 3, FREE_CLU + 1}, 13, STATUS_CORRUPT},
        {{0, 0, 0, 0}, 2, STATUS_CORRUPT},
        {{1, 0, 0, 0}, 2, STATUS_CORRUPT},
        {{0xfffffff7u, 0, 0, 0}, 2, STATUS_CORRUPT},
        {{0x7fffffffu, 0, 0, 0}, 2, STATUS_CORRUPT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(read_chain(cases[i].to, 4, cases[i].clusters * 4096 - 100),
                         cases[i].status);
}

static void exfat_reads_zeros_behind_what_is_valid(void **state)
{
    struct exfat_position position = {0};
    uint8_t bytes[100];
    struct exfat_node node;
    struct volume volume;
    struct exfat *fs;
    size_t got;

    (void)state;
    volume_need(&volume);
    memset(volume_cluster(&volume, FREE_CLU), 0xaa, 100);
    uint8_t *set = volume_add_file(&volume, "file", 0, NO_FAT, FREE_CLU, 100);
    put_le64(set + 40, 60);
    volume_seal(set);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/file", &node), STATUS_OK);
    memset(bytes, 1, sizeof(bytes));
    assert_int_equal(exfat_read(fs, &node, &position, 50, 100, bytes, &got), STATUS_OK);
    assert_int_equal(got, 50);
    for (size_t i = 0; i < got; i++)
        assert_int_equal(bytes[i], i < 10 ? 0xaa : 0);
    exfat_close(fs);
    volume_close(&volume);
}

/* 3.1.13, 3.1.16: with two FATs a flag says which FAT and which bitmap count. */
static void exfat_reads_the_active_one_of_two_fats(void **state)
{
    struct exfat_position position = {0};
    uint8_t second_bitmap[32], bytes[1];
    struct exfat_node node;
    uint64_t free_bytes;
    struct volume volume;
    struct exfat *fs;
    size_t got;

    (void)state;
    volume_need(&volume);
    uint32_t fat_sectors = get_le32(volume.dev.bytes + 84);
    size_t fat_bytes = (size_t)fat_sectors * volume.sector_bytes;
    volume_set_fat(&volume, FREE_CLU, FREE_CLU + 7);
    volume_set_fat(&volume, FREE_CLU + 7, FAT_END);
    volume_add_file(&volume, "file", 0, CHAINED, FREE_CLU, 4097);
    *volume_cluster(&volume, FREE_CLU + 7) = 77;
    memcpy(second_bitmap, root_entry(&volume, 0x81), sizeof(second_bitmap));
    second_bitmap[1] = 1;
    put_le32(second_bitmap + 20, FREE_CLU + 8);
    volume_set_fat(&volume, FREE_CLU + 8, FAT_END);
    memset(volume_cluster(&volume, FREE_CLU + 8), 0x0f, volume.clu_bytes);
    volume_add_entry(&volume, second_bitmap);
    memcpy(volume.dev.bytes + volume.fat_off + fat_bytes, volume.dev.bytes + volume.fat_off,
           fat_bytes);
    memset(volume.dev.bytes + volume.fat_off, 0, fat_bytes);
    volume_patch_boot(&volume, 110, 1, 2);
    volume_patch_boot(&volume, 106, 2, 1);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/file", &node), STATUS_OK);
    assert_int_equal(exfat_read(fs, &node, &position, 4096, 1, bytes, &got), STATUS_OK);
    assert_int_equal(bytes[0], 77);
    for (int i = 0; i < 2; i++) { /* counted, and remembered */
        assert_int_equal(exfat_free_bytes(fs, &free_bytes), STATUS_OK);
        assert_int_equal(free_bytes, (uint64_t)volume.clu_count / 2 * volume.clu_bytes);
    }
    exfat_close(fs);
    volume_close(&volume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exfat_open_uses_the_backup_boot_region),
        cmocka_unit_test(exfat_open_finds_none_elsewhere),
        cmocka_unit_test(exfat_open_checks_each_field),
        cmocka_unit_test(exfat_open_checks_the_upcase_table),
        cmocka_unit_test(exfat_free_bytes_checks_the_bitmap),
        cmocka_unit_test(exfat_read_rejects_bad_chains),
        cmocka_unit_test(exfat_reads_zeros_behind_what_is_valid),
        cmocka_unit_test(exfat_reads_the_active_one_of_two_fats),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

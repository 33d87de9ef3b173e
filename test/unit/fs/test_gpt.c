/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the block device's bounds and of the GPT reader, against tables that sgdisk wrote and
 * sfdisk read. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/bytes.h"
#include "efi/core/fs/gpt.h"
#include "test/unit/fs/testdev.h"

#define IMAGE "gpt-512.img"

static void blockdev_reads_only_inside(void **state)
{
    struct testdev dev;
    uint8_t byte[2];

    (void)state;
    testdev_new(&dev, 4096);
    assert_int_equal(blockdev_read(&dev.device, 4095, 1, byte), STATUS_OK);
    assert_int_equal(blockdev_read(&dev.device, 4095, 2, byte), STATUS_CORRUPT);
    assert_int_equal(blockdev_read(&dev.device, 4096, 0, byte), STATUS_OK);
    assert_int_equal(blockdev_read(&dev.device, 4097, 0, byte), STATUS_CORRUPT);
    assert_int_equal(blockdev_read(&dev.device, UINT64_MAX, 2, byte), STATUS_CORRUPT);
    assert_int_equal(blockdev_read(&dev.device, 0, SIZE_MAX, byte), STATUS_CORRUPT);
    assert_int_equal(blockdev_write(&dev.device, 0, 1, byte), STATUS_UNSUPPORTED);
    testdev_close(&dev);
}

static void window_reads_only_inside(void **state)
{
    struct blockdev_window window, inner;
    struct testdev dev;
    uint8_t byte[2];

    (void)state;
    testdev_new(&dev, 4096);
    dev.bytes[1001] = 7;
    assert_int_equal(blockdev_window_init(&window, &dev.device, 1000, 3097), STATUS_CORRUPT);
    assert_int_equal(blockdev_window_init(&window, &dev.device, UINT64_MAX, 2), STATUS_CORRUPT);
    assert_int_equal(blockdev_window_init(&window, &dev.device, 1000, 100), STATUS_OK);
    assert_int_equal(blockdev_window_init(&inner, &window.device, 1, 99), STATUS_OK);
    assert_int_equal(blockdev_read(&inner.device, 0, 1, byte), STATUS_OK);
    assert_int_equal(byte[0], 7);
    assert_int_equal(blockdev_read(&window.device, 99, 2, byte), STATUS_CORRUPT);
    testdev_close(&dev);
}

static void crc32_has_the_known_check_value(void **state)
{
    (void)state;
    assert_int_equal(gpt_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(gpt_crc32(gpt_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
}

static void guids_go_to_text_and_back(void **state)
{
    static const char *const bad[] = {"",
                                      "c12a7328",
                                      "c12a7328-f81f-11d2-ba4b-00a0c93ec93",
                                      "c12a7328-f81f-11d2-ba4b-00a0c93ec93bb",
                                      "c12a7328f81f-11d2-ba4b-00a0c93ec93b-",
                                      "g12a7328-f81f-11d2-ba4b-00a0c93ec93b"};
    char text[GPT_GUID_CHARS + 1];
    uint8_t guid[16];

    (void)state;
    gpt_guid_text(gpt_type_esp, text);
    assert_string_equal(text, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
    gpt_guid_text(gpt_type_basic_data, text);
    assert_string_equal(text, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
    assert_int_equal(gpt_guid_parse("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", guid), STATUS_OK);
    assert_memory_equal(guid, gpt_type_esp, 16);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(gpt_guid_parse(bad[i], guid), STATUS_INVALID);
}

struct comparison {
    const struct gpt *gpt;
    uint32_t next, block_bytes;
};

static void check_partition(const struct expected *line, void *context)
{
    struct comparison *comparison = context;
    char type[GPT_GUID_CHARS + 1], unique[GPT_GUID_CHARS + 1];

    assert_true(comparison->next < comparison->gpt->count);
    const struct gpt_partition *partition = &comparison->gpt->partitions[comparison->next++];
    gpt_guid_text(partition->type, type);
    gpt_guid_text(partition->unique, unique);
    assert_int_equal(partition->number, strtoul(line->fields[0], NULL, 10));
    assert_int_equal(partition->start_bytes,
                     strtoull(line->fields[1], NULL, 10) * comparison->block_bytes);
    assert_int_equal(partition->start_bytes + partition->size_bytes,
                     (strtoull(line->fields[2], NULL, 10) + 1) * comparison->block_bytes);
    assert_string_equal(type, line->fields[3]);
    assert_string_equal(unique, line->fields[4]);
    assert_string_equal(partition->name, line->fields[5]);
}

static void check_table(const struct expected *line, void *context)
{
    char disk_guid[GPT_GUID_CHARS + 1];
    struct testdev dev;
    struct gpt gpt;

    (void)context;
    assert_true(testdev_open(&dev, line->fields[1], 0));
    dev.device.block_bytes = (uint32_t)strtoul(line->fields[2], NULL, 10);
    for (int backup = 0; backup < 2; backup++) {
        assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_OK);
        assert_int_equal(gpt.from_backup, backup);
        gpt_guid_text(gpt.disk_guid, disk_guid);
        assert_string_equal(disk_guid, line->fields[3]);
        struct comparison comparison = {.gpt = &gpt, .block_bytes = dev.device.block_bytes};
        assert_int_equal(expected_each(line->fields[4], NULL, check_partition, &comparison),
                         gpt.count);
        gpt_clear(&gpt);
        dev.bytes[dev.device.block_bytes + 60] ^= 1; /* in the primary's disk GUID */
    }
    testdev_close(&dev);
}

static void gpt_reads_what_sfdisk_reads(void **state)
{
    (void)state;
    if (expected_each("expected", "gpt", check_table, NULL) == 0)
        skip();
}

static void gpt_says_damaged_when_both_copies_are(void **state)
{
    struct testdev dev;
    struct gpt gpt;

    (void)state;
    if (!testdev_open(&dev, IMAGE, 0))
        skip();
    dev.bytes[512 + 60] ^= 1;
    dev.bytes[dev.size_bytes - 512 + 60] ^= 1;
    assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_CORRUPT);
    testdev_close(&dev);
}

static void gpt_uses_the_backup_when_an_entry_is_damaged(void **state)
{
    struct testdev dev;
    struct gpt gpt;

    (void)state;
    if (!testdev_open(&dev, IMAGE, 0))
        skip();
    dev.bytes[1024 + 32] ^= 1;
    assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_OK);
    assert_true(gpt.from_backup);
    gpt_clear(&gpt);
    testdev_close(&dev);
}

static void gpt_finds_the_backup_on_a_disk_that_grew(void **state)
{
    struct testdev dev, grown;
    struct gpt gpt;

    (void)state;
    if (!testdev_open(&dev, IMAGE, 0))
        skip();
    testdev_new(&grown, dev.size_bytes + 4096);
    memcpy(grown.bytes, dev.bytes, dev.size_bytes);
    grown.bytes[1024 + 32] ^= 1;
    assert_int_equal(gpt_read(&grown.device, &gpt), STATUS_OK);
    assert_true(gpt.from_backup);
    gpt_clear(&gpt);
    testdev_close(&grown);
    testdev_close(&dev);
}

/* Puts VALUE of WIDTH bytes into both headers and makes their checksums right again. */
static void patch_headers(struct testdev *dev, size_t field, size_t width, uint64_t value)
{
    const size_t headers[] = {512, dev->size_bytes - 512};

    for (size_t i = 0; i < 2; i++) {
        uint8_t *header = dev->bytes + headers[i];
        if (width == 4)
            put_le32(header + field, (uint32_t)value);
        else
            put_le64(header + field, value);
        put_le32(header + 16, 0);
        put_le32(header + 16,
                 gpt_crc32(0, header, get_le32(header + 12) <= 512 ? get_le32(header + 12) : 512));
    }
}

static void gpt_rejects_impossible_headers(void **state)
{
    static const struct {
        size_t field, width;
        uint64_t value;
    } cases[] = {
        {12, 4, 91},         {12, 4, 513},
        {12, 4, UINT32_MAX}, {24, 8, 7},
        {72, 8, UINT64_MAX}, {72, 8, UINT64_MAX / 512},
        {80, 4, 0},          {80, 4, GPT_ENTRIES_MAX + 1},
        {80, 4, UINT32_MAX}, {84, 4, 0},
        {84, 4, 127},        {84, 4, 192},
        {84, 4, 8192},       {84, 4, UINT32_MAX},
    };
    struct testdev dev;
    struct gpt gpt;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!testdev_open(&dev, IMAGE, 0))
            skip();
        patch_headers(&dev, cases[i].field, cases[i].width, cases[i].value);
        assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_CORRUPT);
        testdev_close(&dev);
    }
}

static void gpt_finds_none_on_other_disks(void **state)
{
    struct testdev dev;
    struct gpt gpt;

    (void)state;
    testdev_new(&dev, 1 << 20);
    assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_NOT_FOUND);
    dev.device.size_bytes = 100;
    assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_NOT_FOUND);
    dev.device.block_bytes = 0;
    assert_int_equal(gpt_read(&dev.device, &gpt), STATUS_INVALID);
    testdev_close(&dev);
}

static void gpt_survives_every_failing_read_and_allocation(void **state)
{
    struct testdev dev;
    struct gpt gpt;

    (void)state;
    if (!testdev_open(&dev, IMAGE, 0))
        skip();
    for (dev.fail_read = 1; dev.fail_read < 20; dev.fail_read++) {
        dev.reads = 0;
        if (gpt_read(&dev.device, &gpt) == STATUS_OK)
            gpt_clear(&gpt); /* from the backup */
    }
    dev.fail_read = 0;
    for (unsigned long i = 1;; i++) {
        alloc_count = 0;
        alloc_fail_at = i;
        enum status status = gpt_read(&dev.device, &gpt);
        alloc_fail_at = 0;
        if (status == STATUS_OK)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
    }
    assert_false(gpt.from_backup);
    gpt_clear(&gpt);
    testdev_close(&dev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blockdev_reads_only_inside),
        cmocka_unit_test(window_reads_only_inside),
        cmocka_unit_test(crc32_has_the_known_check_value),
        cmocka_unit_test(guids_go_to_text_and_back),
        cmocka_unit_test(gpt_reads_what_sfdisk_reads),
        cmocka_unit_test(gpt_says_damaged_when_both_copies_are),
        cmocka_unit_test(gpt_uses_the_backup_when_an_entry_is_damaged),
        cmocka_unit_test(gpt_finds_the_backup_on_a_disk_that_grew),
        cmocka_unit_test(gpt_rejects_impossible_headers),
        cmocka_unit_test(gpt_finds_none_on_other_disks),
        cmocka_unit_test(gpt_survives_every_failing_read_and_allocation),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

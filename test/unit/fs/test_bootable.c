/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of what an image boots on, against what xorriso says of ISOs and what mkfs.fat, sgdisk,
 * sfdisk, qemu-img made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/bytes.h"
#include "efi/core/fs/bootable.h"
#include "test/unit/fs/testdev.h"

static const char *const kinds[] = {
    [IMAGE_UNKNOWN] = "unknown", [IMAGE_ISO] = "iso", [IMAGE_DISK] = "disk",
    [IMAGE_QCOW2] = "qcow2",     [IMAGE_VHD] = "vhd", [IMAGE_VHDX] = "vhdx",
    [IMAGE_VMDK] = "vmdk",
};

static void check_image(const struct expected *line, void *context)
{
    struct bootable bootable;
    struct testdev dev;

    (void)context;
    assert_true(testdev_open(&dev, line->fields[1], 0));
    assert_int_equal(bootable_inspect(&dev.device, "x", &bootable), STATUS_OK);
    print_message("%s: %s bios %d uefi %d label '%s'\n", line->fields[1], kinds[bootable.kind],
                  bootable.bios, bootable.uefi, bootable.label);
    assert_string_equal(kinds[bootable.kind], line->fields[2]);
    assert_int_equal(bootable.bios, atoi(line->fields[3]));
    assert_int_equal(bootable.uefi, atoi(line->fields[4]));
    assert_string_equal(bootable.label, strcmp(line->fields[5], "-") == 0 ? "" : line->fields[5]);
    assert_false(bootable.is_truncated);
    testdev_close(&dev);
}

static void bootable_agrees_with_the_makers(void **state)
{
    (void)state;
    if (expected_each("expected", "boot", check_image, NULL) == 0)
        skip();
}

static void bootable_sees_a_cut_image(void **state)
{
    static const char *const names[] = {"both.iso", "mbr-fat.img", "gpt-esp.img"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct bootable bootable;
        struct testdev dev;
        if (!testdev_open(&dev, names[i], 0))
            skip();
        uint64_t whole = dev.device.size_bytes;
        dev.device.size_bytes = whole / 2;
        assert_int_equal(bootable_inspect(&dev.device, names[i], &bootable), STATUS_OK);
        assert_true(bootable.is_truncated);
        assert_true(bootable.stated_bytes > whole / 2 && bootable.stated_bytes <= whole);
        testdev_close(&dev);
    }
}

static void bootable_ignores_a_damaged_catalogue(void **state)
{
    struct bootable bootable;
    struct testdev dev;

    (void)state;
    if (!testdev_open(&dev, "both.iso", 0))
        skip();
    size_t catalogue = get_le32(dev.bytes + 17 * 2048 + 71) * (size_t)2048;
    dev.bytes[catalogue + 4] ^= 1; /* in the validation entry */
    assert_int_equal(bootable_inspect(&dev.device, "x.iso", &bootable), STATUS_OK);
    assert_int_equal(bootable.kind, IMAGE_ISO);
    assert_false(bootable.bios || bootable.uefi);
    put_le32(dev.bytes + 17 * 2048 + 71, UINT32_MAX);
    assert_int_equal(bootable_inspect(&dev.device, "x.iso", &bootable), STATUS_OK);
    assert_false(bootable.bios || bootable.uefi);
    testdev_close(&dev);
}

/* Entries in sections, with extensions between them. El Torito 2.3-2.5. */
static void bootable_reads_sections_of_the_catalogue(void **state)
{
    static const struct {
        const char *what;
        uint8_t entries[6][4]; /* first bytes of what follows the default entry: indicator, platform
                                  or media, count */
        bool uefi;
    } cases[] = {
        {"one final section", {{0x91, 0xef, 1}, {0x88}}, true},
        {"the second section", {{0x90, 0x01, 1}, {0x88}, {0x91, 0xef, 1}, {0x88}}, true},
        {"behind extensions",
         {{0x90, 0x00, 1}, {0x88, 0x20}, {0x44, 0x20}, {0x44}, {0x91, 0xef, 1}, {0x88}},
         true},
        {"not bootable", {{0x91, 0xef, 1}, {0x00}}, false},
        {"behind the final section", {{0x91, 0x00, 1}, {0x88}, {0x91, 0xef, 1}, {0x88}}, false},
        {"no header", {{0x88, 0xef, 1}, {0x88}}, false},
        {"a count without entries", {{0x91, 0xef, 0xff, 0xff}}, false},
    };
    struct bootable bootable;
    struct testdev dev;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!testdev_open(&dev, "bios.iso", 0))
            skip();
        uint8_t *catalogue = dev.bytes + get_le32(dev.bytes + 17 * 2048 + 71) * (size_t)2048;
        for (size_t e = 0; e < 6; e++) {
            uint8_t *entry = catalogue + 64 + 32 * e;
            memcpy(entry, cases[i].entries[e], 4);
            if (entry[0] == 0x88)
                put_le32(entry + 8, 1);
        }
        assert_int_equal(bootable_inspect(&dev.device, "x.iso", &bootable), STATUS_OK);
        if (bootable.uefi != cases[i].uefi)
            print_error("%s\n", cases[i].what);
        assert_int_equal(bootable.uefi, cases[i].uefi);
        assert_true(bootable.bios);
        testdev_close(&dev);
    }
}

static void bootable_checks_the_fat_parameters(void **state)
{
    static const struct {
        size_t off, width;
        uint32_t value;
    } cases[] = {{0, 1, 0},  {11, 2, 0}, {11, 2, 513},    {11, 2, 8192}, {13, 1, 0},
                 {13, 1, 3}, {14, 2, 0}, {16, 1, 0},      {16, 1, 3},    {17, 2, 0},
                 {21, 1, 0}, {22, 2, 0}, {22, 2, 0xffff}, {19, 2, 1}};
    struct bootable bootable;
    struct testdev dev;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!testdev_open(&dev, "fat12-efi.img", 0))
            skip();
        for (size_t b = 0; b < cases[i].width; b++)
            dev.bytes[cases[i].off + b] = (uint8_t)(cases[i].value >> 8 * b);
        assert_int_equal(bootable_inspect(&dev.device, "x.img", &bootable), STATUS_OK);
        assert_false(bootable.uefi);
        testdev_close(&dev);
    }
}

static void bootable_goes_by_the_name_only_without_contents(void **state)
{
    static const struct {
        const char *name;
        enum image_kind kind;
    } cases[] = {
        {"x.iso", IMAGE_ISO},   {"x.ISO", IMAGE_ISO},     {"x.img", IMAGE_DISK},
        {"x.raw", IMAGE_DISK},  {"x.qcow2", IMAGE_QCOW2}, {"x.VHD", IMAGE_VHD},
        {"x.vhdx", IMAGE_VHDX}, {"x.vmdk", IMAGE_VMDK},   {"x", IMAGE_UNKNOWN},
        {".iso", IMAGE_ISO},    {"iso", IMAGE_UNKNOWN},   {"", IMAGE_UNKNOWN},
    };
    struct testdev dev;

    (void)state;
    testdev_new(&dev, 1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bootable bootable;
        assert_int_equal(bootable_inspect(&dev.device, cases[i].name, &bootable), STATUS_OK);
        assert_int_equal(bootable.kind, cases[i].kind);
        assert_false(bootable.bios || bootable.uefi || bootable.is_truncated);
    }
    testdev_close(&dev);
}

static void bootable_accepts_devices_of_any_size(void **state)
{
    struct bootable bootable;
    struct testdev dev;

    (void)state;
    testdev_new(&dev, 70000);
    memset(dev.bytes, 0xff, 70000);
    for (uint64_t size = 0; size <= 70000; size += size < 1100 ? 1 : 337) {
        dev.device.size_bytes = dev.size_bytes = (size_t)size;
        assert_int_equal(bootable_inspect(&dev.device, "x.img", &bootable), STATUS_OK);
    }
    dev.size_bytes = 70000;
    testdev_close(&dev);
}

static void try_failures(const char *name)
{
    struct bootable bootable;
    struct testdev dev;
    enum status status;

    if (!testdev_open(&dev, name, 0))
        skip();
    do {
        dev.fail_read++;
        dev.reads = 0;
        status = bootable_inspect(&dev.device, name, &bootable);
        assert_true(status == STATUS_OK || status == STATUS_IO);
    } while (dev.reads >= dev.fail_read);
    dev.fail_read = 0;
    alloc_fail_at = 0;
    do {
        unsigned long next = alloc_fail_at + 1;
        alloc_count = 0;
        alloc_fail_at = next;
        status = bootable_inspect(&dev.device, name, &bootable);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
    } while (status != STATUS_OK);
    alloc_fail_at = 0;
    testdev_close(&dev);
}

static void bootable_survives_every_failing_read_and_allocation(void **state)
{
    (void)state;
    try_failures("both.iso");
    try_failures("gpt-esp.img");
    try_failures("fat32-efi.img");
    try_failures("mbr-fat.img");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bootable_agrees_with_the_makers),
        cmocka_unit_test(bootable_sees_a_cut_image),
        cmocka_unit_test(bootable_ignores_a_damaged_catalogue),
        cmocka_unit_test(bootable_reads_sections_of_the_catalogue),
        cmocka_unit_test(bootable_checks_the_fat_parameters),
        cmocka_unit_test(bootable_goes_by_the_name_only_without_contents),
        cmocka_unit_test(bootable_accepts_devices_of_any_size),
        cmocka_unit_test(bootable_survives_every_failing_read_and_allocation),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

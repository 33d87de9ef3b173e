/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that the exFAT reader survives reads and allocations that fail, cuts and flipped bits, one
 * after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat.h"
#include "test/unit/fs/volume.h"

#define IMAGE    "blank-4K.img"
#define FAT_END  0xffffffffu
#define CHAINED  0x01
#define FREE_CLU 1000u /* and above: not in use in the image */

static void need_volume(struct volume *volume)
{
    if (!volume_open(volume, IMAGE))
        skip();
}

/* Everything the reader can do, once. STATUS_OK only if all went well. */
static enum status use_volume(const struct blockdev *device)
{
    struct exfat_position position = {0};
    struct exfat_entry entry;
    struct exfat_node node;
    struct exfat_dir dir;
    uint8_t bytes[9000];
    uint64_t free_bytes;
    struct exfat *fs;
    size_t got;

    enum status status = exfat_open(device, &fs);
    if (status != STATUS_OK)
        return status;
    status = exfat_free_bytes(fs, &free_bytes);
    if (status == STATUS_OK)
        status = exfat_lookup(fs, "/chained", &node);
    if (status == STATUS_OK)
        status = exfat_read(fs, &node, &position, 0, sizeof(bytes), bytes, &got);
    if (status == STATUS_OK) {
        node = exfat_root(fs);
        exfat_dir_open(fs, &node, &dir);
        while ((status = exfat_dir_next(&dir, &entry)) == STATUS_OK)
            ;
        if (status == STATUS_END)
            status = STATUS_OK;
    }
    exfat_close(fs);
    return status;
}

static void add_chained_file(struct volume *volume)
{
    need_volume(volume);
    volume_set_fat(volume, FREE_CLU, FREE_CLU + 5);
    volume_set_fat(volume, FREE_CLU + 5, FREE_CLU + 2);
    volume_set_fat(volume, FREE_CLU + 2, FAT_END);
    volume_add_file(volume, "chained", 0, CHAINED, FREE_CLU, 9000);
}

static void exfat_survives_every_failing_read(void **state)
{
    struct volume volume;
    unsigned failed = 0;

    (void)state;
    add_chained_file(&volume);
    do {
        volume.dev.fail_read++;
        volume.dev.reads = 0;
        if (use_volume(&volume.dev.device) != STATUS_OK)
            failed++;
    } while (volume.dev.reads >= volume.dev.fail_read);
    print_message("%u of %lu failing reads are errors\n", failed, volume.dev.fail_read - 1);
    assert_true(failed + 2 >=
                volume.dev.fail_read - 1); /* the two of the main boot region are not */
    volume_close(&volume);
}

static void exfat_survives_every_failing_allocation(void **state)
{
    struct volume volume;
    enum status status;
    unsigned long next = 0;

    (void)state;
    add_chained_file(&volume);
    do {
        alloc_count = 0;
        alloc_fail_at = ++next;
        status = use_volume(&volume.dev.device);
        alloc_fail_at = 0;
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
    } while (status != STATUS_OK);
    assert_true(next > 3);
    volume_close(&volume);
}

static void exfat_survives_every_cut(void **state)
{
    struct volume volume;

    (void)state;
    add_chained_file(&volume);
    for (uint64_t size = 0; size < volume.dev.size_bytes; size += size < 20000 ? 97 : 65521) {
        volume.dev.device.size_bytes = size;
        enum status status = use_volume(&volume.dev.device);
        assert_true(status == STATUS_OK || status == STATUS_CORRUPT || status == STATUS_NOT_FOUND);
    }
    volume_close(&volume);
}

/* One bit of everything that describes the volume, one after the other. */
static void exfat_survives_every_flipped_bit(void **state)
{
    struct volume volume;

    (void)state;
    add_chained_file(&volume);
    size_t root = (size_t)(volume_cluster(&volume, volume.root_clu) - volume.dev.bytes);
    const size_t places[][2] = {{0, 512},
                                {(size_t)volume.fat_off, 64},
                                {(size_t)volume.fat_off + FREE_CLU * 4, 24},
                                {root, 256}};
    for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
        for (size_t bit = 0; bit < places[p][1] * 8; bit += p == 0 ? 7 : 1) {
            volume.dev.bytes[places[p][0] + bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum status status = use_volume(&volume.dev.device);
            assert_true(status == STATUS_OK || status == STATUS_CORRUPT ||
                        status == STATUS_NOT_FOUND);
            volume.dev.bytes[places[p][0] + bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    volume_close(&volume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exfat_survives_every_failing_read),
        cmocka_unit_test(exfat_survives_every_failing_allocation),
        cmocka_unit_test(exfat_survives_every_cut),
        cmocka_unit_test(exfat_survives_every_flipped_bit),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

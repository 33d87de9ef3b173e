/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks and partitions out of made-up trees of /sys/class/block and /dev. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "initramfs/devices.h"
#include "test/unit/init/unit.h"

#define DISK_BYTES 1048576
#define ONE        "11111111-2222-3333-4444-555555555501"
#define TWO        "11111111-2222-3333-4444-555555555502"
#define OTHER      "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

static char root[64], class_folder[128], node_folder[128];

static void put_file(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void put_attribute(const char *name, const char *attribute, const char *text)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s/%s", class_folder, name, attribute);
    put_file(path, text, strlen(text));
}

static void put_folder(const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", class_folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

/* A GPT with two partitions (data, ESP) whose GUIDs are given; both copies. UEFI 2.10, 5.3. */
static void put_table(uint8_t *disk, uint32_t block, const char *data_guid, const char *esp_guid)
{
    uint64_t last = DISK_BYTES / block - 1;
    uint32_t entry_blocks = 128 * 128 / block;
    uint8_t entries[128 * 128] = {0};
    const char *guids[2] = {data_guid, esp_guid};
    const uint8_t *types[2] = {gpt_type_basic_data, gpt_type_esp};
    for (int i = 0; i < 2; i++) {
        uint8_t *e = entries + 128 * i;
        memcpy(e, types[i], 16);
        assert_int_equal(gpt_guid_parse(guids[i], e + 16), STATUS_OK);
        put_le64(e + 32, 40 + 20 * (uint64_t)i);
        put_le64(e + 40, 40 + 20 * (uint64_t)i + 9);
        for (int c = 0; "HIPERISO"[c] != '\0'; c++)
            e[56 + 2 * c] = (uint8_t) "HIPERISO"[c];
    }
    for (int copy = 0; copy < 2; copy++) {
        uint64_t own = copy == 0 ? 1 : last, table = copy == 0 ? 2 : last - entry_blocks;
        uint8_t *h = disk + own * block;
        memcpy(h, "EFI PART", 8);
        put_le32(h + 8, 0x00010000);
        put_le32(h + 12, 92);
        put_le64(h + 24, own);
        put_le64(h + 32, copy == 0 ? last : 1);
        put_le64(h + 40, 2 + entry_blocks);
        put_le64(h + 48, last - entry_blocks - 1);
        put_le64(h + 72, table);
        put_le32(h + 80, 128);
        put_le32(h + 84, 128);
        put_le32(h + 88, gpt_crc32(0, entries, sizeof(entries)));
        put_le32(h + 16, gpt_crc32(0, h, 92));
        memcpy(disk + table * block, entries, sizeof(entries));
    }
    disk[446 + 4] = 0xEE;
    put_le32(disk + 446 + 8, 1);
    put_le32(disk + 446 + 12, (uint32_t)last);
    put_le16(disk + 510, 0xAA55);
}

static void put_disk(const char *name, const char *separator, uint32_t block, const char *data_guid,
                     const char *esp_guid)
{
    static uint8_t disk[DISK_BYTES];
    char path[512], text[32];
    memset(disk, 0, sizeof(disk));
    if (data_guid != NULL)
        put_table(disk, block, data_guid, esp_guid);
    snprintf(path, sizeof(path), "%s/%s", node_folder, name);
    put_file(path, disk, sizeof(disk));
    put_folder(name);
    snprintf(text, sizeof(text), "%d\n", DISK_BYTES / 512);
    put_attribute(name, "size", text);
    snprintf(path, sizeof(path), "%s/queue", name);
    put_folder(path);
    snprintf(path, sizeof(path), "%s/device", name);
    put_folder(path);
    put_attribute(name, "device/model", "QEMU HARDDISK   \n");
    snprintf(text, sizeof(text), "%u\n", block);
    put_attribute(name, "queue/logical_block_size", text);
    for (int number = 1; number <= 2 && data_guid != NULL; number++) {
        snprintf(path, sizeof(path), "%s/%s%s%d", name, name, separator, number);
        put_folder(path);
        snprintf(text, sizeof(text), "%d\n", number);
        put_attribute(path, "partition", text);
    }
}

static int make_tree(void **state)
{
    (void)state;
    strcpy(root, "/tmp/hiperiso-devices-XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    snprintf(class_folder, sizeof(class_folder), "%s/class", root);
    snprintf(node_folder, sizeof(node_folder), "%s/dev", root);
    return mkdir(class_folder, 0755) == 0 && mkdir(node_folder, 0755) == 0 ? 0 : -1;
}

static int drop_tree(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static struct devices scanned(void)
{
    struct devices devices;
    devices_init(&devices);
    devices.class_folder = class_folder;
    devices.node_folder = node_folder;
    devices_scan(&devices);
    return devices;
}

static void partitions_are_found_on_every_bus_and_sector_size(void **state)
{
    (void)state;
    static const struct {
        const char *disk, *separator;
        uint32_t block;
        const char *node;
    } cases[] = {{"sda", "", 512, "sda1"},
                 {"nvme0n1", "p", 4096, "nvme0n1p1"},
                 {"mmcblk0", "p", 512, "mmcblk0p1"},
                 {"vda", "", 4096, "vda1"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct devices_match match;
        put_disk(cases[i].disk, cases[i].separator, cases[i].block, ONE, TWO);
        struct devices devices = scanned();
        assert_int_equal(devices_find(&devices, ONE, &match, 1), 1);
        assert_string_equal(match.partition->name, cases[i].node);
        assert_string_equal(match.disk->model, "QEMU HARDDISK");
        assert_false(match.partition->is_esp);
        assert_string_equal(devices_esp_of(match.disk)->partuuid, TWO);
        assert_int_equal(devices_find(&devices, OTHER, &match, 1), 0);
        devices_clear(&devices);
        drop_tree(NULL);
        make_tree(NULL);
    }
}

static void the_same_stick_twice_is_two_matches(void **state)
{
    (void)state;
    struct devices_match match[2];
    put_disk("sda", "", 512, ONE, TWO);
    put_disk("sdb", "", 512, ONE, TWO);
    struct devices devices = scanned();
    assert_int_equal(devices_find(&devices, ONE, match, 2), 2);
    assert_string_not_equal(match[0].partition->name, match[1].partition->name);
    devices_clear(&devices);
}

static void what_is_no_stick_is_described(void **state)
{
    (void)state;
    put_disk("sdb", "", 512, NULL, NULL);
    put_disk("loop0", "p", 512, ONE, TWO); /* never looked at */
    put_disk("sr0", "", 512, ONE, TWO);
    struct devices devices = scanned();
    auto_strbuf b = STRBUF_INIT;
    devices_describe(&devices, &b);
    assert_string_equal(strbuf_text(&b), "sdb (QEMU HARDDISK, 0.0 GB: no GPT)");
    devices_clear(&devices);
}

static void nothing_at_all_is_described(void **state)
{
    (void)state;
    struct devices devices = scanned();
    auto_strbuf b = STRBUF_INIT;
    devices_describe(&devices, &b);
    assert_string_equal(strbuf_text(&b), "no disk at all");
    devices_clear(&devices);
}

static void a_stick_that_comes_late_is_found_and_one_that_goes_is_forgotten(void **state)
{
    (void)state;
    struct devices_match match;
    char command[256];
    struct devices devices = scanned();
    assert_int_equal(devices_find(&devices, ONE, &match, 1), 0);
    put_disk("sdc", "", 512, ONE, TWO);
    devices_scan(&devices);
    assert_int_equal(devices_find(&devices, ONE, &match, 1), 1);
    snprintf(command, sizeof(command), "rm -rf %s/sdc", class_folder);
    assert_int_equal(system(command), 0);
    devices_scan(&devices);
    assert_int_equal(devices_find(&devices, ONE, &match, 1), 0);
    devices_clear(&devices);
}

/* Stands before the C library's: child.c forks through it. */
static bool fork_fails;

pid_t fork(void)
{
    pid_t (*next)(void);
    void *symbol = dlsym(RTLD_NEXT, "fork");
    memcpy(&next, &symbol, sizeof(next));
    if (!fork_fails)
        return next();
    errno = EAGAIN;
    return -1;
}

static void a_table_that_nobody_could_read_is_read_again(void **state)
{
    (void)state;
    struct devices_match match;
    put_disk("sda", "", 512, ONE, TWO);
    fork_fails = true;
    struct devices devices = scanned();
    fork_fails = false;
    assert_int_equal(devices.disks[0].gpt, STATUS_IO);
    assert_int_equal(devices_find(&devices, ONE, &match, 1), 0);
    devices_scan(&devices);
    assert_int_equal(devices_find(&devices, ONE, &match, 1), 1);
    devices_clear(&devices);
}

static void waiting_ends(void **state)
{
    (void)state;
    struct devices_match match;
    unsigned count = 77;
    put_disk("sda", "", 512, ONE, TWO);
    struct devices devices = scanned();
    assert_int_equal(devices_wait(&devices, OTHER, 150, &match, 1, &count), -ENODEV);
    assert_int_equal(count, 77);
    assert_int_equal(devices_wait(&devices, ONE, 150, &match, 1, &count), 0);
    assert_int_equal(count, 1);
    devices_clear(&devices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(partitions_are_found_on_every_bus_and_sector_size,
                                        make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(the_same_stick_twice_is_two_matches, make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(what_is_no_stick_is_described, make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(nothing_at_all_is_described, make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(
            a_stick_that_comes_late_is_found_and_one_that_goes_is_forgotten, make_tree, drop_tree),
        cmocka_unit_test_setup_teardown(a_table_that_nobody_could_read_is_read_again, make_tree,
                                        drop_tree),
        cmocka_unit_test_setup_teardown(waiting_ends, make_tree, drop_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

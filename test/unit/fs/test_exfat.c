/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the exFAT reader against volumes that mkfs.exfat formatted and exfat-fuse filled and
 * listed, and somebody else's. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "efi/core/fs/exfat.h"
#include "efi/core/fs/gpt.h"
#include "test/unit/fs/testdev.h"

#define ODD_READ_BYTES 7777
#define LOOKUPS_MAX    400
#define FOLDERS_MAX    4096
#define FAR_TEXT       "the far end"

static uint32_t file_crc(struct exfat *fs, const struct exfat_node *node)
{
    struct exfat_position position = {0};
    uint8_t buffer[ODD_READ_BYTES];
    uint32_t crc = 0;
    size_t got;

    for (uint64_t off = 0; off < node->size_bytes; off += got) {
        assert_int_equal(exfat_read(fs, node, &position, off, sizeof(buffer), buffer, &got),
                         STATUS_OK);
        assert_true(got > 0);
        crc = gpt_crc32(crc, buffer, got);
    }
    assert_int_equal(exfat_read(fs, node, &position, node->size_bytes, 1, buffer, &got), STATUS_OK);
    assert_int_equal(got, 0);
    return crc;
}

/* Lists the whole volume; returns the number of files and folders. */
static unsigned walk(struct exfat *fs)
{
    struct exfat_node *folders = calloc(FOLDERS_MAX, sizeof(*folders));
    unsigned count = 0, folder_count = 1;
    struct exfat_entry entry;
    struct exfat_dir dir;

    assert_non_null(folders);
    folders[0] = exfat_root(fs);
    for (unsigned i = 0; i < folder_count; i++) {
        enum status status;
        exfat_dir_open(fs, &folders[i], &dir);
        while ((status = exfat_dir_next(&dir, &entry)) == STATUS_OK) {
            count++;
            if ((entry.node.attributes & EXFAT_ATTR_DIRECTORY) != 0) {
                assert_true(folder_count < FOLDERS_MAX);
                folders[folder_count++] = entry.node;
            }
        }
        assert_int_equal(status, STATUS_END);
        assert_int_equal(exfat_dir_next(&dir, &entry), STATUS_END);
    }
    free(folders);
    return count;
}

struct listing_check {
    struct exfat *fs;
    unsigned lines, every;
};

static void check_file(const struct expected *line, void *context)
{
    struct listing_check *check = context;
    struct exfat_node node, upper;
    char path[8192];

    if (check->lines++ % check->every != 0)
        return;
    bool is_folder = strcmp(line->fields[0], "d") == 0;
    assert_int_equal(exfat_lookup(check->fs, line->fields[3], &node), STATUS_OK);
    assert_int_equal((node.attributes & EXFAT_ATTR_DIRECTORY) != 0, is_folder);
    if (!is_folder) {
        assert_int_equal(node.size_bytes, strtoull(line->fields[1], NULL, 10));
        assert_int_equal(file_crc(check->fs, &node), strtoul(line->fields[2], NULL, 16));
    }
    strcpy(path, line->fields[3]);
    for (char *p = path; *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);
    assert_int_equal(exfat_lookup(check->fs, path, &upper), STATUS_OK);
    assert_int_equal(upper.first_clu, node.first_clu);
    assert_int_equal(upper.size_bytes, node.size_bytes);
}

static void count_line(const struct expected *line, void *context)
{
    (void)line;
    (void)context;
}

static void check_volume(const struct expected *line, void *context)
{
    struct testdev dev;
    struct exfat *fs;
    uint64_t free_bytes;

    (void)context;
    assert_true(testdev_open(&dev, line->fields[1], strtoull(line->fields[2], NULL, 10)));
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_OK);
    if (strcmp(line->fields[3], "-") != 0)
        assert_string_equal(exfat_label(fs), line->fields[3]);
    assert_int_equal(exfat_cluster_bytes(fs), strtoul(line->fields[4], NULL, 10));
    assert_int_equal(exfat_free_bytes(fs, &free_bytes), STATUS_OK);
    if (strcmp(line->fields[6], "-") != 0)
        assert_int_equal(free_bytes, strtoull(line->fields[6], NULL, 10));
    if (strcmp(line->fields[7], "-") != 0)
        assert_int_equal(exfat_serial(fs), strtoul(line->fields[7], NULL, 16));
    assert_true(exfat_volume_bytes(fs) <= dev.size_bytes && exfat_volume_bytes(fs) > free_bytes);
    unsigned lines = expected_each(line->fields[5], NULL, count_line, NULL);
    assert_int_equal(walk(fs), lines);
    struct listing_check check = {.fs = fs, .every = 1 + lines / LOOKUPS_MAX};
    expected_each(line->fields[5], NULL, check_file, &check);
    exfat_close(fs);
    testdev_close(&dev);
}

static void exfat_reads_what_others_list(void **state)
{
    (void)state;
    if (expected_each("expected", "exfat", check_volume, NULL) == 0)
        skip();
}

static void check_far_file(const struct expected *line, void *context)
{
    struct exfat_position position = {0}, extents = {0};
    uint64_t off = 0, device_off, run;
    char text[sizeof(FAR_TEXT)] = {0};
    struct exfat_node node;
    struct testdev dev;
    struct exfat *fs;
    size_t got;

    (void)context;
    assert_true(testdev_open(&dev, line->fields[1], 0));
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, line->fields[2], &node), STATUS_OK);
    assert_int_equal(node.size_bytes, strtoull(line->fields[3], NULL, 10));
    assert_true(node.size_bytes > UINT32_MAX);

    uint64_t end = node.size_bytes - strlen(FAR_TEXT);
    dev.reads = 0;
    assert_int_equal(exfat_read(fs, &node, &position, end, 4096, text, &got), STATUS_OK);
    assert_int_equal(got, strlen(FAR_TEXT));
    assert_string_equal(text, FAR_TEXT);
    assert_true(dev.reads < 60);
    dev.reads = 0;
    for (int i = 0; i < 1000; i++) /* a position makes the next read cheap */
        assert_int_equal(exfat_read(fs, &node, &position, end, 1, text, &got), STATUS_OK);
    assert_true(dev.reads <= 1002);
    enum status status;
    while ((status = exfat_extent(fs, &node, &extents, off, &device_off, &run)) == STATUS_OK) {
        assert_true(run > 0 && device_off + run <= dev.size_bytes);
        off += run;
    }
    assert_int_equal(status, STATUS_END);
    assert_int_equal(off, node.size_bytes);
    exfat_close(fs);
    testdev_close(&dev);
}

static void exfat_reads_the_far_end_of_a_5_gib_file(void **state)
{
    (void)state;
    if (expected_each("expected", "far", check_far_file, NULL) == 0)
        skip();
}

static void exfat_lists_10000_files_in_few_reads(void **state)
{
    struct exfat_node folder;
    struct exfat_entry entry;
    struct testdev dev;
    struct exfat_dir dir;
    struct exfat *fs;
    unsigned count = 0;

    (void)state;
    if (!testdev_open(&dev, "many.img", 0))
        skip();
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/isos", &folder), STATUS_OK);
    dev.reads = 0;
    exfat_dir_open(fs, &folder, &dir);
    while (exfat_dir_next(&dir, &entry) == STATUS_OK)
        count++;
    assert_int_equal(count, 10000);
    print_message("%u files, %llu bytes of folder, %lu reads\n", count,
                  (unsigned long long)folder.size_bytes, dev.reads);
    assert_true(dev.reads <= folder.size_bytes / 65536 + 10);
    exfat_close(fs);
    testdev_close(&dev);
}

/* Two iterations at once, and lookups between them, disturb each other's buffers but not their
 * results. */
static void exfat_iterates_two_folders_at_once(void **state)
{
    struct exfat_node folder, node;
    struct exfat_entry first, second;
    struct exfat_dir one, two;
    struct testdev dev;
    struct exfat *fs;

    (void)state;
    if (!testdev_open(&dev, "filled-4K-512.img", 0))
        skip();
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/holes", &folder), STATUS_OK);
    exfat_dir_open(fs, &folder, &one);
    exfat_dir_open(fs, &folder, &two);
    assert_int_equal(exfat_dir_next(&two, &second), STATUS_OK);
    for (int i = 0; i < 99; i++) {
        assert_int_equal(exfat_dir_next(&one, &first), STATUS_OK);
        assert_int_equal(exfat_lookup(fs, "/level0/level1/level2", &node), STATUS_OK);
        assert_string_equal(first.name, second.name);
        assert_int_equal(exfat_dir_next(&two, &second), STATUS_OK);
    }
    exfat_close(fs);
    testdev_close(&dev);
}

static void exfat_lookup_knows_what_is_missing(void **state)
{
    static const struct {
        const char *path;
        enum status status;
    } cases[] = {
        {"", STATUS_OK},
        {"/", STATUS_OK},
        {"///", STATUS_OK},
        {"/holes/", STATUS_OK},
        {"holes//h001", STATUS_OK},
        {"/no", STATUS_NOT_FOUND},
        {"/holes/no", STATUS_NOT_FOUND},
        {"/a/b", STATUS_NOT_FOUND},
        {"/..", STATUS_NOT_FOUND},
        {"/holes/h000", STATUS_NOT_FOUND},
        {"/STRASSE", STATUS_NOT_FOUND},
        {"/\xff\xfe", STATUS_NOT_FOUND},
    };
    char long_path[4 * 300 + 1];
    struct exfat_node node;
    struct testdev dev;
    struct exfat *fs;

    (void)state;
    if (!testdev_open(&dev, "filled-4K-512.img", 0))
        skip();
    assert_int_equal(exfat_open(&dev.device, &fs), STATUS_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(exfat_lookup(fs, cases[i].path, &node), cases[i].status);
    memset(long_path, 'n', 256);
    long_path[256] = '\0';
    assert_int_equal(exfat_lookup(fs, long_path, &node), STATUS_NOT_FOUND);
    long_path[255] = '\0';
    assert_int_equal(exfat_lookup(fs, long_path, &node), STATUS_OK);
    exfat_close(fs);
    testdev_close(&dev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exfat_reads_what_others_list),
        cmocka_unit_test(exfat_reads_the_far_end_of_a_5_gib_file),
        cmocka_unit_test(exfat_lists_10000_files_in_few_reads),
        cmocka_unit_test(exfat_iterates_two_folders_at_once),
        cmocka_unit_test(exfat_lookup_knows_what_is_missing),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the exFAT reader against damaged and unusual folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat.h"
#include "test/unit/fs/volume.h"

/* Each case is applied to the set of "victim", which stands between two good files. Entry, byte in
 * it. */
static const struct set_case {
    const char *what;
    size_t off, width;
    uint64_t value;
    bool is_sealed;
    enum status status;
} set_cases[] = {
    {"unharmed", 0, 0, 0, true, STATUS_OK},
    {"checksum", 4, 1, 0x01, false, STATUS_CORRUPT},
    {"a name of another letter", 66, 1, 'V', true, STATUS_OK},
    {"no secondaries", 1, 1, 0, true, STATUS_CORRUPT},
    {"one secondary", 1, 1, 1, true, STATUS_CORRUPT},
    {"more secondaries than there are", 1, 1, 3, true, STATUS_CORRUPT},
    {"19 secondaries", 1, 1, 19, true, STATUS_CORRUPT},
    {"255 secondaries", 1, 1, 255, false, STATUS_CORRUPT},
    {"no stream extension", 32, 1, 0xc1, true, STATUS_CORRUPT},
    {"the stream extension not in use", 32, 1, 0x40, true, STATUS_CORRUPT},
    {"no name entry", 64, 1, 0xe0, true, STATUS_CORRUPT},
    {"an empty name", 35, 1, 0, true, STATUS_CORRUPT},
    {"a name longer than its entries", 35, 1, 16, true, STATUS_CORRUPT},
    {"a name of 255 units without entries", 35, 1, 255, true, STATUS_CORRUPT},
    {"a hash of another name", 36, 2, 0x1234, true, STATUS_CORRUPT},
    {"a slash in the name", 66, 2, '/', true, STATUS_CORRUPT},
    {"a backslash in the name", 66, 2, '\\', true, STATUS_CORRUPT},
    {"a zero in the name", 66, 2, 0, true, STATUS_CORRUPT},
    {"more valid than there is", 40, 8, UINT64_MAX, true, STATUS_CORRUPT},
    {"cluster 0", 52, 4, 0, true, STATUS_CORRUPT},
    {"cluster 1", 52, 4, 1, true, STATUS_CORRUPT},
    {"a cluster behind the last", 52, 4, 0x7fffffff, true, STATUS_CORRUPT},
    {"larger than the volume", 56, 8, (uint64_t)1 << 40, true, STATUS_CORRUPT},
    {"the largest size", 56, 8, UINT64_MAX, true, STATUS_CORRUPT},
    {"the attributes of a folder", 4, 2, FOLDER, true, STATUS_OK},
};

static void add_three_files(struct volume *volume, const struct set_case *damage)
{
    volume_add_file(volume, "before", 0, NO_FAT, FREE_CLU, 10);
    uint8_t *set = volume_add_file(volume, "victim", 0, NO_FAT, FREE_CLU + 1, 10);
    for (size_t i = 0; i < damage->width; i++)
        set[damage->off + i] = (uint8_t)(damage->value >> 8 * i);
    volume_add_file(volume, "behind", 0, NO_FAT, FREE_CLU + 2, 10);
    if (damage->is_sealed)
        volume_seal(set);
}

static void exfat_passes_over_a_damaged_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(set_cases) / sizeof(set_cases[0]); i++) {
        struct exfat_node root, node;
        struct exfat_entry entry;
        struct volume volume;
        struct exfat_dir dir;
        struct exfat *fs;
        volume_need(&volume);
        add_three_files(&volume, &set_cases[i]);
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
        root = exfat_root(fs);
        exfat_dir_open(fs, &root, &dir);
        assert_int_equal(exfat_dir_next(&dir, &entry), STATUS_OK);
        assert_string_equal(entry.name, "before");
        enum status status = exfat_dir_next(&dir, &entry);
        if (status != set_cases[i].status)
            print_error("%s: %s\n", set_cases[i].what, status_text(status));
        assert_int_equal(status, set_cases[i].status);
        do /* a set that is torn apart may count twice */
            status = exfat_dir_next(&dir, &entry);
        while (status == STATUS_CORRUPT);
        assert_int_equal(status, STATUS_OK);
        assert_string_equal(entry.name, "behind");
        assert_int_equal(exfat_dir_next(&dir, &entry), STATUS_END);
        assert_int_equal(exfat_lookup(fs, "/BEHIND", &node), STATUS_OK);
        status = exfat_lookup(fs, "/victim", &node);
        assert_int_equal(status == STATUS_OK, set_cases[i].status == STATUS_OK);
        exfat_close(fs);
        volume_close(&volume);
    }
}

static void exfat_passes_over_entries_of_other_kinds(void **state)
{
    static const struct {
        uint8_t type;
        unsigned damaged; /* how many STATUS_CORRUPT */
    } cases[] = {{0xa0, 0}, {0xa1, 0}, {0x05, 0}, {0x40, 0}, {0x83, 0},
                 {0x86, 2}, {0xc0, 1}, {0xc1, 1}, {0xe0, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t other[32] = {cases[i].type};
        struct exfat_entry entry;
        struct exfat_node root;
        struct volume volume;
        struct exfat_dir dir;
        unsigned damaged = 0;
        struct exfat *fs;
        enum status status;
        volume_need(&volume);
        volume_add_entry(&volume, other);
        volume_add_entry(&volume, other);
        volume_add_file(&volume, "file", 0, NO_FAT, FREE_CLU, 10);
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
        root = exfat_root(fs);
        exfat_dir_open(fs, &root, &dir);
        while ((status = exfat_dir_next(&dir, &entry)) == STATUS_CORRUPT)
            damaged++;
        assert_int_equal(status, STATUS_OK);
        assert_string_equal(entry.name, "file");
        if (damaged != cases[i].damaged)
            print_error("type %x: %u\n", cases[i].type, damaged);
        assert_int_equal(damaged, cases[i].damaged);
        exfat_close(fs);
        volume_close(&volume);
    }
}

/* A set may hold more entries than the name needs, if they are benign. 7.8, 7.9. */
static void exfat_reads_sets_with_vendor_entries(void **state)
{
    static const struct {
        uint8_t type;
        enum status status;
    } cases[] = {{0xe0, STATUS_OK}, {0xe1, STATUS_OK}, {0xc2, STATUS_CORRUPT}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t vendor[32] = {cases[i].type};
        struct exfat_node node;
        struct volume volume;
        struct exfat *fs;
        volume_need(&volume);
        uint8_t *set = volume_add_file(&volume, "file", 0, NO_FAT, FREE_CLU, 10);
        volume_add_entry(&volume, vendor);
        set[1]++;
        volume_seal(set);
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
        assert_int_equal(exfat_lookup(fs, "/file", &node), cases[i].status);
        exfat_close(fs);
        volume_close(&volume);
    }
}

static void exfat_refuses_folders_above_256_mib(void **state)
{
    struct exfat_node node;
    struct volume volume;
    struct exfat *fs;

    (void)state;
    if (!volume_open(&volume, "blank-32M.img"))
        skip();
    volume_add_file(&volume, "good", FOLDER, NO_FAT, 20, (uint64_t)256 << 20);
    volume_add_file(&volume, "bad", FOLDER, NO_FAT, 20, ((uint64_t)256 << 20) + 1);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/good", &node), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/bad", &node), STATUS_CORRUPT);
    assert_int_equal(exfat_lookup(fs, "/good/file", &node), STATUS_NOT_FOUND);
    exfat_close(fs);
    volume_close(&volume);
}

static void exfat_lookup_bounds_the_depth(void **state)
{
    char path[2 * (EXFAT_PATH_DEPTH_MAX + 1) + 1];
    struct exfat_node node;
    struct volume volume;
    struct exfat *fs;

    (void)state;
    volume_need(&volume);
    uint32_t first = volume.root_clu; /* a folder that is its own parent */
    volume_add_file(&volume, "a", FOLDER, NO_FAT, first, volume.clu_bytes);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    for (size_t i = 0; i <= EXFAT_PATH_DEPTH_MAX; i++)
        memcpy(path + 2 * i, "/a", 3);
    assert_int_equal(exfat_lookup(fs, path, &node), STATUS_TOO_LARGE);
    path[2 * EXFAT_PATH_DEPTH_MAX] = '\0';
    assert_int_equal(exfat_lookup(fs, path, &node), STATUS_OK);
    exfat_close(fs);
    volume_close(&volume);
}

static void exfat_refuses_names_that_lead_elsewhere(void **state)
{
    static const char *const names[] = {".", ".."};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct exfat_entry entry;
        struct exfat_node root;
        struct volume volume;
        struct exfat_dir dir;
        struct exfat *fs;
        volume_need(&volume);
        volume_add_file(&volume, names[i], 0, NO_FAT, FREE_CLU, 10);
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
        root = exfat_root(fs);
        exfat_dir_open(fs, &root, &dir);
        assert_int_equal(exfat_dir_next(&dir, &entry), STATUS_CORRUPT);
        assert_int_equal(exfat_dir_next(&dir, &entry), STATUS_END);
        exfat_close(fs);
        volume_close(&volume);
    }
}

/* Counts what a folder yields, at most MAX; *RET_LAST is the status that ended it. */
static unsigned count_folder(struct exfat *fs, const struct exfat_node *folder, unsigned max,
                             enum status *ret_last)
{
    struct exfat_entry entry;
    struct exfat_dir dir;
    unsigned count = 0;

    exfat_dir_open(fs, folder, &dir);
    while ((*ret_last = exfat_dir_next(&dir, &entry)) != STATUS_END && count < max)
        count++;
    return count;
}

static void exfat_directory_loops_end(void **state)
{
    uint8_t deleted[32] = {0x05};
    struct exfat_node root, folder;
    struct volume volume;
    enum status last;
    struct exfat *fs;

    (void)state;
    volume_need(&volume);
    volume_add_file(&volume, "folder", FOLDER, CHAINED, FREE_CLU, 1 << 22);
    while (volume.root_used < volume.clu_bytes)
        volume_add_entry(&volume, deleted);
    volume_set_fat(&volume, volume.root_clu, volume.root_clu);
    for (size_t i = 0; i < volume.clu_bytes; i += 32) {
        volume_cluster(&volume, FREE_CLU)[i] = 0x05;
        volume_cluster(&volume, FREE_CLU + 1)[i] = 0x05;
    }
    volume_set_fat(&volume, FREE_CLU, FREE_CLU + 1);
    volume_set_fat(&volume, FREE_CLU + 1, FREE_CLU);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    root = exfat_root(fs);
    assert_int_equal(count_folder(fs, &root, 100, &last), 2); /* the folder, the damage */
    assert_int_equal(last, STATUS_END);
    assert_int_equal(exfat_lookup(fs, "/folder", &folder), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/folder/x", &root), STATUS_CORRUPT);
    assert_int_equal(count_folder(fs, &folder, 100, &last), 1);
    exfat_close(fs);
    volume_close(&volume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exfat_passes_over_a_damaged_set),
        cmocka_unit_test(exfat_passes_over_entries_of_other_kinds),
        cmocka_unit_test(exfat_reads_sets_with_vendor_entries),
        cmocka_unit_test(exfat_refuses_folders_above_256_mib),
        cmocka_unit_test(exfat_lookup_bounds_the_depth),
        cmocka_unit_test(exfat_refuses_names_that_lead_elsewhere),
        cmocka_unit_test(exfat_directory_loops_end),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the exFAT reader against damage that is applied to good volumes. */
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
#define NO_FAT   0x03
#define FREE_CLU 1000u /* and above: not in use in the image */
#define FOLDER   EXFAT_ATTR_DIRECTORY

static void need_volume(struct volume *volume)
{
    if (!volume_open(volume, IMAGE))
        skip();
}

static void exfat_open_uses_the_backup_boot_region(void **state)
{
    static const size_t damage[] = {0 /* a checksum only */, 3, 108, 510, 512};
    struct volume volume;
    struct exfat *fs;

    (void)state;
    for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        need_volume(&volume);
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
        need_volume(&volume);
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
        need_volume(&volume);
        uint8_t *entry = root_entry(&volume, 0x82);
        for (size_t b = 0; b < cases[i].width; b++)
            entry[cases[i].off + b] = (uint8_t)(cases[i].value >> 8 * b);
        assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_CORRUPT);
        volume_close(&volume);
    }
    need_volume(&volume); /* its chain leads back to its start */
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
    need_volume(&volume);
    put_le64(root_entry(&volume, 0x81) + 24, 1);
    assert_int_equal(exfat_open(&volume.dev.device, &fs), STATUS_OK);
    assert_int_equal(exfat_free_bytes(fs, &free_bytes), STATUS_CORRUPT);
    exfat_close(fs);
    volume_close(&volume);
}

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
    {"a folder above 256 MiB", 4, 2, FOLDER, true, STATUS_OK},
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
        need_volume(&volume);
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
        need_volume(&volume);
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
        need_volume(&volume);
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

/* A file of COUNT clusters from FREE_CLU on whose chain is TO[0], TO[1], ... */
static enum status read_chain(const uint32_t *to, size_t count, uint64_t size)
{
    struct exfat_position position = {0};
    uint8_t bytes[4096];
    struct exfat_node node;
    struct volume volume;
    struct exfat *fs;
    size_t got;

    need_volume(&volume);
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
    need_volume(&volume);
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
    need_volume(&volume);
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
        cmocka_unit_test(exfat_open_uses_the_backup_boot_region),
        cmocka_unit_test(exfat_open_finds_none_elsewhere),
        cmocka_unit_test(exfat_open_checks_each_field),
        cmocka_unit_test(exfat_open_checks_the_upcase_table),
        cmocka_unit_test(exfat_free_bytes_checks_the_bitmap),
        cmocka_unit_test(exfat_passes_over_a_damaged_set),
        cmocka_unit_test(exfat_passes_over_entries_of_other_kinds),
        cmocka_unit_test(exfat_refuses_names_that_lead_elsewhere),
        cmocka_unit_test(exfat_read_rejects_bad_chains),
        cmocka_unit_test(exfat_reads_zeros_behind_what_is_valid),
        cmocka_unit_test(exfat_directory_loops_end),
    };
    return images_are_made() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The exFAT formatter and writer against mkfs.exfat, fsck.exfat and the reader that the firmware
 * uses. */
#include "test/unit/tools/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat.h"
#include "efi/core/fs/exfat_sum.h"
#include "test/unit/config/fail_alloc.h"
#include "tools/mkhiperiso/exfat_tree.h"
#include "tools/mkhiperiso/exfat_upcase.h"

#define STAMP       1600000001 /* 2020-09-13 12:26:41 UTC */
#define SERIAL      0x1234ABCDu
#define MEMORY_DISK ((size_t)16 << 20)

/* A sparse file as a device. */
struct file_disk {
    struct blockdev device;
    int fd;
};

static enum status file_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct file_disk *disk = context;
    return pread(disk->fd, ret_bytes, len, (off_t)off) == (ssize_t)len ? STATUS_OK : STATUS_IO;
}

static enum status file_write(void *context, uint64_t off, size_t len, const void *bytes)
{
    const struct file_disk *disk = context;
    return pwrite(disk->fd, bytes, len, (off_t)off) == (ssize_t)len ? STATUS_OK : STATUS_IO;
}

static void file_disk_open(struct file_disk *disk, const char *path, uint64_t size_bytes)
{
    disk->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(disk->fd >= 0);
    assert_int_equal(ftruncate(disk->fd, (off_t)size_bytes), 0);
    disk->device = (struct blockdev){file_read, file_write, disk, size_bytes, 512};
}

/* Memory as a device whose Nth write fails. */
struct memory_disk {
    struct blockdev device;
    uint8_t *bytes;
    unsigned long writes, fail_from; /* 0: never */
};

static enum status memory_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct memory_disk *disk = context;
    memcpy(ret_bytes, disk->bytes + off, len);
    return STATUS_OK;
}

static enum status memory_write(void *context, uint64_t off, size_t len, const void *bytes)
{
    struct memory_disk *disk = context;
    if (++disk->writes >= disk->fail_from && disk->fail_from != 0)
        return STATUS_IO;
    memcpy(disk->bytes + off, bytes, len);
    return STATUS_OK;
}

static void memory_disk_open(struct memory_disk *disk, uint8_t filler)
{
    disk->bytes = malloc(MEMORY_DISK);
    assert_non_null(disk->bytes);
    memset(disk->bytes, filler, MEMORY_DISK);
    disk->writes = disk->fail_from = 0;
    disk->device = (struct blockdev){memory_read, memory_write, disk, MEMORY_DISK, 512};
}

static bool is_clean(const char *path)
{
    return run_quietly((const char *const[]){"fsck.exfat", "-n", path, NULL});
}

static struct exfat_item *add_folder(struct exfat_tree *tree, struct exfat_item *parent,
                                     const char *name)
{
    struct exfat_item *item;
    assert_int_equal(exfat_tree_add_folder(tree, parent, name, STAMP, &item), STATUS_OK);
    return item;
}

static struct exfat_item *add_file(struct exfat_tree *tree, struct exfat_item *parent,
                                   const char *name, uint64_t size_bytes)
{
    struct exfat_item *item;
    assert_int_equal(exfat_tree_add_file(tree, parent, name, size_bytes, STAMP, &item), STATUS_OK);
    return item;
}

/* Folders in folders, an empty file, names outside ASCII, a name of 255 units. */
static struct exfat_tree *sample_tree(void)
{
    struct exfat_tree *tree = exfat_tree_new();
    char longest[256];

    assert_non_null(tree);
    memset(longest, 'n', 255);
    longest[255] = '\0';
    struct exfat_item *deep = exfat_tree_root(tree);
    add_file(tree, deep, "empty.iso", 0);
    add_file(tree, deep, "äöüß 漢字 \U0001F4BF.iso", 4097);
    add_file(tree, deep, longest, 1);
    for (int i = 0; i < 5; i++) {
        deep = add_folder(tree, deep, "folder");
        add_file(tree, deep, "file.img", 100000);
    }
    return tree;
}

static void upcase_table_is_the_one_of_mkfs(void **state)
{
    (void)state;
    uint8_t ours[EXFAT_UPCASE_STORED_BYTES], theirs[EXFAT_UPCASE_STORED_BYTES], boot[512];
    struct file_disk disk;

    file_disk_open(&disk, "mkfs.img", 64 * MIB);
    if (!run_quietly((const char *const[]){"mkfs.exfat", "mkfs.img", NULL}))
        skip();
    assert_int_equal(pread(disk.fd, boot, sizeof(boot), 0), sizeof(boot));
    off_t heap = (off_t)get_le32(boot + 88) * 512;
    /* The bitmap of a volume this small takes the first cluster, of 4 KiB. */
    assert_int_equal(pread(disk.fd, theirs, sizeof(theirs), heap + 4096), sizeof(theirs));
    close(disk.fd);
    exfat_upcase_store(ours);
    assert_memory_equal(ours, theirs, sizeof(ours));
    assert_int_equal(exfat_sum_table(ours, sizeof(ours)), EXFAT_UPCASE_CHECKSUM);
}

static const uint64_t volume_sizes[] = {
    8 * MIB,       9 * MIB,  64 * MIB, 255 * MIB, 256 * MIB,  257 * MIB,  1 * GIB,
    7 * GIB + 512, 32 * GIB, 33 * GIB, 256 * GIB, 1024 * GIB, 3072 * GIB,
};

static void geometry_is_the_one_of_mkfs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(volume_sizes); i++) {
        struct file_disk disk;
        struct exfat_layout g;
        uint8_t boot[512];

        file_disk_open(&disk, "mkfs.img", volume_sizes[i]);
        if (!run_quietly((const char *const[]){"mkfs.exfat", "mkfs.img", NULL}))
            skip();
        assert_int_equal(pread(disk.fd, boot, sizeof(boot), 0), sizeof(boot));
        close(disk.fd);
        assert_int_equal(exfat_geometry_plan(volume_sizes[i], 512, 0, &g), STATUS_OK);
        assert_int_equal(g.volume_bytes / 512, get_le64(boot + 72));
        assert_int_equal(g.fat_off / 512, get_le32(boot + 80));
        assert_int_equal(g.fat_bytes / 512, get_le32(boot + 84));
        assert_int_equal(g.heap_off / 512, get_le32(boot + 88));
        assert_int_equal(g.cluster_count, get_le32(boot + 92));
        assert_int_equal(g.cluster_bytes / 512, 1u << boot[109]);
    }
}

static void geometry_refuses_what_exfat_has_not(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        uint32_t sector, cluster;
        enum status expected;
    } cases[] = {
        {64 * MIB, 256, 0, STATUS_INVALID},
        {64 * MIB, 8192, 0, STATUS_INVALID},
        {64 * MIB, 513, 0, STATUS_INVALID},
        {64 * MIB, 4096, 512, STATUS_INVALID},
        {64 * MIB, 512, 3 * 512, STATUS_INVALID},
        {64 * MIB, 512, 64 << 20, STATUS_INVALID},
        {0, 512, 0, STATUS_NO_SPACE},
        {MIB, 512, 0, STATUS_NO_SPACE},
        {2 * MIB, 512, 0, STATUS_NO_SPACE},
        {3 * MIB, 512, 0, STATUS_OK},
        {64 * MIB, 512, 512, STATUS_OK},
        {64 * MIB, 4096, 4096, STATUS_OK},
        {INT64_MAX, 512, 0, STATUS_OK},
        {64 * GIB, 512, 32 << 20, STATUS_OK},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct exfat_layout g = {0};
        assert_int_equal(exfat_geometry_plan(cases[i].bytes, cases[i].sector, cases[i].cluster, &g),
                         cases[i].expected);
        if (cases[i].expected != STATUS_OK)
            continue;
        assert_true(g.fat_bytes / 4 >= (uint64_t)g.cluster_count + 2);
        assert_true(g.heap_off >= g.fat_off + g.fat_bytes);
        assert_true((uint64_t)g.cluster_count * g.cluster_bytes <= g.volume_bytes - g.heap_off);
    }
}

static void volumes_of_all_sizes_pass_fsck(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(volume_sizes); i++) {
        struct file_disk disk;
        struct exfat_layout g;
        struct exfat_tree *tree = sample_tree();

        file_disk_open(&disk, "ours.img", volume_sizes[i]);
        assert_int_equal(exfat_geometry_plan(volume_sizes[i], 512, 0, &g), STATUS_OK);
        assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
        assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "HIPERISO", SERIAL, true),
                         STATUS_OK);
        exfat_tree_free(tree);
        close(disk.fd);
        assert_true(is_clean("ours.img"));
    }
}

static void reader_finds_what_was_written(void **state)
{
    (void)state;
    static const uint32_t sectors[] = {512, 4096};
    for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
        struct memory_disk disk;
        struct exfat_layout g;
        struct exfat_tree *tree = exfat_tree_new();
        struct exfat *fs;
        struct exfat_node node;
        struct exfat_position position = {0};
        char text[64];
        size_t len;
        uint64_t free_bytes;

        memory_disk_open(&disk, 0);
        disk.device.block_bytes = sectors[i];
        struct exfat_item *folder = add_folder(tree, exfat_tree_root(tree), "Ordner Ä");
        struct exfat_item *file = add_file(tree, folder, "Straße.iso", 10000);
        assert_int_equal(exfat_geometry_plan(MEMORY_DISK, sectors[i], 0, &g), STATUS_OK);
        assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
        assert_int_equal(blockdev_write(&disk.device, exfat_item_off(file) + 9000, 5, "hello"),
                         STATUS_OK);
        assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "Änderung 12", SERIAL, true),
                         STATUS_OK);

        assert_int_equal(exfat_open(&disk.device, &fs), STATUS_OK);
        assert_string_equal(exfat_label(fs), "Änderung 12");
        assert_int_equal(exfat_serial(fs), SERIAL);
        assert_int_equal(exfat_lookup(fs, "/ORDNER ä/STRAßE.ISO", &node), STATUS_OK);
        assert_int_equal(node.size_bytes, 10000);
        assert_true(node.is_contiguous);
        assert_int_equal(node.modified, 40u << 25 | 9 << 21 | 13 << 16 | 12 << 11 | 26 << 5 | 20);
        assert_int_equal(exfat_read(fs, &node, &position, 9000, 5, text, &len), STATUS_OK);
        assert_int_equal(len, 5);
        assert_memory_equal(text, "hello", 5);
        assert_int_equal(exfat_free_bytes(fs, &free_bytes), STATUS_OK);
        assert_int_equal(free_bytes,
                         (g.cluster_count - exfat_tree_clusters(tree, &g)) * g.cluster_bytes);
        exfat_close(fs);
        exfat_tree_free(tree);
        free(disk.bytes);
    }
}

static void names_are_checked(void **state)
{
    (void)state;
    char longest[257], pairs[128 * 4 + 1] = "";

    memset(longest, 'x', 256);
    longest[256] = '\0';
    for (int i = 0; i < 128; i++) /* two units each */
        strcat(pairs, "\U0001F4BF");
    assert_null(exfat_name_check("a"));
    assert_null(exfat_name_check(longest + 1));
    assert_null(exfat_name_check("Ünïcode 漢字 %20 'x'.iso"));
    assert_null(exfat_name_check(".hidden"));
    assert_null(exfat_name_check("\xEF\xBF\xBD")); /* U+FFFD itself */
    const char *const bad[] = {
        "",
        ".",
        "..",
        longest,
        pairs,
        "a/b",
        "a\\b",
        "a:b",
        "a*",
        "a?",
        "\"a\"",
        "<",
        ">",
        "|",
        "tab\t",
        "bell\a",
        "\x7F\xFF",
        "cut \xC3",
        "lone \xED\xA0\x80",
        "dot.",
        "space ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct exfat_tree *tree = exfat_tree_new();
        assert_non_null(exfat_name_check(bad[i]));
        assert_int_equal(exfat_tree_add_file(tree, exfat_tree_root(tree), bad[i], 0, 0, NULL),
                         STATUS_INVALID);
        exfat_tree_free(tree);
    }
}

static void names_that_differ_in_case_only_are_refused(void **state)
{
    (void)state;
    struct exfat_tree *tree = exfat_tree_new();
    struct exfat_layout g;
    const struct exfat_item *twice = NULL;

    add_file(tree, exfat_tree_root(tree), "Änd.iso", 1);
    add_file(tree, exfat_tree_root(tree), "ÄND.ISO", 1);
    add_file(tree, exfat_tree_root(tree), "zzz", 1);
    assert_int_equal(exfat_geometry_plan(16 * MIB, 512, 0, &g), STATUS_OK);
    assert_int_equal(exfat_tree_place(tree, &g, &twice), STATUS_EXISTS);
    assert_non_null(strstr(exfat_item_name(twice), "Ä"));
    exfat_tree_free(tree);
}

static void ten_thousand_files_in_one_folder(void **state)
{
    (void)state;
    struct file_disk disk;
    struct exfat_layout g;
    struct exfat_tree *tree = exfat_tree_new();
    struct exfat_item *folder = add_folder(tree, exfat_tree_root(tree), "many");
    struct exfat *fs;
    struct exfat_node node;
    struct exfat_dir dir;
    struct exfat_entry entry;
    unsigned count = 0;

    for (unsigned i = 0; i < 10000; i++) {
        char name[64];
        snprintf(name, sizeof(name), "an image with a longer name %u.iso", i * 7919 % 10000);
        add_file(tree, folder, name, i % 3);
    }
    file_disk_open(&disk, "many.img", GIB);
    assert_int_equal(exfat_geometry_plan(GIB, 512, 0, &g), STATUS_OK);
    assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
    assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "", 0, true), STATUS_OK);
    exfat_tree_free(tree);
    assert_true(is_clean("many.img"));
    assert_int_equal(exfat_open(&disk.device, &fs), STATUS_OK);
    assert_int_equal(exfat_lookup(fs, "/many", &node), STATUS_OK);
    exfat_dir_open(fs, &node, &dir);
    while (exfat_dir_next(&dir, &entry) == STATUS_OK)
        count++;
    assert_int_equal(count, 10000);
    exfat_close(fs);
    close(disk.fd);
}

static void a_volume_can_be_filled_to_the_last_cluster(void **state)
{
    (void)state;
    for (uint64_t extra = 0; extra < 2; extra++) {
        struct memory_disk disk;
        struct exfat_layout g;
        struct exfat_tree *tree = exfat_tree_new();

        memory_disk_open(&disk, 0);
        assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
        uint64_t left = g.cluster_count - exfat_tree_clusters(tree, &g);
        add_file(tree, exfat_tree_root(tree), "all", left * g.cluster_bytes + extra);
        assert_int_equal(exfat_tree_place(tree, &g, NULL),
                         extra == 0 ? STATUS_OK : STATUS_NO_SPACE);
        if (extra == 0) {
            assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "FULL", 1, true), STATUS_OK);
            write_file("full.img", disk.bytes, MEMORY_DISK);
            assert_true(is_clean("full.img"));
        }
        exfat_tree_free(tree);
        free(disk.bytes);
    }
}

static void huge_sizes_do_not_wrap(void **state)
{
    (void)state;
    struct exfat_layout g;
    struct exfat_tree *tree = exfat_tree_new();

    for (int i = 0; i < 20; i++) {
        char name[8];
        snprintf(name, sizeof(name), "%d", i);
        add_file(tree, exfat_tree_root(tree), name, UINT64_MAX);
    }
    assert_int_equal(exfat_geometry_plan(16 * MIB, 512, 512, &g), STATUS_OK);
    assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_NO_SPACE);
    exfat_tree_free(tree);
}

static void order_of_adding_makes_no_difference(void **state)
{
    (void)state;
    static const char *const names[] = {"b.iso", "A.iso", "c.iso", "Ä.iso"};
    struct memory_disk disks[2];

    for (size_t way = 0; way < 2; way++) {
        struct exfat_layout g;
        struct exfat_tree *tree = exfat_tree_new();
        memory_disk_open(&disks[way], 0);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            size_t n = way == 0 ? i : ARRAY_SIZE(names) - 1 - i;
            char folder_name[16];
            snprintf(folder_name, sizeof(folder_name), "folder %zu", n);
            struct exfat_item *folder = add_folder(tree, exfat_tree_root(tree), folder_name);
            add_file(tree, folder, names[n], 5000 * n);
            add_file(tree, exfat_tree_root(tree), names[n], 5000 * n);
        }
        assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
        assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
        assert_int_equal(exfat_tree_write(tree, &g, &disks[way].device, "X", 1, true), STATUS_OK);
        exfat_tree_free(tree);
    }
    assert_memory_equal(disks[0].bytes, disks[1].bytes, MEMORY_DISK);
    free(disks[0].bytes);
    free(disks[1].bytes);
}

static void old_contents_of_a_disk_do_not_shine_through(void **state)
{
    (void)state;
    struct memory_disk disk;
    struct exfat_layout g;
    struct exfat_tree *tree = sample_tree();

    memory_disk_open(&disk, 0xFF);
    assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
    assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
    assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "USED", 1, false), STATUS_OK);
    exfat_tree_free(tree);
    write_file("used.img", disk.bytes, MEMORY_DISK);
    free(disk.bytes);
    assert_true(is_clean("used.img"));
}

static void labels_have_eleven_units(void **state)
{
    (void)state;
    struct memory_disk disk;
    struct exfat_layout g;
    struct exfat_tree *tree = sample_tree();

    memory_disk_open(&disk, 0);
    assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
    assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
    assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "123456789012", 1, true),
                     STATUS_INVALID);
    assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "12345678901", 1, true), STATUS_OK);
    exfat_tree_free(tree);
    free(disk.bytes);
}

static void times_outside_exfat_are_its_first_and_last(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        uint32_t expected;
    } cases[] = {
        {INT64_MIN, 0u << 25 | 1 << 21 | 1 << 16},
        {315532800, 0u << 25 | 1 << 21 | 1 << 16},
        {INT64_MAX, 127u << 25 | 12 << 21 | 31 << 16 | 23 << 11 | 59 << 5 | 29},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct memory_disk disk;
        struct exfat_layout g;
        struct exfat_tree *tree = exfat_tree_new();
        struct exfat *fs;
        struct exfat_node node;
        memory_disk_open(&disk, 0);
        assert_int_equal(
            exfat_tree_add_file(tree, exfat_tree_root(tree), "f", 0, cases[i].seconds, NULL),
            STATUS_OK);
        assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
        assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
        assert_int_equal(exfat_tree_write(tree, &g, &disk.device, "", 1, true), STATUS_OK);
        assert_int_equal(exfat_open(&disk.device, &fs), STATUS_OK);
        assert_int_equal(exfat_lookup(fs, "/f", &node), STATUS_OK);
        assert_int_equal(node.modified, cases[i].expected);
        exfat_close(fs);
        exfat_tree_free(tree);
        free(disk.bytes);
    }
}

/* A volume whose writing failed at any point is no volume: the boot region comes last. */
static void a_failed_write_leaves_no_volume(void **state)
{
    (void)state;
    struct exfat_layout g;
    unsigned long at = 1;

    assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
    for (;; at++) {
        struct memory_disk disk;
        struct exfat_tree *tree = sample_tree();
        struct exfat *fs;
        memory_disk_open(&disk, 0);
        disk.fail_from = at;
        assert_int_equal(exfat_tree_place(tree, &g, NULL), STATUS_OK);
        enum status status = exfat_tree_write(tree, &g, &disk.device, "X", 1, true);
        exfat_tree_free(tree);
        bool is_done = disk.writes < at;
        assert_int_equal(status, is_done ? STATUS_OK : STATUS_IO);
        /* The last write but one is the backup boot region: with it a reader may open the volume.
         */
        if (!is_done && disk.writes < 9)
            assert_int_not_equal(exfat_open(&disk.device, &fs), STATUS_OK);
        free(disk.bytes);
        if (is_done)
            break;
    }
    assert_true(at > 5);
}

static void every_failing_allocation_is_an_ordinary_error(void **state)
{
    (void)state;
    struct exfat_layout g;
    bool has_failed = true;

    assert_int_equal(exfat_geometry_plan(MEMORY_DISK, 512, 0, &g), STATUS_OK);
    for (unsigned long n = 1; has_failed; n++) {
        struct memory_disk disk;
        struct exfat_item *folder = NULL;
        memory_disk_open(&disk, 0);
        fail_alloc_after(n);
        struct exfat_tree *tree = exfat_tree_new();
        enum status status = tree != NULL ? STATUS_OK : STATUS_NO_MEMORY;
        if (status == STATUS_OK)
            status = exfat_tree_add_folder(tree, exfat_tree_root(tree), "folder", 0, &folder);
        if (status == STATUS_OK)
            status = exfat_tree_add_file(tree, folder, "file", 5, 0, NULL);
        if (status == STATUS_OK)
            status = exfat_tree_place(tree, &g, NULL);
        if (status == STATUS_OK)
            status = exfat_tree_write(tree, &g, &disk.device, "X", 1, true);
        has_failed = fail_alloc_happened();
        fail_alloc_after(0);
        assert_int_equal(status, has_failed ? STATUS_NO_MEMORY : STATUS_OK);
        exfat_tree_free(tree);
        free(disk.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upcase_table_is_the_one_of_mkfs),
        cmocka_unit_test(geometry_is_the_one_of_mkfs),
        cmocka_unit_test(geometry_refuses_what_exfat_has_not),
        cmocka_unit_test(volumes_of_all_sizes_pass_fsck),
        cmocka_unit_test(reader_finds_what_was_written),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(names_that_differ_in_case_only_are_refused),
        cmocka_unit_test(ten_thousand_files_in_one_folder),
        cmocka_unit_test(a_volume_can_be_filled_to_the_last_cluster),
        cmocka_unit_test(huge_sizes_do_not_wrap),
        cmocka_unit_test(order_of_adding_makes_no_difference),
        cmocka_unit_test(old_contents_of_a_disk_do_not_shine_through),
        cmocka_unit_test(labels_have_eleven_units),
        cmocka_unit_test(times_outside_exfat_are_its_first_and_last),
        cmocka_unit_test(a_failed_write_leaves_no_volume),
        cmocka_unit_test(every_failing_allocation_is_an_ordinary_error),
    };
    return cmocka_run_group_tests_name("exfat writer", tests, scratch_enter, scratch_leave);
}

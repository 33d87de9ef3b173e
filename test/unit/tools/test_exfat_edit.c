/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of an exFAT volume in place: fsck.exfat as judge, cuts after each write, volumes without
 * a free run, damaged volumes. */
#include "test/unit/tools/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "efi/core/fs/exfat.h"
#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/exfat_edit.h"

#define STAMP 1600000000 /* 2020-09-13 12:26:40 UTC */
#define DISK  ((size_t)16 << 20)

/* Memory as a device; writes from number `cut` on are lost, number `bad` fails. */
struct disk {
    struct blockdev device;
    uint8_t *bytes;
    unsigned long writes, cut, bad; /* 0: never */
};

static enum status disk_read_at(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct disk *disk = context;
    memcpy(ret_bytes, disk->bytes + off, len);
    return STATUS_OK;
}

static enum status disk_write_at(void *context, uint64_t off, size_t len, const void *bytes)
{
    struct disk *disk = context;
    disk->writes++;
    if (disk->writes == disk->bad)
        return STATUS_IO;
    if (disk->cut == 0 || disk->writes < disk->cut)
        memcpy(disk->bytes + off, bytes, len);
    return STATUS_OK;
}

static void disk_save(const struct disk *disk, const char *path)
{
    write_file(path, disk->bytes, disk->device.size_bytes);
}

/* A volume as mkfs.exfat makes it. */
static void disk_open(struct disk *disk, const char *cluster)
{
    size_t len;

    write_file("new.img", "", 0);
    assert_int_equal(truncate("new.img", DISK), 0);
    assert_true(run_quietly((const char *const[]){"mkfs.exfat", "-c", cluster, "new.img", NULL}));
    *disk = (struct disk){.bytes = (uint8_t *)read_whole("new.img", &len)};
    assert_int_equal(len, DISK);
    disk->device = (struct blockdev){disk_read_at, disk_write_at, disk, DISK, 512};
}

static void disk_close(struct disk *disk)
{
    free(disk->bytes);
}

static bool fsck(const struct disk *disk)
{
    disk_save(disk, "check.img");
    return run_quietly((const char *const[]){"fsck.exfat", "-n", "check.img", NULL});
}

static struct exfat_edit *edit_open(struct disk *disk)
{
    struct exfat_edit *edit;

    assert_int_equal(exfat_edit_open(&disk->device, NULL, NULL, &edit), STATUS_OK);
    return edit;
}

/* What a file of LEN bytes with number SEED holds. */
static uint8_t pattern(unsigned seed, uint64_t off)
{
    return (uint8_t)(seed * 31 + off * 7 + off / 4096);
}

static enum status add(struct disk *disk, struct exfat_edit *edit, const char *path, uint64_t len,
                       unsigned seed, bool replace)
{
    struct exfat_edit_file file;
    uint64_t done = 0;

    enum status status = exfat_edit_place(edit, path, len, STAMP, replace, &file);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < file.run_count && status == STATUS_OK; i++) {
        uint8_t *bytes = malloc(file.runs[i].bytes);
        assert_non_null(bytes);
        for (uint64_t n = 0; n < file.runs[i].bytes; n++)
            bytes[n] = pattern(seed, done + n);
        status = blockdev_write(&disk->device, file.runs[i].off, file.runs[i].bytes, bytes);
        done += file.runs[i].bytes;
        free(bytes);
    }
    if (status == STATUS_OK) {
        assert_int_equal(done, len);
        status = exfat_edit_commit(edit, &file);
    }
    exfat_edit_file_clear(edit, &file);
    return status;
}

/* Does PATH hold what add() wrote? Looked at with a reader of its own. */
static bool holds(const struct disk *disk, const char *path, uint64_t len, unsigned seed)
{
    struct exfat_position position = {0};
    struct exfat_node node;
    struct exfat *fs;
    size_t got;
    bool is_same = false;

    assert_int_equal(exfat_open(&disk->device, &fs), STATUS_OK);
    if (exfat_lookup(fs, path, &node) == STATUS_OK && node.size_bytes == len) {
        uint8_t *bytes = malloc(len + 1);
        assert_non_null(bytes);
        is_same = exfat_read(fs, &node, &position, 0, len, bytes, &got) == STATUS_OK && got == len;
        for (uint64_t i = 0; i < len && is_same; i++)
            is_same = bytes[i] == pattern(seed, i);
        free(bytes);
    }
    exfat_close(fs);
    return is_same;
}

static bool is_there(const struct disk *disk, const char *path)
{
    struct exfat_node node;
    struct exfat *fs;

    assert_int_equal(exfat_open(&disk->device, &fs), STATUS_OK);
    enum status status = exfat_lookup(fs, path, &node);
    exfat_close(fs);
    return status == STATUS_OK;
}

static void files_and_folders_are_added(void **state)
{
    static const char *const clusters[] = {"512", "4K", "32K"};
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(clusters); i++) {
        struct disk disk;
        disk_open(&disk, clusters[i]);
        struct exfat_edit *edit = edit_open(&disk);
        assert_int_equal(exfat_edit_make_folder(edit, "/Büros/zwei/drei", STAMP), STATUS_OK);
        assert_int_equal(exfat_edit_make_folder(edit, "/bÜROS/zwei", STAMP), STATUS_OK);
        assert_int_equal(add(&disk, edit, "/Büros/zwei/a.iso", 100001, 1, false), STATUS_OK);
        assert_int_equal(add(&disk, edit, "/empty", 0, 2, false), STATUS_OK);
        assert_int_equal(add(&disk, edit, "/one", 1, 3, false), STATUS_OK);
        assert_int_equal(add(&disk, edit, "/BÜROS/ZWEI/A.ISO", 5, 4, false), STATUS_EXISTS);
        assert_int_equal(add(&disk, edit, "/Büros/zwei", 5, 4, true), STATUS_EXISTS);
        assert_int_equal(add(&disk, edit, "/none/x", 5, 4, false), STATUS_NOT_FOUND);
        assert_int_equal(add(&disk, edit, "/one/x", 5, 4, false), STATUS_NOT_FOUND);
        assert_int_equal(add(&disk, edit, "/a:b", 5, 4, false), STATUS_INVALID);
        assert_int_equal(exfat_edit_make_folder(edit, "/one/x", STAMP), STATUS_EXISTS);
        assert_int_equal(exfat_edit_close(edit), STATUS_OK);
        assert_true(fsck(&disk));
        assert_true(holds(&disk, "/büros/ZWEI/A.iso", 100001, 1));
        assert_true(holds(&disk, "/empty", 0, 2));
        assert_true(holds(&disk, "/one", 1, 3));
        disk_close(&disk);
    }
}

/* Room for one set a cluster: folders grow, contiguous ones and chains. (With clusters of 512 bytes
 * such a set lies in three; fsck.exfat 1.2.0 looks at two.) */
static void folders_grow(void **state)
{
    static const char *const clusters[] = {"1K", "4K"};
    char path[400], name[300];
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(clusters); i++) {
        struct disk disk;
        disk_open(&disk, clusters[i]);
        struct exfat_edit *edit = edit_open(&disk);
        assert_int_equal(exfat_edit_make_folder(edit, "/f", STAMP), STATUS_OK);
        memset(name, 'n', 251);
        for (unsigned n = 0; n < 60; n++) {
            snprintf(name + 251, sizeof(name) - 251, "%04u", n);
            snprintf(path, sizeof(path), "/f/%s", name);
            assert_int_equal(add(&disk, edit, path, n * 100, n, false), STATUS_OK);
            snprintf(path, sizeof(path), "/%s", name);
            assert_int_equal(add(&disk, edit, path, 1, n, false), STATUS_OK);
        }
        assert_int_equal(exfat_edit_close(edit), STATUS_OK);
        assert_true(fsck(&disk));
        for (unsigned n = 0; n < 60; n++) {
            snprintf(name + 251, sizeof(name) - 251, "%04u", n);
            snprintf(path, sizeof(path), "/f/%s", name);
            assert_true(holds(&disk, path, n * 100, n));
        }
        disk_close(&disk);
    }
}

static void removed_room_is_used_again(void **state)
{
    struct disk disk;
    uint64_t free_bytes;
    (void)state;

    disk_open(&disk, "4K");
    struct exfat_edit *edit = edit_open(&disk);
    free_bytes = exfat_edit_free_bytes(edit);
    for (unsigned n = 0; n < 50; n++) {
        assert_int_equal(exfat_edit_make_folder(edit, "/d/e", STAMP), STATUS_OK);
        assert_int_equal(add(&disk, edit, "/d/e/f", 4 << 20, n, false), STATUS_OK);
        assert_int_equal(exfat_edit_remove(edit, "/d/e"), STATUS_EXISTS);
        assert_int_equal(exfat_edit_remove(edit, "/d/e/f"), STATUS_OK);
        assert_int_equal(exfat_edit_remove(edit, "/d/e"), STATUS_OK);
        assert_int_equal(exfat_edit_remove(edit, "/d"), STATUS_OK);
        assert_int_equal(exfat_edit_remove(edit, "/d"), STATUS_NOT_FOUND);
    }
    assert_int_equal(exfat_edit_remove(edit, "/"), STATUS_INVALID);
    assert_int_equal(exfat_edit_free_bytes(edit), free_bytes);
    assert_int_equal(exfat_edit_close(edit), STATUS_OK);
    assert_true(fsck(&disk));
    disk_close(&disk);
}

/* Every second file goes: what comes then lies in many pieces. */
static void files_without_a_free_run_get_a_chain(void **state)
{
    struct disk disk;
    char path[32];
    (void)state;

    disk_open(&disk, "4K");
    struct exfat_edit *edit = edit_open(&disk);
    unsigned count = 0;
    for (;; count++) {
        snprintf(path, sizeof(path), "/%u", count);
        enum status status = add(&disk, edit, path, 100000, count, false);
        if (status == STATUS_NO_SPACE)
            break;
        assert_int_equal(status, STATUS_OK);
    }
    for (unsigned n = 0; n < count; n += 2) {
        snprintf(path, sizeof(path), "/%u", n);
        assert_int_equal(exfat_edit_remove(edit, path), STATUS_OK);
    }
    uint64_t big = exfat_edit_free_bytes(edit) - 2 * 4096;
    assert_int_equal(add(&disk, edit, "/big", big, 77, false), STATUS_OK);
    assert_int_equal(add(&disk, edit, "/too big", 3 * 4096, 1, false), STATUS_NO_SPACE);
    assert_int_equal(exfat_edit_close(edit), STATUS_OK);
    assert_true(fsck(&disk));
    assert_true(holds(&disk, "/big", big, 77));
    for (unsigned n = 1; n < count; n += 2) {
        snprintf(path, sizeof(path), "/%u", n);
        assert_true(holds(&disk, path, 100000, n));
    }
    edit = edit_open(&disk);
    assert_int_equal(add(&disk, edit, "/big", 9000, 78, true), STATUS_NO_SPACE);
    assert_int_equal(add(&disk, edit, "/big", 4000, 78, true), STATUS_OK);
    assert_int_equal(exfat_edit_close(edit), STATUS_OK);
    assert_true(fsck(&disk));
    assert_true(holds(&disk, "/big", 4000, 78));
    disk_close(&disk);
}

/* The changes that are cut: a new folder, a growing one, new files, a replaced and a removed one,
 * up to the first that fails. */
static void change(struct disk *disk)
{
    struct exfat_edit *edit = edit_open(disk);
    char path[300];

    /* Behind a cut the view in memory goes on: what it says does not count. */
    enum status status = exfat_edit_make_folder(edit, "/new/er", STAMP);
    for (unsigned n = 0; n < 12 && status == STATUS_OK; n++) {
        memset(path, 'x', sizeof(path));
        snprintf(path, sizeof(path), "/old/%0200u", n);
        status = add(disk, edit, path, 3000, n, false);
    }
    if (status == STATUS_OK)
        status = add(disk, edit, "/old/replaced", 9000, 21, true);
    if (status == STATUS_OK)
        status = exfat_edit_remove(edit, "/old/removed");
    if (status == STATUS_OK)
        (void)!add(disk, edit, "/new/er/file", 70000, 22, false);
    (void)!exfat_edit_close(edit);
}

/* A volume before change(), the copy of it that the caller frees, and how many writes that takes.
 */
static uint8_t *open_before_change(struct disk *disk, unsigned long *ret_writes)
{
    uint8_t *before = malloc(DISK);

    assert_non_null(before);
    disk_open(disk, "1K");
    struct exfat_edit *edit = edit_open(disk);
    assert_int_equal(exfat_edit_make_folder(edit, "/old", STAMP), STATUS_OK);
    assert_int_equal(add(disk, edit, "/old/kept", 50000, 10, false), STATUS_OK);
    assert_int_equal(add(disk, edit, "/old/replaced", 8000, 20, false), STATUS_OK);
    assert_int_equal(add(disk, edit, "/old/removed", 8000, 30, false), STATUS_OK);
    assert_int_equal(exfat_edit_close(edit), STATUS_OK);
    memcpy(before, disk->bytes, DISK);
    disk->writes = 0;
    change(disk);
    *ret_writes = disk->writes;
    return before;
}

static void a_write_that_fails_leaves_the_volume_dirty(void **state)
{
    const size_t volume_flags_off = 106; /* exFAT 3.1.13 */
    unsigned long clean = 0, dirty = 0, all;
    struct disk disk;
    (void)state;

    uint8_t *before = open_before_change(&disk, &all);
    for (unsigned long bad = 1; bad <= all; bad++) {
        struct exfat_check check = {0};
        struct exfat *fs;
        memcpy(disk.bytes, before, DISK);
        disk.writes = 0;
        disk.bad = bad;
        change(&disk);
        disk.bad = 0;
        assert_int_equal(exfat_open(&disk.device, &fs), STATUS_OK);
        assert_int_equal(exfat_check_run(fs, &check), STATUS_OK);
        assert_int_equal(check.problems, 0);
        bool is_dirty = (disk.bytes[volume_flags_off] & 2) != 0;
        assert_true(is_dirty || check.lost_clusters == 0);
        /* the next one that succeeds has repaired nothing */
        struct exfat_edit *edit = edit_open(&disk);
        assert_int_equal(add(&disk, edit, "/after", 20000, 40, false), STATUS_OK);
        assert_int_equal(exfat_edit_close(edit), STATUS_OK);
        assert_int_equal((disk.bytes[volume_flags_off] & 2) != 0, check.lost_clusters > 0);
        *(is_dirty ? &dirty : &clean) += 1;
        exfat_check_clear(&check);
        exfat_close(fs);
        assert_true(holds(&disk, "/old/kept", 50000, 10));
    }
    /* Contents that cannot be written leave nothing behind; the rest does or may. */
    assert_true(dirty > 20 && clean > 10);
    free(before);
    disk_close(&disk);
}

static void a_cut_at_any_write_leaves_at_worst_lost_clusters(void **state)
{
    struct disk disk;
    unsigned long all;
    (void)state;

    uint8_t *before = open_before_change(&disk, &all);
    assert_true(all > 60);
    for (unsigned long cut = 1; cut <= all; cut++) {
        struct exfat_check check = {0};
        struct exfat *fs;
        memcpy(disk.bytes, before, DISK);
        disk.writes = 0;
        disk.cut = cut;
        change(&disk);
        assert_int_equal(exfat_open(&disk.device, &fs), STATUS_OK);
        assert_int_equal(exfat_check_run(fs, &check), STATUS_OK);
        assert_int_equal(check.problems, 0);
        exfat_check_clear(&check);
        exfat_close(fs);
        assert_true(holds(&disk, "/old/kept", 50000, 10));
        assert_true(holds(&disk, "/old/replaced", 8000, 20) ||
                    holds(&disk, "/old/replaced", 9000, 21));
        assert_true(!is_there(&disk, "/old/removed") || holds(&disk, "/old/removed", 8000, 30));
        assert_true(!is_there(&disk, "/new/er/file") || holds(&disk, "/new/er/file", 70000, 22));
        /* and the next one goes on */
        disk.cut = 0;
        struct exfat_edit *edit = edit_open(&disk);
        assert_int_equal(add(&disk, edit, "/after", 20000, 40, false), STATUS_OK);
        assert_int_equal(exfat_edit_close(edit), STATUS_OK);
        assert_true(holds(&disk, "/after", 20000, 40));
    }
    free(before);
    disk_close(&disk);
}

static void a_damaged_volume_is_not_written_to(void **state)
{
    struct exfat_edit *edit;
    struct disk disk;
    (void)state;

    disk_open(&disk, "4K");
    edit = edit_open(&disk);
    assert_int_equal(add(&disk, edit, "/a", 50000, 1, false), STATUS_OK);
    assert_int_equal(exfat_edit_close(edit), STATUS_OK);
    /* The file's clusters are marked as free. */
    struct exfat *fs;
    assert_int_equal(exfat_open(&disk.device, &fs), STATUS_OK);
    uint64_t off, len;
    struct exfat_position position = {0};
    struct exfat_node node;
    assert_int_equal(exfat_lookup(fs, "/a", &node), STATUS_OK);
    assert_int_equal(exfat_extent(fs, &node, &position, 0, &off, &len), STATUS_OK);
    exfat_close(fs);
    /* The bitmap is the first cluster of the heap, as mkfs.exfat places it. */
    uint64_t heap = off - (uint64_t)(node.first_clu - 2) * 4096;
    uint32_t bit = node.first_clu - 2;
    disk.bytes[heap + bit / 8] &= (uint8_t) ~(1u << bit % 8);
    disk.writes = 0;
    assert_int_equal(exfat_edit_open(&disk.device, NULL, NULL, &edit), STATUS_CORRUPT);
    assert_int_equal(disk.writes, 0);
    disk_close(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_folders_are_added),
        cmocka_unit_test(folders_grow),
        cmocka_unit_test(removed_room_is_used_again),
        cmocka_unit_test(files_without_a_free_run_get_a_chain),
        cmocka_unit_test(a_cut_at_any_write_leaves_at_worst_lost_clusters),
        cmocka_unit_test(a_write_that_fails_leaves_the_volume_dirty),
        cmocka_unit_test(a_damaged_volume_is_not_written_to),
    };

    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

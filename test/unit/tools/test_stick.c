/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stick is written with: partition tables in the place of anything, the mark of an
 * unfinished stick, sums of contents, lists of checksums, signatures of volumes. */
#include "test/unit/tools/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "config/layout.h"
#include "tools/mkhiperiso/capacity.h"
#include "tools/mkhiperiso/content_sum.h"
#include "tools/mkhiperiso/contents.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/partition.h"
#include "tools/mkhiperiso/sums.h"

#define DISK ((size_t)8 << 20)

/* Memory as a device. */
struct disk {
    struct blockdev device;
    uint8_t *bytes;
};

static enum status read_at(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct disk *disk = context;
    memcpy(ret_bytes, disk->bytes + off, len);
    return STATUS_OK;
}

static void disk_open(struct disk *disk, uint8_t *bytes)
{
    assert_non_null(bytes);
    *disk = (struct disk){.bytes = bytes};
    disk->device = (struct blockdev){read_at, NULL, disk, DISK, 512};
}

static const struct partition_table old_table = {
    .disk_guid = {1},
    .rows = {{MIB, 6 * MIB, false, "HIPERISO", {2}}},
    .count = 1,
};

/* The first partition does not start at a whole MiB. */
static const struct partition_table new_table = {
    .disk_guid = {3},
    .rows = {{64 * 1024, 2 * MIB, true, "HISO-UNFINISHED", {4}},
             {3 * MIB, 4 * MIB, false, "HIPERISO", {5}}},
    .count = 2,
};

/* Does DISK hold TABLE, as the firmware reads it? */
static bool holds(const struct disk *disk, const struct partition_table *table)
{
    struct gpt gpt;

    if (gpt_read(&disk->device, &gpt) != STATUS_OK)
        return false;
    bool is_same = gpt.count == table->count && memcmp(gpt.disk_guid, table->disk_guid, 16) == 0;
    for (uint32_t i = 0; is_same && i < gpt.count; i++)
        is_same = gpt.partitions[i].start_bytes == table->rows[i].off &&
                  gpt.partitions[i].size_bytes == table->rows[i].bytes &&
                  strcmp(gpt.partitions[i].name, table->rows[i].name) == 0 &&
                  memcmp(gpt.partitions[i].unique, table->rows[i].guid, 16) == 0 &&
                  memcmp(gpt.partitions[i].type,
                         table->rows[i].is_esp ? gpt_type_esp : gpt_type_basic_data, 16) == 0;
    gpt_clear(&gpt);
    return is_same;
}

/* Writes TABLE over gpt.img, which holds DISK bytes; what is in it then, a new text. */
static uint8_t *write_table(const struct partition_table *table)
{
    auto_target target = TARGET_CLOSED;
    size_t len;

    assert_int_equal(target_open_writable(&target, "gpt.img"), 0);
    assert_int_equal(partition_table_write(&target, table, 0), 0);
    assert_int_equal(partition_table_verify(&target, table), 0);
    target_close(&target);
    uint8_t *bytes = (uint8_t *)read_whole("gpt.img", &len);
    assert_int_equal(len, DISK);
    return bytes;
}

static void clear_image(void)
{
    unlink("gpt.img");
    write_text("gpt.img", "");
    assert_int_equal(truncate("gpt.img", DISK), 0);
}

/* Whatever was there: one call of sgdisk, and nothing of what was there is left to be found. */
static void a_table_comes_in_the_place_of_anything(void **state)
{
    static const char *const before[] = {
        "true",
        "mkfs.vfat gpt.img",
        "sgdisk -n 1:2048:+2M -c 1:OLD gpt.img; dd if=/dev/urandom of=gpt.img bs=512 seek=2 "
        "count=1 "
        "conv=notrunc; dd if=/dev/urandom of=gpt.img bs=512 seek=16351 count=1 conv=notrunc",
    };
    (void)state;

    write_script("judge",
                 "#!/bin/sh\nPATH=$PATH:/sbin:/usr/sbin\n"
                 "sgdisk -v gpt.img | grep -q 'No problems found' && sfdisk --verify gpt.img &&\n"
                 "test \"$(wipefs -pn gpt.img | cut -d, -f4 | sort -u | xargs)\" = 'PMBR gpt'\n");
    for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
        char script[512];
        struct disk disk;
        clear_image();
        snprintf(script, sizeof(script), "#!/bin/sh\nPATH=$PATH:/sbin:/usr/sbin\n%s\n", before[i]);
        write_script("prepare", script);
        assert_true(run_quietly((const char *const[]){"./prepare", NULL}));
        disk_open(&disk, write_table(&new_table));
        assert_true(holds(&disk, &new_table));
        assert_true(run_quietly((const char *const[]){"./judge", NULL}));
        free(disk.bytes);
    }
}

/* sgdisk's order (gpt.cc, SaveGPTData): the copy's entries, its header, the entries, the header,
 * the MBR. Cut after each of them, and half-way through each. */
static void a_cut_leaves_the_old_table_or_the_new_one(void **state)
{
    static const struct {
        size_t first, count; /* sectors */
    } steps[] = {{DISK / 512 - 33, 32}, {DISK / 512 - 1, 1}, {2, 32}, {1, 1}, {0, 1}};
    (void)state;

    clear_image();
    struct disk disk;
    disk_open(&disk, write_table(&old_table));
    uint8_t *new_bytes = write_table(&new_table);
    assert_true(holds(&disk, &old_table));
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        for (size_t part = 1; part <= 2; part++) {
            size_t off = steps[i].first * 512, count = (steps[i].count * part + 1) / 2;
            memcpy(disk.bytes + off, new_bytes + off, count * 512);
            assert_true(holds(&disk, &old_table) || holds(&disk, &new_table));
        }
    }
    assert_memory_equal(disk.bytes, new_bytes, DISK);
    free(new_bytes);
    free(disk.bytes);
}

static void a_mark_comes_back_and_damage_is_seen(void **state)
{
    struct mark mark = {
        .operation = MARK_UPDATE,
        .seed = {1, 2, 0xFF},
        .plan = {9},
        .done = 17,
        .esp_off = (uint64_t)3 << 40,
        .esp_bytes = 64 * MIB,
        .esp_guid = {7},
    };
    struct mark found;
    struct disk disk;
    (void)state;

    disk_open(&disk, calloc(1, DISK));
    assert_int_equal(mark_read(&disk.device, &found), STATUS_NOT_FOUND);
    assert_int_equal(mark_format(&mark, disk.bytes + MARK_RECORD_OFF), STATUS_OK);
    assert_int_equal(mark_read(&disk.device, &found), STATUS_OK);
    assert_int_equal(found.operation, MARK_UPDATE);
    assert_memory_equal(found.seed, mark.seed, sizeof(mark.seed));
    assert_memory_equal(found.plan, mark.plan, sizeof(mark.plan));
    assert_memory_equal(found.esp_guid, mark.esp_guid, sizeof(mark.esp_guid));
    assert_true(found.done == 17 && found.esp_off == mark.esp_off &&
                found.esp_bytes == mark.esp_bytes);
    size_t len = strlen((char *)disk.bytes + MARK_RECORD_OFF);
    for (size_t i = 0; i < len; i++) {
        disk.bytes[MARK_RECORD_OFF + i] ^= 1;
        assert_int_not_equal(mark_read(&disk.device, &found), STATUS_OK);
        disk.bytes[MARK_RECORD_OFF + i] ^= 1;
    }
    free(disk.bytes);
}

/* A medium that keeps `holds` bytes of what it claims. */
struct medium {
    uint64_t holds;
    bool comes_round; /* else what is beyond the end is dropped */
    uint8_t *bytes;
};

static enum status medium_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct medium *medium = context;
    memset(ret_bytes, 0xFF, len);
    if (medium->comes_round || off < medium->holds)
        memcpy(ret_bytes, medium->bytes + off % medium->holds, len);
    return STATUS_OK;
}

static enum status medium_write(void *context, uint64_t off, size_t len, const void *bytes)
{
    struct medium *medium = context;
    if (medium->comes_round || off < medium->holds)
        memcpy(medium->bytes + off % medium->holds, bytes, len);
    return STATUS_OK;
}

/* The capacity of a medium in the message of a check, "" if it is good. */
static void check_capacity(struct medium *medium, uint64_t claimed, char ret_text[32])
{
    struct target target = TARGET_CLOSED;
    int kept = dup(STDERR_FILENO), fd = open("said", O_RDWR | O_CREAT | O_TRUNC, 0666);

    target.fd = open("said", O_RDONLY);
    target.path = "medium";
    target.device = (struct blockdev){medium_read, medium_write, medium, claimed, 512};
    dup2(fd, STDERR_FILENO);
    int result = capacity_check(&target);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(fd);
    target_close(&target);
    auto_free char *text = read_whole("said", NULL);
    *ret_text = '\0';
    assert_int_equal(result, *text == '\0' ? 0 : -1);
    if (result < 0)
        assert_int_equal(sscanf(text, "%*[^b]but holds no more than %31[^:]", ret_text), 1);
}

static void false_capacity_is_named(void **state)
{
    static const struct {
        uint64_t claimed, holds;
        bool comes_round;
        const char *said;
    } cases[] = {
        {GIB, GIB, false, ""},
        {GIB + 3 * MIB + 512, GIB + 3 * MIB + 512, false, ""},
        {4 * GIB, 128 * MIB, true, "128 MiB"},
        {4 * GIB, 128 * MIB, false, "132 MiB"},
        {64 * GIB, 96 * MIB, true, "96 MiB"},
        {64 * GIB, 100 * MIB, false, "100 MiB"},
        {GIB, 512 * MIB, true, "512 MiB"},
        {GIB, 768 * MIB, false, "772 MiB"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct medium medium = {cases[i].holds, cases[i].comes_round, calloc(1, cases[i].holds)};
        char said[32];
        assert_non_null(medium.bytes);
        check_capacity(&medium, cases[i].claimed, said);
        assert_string_equal(said, cases[i].said);
        free(medium.bytes);
    }
}

static void contents_that_differ_have_other_sums(void **state)
{
    uint8_t bytes[300] = {0}, sums[310][CONTENT_SUM_BYTES];
    size_t count = 0;
    (void)state;

    for (size_t len = 0; len < 40; len++)
        content_sum(bytes, len, sums[count++]);
    for (size_t i = 40; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        content_sum(bytes, sizeof(bytes), sums[count++]);
        bytes[i] = 0;
    }
    bytes[3] = 1;
    bytes[35] = 0xFF;
    content_sum(bytes, sizeof(bytes), sums[count++]);
    for (size_t i = 0; i < count; i++)
        for (size_t n = 0; n < i; n++)
            assert_memory_not_equal(sums[i], sums[n], CONTENT_SUM_BYTES);
}

#define SUM "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void sums_are_found_in_lists(void **state)
{
    static const struct {
        const char *text;
        bool is_found;
    } cases[] = {
        {SUM "  x.iso\n", true},
        {SUM " *x.iso", true},
        {SUM "  ./dir/x.iso\r\n", true},
        {"# words\n\n" SUM "  y.iso\n" SUM "  x.iso\n", true},
        {"SHA256 (x.iso) = " SUM "\n", true},
        {"SHA256 (dir/x.iso) = " SUM "\n", true},
        {SUM "  X.iso\n", false},
        {SUM "  x.iso.torrent\n", false},
        {SUM " x.iso\n", false},
        {"g" SUM "  x.iso\n", false},
        {"0123  x.iso\n", false},
        {"SHA256 (x.iso) = 0123\n", false},
        {"MD5 (x.iso) = " SUM "\n", false},
        {"", false},
        {SUM, false},
    };
    uint8_t sum[DIGEST_BYTES];
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum status status = sums_find(cases[i].text, "x.iso", sum);
        assert_int_equal(status, cases[i].is_found ? STATUS_OK : STATUS_NOT_FOUND);
        if (cases[i].is_found)
            assert_true(sum[0] == 0x01 && sum[31] == 0xEF);
    }
}

/* Real formatters; what is not on this machine is passed over. */
static void volumes_are_known_by_their_signatures(void **state)
{
    static const struct {
        const char *command, *kind, *label;
        bool is_member;
    } cases[] = {
        {"mkfs.exfat -L LBL", "exFAT", "", false},
        {"mkfs.vfat -n LBL", "FAT", "LBL", false},
        {"mkfs.vfat -F 32 -n LBL", "FAT", "LBL", false},
        {"mkfs.ext4 -q -L LBL", "ext", "LBL", false},
        {"mkswap -L LBL", "swap", "LBL", false},
        {"true", NULL, "", false},
        {"sh -c 'printf \"LABELONE................LVM2 001\" | dd of=$0 seek=1 conv=notrunc'",
         "LVM member", "", true},
        {"sh -c 'printf \"\\374\\116\\053\\251\" | dd of=$0 bs=4096 seek=1 conv=notrunc'",
         "RAID member", "", true},
        {"sh -c 'printf \"\\374\\116\\053\\251\" | dd of=$0 bs=64K seek=1023 conv=notrunc'",
         "RAID member", "", true},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char script[512];
        size_t len;
        unlink("volume.img");
        write_text("volume.img", "");
        assert_int_equal(truncate("volume.img", 64 << 20), 0);
        snprintf(script, sizeof(script), "#!/bin/sh\nPATH=$PATH:/sbin:/usr/sbin\n%s volume.img\n",
                 cases[i].command);
        write_script("format", script);
        if (!run_quietly((const char *const[]){"./format", NULL}))
            continue;
        uint8_t *bytes = (uint8_t *)read_whole("volume.img", &len);
        struct disk disk = {.bytes = bytes};
        struct contents contents;
        disk.device = (struct blockdev){read_at, NULL, &disk, len, 512};
        assert_int_equal(contents_probe(&disk.device, &contents), STATUS_OK);
        if (cases[i].kind == NULL)
            assert_null(contents.kind);
        else
            assert_string_equal(contents.kind, cases[i].kind);
        assert_string_equal(contents.label, cases[i].label);
        assert_int_equal(contents.is_member, cases[i].is_member);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_comes_in_the_place_of_anything),
        cmocka_unit_test(a_cut_leaves_the_old_table_or_the_new_one),
        cmocka_unit_test(a_mark_comes_back_and_damage_is_seen),
        cmocka_unit_test(false_capacity_is_named),
        cmocka_unit_test(contents_that_differ_have_other_sums),
        cmocka_unit_test(sums_are_found_in_lists),
        cmocka_unit_test(volumes_are_known_by_their_signatures),
    };

    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk images that name other files are told by their headers alone. */
#include <stdbool.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "initramfs/image_head.h"
#include "initramfs/image_refusals.h"
#include "test/unit/init/unit.h"

#define DISK_BYTES ((size_t)16384)

struct disk {
    uint8_t bytes[DISK_BYTES];
    size_t fail_at; /* the first byte that cannot be read */
};

/* Bytes put into an empty disk. */
struct patch {
    size_t off;
    const char *bytes;
    size_t len;
};

#define AT(off, text)                                                                              \
    {                                                                                              \
        off, text, sizeof(text) - 1                                                                \
    }

static enum status read_disk(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct disk *disk = context;

    if (off + len > disk->fail_at)
        return STATUS_IO;
    memcpy(ret_bytes, disk->bytes + off, len);
    return STATUS_OK;
}

static enum status check(struct disk *disk, size_t size_bytes, enum image_kind kind,
                         struct strbuf *why)
{
    const struct blockdev device = {
        .read = read_disk, .context = disk, .size_bytes = size_bytes, .block_bytes = 512};

    return image_head_check(&device, kind, why);
}

#define DAMAGED(format)                                                                            \
    "it does not begin as a " format " image does; it is damaged or has a wrong name"

static const struct {
    const char *name;
    enum image_kind kind;
    struct patch patches[3];
    const char *why; /* NULL: it stands alone */
} cases[] = {
    {"qcow2 v3", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\3")}, NULL},
    {"qcow2 v2", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\2"), AT(72, "\xff\xff\xff\xff")}, NULL},
    {"qcow2 v1", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\1")}, DAMAGED("qcow2")},
    {"qcow2 v4", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\4")}, DAMAGED("qcow2")},
    {"no qcow2", IMAGE_QCOW2, {AT(0, "QFI?\0\0\0\3")}, DAMAGED("qcow2")},
    {"backing file, high byte",
     IMAGE_QCOW2,
     {AT(0, "QFI\xfb\0\0\0\3"), AT(8, "\1")},
     IMAGE_HAS_BACKING},
    {"backing file, low byte, v2",
     IMAGE_QCOW2,
     {AT(0, "QFI\xfb\0\0\0\2"), AT(15, "\1")},
     IMAGE_HAS_BACKING},
    {"data file", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\3"), AT(79, "\4")}, IMAGE_HAS_DATA_FILE},
    {"encrypted", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\3"), AT(35, "\2")}, IMAGE_IS_ENCRYPTED},
    {"corrupt", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\3"), AT(79, "\2")}, IMAGE_IS_CORRUPT},
    {"dirty only", IMAGE_QCOW2, {AT(0, "QFI\xfb\0\0\0\3"), AT(79, "\1")}, NULL},
    {"descriptor", IMAGE_VMDK, {AT(0, "# Disk DescriptorFile\nversion=1\n")}, IMAGE_HAS_EXTENTS},
    {"descriptor behind a comment",
     IMAGE_VMDK,
     {AT(0, "\n# x\nversion=1\nRW 8 FLAT \"/fifo\" 0\n")},
     DAMAGED("VMDK")},
    {"nothing", IMAGE_VMDK, {AT(0, "")}, DAMAGED("VMDK")},
    {"sparse", IMAGE_VMDK, {AT(0, "KDMV"), AT(12, "\1"), AT(28, "\1")}, NULL},
    {"sparse of ESX", IMAGE_VMDK, {AT(0, "COWD")}, NULL},
    {"descriptor in a sparse header", IMAGE_VMDK, {AT(0, "KDMV"), AT(35, "\1")}, IMAGE_HAS_EXTENTS},
    {"parent",
     IMAGE_VMDK,
     {AT(0, "KDMV"), AT(12, "\1"), AT(0x210, "parentFileNameHint=\"/fifo\"")},
     IMAGE_HAS_PARENT},
    {"parent at the descriptor's end",
     IMAGE_VMDK,
     {AT(0, "COWD"), AT(0x200 + 10240 - 18, "parentFileNameHint")},
     IMAGE_HAS_PARENT},
    {"parent behind the descriptor",
     IMAGE_VMDK,
     {AT(0, "COWD"), AT(0x200 + 10240 - 17, "parentFileNameHint")},
     NULL},
    {"dynamic VHD",
     IMAGE_VHD,
     {AT(0, "conectix"), AT(63, "\3"), AT(DISK_BYTES - 512, "conectix")},
     NULL},
    {"fixed VHD", IMAGE_VHD, {AT(DISK_BYTES - 512, "conectix"), AT(DISK_BYTES - 449, "\2")}, NULL},
    {"differencing by its head",
     IMAGE_VHD,
     {AT(0, "conectix"), AT(63, "\4")},
     IMAGE_IS_DIFFERENCING},
    {"differencing by its footer",
     IMAGE_VHD,
     {AT(0, "conectix"), AT(DISK_BYTES - 512, "conectix"), AT(DISK_BYTES - 449, "\4")},
     IMAGE_IS_DIFFERENCING},
    {"no VHD", IMAGE_VHD, {AT(0, "")}, DAMAGED("VHD")},
    {"VHDX", IMAGE_VHDX, {AT(0, "vhdxfile")}, NULL},
    {"no VHDX", IMAGE_VHDX, {AT(0, "vhdx")}, DAMAGED("VHDX")},
    {"raw", IMAGE_DISK, {AT(0, "# Disk DescriptorFile\n")}, NULL},
};

static void images_that_name_other_files_are_told_by_their_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct disk disk = {.fail_at = DISK_BYTES};
        auto_strbuf why = STRBUF_INIT;
        for (size_t p = 0; p < ARRAY_SIZE(cases[i].patches); p++)
            if (cases[i].patches[p].len > 0)
                memcpy(disk.bytes + cases[i].patches[p].off, cases[i].patches[p].bytes,
                       cases[i].patches[p].len);
        enum status status = check(&disk, DISK_BYTES, cases[i].kind, &why);
        if ((status == STATUS_OK) != (cases[i].why == NULL) ||
            strcmp(strbuf_text(&why), cases[i].why != NULL ? cases[i].why : "") != 0)
            fail_msg("%s: %s: %s", cases[i].name, status_text(status), strbuf_text(&why));
    }
}

static void every_length_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct disk disk = {.fail_at = DISK_BYTES};
        for (size_t p = 0; p < ARRAY_SIZE(cases[i].patches); p++)
            if (cases[i].patches[p].len > 0)
                memcpy(disk.bytes + cases[i].patches[p].off, cases[i].patches[p].bytes,
                       cases[i].patches[p].len);
        for (size_t size = 0; size < 1200; size++) {
            auto_strbuf why = STRBUF_INIT;
            enum status status = check(&disk, size, cases[i].kind, &why);
            assert_true(status == STATUS_OK || status == STATUS_UNSUPPORTED ||
                        status == STATUS_CORRUPT);
            assert_int_equal(status == STATUS_OK, why.len == 0);
        }
    }
}

static void what_cannot_be_read_is_an_io_error(void **state)
{
    (void)state;
    static const struct {
        enum image_kind kind;
        const char *magic;
        size_t fail_at;
    } rows[] = {
        {IMAGE_QCOW2, "QFI\xfb", 0},
        {IMAGE_VMDK, "COWD", 512},
        {IMAGE_VHD, "conectix", 512},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct disk disk = {.fail_at = rows[i].fail_at};
        auto_strbuf why = STRBUF_INIT;
        memcpy(disk.bytes, rows[i].magic, strlen(rows[i].magic));
        assert_int_equal(check(&disk, DISK_BYTES, rows[i].kind, &why), STATUS_IO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_that_name_other_files_are_told_by_their_headers),
        cmocka_unit_test(every_length_is_judged),
        cmocka_unit_test(what_cannot_be_read_is_an_io_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot options as firmware and operating systems write them, and damaged ones. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/boot/load_option.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"

static uint8_t bytes[512];
static size_t len;

static void put_units(const char *text)
{
    for (;; text++, len += 2) {
        put_le16(bytes + len, (uint8_t)*text);
        if (*text == '\0')
            break;
    }
    len += 2;
}

static void put_node(uint8_t type, uint8_t subtype, size_t node_len)
{
    bytes[len] = type;
    bytes[len + 1] = subtype;
    put_le16(bytes + len + 2, (uint16_t)node_len);
    len += 4;
}

/* What efibootmgr writes: attributes, HD(1,GPT,...), File(...), end. */
static void make(uint32_t attributes, const char *title, const char *file)
{
    memset(bytes, 0, sizeof(bytes));
    put_le32(bytes, attributes);
    len = 6;
    put_units(title);
    size_t path = len;
    put_node(0x04, 0x01, 42);
    for (unsigned i = 0; i < 16; i++)
        bytes[len + 20 + i] = (uint8_t)(0xA0 + i);
    bytes[len + 36] = 2; /* GPT */
    bytes[len + 37] = 2; /* GUID */
    len += 38;
    if (file != NULL) {
        put_node(0x04, 0x04, 4 + 2 * (strlen(file) + 1));
        put_units(file);
    }
    put_node(0x7F, 0xFF, 4);
    put_le16(bytes + 4, (uint16_t)(len - path));
}

static void a_file_on_a_partition_is_read(void **state)
{
    struct load_option option;
    (void)state;
    make(1, "Debian", "\\EFI\\debian\\shimx64.efi");
    assert_int_equal(load_option_read(bytes, len, &option), STATUS_OK);
    assert_true(option.is_active);
    assert_string_equal(option.title, "Debian");
    assert_string_equal(option.file, "/EFI/debian/shimx64.efi");
    assert_int_equal(option.partition[15], 0xAF);
    load_option_clear(&option);
    make(8, "", NULL);
    assert_int_equal(load_option_read(bytes, len, &option), STATUS_OK);
    assert_false(option.is_active);
    assert_null(option.file);
    load_option_clear(&option);
}

static void what_is_no_file_on_a_partition_is_passed_over(void **state)
{
    struct load_option option;
    (void)state;
    make(1, "Disk", "\\x.efi");
    bytes[6 + 10 + 41] = 1; /* an MBR's signature */
    assert_int_equal(load_option_read(bytes, len, &option), STATUS_NOT_FOUND);
    make(1, "Disk", "\\x.efi");
    bytes[6 + 10] = 0x03; /* a messaging device */
    assert_int_equal(load_option_read(bytes, len, &option), STATUS_NOT_FOUND);
}

/* Every length and every byte: no read beyond the end (ASan looks on), no leak. */
static void damage_is_survived(void **state)
{
    struct load_option option;
    (void)state;
    make(1, "Debian", "\\EFI\\debian\\shimx64.efi");
    size_t whole = len;
    for (size_t cut = 0; cut < whole; cut++) {
        uint8_t *exact = malloc(cut > 0 ? cut : 1);
        memcpy(exact, bytes, cut);
        assert_int_equal(load_option_read(exact, cut, &option), STATUS_CORRUPT);
        free(exact);
    }
    for (size_t at = 0; at < whole; at++) {
        static const uint8_t values[] = {0, 1, 3, 0x7F, 0xFF};
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
            auto_free uint8_t *exact = malloc(whole);
            memcpy(exact, bytes, whole);
            exact[at] = values[i];
            if (load_option_read(exact, whole, &option) == STATUS_OK)
                load_option_clear(&option);
        }
    }
}

static void running_out_of_memory_is_reported(void **state)
{
    struct load_option option;
    (void)state;
    make(1, "Debian", "\\x.efi");
    for (unsigned long n = 1;; n++) {
        fail_alloc_after(n);
        enum status status = load_option_read(bytes, len, &option);
        bool happened = fail_alloc_happened();
        fail_alloc_after(0);
        if (!happened)
            break;
        assert_int_equal(status, STATUS_NO_MEMORY);
    }
    load_option_clear(&option);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_on_a_partition_is_read),
        cmocka_unit_test(what_is_no_file_on_a_partition_is_passed_over),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Folder names, times, keys, kernel messages, qemu-img's answers, the EFI variable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/utf.h"
#include "initramfs/clock.h"
#include "initramfs/escape.h"
#include "initramfs/image_info.h"
#include "initramfs/interrupts.h"
#include "initramfs/kmsg.h"
#include "initramfs/names.h"
#include "initramfs/power.h"
#include "test/unit/init/unit.h"

#define NOVEMBER 1795250700123 /* 2026-11-21T08:45:00.123Z */

static void times_are_iso_8601(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},         {NOVEMBER, "2026-11-21T08:45:00.123Z"},
        {-1, "1969-12-31T23:59:59.999Z"},        {951782400000, "2000-02-29T00:00:00.000Z"},
        {INT64_MAX, "1970-01-01T00:00:00.807Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CLOCK_TEXT_CHARS + 1];
        clock_text(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void session_names_are_what_exfat_takes(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        unsigned attempt;
        const char *name;
    } cases[] = {
        {"/ISOs/debian.iso", 1, "20261121-084500-debian.iso"},
        {"/debian.iso", 2, "20261121-084500-debian.iso-2"},
        {"debian.iso", 17, "20261121-084500-debian.iso-17"},
        {"/a/b:c\"d*e?f<g>h|i\\j\x01k", 1, "20261121-084500-b_c_d_e_f_g_h_i_j_k"},
        {"/ends with a dot.", 1, "20261121-084500-ends with a dot_"},
        {"/ends with a space ", 1, "20261121-084500-ends with a space_"},
        {"/日本語 ü.iso", 1, "20261121-084500-日本語 ü.iso"},
        {"/bad\xFFutf.iso", 1, "20261121-084500-bad\xEF\xBF\xBDutf.iso"},
        {"/folder/", 1, "20261121-084500-none"},
        {"", 1, "20261121-084500-none"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strbuf b = STRBUF_INIT;
        assert_int_equal(names_session(cases[i].path, NOVEMBER, cases[i].attempt, &b), STATUS_OK);
        assert_string_equal(strbuf_text(&b), cases[i].name);
    }
}

static void names_have_at_most_255_units(void **state)
{
    (void)state;
    static const char *const letters[] = {"x", "ü", "語", "😀"};
    for (size_t l = 0; l < sizeof(letters) / sizeof(letters[0]); l++) {
        auto_strbuf path = STRBUF_INIT;
        strbuf_append(&path, "/");
        for (int i = 0; i < 255; i++)
            strbuf_append(&path, letters[l]);
        for (unsigned attempt = 1; attempt <= 1000; attempt *= 10) {
            auto_strbuf session = STRBUF_INIT, folder = STRBUF_INIT;
            const struct strbuf *const both[] = {&session, &folder};
            assert_int_equal(names_session(strbuf_text(&path), NOVEMBER, attempt, &session),
                             STATUS_OK);
            assert_int_equal(names_state(strbuf_text(&path), attempt, &folder), STATUS_OK);
            for (int i = 0; i < 2; i++) {
                uint16_t *units;
                size_t len;
                assert_int_equal(utf16_from_utf8(strbuf_text(both[i]), &units, &len), STATUS_OK);
                free(units);
                assert_true(len <= 255 && len >= 253);
            }
        }
    }
}

static void images_of_one_name_have_states_of_their_own(void **state)
{
    (void)state;
    static const char *const paths[] = {"/a/x.iso", "/b/x.iso", "/x.iso", "/a/X.iso", "/a/x.iso "};
    auto_strbuf seen = STRBUF_INIT;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        auto_strbuf b = STRBUF_INIT;
        assert_int_equal(names_state(paths[i], 1, &b), STATUS_OK);
        assert_null(strstr(strbuf_text(&seen), strbuf_text(&b)));
        strbuf_append(&seen, strbuf_text(&b));
        strbuf_append(&seen, "\n");
    }
    auto_strbuf first = STRBUF_INIT;
    assert_int_equal(names_state("/a/x.iso", 1, &first), STATUS_OK);
    assert_string_equal(strbuf_text(&first), "x.iso-a484382c1b0edb81");
}

static void keys_pass_but_the_escape(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *left;
        enum escape_command command;
    } cases[] = {
        {"abc", "abc", ESCAPE_NONE},
        {"a\x1dqb", "ab", ESCAPE_QUIT},
        {"a\x1d\x1d"
         "b",
         "a\x1d"
         "b",
         ESCAPE_NONE},
        {"\x1dQ", "", ESCAPE_QUIT},
        {"\x1dx", "", ESCAPE_HELP},
        {"\x1d\x1d\x1dq", "\x1d", ESCAPE_QUIT},
        {"\x1b[A", "\x1b[A", ESCAPE_NONE},
        {"", "", ESCAPE_NONE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* At once, and key by key. */
        for (int piecewise = 0; piecewise < 2; piecewise++) {
            struct escape escape = {0};
            enum escape_command command = ESCAPE_NONE;
            char left[32] = "";
            size_t len = strlen(cases[i].keys), step = piecewise ? 1 : len;
            for (size_t off = 0; off < len; off += step) {
                char piece[32];
                size_t kept;
                memcpy(piece, cases[i].keys + off, step);
                enum escape_command found = escape_filter(&escape, piece, step, &kept);
                strncat(left, piece, kept);
                command = found != ESCAPE_NONE ? found : command;
            }
            assert_string_equal(left, cases[i].left);
            assert_int_equal(command, cases[i].command);
            assert_false(escape.has_prefix);
        }
    }
}

static void kernel_records_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        bool is_record, is_alarm;
        unsigned level;
        const char *text;
    } cases[] = {
        {"6,339,5140900,-;NET: Registered\n SUBSYSTEM=x\n", true, false, 6, "NET: Registered"},
        {"30,1,2,c,caller=T1;systemd", true, false, 6, "systemd"},
        {"3,1,2,-;Out of memory: Killed process 7 (qemu)", true, true, 3,
         "Out of memory: Killed process 7 (qemu)"},
        {"3,1,2,-;Memory cgroup out of memory: Killed process 7 (qemu)", true, true, 3,
         "Memory cgroup out of memory: Killed process 7 (qemu)"},
        {"6,1,2,-;I/O error, dev sda", true, false, 6, "I/O error, dev sda"},
        {"3,1,2,-;SQUASHFS error: zstd", true, true, 3, "SQUASHFS error: zstd"},
        {"3,1,2,-;", true, false, 3, ""},
        {"3,1,2", false, false, 0, ""},
        {"x", false, false, 0, ""},
        {"", false, false, 0, ""},
        {"99999999999999999999999999,1,2,-;x", false, false, 0, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].record);
        char *bytes = malloc(len > 0 ? len : 1);
        memcpy(bytes, cases[i].record, len);
        struct kmsg_record record;
        assert_int_equal(kmsg_parse(bytes, len, &record), cases[i].is_record);
        if (cases[i].is_record) {
            assert_int_equal(record.level, cases[i].level);
            assert_int_equal(record.len, strlen(cases[i].text));
            assert_memory_equal(record.text, cases[i].text, record.len);
            assert_int_equal(kmsg_is_alarm(&record), cases[i].is_alarm);
        }
        free(bytes);
    }
}

/* The answers are QEMU 7.2's, shortened. */
static void images_that_need_others_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum status status;
        uint64_t bytes;
        const char *word; /* in the reason */
    } cases[] = {
        {"{\"virtual-size\": 1048576, \"filename\": \"a.qcow2\", \"format\": \"qcow2\", "
         "\"format-specific\": {\"type\": "
         "\"qcow2\", \"data\": {\"compat\": \"1.1\", \"corrupt\": false}}}\n",
         STATUS_OK, 1048576, ""},
        {"{\"virtual-size\": 1048576, \"backing-filename\": \"/etc/shadow\", \"format\": "
         "\"qcow2\"}",
         STATUS_UNSUPPORTED, 0, "backing file"},
        {"{\"virtual-size\": 1, \"format-specific\": {\"type\": \"qcow2\", \"data\": "
         "{\"data-file\": \"x\"}}}",
         STATUS_UNSUPPORTED, 0, "another file"},
        {"{\"virtual-size\": 1, \"encrypted\": true}", STATUS_UNSUPPORTED, 0, "encrypted"},
        {"{\"virtual-size\": 1, \"encrypted\": false}", STATUS_OK, 1, ""},
        {"{\"virtual-size\": 1, \"format-specific\": {\"type\": \"qcow2\", \"data\": {\"corrupt\": "
         "true}}}",
         STATUS_UNSUPPORTED, 0, "corrupt"},
        {"{\"virtual-size\": 9, \"format-specific\": {\"type\": \"vmdk\", \"data\": {\"cid\": 1, "
         "\"parent-cid\": 4294967295, "
         "\"create-type\": \"monolithicSparse\", \"extents\": []}}}",
         STATUS_OK, 9, ""},
        {"{\"virtual-size\": 9, \"format-specific\": {\"type\": \"vmdk\", \"data\": "
         "{\"parent-cid\": 4294967295, "
         "\"create-type\": \"monolithicFlat\"}}}",
         STATUS_UNSUPPORTED, 0, "other files"},
        {"{\"virtual-size\": 9, \"format-specific\": {\"type\": \"vmdk\", \"data\": "
         "{\"parent-cid\": 12, "
         "\"create-type\": \"monolithicSparse\"}}}",
         STATUS_UNSUPPORTED, 0, "snapshot"},
        {"{\"virtual-size\": -1}", STATUS_CORRUPT, 0, "size"},
        {"{\"virtual-size\": 99999999999999999999999}", STATUS_CORRUPT, 0, "size"},
        {"{}", STATUS_CORRUPT, 0, "damaged"},
        {"", STATUS_CORRUPT, 0, "damaged"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strbuf why = STRBUF_INIT;
        uint64_t bytes = 0;
        assert_int_equal(image_info_check(cases[i].json, strlen(cases[i].json), &bytes, &why),
                         cases[i].status);
        assert_int_equal(bytes, cases[i].bytes);
        assert_non_null(strstr(strbuf_text(&why), cases[i].word));
        assert_int_equal(why.len == 0, cases[i].status == STATUS_OK);
    }
}

static void the_variable_starts_with_its_attributes(void **state)
{
    (void)state;
    const struct returned returned = {(char *)"/ISOs/x.iso", (char *)"guest powered off",
                                      (char *)"20261121-084500-x.iso"};
    auto_strbuf b = STRBUF_INIT;
    assert_int_equal(power_variable_bytes(&returned, &b), STATUS_OK);
    assert_memory_equal(strbuf_text(&b), "\7\0\0\0hiperiso-returned 1\n", 24);
    struct returned back;
    assert_int_equal(returned_read(strbuf_text(&b) + 4, b.len - 4, &back), STATUS_OK);
    assert_string_equal(back.reason, "guest powered off");
    returned_clear(&back);
}

static void another_reason_keeps_image_and_session(void **state)
{
    (void)state;
    const struct returned first = {.iso_path = (char *)"/ISOs/x y.iso",
                                   .reason = (char *)"the host ended",
                                   .session = (char *)"20261121-x"};
    auto_strbuf old = STRBUF_INIT;
    assert_int_equal(power_variable_bytes(&first, &old), STATUS_OK);
    for (size_t len = 0; len <= old.len; len++) {
        auto_strbuf b = STRBUF_INIT;
        struct returned read;
        assert_int_equal(power_variable_with_reason(old.text, len, "crashed", &b), STATUS_OK);
        assert_int_equal(returned_read(b.text + 4, b.len - 4, &read), STATUS_OK);
        assert_string_equal(read.reason, "crashed");
        if (len == old.len) {
            assert_string_equal(read.iso_path, "/ISOs/x y.iso");
            assert_string_equal(read.session, "20261121-x");
        }
        returned_clear(&read);
    }
}

static void three_interrupts_within_the_window_mean_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t at_ms;
        bool is_first, is_meant;
    } row[] = {{1000, true, false},   {2000, false, false},  {9000, true, false},
               {20000, true, false},  {22000, false, false}, {25000, false, true},
               {25500, false, true},  {40000, true, false},  {45001, true, false},
               {45002, false, false}, {45003, false, true}};
    struct interrupts interrupts = {0};
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        assert_int_equal(interrupts_add(&interrupts, row[i].at_ms), row[i].is_meant);
        assert_int_equal(interrupts_is_first(&interrupts), row[i].is_first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_iso_8601),
        cmocka_unit_test(session_names_are_what_exfat_takes),
        cmocka_unit_test(names_have_at_most_255_units),
        cmocka_unit_test(images_of_one_name_have_states_of_their_own),
        cmocka_unit_test(keys_pass_but_the_escape),
        cmocka_unit_test(kernel_records_are_read),
        cmocka_unit_test(images_that_need_others_are_refused),
        cmocka_unit_test(the_variable_starts_with_its_attributes),
        cmocka_unit_test(another_reason_keeps_image_and_session),
        cmocka_unit_test(three_interrupts_within_the_window_mean_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

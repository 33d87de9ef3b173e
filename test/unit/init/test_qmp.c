/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines out of a stream, and the meaning of QMP's lines. */
#include <stdlib.h>
#include <string.h>

#include "initramfs/lines.h"
#include "initramfs/qmp.h"
#include "test/unit/init/unit.h"

static void lines_come_whole_however_they_are_cut(void **state)
{
    (void)state;
    static const char stream[] = "one\r\n\ntwo\nthree";
    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        struct lines lines;
        char seen[64] = "";
        lines_init(&lines, 100);
        for (size_t off = 0; off < sizeof(stream) - 1; off += piece) {
            size_t len = sizeof(stream) - 1 - off < piece ? sizeof(stream) - 1 - off : piece;
            const char *line;
            size_t line_len;
            assert_int_equal(lines_add(&lines, stream + off, len), STATUS_OK);
            while (lines_next(&lines, &line, &line_len)) {
                strncat(seen, line, line_len);
                strcat(seen, "|");
            }
        }
        assert_string_equal(seen, "one||two|");
        const char *line;
        size_t line_len;
        assert_int_equal(lines_add(&lines, "!\n", 2), STATUS_OK); /* the rest waits for its end */
        assert_true(lines_next(&lines, &line, &line_len));
        assert_int_equal(line_len, 6);
        assert_memory_equal(line, "three!", 6);
        lines_clear(&lines);
    }
}

static void a_line_that_is_too_long_is_passed_over(void **state)
{
    (void)state;
    struct lines lines;
    const char *line;
    size_t len;
    lines_init(&lines, 8);
    assert_int_equal(lines_add(&lines, "ab\n0123456789", 13), STATUS_OK);
    assert_true(lines_next(&lines, &line, &len));
    assert_int_equal(len, 2);
    assert_false(lines_next(&lines, &line, &len));
    assert_int_equal(lines_add(&lines, "0123456789\ncd\n", 14), STATUS_OK);
    assert_true(lines_next(&lines, &line, &len));
    assert_memory_equal(line, "cd", 2);
    assert_false(lines_next(&lines, &line, &len));
    lines_clear(&lines);
}

static void messages_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum status status;
        enum qmp_kind kind;
        const char *name;
    } cases[] = {
        {"{\"QMP\": {\"version\": {}}}", STATUS_OK, QMP_GREETING, ""},
        {" {\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RESUME\"}",
         STATUS_OK, QMP_EVENT, "RESUME"},
        {"{\"return\": {\"status\": \"running\"}, \"id\": \"query-status\"}", STATUS_OK, QMP_RETURN,
         "query-status"},
        {"{\"return\": {}}", STATUS_OK, QMP_RETURN, ""},
        {"{\"error\": {\"class\": \"x\", \"desc\": \"y\"}, \"id\": \"cont\"}", STATUS_OK, QMP_ERROR,
         "cont"},
        {"{\"other\": 1}", STATUS_OK, QMP_OTHER, ""},
        {"{\"return\": {}, \"id\": 7}", STATUS_OK, QMP_RETURN, ""},
        {"[1]", STATUS_CORRUPT, QMP_OTHER, ""},
        {"{\"event\": ", STATUS_CORRUPT, QMP_OTHER, ""},
        {"", STATUS_CORRUPT, QMP_OTHER, ""},
        {"   ", STATUS_CORRUPT, QMP_OTHER, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* Exactly as long as the line: a read beyond it is seen. */
        size_t len = strlen(cases[i].line);
        char *line = malloc(len > 0 ? len : 1);
        memcpy(line, cases[i].line, len);
        struct qmp_message message;
        assert_int_equal(qmp_parse(line, len, &message), cases[i].status);
        if (cases[i].status == STATUS_OK) {
            assert_int_equal(message.kind, cases[i].kind);
            assert_string_equal(message.name, cases[i].name);
        }
        free(line);
    }
}

static void members_are_found_and_cut(void **state)
{
    (void)state;
    static const char line[] =
        "{\"return\": {\"qemu\": {\"major\": 7, \"minor\": -2}, \"package\": \"Debian "
        "\\\"1:7.2\\\"\", "
        "\"enabled\": true, \"big\": 99999999999999999999999999}, \"id\": \"x\"}";
    struct qmp_message message;
    char text[8];
    assert_int_equal(qmp_parse(line, sizeof(line) - 1, &message), STATUS_OK);
    assert_int_equal(qmp_number(&message, "qemu/major"), 7);
    assert_int_equal(qmp_number(&message, "qemu/minor"), -2);
    assert_int_equal(qmp_number(&message, "qemu/micro"), 0);
    assert_int_equal(qmp_number(&message, "big"), 0);
    assert_true(qmp_is_true(&message, "enabled"));
    assert_false(qmp_is_true(&message, "package"));
    assert_false(qmp_is_true(&message, "absent"));
    qmp_text(&message, "package", text, sizeof(text));
    assert_string_equal(text, "Debian ");
    qmp_text(&message, "qemu", text, sizeof(text));
    assert_string_equal(text, "");
}

static void commands_carry_their_name_as_id(void **state)
{
    (void)state;
    auto_strbuf b = STRBUF_INIT;
    qmp_command(&b, "query-status");
    assert_string_equal(strbuf_text(&b),
                        "{\"execute\":\"query-status\",\"id\":\"query-status\"}\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole_however_they_are_cut),
        cmocka_unit_test(a_line_that_is_too_long_is_passed_over),
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(members_are_found_and_cut),
        cmocka_unit_test(commands_carry_their_name_as_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

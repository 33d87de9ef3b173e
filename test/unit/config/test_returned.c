/* SPDX-License-Identifier: BSD-2-Clause */
/* The variable HiperisoReturned, and the list of problems. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/problem.h"
#include "config/returned.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static char path[] = "/ISOs/\xE4\xB8\xAD \"x\", 100%.iso",
                reason[] = "guest powered off after 12 s";
    static char session[] = "20261121-084300-x", code[] = "guest-poweroff";
    const struct returned written = {
        .iso_path = path, .reason = reason, .session = session, .code = code};
    auto_strbuf data = STRBUF_INIT;
    struct returned read;

    assert_int_equal(returned_write(&written, &data), STATUS_OK);
    assert_string_equal(
        strbuf_text(&data),
        "hiperiso-returned "
        "1\ncode=guest-poweroff\niso=/ISOs/\xE4\xB8\xAD%20%22x%22%2C%20100%25.iso\n"
        "session=20261121-084300-x\nreason=guest%20powered%20off%20after%2012%20s\n");
    assert_int_equal(returned_read(data.text, data.len, &read), STATUS_OK);
    assert_string_equal(read.iso_path, path);
    assert_string_equal(read.reason, reason);
    assert_string_equal(read.session, session);
    assert_string_equal(read.code, code);
    returned_clear(&read);
}

static void only_wished_ends_are_good(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        bool is_good;
    } cases[] = {{NULL, true},    {"", true},           {"guest-poweroff", true},
                 {"user", true},  {"unknown", false},   {"internal-error", false},
                 {"User", false}, {"host-error", false}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct returned returned = {.code = (char *)(uintptr_t)cases[i].code};
        assert_int_equal(returned_is_good(&returned), cases[i].is_good);
    }
    /* The form before there was a code. */
    static const char old[] = "hiperiso-returned 1\niso=/x\nsession=s\nreason=r\n";
    struct returned read;
    assert_int_equal(returned_read(old, strlen(old), &read), STATUS_OK);
    assert_string_equal(read.iso_path, "/x");
    assert_string_equal(read.code, "");
    returned_clear(&read);
}

static void absent_texts_are_empty(void **state)
{
    (void)state;
    const struct returned written = {0};
    auto_strbuf data = STRBUF_INIT;
    struct returned read;

    assert_int_equal(returned_write(&written, &data), STATUS_OK);
    assert_int_equal(returned_read(data.text, data.len, &read), STATUS_OK);
    assert_string_equal(read.iso_path, "");
    assert_string_equal(read.reason, "");
    assert_string_equal(read.session, "");
    returned_clear(&read);
}

/* CHARACTER repeated COUNT times behind a '/'. */
static char *repeat(const char *character, size_t count)
{
    struct strbuf b = STRBUF_INIT;
    strbuf_append_char(&b, '/');
    while (count-- > 0)
        strbuf_append(&b, character);
    return strbuf_take(&b);
}

static void long_texts_are_cut_at_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xE4\xB8\xAD", "\xC3\xA0", " "};

    for (size_t i = 0; i < ARRAY_SIZE(characters); i++) {
        auto_free char *text = repeat(characters[i], 3000);
        const struct returned written = {.iso_path = text, .reason = text, .session = text};
        auto_strbuf data = STRBUF_INIT;
        struct returned read;
        assert_int_equal(returned_write(&written, &data), STATUS_OK);
        assert_true(data.len <= RETURNED_MAX_BYTES);
        assert_true(data.len > RETURNED_MAX_BYTES - 32);
        assert_int_equal(returned_read(data.text, data.len, &read), STATUS_OK);
        assert_int_equal(strncmp(read.reason, text, strlen(read.reason)), 0);
        assert_true(strlen(read.reason) >= 80);
        assert_int_equal(text_find_invalid_utf8(read.iso_path, strlen(read.iso_path)),
                         strlen(read.iso_path));
        returned_clear(&read);
    }
}

static void a_path_of_255_cjk_characters_is_whole(void **state)
{
    (void)state;
    auto_free char *text = repeat("\xE4\xB8\xAD", 255);
    const struct returned written = {.iso_path = text, .reason = text, .session = text};
    auto_strbuf data = STRBUF_INIT;
    struct returned read;

    assert_int_equal(returned_write(&written, &data), STATUS_OK);
    assert_int_equal(returned_read(data.text, data.len, &read), STATUS_OK);
    assert_string_equal(read.iso_path, text);
    assert_string_equal(read.session, text);
    returned_clear(&read);
}

static void other_data_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "hiperiso-returned 1",
        "hiperiso-returned 2\niso=\n",
        "hiperiso-returned 1\niso=/x", /* no newline */
        "hiperiso-returned 1\niso=%zz\n",
        "hiperiso-returned 1\niso=/x\niso=/y\n", /* twice */
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct returned read;
        assert_int_equal(returned_read(bad[i], strlen(bad[i]), &read), STATUS_INVALID);
    }
    char large[RETURNED_MAX_BYTES + 1];
    struct returned read;
    memset(large, '\n', sizeof(large));
    memcpy(large, "hiperiso-returned 1\n", 20);
    assert_int_equal(returned_read(large, sizeof(large), &read), STATUS_INVALID);
    assert_int_equal(returned_read(large, sizeof(large) - 1, &read), STATUS_OK);
    returned_clear(&read);
}

static void lines_of_a_later_version_are_passed_over(void **state)
{
    (void)state;
    static const char data[] = "hiperiso-returned 1\nfuture=1\nreason=x\n";
    struct returned read;

    assert_int_equal(returned_read(data, strlen(data), &read), STATUS_OK);
    assert_string_equal(read.reason, "x");
    assert_string_equal(read.iso_path, "");
    returned_clear(&read);
}

static void running_out_of_memory_is_an_ordinary_error(void **state)
{
    (void)state;
    static char path[] = "/x.iso", reason[] = "because";
    const struct returned written = {.iso_path = path, .reason = reason};
    bool failed = true;

    for (unsigned long n = 1; failed; n++) {
        auto_strbuf data = STRBUF_INIT;
        struct returned read = {0};
        fail_alloc_after(n);
        enum status status = returned_write(&written, &data);
        if (status == STATUS_OK)
            status = returned_read(data.text, data.len, &read);
        failed = fail_alloc_happened();
        fail_alloc_after(0);
        assert_int_equal(status, failed ? STATUS_NO_MEMORY : STATUS_OK);
        returned_clear(&read);
    }
}

static void problems_are_shown_with_their_place(void **state)
{
    (void)state;
    struct problem_list list = PROBLEM_LIST_INIT;

    problem_add(&list, "hiperiso.json", 14, 22, "control.timeout: %d is above the maximum %d", 9999,
                3600);
    problem_add(&list, "hiperiso.json", 0, 0, "cannot be read");
    problem_add(NULL, "hiperiso.json", 0, 0, "nobody looks");
    auto_free char *first = problem_text(&list.items[0]), *second = problem_text(&list.items[1]);
    assert_string_equal(first,
                        "hiperiso.json:14:22: control.timeout: 9999 is above the maximum 3600");
    assert_string_equal(second, "hiperiso.json: cannot be read");
    problem_list_clear(&list);
    assert_int_equal(list.count, 0);
}

static void problems_are_bounded_and_presentable(void **state)
{
    (void)state;
    struct problem_list list = PROBLEM_LIST_INIT;
    auto_free char *text = repeat("\xE4\xB8\xAD", 3000);

    problem_add(&list, "x", 1, 1, "a\x1B[2J\nb");
    problem_add(&list, "x", 1, 1, "%s", text);
    assert_string_equal(list.items[0].message, "a\\x1B[2J\\x0Ab");
    assert_true(strlen(list.items[1].message) <= 1024);
    assert_int_equal(text_find_invalid_utf8(list.items[1].message, strlen(list.items[1].message)),
                     strlen(list.items[1].message));
    for (int i = 0; i < 200; i++)
        problem_add(&list, "x", 1, 1, "more");
    assert_int_equal(list.count, PROBLEMS_MAX);
    assert_int_equal(list.not_kept, 202 - PROBLEMS_MAX);
    problem_list_clear(&list);
}

static void problems_move_behind_others(void **state)
{
    (void)state;
    struct problem_list list = PROBLEM_LIST_INIT, from = PROBLEM_LIST_INIT;

    for (int i = 0; i < PROBLEMS_MAX - 1; i++)
        problem_add(&list, "x", 1, 1, "first");
    for (int i = 0; i < PROBLEMS_MAX + 5; i++)
        problem_add(&from, "x", 1, 1, "second");
    problem_list_move(&list, &from);
    assert_int_equal(list.count, PROBLEMS_MAX);
    assert_int_equal(list.not_kept, PROBLEMS_MAX - 1 + 5);
    assert_string_equal(list.items[PROBLEMS_MAX - 1].message, "second");
    assert_int_equal(from.count, 0);
    problem_add(&from, "x", 1, 1, "nobody looks");
    problem_list_move(NULL, &from);
    assert_int_equal(from.count, 0);
    problem_list_clear(&list);
}

static void problems_without_memory_are_counted(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 6; n++) {
        struct problem_list list = PROBLEM_LIST_INIT;
        fail_alloc_after(n);
        problem_add(&list, "x", 1, 1, "message");
        bool failed = fail_alloc_happened();
        fail_alloc_after(0);
        assert_int_equal(list.not_kept, failed ? 1 : 0);
        assert_int_equal(list.count, failed ? 0 : 1);
        problem_list_clear(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(only_wished_ends_are_good),
        cmocka_unit_test(absent_texts_are_empty),
        cmocka_unit_test(long_texts_are_cut_at_characters),
        cmocka_unit_test(a_path_of_255_cjk_characters_is_whole),
        cmocka_unit_test(other_data_is_refused),
        cmocka_unit_test(lines_of_a_later_version_are_passed_over),
        cmocka_unit_test(running_out_of_memory_is_an_ordinary_error),
        cmocka_unit_test(problems_are_shown_with_their_place),
        cmocka_unit_test(problems_are_bounded_and_presentable),
        cmocka_unit_test(problems_move_behind_others),
        cmocka_unit_test(problems_without_memory_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

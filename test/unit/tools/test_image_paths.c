/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso image: where files go in the image, and where the image goes. */
#include "test/unit/tools/image_fixture.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tools/mkhiperiso/lookalike.h"

int __real_statvfs64(const char *path, struct statvfs *ret_volume);
int __wrap_statvfs64(const char *path, struct statvfs *ret_volume);

static uint64_t free_bytes; /* what every file system says it has left; 0: the truth */

int __wrap_statvfs64(const char *path, struct statvfs *ret_volume)
{
    int result = __real_statvfs64(path, ret_volume);

    if (free_bytes != 0)
        ret_volume->f_bavail = free_bytes / ret_volume->f_frsize;
    return result;
}

/* As deep as the menu reads. */
static void the_deepest_path_can_be_read_back(void **state)
{
    (void)state;
    assert_int_equal(
        run_verb(IMAGE("out/a.img", "-a", "in/one.iso:" D16 D16 D16 D4 D4 D4 "/d/d/d/x"), NULL),
        EXIT_CODE_OK);
    auto_free char *text = image_cat("out/a.img", D16 D16 D16 D4 D4 D4 "/d/d/d/x");
    assert_string_equal(text, "the first image");
    unlink("out/a.img");
}

/* On the stick they are one folder, and so they are here. */
static void folders_that_differ_in_case_are_one(void **state)
{
    (void)state;
    assert_int_equal(run_verb(IMAGE("out/a.img", "-a", "in/one.iso:/HIPERISO/Themes/x", "-a",
                                    "in/one.iso:/Größe/a", "-a", "in/Zwei Ä.iso:/GRÖßE/b"),
                              NULL),
                     EXIT_CODE_OK);
    static const char *const paths[] = {"/hiperiso/themes/x", "/Größe/a"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        auto_free char *text = image_cat("out/a.img", paths[i]);
        assert_string_equal(text, "the first image");
    }
    auto_free char *other = image_cat("out/a.img", "/Größe/b");
    assert_string_equal(other, "the second");
    unlink("out/a.img");
}

static void names_that_look_the_same_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same;
    } pairs[] = {
        {"\xC3\xA9", "e\xCC\x81", true},                                /* é */
        {"\xC3\x89", "e\xCC\x81", true},                                /* É */
        {"\xC3\xA9", "e\xCC\x80", false},                               /* è */
        {"\xE1\xBA\xA5", "a\xCC\x82\xCC\x81", true},                    /* ấ: in two steps */
        {"\xE1\xBA\xA5", "\xC3\xA2\xCC\x81", true},                     /* half composed */
        {"a\xCC\xA3\xCC\x81", "a\xCC\x81\xCC\xA3", true},               /* marks below and above */
        {"a\xCC\x81\xCC\x82", "a\xCC\x82\xCC\x81", false},              /* both above: an order */
        {"\xED\x95\x9C", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", true}, /* 한 */
        {"\xE2\x84\xAB", "\xC3\x85", true},                             /* the Angstrom sign */
        {"\xEF\xAC\x81", "fi", false},                                  /* a ligature */
        {"a", "b", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        auto_free char *a = NULL, *b = NULL;
        assert_int_equal(lookalike_key(pairs[i].a, &a), STATUS_OK);
        assert_int_equal(lookalike_key(pairs[i].b, &b), STATUS_OK);
        if ((strcmp(a, b) == 0) != pairs[i].is_same)
            fail_msg("%s, %s", pairs[i].a, pairs[i].b);
    }
    auto_free char *messages = NULL, *none = NULL;
    assert_int_equal(run_verb(IMAGE("out/a.img", "-a", "in/one.iso:/x/\xC3\xA9.iso", "-a",
                                    "in/one.iso:/x/e\xCC\x81.iso"),
                              &messages),
                     EXIT_CODE_OK);
    assert_string_equal(messages, "mkhiperiso: warning: /x/\xC3\xA9.iso is there twice: two names "
                                  "that look the same, written with other Unicode characters\n");
    assert_int_equal(run_verb(IMAGE("out/a.img", "-f", "-a", "in/one.iso:/x/\xC3\xA9.iso", "-a",
                                    "in/one.iso:/y/e\xCC\x81.iso"),
                              &none),
                     EXIT_CODE_OK);
    assert_string_equal(none, "");
    unlink("out/a.img");
}

static void a_symbolic_link_is_written_through(void **state)
{
    (void)state;
    char *messages;
    struct stat status;
    mkdir("elsewhere", 0777);
    write_text("elsewhere/real.img", "old");
    assert_int_equal(symlink("../elsewhere/real.img", "out/link.img"), 0);
    assert_int_equal(run_verb(IMAGE("out/link.img", "-s", "96M"), &messages), EXIT_CODE_FAILED);
    assert_non_null(strstr(messages, "out/link.img: exists already; --force replaces it"));
    free(messages);
    assert_int_equal(run_verb(IMAGE("out/link.img", "-s", "96M", "-f"), NULL), EXIT_CODE_OK);
    assert_int_equal(lstat("out/link.img", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(file_bytes("elsewhere/real.img"), 96 * MIB);
    assert_int_equal(count_entries("elsewhere"), 1);
    unlink("out/link.img");
    unlink("elsewhere/real.img");
}

/* The ESP has 64 MiB, but is mostly holes. */
static void what_is_no_hole_must_fit_the_disk(void **state)
{
    (void)state;
    char *messages;
    free_bytes = 8 * MIB;
    assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/one.iso"), NULL), EXIT_CODE_OK);
    unlink("out/a.img");
    free_bytes = 16 << 10;
    assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/one.iso"), &messages), EXIT_CODE_FAILED);
    free_bytes = 0;
    assert_non_null(strstr(messages, "out/a.img: needs "));
    assert_non_null(strstr(messages, ", but only 16 KiB are free there"));
    free(messages);
    assert_int_equal(count_entries("out"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_path_can_be_read_back),
        cmocka_unit_test(folders_that_differ_in_case_are_one),
        cmocka_unit_test(names_that_look_the_same_are_told),
        cmocka_unit_test(a_symbolic_link_is_written_through),
        cmocka_unit_test(what_is_no_hole_must_fit_the_disk),
    };
    return cmocka_run_group_tests_name("image paths", tests, image_enter, scratch_leave);
}

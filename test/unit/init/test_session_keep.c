/* SPDX-License-Identifier: BSD-2-Clause */
/* Old sessions go, oldest first, and nothing else. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/session_name.h"
#include "initramfs/hosted.h"
#include "initramfs/session_keep.h"
#include "test/unit/init/unit.h"

#define IMAGE "/ISOs/a.iso"

static char logs[64];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* A session NAME of the image PATH (NULL: without a description), with what recorders leave. */
static void make_session(const char *name, const char *path, bool is_marked)
{
    char folder[PATH_MAX], file[PATH_MAX + 64];
    snprintf(folder, sizeof(folder), "%s/%s/tracefs/events/kvm/kvm_mmio", logs, name);
    assert_int_equal(hosted_make_folders(folder, 0755), 0);
    snprintf(file, sizeof(file), "%s/format", folder);
    write_file(file, "x");
    snprintf(file, sizeof(file), "%s/%s/serial.log", logs, name);
    write_file(file, "x");
    if (path != NULL) {
        auto_strbuf text = STRBUF_INIT;
        strbuf_printf(&text, "{\n  \"hiperiso_session\": 1,\n  \"image\": {\"path\": \"%s\"}\n}\n",
                      path);
        snprintf(file, sizeof(file), "%s/%s/session.json", logs, name);
        write_file(file, strbuf_text(&text));
    }
    if (is_marked) {
        snprintf(file, sizeof(file), "%s/%s/keep", logs, name);
        write_file(file, "");
    }
}

static int set_up(void **state)
{
    (void)state;
    strcpy(logs, "/tmp/hiperiso-keep-XXXXXX");
    return mkdtemp(logs) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", logs);
    return system(command);
}

static bool is_there(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", logs, name);
    return access(path, F_OK) == 0;
}

static void the_oldest_go_first(void **state)
{
    (void)state;
    make_session("20260101-000000-a.iso", IMAGE, false);
    make_session("20260102-000000-a.iso", IMAGE, false);
    make_session("20260102-000000-a.iso-2", IMAGE, false);
    make_session("20260103-000000-a.iso", IMAGE, false);
    make_session("20260104-000000-a.iso", IMAGE, false);
    assert_int_equal(session_keep_in(logs, "20260104-000000-a.iso", IMAGE, 3), 0);
    assert_false(is_there("20260101-000000-a.iso"));
    assert_false(is_there("20260102-000000-a.iso"));
    assert_true(is_there("20260102-000000-a.iso-2"));
    assert_true(is_there("20260103-000000-a.iso"));
    assert_true(is_there("20260104-000000-a.iso"));
}

static void what_is_not_an_old_session_of_the_image_stays(void **state)
{
    (void)state;
    make_session("20260101-000000-a.iso", IMAGE, true);       /* marked */
    make_session("20260102-000000-a.iso", "/b/a.iso", false); /* another image of that name */
    make_session("20260103-000000-a.iso", NULL, false);       /* nobody's */
    make_session("20260104-000000-a.iso.bak", IMAGE, false);
    make_session("my notes", IMAGE, false);
    make_session("20260105-000000-a.iso", IMAGE, false);
    make_session("20260106-000000-a.iso", IMAGE, false);
    assert_int_equal(session_keep_in(logs, "20260106-000000-a.iso", IMAGE, 1), 0);
    assert_true(is_there("20260101-000000-a.iso"));
    assert_true(is_there("20260102-000000-a.iso"));
    assert_true(is_there("20260103-000000-a.iso"));
    assert_true(is_there("20260104-000000-a.iso.bak"));
    assert_true(is_there("my notes"));
    assert_false(is_there("20260105-000000-a.iso"));
    assert_true(is_there("20260106-000000-a.iso"));
}

/* A clock that went back: the session that runs is the first by name. */
static void the_session_that_runs_stays(void **state)
{
    (void)state;
    make_session("20200101-000000-a.iso", IMAGE, false);
    make_session("20260102-000000-a.iso", IMAGE, false);
    assert_int_equal(session_keep_in(logs, "20200101-000000-a.iso", IMAGE, 1), 0);
    assert_true(is_there("20200101-000000-a.iso"));
    assert_false(is_there("20260102-000000-a.iso"));
}

static void links_are_deleted_not_followed(void **state)
{
    char outside[PATH_MAX], link[PATH_MAX];
    (void)state;
    make_session("20260101-000000-a.iso", IMAGE, false);
    make_session("20260102-000000-a.iso", IMAGE, false);
    snprintf(outside, sizeof(outside), "%s/outside", logs);
    assert_int_equal(mkdir(outside, 0755), 0);
    snprintf(link, sizeof(link), "%s/20260101-000000-a.iso/link", logs);
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(session_keep_in(logs, "20260102-000000-a.iso", IMAGE, 1), 0);
    assert_false(is_there("20260101-000000-a.iso"));
    assert_true(is_there("outside"));
}

static void names_tell_sessions(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *image;
        bool is_like;
    } cases[] = {
        {"20260101-000000-a.iso", "/a.iso", true},
        {"20260101-000000-a.iso-12", "/x/a.iso", true},
        {"20260101-000000-a.iso-", "/a.iso", false},
        {"20260101-000000-a.iso-x", "/a.iso", false},
        {"20260101-000000-a.iso2", "/a.iso", false},
        {"20260101-000000-b.iso", "/a.iso", false},
        {"20260101_000000-a.iso", "/a.iso", false},
        {"20260101-000000", "/a.iso", false},
        {"", "/a.iso", false},
        {"20260101-000000-a_b.iso", "/a:b.iso", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(session_name_is_like(cases[i].folder, cases[i].image), cases[i].is_like);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_oldest_go_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_an_old_session_of_the_image_stays, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_session_that_runs_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_are_deleted_not_followed, set_up, tear_down),
        cmocka_unit_test(names_tell_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

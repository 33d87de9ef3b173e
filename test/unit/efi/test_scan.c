/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files are images, and the walk that finds them. */
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/app/scan.h"
#include "test/unit/config/unit.h"
#include "test/unit/efi/fake_machine.h"

static void images_are_told_by_extension_and_size(void **state)
{
    static const struct {
        const char *name;
        uint64_t size_bytes;
        bool is_image;
    } rows[] = {
        {"a.iso", 32768, true},    {"a.iso", 32767, false},  {"A.ISO", 1 << 20, true},
        {"a.Img", 512, true},      {"a.raw", 1, true},       {"a.raw", 0, false},
        {"a.img", 0, false},       {"a.qcow2", 40000, true}, {"a.qcow2", 400, false},
        {"a.vhd", 40000, true},    {"a.vhdx", 40000, true},  {"a.vmdk", 40000, true},
        {".iso", 40000, false},    {"iso", 40000, false},    {"a.iso.txt", 40000, false},
        {"a.vhdy", 40000, false},  {"", 40000, false},       {"a.iso ", 40000, false},
        {"日本.iso", 40000, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (scan_is_image(rows[i].name, rows[i].size_bytes) != rows[i].is_image)
            fail_msg("%s with %u bytes", rows[i].name, (unsigned)rows[i].size_bytes);
    }
}

static void system_folders_are_excluded(void **state)
{
    static const struct {
        const char *folder, *name;
        bool is_excluded;
    } rows[] = {
        {"", ".Trash-1000", true},
        {"/a", ".trashes", true},
        {"", "$Recycle.Bin", true},
        {"/x", "$RECYCLE.BIN", true},
        {"", "system volume information", true},
        {"", "._x.iso", true},
        {"/a/b", "._x.iso", true},
        {"", "hiperiso", true},
        {"", "HIPERISO", true},
        {"/a", "hiperiso", false},
        {"", "hiperiso2", false},
        {"", "Trash", false},
        {"", ".hidden.iso", false},
        {"", "_x.iso", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (scan_is_excluded(rows[i].folder, rows[i].name) != rows[i].is_excluded)
            fail_msg("%s in %s", rows[i].name, rows[i].folder);
    }
}

/* Paths found, a line each, "!" before a notice. */
static const char *scan(struct fake *fake, const char *root, unsigned depth)
{
    static char text[4096];
    struct arena arena = {0};
    struct scan_result result;
    struct scan_options options = {.root = root, .max_depth = depth};
    size_t len = 0, count = 0;

    assert_int_equal(scan_run(&fake->platform, &options, &arena, &result), STATUS_OK);
    text[0] = '\0';
    for (const struct scan_item *item = result.items; item != NULL; item = item->next, count++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s\n",
                                item->notice != NULL ? "!" : "", item->path,
                                item->notice != NULL ? item->notice : item->folder);
    assert_int_equal(count, result.count);
    arena_clear(&arena);
    return text;
}

static void the_walk_reads_each_folder_once(void **state)
{
    struct fake fake;
    (void)state;
    fake_init(&fake);
    fake_add_file(&fake, "/top.iso", 50000, NULL);
    fake_add_file(&fake, "/a/one.iso", 50000, NULL);
    fake_add_file(&fake, "/a/b/two.img", 512, NULL);
    fake_add_file(&fake, "/a/b/c/three.iso", 50000, NULL);
    fake_add_file(&fake, "/hiperiso/no.iso", 50000, NULL);
    fake_add_file(&fake, "/.Trash-0/no.iso", 50000, NULL);
    fake_add_file(&fake, "/a/text.txt", 50000, NULL);
    assert_string_equal(scan(&fake, "/", 16),
                        "/top.iso \n/a/one.iso /a\n/a/b/two.img /a/b\n/a/b/c/three.iso /a/b/c\n");
    assert_int_equal(fake.lists, 4);
    assert_string_equal(scan(&fake, "/", 2), "/top.iso \n/a/one.iso /a\n");
    assert_string_equal(scan(&fake, "/a/", 2), "/a/one.iso /a\n/a/b/two.img /a/b\n");
    assert_string_equal(scan(&fake, "/a/b", 1), "/a/b/two.img /a/b\n");
    fake_clear(&fake);
}

static void a_folder_that_fails_says_so_and_the_rest_is_there(void **state)
{
    struct fake fake;
    (void)state;
    fake_init(&fake);
    fake_add_file(&fake, "/a/one.iso", 50000, NULL);
    fake_add_fault(&fake, "/a", STATUS_CORRUPT);
    fake_add_file(&fake, "/b/two.iso", 50000, NULL);
    assert_string_equal(scan(&fake, "/", 16),
                        "/a/one.iso /a\n!/a this folder cannot be read completely: damaged\n"
                        "/b/two.iso /b\n");
    fake_clear(&fake);
}

static void a_folder_is_left_out_by_the_file_in_it(void **state)
{
    struct fake fake;
    (void)state;
    fake_init(&fake);
    fake_add_file(&fake, "/a/sub/one.iso", 50000, NULL); /* before the file that says so */
    fake_add_file(&fake, "/a/two.iso", 50000, NULL);
    fake_add_file(&fake, "/a/.HiperisoIgnore", 0, "");
    fake_add_file(&fake, "/a/three.iso", 50000, NULL);
    fake_add_file(&fake, "/b/four.iso", 50000, NULL);
    fake_add_file(&fake, "/b/.hiperisoignore/five.iso", 50000, NULL); /* a folder is no such file */
    assert_string_equal(scan(&fake, "/", 16),
                        "/b/four.iso /b\n/b/.hiperisoignore/five.iso /b/.hiperisoignore\n");
    assert_int_equal(fake.lists, 4); /* / /a /b and the one in it */
    fake_add_file(&fake, "/.hiperisoignore", 0, "");
    assert_string_equal(scan(&fake, "/", 16), "");
    fake_clear(&fake);
}

/* A folder that holds itself, twice. */
static enum status list_looping(void *context, enum platform_volume volume, const char *path,
                                platform_visit_fn *visit, void *visit_context)
{
    struct fake *fake = context;
    struct platform_file entries[] = {{.name = "x", .is_folder = true},
                                      {.name = "y", .is_folder = true},
                                      {.name = "i.iso", .size_bytes = 50000}};
    (void)volume;
    (void)path;
    fake->lists++;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        enum status status = visit(visit_context, &entries[i]);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void folders_that_hold_themselves_end(void **state)
{
    struct fake fake;
    struct arena arena = {0};
    struct scan_result result;
    struct scan_options options = {.root = "/", .max_depth = 64};
    (void)state;
    fake_init(&fake);
    fake.platform.list_folder = list_looping;
    assert_int_equal(scan_run(&fake.platform, &options, &arena, &result), STATUS_OK);
    assert_true(result.is_cut);
    assert_int_equal(fake.lists, SCAN_FOLDERS_MAX);
    assert_int_equal(result.count, SCAN_FOLDERS_MAX);
    arena_clear(&arena);
    fake_clear(&fake);
}

static void running_out_of_memory_is_reported(void **state)
{
    struct fake fake;
    struct arena arena = {0};
    struct scan_result result;
    struct scan_options options = {.root = "/", .max_depth = 64};
    (void)state;
    fake_init(&fake);
    fake_add_fault(&fake, "/", STATUS_NO_MEMORY);
    assert_int_equal(scan_run(&fake.platform, &options, &arena, &result), STATUS_NO_MEMORY);
    arena_clear(&arena);
    fake_clear(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_told_by_extension_and_size),
        cmocka_unit_test(system_folders_are_excluded),
        cmocka_unit_test(the_walk_reads_each_folder_once),
        cmocka_unit_test(a_folder_that_fails_says_so_and_the_rest_is_there),
        cmocka_unit_test(a_folder_is_left_out_by_the_file_in_it),
        cmocka_unit_test(folders_that_hold_themselves_end),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole course on a fake machine: stick, configuration, menu, countdown, start, return. */
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/config.h"
#include "config/layout.h"
#include "config/returned.h"
#include "efi/app/app.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"
#include "test/unit/efi/fake_machine.h"

#define WAIT_FOR_EVER "{\"control\": {\"timeout\": -1}}"
#define IDS                                                                                        \
    " hiperiso_data=PARTUUID=11111111-2222-3333-4444-555555555555"                                 \
    " hiperiso_esp=PARTUUID=66666666-7777-8888-9999-000000000000"

static struct fake fake;

static int set_up(void **state)
{
    (void)state;
    fake_init(&fake);
    fake.linux_message = "no Linux here";
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_clear(&fake);
    return 0;
}

static void add_images(const char *config)
{
    fake_add_file(&fake, "/ISOs/debian-10.iso", 600000000, NULL);
    fake_add_file(&fake, "/ISOs/debian-9.iso", 500000000, NULL);
    fake_add_file(&fake, "/arch linux.iso", 900000000, NULL);
    if (config != NULL)
        fake_add_file(&fake, LAYOUT_DATA_CONFIG, 0, config);
}

static void set_returned(const char *path, const char *reason)
{
    struct returned returned = {
        .iso_path = (char *)path, .reason = (char *)reason, .session = (char *)"20260101-x"};
    auto_strbuf data = STRBUF_INIT;
    assert_int_equal(returned_write(&returned, &data), STATUS_OK);
    fake_set_variable(&fake, LAYOUT_VARIABLE_RETURNED, strbuf_text(&data), data.len);
}

static void enter_starts_the_selected_image(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100, "\033[B\r"); /* second: debian-9 */
    fake_type(&fake, 500, " \x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_string_equal(fake.command_line,
                        LAYOUT_KERNEL_ARGUMENTS " hiperiso_iso=/ISOs/debian-9.iso" IDS);
    assert_true(fake_showed(&fake, "debian-9.iso was not started"));
    assert_true(fake_showed(&fake, "no Linux here"));
    assert_true(fake.is_released);
}

static void settings_travel_on_the_command_line(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1, \"default_ram\": 512}, \"iso_overrides\": "
               "{\"arch*\": {\"cpus\": 7}}}");
    fake_type(&fake, 100, "\r");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_non_null(strstr(fake.command_line, " hiperiso_iso=/arch%20linux.iso "));
    assert_non_null(strstr(fake.command_line, " hiperiso_guest_ram=512"));
    assert_non_null(strstr(fake.command_line, " hiperiso_guest_cpus=7"));
}

static void the_countdown_starts_the_default(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 5, \"default_image\": \"*-10.iso\"}}");
    uint64_t start = fake.now_ms;
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_in_range(fake.start_ms - start, 5000, 5100);
    assert_non_null(strstr(fake.command_line, "debian-10.iso"));
    assert_true(fake_showed(&fake, "Starting in 5 s"));
    assert_true(fake_showed(&fake, "Starting in 1 s"));
}

static void any_key_stops_the_countdown(void **state)
{
    static const char *const keys[] = {"\033", "x", "\033[B", "\x12", "\t"};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        tear_down(NULL);
        set_up(NULL);
        add_images("{\"control\": {\"timeout\": 5}}");
        fake_type(&fake, 2000, keys[i]);
        fake_type(&fake, 100000, "\x18");
        app_run(&fake.platform);
        assert_int_equal(fake.starts, 0);
        assert_false(fake_shows(&fake, 0, "Starting in"));
    }
}

static void timeout_zero_starts_at_once(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 0}}");
    uint64_t start = fake.now_ms;
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_in_range(fake.start_ms - start, 0, 100);
}

static void a_key_held_at_the_start_stops_timeout_zero(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 0}}");
    fake_type(&fake, 0, "\033[B");
    fake_type(&fake, 5000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0);
}

static void after_a_failed_start_nothing_starts_by_itself(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 1}}");
    fake_type(&fake, 1000000, " ");
    fake_type(&fake, 1000000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
}

static void a_default_that_is_not_there_starts_nothing(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 1, \"default_image\": \"ubuntu*\"}}");
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0);
    assert_true(fake_shows(&fake, 0, "no image matches \"ubuntu*\""));
}

static void the_return_is_shown_once_and_stops_the_countdown(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 0, \"default_image\": \"arch*\"}}");
    set_returned("/ISOs/debian-9.iso", "guest powered off after 12 s");
    fake_type(&fake, 60000, "\r");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "debian-9.iso: guest powered off after 12 s"));
    assert_true(fake_showed(&fake, "/hiperiso/logs/20260101-x"));
    assert_int_equal(fake_variable(&fake, LAYOUT_VARIABLE_RETURNED)->len, 0);
    assert_int_equal(fake.starts, 1); /* by Enter, on its entry */
    assert_non_null(strstr(fake.command_line, "debian-9.iso"));
}

static void a_return_that_is_not_readable_stops_the_countdown_too(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 0}}");
    fake_set_variable(&fake, LAYOUT_VARIABLE_RETURNED, "garbage\xff", 8);
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0);
    assert_true(fake_shows(&fake, 0, "A guest ended"));
    assert_int_equal(fake_variable(&fake, LAYOUT_VARIABLE_RETURNED)->len, 0);
}

static void a_return_that_is_too_large_stops_the_countdown_and_goes(void **state)
{
    (void)state;
    static char large[RETURNED_MAX_BYTES + 1];
    add_images("{\"control\": {\"timeout\": 0}}");
    memset(large, 'x', sizeof(large));
    fake_set_variable(&fake, LAYOUT_VARIABLE_RETURNED, large, sizeof(large));
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0);
    assert_true(fake_shows(&fake, 0, "A guest ended"));
    assert_int_equal(fake_variable(&fake, LAYOUT_VARIABLE_RETURNED)->len, 0);
}

static void the_last_choice_is_written_only_when_it_changes(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_set_variable(&fake, LAYOUT_VARIABLE_LAST, "/ISOs/debian-10.iso", 19);
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100, " ");
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100, " ");
    fake_type(&fake, 100, "\033[H\r");
    fake_type(&fake, 100, " \x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 3);
    assert_int_equal(fake_variable(&fake, LAYOUT_VARIABLE_LAST)->writes, 1);
    assert_memory_equal(fake_variable(&fake, LAYOUT_VARIABLE_LAST)->data, "/arch linux.iso", 15);
}

static void a_missing_configuration_is_a_note(void **state)
{
    (void)state;
    add_images(NULL);
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "There is no /hiperiso/hiperiso.json"));
    assert_true(fake_shows(&fake, 1, "There is no /hiperiso/hiperiso.json"));
    assert_true(fake_shows(&fake, 0, "3 images"));
}

static void a_broken_configuration_is_named_with_its_place(void **state)
{
    (void)state;
    add_images("{\n  \"control\": { \"timeout\": 5,, }\n}");
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "hiperiso.json:2:29: "));
    assert_true(fake_shows(&fake, 0, "3 images"));
}

static void a_huge_configuration_is_refused(void **state)
{
    (void)state;
    add_images(NULL);
    fake_add_file(&fake, LAYOUT_DATA_CONFIG, CONFIG_FILE_MAX + 1, NULL);
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "larger than 4 MiB"));
}

static void an_unreadable_configuration_is_said(void **state)
{
    (void)state;
    add_images(NULL);
    fake_add_file(&fake, LAYOUT_DATA_CONFIG, 10, NULL);
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "cannot be read (input/output error)"));
}

static void an_empty_stick_helps(void **state)
{
    (void)state;
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0);
    assert_true(fake_shows(&fake, 0, "There is no image on this stick yet."));
    assert_true(fake_shows(&fake, 1, ".vmdk"));
}

static void rescanning_reads_the_stick_anew(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 5}}");
    fake_type(&fake, 100, "\x12");
    fake_type(&fake, 100000, "\x18"); /* no second countdown */
    app_run(&fake.platform);
    assert_int_equal(fake.opens, 2);
    assert_int_equal(fake.starts, 0);
}

static void a_stick_that_cannot_be_opened_is_explained(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake.open_message = "No disk has a partition named HIPERISO.";
    fake_type(&fake, 60000, "\r");
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "No disk has a partition named HIPERISO."));
    assert_true(fake_shows(&fake, 0, "3 images")); /* Enter tried again */
}

static void an_unfinished_stick_says_so(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake.open_message = "Its update was interrupted.";
    fake.open_status = STATUS_CANCELLED;
    fake_type(&fake, 60000, "x"); /* leaves to the firmware */
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "This stick is unfinished"));
    assert_true(fake_showed(&fake, "Its update was interrupted."));
    assert_false(fake_showed(&fake, "cannot be read"));
    assert_int_equal(fake.starts, 0);
}

static void aliases_and_tips_are_shown(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1}, \"menu_alias\": [{\"iso\": "
               "\"/ISOs/debian-10.iso\", \"alias\": \"Buster\"}],"
               " \"menu_tip\": [{\"iso\": \"/ISOs/debian-10.iso\", \"tip\": \"An old one\"}]}");
    fake_type(&fake, 100, "bust");
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "Buster"));
    assert_true(fake_shows(&fake, 0, "An old one"));
    assert_true(fake_shows(&fake, 0, "1 of 3"));
    assert_false(fake_shows(&fake, 0, "arch"));
}

static void a_frame_that_did_not_get_through_is_drawn_again(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake.serial_is_stuck = true;
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 1, "3 images"));
    assert_true(fake.presents < 6);
}

static void a_missing_template_is_the_fault_of_its_images_alone(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1}, \"menu_tip\": [{\"iso\": \"/arch linux.iso\", "
               "\"tip\": \"Rolling\"}], \"iso_overrides\": {\"arch*\": \"nowhere\"}}");
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100, "\r"); /* back to the menu, starts nothing */
    fake_type(&fake, 100, "\033[B\r");
    fake_type(&fake, 100, " \x18");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "1 problem in hiperiso.json (F2)"));
    assert_true(fake_showed(&fake, "arch linux.iso was not started"));
    assert_true(fake_showed(&fake, "/hiperiso/iso_overrides/nowhere.json"));
    assert_false(fake_showed(&fake, "Rolling")); /* in its place: why */
    assert_int_equal(fake.starts, 1);
    assert_non_null(strstr(fake.command_line, "debian-9.iso"));
}

static void a_broken_template_is_named_with_its_place(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 0, \"default_image\": \"arch*\"}, \"iso_overrides\": "
               "{\"arch*\": \"big\"}}");
    fake_add_file(&fake, LAYOUT_DATA_OVERRIDES_DIR "/big.json", 0, "{\"ram\": 8192,}");
    fake_type(&fake, 60000, " ");
    fake_type(&fake, 100, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0); /* not by the countdown either */
    assert_true(fake_showed(&fake, "1 problem in iso_overrides/big.json (F2)"));
    assert_true(fake_showed(&fake, "iso_overrides/big.json:1:13: a comma before }: remove it"));
    assert_true(fake_showed(&fake, "Without its template this image would start with other"));
}

/* The rest of a template is in force, as the rest of hiperiso.json is. */
static void a_wrong_key_of_a_template_is_listed_and_the_image_starts(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1, \"max_depth\": 0}, \"iso_overrides\": {\"arch*\": "
               "\"big\"}}");
    fake_add_file(&fake, LAYOUT_DATA_OVERRIDES_DIR "/big.json", 0, "{\"ram\": 8192, \"cpus\": 0}");
    fake_type(&fake, 100, "\r");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_non_null(strstr(fake.command_line, "hiperiso_guest_ram=8192"));
    assert_true(fake_showed(&fake, "2 problems in the configuration (F2)"));
}

static void the_problems_are_listed_on_every_display(void **state)
{
    static const char *const keys[] = {"\033OQ", "\033[N", "\x10"}; /* F2: xterm, PC-ANSI; Ctrl-P */
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        tear_down(NULL);
        set_up(NULL);
        add_images("{\"control\": {\"timeout\": -1, \"max_depth\": 0, \"tmp\": 1}}");
        fake_type(&fake, 100, keys[i]);
        app_run(&fake.platform); /* the fake leaves the list with Ctrl-X, then the menu */
        assert_true(fake_showed(&fake, "2 problems in hiperiso.json (F2)"));
        assert_true(fake_showed(&fake, "hiperiso.json:1:42: control.max_depth: 0 is below"));
        assert_true(fake_showed(&fake, "hiperiso.json:1:45: control.tmp: unknown key"));
        assert_int_equal(fake.starts, 0);
    }
}

static void a_hundred_problems_are_scrolled_through(void **state)
{
    static char config[16384];
    size_t used = 0;
    (void)state;
    used += (size_t)snprintf(config, sizeof(config), "{\"control\": {\"timeout\": -1}");
    for (int i = 0; i < 150; i++)
        used += (size_t)snprintf(config + used, sizeof(config) - used, ",\n\"x%d\": 1", i);
    snprintf(config + used, sizeof(config) - used, "}");
    add_images(config);
    fake_type(&fake, 100, "\x10");
    fake_type(&fake, 100, "\033[F"); /* End */
    fake_type(&fake, 100, "\033\033");
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "150 problems in hiperiso.json (F2)"));
    assert_true(fake_showed(&fake, "hiperiso.json:101:1: x99: unknown key; remove it"));
    assert_true(fake_showed(&fake, "and 50 more"));
    assert_true(fake_shows(&fake, 1, "3 images"));
}

static void no_problem_is_said_too(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100, "\x10");
    fake_type(&fake, 100, " \x18");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "The configuration has no problem"));
}

static void templates_are_read_from_their_folder(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1}, \"iso_overrides\": {\"arch*\": \"big\"}}");
    fake_add_file(&fake, LAYOUT_DATA_OVERRIDES_DIR "/big.json", 0, "{\"ram\": 8192}");
    fake_type(&fake, 100, "\r");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_non_null(strstr(fake.command_line, "hiperiso_guest_ram=8192"));
}

/* What the line of "/arch linux.iso" is long with nothing but the default settings. */
#define PLAIN_LINE_BYTES (strlen(LAYOUT_KERNEL_ARGUMENTS " hiperiso_iso=/arch%20linux.iso" IDS))

static void a_command_line_that_is_too_long_is_refused_with_its_length(void **state)
{
    static char config[3000];
    char expected[64];
    (void)state;
    int len =
        snprintf(config, sizeof(config),
                 "{\"control\": {\"timeout\": -1, \"default_qemu_extra_args\": [\"%02000d\"]}}", 7);
    assert_in_range(len, 2000, sizeof(config) - 1);
    snprintf(expected, sizeof(expected), "would be %zu bytes long, it takes 2047",
             PLAIN_LINE_BYTES + strlen(" hiperiso_qemu_extra_args=") + 2000 +
                 strlen(" hiperiso_from=dddddddddddddddddddd"));
    add_images(config);
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100, " \x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 0);
    assert_true(fake_showed(&fake, "arch linux.iso was not started"));
    assert_true(fake_showed(&fake, expected));
}

/* 255 characters that take nine bytes each on the command line are too many, CJK ones are not. */
static void the_longest_names_are_started_or_refused(void **state)
{
    static char cjk[1024], grave[1024];
    size_t cjk_len = (size_t)snprintf(cjk, sizeof(cjk), "/"), grave_len = cjk_len;
    (void)state;
    strcpy(grave, cjk);
    for (int i = 0; i < 251; i++) {
        cjk_len += (size_t)snprintf(cjk + cjk_len, sizeof(cjk) - cjk_len, "\xE4\xB8\xAD");
        /* U+4E20 E4 B8 A0: holds the byte that the kernel takes for a space */
        grave_len += (size_t)snprintf(grave + grave_len, sizeof(grave) - grave_len, "\xE4\xB8\xA0");
    }
    strcpy(cjk + cjk_len, ".iso");
    strcpy(grave + grave_len, ".iso");
    fake_add_file(&fake, cjk, 600000000, NULL);
    fake_add_file(&fake, grave, 600000000, NULL);
    fake_add_file(&fake, LAYOUT_DATA_CONFIG, 0, WAIT_FOR_EVER);
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100, " ");
    fake_type(&fake, 100, "\033[B\r");
    fake_type(&fake, 100, " ");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_non_null(strstr(fake.command_line, cjk));
    assert_true(fake_showed(&fake, "bytes long, it takes 2047"));
}

/* ---- the other screens ---- */

static void the_form_starts_with_its_values_as_the_menus_choice(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1, \"default_ram\": 512}}");
    fake_type(&fake, 100, "\x05"); /* Ctrl-E: the bar is on RAM */
    fake_type(&fake, 100,
              "\x15"
              "4096");                           /* Ctrl-U */
    fake_type(&fake, 100, "\033[B\033[B\033[C"); /* the trace tier: detailed */
    fake_type(&fake, 100, "\r");
    fake_type(&fake, 100, " \x18");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_true(fake_showed(&fake, "Settings for one start of arch linux.iso"));
    assert_true(fake_showed(&fake, "MB, control"));
    assert_true(fake_showed(&fake, "hiperiso_guest_ram=4096"));
    assert_non_null(strstr(fake.command_line, " hiperiso_guest_ram=4096"));
    assert_non_null(strstr(fake.command_line, " hiperiso_trace_level=detailed"));
    assert_non_null(strstr(fake.command_line, " hiperiso_from=mdm"));
}

static void the_form_forgets_on_escape(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100,
              "\033OS"
              "9"); /* F4 */
    fake_type(&fake, 100, "\033");
    fake_type(&fake, 3000, "\r");
    app_run(&fake.platform);
    assert_int_equal(fake.starts, 1);
    assert_null(strstr(fake.command_line, "hiperiso_guest_ram"));
}

static void the_form_says_what_is_wrong_as_it_is_typed(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100,
              "\x05\x15"
              "12");
    fake_type(&fake, 100, "\r"); /* starts nothing */
    fake_type(&fake, 100, "8");
    fake_type(&fake, 100, "\r");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "12 is below the minimum 128"));
    assert_true(fake_showed(&fake, "goes to the error"));
    assert_int_equal(fake.starts, 1);
    assert_non_null(strstr(fake.command_line, "hiperiso_guest_ram=128"));
}

static void the_form_shows_when_the_line_is_too_long(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100, "\x05");
    for (int i = 0; i < 10; i++)
        fake_type(&fake, 0, "\033[B"); /* QEMU arguments */
    for (int i = 0; i < 20; i++)
        fake_type(&fake, 0, "%25%25%25%25%25");
    fake_type(&fake, 100, "\033");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "of 2047 bytes"));
    assert_int_equal(fake.starts, 0);
}

/* What sha256sum prints for 600,000 zeros. */
#define ZEROS_SUM "1358f4ce65f0d1ed482d572e4eac6ea90d465c0ab878f477297474f8f23226c3"

static void add_small(void)
{
    fake_add_file(&fake, "/small.iso", 600000, NULL);
    fake_add_file(&fake, LAYOUT_DATA_CONFIG, 0, WAIT_FOR_EVER);
}

static void the_checksum_is_compared_with_what_lies_beside(void **state)
{
    static const struct {
        const char *file, *text, *verdict;
    } cases[] = {
        {"/small.iso.sha256", ZEROS_SUM "\n", "It is what stands in small.iso.sha256."},
        {"/SHA256SUMS", ZEROS_SUM " *small.iso\n", "It is what stands in SHA256SUMS."},
        {"/SHA256SUMS", IDS "  other.iso\n", "There is nothing to compare it with"},
        {"/small.iso.sha256", "0" ZEROS_SUM, "There is nothing to compare it with"},
        {"/small.iso.sha256",
         "0000000000000000000000000000000000000000000000000000000000000000  small.iso\n",
         "It is NOT what stands in small.iso.sha256. Copy the image anew."},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tear_down(NULL);
        set_up(NULL);
        add_small();
        fake_add_file(&fake, cases[i].file, 0, cases[i].text);
        fake_type(&fake, 100, "\x0b"); /* Ctrl-K */
        fake_type(&fake, 5000, "\r");  /* back to the menu */
        app_run(&fake.platform);
        assert_true(fake_showed(&fake, cases[i].verdict));
        assert_true(fake_showed(&fake, ZEROS_SUM));
        assert_true(fake_shows(&fake, 0, "1 image"));
        assert_int_equal(fake.starts, 0);
    }
}

static void the_checksum_shows_its_progress_and_can_be_cancelled(void **state)
{
    (void)state;
    fake_add_file(&fake, "/big.iso", 100000000, NULL);
    fake_add_file(&fake, LAYOUT_DATA_CONFIG, 0, WAIT_FOR_EVER);
    fake.read_takes_ms = 100;
    fake_type(&fake, 0, "\x0b");
    fake_type(&fake, 0, "\033");
    fake.keys[1].after_ms = 0;
    fake.keys[1].at_ms = 8000; /* while it reads */
    fake_type(&fake, 1000, "\x18");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, " of 100 MB, 10.4 MB/s, "));
    assert_true(fake_shows(&fake, 0, "1 image"));
    assert_in_range(fake.reads, 20, 40); /* of 96 */
}

static void an_image_that_cannot_be_read_has_no_sum(void **state)
{
    (void)state;
    fake_add_file(&fake, "/bad.iso", 600000, NULL);
    fake.files[0].fault = STATUS_IO;
    fake.files[0].is_file = true;
    fake_add_file(&fake, LAYOUT_DATA_CONFIG, 0, WAIT_FOR_EVER);
    fake_type(&fake, 1000, "\x0b");
    fake_type(&fake, 1000, "\x18\x18");
    app_run(&fake.platform);
    assert_true(fake_showed(&fake, "cannot be read at byte 0: input/output error."));
    assert_true(fake_showed(&fake, "cannot be read: input/output error")); /* the details, too */
}

/* Only what the bar rests on is opened, once. */
static void details_are_read_when_the_bar_rests(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": -1}, \"iso_overrides\": {\"*-9*\": {\"ram\": 7000}}}");
    fake_type(&fake, 10, "\033[B");
    fake_type(&fake, 10, "\033[A");
    fake_type(&fake, 10, "\033[B");
    fake_type(&fake, 60000, "\x04"); /* Ctrl-D */
    fake_type(&fake, 1000, "\033");
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_int_equal(fake.opened, 2); /* the pane's and the screen's */
    assert_true(fake_showed(&fake, "Boots on nothing that was found  RAM 7000 MB"));
    assert_true(fake_showed(&fake, "500 MB (500000000 bytes)"));
    assert_true(fake_showed(&fake, "7000 MB  (override \"*-9*\")"));
    assert_true(fake_showed(&fake, "auto  (default)"));
}

/* The newest of the sessions that are this image's own. */
static void details_tell_of_the_last_session(void **state)
{
    static const char own[] =
        "{\"image\": {\"path\": \"/ISOs/debian-9.iso\"}, \"login_t\": 8312345678,"
        " \"end_reason\": {\"code\": \"guest-panic\", \"text\": \"guest panicked after 21 s\"}}\n";
    static const char other[] =
        "{\"image\": {\"path\": \"/other/debian-9.iso\"}, \"end_reason\": null}\n";
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_add_file(&fake, LAYOUT_DATA_LOGS_DIR "/20261120-084500-debian-9.iso/session.json", 0,
                  other);
    fake_add_file(&fake, LAYOUT_DATA_LOGS_DIR "/20261121-084500-debian-9.iso/session.json", 0, own);
    fake_add_file(&fake, LAYOUT_DATA_LOGS_DIR "/20261122-084500-debian-9.iso/session.json", 0,
                  other);
    fake_add_file(&fake, LAYOUT_DATA_LOGS_DIR "/20261123-084500-debian-9.iso-2/session.json", 0,
                  "{");
    fake_add_file(&fake, LAYOUT_DATA_LOGS_DIR "/20261124-084500-debian-10.iso/session.json", 0,
                  own);
    fake_type(&fake, 10, "\033[B");
    fake_type(&fake, 60000, "\x04"); /* Ctrl-D */
    fake_type(&fake, 1000, "\033");
    fake_type(&fake, 60000, "\x18");
    app_run(&fake.platform);
    assert_true(
        fake_showed(&fake, "Last start 2026-11-21 08:45: guest panicked after 21 s, login"));
    assert_false(fake_showed(&fake, "Last start 2026-11-22"));
}

static void the_power_menu_does_what_is_chosen(void **state)
{
    static const enum menu_power order[] = {MENU_RESTART, MENU_POWER_OFF, MENU_FIRMWARE,
                                            MENU_LOCAL_DISK};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        tear_down(NULL);
        set_up(NULL);
        add_images(WAIT_FOR_EVER);
        fake.has_local_disk = true;
        fake_type(&fake, 100, "\x0f"); /* Ctrl-O */
        for (size_t k = 0; k < i; k++)
            fake_type(&fake, 0, "\033[B");
        fake_type(&fake, 100, "\r");
        fake_type(&fake, 100, " ");
        app_run(&fake.platform);
        assert_int_equal(fake.powers, 1);
        assert_int_equal(fake.power, order[i]);
        assert_true(fake_showed(&fake, "the firmware is deaf"));
    }
    tear_down(NULL);
    set_up(NULL);
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100, "\x0f"); /* the last one: leave */
    fake_type(&fake, 100, "\033[A\r");
    app_run(&fake.platform);
    assert_int_equal(fake.powers, 0);
    assert_true(fake_showed(&fake, "no other disk has an EFI loader"));
    assert_true(fake.is_released);
}

static void ascii_is_for_serial_lines_alone(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 100, "\x0e"); /* Ctrl-N */
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "────"));
    assert_true(fake_shows(&fake, 1, "  ----"));
    assert_false(fake_shows(&fake, 1, "─"));
}

static void a_larger_terminal_is_filled(void **state)
{
    (void)state;
    add_images("{\"control\": {\"timeout\": 10}}");
    fake_type(&fake, 1000, "\033[50;132R"); /* the answer; no key: the countdown goes on */
    fake_type(&fake, 3000, "x");
    app_run(&fake.platform);
    assert_int_equal(fake.size_questions, 1);
    assert_int_equal(fake.screens[1].columns, 132);
    assert_int_equal(fake.screens[1].rows, 50);
    assert_int_equal(fake.screens[0].columns, 100);
    assert_true(fake_showed(&fake, "Starting in 7 s"));
    tear_down(NULL);
    set_up(NULL);
    add_images(WAIT_FOR_EVER);
    fake_type(&fake, 1000, "\033[5;10R\033[999;9999R\x0c");
    app_run(&fake.platform);
    assert_int_equal(fake.screens[1].rows,
                     CELLS_ROWS_MAX); /* what cannot be is cut or passed over */
    assert_int_equal(fake.screens[1].columns, CELLS_COLUMNS_MAX);
    assert_int_equal(fake.size_questions, 2); /* Ctrl-L asks again */
}

static void drivers_that_were_passed_over_are_named(void **state)
{
    (void)state;
    add_images(WAIT_FOR_EVER);
    fake.driver_notes = "The driver /EFI/hiperiso/drivers/a.efi was passed over: Unsupported.\n"
                        "The driver /EFI/hiperiso/drivers/b.efi was passed over: Load Error.\n";
    app_run(&fake.platform);
    assert_true(fake_shows(&fake, 0, "drivers/a.efi was passed over: Unsupported."));
    assert_true(fake_shows(&fake, 1, "drivers/b.efi was passed over: Load Error."));
}

/* Whatever allocation fails: no crash, no leak, and the user gets the displays back. */
static void running_out_of_memory_never_crashes(void **state)
{
    bool happened = true;
    unsigned long n;
    (void)state;
    for (n = 1; happened; n++) {
        tear_down(NULL);
        set_up(NULL);
        add_images(
            "{\"control\": {\"timeout\": -1, \"x\": 0}, \"iso_overrides\": {\"arch*\": \"big\","
            " \"*9*\": \"none\"}}");
        fake_add_file(&fake, LAYOUT_DATA_OVERRIDES_DIR "/big.json", 0, "{\"ram\": 8192}");
        set_returned("/ISOs/debian-9.iso", "guest powered off");
        fake_type(&fake, 100, "\033[H\r");
        fake_type(&fake, 100, "x\x10");
        fake_type(&fake, 100, "\x18");
        strbuf_append_bytes(&fake.history, "", 0);
        fail_alloc_after(n);
        app_run(&fake.platform);
        happened = fail_alloc_happened();
        fail_alloc_after(0);
        assert_true(fake.is_released || n <= 4); /* without memory for its frames it never begins */
    }
    assert_true(n > 30);
}

/* The same on the screens beside the list; not every single one of some thousand allocations. */
static void running_out_of_memory_on_any_screen_never_crashes(void **state)
{
    bool happened = true;
    (void)state;
    for (unsigned long n = 1; happened; n += 1 + n / 20) {
        tear_down(NULL);
        set_up(NULL);
        add_images("{\"control\": {\"timeout\": -1, \"x\": 0}}");
        fake_type(&fake, 1000,
                  "\x14\x14\x05"
                  "1\x05\x04\x18");
        fake_type(&fake, 1000, "\x0b\x0b\x0f\x0f\x07\x07\x18");
        fail_alloc_after(n);
        app_run(&fake.platform);
        happened = fail_alloc_happened();
        fail_alloc_after(0);
        assert_true(fake.is_released || n <= 4);
    }
}

int main(void)
{
#define APP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        APP_TEST(enter_starts_the_selected_image),
        APP_TEST(settings_travel_on_the_command_line),
        APP_TEST(the_countdown_starts_the_default),
        APP_TEST(any_key_stops_the_countdown),
        APP_TEST(timeout_zero_starts_at_once),
        APP_TEST(a_key_held_at_the_start_stops_timeout_zero),
        APP_TEST(after_a_failed_start_nothing_starts_by_itself),
        APP_TEST(a_default_that_is_not_there_starts_nothing),
        APP_TEST(the_return_is_shown_once_and_stops_the_countdown),
        APP_TEST(a_return_that_is_not_readable_stops_the_countdown_too),
        APP_TEST(a_return_that_is_too_large_stops_the_countdown_and_goes),
        APP_TEST(the_last_choice_is_written_only_when_it_changes),
        APP_TEST(a_missing_configuration_is_a_note),
        APP_TEST(a_broken_configuration_is_named_with_its_place),
        APP_TEST(a_huge_configuration_is_refused),
        APP_TEST(an_unreadable_configuration_is_said),
        APP_TEST(an_empty_stick_helps),
        APP_TEST(rescanning_reads_the_stick_anew),
        APP_TEST(a_stick_that_cannot_be_opened_is_explained),
        APP_TEST(an_unfinished_stick_says_so),
        APP_TEST(aliases_and_tips_are_shown),
        APP_TEST(a_frame_that_did_not_get_through_is_drawn_again),
        APP_TEST(a_missing_template_is_the_fault_of_its_images_alone),
        APP_TEST(a_broken_template_is_named_with_its_place),
        APP_TEST(a_wrong_key_of_a_template_is_listed_and_the_image_starts),
        APP_TEST(the_problems_are_listed_on_every_display),
        APP_TEST(a_hundred_problems_are_scrolled_through),
        APP_TEST(no_problem_is_said_too),
        APP_TEST(templates_are_read_from_their_folder),
        APP_TEST(a_command_line_that_is_too_long_is_refused_with_its_length),
        APP_TEST(the_longest_names_are_started_or_refused),
        APP_TEST(the_form_starts_with_its_values_as_the_menus_choice),
        APP_TEST(the_form_forgets_on_escape),
        APP_TEST(the_form_says_what_is_wrong_as_it_is_typed),
        APP_TEST(the_form_shows_when_the_line_is_too_long),
        APP_TEST(the_checksum_is_compared_with_what_lies_beside),
        APP_TEST(the_checksum_shows_its_progress_and_can_be_cancelled),
        APP_TEST(an_image_that_cannot_be_read_has_no_sum),
        APP_TEST(details_are_read_when_the_bar_rests),
        APP_TEST(details_tell_of_the_last_session),
        APP_TEST(the_power_menu_does_what_is_chosen),
        APP_TEST(ascii_is_for_serial_lines_alone),
        APP_TEST(a_larger_terminal_is_filled),
        APP_TEST(drivers_that_were_passed_over_are_named),
        APP_TEST(running_out_of_memory_never_crashes),
        APP_TEST(running_out_of_memory_on_any_screen_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of settings and their values. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/settings.h"
#include "test/unit/config/unit.h"

static void table_is_complete_and_consistent(void **state)
{
    (void)state;
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        assert_non_null(info->title);
        assert_non_null(info->help);
        assert_non_null(info->control_key);
        assert_true(info->help[strlen(info->help) - 1] != '.');
        assert_int_equal(info->guest_level, info->override_key != NULL);
        if (info->guest_level)
            assert_true(info->on_command_line);
        if (info->parameter != NULL)
            assert_int_equal(strncmp(info->parameter, "hiperiso_", 9), 0);
        if (info->type == SETTING_TYPE_INT)
            assert_true(info->min <= info->default_number && info->default_number <= info->max);
        if (info->type == SETTING_TYPE_CHOICE)
            assert_non_null(info->choices[info->default_number]);
        if (info->type == SETTING_TYPE_TEXT)
            assert_non_null(info->default_text);
    }
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i, found;
        const struct setting_info *info = setting_info(id);
        const char *key = setting_key(id);
        assert_int_equal(setting_by_key(key, strlen(key), &found), STATUS_OK);
        assert_int_equal(found, id);
        if (info->parameter != NULL) {
            assert_int_equal(setting_by_parameter(info->parameter, strlen(info->parameter), &found),
                             STATUS_OK);
            assert_int_equal(found, id);
        }
        if (info->override_key != NULL) {
            assert_int_equal(
                setting_by_override_key(info->override_key, strlen(info->override_key), &found),
                STATUS_OK);
            assert_int_equal(found, id);
        }
        key = info->control_key;
        enum status in_control = setting_by_control_key(key, strlen(key), &found);
        enum status in_theme = setting_by_theme_key(key, strlen(key), &found);
        assert_int_equal(in_control, info->in_theme ? STATUS_NOT_FOUND : STATUS_OK);
        assert_int_equal(in_theme, info->in_theme ? STATUS_OK : STATUS_NOT_FOUND);
        assert_int_equal(found, id);
    }
    enum setting_id found;
    assert_int_equal(setting_by_key("ra", 2, &found), STATUS_NOT_FOUND);
    assert_int_equal(setting_by_key("ramx", 3, &found), STATUS_OK); /* LEN counts */
}

static void public_names_are_spelled_as_users_know_them(void **state)
{
    (void)state;
    static const struct {
        enum setting_id id;
        const char *control, *override, *parameter;
    } rows[] = {
        {SETTING_RAM, "default_ram", "ram", "hiperiso_guest_ram"},
        {SETTING_CPUS, "default_cpus", "cpus", "hiperiso_guest_cpus"},
        {SETTING_TRACE_LEVEL, "default_trace_level", "trace_level", "hiperiso_trace_level"},
        {SETTING_DISPLAY, "default_display", "display", "hiperiso_display"},
        {SETTING_VGA, "default_vga", "vga", "hiperiso_vga"},
        {SETTING_FALLBACK, "fallback_no_kvm", "fallback_no_kvm", "hiperiso_fallback"},
        {SETTING_NET_DUMP, "net_dump", "net_dump", "hiperiso_net_dump"},
        {SETTING_TPM, "default_tpm", "tpm", "hiperiso_tpm"},
        {SETTING_SECURE_BOOT, "default_secure_boot", "secure_boot", "hiperiso_secure_boot"},
        {SETTING_CPU_FEATURES, "default_cpu_features", "cpu_features", "hiperiso_cpu_features"},
        {SETTING_QEMU_EXTRA_ARGS, "default_qemu_extra_args", "qemu_extra_args",
         "hiperiso_qemu_extra_args"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_string_equal(setting_info(rows[i].id)->control_key, rows[i].control);
        assert_string_equal(setting_info(rows[i].id)->override_key, rows[i].override);
        assert_string_equal(setting_info(rows[i].id)->parameter, rows[i].parameter);
    }
}

static void defaults_are_what_the_table_says(void **state)
{
    (void)state;
    struct settings s;

    settings_init(&s);
    assert_int_equal(settings_number(&s, SETTING_RAM), 2048);
    assert_int_equal(settings_number(&s, SETTING_CPUS), 2);
    assert_string_equal(settings_text(&s, SETTING_TRACE_LEVEL), "standard");
    assert_string_equal(settings_text(&s, SETTING_DISPLAY), "none");
    assert_string_equal(settings_text(&s, SETTING_VGA), "none");
    assert_true(settings_bool(&s, SETTING_FALLBACK));
    assert_false(settings_bool(&s, SETTING_TPM));
    assert_int_equal(settings_list(&s, SETTING_CPU_FEATURES)->count, 0);
    assert_string_equal(settings_text(&s, SETTING_FIRMWARE), "auto");
    assert_string_equal(settings_text(&s, SETTING_MACHINE), "q35");
    assert_string_equal(settings_text(&s, SETTING_ON_EXIT), "menu");
    assert_string_equal(settings_text(&s, SETTING_TRACE_FROM), "");
    assert_int_equal(settings_number(&s, SETTING_TIMEOUT), 10);
    assert_string_equal(settings_text(&s, SETTING_SEARCH_ROOT), "/");
    assert_int_equal(settings_number(&s, SETTING_MAX_DEPTH), 16);
    assert_int_equal(settings_number(&s, SETTING_LOG_MAX), 0);
    assert_int_equal(settings_number(&s, SETTING_LOG_KEEP), 20);
    assert_string_equal(settings_text(&s, SETTING_THEME_GFXMODE), "auto");
    assert_string_equal(settings_text(&s, SETTING_THEME_GFXPAYLOAD), "keep");
    for (int id = 0; id < SETTING_COUNT; id++) {
        assert_true(settings_is_default(&s, (enum setting_id)id));
        assert_int_equal(settings_origin(&s, (enum setting_id)id), ORIGIN_DEFAULT);
    }
}

static void texts_are_taken_and_given_back(void **state)
{
    (void)state;
    static const struct {
        enum setting_id id;
        const char *in, *out;
    } cases[] = {
        {SETTING_RAM, "128", "128"},
        {SETTING_RAM, "1048576", "1048576"},
        {SETTING_TIMEOUT, "-1", "-1"},
        {SETTING_TPM, "yes", "1"},
        {SETTING_TPM, "on", "1"},
        {SETTING_TPM, "true", "1"},
        {SETTING_FALLBACK, "off", "0"},
        {SETTING_DISPLAY, "screen", "gtk"},
        {SETTING_DISPLAY, "gtk", "gtk"},
        {SETTING_TRACE_LEVEL, "my-events.v2", "my-events.v2"},
        {SETTING_TRACE_LEVEL, "full", "full"},
        {SETTING_CPU_FEATURES, "vmx,sse4.2", "vmx,sse4.2"},
        {SETTING_CPU_FEATURES, "vmx,", "vmx"},
        {SETTING_CPU_FEATURES, "", ""},
        {SETTING_QEMU_EXTRA_ARGS, "-device,virtio-rng-pci%2Crng=r",
         "-device,virtio-rng-pci%2Crng=r"},
        {SETTING_QEMU_EXTRA_ARGS, ",", ","},
        {SETTING_QEMU_EXTRA_ARGS, ",,", ",,"},
        {SETTING_QEMU_EXTRA_ARGS, "a,,", "a,,"},
        {SETTING_QEMU_EXTRA_ARGS, ",a", ",a"},
        {SETTING_TRACE_FROM, "12s", "12s"},
        {SETTING_SEARCH_ROOT, "/ISOs", "/ISOs"},
        {SETTING_DEFAULT_IMAGE, "*.iso", "*.iso"},
        {SETTING_THEME_GFXMODE, "max", "max"},
        {SETTING_THEME_GFXMODE, "1920x1080,1024x768,auto", "1920x1080,1024x768,auto"},
        {SETTING_THEME_FILE, "", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct settings s;
        settings_init(&s);
        assert_int_equal(settings_set_text(&s, cases[i].id, cases[i].in, ORIGIN_MENU, NULL),
                         STATUS_OK);
        auto_free char *out = settings_get_text(&s, cases[i].id);
        assert_string_equal(out, cases[i].out);
        assert_int_equal(settings_origin(&s, cases[i].id), ORIGIN_MENU);
        settings_clear(&s);
    }
}

static void wrong_values_are_refused_with_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        enum setting_id id;
        const char *in, *message;
    } cases[] = {
        {SETTING_TIMEOUT, "9999", "9999 is above the maximum 3600"},
        {SETTING_TIMEOUT, "-2", "-2 is below the minimum -1"},
        {SETTING_RAM, "99999999999999999999", "99999999999999999999 is above the maximum 1048576"},
        {SETTING_RAM, "4G", "\"4G\" is no whole number"},
        {SETTING_RAM, "", "\"\" is no whole number"},
        {SETTING_TPM, "maybe", "\"maybe\" is neither true nor false"},
        {SETTING_TPM, "2", "\"2\" is neither true nor false"},
        {SETTING_DISPLAY, "sdl", "\"sdl\" is not one of none, gtk, vnc"},
        {SETTING_DISPLAY, "GTK", "\"GTK\" is not one of none, gtk, vnc"},
        {SETTING_TRACE_LEVEL, "../x",
         "\"../x\" is neither none, standard, detailed, full nor the NAME of a NAME.events "
         "(letters, "
         "digits, - _ .)"},
        {SETTING_CPU_FEATURES, "vmx,a=b",
         "\"a=b\" is no name of a CPU flag (letters, digits, - _ ., without + or =)"},
        {SETTING_CPU_FEATURES, ",",
         "\"\" is no name of a CPU flag (letters, digits, - _ ., without + or =)"},
        {SETTING_QEMU_EXTRA_ARGS, "a%2",
         "\"a%2\" has a % that no two hexadecimal digits follow: write %25"},
        {SETTING_SEARCH_ROOT, "ISOs",
         "\"ISOs\" is no path from the data partition's root: it starts with /"},
        {SETTING_THEME_GFXMODE, "1024x",
         "\"1024x\" is neither auto, max nor a list like 1920x1080,1024x768"},
        {SETTING_THEME_GFXMODE, "auto,",
         "\"auto,\" is neither auto, max nor a list like 1920x1080,1024x768"},
        {SETTING_THEME_GFXMODE, "10x10",
         "\"10x10\" is neither auto, max nor a list like 1920x1080,1024x768"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct settings s;
        auto_free char *message = NULL;
        settings_init(&s);
        assert_int_equal(settings_set_text(&s, cases[i].id, cases[i].in, ORIGIN_MENU, &message),
                         STATUS_INVALID);
        assert_string_equal(message, cases[i].message);
        assert_true(settings_is_default(&s, cases[i].id));
        assert_int_equal(settings_origin(&s, cases[i].id), ORIGIN_DEFAULT);
    }
}

static void texts_and_lists_have_a_maximum(void **state)
{
    (void)state;
    struct settings s;
    char text[SETTING_TEXT_MAX + 2];
    char list[SETTING_LIST_MAX * 2 + 3];

    settings_init(&s);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(settings_set_text(&s, SETTING_TRACE_FROM, text, ORIGIN_MENU, NULL),
                     STATUS_INVALID);
    text[SETTING_TEXT_MAX] = '\0';
    assert_int_equal(settings_set_text(&s, SETTING_TRACE_FROM, text, ORIGIN_MENU, NULL), STATUS_OK);
    for (size_t i = 0; i <= SETTING_LIST_MAX; i++)
        memcpy(list + i * 2, "a,", 3);
    assert_int_equal(settings_set_text(&s, SETTING_CPU_FEATURES, list, ORIGIN_MENU, NULL),
                     STATUS_INVALID);
    assert_int_equal(settings_list(&s, SETTING_CPU_FEATURES)->count, 0);
    assert_int_equal(settings_set_text(&s, SETTING_CPU_FEATURES, list + 2, ORIGIN_MENU, NULL),
                     STATUS_OK);
    assert_int_equal(settings_list(&s, SETTING_CPU_FEATURES)->count, SETTING_LIST_MAX);
    settings_clear(&s);
}

static void copies_are_independent(void **state)
{
    (void)state;
    struct settings a, b;

    settings_init(&a);
    assert_int_equal(settings_set_text(&a, SETTING_TRACE_LEVEL, "mine", ORIGIN_CONTROL, NULL),
                     STATUS_OK);
    assert_int_equal(settings_set_text(&a, SETTING_CPU_FEATURES, "x,y", ORIGIN_OVERRIDE, NULL),
                     STATUS_OK);
    assert_int_equal(settings_copy(&a, &b), STATUS_OK);
    settings_clear(&a);
    assert_string_equal(settings_text(&b, SETTING_TRACE_LEVEL), "mine");
    assert_string_equal(settings_list(&b, SETTING_CPU_FEATURES)->items[1], "y");
    assert_int_equal(settings_origin(&b, SETTING_CPU_FEATURES), ORIGIN_OVERRIDE);
    assert_int_equal(settings_copy_value(&a, SETTING_TRACE_LEVEL, &b.values[SETTING_TRACE_LEVEL]),
                     STATUS_OK);
    assert_int_equal(settings_set_text(&b, SETTING_TRACE_LEVEL, "full", ORIGIN_MENU, NULL),
                     STATUS_OK);
    assert_string_equal(settings_text(&a, SETTING_TRACE_LEVEL), "mine");
    assert_string_equal(settings_text(&b, SETTING_TRACE_LEVEL), "full");
    settings_clear(&a);
    settings_clear(&b);
}

static void origins_have_letters_and_texts(void **state)
{
    (void)state;
    static const char letters[] = "dcom";
    static const char *const texts[] = {"default", "control", "override", "menu"};
    enum setting_origin origin;

    for (int i = 0; i < 4; i++) {
        assert_int_equal(setting_origin_letter((enum setting_origin)i), letters[i]);
        assert_string_equal(setting_origin_text((enum setting_origin)i), texts[i]);
        assert_int_equal(setting_origin_by_letter(letters[i], &origin), STATUS_OK);
        assert_int_equal(origin, i);
    }
    assert_int_equal(setting_origin_by_letter('x', &origin), STATUS_NOT_FOUND);
    assert_int_equal(setting_origin_by_letter('\0', &origin), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_complete_and_consistent),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(public_names_are_spelled_as_users_know_them),
        cmocka_unit_test(defaults_are_what_the_table_says),
        cmocka_unit_test(texts_are_taken_and_given_back),
        cmocka_unit_test(wrong_values_are_refused_with_what_is_allowed),
        cmocka_unit_test(texts_and_lists_have_a_maximum),
        cmocka_unit_test(copies_are_independent),
        cmocka_unit_test(origins_have_letters_and_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

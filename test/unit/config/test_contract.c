/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel command line in both directions, and through the kernel's own rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/percent.h"
#include "config/base/text.h"
#include "config/base/utf.h"
#include "config/contract.h"
#include "config/layout.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"

#define GUID_A "6d1b3f0c-5a53-4c1e-9f6e-3b8e0a7d42c1"
#define GUID_B "00000000-aaaa-bbbb-cccc-dddddddddddd"

/* ---- what Linux does with the line (init/main.c, lib/cmdline.c, lib/ctype.c), as a model ---- */

struct kernel_view {
    char *environment[64]; /* unknown NAME=VALUE without a dot in NAME: init's environment */
    size_t environment_count;
    size_t argument_count; /* unknown words without '=': init's arguments */
    char storage[LAYOUT_COMMAND_LINE_MAX + 1];
};

static bool kernel_isspace(char c)
{
    unsigned char byte = (unsigned char)c;
    return (byte >= 9 && byte <= 13) || byte == 32 || byte == 0xA0;
}

static bool kernel_knows(const char *name)
{
    static const char *const known[] = {"console", "quiet", "loglevel", "panic"};

    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static void kernel_parse(const char *line, struct kernel_view *view)
{
    memset(view, 0, sizeof(*view));
    assert_true(strlen(line) <= LAYOUT_COMMAND_LINE_MAX);
    strcpy(view->storage, line);
    char *p = view->storage;
    while (*p != '\0') {
        while (kernel_isspace(*p))
            p++;
        if (*p == '\0')
            return;
        char *word = p;
        bool in_quotes = false;
        for (; *p != '\0' && (in_quotes || !kernel_isspace(*p)); p++)
            if (*p == '"')
                in_quotes = !in_quotes;
        if (*p != '\0')
            *p++ = '\0';
        assert_null(strchr(word, '"')); /* ours never holds one */
        size_t name_len = strcspn(word, "=");
        char name[64];
        assert_true(name_len < sizeof(name));
        memcpy(name, word, name_len);
        name[name_len] = '\0';
        if (strchr(name, '.') != NULL || kernel_knows(name))
            continue;
        if (word[name_len] == '\0')
            view->argument_count++;
        else
            view->environment[view->environment_count++] = word;
    }
}

/* ---- random requests ---- */

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

static void random_name(struct strbuf *b, size_t characters)
{
    static const char *const pieces[] = {
        " ",
        "\"",
        "'",
        "%",
        ",",
        ":",
        "=",
        "\\",
        ".",
        "-",
        "--",
        "%20",
        "a",
        "Z",
        "0",
        "_",
        "\xC3\xA0",
        "\xC3\xA9",
        "\xE4\xB8\xAD",
        "\xE4\xB8\xA0",
        "\xE6\x96\x87",
        "\xF0\x9F\x92\xBF",
        "\xD0\xA0",
        "\xC2\xA0",
        "\xC2\x85",
        "\t",
        "\x7F",
        "#",
        "$",
        "`",
        "[",
        "]",
        "*",
        "?",
        "~",
    };
    for (size_t i = 0; i < characters; i++)
        strbuf_append(b, pieces[random_below(ARRAY_SIZE(pieces))]);
}

static void random_text_for(enum setting_id id, struct strbuf *text)
{
    const struct setting_info *info = setting_info(id);
    uint32_t count = 0;

    switch (info->type) {
    case SETTING_TYPE_INT:
        strbuf_printf(text, "%lld",
                      (long long)info->min + random_below((uint32_t)(info->max - info->min + 1)));
        break;
    case SETTING_TYPE_BOOL:
        strbuf_append(text, random_below(2) != 0 ? "1" : "0");
        break;
    case SETTING_TYPE_CHOICE:
        while (info->choices[count] != NULL)
            count++;
        if (info->check != NULL && random_below(3) == 0)
            strbuf_append(text, "my-Tier_2.x");
        else
            strbuf_append(text, info->choices[random_below(count)]);
        break;
    case SETTING_TYPE_TEXT:
        random_name(text, random_below(12));
        break;
    case SETTING_TYPE_LIST:
        for (count = random_below(4); count > 0; count--) {
            auto_strbuf element = STRBUF_INIT;
            if (info->check != NULL)
                strbuf_append(&element, "sse4.2");
            else
                random_name(&element, random_below(6));
            percent_encode(text, strbuf_text(&element));
            strbuf_append_char(text, ',');
        }
        break;
    }
}

static void random_request(struct boot_request *request)
{
    auto_strbuf path = STRBUF_INIT;

    boot_request_init(request);
    strbuf_append(&path, "/d/x");
    random_name(&path, random_below(40));
    request->iso_path = strbuf_take(&path);
    assert_non_null(request->iso_path);
    strcpy(request->data_partuuid, GUID_A);
    if (random_below(2) != 0)
        strcpy(request->esp_partuuid, GUID_B);
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        auto_strbuf text = STRBUF_INIT;
        if (!setting_info(id)->on_command_line || random_below(3) == 0)
            continue;
        random_text_for(id, &text);
        enum setting_origin origin = (enum setting_origin)(1 + random_below(3));
        assert_int_equal(
            settings_set_text(&request->settings, id, strbuf_text(&text), origin, NULL), STATUS_OK);
    }
}

static void assert_settings_equal(const struct settings *a, const struct settings *b)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        if (!setting_info(id)->on_command_line)
            continue;
        auto_free char *x = settings_get_text(a, id), *y = settings_get_text(b, id);
        assert_string_equal(x, y);
        assert_int_equal(settings_origin(a, id), settings_origin(b, id));
    }
}

static void round_trip(const struct boot_request *request)
{
    auto_strbuf line = STRBUF_INIT;
    auto_free uint16_t *units = NULL;
    auto_free char *back = NULL;
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct boot_request read;
    struct kernel_view view;
    size_t len = 0, unit_count = 0;

    enum status status = contract_write(request, &line, &len);
    if (status == STATUS_TOO_LARGE) {
        assert_true(len > LAYOUT_COMMAND_LINE_MAX);
        assert_int_equal(line.len, 0);
        return;
    }
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(len, line.len);

    /* LoadOptions are UTF-16, the kernel's stub turns them back. */
    assert_int_equal(utf16_from_utf8(strbuf_text(&line), &units, &unit_count), STATUS_OK);
    assert_int_equal(utf8_from_utf16(units, unit_count, &back), STATUS_OK);
    assert_string_equal(back, strbuf_text(&line));

    kernel_parse(back, &view);
    assert_int_equal(view.argument_count, 0);
    assert_true(view.environment_count <= CONTRACT_PARAMETERS_MAX);
    for (size_t i = 0; i < view.environment_count; i++)
        assert_int_equal(strncmp(view.environment[i], "hiperiso_", 9), 0);

    assert_int_equal(contract_read(back, &problems, &read), STATUS_OK);
    assert_int_equal(problems.count, 0);
    assert_string_equal(read.iso_path, request->iso_path);
    assert_string_equal(read.data_partuuid, request->data_partuuid);
    assert_string_equal(read.esp_partuuid, request->esp_partuuid);
    assert_settings_equal(&read.settings, &request->settings);

    auto_strbuf again = STRBUF_INIT;
    assert_int_equal(contract_write(&read, &again, NULL), STATUS_OK);
    assert_string_equal(strbuf_text(&again), back);
    boot_request_clear(&read);
}

static void random_requests_survive_the_kernel(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        struct boot_request request;
        random_request(&request);
        round_trip(&request);
        boot_request_clear(&request);
    }
}

static void long_names_survive_the_kernel(void **state)
{
    (void)state;
    static const char *const characters[] = {"\xE4\xB8\xAD", "a", "\xC3\xA9", "\xD0\x96"};

    for (size_t i = 0; i < ARRAY_SIZE(characters); i++) {
        struct boot_request request;
        struct strbuf path = STRBUF_INIT;
        boot_request_init(&request);
        strbuf_append_char(&path, '/');
        for (int n = 0; n < 255; n++)
            strbuf_append(&path, characters[i]);
        request.iso_path = strbuf_take(&path);
        strcpy(request.data_partuuid, GUID_A);
        round_trip(&request);
        boot_request_clear(&request);
    }
}

/* 255 characters of every kind: spaces, quotes, percent signs, CJK. What does not fit is refused
 * with its length. */
static void long_mixed_names_survive_the_kernel(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        struct boot_request request;
        struct strbuf path = STRBUF_INIT;
        boot_request_init(&request);
        strbuf_append(&path, "/d/");
        random_name(&path, 100 + random_below(156));
        request.iso_path = strbuf_take(&path);
        strcpy(request.data_partuuid, GUID_A);
        round_trip(&request);
        boot_request_clear(&request);
    }
}

/* One setting changed, the others not: each by itself. */
static void every_setting_round_trips_alone(void **state)
{
    (void)state;
    static const char *const changed[SETTING_COUNT] = {
        [SETTING_RAM] = "4096",
        [SETTING_CPUS] = "4",
        [SETTING_TRACE_LEVEL] = "full",
        [SETTING_DISPLAY] = "screen",
        [SETTING_VGA] = "std",
        [SETTING_FALLBACK] = "0",
        [SETTING_NET_DUMP] = "1",
        [SETTING_TPM] = "1",
        [SETTING_SECURE_BOOT] = "1",
        [SETTING_CPU_FEATURES] = "vmx,avx512f",
        [SETTING_QEMU_EXTRA_ARGS] = "-smbios,type=1%2Cserial=a b",
        [SETTING_FIRMWARE] = "bios",
        [SETTING_MACHINE] = "pc",
        [SETTING_ON_EXIT] = "poweroff",
        [SETTING_INTERACTIVE] = "1",
        [SETTING_TRACE_FROM] = "login: \"x\"",
        [SETTING_TRACE_UNTIL] = "12s",
        [SETTING_VNC_LISTEN] = "1",
        [SETTING_LOG_MAX] = "100",
        [SETTING_LOG_KEEP] = "3",
    };
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        struct boot_request request;
        assert_int_equal(changed[i] != NULL, setting_info(id)->on_command_line);
        if (changed[i] == NULL)
            continue;
        boot_request_init(&request);
        request.iso_path = text_copy("/x.iso");
        assert_int_equal(
            settings_set_text(&request.settings, id, changed[i], ORIGIN_OVERRIDE, NULL), STATUS_OK);
        assert_false(settings_is_default(&request.settings, id));
        round_trip(&request);
        boot_request_clear(&request);
    }
}

static void line_is_written_in_a_fixed_order(void **state)
{
    (void)state;
    struct boot_request request;
    auto_strbuf line = STRBUF_INIT;

    boot_request_init(&request);
    request.iso_path = text_copy("/ISOs/a b,c.iso");
    strcpy(request.data_partuuid, GUID_A);
    strcpy(request.esp_partuuid, GUID_B);
    assert_int_equal(
        settings_set_text(&request.settings, SETTING_ON_EXIT, "poweroff", ORIGIN_MENU, NULL),
        STATUS_OK);
    assert_int_equal(
        settings_set_text(&request.settings, SETTING_FIRMWARE, "bios", ORIGIN_OVERRIDE, NULL),
        STATUS_OK);
    assert_int_equal(settings_set_text(&request.settings, SETTING_TPM, "1", ORIGIN_OVERRIDE, NULL),
                     STATUS_OK);
    assert_int_equal(
        settings_set_text(&request.settings, SETTING_RAM, "4096", ORIGIN_CONTROL, NULL), STATUS_OK);
    assert_int_equal(settings_set_text(&request.settings, SETTING_CPUS, "2", ORIGIN_CONTROL, NULL),
                     STATUS_OK);
    assert_int_equal(contract_write(&request, &line, NULL), STATUS_OK);
    assert_string_equal(
        strbuf_text(&line), LAYOUT_KERNEL_ARGUMENTS
        " hiperiso_iso=/ISOs/a%20b%2Cc.iso hiperiso_data=PARTUUID=" GUID_A
        " hiperiso_esp=PARTUUID=" GUID_B
        " hiperiso_guest_ram=4096 hiperiso_tpm=1 hiperiso_set=firmware:bios,on_exit:poweroff"
        " hiperiso_from=ccdddddodddodmdddddd");
    boot_request_clear(&request);
}

static void defaults_write_no_setting(void **state)
{
    (void)state;
    struct boot_request request;
    auto_strbuf line = STRBUF_INIT;

    boot_request_init(&request);
    request.iso_path = text_copy("/x.iso");
    assert_int_equal(contract_write(&request, &line, NULL), STATUS_OK);
    assert_string_equal(strbuf_text(&line), LAYOUT_KERNEL_ARGUMENTS " hiperiso_iso=/x.iso");
    boot_request_clear(&request);
}

static void too_long_a_line_is_refused_with_its_length(void **state)
{
    (void)state;
    struct boot_request request;
    auto_strbuf line = STRBUF_INIT;
    char name[2200];
    size_t len = 0;

    boot_request_init(&request);
    const size_t other = strlen(LAYOUT_KERNEL_ARGUMENTS " hiperiso_iso=");
    memset(name, 'a', sizeof(name));
    name[0] = '/';
    name[LAYOUT_COMMAND_LINE_MAX - other] = '\0';
    request.iso_path = name;
    assert_int_equal(contract_write(&request, &line, &len), STATUS_OK);
    assert_int_equal(len, LAYOUT_COMMAND_LINE_MAX);
    strbuf_reset(&line);
    name[LAYOUT_COMMAND_LINE_MAX - other] = 'a';
    name[LAYOUT_COMMAND_LINE_MAX - other + 1] = '\0';
    assert_int_equal(contract_write(&request, &line, &len), STATUS_TOO_LARGE);
    assert_int_equal(len, LAYOUT_COMMAND_LINE_MAX + 1);
    assert_int_equal(line.len, 0);
}

static void at_most_24_parameters_are_ours(void **state)
{
    (void)state;
    size_t count = 5; /* iso, data, esp, set, from */

    for (int id = 0; id < SETTING_COUNT; id++)
        if (setting_info((enum setting_id)id)->parameter != NULL)
            count++;
    assert_true(count <= CONTRACT_PARAMETERS_MAX);
}

static void lines_are_read_by_the_kernels_rules(void **state)
{
    (void)state;
    static const struct {
        const char *line, *path;
    } cases[] = {
        {"hiperiso_iso=/x.iso", "/x.iso"},
        {"  quiet\thiperiso_iso=/x.iso\n", "/x.iso"},
        {"hiperiso_iso=\"/my file.iso\" quiet", "/my file.iso"},
        {"\"hiperiso_iso=/my file.iso\" quiet", "/my file.iso"},
        {"dyndbg=\"file a.c +p\" hiperiso_iso=/x.iso", "/x.iso"},
        {"foo=\"a hiperiso_iso=/no.iso\" hiperiso_iso=/x.iso", "/x.iso"},
        {"hiperiso_iso=/a.iso hiperiso_iso=/b.iso", "/b.iso"},
        {"xhiperiso_iso=/a.iso", NULL},
        {"hiperiso=1 =hiperiso_iso=/x", NULL},
        {"hiperiso_iso=/a=b.iso", "/a=b.iso"},
        {"hiperiso_iso=/%e4%b8%ad.iso", "/\xE4\xB8\xAD.iso"},
        {"", NULL},
        {"\"", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct boot_request request;
        assert_int_equal(contract_read(cases[i].line, &problems, &request), STATUS_OK);
        assert_int_equal(problems.count, 0);
        if (cases[i].path == NULL)
            assert_null(request.iso_path);
        else
            assert_string_equal(request.iso_path, cases[i].path);
        boot_request_clear(&request);
    }
}

static void malformed_and_unknown_parameters_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *problem;
        enum status status;
    } cases[] = {
        {"hiperiso_foo=1", "kernel command line: hiperiso_foo: unknown parameter, passed over",
         STATUS_OK},
        {"hiperiso_set=foo:1", "kernel command line: hiperiso_set: unknown key foo, passed over",
         STATUS_OK},
        {"hiperiso_set=ram:512", /* has a parameter of its own */
         "kernel command line: hiperiso_set: unknown key ram, passed over", STATUS_OK},
        {"hiperiso_set=timeout:5", /* does not travel */
         "kernel command line: hiperiso_set: unknown key timeout, passed over", STATUS_OK},
        {"hiperiso_tpm", "kernel command line: hiperiso_tpm: no value: write NAME=VALUE",
         STATUS_INVALID},
        {"hiperiso_tpm=", "kernel command line: hiperiso_tpm: \"\" is neither true nor false",
         STATUS_INVALID},
        {"hiperiso_guest_ram=12",
         "kernel command line: hiperiso_guest_ram: 12 is below the minimum 128", STATUS_INVALID},
        {"hiperiso_set=on_exit:halt",
         "kernel command line: hiperiso_set: on_exit: \"halt\" is not one of menu, poweroff",
         STATUS_INVALID},
        {"hiperiso_set=on_exit",
         "kernel command line: hiperiso_set: an element without a colon: write key:value,key:value",
         STATUS_INVALID},
        {"hiperiso_iso=x.iso",
         "kernel command line: hiperiso_iso: no path of a file on the data partition: write "
         "/FOLDER/NAME.iso",
         STATUS_INVALID},
        {"hiperiso_iso=/a/../../etc/passwd",
         "kernel command line: hiperiso_iso: no path of a file on the data partition: write "
         "/FOLDER/NAME.iso",
         STATUS_INVALID},
        {"hiperiso_iso=/%2e%2e/x",
         "kernel command line: hiperiso_iso: no path of a file on the data partition: write "
         "/FOLDER/NAME.iso",
         STATUS_INVALID},
        {"hiperiso_iso=/a%2",
         "kernel command line: hiperiso_iso: a % that no two hexadecimal digits follow: write %25",
         STATUS_INVALID},
        {"hiperiso_data=/dev/sda1",
         "kernel command line: hiperiso_data: no partition: write PARTUUID= and the 36 characters "
         "of its GUID",
         STATUS_INVALID},
        {"hiperiso_data=PARTUUID=6d1b3f0c-5a53-4c1e-9f6e-3b8e0a7d42cg",
         "kernel command line: hiperiso_data: no partition: write PARTUUID= and the 36 characters "
         "of its GUID",
         STATUS_INVALID},
        {"hiperiso_from=x",
         "kernel command line: hiperiso_from: not the 20 letters d, c, o, m of this version, "
         "passed over",
         STATUS_INVALID},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct boot_request request;
        char line[256];
        snprintf(line, sizeof(line), "%s hiperiso_vga=std", cases[i].line);
        assert_int_equal(contract_read(line, &problems, &request), cases[i].status);
        assert_int_equal(problems.count, 1);
        auto_free char *text = problem_text(&problems.items[0]);
        assert_string_equal(text, cases[i].problem);
        assert_string_equal(settings_text(&request.settings, SETTING_VGA),
                            "std"); /* the rest is read */
        boot_request_clear(&request);
        problem_list_clear(&problems);
    }
}

static void what_is_malformed_is_named_before_what_is_unknown(void **state)
{
    (void)state;
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct boot_request request;

    assert_int_equal(
        contract_read("hiperiso_new=1 hiperiso_set=newer:1 hiperiso_tpm=x", &problems, &request),
        STATUS_INVALID);
    assert_int_equal(problems.count, 3);
    assert_string_equal(problems.items[0].message, "hiperiso_tpm: \"x\" is neither true nor false");
    assert_string_equal(problems.items[1].message, "hiperiso_new: unknown parameter, passed over");
    assert_string_equal(problems.items[2].message, "hiperiso_set: unknown key newer, passed over");
    boot_request_clear(&request);
    problem_list_clear(&problems);
}

static void partuuids_become_lower_case(void **state)
{
    (void)state;
    struct boot_request request;

    assert_int_equal(contract_read("hiperiso_data=PARTUUID=6D1B3F0C-5A53-4C1E-9F6E-3B8E0A7D42C1",
                                   NULL, &request),
                     STATUS_OK);
    assert_string_equal(request.data_partuuid, GUID_A);
    assert_string_equal(request.esp_partuuid, "");
    boot_request_clear(&request);
}

static void origins_travel_and_hand_set_values_are_the_menus(void **state)
{
    (void)state;
    struct boot_request request;

    assert_int_equal(
        contract_read("hiperiso_guest_ram=512 hiperiso_tpm=1 hiperiso_from=cdddddddddddddddddod",
                      NULL, &request),
        STATUS_OK);
    assert_int_equal(settings_origin(&request.settings, SETTING_RAM), ORIGIN_CONTROL);
    assert_int_equal(settings_origin(&request.settings, SETTING_TPM), ORIGIN_MENU);
    assert_int_equal(settings_origin(&request.settings, SETTING_CPUS), ORIGIN_DEFAULT);
    assert_int_equal(settings_origin(&request.settings, SETTING_LOG_MAX), ORIGIN_OVERRIDE);
    boot_request_clear(&request);
}

static void running_out_of_memory_is_an_ordinary_error(void **state)
{
    (void)state;
    static const char line[] =
        "hiperiso_iso=/x.iso hiperiso_data=PARTUUID=" GUID_A " hiperiso_trace_level=mine"
        " hiperiso_new=1 hiperiso_cpu_features=a,b,c "
        "hiperiso_set=trace_from:login,on_exit:poweroff "
        "hiperiso_tpm=x";
    bool failed = true;

    for (unsigned long n = 1; failed; n++) {
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct boot_request request;
        auto_strbuf out = STRBUF_INIT;
        fail_alloc_after(n);
        enum status status = contract_read(line, &problems, &request);
        enum status written =
            status == STATUS_INVALID ? contract_write(&request, &out, NULL) : STATUS_NO_MEMORY;
        failed = fail_alloc_happened();
        fail_alloc_after(0);
        if (failed)
            assert_true(status == STATUS_NO_MEMORY || written == STATUS_NO_MEMORY ||
                        problems.not_kept > 0);
        else
            assert_int_equal(written, STATUS_OK);
        boot_request_clear(&request);
        problem_list_clear(&problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_requests_survive_the_kernel),
        cmocka_unit_test(long_names_survive_the_kernel),
        cmocka_unit_test(long_mixed_names_survive_the_kernel),
        cmocka_unit_test(every_setting_round_trips_alone),
        cmocka_unit_test(line_is_written_in_a_fixed_order),
        cmocka_unit_test(defaults_write_no_setting),
        cmocka_unit_test(too_long_a_line_is_refused_with_its_length),
        cmocka_unit_test(at_most_24_parameters_are_ours),
        cmocka_unit_test(lines_are_read_by_the_kernels_rules),
        cmocka_unit_test(malformed_and_unknown_parameters_are_named),
        cmocka_unit_test(what_is_malformed_is_named_before_what_is_unknown),
        cmocka_unit_test(partuuids_become_lower_case),
        cmocka_unit_test(origins_travel_and_hand_set_values_are_the_menus),
        cmocka_unit_test(running_out_of_memory_is_an_ordinary_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

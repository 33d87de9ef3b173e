/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso explain and check: from files in folders, and from a stick. */
#include <unistd.h>

#include "config/base/strbuf.h"
#include "config/json_scan.h"
#include "config/layout.h"
#include "test/unit/tools/unit.h"
#include "tools/mkhiperiso/verbs.h"

#define CONFIG                                                                                     \
    "{\"control\": {\"default_cpus\": 3},\n"                                                       \
    " \"iso_overrides\": {\n"                                                                      \
    "  \"a*\": {\"use\": \"big\", \"ram\": 512},\n"                                                \
    "  \"b*\": \"absent\",\n"                                                                      \
    "  \"c*\": {\"secure_boot\": true, \"firmware\": \"bios\"}}}"

/* The smallest ISO 9660 volume there can be: descriptors and an El Torito catalogue with an EFI
 * entry when WITH_UEFI. */
static void write_iso(const char *path, bool with_uefi)
{
    static uint8_t iso[40 * 2048];
    uint8_t *volume = iso + 16 * 2048, *boot = iso + 17 * 2048, *end = iso + 18 * 2048;
    uint8_t *catalogue = iso + 20 * 2048;

    memset(iso, 0, sizeof(iso));
    memcpy(volume, "\1CD001\1", 7);
    volume[80] = 40;
    volume[87] = 40;
    volume[129] = volume[130] = 8;
    memcpy(boot, "\0CD001\1EL TORITO SPECIFICATION", 30);
    boot[71] = 20;
    memcpy(end,
           "\xFF"
           "CD001\1",
           7);
    catalogue[0] = 1;
    catalogue[1] = with_uefi ? 0xEF : 0;
    catalogue[30] = 0x55;
    catalogue[31] = 0xAA;
    uint16_t sum = 0;
    for (int i = 0; i < 32; i += 2)
        sum = (uint16_t)(sum + (catalogue[i] | catalogue[i + 1] << 8));
    sum = (uint16_t)-sum;
    catalogue[28] = (uint8_t)sum;
    catalogue[29] = (uint8_t)(sum >> 8);
    catalogue[32] = 0x88;
    catalogue[38] = 4;
    catalogue[40] = 30;
    write_file(path, iso, sizeof(iso));
}

/* What the verb ARGV prints; *RET_CODE its exit code. A new text. */
static char *output_of(const char *const argv[], int *ret_code)
{
    char name[] = "output-XXXXXX";
    int fd = mkstemp(name), kept = dup(STDOUT_FILENO);

    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    *ret_code = run_verb(argv, NULL);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(fd);
    char *text = read_whole(name, NULL);
    unlink(name);
    return text;
}

#define OUTPUT_OF(ret_code, ...) output_of((const char *const[]){__VA_ARGS__, NULL}, ret_code)

/* The text of the JSON value at PATH. */
static void assert_member(const char *json, const char *path, const char *expected)
{
    struct json_span value, whole = {json, strlen(json)};
    size_t off;

    if (json_scan_check(json, strlen(json), &off) != STATUS_OK)
        fail_msg("no JSON at byte %zu of %s", off, json);
    if (json_scan_find(whole, path, &value) != STATUS_OK)
        fail_msg("no %s in %s", path, json);
    if (value.len != strlen(expected) || memcmp(value.start, expected, value.len) != 0)
        fail_msg("%s is %.*s, not %s", path, (int)value.len, value.start, expected);
}

static int make_tree(void **state)
{
    int result = scratch_enter(state);
    write_text("hiperiso/hiperiso.json", CONFIG);
    write_text("hiperiso/iso_overrides/big.json", "{\"ram\": 4096, \"cpus\": 4}");
    write_iso("ISOs/a.iso", true);
    write_iso("ISOs/b.iso", false);
    write_iso("ISOs/c.iso", false);
    write_iso("ISOs/d.iso", false);
    return result;
}

static void each_value_says_where_it_comes_from(void **state)
{
    (void)state;
    int code;
    auto_free char *text = OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "ISOs/a.iso",
                                     "--json", "--ram-mb", "8192", "--cpus", "2");

    assert_int_equal(code, EXIT_CODE_OK);
    assert_member(text, "image/path", "\"/ISOs/a.iso\"");
    assert_member(text, "image/uefi", "true");
    assert_member(text, "override/pattern", "\"a*\"");
    assert_member(text, "override/template", "\"big\"");
    assert_member(text, "settings/ram",
                  "{\"value\": 512, \"used\": 512, \"unit\": \"MB\", \"origin\": \"override\", "
                  "\"in_effect\": true}");
    assert_member(text, "settings/cpus",
                  "{\"value\": 4, \"used\": 2, \"origin\": \"override\", \"in_effect\": true, "
                  "\"template\": \"big\"}");
    assert_member(text, "settings/tpm/origin", "\"default\"");
    assert_member(text, "settings/firmware/used", "\"uefi\"");
    assert_member(text, "command_line",
                  "\"" LAYOUT_KERNEL_ARGUMENTS " hiperiso_iso=/ISOs/a.iso hiperiso_guest_ram=512 "
                  "hiperiso_guest_cpus=4 hiperiso_from=oodddddddddddddddddd\"");
    assert_member(text, "refusal", "null");
    assert_non_null(strstr(text, "\"512M\""));
    assert_non_null(strstr(text, "CPUs: 4 asked for, the guest gets 2"));
}

static void people_get_lines(void **state)
{
    (void)state;
    int code;
    auto_free char *text =
        OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "/ISOs/a.iso", "--no-kvm");

    assert_int_equal(code, EXIT_CODE_OK);
    assert_non_null(strstr(text, "/ISOs/a.iso: override \"a*\", template big\n"));
    assert_non_null(strstr(text, "\n  ram                 512 MB            override \"a*\"\n"));
    assert_non_null(strstr(text, "\n  cpus                4                 template big\n"));
    assert_non_null(strstr(text, "\n  firmware            auto: uefi        default\n"));
    assert_non_null(strstr(text, " \\\n    -accel tcg,thread=multi \\\n"));
    assert_non_null(strstr(text, "no working KVM on this machine"));
}

static void what_would_not_be_started_says_why(void **state)
{
    (void)state;
    int code;
    auto_free char *absent =
        OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "ISOs/b.iso", "--json");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_member(absent, "refusal",
                  "\"hiperiso.json:4:9: iso_overrides[\\\"b*\\\"]: template absent: there is no "
                  "/hiperiso/iso_overrides/absent.json: correct the name or put the file there\"");
    assert_member(absent, "settings", "null");
    assert_member(absent, "qemu_argv", "null");

    auto_free char *wrong = OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "ISOs/c.iso");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_non_null(strstr(wrong, "It would not be started: secure_boot needs firmware uefi"));
    assert_non_null(strstr(wrong, "secure_boot         true "));
}

static void contents_may_come_from_elsewhere_or_be_unknown(void **state)
{
    (void)state;
    int code;
    write_text("other/x.json", "{}");
    auto_free char *unknown = OUTPUT_OF(&code, "explain", "other/x.json", "/far/x.iso", "--json");
    assert_int_equal(code, EXIT_CODE_OK);
    assert_member(unknown, "qemu_argv", "null");
    assert_non_null(strstr(unknown, "--file FILE"));

    auto_free char *known =
        OUTPUT_OF(&code, "explain", "other/x.json", "/far/x.iso", "--json", "--file", "ISOs/a.iso");
    assert_int_equal(code, EXIT_CODE_OK);
    assert_member(known, "firmware", "\"uefi\"");
    assert_non_null(strstr(known, "/data/far/x.iso"));
}

static void missing_images_and_folders_are_named(void **state)
{
    (void)state;
    auto_free char *missing = NULL, *folder = NULL;
    const char *const a[] = {"explain", "hiperiso/hiperiso.json", "ISOs/nope.iso", NULL};
    const char *const b[] = {"explain", "hiperiso", "ISOs/nope.iso", NULL};

    assert_int_equal(run_verb(a, &missing), EXIT_CODE_FAILED);
    assert_non_null(strstr(missing, "/ISOs/nope.iso: there is no such image on /"));
    assert_int_equal(run_verb(b, &folder), EXIT_CODE_FAILED);
    assert_non_null(strstr(folder, "hiperiso: is a folder; name a stick's image"));
}

static void check_prints_the_menus_lines(void **state)
{
    (void)state;
    int code;
    auto_free char *text = OUTPUT_OF(&code, "check", "hiperiso/hiperiso.json");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_string_equal(text,
                        "hiperiso.json:4:9: iso_overrides[\"b*\"]: template absent: there is no "
                        "/hiperiso/iso_overrides/absent.json: correct the name or put the file "
                        "there\n");

    write_text("hiperiso/iso_overrides/absent.json", "{\"ram\": 1,\n \"use\": \"big\"}");
    auto_free char *template = OUTPUT_OF(&code, "check", "hiperiso/hiperiso.json");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_string_equal(template,
                        "iso_overrides/absent.json:1:9: ram: 1 is below the minimum 128\n"
                        "iso_overrides/absent.json:2:2: use: a template cannot use another; "
                        "remove it\n");
    auto_free char *alone = OUTPUT_OF(&code, "check", "hiperiso/iso_overrides/absent.json");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_string_equal(alone, template);
    unlink("hiperiso/iso_overrides/absent.json");

    write_text("good.json", "\xEF\xBB\xBF{\r\n}\r\n");
    auto_free char *good = OUTPUT_OF(&code, "check", "good.json");
    assert_int_equal(code, EXIT_CODE_OK);
    assert_string_equal(good, "good.json: no problem\n");

    write_text("empty.json", "");
    auto_free char *empty = OUTPUT_OF(&code, "check", "empty.json");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_non_null(strstr(empty, "empty.json:1:1: the file is empty"));
}

/* The stick and the folders that it was made from say the same but for the partitions. */
static void a_stick_is_explained_like_its_folders(void **state)
{
    (void)state;
    int code;
    write_text("payload/EFI/BOOT/BOOTX64.EFI", "x");
    const char *const image[] = {"image",
                                 "stick.img",
                                 "--allow-incomplete",
                                 "--allow-problems",
                                 "--size",
                                 "200M",
                                 "--payload",
                                 "payload",
                                 "--config",
                                 "hiperiso/hiperiso.json",
                                 "--add",
                                 "ISOs/a.iso:/ISOs/a.iso",
                                 "--add",
                                 "hiperiso/iso_overrides/big.json:/hiperiso/iso_overrides/big.json",
                                 NULL};
    auto_free char *messages = NULL;
    if (run_verb(image, &messages) != EXIT_CODE_OK)
        fail_msg("%s", messages);

    auto_free char *stick = OUTPUT_OF(&code, "explain", "stick.img", "isos/A.ISO", "--json");
    assert_int_equal(code, EXIT_CODE_OK);
    auto_free char *folder =
        OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "/ISOs/a.iso", "--json");
    assert_member(stick, "image/path", "\"/ISOs/a.iso\""); /* as it is spelled there */
    assert_non_null(strstr(stick, " hiperiso_data=PARTUUID="));
    assert_non_null(strstr(stick, " hiperiso_esp=PARTUUID="));
    static const char *const same[] = {"qemu_argv", "settings", "override", "firmware"};
    for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
        struct json_span a, b;
        assert_int_equal(json_scan_find((struct json_span){stick, strlen(stick)}, same[i], &a),
                         STATUS_OK);
        assert_int_equal(json_scan_find((struct json_span){folder, strlen(folder)}, same[i], &b),
                         STATUS_OK);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.start, b.start, a.len);
    }
    auto_free char *check = OUTPUT_OF(&code, "check", "stick.img");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_non_null(strstr(check, "hiperiso.json:4:9: iso_overrides[\"b*\"]: template absent"));
}

/* Nobody should have to start a stick to learn that a template is not on it. */
static void an_image_without_a_template_that_it_names_is_told(void **state)
{
    (void)state;
    auto_free char *messages = NULL;
    write_text("payload/EFI/BOOT/BOOTX64.EFI", "x");
    write_text("named.json", "{\"iso_overrides\": {\"a*\": \"big\", \"w*\": \"windows11\"}}");
    const char *const without[] = {
        "image",   "named.img",          "--size",           "200M",     "--payload",
        "payload", "--allow-incomplete", "--allow-problems", "--config", "named.json",
        NULL};
    const char *const with[] = {"image",
                                "named2.img",
                                "--size",
                                "200M",
                                "--payload",
                                "payload",
                                "--allow-incomplete",
                                "--config",
                                "named.json",
                                "--add",
                                "hiperiso/iso_overrides/big.json:/hiperiso/iso_overrides/big.json",
                                NULL};
    assert_int_equal(run_verb(without, &messages), EXIT_CODE_OK);
    assert_non_null(
        strstr(messages, "named.json:1:26: iso_overrides[\"a*\"]: template big: there is no "));
    assert_null(strstr(messages, "windows11")); /* every image has it */
    free(messages);
    messages = NULL;
    assert_int_equal(run_verb(with, &messages), EXIT_CODE_OK);
    assert_null(strstr(messages, "named.json"));
}

/* A state folder that belongs to another image is passed over, as /init does. */
static void the_state_of_another_image_is_left_alone(void **state)
{
    (void)state;
    int code;
    struct json_span value;
    auto_free char *first =
        OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "/ISOs/a.iso", "--json");
    assert_int_equal(json_scan_find((struct json_span){first, strlen(first)}, "qemu_argv", &value),
                     STATUS_OK);
    const char *folder = strstr(first, "/data/hiperiso/state/");
    assert_non_null(folder);
    char path[256];
    size_t len = strcspn(folder + 6, "\\\"");
    snprintf(path, sizeof(path), "%.*s", (int)len, folder + 6);
    strcpy(strrchr(path, '/'), "/image-path");
    write_text(path, "/other/a.iso\n");
    auto_free char *second =
        OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "/ISOs/a.iso", "--json");
    assert_non_null(strstr(second, "-2/OVMF_VARS.fd"));
    write_text(path, "/ISOs/a.iso\n");
    auto_free char *third =
        OUTPUT_OF(&code, "explain", "hiperiso/hiperiso.json", "/ISOs/a.iso", "--json");
    assert_string_equal(third, first);
}

/* No control character but the ends of lines, no mark of writing direction. */
static void assert_printable(const char *text)
{
    auto_strbuf shown = STRBUF_INIT;

    assert_true(text[0] != '\0');
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        auto_free char *copy = strndup(line, len);
        strbuf_reset(&shown);
        strbuf_append_printable(&shown, copy);
        if (strcmp(strbuf_text(&shown), copy) != 0)
            fail_msg("%s", strbuf_text(&shown));
        line += len + (line[len] == '\n');
    }
}

#define EVIL                                                                                       \
    "\x1B]0;\xC2\x9B"                                                                              \
    "1m\xE2\x80\xAE"                                                                               \
    "cod.exe"
#define EVIL_JSON "\\u001b]0;\\u009b1m\\u202ecod.exe"

static void nothing_reaches_the_terminal_but_text(void **state)
{
    (void)state;
    int code;
    const char *const absent[] = {"explain", "evil.json", "/" EVIL "/absent", NULL};
    const char *const names[] = {"check", "no" EVIL ".json", NULL};

    write_iso("evil" EVIL ".iso", false);
    write_text("evil.json",
               "{\"control\": {\"" EVIL_JSON "\": 1, \"default_image\": \"" EVIL_JSON "\"},"
               "\"iso_overrides\": {\"*" EVIL_JSON ".iso\": {\"trace_from\": \"" EVIL_JSON "\","
               "\"qemu_extra_args\": [\"" EVIL_JSON "'\"]}}}");
    for (int is_json = 0; is_json < 2; is_json++) {
        auto_free char *text =
            OUTPUT_OF(&code, "explain", "evil.json", "/evil" EVIL ".iso", "--file",
                      "evil" EVIL ".iso", is_json != 0 ? "--json" : "--no-kvm");
        assert_int_equal(code, EXIT_CODE_OK);
        assert_printable(text);
        if (is_json != 0)
            assert_member(text, "image/path", "\"/evil" EVIL_JSON ".iso\"");
        else /* still to be copied into a shell */
            assert_non_null(strstr(text, "$'\\033]0;\\302\\2331m\\342\\200\\256cod.exe\\''"));
    }
    auto_free char *problems = OUTPUT_OF(&code, "check", "evil.json");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_printable(problems);
    assert_non_null(strstr(problems, "\\x1B]0;\\u009B1m\\u202Ecod.exe"));
    auto_free char *messages = NULL, *other = NULL;
    assert_int_equal(run_verb(absent, &messages), EXIT_CODE_OK); /* explained without contents */
    assert_printable(messages);                                  /* the warning of problems */
    assert_int_equal(run_verb(names, &other), EXIT_CODE_FAILED);
    assert_printable(other);
}

/* ---- disk images in containers ---- */

/* A qemu-img that notes that it ran, says what INFO holds, and gives no sectors. */
static void fake_qemu_img(const char *info)
{
    auto_free char *path = NULL, *script = NULL, *folder = getcwd(NULL, 0);

    assert_non_null(folder);
    assert_true(asprintf(&script, "#!/bin/sh\n: > '%s/ran'\n%s\n", folder, info) > 0);
    write_script("bin/qemu-img", script);
    assert_true(asprintf(&path, "%s/bin", folder) > 0);
    setenv("PATH", path, 1);
    unlink("ran");
}

#define BYTES(text) text, sizeof(text) - 1
#define EXPLAIN(ret_code, name)                                                                    \
    OUTPUT_OF(ret_code, "explain", "other/x.json", "/d/" name, "--file", name, "--json")

/* What follows the names would be opened by qemu-img: a pipe, for one, waits for ever. */
static void images_that_name_other_files_are_refused_unopened(void **state)
{
    (void)state;
    int code;
    static const struct {
        const char *bytes;
        size_t len;
        const char *name, *refusal;
    } rows[] = {
        {BYTES("QFI\xfb\0\0\0\3\0\0\0\0\0\0\1"), "backed.qcow2",
         "\"d/backed.qcow2: it has a backing file; convert it to an image of its own (qemu-img "
         "convert)\""},
        {BYTES("# Disk DescriptorFile\nversion=1\nRW 8 FLAT \"fifo\" 0\n"), "split.vmdk",
         "\"d/split.vmdk: its data are in other files; convert it to an image of its own (qemu-img "
         "convert -O qcow2)\""},
    };
    write_text("other/x.json", "{}");
    fake_qemu_img("exec sleep 100");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t disk[4096] = {0};
        memcpy(disk, rows[i].bytes, rows[i].len);
        write_file(rows[i].name, disk, sizeof(disk));
        auto_free char *path = NULL;
        assert_true(asprintf(&path, "/d/%s", rows[i].name) > 0);
        auto_free char *text =
            OUTPUT_OF(&code, "explain", "other/x.json", path, "--file", rows[i].name, "--json");
        assert_int_equal(code, EXIT_CODE_FAILED);
        assert_member(text, "refusal", rows[i].refusal);
        assert_member(text, "qemu_argv", "null");
        assert_int_not_equal(access("ran", F_OK), 0);
    }
}

/* Whatever firmware the settings ask for. */
static void what_qemu_img_refuses_is_refused_in_its_words(void **state)
{
    (void)state;
    int code;
    uint8_t disk[4096] = "QFI\xfb\0\0\0\3";

    write_file("a.qcow2", disk, sizeof(disk));
    write_text("other/x.json", "{\"control\": {\"default_firmware\": \"bios\"}}");
    fake_qemu_img("for last; do :; done; echo \"qemu-img: Could not open '$last': no L1\" >&2; "
                  "exit 1");
    auto_free char *broken = EXPLAIN(&code, "a.qcow2");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_member(broken, "refusal",
                  "\"d/a.qcow2: qemu-img: Could not open '/data/d/a.qcow2': no L1\"");
    assert_int_equal(access("ran", F_OK), 0);

    fake_qemu_img("echo '{\"virtual-size\": 1048576, \"encrypted\": true}'; echo warning >&2");
    auto_free char *encrypted = EXPLAIN(&code, "a.qcow2");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_member(encrypted, "refusal",
                  "\"d/a.qcow2: it is encrypted; hiperiso cannot ask for its key\"");
}

static void without_qemu_img_nothing_is_guessed(void **state)
{
    (void)state;
    int code;
    uint8_t disk[4096] = "QFI\xfb\0\0\0\3";

    write_file("a.qcow2", disk, sizeof(disk));
    write_text("other/x.json", "{}");
    fake_qemu_img("exit 127"); /* as when there is none */
    auto_free char *text = EXPLAIN(&code, "a.qcow2");
    assert_int_equal(code, EXIT_CODE_FAILED);
    assert_member(text, "refusal", "null");
    assert_member(text, "qemu_argv", "null");
    assert_non_null(strstr(text, "d/a.qcow2: qemu-img, which looks into it, is not installed: "
                                 "apt-get install qemu-utils"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_says_where_it_comes_from),
        cmocka_unit_test(people_get_lines),
        cmocka_unit_test(what_would_not_be_started_says_why),
        cmocka_unit_test(contents_may_come_from_elsewhere_or_be_unknown),
        cmocka_unit_test(missing_images_and_folders_are_named),
        cmocka_unit_test(check_prints_the_menus_lines),
        cmocka_unit_test(a_stick_is_explained_like_its_folders),
        cmocka_unit_test(an_image_without_a_template_that_it_names_is_told),
        cmocka_unit_test(the_state_of_another_image_is_left_alone),
        cmocka_unit_test(nothing_reaches_the_terminal_but_text),
        cmocka_unit_test(images_that_name_other_files_are_refused_unopened),
        cmocka_unit_test(what_qemu_img_refuses_is_refused_in_its_words),
        cmocka_unit_test(without_qemu_img_nothing_is_guessed),
    };
    return cmocka_run_group_tests(tests, make_tree, scratch_leave);
}

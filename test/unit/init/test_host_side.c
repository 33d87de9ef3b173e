/* SPDX-License-Identifier: BSD-2-Clause */
/* What /init does on its own side: DHCP, QEMU's rights, keys, the status line, what it tells. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/input.h>
#include <signal.h>

#include "initramfs/confined.h"
#include "initramfs/console.h"
#include "initramfs/guest_hint.h"
#include "initramfs/hosted.h"
#include "initramfs/hotkey.h"
#include "initramfs/lease.h"
#include "initramfs/shell_quote.h"
#include "initramfs/status_line.h"
#include "initramfs/vnc_bridge.h"
#include "test/unit/init/unit.h"

static const char *const *environment; /* name, value, ...; ends with NULL */

static const char *get(const char *name)
{
    for (size_t i = 0; environment[i] != NULL; i += 2)
        if (strcmp(environment[i], name) == 0)
            return environment[i + 1];
    return NULL;
}

static void leases_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *environment[14];
        const char *text, *resolv_conf; /* text NULL: refused */
    } cases[] = {
        {{"interface", "eth0", "ip", "10.0.2.15", "mask", "24", "subnet", "255.255.255.0", "router",
          "10.0.2.2", "dns", "10.0.2.3"},
         "eth0 10.0.2.15/24",
         "nameserver 10.0.2.3\n"},
        {{"interface", "enp0s31f6", "ip", "192.168.178.20", "subnet", "255.255.254.0"},
         "enp0s31f6 192.168.178.20/23",
         ""},
        {{"interface", "eth0", "ip", "10.0.0.1", "mask", "32", "dns",
          "1.1.1.1  8.8.8.8 bad 9.9.9.9 7.7.7.7"},
         "eth0 10.0.0.1/32",
         "nameserver 1.1.1.1\nnameserver 8.8.8.8\nnameserver 9.9.9.9\n"},
        {{"interface", "eth0", "ip", "10.0.0.1", "mask", "8", "router", "nonsense"},
         "eth0 10.0.0.1/8",
         ""},
        {{"interface", "eth0", "ip", "10.0.0.1"}, NULL, NULL},
        {{"interface", "eth0", "ip", "10.0.0.1", "mask", "33"}, NULL, NULL},
        {{"interface", "eth0", "ip", "10.0.0.1.9", "mask", "8"}, NULL, NULL},
        {{"interface", "eth0", "ip", "0.0.0.0", "mask", "8"}, NULL, NULL},
        {{"interface", "a-name-of-20-letters", "ip", "10.0.0.1", "mask", "8"}, NULL, NULL},
        {{"ip", "10.0.0.1", "mask", "8"}, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lease lease;
        auto_strbuf text = STRBUF_INIT, resolv_conf = STRBUF_INIT;
        environment = cases[i].environment;
        enum status status = lease_read(get, &lease);
        assert_int_equal(status, cases[i].text != NULL ? STATUS_OK : STATUS_INVALID);
        if (cases[i].text == NULL)
            continue;
        lease_text(&lease, &text);
        lease_resolv_conf(&lease, &resolv_conf);
        assert_string_equal(strbuf_text(&text), cases[i].text);
        assert_string_equal(strbuf_text(&resolv_conf), cases[i].resolv_conf);
    }
}

static void rights_are_read_from_proc(void **state)
{
    (void)state;
    static const struct {
        const char *uid, *effective, *bounding, *no_new_privs, *seccomp;
        bool is_tight;
    } cases[] = {
        {"900\t900\t900\t900", "0000000000000000", "0000000000000000", "1", "2", true},
        {"900\t0\t900\t900", "0000000000000000", "0000000000000000", "1", "2", false},
        {"900\t900\t900\t900", "0000000000000001", "0000000000000000", "1", "2", false},
        {"900\t900\t900\t900", "0000000000000000", "000001ffffffffff", "1", "2", false},
        {"900\t900\t900\t900", "0000000000000000", "0000000000000000", "0", "2", false},
        {"900\t900\t900\t900", "0000000000000000", "0000000000000000", "1", "0", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        struct confined confined;
        snprintf(text, sizeof(text),
                 "Name:\tqemu-system-x86\nUid:\t%s\nGid:\t900\t900\t900\t900\nCapInh:\t0\n"
                 "CapEff:\t%s\nCapBnd:\t%s\nNoNewPrivs:\t%s\nSeccomp:\t%s\nSeccomp_filters:\t1\n",
                 cases[i].uid, cases[i].effective, cases[i].bounding, cases[i].no_new_privs,
                 cases[i].seccomp);
        assert_int_equal(confined_read(text, &confined), STATUS_OK);
        assert_int_equal(confined_is_tight(&confined, 900), cases[i].is_tight);
    }
    struct confined confined;
    assert_int_equal(confined_read("", &confined), STATUS_CORRUPT);
    assert_int_equal(confined_read("Uid:\t900\n", &confined), STATUS_CORRUPT);
    assert_int_equal(confined_read("Uid:\t900\t900", &confined), STATUS_CORRUPT);
}

static void the_chord_needs_all_three_modifiers(void **state)
{
    (void)state;
    static const struct {
        unsigned down[4];
        bool wants_end;
    } cases[] = {
        {{KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT, KEY_Q}, true},
        {{KEY_RIGHTSHIFT, KEY_RIGHTCTRL, KEY_RIGHTALT, KEY_Q}, true},
        {{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTSHIFT, KEY_Q}, false},
        {{KEY_LEFTCTRL, KEY_LEFTALT, KEY_A, KEY_Q}, false},
        {{KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT, KEY_W}, false},
        {{KEY_Q, KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT}, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hotkey_chord chord = {0};
        bool wants_end = false;
        for (int k = 0; k < 4; k++)
            wants_end = hotkey_chord_key(&chord, cases[i].down[k], 1) || wants_end;
        assert_int_equal(wants_end, cases[i].wants_end);
    }
    struct hotkey_chord chord = {0};
    static const unsigned modifiers[] = {KEY_LEFTCTRL, KEY_LEFTALT, KEY_LEFTSHIFT};
    for (int i = 0; i < 3; i++)
        assert_false(hotkey_chord_key(&chord, modifiers[i], 1));
    assert_false(hotkey_chord_key(&chord, KEY_Q, 2)); /* held since before */
    assert_false(hotkey_chord_key(&chord, KEY_LEFTALT, 0));
    assert_false(hotkey_chord_key(&chord, KEY_Q, 1));
}

static void the_status_line_fits_the_screen(void **state)
{
    (void)state;
    static const struct {
        const char *left;
        uint64_t seconds;
        const char *right;
        unsigned columns;
        const char *expected;
    } cases[] = {
        {"x.iso  2048 MB", 3723, "keys ", 40, " x.iso  2048 MB  01:02:03          keys "},
        {"a-rather-long-name.iso  2048 MB", 0, "keys ", 24, " a-rather-long-nam keys "},
        {"\xc3\xa9\xe4\xb8\xad\x01.iso", 0, "", 20, " ???.iso  00:00:00  "},
        {"x", 0, "keys are too long", 10, " x  00:00:"},
        {"x", 0, "", 0, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t cells[2 * 64] = {0};
        status_line_cells(cases[i].left, cases[i].seconds, cases[i].right, cases[i].columns, cells);
        for (unsigned c = 0; c < cases[i].columns; c++) {
            assert_int_equal(cells[2 * c], cases[i].expected[c]);
            assert_int_equal(cells[2 * c + 1], 0x70);
        }
        assert_int_equal(cells[2 * cases[i].columns], 0);
    }
}

static void write_driver(const char *folder, int number, const char *bind, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/vtcon%d", folder, number);
    assert_int_equal(hosted_make_folders(path, 0700), 0);
    static const char *const files[] = {"bind", "name"};
    const char *const texts[] = {bind, name};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/vtcon%d/%s", folder, number, files[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        assert_int_equal(fclose(file), 0);
    }
}

/* The texts are those of Linux 6.1. */
static void only_a_console_that_draws_is_a_screen(void **state)
{
    (void)state;
    static const char dummy[] = "(S) dummy device\n";
    char folder[] = "/tmp/hiperiso-vtconsole-XXXXXX";
    char command[64];
    assert_non_null(mkdtemp(folder));
    assert_false(console_has_screen(folder));
    write_driver(folder, 0, "1\n", dummy);
    assert_false(console_has_screen(folder));
    write_driver(folder, 1, "0\n", "(M) frame buffer device\n");
    assert_false(console_has_screen(folder));
    write_driver(folder, 0, "0\n", dummy);
    write_driver(folder, 1, "1\n", "(M) frame buffer device\n");
    assert_true(console_has_screen(folder));
    write_driver(folder, 1, "0\n", "(M) frame buffer device\n");
    write_driver(folder, 0, "1\n", "(S) VGA+\n");
    assert_true(console_has_screen(folder));
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void passwords_have_eight_plain_characters(void **state)
{
    (void)state;
    unsigned char bytes[64];
    char password[9];
    for (int i = 0; i < 64; i++)
        bytes[i] = (unsigned char)(i * 37);
    assert_int_equal(vnc_bridge_password(bytes, sizeof(bytes), password, sizeof(password)), 0);
    assert_int_equal(strlen(password), 8);
    assert_int_equal(strspn(password, "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"),
                     8);
    assert_true(vnc_bridge_password(bytes, 7, password, sizeof(password)) < 0);
    memset(bytes, 0xFF, sizeof(bytes)); /* outside the fair range */
    assert_true(vnc_bridge_password(bytes, sizeof(bytes), password, sizeof(password)) < 0);
}

static void qemus_words_get_a_hint(void **state)
{
    (void)state;
    static const struct {
        int signal_number;
        const char *reason, *word;
    } cases[] = {
        {0, "QEMU ended by itself with exit code 1: -foo: invalid option",
         "look at qemu_extra_args"},
        {0, "Could not open '/data/x': Permission denied", "user of its own"},
        {0, "Could not open '/home/x': No such file or directory", "no other disk"},
        {SIGSYS, "QEMU was killed by signal 31 (SIGSYS)", "sandbox"},
        {SIGABRT, "QEMU was killed by signal 6 (SIGABRT)", "look at qemu_extra_args"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strbuf reason = STRBUF_INIT;
        strbuf_append(&reason, cases[i].reason);
        guest_hint(cases[i].signal_number, &reason);
        assert_memory_equal(strbuf_text(&reason), cases[i].reason, strlen(cases[i].reason));
        assert_non_null(strstr(strbuf_text(&reason) + strlen(cases[i].reason), cases[i].word));
    }
}

static void arguments_are_quoted_for_a_shell(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *expected;
    } cases[] = {
        {"-m", "-m"},
        {"q35,smm=on", "q35,smm=on"},
        {"", "''"},
        {"{\"driver\":\"raw\"}", "'{\"driver\":\"raw\"}'"},
        {"it's $HOME", "'it'\\''s $HOME'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strbuf b = STRBUF_INIT;
        shell_quote(cases[i].argument, &b);
        assert_string_equal(strbuf_text(&b), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chord_needs_all_three_modifiers),
        cmocka_unit_test(the_status_line_fits_the_screen),
        cmocka_unit_test(only_a_console_that_draws_is_a_screen),
        cmocka_unit_test(passwords_have_eight_plain_characters),
        cmocka_unit_test(qemus_words_get_a_hint),
        cmocka_unit_test(arguments_are_quoted_for_a_shell),
        cmocka_unit_test(leases_are_read),
        cmocka_unit_test(rights_are_read_from_proc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

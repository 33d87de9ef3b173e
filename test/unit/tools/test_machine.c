/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's command line, and what the trial of an accelerator finds out about QEMUs that behave and
 * that do not. */
#include "test/unit/tools/unit.h"

#include <unistd.h>

#include "tools/mkhiperiso/accel.h"
#include "tools/mkhiperiso/machine.h"
#include "tools/mkhiperiso/options.h"

static struct machine sample_machine(void)
{
    return (struct machine){
        .accel = "tcg,thread=multi",
        .cpu = "max",
        .memory_mb = 4096,
        .cpus = 2,
        .code = "/code.fd",
        .vars = "/vars.fd",
        .image = "stick.img",
        .bus = "usb",
        .display = "none",
        .serial = "mon:stdio",
    };
}

static bool has_argument(const struct arg_list *args, const char *text)
{
    for (size_t i = 0; i < args->count; i++)
        if (strcmp(args->items[i], text) == 0)
            return true;
    return false;
}

static void every_bus_attaches_the_stick_once(void **state)
{
    (void)state;
    for (size_t i = 0; machine_buses[i] != NULL; i++) {
        struct machine machine = sample_machine();
        auto_arg_list args = {0};
        unsigned sticks = 0;
        machine.bus = machine_buses[i];
        machine_arguments(&machine, &args);
        assert_false(args.has_failed);
        for (size_t k = 0; k < args.count; k++)
            sticks += strstr(args.items[k], "drive=stick") != NULL;
        assert_int_equal(sticks, 1);
    }
}

static void commas_in_paths_are_doubled(void **state)
{
    (void)state;
    struct machine machine = sample_machine();
    auto_arg_list args = {0};

    machine.image = "a,b,,c.img";
    machine.qmp = "q,mp";
    machine.is_snapshot = true;
    machine_arguments(&machine, &args);
    assert_true(has_argument(&args, "if=none,id=stick,format=raw,snapshot=on,file=a,,b,,,,c.img"));
    assert_true(has_argument(&args, "unix:q,,mp,server=on,wait=off"));
}

static void extra_arguments_come_last_and_unchanged(void **state)
{
    (void)state;
    struct machine machine = sample_machine();
    auto_arg_list args = {0};

    machine.extra = (const char *const[]){"-device", "x,y=z", NULL};
    machine_arguments(&machine, &args);
    assert_string_equal(args.items[args.count - 2], "-device");
    assert_string_equal(args.items[args.count - 1], "x,y=z");
}

/* QEMU builds the machine of every bus, and is told to quit before it runs. */
static void qemu_takes_the_arguments(void **state)
{
    (void)state;
    struct firmware firmware;

    if (firmware_open(&firmware) < 0 ||
        !run_quietly((const char *const[]){MACHINE_QEMU, "--version", NULL}))
        skip();
    write_text("stick.img", "x");
    assert_int_equal(truncate("stick.img", MIB), 0);
    write_text("quit", "quit\n");
    for (size_t i = 0; machine_buses[i] != NULL; i++) {
        struct machine machine = sample_machine();
        auto_arg_list args = {0};
        machine.code = firmware.code;
        machine.vars = firmware.vars_path;
        machine.bus = machine_buses[i];
        machine.memory_mb = 256;
        machine.serial = "null";
        machine.extra = (const char *const[]){"-S", "-monitor", "stdio", NULL};
        machine_arguments(&machine, &args);
        assert_true(run_with_input((const char *const *)args.items, "quit"));
    }
    firmware_close(&firmware);
}

/* Does accel_try() with a QEMU that is SCRIPT say that it works? */
static bool try_fake(const char *script, char reason[ACCEL_REASON_BYTES])
{
    struct firmware firmware = {.code = "/c", .vars_path = "/v", .vars_fd = -1};
    bool works = false;

    write_script("fake/" MACHINE_QEMU, script);
    setenv("PATH", "fake:/usr/bin:/bin", 1);
    reason[0] = '\0';
    assert_int_equal(accel_try(&firmware, "kvm", "host", 1000, &works, reason), 0);
    return works;
}

static void a_trial_sees_how_qemu_fares(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        bool works;
        const char *reason;
    } cases[] = {
        {"#!/bin/sh\necho '" MACHINE_QEMU ": failed to initialize kvm: Permission denied' >&2\n"
         "echo 'second line' >&2\nexit 1\n",
         false, "failed to initialize kvm: Permission denied"},
        {"#!/bin/sh\nexit 0\n", false, "QEMU ended without a word"},
        {"#!/bin/sh\nkill -ABRT $$\n", false, "QEMU ended without a word"},
        {"#!/bin/sh\nread line\necho '{\"return\": {}}'\n"
         "while read line; do echo '{\"return\": {\"status\": \"internal-error\", "
         "\"running\": false}}'; done\n",
         false, "KVM internal error"},
        {"#!/bin/sh\nwhile read line; do echo '{\"return\": {\"status\": \"running\"}}'; done\n",
         false, "no sign of life in 1 s"},
        {"#!/bin/sh\nexec sleep 20\n", false, "no sign of life in 1 s"},
        {"#!/bin/sh\nfor a; do case $a in file:*) printf x > \"${a#file:}\";; esac; done\n"
         "exec sleep 20\n",
         true, ""},
    };
    const char *path = getenv("PATH");
    auto_free char *kept = strdup(path != NULL ? path : "");

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char reason[ACCEL_REASON_BYTES];
        assert_int_equal(try_fake(cases[i].script, reason), cases[i].works);
        assert_string_equal(reason, cases[i].reason);
    }
    unlink("fake/" MACHINE_QEMU);
    setenv("PATH", "fake", 1);
    struct firmware firmware = {.code = "/c", .vars_path = "/v", .vars_fd = -1};
    char reason[ACCEL_REASON_BYTES];
    bool works = true;
    assert_int_equal(accel_try(&firmware, "kvm", "host", 1000, &works, reason), 0);
    assert_false(works);
    assert_string_equal(reason, MACHINE_QEMU " is not installed: apt-get install qemu-system-x86");
    setenv("PATH", kept, 1);
}

/* The emulator works everywhere: the sign of life of real firmware is seen. */
static void a_trial_sees_real_firmware_live(void **state)
{
    (void)state;
    struct firmware firmware;
    char reason[ACCEL_REASON_BYTES] = "";
    bool works = false;

    if (firmware_open(&firmware) < 0 ||
        !run_quietly((const char *const[]){MACHINE_QEMU, "--version", NULL}))
        skip();
    assert_int_equal(accel_try(&firmware, "tcg", "max", 60000, &works, reason), 0);
    assert_string_equal(reason, "");
    assert_true(works);
    firmware_close(&firmware);
}

static void run_refuses_what_cannot_be(void **state)
{
    (void)state;
    char *messages;

    assert_int_equal(
        run_verb((const char *const[]){"run", "x", "--nested", "--no-kvm", NULL}, &messages),
        EXIT_CODE_USAGE);
    assert_string_equal(messages, "mkhiperiso: run: --nested and --no-kvm exclude each other\n");
    free(messages);
    assert_int_equal(
        run_verb((const char *const[]){"run", "absent.img", "--nested", NULL}, &messages),
        EXIT_CODE_FAILED);
    assert_string_equal(messages, "mkhiperiso: absent.img: No such file or directory\n");
    free(messages);
}

static void variables_are_kept_when_asked(void **state)
{
    (void)state;
    struct firmware firmware;
    size_t len;

    if (firmware_open(&firmware) < 0)
        skip();
    assert_int_equal(firmware_make_vars(&firmware, "vars.fd"), 0);
    assert_true(is_same_file("vars.fd", firmware.vars_template));
    write_text("vars.fd", "mine");
    assert_int_equal(firmware_make_vars(&firmware, "vars.fd"), 0);
    auto_free char *text = read_whole("vars.fd", &len);
    assert_string_equal(text, "mine");
    firmware_close(&firmware);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bus_attaches_the_stick_once),
        cmocka_unit_test(commas_in_paths_are_doubled),
        cmocka_unit_test(extra_arguments_come_last_and_unchanged),
        cmocka_unit_test(qemu_takes_the_arguments),
        cmocka_unit_test(a_trial_sees_how_qemu_fares),
        cmocka_unit_test(a_trial_sees_real_firmware_live),
        cmocka_unit_test(run_refuses_what_cannot_be),
        cmocka_unit_test(variables_are_kept_when_asked),
    };
    return cmocka_run_group_tests_name("machine", tests, scratch_enter, scratch_leave);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso run: starts a stick's image in QEMU with UEFI firmware. */
#include "tools/mkhiperiso/verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/accel.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/machine.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/run_ci.h"
#include "tools/mkhiperiso/run_script.h"

#define MEMORY_DEFAULT_MB 4096
#define CPUS_DEFAULT      2
#define TRIAL_MS          8000
#define EXIT_NO_EXEC      127
#define TIMEOUT_S         600
#define BOOT_KVM_S        120 /* until the guest's machine starts: a few seconds on real hardware, */
#define BOOT_TCG_S        300 /* half a minute emulated, more on a crowded machine */

/* 5-level paging: QEMU 7.2 breaks readlink() in it. Without erms and fsrm Linux clears memory eight
 * bytes at a time, which TCG runs many times faster than `rep stosb`. */
#define TCG_CPU "max,-la57,-erms,-fsrm"

enum {
    OPT_SERIAL,
    OPT_DISPLAY,
    OPT_NO_KVM,
    OPT_NESTED,
    OPT_MEMORY,
    OPT_CPUS,
    OPT_BUS,
    OPT_SNAPSHOT,
    OPT_VARS,
    OPT_QMP,
    OPT_PRINT,
    OPT_FIRMWARE,
    OPT_PICK,
    OPT_EXPECT,
    OPT_SEND,
    OPT_REJECT,
    OPT_ALLOW,
    OPT_TIMEOUT,
    OPT_BOOT_TIMEOUT,
    OPT_SET,
    OPT_TIER,
    OPT_JOBS,
    OPT_JUNIT,
    OPT_TAP,
    OPT_SESSION,
    OPT_REPORT,
    OPT_SCREENSHOT,
};

static const char *const displays[] = {"none", "gtk", NULL};

static const struct option_info options_of_run[] = {
    [OPT_SERIAL] = {"serial", 's', OPTION_FLAG, NULL,
                    "serial line on this terminal; Ctrl-A X ends"},
    [OPT_DISPLAY] = {"display", 'd', OPTION_CHOICE, "none|gtk",
                     "default: gtk on a desktop, else none and --serial", .choices = displays,
                     .is_rare = true},
    [OPT_NO_KVM] = {"no-kvm", 0, OPTION_FLAG, NULL, "a machine inside which there is no KVM",
                    .is_rare = true},
    [OPT_NESTED] = {"nested", 0, OPTION_FLAG, NULL, "emulate the processor, with KVM inside"},
    [OPT_MEMORY] = {"memory", 'm', OPTION_NUMBER, "MB", "memory; default 4096", .min = 256,
                    .max = 1048576},
    [OPT_CPUS] = {"cpus", 0, OPTION_NUMBER, "N", "processors; default 2", .min = 1, .max = 255,
                  .is_rare = true},
    [OPT_BUS] = {"bus", 'b', OPTION_CHOICE, "BUS", "usb (default, xHCI) ehci virtio scsi ahci nvme",
                 .choices = machine_buses},
    [OPT_SNAPSHOT] = {"snapshot", 0, OPTION_FLAG, NULL, "throw away what the stick writes",
                      .is_rare = true},
    [OPT_VARS] = {"vars", 0, OPTION_TEXT, "FILE",
                  "firmware variables kept in FILE; default: fresh ones", .is_rare = true},
    [OPT_QMP] = {"qmp", 0, OPTION_TEXT, "PATH", "a QMP server on the UNIX socket PATH",
                 .is_rare = true},
    [OPT_PRINT] = {"print", 0, OPTION_FLAG, NULL,
                   "print QEMU's arguments, one a line; start nothing", .is_rare = true},
    [OPT_FIRMWARE] = {"firmware", 0, OPTION_TEXT, "FILE", "UEFI firmware's code; default: OVMF",
                      .is_rare = true},
    [OPT_PICK] = {"pick", 'p', OPTION_LIST, "NAME", "start this image, unattended; repeatable"},
    [OPT_EXPECT] = {"expect", 'e', OPTION_LIST, "TEXT", "wait for TEXT, or re:REGEX; in order"},
    [OPT_SEND] = {"send", 0, OPTION_LIST, "KEYS", "then type KEYS; \\r is Enter, ^C is Ctrl-C"},
    [OPT_REJECT] = {"reject", 0, OPTION_LIST, "TEXT", "fail when TEXT comes", .is_rare = true},
    [OPT_ALLOW] = {"allow", 0, OPTION_LIST, "KIND", "no crash: panic, oops, shell, reset or fault",
                   .is_rare = true},
    [OPT_TIMEOUT] = {"timeout", 't', OPTION_NUMBER, "S", "for a whole run; default 600 s", .min = 1,
                     .max = 604800},
    [OPT_BOOT_TIMEOUT] = {"boot-timeout", 0, OPTION_NUMBER, "S",
                          "up to the guest's start; default 120 s, 300 s emulated", .min = 1,
                          .max = 604800, .is_rare = true},
    [OPT_SET] = {"set", 0, OPTION_LIST, "KEY=VALUE", "a setting for this start; repeatable"},
    [OPT_TIER] = {"tier", 0, OPTION_TEXT, "TIER", "the same as --set trace_level=TIER",
                  .is_rare = true},
    [OPT_JOBS] = {"jobs", 'j', OPTION_NUMBER, "N", "so many picks at once, as memory allows",
                  .min = 1, .max = 64},
    [OPT_JUNIT] = {"junit", 0, OPTION_TEXT, "FILE", "results as JUnit XML"},
    [OPT_TAP] = {"tap", 0, OPTION_FLAG, NULL, "results as TAP on stdout", .is_rare = true},
    [OPT_SESSION] = {"session", 0, OPTION_TEXT, "DIR", "copy the record of each run into DIR"},
    [OPT_REPORT] = {"report", 0, OPTION_TEXT, "FILE", "make a page of the record; needs --session",
                    .is_rare = true},
    [OPT_SCREENSHOT] = {"screenshot", 0, OPTION_TEXT, "FILE", "the last screen as PNG"},
};

static bool is_given(const struct options *options, int option)
{
    return options->values[option].is_given;
}

static bool has_desktop(void)
{
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    return (x11 != NULL && *x11 != '\0') || (wayland != NULL && *wayland != '\0');
}

static uint64_t number_or(const struct options *options, int option, uint64_t fallback)
{
    return is_given(options, option) ? options->values[option].number : fallback;
}

/* Says in one line what was found out. */
static int choose_accel(const struct options *options, const struct firmware *firmware,
                        struct machine *machine)
{
    bool no_kvm = is_given(options, OPT_NO_KVM), works = false;
    char reason[ACCEL_REASON_BYTES] = "";

    machine->accel = "tcg,thread=multi";
    machine->cpu = no_kvm ? TCG_CPU ",-svm,-vmx" : TCG_CPU;
    if (is_given(options, OPT_NESTED))
        return 0;
    if (accel_try(firmware, "kvm", "host", TRIAL_MS, &works, reason) < 0)
        return -1;
    if (!works) {
        fprintf(stderr, "mkhiperiso: KVM does not work here (%s); the machine is emulated%s\n",
                reason, no_kvm ? "" : ", and has KVM inside");
        return 0;
    }
    machine->accel = "kvm";
    machine->cpu = no_kvm ? "host,-svm,-vmx" : "host";
    if (no_kvm || accel_is_nested())
        fprintf(stderr, "mkhiperiso: KVM works here and is used\n");
    else
        fprintf(stderr, "mkhiperiso: KVM works here and is used, but without nesting: images will "
                        "run without KVM inside (--nested emulates it)\n");
    return 0;
}

static int fill_machine(const struct options *options, const struct firmware *firmware,
                        struct machine *machine)
{
    const char *display = options->values[OPT_DISPLAY].text;
    bool is_headless = display == NULL && !has_desktop();
    bool has_serial = is_given(options, OPT_SERIAL) || is_headless;
    bool is_read_only = is_given(options, OPT_SNAPSHOT) || is_given(options, OPT_PICK);

    *machine = (struct machine){
        .memory_mb = number_or(options, OPT_MEMORY, MEMORY_DEFAULT_MB),
        .cpus = number_or(options, OPT_CPUS, CPUS_DEFAULT),
        .code =
            is_given(options, OPT_FIRMWARE) ? options->values[OPT_FIRMWARE].text : firmware->code,
        .vars = is_given(options, OPT_VARS) ? options->values[OPT_VARS].text : firmware->vars_path,
        .image = options->operands[0],
        .bus = is_given(options, OPT_BUS) ? options->values[OPT_BUS].text : machine_buses[0],
        .is_snapshot = is_read_only,
        .display = display != NULL ? display
                   : is_headless   ? "none"
                                   : "gtk",
        .serial = has_serial ? "mon:stdio" : "null",
        .qmp = options->values[OPT_QMP].text,
        .extra = options->rest,
    };
    if (access(machine->code, R_OK) < 0)
        return fail("%s: %s", machine->code, strerror(errno));
    if (access(machine->image, machine->is_snapshot ? R_OK : R_OK | W_OK) < 0)
        return fail("%s: %s%s", machine->image, strerror(errno),
                    errno == EACCES || errno == EROFS ? "; --snapshot only reads it" : "");
    if (choose_accel(options, firmware, machine) < 0)
        return -1;
    if (has_serial && !is_given(options, OPT_PICK) && isatty(STDIN_FILENO) != 0)
        fprintf(stderr, "mkhiperiso: serial line on this terminal; Ctrl-A X ends the machine\n");
    return 0;
}

/* Waits for QEMU; an interrupt is handed on and waited for, too. Returns its wait status, -1 after
 * an error. */
static int wait_for(pid_t pid)
{
    int state = 0;

    while (waitpid(pid, &state, 0) < 0) {
        if (errno != EINTR)
            return fail("%s: cannot be waited for: %s", MACHINE_QEMU, strerror(errno));
        if (is_interrupted())
            kill(pid, SIGTERM);
    }
    return state;
}

/* HINT is added to what is said when QEMU refuses. */
static int start(char *const *arguments, const char *hint)
{
    struct termios terminal;
    bool has_terminal = tcgetattr(STDIN_FILENO, &terminal) == 0;
    pid_t pid = fork();

    if (pid < 0)
        return fail("%s: cannot be started: %s", MACHINE_QEMU, strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execvp(arguments[0], arguments);
        _exit(EXIT_NO_EXEC);
    }
    int state = wait_for(pid);
    if (has_terminal)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
    if (state < 0)
        return -1;
    if (WIFSIGNALED(state) && !is_interrupted())
        return fail("%s was ended by signal %d (%s); try again", MACHINE_QEMU, WTERMSIG(state),
                    strsignal(WTERMSIG(state)));
    if (WIFEXITED(state) && WEXITSTATUS(state) == EXIT_NO_EXEC)
        return fail("%s is not installed: apt-get install %s", MACHINE_QEMU,
                    process_package(MACHINE_QEMU));
    if (WIFEXITED(state) && WEXITSTATUS(state) != 0)
        return fail("%s failed with status %d%s", MACHINE_QEMU, WEXITSTATUS(state), hint);
    return 0;
}

/* One argument a line: what a user can read, and a script can take apart. */
static int print_arguments(char *const *arguments)
{
    for (size_t i = 0; arguments[i] != NULL; i++)
        puts(arguments[i]);
    return fflush(stdout) == 0 ? 0 : fail("stdout: %s", strerror(errno));
}

static int run_attended(const struct options *options, const struct firmware *firmware)
{
    struct machine machine;
    auto_arg_list args = {0};

    int result = fill_machine(options, firmware, &machine);
    if (result == 0 && is_given(options, OPT_VARS))
        result = firmware_make_vars(firmware, machine.vars);
    if (result < 0)
        return -1;
    machine_arguments(&machine, &args);
    if (args.has_failed)
        return fail("out of memory");
    if (is_given(options, OPT_PRINT))
        return print_arguments(args.items);
    return start(args.items,
                 strcmp(machine.display, "gtk") == 0
                     ? "; without a window (package qemu-system-gui): --serial --display none"
                     : "");
}

/* ---- unattended ---- */

/* The settings of --set and --tier as one list, owned by the caller; NULL when memory runs out. */
static char **collect_settings(const struct options *options, size_t *ret_count)
{
    const struct option_value *set = &options->values[OPT_SET];
    const char *tier = options->values[OPT_TIER].text;
    auto_arg_list list = {0};

    arg_list_add(&list, ""); /* never no list */
    for (size_t i = 0; i < set->list_count; i++)
        arg_list_add(&list, set->list[i]);
    if (tier != NULL)
        arg_list_printf(&list, "trace_level=%s", tier);
    if (list.has_failed)
        return NULL;
    *ret_count = list.count - 1;
    char **items = list.items;
    list = (struct arg_list){0};
    return items;
}

static int run_script(const struct options *options, const struct firmware *firmware,
                      struct run_command *command)
{
    bool is_tcg;

    if (fill_machine(options, firmware, &command->plan.machine) < 0)
        return EXIT_CODE_FAILED;
    command->plan.machine.code = options->values[OPT_FIRMWARE].text; /* NULL: OVMF, found anew */
    is_tcg = strncmp(command->plan.machine.accel, "tcg", 3) == 0;
    command->plan.timeout_ms = number_or(options, OPT_TIMEOUT, TIMEOUT_S) * 1000;
    command->plan.boot_timeout_ms =
        number_or(options, OPT_BOOT_TIMEOUT, is_tcg ? BOOT_TCG_S : BOOT_KVM_S) * 1000;
    return run_ci(command);
}

static int run_unattended(const struct options *options, const struct firmware *firmware)
{
    size_t setting_count = 0;
    char **settings = collect_settings(options, &setting_count);
    struct run_command command = {
        .plan = {.operand = options->operands[0]},
        .picks = options->values[OPT_PICK].list,
        .pick_count = options->values[OPT_PICK].list_count,
        .settings = settings != NULL ? (const char *const *)settings + 1 : NULL,
        .setting_count = setting_count,
        .jobs = (unsigned)number_or(options, OPT_JOBS, 1),
        .has_memory = is_given(options, OPT_MEMORY),
        .is_tap = is_given(options, OPT_TAP),
        .junit = options->values[OPT_JUNIT].text,
        .session = options->values[OPT_SESSION].text,
        .report = options->values[OPT_REPORT].text,
        .screenshot = options->values[OPT_SCREENSHOT].text,
    };
    int result = settings == NULL
                     ? fail("out of memory")
                     : run_script_make(&options->values[OPT_EXPECT], &options->values[OPT_SEND],
                                       &options->values[OPT_REJECT], &options->values[OPT_ALLOW],
                                       &command.plan.script);
    int code = result == 0               ? run_script(options, firmware, &command)
               : result == REPORT_MISUSE ? EXIT_CODE_USAGE
                                         : EXIT_CODE_FAILED;
    run_script_clear(&command.plan.script);
    for (size_t i = 0; settings != NULL && i <= setting_count; i++)
        free(settings[i]);
    free(settings);
    return code;
}

/* Options that make no sense together; 0, or the exit code after a message. */
static int check_options(const struct options *options)
{
    static const int attended[] = {OPT_SERIAL, OPT_DISPLAY, OPT_SNAPSHOT,
                                   OPT_VARS,   OPT_QMP,     OPT_PRINT};
    static const int unattended[] = {
        OPT_EXPECT, OPT_SEND, OPT_REJECT, OPT_ALLOW, OPT_TIMEOUT, OPT_SET,    OPT_BOOT_TIMEOUT,
        OPT_TIER,   OPT_JOBS, OPT_JUNIT,  OPT_TAP,   OPT_SESSION, OPT_REPORT, OPT_SCREENSHOT};
    bool is_picked = is_given(options, OPT_PICK);
    const int *wrong = is_picked ? attended : unattended;
    size_t count = is_picked ? ARRAY_SIZE(attended) : ARRAY_SIZE(unattended);

    for (size_t i = 0; i < count; i++)
        if (is_given(options, wrong[i]))
            return fail("run: --%s is for runs %s --pick", options_of_run[wrong[i]].name,
                        is_picked ? "without" : "with"),
                   EXIT_CODE_USAGE;
    if (is_given(options, OPT_NESTED) && is_given(options, OPT_NO_KVM))
        return fail("run: --nested and --no-kvm exclude each other"), EXIT_CODE_USAGE;
    if (is_picked && !is_given(options, OPT_EXPECT))
        return fail("run: --pick needs an --expect: what has to come for the run to pass?"),
               EXIT_CODE_USAGE;
    if (is_given(options, OPT_REPORT) && !is_given(options, OPT_SESSION))
        return fail("run: --report needs --session DIR: the page is made from the record"),
               EXIT_CODE_USAGE;
    return 0;
}

static int run_run(const struct options *options)
{
    struct firmware firmware;

    int code = check_options(options);
    if (code != 0)
        return code;
    interrupt_catch();
    if (firmware_open(&firmware) < 0)
        return is_given(options, OPT_PICK) ? RUN_CODE_SKIPPED : EXIT_CODE_FAILED;
    if (is_given(options, OPT_PICK))
        code = run_unattended(options, &firmware);
    else
        code = run_attended(options, &firmware) == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    firmware_close(&firmware);
    return is_interrupted() ? 128 + interrupt_signal() : code;
}

const struct verb verb_run = {
    .name = "run",
    .operands = "IMG",
    .summary = "start an image (or a stick) in QEMU; test what it boots",
    .description =
        "Starts IMG in QEMU with UEFI firmware. With --pick unattended: IMG stays as it is, the\n"
        "image's console is searched for texts. Exit codes: 0 passed 1 failed 2 usage 3 guest "
        "crashed\n"
        "4 guest ended early 77 skipped 99 machine failed 124 timeout 128+N signal N. More:\n"
        "mkhiperiso(1).",
    .options = options_of_run,
    .option_count = ARRAY_SIZE(options_of_run),
    .operands_min = 1,
    .operands_max = 1,
    .rest = "QEMU ARGUMENT...",
    .run = run_run,
};

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

#define MEMORY_DEFAULT_MB 4096
#define CPUS_DEFAULT      2
#define TRIAL_MS          8000
#define EXIT_NO_EXEC      127

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
};

static const char *const displays[] = {"none", "gtk", NULL};

static const struct option_info options_of_run[] = {
    [OPT_SERIAL] = {"serial", 's', OPTION_FLAG, NULL,
                    "serial line on this terminal; Ctrl-A X ends"},
    [OPT_DISPLAY] = {"display", 'd', OPTION_CHOICE, "none|gtk",
                     "default: gtk on a desktop, else none and --serial", .choices = displays},
    [OPT_NO_KVM] = {"no-kvm", 0, OPTION_FLAG, NULL, "a machine inside which there is no KVM"},
    [OPT_NESTED] = {"nested", 0, OPTION_FLAG, NULL, "emulate the processor, with KVM inside"},
    [OPT_MEMORY] = {"memory", 'm', OPTION_NUMBER, "MB", "memory; default 4096", .min = 256,
                    .max = 1048576},
    [OPT_CPUS] = {"cpus", 0, OPTION_NUMBER, "N", "processors; default 2", .min = 1, .max = 255},
    [OPT_BUS] = {"bus", 'b', OPTION_CHOICE, "BUS", "usb (default, xHCI) ehci virtio scsi ahci nvme",
                 .choices = machine_buses},
    [OPT_SNAPSHOT] = {"snapshot", 0, OPTION_FLAG, NULL, "throw away what the stick writes"},
    [OPT_VARS] = {"vars", 0, OPTION_TEXT, "FILE",
                  "firmware variables kept in FILE; default: fresh ones"},
    [OPT_QMP] = {"qmp", 0, OPTION_TEXT, "PATH", "a QMP server on the UNIX socket PATH"},
    [OPT_PRINT] = {"print", 0, OPTION_FLAG, NULL,
                   "print QEMU's arguments, one a line; start nothing"},
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
    machine->cpu =
        no_kvm ? "max,-svm,-vmx,-la57" : "max"; /* la57: QEMU 7.2 breaks readlink() in it */
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

    *machine = (struct machine){
        .memory_mb = number_or(options, OPT_MEMORY, MEMORY_DEFAULT_MB),
        .cpus = number_or(options, OPT_CPUS, CPUS_DEFAULT),
        .code = firmware->code,
        .vars = is_given(options, OPT_VARS) ? options->values[OPT_VARS].text : firmware->vars_path,
        .image = options->operands[0],
        .bus = is_given(options, OPT_BUS) ? options->values[OPT_BUS].text : machine_buses[0],
        .is_snapshot = is_given(options, OPT_SNAPSHOT),
        .display = display != NULL ? display
                   : is_headless   ? "none"
                                   : "gtk",
        .serial = has_serial ? "mon:stdio" : "null",
        .qmp = options->values[OPT_QMP].text,
        .extra = options->rest,
    };
    if (access(machine->image, machine->is_snapshot ? R_OK : R_OK | W_OK) < 0)
        return fail("%s: %s%s", machine->image, strerror(errno),
                    errno == EACCES || errno == EROFS ? "; --snapshot only reads it" : "");
    if (choose_accel(options, firmware, machine) < 0)
        return -1;
    if (has_serial && isatty(STDIN_FILENO) != 0)
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

static int run_run(const struct options *options)
{
    struct firmware firmware;
    struct machine machine;
    auto_arg_list args = {0};

    if (is_given(options, OPT_NESTED) && is_given(options, OPT_NO_KVM)) {
        fail("run: --nested and --no-kvm exclude each other");
        return EXIT_CODE_USAGE;
    }
    interrupt_catch();
    if (firmware_open(&firmware) < 0)
        return EXIT_CODE_FAILED;
    int result = fill_machine(options, &firmware, &machine);
    if (result == 0 && is_given(options, OPT_VARS))
        result = firmware_make_vars(&firmware, machine.vars);
    if (result == 0) {
        machine_arguments(&machine, &args);
        if (args.has_failed)
            result = fail("out of memory");
        else if (is_given(options, OPT_PRINT))
            result = print_arguments(args.items);
        else
            result =
                start(args.items, strcmp(machine.display, "gtk") == 0
                                      ? "; without a window (package qemu-system-gui): --serial "
                                        "--display none"
                                      : "");
    }
    firmware_close(&firmware);
    if (is_interrupted())
        return 128 + interrupt_signal();
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_run = {
    .name = "run",
    .operands = "IMG",
    .summary = "start an image (or a stick) in QEMU",
    .description = "Starts IMG in QEMU with UEFI firmware. Whether KVM works is found out by\n"
                   "starting firmware with it; where it does not, the processor is emulated with\n"
                   "KVM inside (--nested): everything works, only slower. What the stick writes\n"
                   "stays in IMG.\n\n"
                   "Ends with 0 when the machine was switched off, 1 when QEMU failed, 128 + N\n"
                   "after signal N.",
    .options = options_of_run,
    .option_count = ARRAY_SIZE(options_of_run),
    .operands_min = 1,
    .operands_max = 1,
    .rest = "QEMU ARGUMENT...",
    .run = run_run,
};

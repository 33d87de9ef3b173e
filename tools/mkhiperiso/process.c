/* SPDX-License-Identifier: BSD-2-Clause */
/* Child processes of the tool: fixed environment, collected output. */
#include "tools/mkhiperiso/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"

#define OUTPUT_MAX   ((size_t)64 << 10)
#define EXIT_NO_EXEC 127 /* as shells say it */
#define SEARCH_PATH  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const struct {
    const char *program, *package;
} packages[] = {
    {"sgdisk", "gdisk"}, {"mformat", "mtools"},      {"mmd", "mtools"},
    {"mcopy", "mtools"}, {"qemu-img", "qemu-utils"}, {"qemu-system-x86_64", "qemu-system-x86"},
};

const char *process_package(const char *program)
{
    for (size_t i = 0; i < ARRAY_SIZE(packages); i++)
        if (strcmp(packages[i].program, program) == 0)
            return packages[i].package;
    return program;
}

/* In the child: never returns. */
static _Noreturn void start(const char *const argv[], int output, int errors, int64_t epoch)
{
    char path[4096], date[64];
    const char *user_path = getenv("PATH");
    char *environment[] = {
        path,
        date,
        (char *)"LC_ALL=C.UTF-8",
        (char *)"TZ=UTC",
        (char *)"HOME=/nonexistent",
        (char *)"MTOOLSRC=/dev/null",
        NULL,
    };
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

    /* sgdisk lives where an ordinary user's PATH does not look. */
    snprintf(path, sizeof(path), "PATH=%s%s%s", user_path != NULL ? user_path : "",
             user_path != NULL ? ":" : "", SEARCH_PATH);
    snprintf(date, sizeof(date), "SOURCE_DATE_EPOCH=%" PRId64, epoch);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(errors, STDERR_FILENO) < 0)
        _exit(EXIT_NO_EXEC);
    environ = environment;
    execvp(argv[0], (char *const *)argv);
    _exit(EXIT_NO_EXEC);
}

/* Everything up to the end of the output; what is beyond the maximum is read and dropped. */
static void collect(int fd, pid_t pid, struct strbuf *output)
{
    char buffer[4096];

    for (;;) {
        ssize_t len = read(fd, buffer, sizeof(buffer));
        if (len > 0)
            strbuf_append_bytes(output, buffer, (size_t)len);
        else if (len == 0 || errno != EINTR)
            return;
        if (is_interrupted()) {
            kill(pid, SIGTERM);
            return;
        }
    }
}

/* The last line of TEXT that says something. */
static const char *last_line(char *text)
{
    char *end = text + strlen(text);

    while (end > text && (end[-1] == '\n' || end[-1] == ' '))
        *--end = '\0';
    char *line = strrchr(text, '\n');
    return line != NULL ? line + 1 : text;
}

/* Starts ARGV. What it says on stderr goes to the file ERRORS, or to its output where that is -1.
 */
static int begin(const char *const argv[], int64_t epoch, int errors, struct process *ret_process)
{
    int pipe_fds[2];

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return fail("%s: no pipe for it: %s", argv[0], strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        return fail("%s: cannot be started: %s", argv[0], strerror(errno));
    }
    if (pid == 0)
        start(argv, pipe_fds[1], errors >= 0 ? errors : pipe_fds[1], epoch);
    close(pipe_fds[1]);
    *ret_process = (struct process){.name = argv[0], .pid = pid, .output_fd = pipe_fds[0]};
    return 0;
}

/* Waits for its end; *RET_STATE as of waitpid(). -1 after an interrupt or a reported error. */
static int end(struct process *process, struct strbuf *output, int *ret_state)
{
    pid_t pid = process->pid;

    process->pid = 0;
    collect(process->output_fd, pid, output);
    close(process->output_fd);
    while (waitpid(pid, ret_state, 0) < 0)
        if (errno != EINTR)
            return fail("%s: cannot be waited for: %s", process->name, strerror(errno));
    return is_interrupted() ? -1 : 0;
}

static bool is_missing(int state, const struct strbuf *output)
{
    return WIFEXITED(state) && WEXITSTATUS(state) == EXIT_NO_EXEC && output->len == 0;
}

int process_start(const char *const argv[], int64_t epoch, struct process *ret_process)
{
    return begin(argv, epoch, -1, ret_process);
}

int process_finish(struct process *process)
{
    auto_strbuf output = strbuf_with_max(OUTPUT_MAX);
    const char *name = process->name;
    int state = 0;

    if (end(process, &output, &state) < 0)
        return -1;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return 0;
    if (is_missing(state, &output))
        return fail("%s is not installed: apt-get install %s", name, process_package(name));
    auto_free char *text = strbuf_take(&output);
    const char *words = text != NULL ? last_line(text) : "";
    if (WIFSIGNALED(state))
        return fail("%s was ended by signal %d: %s", name, WTERMSIG(state), words);
    return fail("%s failed with status %d: %s", name, WEXITSTATUS(state), words);
}

bool process_has_ended(const struct process *process)
{
    siginfo_t about = {0};

    return waitid(P_PID, (id_t)process->pid, &about, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           about.si_pid != 0;
}

void process_abandon(struct process *process)
{
    if (process->pid == 0)
        return;
    kill(process->pid, SIGTERM);
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(process->output_fd);
    process->pid = 0;
}

int process_run(const char *const argv[], int64_t epoch)
{
    struct process process;

    return process_start(argv, epoch, &process) == 0 ? process_finish(&process) : -1;
}

/* Replaces OUTPUT by what the file ERRORS holds. */
static void take_errors(int errors, struct strbuf *output)
{
    char text[4096];
    ssize_t len = pread(errors, text, sizeof(text), 0);

    strbuf_reset(output);
    if (len > 0)
        strbuf_append_bytes(output, text, (size_t)len);
}

enum process_result process_try(const char *const argv[], struct strbuf *output)
{
    int state = 0, errors = memfd_create("stderr", MFD_CLOEXEC);
    enum process_result result = PROCESS_FAILED;
    struct process process;

    if (errors < 0) {
        fail("%s: cannot be started: %s", argv[0], strerror(errno));
        return PROCESS_NOT_RUN;
    }
    if (begin(argv, 0, errors, &process) < 0 || end(&process, output, &state) < 0)
        result = PROCESS_NOT_RUN;
    else if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        result = PROCESS_DONE;
    else
        take_errors(errors, output);
    close(errors);
    return result == PROCESS_FAILED && is_missing(state, output) ? PROCESS_MISSING : result;
}

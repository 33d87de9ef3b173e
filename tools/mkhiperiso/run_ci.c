/* SPDX-License-Identifier: BSD-2-Clause */
/* Picks, jobs and results. */
#include "tools/mkhiperiso/run_ci.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/options.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/run_results.h"

#define HOST_MB       1536u /* that the host needs beside its guest */
#define MEMORY_MIN_MB 2048u
#define SUITE         "mkhiperiso run"
#define DIVIDER       "--------------------------------------------------------------------------------"

/* One pick. */
struct job {
    uint64_t memory_mb;
    pid_t pid; /* 0: not running */
    bool has_started;
    char *screenshot, *report; /* paths of its own; NULL: none; owned */
};

struct jobs {
    struct run_command *command;
    struct job *items;
    struct run_choice *choices;
    struct run_result *results; /* shared with the children */
    size_t count, running, told;
};

/* ---- before anything starts ---- */

/* "DIR/shot.png" and "/ISOs/x.iso" make "DIR/shot-x.iso.png" where there are several picks. */
static int own_path(const char *path, const char *image, bool is_one, char **ret_path)
{
    *ret_path = NULL;
    if (path == NULL)
        return 0;
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    size_t stem =
        dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - path) : strlen(path);
    int len = is_one ? asprintf(ret_path, "%s", path)
                     : asprintf(ret_path, "%.*s-%s%s", (int)stem, path, strrchr(image, '/') + 1,
                                path + stem);
    return len >= 0 ? 0 : fail("out of memory");
}

static int prepare(struct jobs *jobs)
{
    const struct run_command *command = jobs->command;
    int result = run_choices_make(command->plan.operand, command->picks, jobs->count,
                                  command->settings, command->setting_count, jobs->choices);

    for (size_t i = 0; i < jobs->count && result == 0; i++) {
        const struct run_choice *choice = &jobs->choices[i];
        struct job *job = &jobs->items[i];
        uint64_t wanted_mb = choice->ram_mb + HOST_MB;
        job->memory_mb = command->has_memory         ? command->plan.machine.memory_mb
                         : wanted_mb > MEMORY_MIN_MB ? wanted_mb
                                                     : MEMORY_MIN_MB;
        result = own_path(command->screenshot, choice->path, jobs->count == 1, &job->screenshot);
        if (result == 0)
            result = own_path(command->report, choice->path, jobs->count == 1, &job->report);
    }
    return result;
}

static uint64_t available_mb(void)
{
    char line[128];
    unsigned long long kb = 0;
    FILE *file = fopen("/proc/meminfo", "re");

    if (file == NULL)
        return UINT64_MAX;
    while (fgets(line, sizeof(line), file) != NULL && sscanf(line, "MemAvailable: %llu", &kb) != 1)
        continue;
    fclose(file);
    return kb != 0 ? kb >> 10 : UINT64_MAX;
}

/* ---- running ---- */

static void run_job(struct jobs *jobs, size_t index)
{
    struct job *job = &jobs->items[index];
    struct run_plan plan = jobs->command->plan;
    const struct run_outputs outputs = {
        .screenshot = job->screenshot,
        .session = jobs->command->session,
        .report = job->report,
    };

    plan.machine.memory_mb = job->memory_mb;
    run_case(&plan, &jobs->choices[index], &outputs, &jobs->results[index]);
}

static int start_job(struct jobs *jobs, size_t index)
{
    struct job *job = &jobs->items[index];

    fflush(NULL);
    job->has_started = true;
    job->pid = fork();
    if (job->pid < 0) {
        job->pid = 0;
        return fail("no process for %s: %s", jobs->choices[index].path, strerror(errno));
    }
    if (job->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        run_job(jobs, index);
        _exit(0);
    }
    jobs->running++;
    return 0;
}

/* A run that has no place of its own in memory waits; one always has. */
static bool has_room(const struct jobs *jobs, size_t index, uint64_t budget_mb)
{
    uint64_t used_mb = 0;

    for (size_t i = 0; i < jobs->count; i++)
        used_mb += jobs->items[i].pid != 0 ? jobs->items[i].memory_mb : 0;
    return jobs->running == 0 || used_mb + jobs->items[index].memory_mb <= budget_mb;
}

static void take_end(struct jobs *jobs, pid_t pid, int state)
{
    for (size_t i = 0; i < jobs->count; i++) {
        struct run_result *result = &jobs->results[i];
        if (jobs->items[i].pid != pid)
            continue;
        jobs->items[i].pid = 0;
        jobs->running--;
        if (result->is_done)
            return;
        result->code = RUN_CODE_MACHINE;
        snprintf(result->image, sizeof(result->image), "%s", jobs->choices[i].path);
        snprintf(result->message, sizeof(result->message), "the run's process ended (status 0x%x)",
                 (unsigned)state);
        result->is_done = true;
    }
}

static void end_all(const struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->items[i].pid != 0)
            kill(jobs->items[i].pid, SIGTERM);
}

/* ---- telling ---- */

static void tell_failure(const struct run_result *r)
{
    auto_strbuf text = STRBUF_INIT;

    strbuf_printf(&text, "last phase reached: %s; %u of %u steps done\n", run_phase_text(r->phase),
                  (unsigned)r->steps_done, (unsigned)r->steps);
    if (r->tail[0] != '\0')
        strbuf_printf(&text, "---- last lines %s\n%s", &DIVIDER[16], r->tail);
    if (r->screen[0] != '\0')
        strbuf_printf(&text, "---- last screen %s\n%s%s\n", &DIVIDER[17], r->screen, DIVIDER);
    fputs(strbuf_text(&text), stderr);
}

static void tell(const struct run_result *r, bool is_tap)
{
    auto_strbuf line = STRBUF_INIT;

    strbuf_printf(&line, "%s: ", run_code_text(r->code));
    strbuf_append_printable(&line, r->image);
    strbuf_printf(&line, ": %lld.%lld s", (long long)(r->duration_ms / 1000),
                  (long long)(r->duration_ms % 1000 / 100));
    if (r->code != RUN_CODE_PASSED) {
        strbuf_append(&line, ": ");
        strbuf_append_printable(&line, r->message);
    }
    fprintf(is_tap ? stderr : stdout, "%s\n", strbuf_text(&line));
    fflush(stdout);
    if (r->code != RUN_CODE_PASSED && r->code != RUN_CODE_SKIPPED)
        tell_failure(r);
}

/* In the order of the command line, as far as it is known. */
static void tell_done(struct jobs *jobs)
{
    while (jobs->told < jobs->count && jobs->results[jobs->told].is_done)
        tell(&jobs->results[jobs->told++], jobs->command->is_tap);
}

static void run_all(struct jobs *jobs)
{
    uint64_t budget_mb = available_mb();
    size_t next = 0;

    while (next < jobs->count || jobs->running > 0) {
        while (next < jobs->count && jobs->running < jobs->command->jobs && !is_interrupted() &&
               has_room(jobs, next, budget_mb)) {
            if (start_job(jobs, next++) < 0)
                return end_all(jobs);
        }
        if (jobs->running == 0)
            return;
        int state;
        pid_t pid = waitpid(-1, &state, 0);
        if (pid > 0)
            take_end(jobs, pid, state);
        else if (errno != EINTR)
            return;
        if (is_interrupted())
            end_all(jobs);
        tell_done(jobs);
    }
}

static int write_text(const char *path, const struct strbuf *text)
{
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && fwrite(text->text, 1, text->len, file) == text->len;

    if (file != NULL && fclose(file) != 0)
        is_written = false;
    return is_written ? 0 : fail("%s: %s", path, strerror(errno));
}

static int file_results(const struct jobs *jobs, int64_t wall_s)
{
    auto_strbuf junit = STRBUF_INIT, tap = STRBUF_INIT;

    if (run_results_junit(jobs->results, jobs->count, SUITE, wall_s, &junit) != STATUS_OK ||
        run_results_tap(jobs->results, jobs->count, &tap) != STATUS_OK)
        return fail("out of memory");
    if (jobs->command->is_tap)
        fputs(strbuf_text(&tap), stdout);
    return jobs->command->junit != NULL ? write_text(jobs->command->junit, &junit) : 0;
}

/* ---- what it needs of this machine ---- */

static bool is_installed(const char *program)
{
    auto_strbuf output = STRBUF_INIT;
    const char *const argv[] = {program, "--version", NULL};
    return process_try(argv, &output) != PROCESS_MISSING;
}

/* 0, or the exit code after a reported reason. */
static int look_at_needs(const struct run_command *command)
{
    static const char *const programs[] = {MACHINE_QEMU, "qemu-img"};

    for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
        if (is_installed(programs[i]))
            continue;
        fail("%s is not installed: apt-get install %s", programs[i], process_package(programs[i]));
        return RUN_CODE_SKIPPED;
    }
    if (command->report != NULL && !is_installed("hiperiso-report")) {
        fail("--report: hiperiso-report is not installed: install it, or leave --report out");
        return EXIT_CODE_USAGE;
    }
    return 0;
}

static int exit_code(const struct jobs *jobs)
{
    bool has_passed = false;

    for (size_t i = 0; i < jobs->count; i++) {
        int code = jobs->results[i].is_done ? jobs->results[i].code : RUN_CODE_MACHINE;
        if (code != RUN_CODE_PASSED && code != RUN_CODE_SKIPPED)
            return code;
        has_passed |= code == RUN_CODE_PASSED;
    }
    return has_passed ? RUN_CODE_PASSED : RUN_CODE_SKIPPED;
}

static void free_jobs(struct jobs *jobs)
{
    for (size_t i = 0; jobs->items != NULL && i < jobs->count; i++) {
        free(jobs->items[i].screenshot);
        free(jobs->items[i].report);
    }
    for (size_t i = 0; jobs->choices != NULL && i < jobs->count; i++)
        run_choice_clear(&jobs->choices[i]);
    free(jobs->items);
    free(jobs->choices);
    if (jobs->results != NULL)
        munmap(jobs->results, jobs->count * sizeof(*jobs->results));
}

int run_ci(struct run_command *command)
{
    struct jobs jobs = {.command = command, .count = command->pick_count};
    int64_t wall_s = time(NULL);

    int code = look_at_needs(command);
    if (code != 0)
        return code;
    void *shared = mmap(NULL, jobs.count * sizeof(*jobs.results), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    jobs.results = shared != MAP_FAILED ? shared : NULL;
    jobs.items = calloc(jobs.count, sizeof(*jobs.items));
    jobs.choices = calloc(jobs.count, sizeof(*jobs.choices));
    int result = jobs.items != NULL && jobs.choices != NULL && jobs.results != NULL
                     ? prepare(&jobs)
                     : fail("out of memory");
    if (result == 0) {
        run_all(&jobs);
        tell_done(&jobs);
        result = is_interrupted() ? 0 : file_results(&jobs, wall_s);
        code = exit_code(&jobs);
        if (result < 0 && code == RUN_CODE_PASSED)
            code = RUN_CODE_MACHINE;
    } else {
        code = result == REPORT_MISUSE ? EXIT_CODE_USAGE : EXIT_CODE_FAILED;
    }
    free_jobs(&jobs);
    return is_interrupted() ? 128 + interrupt_signal() : code;
}

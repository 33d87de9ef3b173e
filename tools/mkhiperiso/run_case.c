/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs one image and judges it. */
#include "tools/mkhiperiso/run_case.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/layout.h"
#include "tools/mkhiperiso/exfat_edit.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/monotonic.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/run_machine.h"
#include "tools/mkhiperiso/run_session.h"

#define POLL_MS   200
#define EACH_MS   1000  /* the machine's processor is asked for, a guest's screen looked at */
#define STATUS_MS 10000 /* for the answer */
#define DRAIN_MS  300   /* a serial line that has been silent that long holds nothing more */
#define AGAIN_MS  1500  /* after the keys that end a guest, until they are typed once more */
#define END_MS    60000 /* for the host to close its record and the stick */
#define END_KEYS  "\035q"

struct run {
    const struct run_plan *plan;
    const struct run_choice *choice;
    struct run_result *result;
    struct run_machine machine;
    struct run_watch watch;
    struct picture_font font;
    bool has_font;
    int64_t start_ms;
    char session_before[RUN_SESSION_NAME_BYTES]; /* the newest one of before the start */
    char reason[RUN_MACHINE_REASON_BYTES];
};

const char *run_code_text(int code)
{
    switch (code) {
    case RUN_CODE_PASSED:
        return "passed";
    case RUN_CODE_FAILED:
        return "failed";
    case RUN_CODE_CRASHED:
        return "the guest crashed";
    case RUN_CODE_ENDED:
        return "the guest ended early";
    case RUN_CODE_SKIPPED:
        return "skipped";
    case RUN_CODE_MACHINE:
        return "the machine failed";
    case RUN_CODE_TIMEOUT:
        return "timeout";
    default:
        return "interrupted";
    }
}

static __attribute__((format(printf, 3, 4))) void conclude(struct run *run, int code,
                                                           const char *format, ...)
{
    va_list args;

    run->result->code = code;
    va_start(args, format);
    vsnprintf(run->result->message, sizeof(run->result->message), format, args);
    va_end(args);
}

/* ---- before the start ---- */

static enum status write_config(const struct blockdev *device, const struct strbuf *json)
{
    struct exfat_edit *edit;
    int64_t now = (int64_t)time(NULL);

    enum status status = exfat_edit_open(device, NULL, NULL, &edit);
    if (status != STATUS_OK)
        return status;
    status = exfat_edit_make_folder(edit, LAYOUT_DATA_DIR, now);
    if (status == STATUS_OK)
        status = exfat_edit_write(edit, LAYOUT_DATA_CONFIG, json->text, json->len, now);
    enum status closed = exfat_edit_close(edit);
    return status != STATUS_OK ? status : closed;
}

/* Puts the configuration of this start onto the overlay. */
static int write_choice(struct run *run)
{
    struct run_disk disk;

    if (run_machine_open_disk(&run->machine, run->plan->operand, &disk) < 0)
        return -1;
    run_session_newest(disk.volume.fs, run->session_before);
    enum status status = write_config(&disk.volume.window.device, &run->choice->json);
    run_disk_close(&disk);
    return status == STATUS_OK ? 0
                               : fail("%s: " LAYOUT_DATA_CONFIG " of this start: %s",
                                      run->plan->operand, status_text(status));
}

/* ---- while it runs ---- */

/* Takes what the serial line holds; false when nothing came. */
static bool take_serial(struct run *run)
{
    char bytes[16384];
    ssize_t len = recv(run->machine.serial, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (len <= 0)
        return false;
    run_watch_bytes(&run->watch, bytes, (size_t)len);
    return true;
}

static void type(struct run *run, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t part = send(run->machine.serial, bytes, len, MSG_NOSIGNAL);
        if (part < 0 && errno == EINTR && !is_interrupted())
            continue;
        if (part <= 0)
            return; /* a machine that is gone is noticed by its monitor */
        bytes += part;
        len -= (size_t)part;
    }
}

static void type_steps(struct run *run)
{
    const struct run_step *step;

    while ((step = run_watch_keys(&run->watch)) != NULL) {
        if (run->watch.has_screen)
            run_machine_press(&run->machine, step->keys, step->key_count);
        else
            type(run, step->keys, step->key_count);
        run_watch_sent(&run->watch);
    }
}

/* Waits for serial line and monitor, at most POLL_MS. */
static void await(struct run *run)
{
    struct pollfd watched[] = {
        {.fd = run->machine.serial, .events = POLLIN},
        {.fd = run->machine.qmp.fd, .events = POLLIN},
    };

    if (poll(watched, ARRAY_SIZE(watched), POLL_MS) < 0 && errno != EINTR)
        return;
    take_serial(run);
    qmp_client_listen(&run->machine.qmp);
}

static void drain(struct run *run)
{
    struct pollfd watched = {.fd = run->machine.serial, .events = POLLIN};

    while (poll(&watched, 1, DRAIN_MS) > 0 && take_serial(run))
        continue;
}

static bool is_over(struct run *run)
{
    return run->machine.qmp.is_shut_down || run->machine.qmp.is_gone ||
           run->machine.qmp.has_internal_error;
}

/* True when one of the times is up. */
static bool is_late(struct run *run)
{
    int64_t ran_ms = monotonic_ms() - run->start_ms;
    const struct run_plan *plan = run->plan;

    if (ran_ms >= (int64_t)plan->timeout_ms) {
        const char *awaited = run_watch_awaited(&run->watch);
        conclude(run, RUN_CODE_TIMEOUT, "%s%s%s within %llu s",
                 *awaited != '\0' ? "no \"" : "no end", awaited, *awaited != '\0' ? "\"" : "",
                 (unsigned long long)(plan->timeout_ms / 1000));
        return true;
    }
    if (!run->watch.has_guest && ran_ms >= (int64_t)plan->boot_timeout_ms) {
        conclude(run, RUN_CODE_MACHINE, "no guest was started within %llu s%s%s",
                 (unsigned long long)(plan->boot_timeout_ms / 1000),
                 run->watch.trouble[0] != '\0' ? ": " : "", run->watch.trouble);
        return true;
    }
    return false;
}

static void look_at_screen(struct run *run)
{
    auto_strbuf text = STRBUF_INIT;

    if (!run->has_font || !run->watch.has_screen)
        return;
    run_machine_screen_text(&run->machine, &run->font, &text);
    if (text.len > 0)
        run_watch_screen(&run->watch, strbuf_text(&text));
}

/* Until there is a verdict, the machine ends, or the time is up. */
static void watch_machine(struct run *run, bool *ret_late)
{
    int64_t asked_ms = monotonic_ms();

    *ret_late = false;
    while (run->watch.verdict == RUN_GOING && !is_over(run) && !is_interrupted()) {
        await(run);
        type_steps(run);
        if (run->watch.verdict != RUN_GOING || is_over(run))
            break;
        *ret_late = is_late(run);
        if (*ret_late)
            return;
        /* A processor that cannot go on sends no event. */
        if (monotonic_ms() - asked_ms >= EACH_MS) {
            qmp_client_command(&run->machine.qmp, "{\"execute\":\"query-status\"}", STATUS_MS);
            look_at_screen(run);
            asked_ms = monotonic_ms();
        }
    }
    if (is_over(run))
        drain(run);
}

/* ---- the end ---- */

/* Ends the guest as a user would and waits until the host has closed its record. */
static void end_guest(struct run *run)
{
    int64_t end_ms = monotonic_ms() + END_MS, typed_ms = 0;

    while (!is_over(run) && !is_interrupted() && monotonic_ms() < end_ms) {
        if (run->watch.has_guest && !run->watch.has_ended &&
            monotonic_ms() - typed_ms >= AGAIN_MS) {
            type(run, END_KEYS, strlen(END_KEYS));
            typed_ms = monotonic_ms();
        }
        await(run);
    }
    if (!run->machine.qmp.is_shut_down)
        warn("%s: the machine did not end by itself; the last second of its record may be missing",
             run->choice->path);
}

/* What a start that failed was /init's answer to. */
static bool is_refusal(const char *code)
{
    static const char *const codes[] = {"image-unusable", "settings-impossible", "request-invalid"};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

static bool is_crash(const char *code)
{
    static const char *const codes[] = {"guest-panic", "reset-loop", "internal-error"};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

/* The machine ended by itself: CODE and TEXT are what the record says of it, "" if nothing. */
static void judge_end(struct run *run, const char *code, const char *text)
{
    const struct run_watch *w = &run->watch;
    const char *awaited = run_watch_awaited(w);

    if (*text == '\0')
        text = w->end[0] != '\0' ? w->end : w->trouble;
    if (is_crash(code))
        conclude(run, RUN_CODE_CRASHED, "%s", text);
    else if (is_refusal(code))
        conclude(run, RUN_CODE_FAILED, "the image was not started: %s", text);
    else if (w->has_guest && (strcmp(code, "guest-poweroff") == 0 || strcmp(code, "user") == 0 ||
                              (*code == '\0' && w->has_ended)))
        conclude(run, RUN_CODE_ENDED, "%s before \"%s\" came", text, awaited);
    else if (run->machine.qmp.has_internal_error)
        conclude(run, RUN_CODE_MACHINE, "its processor cannot go on (KVM internal error)");
    else if (run->machine.qmp.is_shut_down)
        conclude(run, RUN_CODE_MACHINE, "%s (%s)",
                 *text != '\0' ? text : "it ended before its guest did",
                 run->machine.qmp.shutdown_reason);
    else
        conclude(run, RUN_CODE_MACHINE, "%s", run->reason);
}

static void judge_verdict(struct run *run)
{
    const struct run_watch *w = &run->watch;

    switch (w->verdict) {
    case RUN_PASSED:
        conclude(run, RUN_CODE_PASSED, "all %zu steps done", w->script->step_count);
        break;
    case RUN_REJECTED:
        conclude(run, RUN_CODE_FAILED, "%s", w->message);
        break;
    case RUN_CRASHED:
        conclude(run, RUN_CODE_CRASHED, "%s", w->message);
        break;
    case RUN_GOING:
        break;
    }
}

/* Makes the report from the session's folder; the names of files come from the image on the stick.
 */
static int make_report(const struct run *run, const char *session, const char *path)
{
    auto_strbuf image = STRBUF_INIT;

    strbuf_printf(&image, "%s:%s", run->plan->operand, run->choice->path);
    if (strbuf_status(&image) != STATUS_OK)
        return fail("out of memory");
    const char *const argv[] = {
        "hiperiso-report", "html", session, "-o", path, "--image", strbuf_text(&image), NULL,
    };
    return process_run(argv, 0);
}

/* Reads the record; says in CODE and TEXT how it ends. */
static void take_record(struct run *run, const struct run_outputs *outputs, char *code,
                        size_t code_size, char *text, size_t text_size)
{
    char name[RUN_SESSION_NAME_BYTES];
    struct run_disk disk;
    struct run_result *result = run->result;

    if (run->machine.qmp.is_gone ||
        run_machine_open_disk(&run->machine, run->plan->operand, &disk) < 0)
        return;
    snprintf(name, sizeof(name), "%s", run->watch.session);
    if (name[0] == '\0') {
        run_session_newest(disk.volume.fs, name);
        if (strcmp(name, run->session_before) <= 0)
            name[0] = '\0';
    }
    if (name[0] != '\0' &&
        run_session_end(disk.volume.fs, name, code, code_size, text, text_size) != STATUS_OK)
        code[0] = text[0] = '\0';
    if (outputs->session != NULL && name[0] == '\0')
        warn("%s: there is no record: no guest was started", run->choice->path);
    else if (outputs->session != NULL &&
             run_session_copy(disk.volume.fs, name, outputs->session, result->session,
                              sizeof(result->session)) < 0)
        result->session[0] = '\0';
    run_disk_close(&disk);
    if (outputs->report != NULL && result->session[0] != '\0' &&
        make_report(run, result->session, outputs->report) == 0)
        snprintf(result->report, sizeof(result->report), "%s", outputs->report);
}

/* Keeps what people want to see of a failure. */
static void keep_text(struct run *run)
{
    auto_strbuf text = STRBUF_INIT;
    struct run_result *result = run->result;

    snprintf(result->awaited, sizeof(result->awaited), "%s", run_watch_awaited(&run->watch));
    run_watch_tail(&run->watch, &text);
    size_t skip = text.len >= sizeof(result->tail) ? text.len - sizeof(result->tail) + 1 : 0;
    snprintf(result->tail, sizeof(result->tail), "%s", strbuf_text(&text) + skip);
    strbuf_reset(&text);
    if (run->watch.screen.len > 0)
        strbuf_append(&text, strbuf_text(&run->watch.screen));
    else
        terminal_append_screen(&run->watch.terminal, &text);
    snprintf(result->screen, text_cut(strbuf_text(&text), sizeof(result->screen) - 1) + 1, "%s",
             strbuf_text(&text));
}

static void take_picture(struct run *run, const char *path)
{
    char reason[RUN_MACHINE_REASON_BYTES];

    if (path == NULL || run->machine.qmp.is_gone)
        return;
    if (run_machine_picture(&run->machine, path, reason) < 0)
        warn("%s: %s", path, reason);
    else
        snprintf(run->result->screenshot, sizeof(run->result->screenshot), "%s", path);
}

static void follow(struct run *run, const struct run_outputs *outputs)
{
    char code[64] = "", text[RUN_MESSAGE_MAX] = "";
    bool is_late_now, wants_record = outputs->session != NULL;

    watch_machine(run, &is_late_now);
    run->result->duration_ms = monotonic_ms() - run->start_ms;
    if (is_interrupted())
        return;
    bool ended_itself = is_over(run);
    judge_verdict(run);
    take_picture(run, outputs->screenshot);
    keep_text(run);
    if (wants_record && !ended_itself)
        end_guest(run);
    if (run->machine.qmp.is_gone) {
        for (int64_t end_ms = monotonic_ms() + STATUS_MS;
             !run_machine_has_ended(&run->machine) && monotonic_ms() < end_ms;)
            usleep(10000);
        run_machine_last_words(&run->machine, run->reason);
    }
    bool is_open = run->watch.verdict == RUN_GOING && !is_late_now;
    if (wants_record || is_open)
        take_record(run, outputs, code, sizeof(code), text, sizeof(text));
    if (is_open)
        judge_end(run, code, text);
}

static void start_and_follow(struct run *run, const struct run_outputs *outputs)
{
    if (run_machine_start(&run->machine, &run->plan->machine, run->reason) < 0) {
        conclude(run, RUN_CODE_MACHINE, "%s", run->reason);
        return;
    }
    if (write_choice(run) < 0) {
        conclude(run, RUN_CODE_FAILED,
                 "the choice of the image cannot be written to the stick's "
                 "overlay: see above");
        return;
    }
    run->start_ms = monotonic_ms();
    if (!qmp_client_command(&run->machine.qmp, "{\"execute\":\"cont\"}", STATUS_MS)) {
        conclude(run, RUN_CODE_MACHINE, "it does not start: %s", run->machine.qmp.refusal);
        return;
    }
    follow(run, outputs);
}

void run_case(const struct run_plan *plan, const struct run_choice *choice,
              const struct run_outputs *outputs, struct run_result *ret_result)
{
    struct run run = {.plan = plan, .choice = choice, .result = ret_result};

    snprintf(ret_result->image, sizeof(ret_result->image), "%s", choice->path);
    run.has_font = picture_font_load(&run.font);
    if (run_watch_init(&run.watch, &plan->script) != STATUS_OK) {
        conclude(&run, RUN_CODE_MACHINE, "out of memory");
        return;
    }
    start_and_follow(&run, outputs);
    if (is_interrupted())
        conclude(&run, 128 + interrupt_signal(), "interrupted");
    ret_result->phase = run.watch.phase;
    ret_result->steps_done = (uint32_t)run.watch.step;
    ret_result->steps = (uint32_t)plan->script.step_count;
    run_machine_close(&run.machine);
    run_watch_clear(&run.watch);
    ret_result->is_done = true;
}

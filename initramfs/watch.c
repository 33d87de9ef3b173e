/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine that ends a session. */
#include "initramfs/watch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SIGNAL_BUS  7
#define SIGNAL_KILL 9

const char *watch_code_text(enum watch_code code)
{
    static const char *const texts[WATCH_CODE_COUNT] = {
        [WATCH_CODE_NONE] = "none",
        [WATCH_CODE_GUEST_POWEROFF] = "guest-poweroff",
        [WATCH_CODE_GUEST_PANIC] = "guest-panic",
        [WATCH_CODE_RESET_LOOP] = "reset-loop",
        [WATCH_CODE_INTERNAL_ERROR] = "internal-error",
        [WATCH_CODE_IO_ERROR] = "io-error",
        [WATCH_CODE_NO_SPACE] = "no-space",
        [WATCH_CODE_USER] = "user",
        [WATCH_CODE_QEMU_EXIT] = "qemu-exit",
        [WATCH_CODE_QEMU_SIGNAL] = "qemu-signal",
        [WATCH_CODE_QEMU_SILENT] = "qemu-silent",
    };
    return code < WATCH_CODE_COUNT ? texts[code] : "none";
}

void watch_duration_text(uint64_t ms, char *ret_text, size_t size)
{
    unsigned long long s = ms / 1000;
    if (s < 10)
        snprintf(ret_text, size, "%llu.%llu s", s, (unsigned long long)(ms % 1000 / 100));
    else if (s < 60)
        snprintf(ret_text, size, "%llu s", s);
    else if (s < 3600)
        snprintf(ret_text, size, "%llu min %llu s", s / 60, s % 60);
    else
        snprintf(ret_text, size, "%llu h %llu min", s / 3600, s % 3600 / 60);
}

/* Keeps the first reason and puts the time behind it. */
static void __attribute__((format(printf, 4, 5)))
set_reason(struct watch *watch, enum watch_code code, uint64_t now_ms, const char *format, ...)
{
    char duration[32];
    va_list args;
    if (watch->code != WATCH_CODE_NONE)
        return;
    watch->code = code;
    va_start(args, format);
    int len = vsnprintf(watch->text, sizeof(watch->text), format, args);
    va_end(args);
    if (len < 0)
        watch->text[0] = '\0';
    size_t used = strlen(watch->text);
    watch_duration_text(now_ms - watch->start_ms, duration, sizeof(duration));
    snprintf(watch->text + used, sizeof(watch->text) - used, " after %s", duration);
}

static unsigned enter(struct watch *watch, enum watch_phase phase, uint64_t now_ms)
{
    static const struct {
        uint64_t wait_ms;
        unsigned action;
    } phases[] = {
        [WATCH_STARTING] = {WATCH_GREETING_MS, WATCH_NOTHING},
        [WATCH_RUNNING] = {0, WATCH_NOTHING},
        [WATCH_POWERING_DOWN] = {WATCH_POWERDOWN_MS, WATCH_POWERDOWN},
        [WATCH_QUITTING] = {WATCH_QUIT_MS, WATCH_QUIT},
        [WATCH_TERMINATING] = {WATCH_TERMINATE_MS, WATCH_TERMINATE},
        [WATCH_KILLING] = {WATCH_KILL_MS, WATCH_KILL},
        [WATCH_OVER] = {0, WATCH_NOTHING},
    };
    watch->phase = phase;
    watch->deadline_ms = phases[phase].wait_ms > 0 ? now_ms + phases[phase].wait_ms : 0;
    return phases[phase].action;
}

void watch_init(struct watch *watch, uint64_t now_ms)
{
    *watch = (struct watch){.start_ms = now_ms};
    enter(watch, WATCH_STARTING, now_ms);
}

/* Ends QEMU now, unless that is under way. */
static unsigned quit(struct watch *watch, uint64_t now_ms)
{
    return watch->phase < WATCH_QUITTING ? enter(watch, WATCH_QUITTING, now_ms) : WATCH_NOTHING;
}

static unsigned on_shutdown(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    char reason[32];
    qmp_text(message, "reason", reason, sizeof(reason));
    if (strcmp(reason, "guest-panic") == 0)
        set_reason(watch, WATCH_CODE_GUEST_PANIC, now_ms, "guest panicked");
    else if (qmp_is_true(message, "guest"))
        set_reason(watch, WATCH_CODE_GUEST_POWEROFF, now_ms, "guest powered off");
    else if (watch->phase < WATCH_QUITTING)
        set_reason(watch, WATCH_CODE_QEMU_EXIT, now_ms, "QEMU was told to end (%s)", reason);
    return quit(watch, now_ms);
}

static unsigned on_reset(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    if (!qmp_is_true(message, "guest"))
        return WATCH_NOTHING;
    watch->resets[watch->reset_count % WATCH_RESETS_MAX] = now_ms;
    watch->reset_count++;
    if (watch->reset_count < WATCH_RESETS_MAX)
        return WATCH_NOTHING;
    uint64_t oldest = watch->resets[watch->reset_count % WATCH_RESETS_MAX];
    if (now_ms - oldest > WATCH_RESET_WINDOW_MS)
        return WATCH_NOTHING;
    set_reason(watch, WATCH_CODE_RESET_LOOP, now_ms, "guest reset %d times within %d s, ended",
               WATCH_RESETS_MAX, WATCH_RESET_WINDOW_MS / 1000);
    return quit(watch, now_ms);
}

static unsigned on_panic(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    (void)message;
    set_reason(watch, WATCH_CODE_GUEST_PANIC, now_ms, "guest panicked");
    return quit(watch, now_ms);
}

static unsigned on_io_error(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    char reason[80], operation[16], node[32];
    qmp_text(message, "reason", reason, sizeof(reason));
    qmp_text(message, "operation", operation, sizeof(operation));
    qmp_text(message, "node-name", node, sizeof(node));
    if (qmp_is_true(message, "nospace"))
        set_reason(watch, WATCH_CODE_NO_SPACE, now_ms,
                   "the data partition is full, what the guest wrote found no room; ended");
    else
        set_reason(watch, WATCH_CODE_IO_ERROR, now_ms, "I/O error (%s, %s: %s), ended", node,
                   operation, reason);
    return quit(watch, now_ms);
}

/* STOP has many causes; only the status tells them apart. */
static unsigned on_stop(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    (void)message;
    (void)now_ms;
    return watch->phase == WATCH_RUNNING || watch->phase == WATCH_POWERING_DOWN ? WATCH_QUERY_STATUS
                                                                                : WATCH_NOTHING;
}

static unsigned on_status(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    char status[32];
    qmp_text(message, "status", status, sizeof(status));
    if (strcmp(status, "internal-error") == 0)
        set_reason(watch, WATCH_CODE_INTERNAL_ERROR, now_ms,
                   "KVM internal error: the processor cannot run what the guest did (its registers "
                   "are in qemu.log); ended");
    else if (strcmp(status, "io-error") == 0)
        set_reason(watch, WATCH_CODE_IO_ERROR, now_ms, "I/O error, ended");
    else if (strcmp(status, "guest-panicked") == 0)
        set_reason(watch, WATCH_CODE_GUEST_PANIC, now_ms, "guest panicked");
    else if (strcmp(status, "shutdown") == 0)
        set_reason(watch, WATCH_CODE_GUEST_POWEROFF, now_ms, "guest powered off");
    else
        return WATCH_NOTHING;
    return quit(watch, now_ms);
}

unsigned watch_message(struct watch *watch, const struct qmp_message *message, uint64_t now_ms)
{
    static const struct {
        enum qmp_kind kind;
        const char *name;
        unsigned (*handle)(struct watch *watch, const struct qmp_message *message, uint64_t now_ms);
    } handlers[] = {
        {QMP_EVENT, "SHUTDOWN", on_shutdown},
        {QMP_EVENT, "RESET", on_reset},
        {QMP_EVENT, "STOP", on_stop},
        {QMP_EVENT, "GUEST_PANICKED", on_panic},
        {QMP_EVENT, "GUEST_CRASHLOADED", on_panic},
        {QMP_EVENT, "BLOCK_IO_ERROR", on_io_error},
        {QMP_RETURN, "query-status", on_status},
    };
    if (message->kind == QMP_RETURN && strcmp(message->name, "qmp_capabilities") == 0) {
        if (watch->phase != WATCH_STARTING)
            return WATCH_NOTHING;
        watch->start_ms = now_ms; /* the guest's first instruction: durations count from here */
        return enter(watch, WATCH_RUNNING, now_ms) | WATCH_QUERY_FACTS | WATCH_CONTINUE;
    }
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        if (handlers[i].kind == message->kind && strcmp(handlers[i].name, message->name) == 0)
            return handlers[i].handle(watch, message, now_ms);
    return WATCH_NOTHING;
}

unsigned watch_user(struct watch *watch, uint64_t now_ms)
{
    switch (watch->phase) {
    case WATCH_RUNNING:
        set_reason(watch, WATCH_CODE_USER, now_ms, "ended by the user");
        return enter(watch, WATCH_POWERING_DOWN, now_ms);
    case WATCH_STARTING:
        set_reason(watch, WATCH_CODE_USER, now_ms, "ended by the user");
        return enter(watch, WATCH_TERMINATING, now_ms);
    case WATCH_POWERING_DOWN:
        return quit(watch, now_ms);
    default:
        return WATCH_NOTHING;
    }
}

unsigned watch_tick(struct watch *watch, uint64_t now_ms)
{
    if (watch->deadline_ms == 0 || now_ms < watch->deadline_ms)
        return WATCH_NOTHING;
    switch (watch->phase) {
    case WATCH_STARTING:
        set_reason(watch, WATCH_CODE_QEMU_SILENT, now_ms, "QEMU did not answer, ended");
        return enter(watch, WATCH_TERMINATING, now_ms);
    case WATCH_POWERING_DOWN:
        return quit(watch, now_ms);
    case WATCH_QUITTING:
        return enter(watch, WATCH_TERMINATING, now_ms);
    case WATCH_TERMINATING:
        return enter(watch, WATCH_KILLING, now_ms);
    case WATCH_KILLING:
        watch->phase = WATCH_OVER;
        return WATCH_ABANDON;
    default:
        return WATCH_NOTHING;
    }
}

void watch_exited(struct watch *watch, bool by_signal, int number, const char *status_line,
                  const char *last_line, const char *alarm, uint64_t now_ms)
{
    const char *detail = alarm[0] != '\0' ? alarm : last_line;
    const char *colon = detail[0] != '\0' ? ": " : "";
    if (by_signal && number == SIGNAL_KILL && strcasestr(alarm, "out of memory") != NULL)
        set_reason(watch, WATCH_CODE_QEMU_SIGNAL, now_ms,
                   "the host ran out of memory, QEMU was killed by %s (give the guest less RAM)",
                   status_line);
    else if (by_signal && number == SIGNAL_BUS && strncmp(alarm, "SQUASHFS", 8) == 0)
        set_reason(watch, WATCH_CODE_QEMU_SIGNAL, now_ms,
                   "runtime.squashfs is damaged (write the stick anew), QEMU was killed by %s",
                   status_line);
    else if (by_signal)
        set_reason(watch, WATCH_CODE_QEMU_SIGNAL, now_ms, "QEMU was killed by %s%s%.300s",
                   status_line, colon, detail);
    else
        set_reason(watch, WATCH_CODE_QEMU_EXIT, now_ms, "QEMU ended by itself with %s%s%.300s",
                   status_line, colon, last_line[0] != '\0' ? last_line : detail);
    watch->phase = WATCH_OVER;
    watch->deadline_ms = 0;
}

void watch_add_losses(struct watch *watch, int stick_error, int record_error)
{
    size_t used = strlen(watch->text);
    if (stick_error != 0)
        snprintf(watch->text + used, sizeof(watch->text) - used,
                 "; the stick failed (%s), the record may be incomplete", strerror(-stick_error));
    else if (record_error == -ENOSPC)
        snprintf(watch->text + used, sizeof(watch->text) - used,
                 "; the data partition is full, the record is incomplete");
    else if (record_error != 0)
        snprintf(watch->text + used, sizeof(watch->text) - used, "; the record is incomplete (%s)",
                 strerror(-record_error));
}

bool watch_is_over(const struct watch *watch)
{
    return watch->phase == WATCH_OVER;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a run. */
#include "tools/mkhiperiso/run_watch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define OURS           "hiperiso: " /* how /init begins its lines */
#define HOST_MARK      "hiperiso: version "
#define GUEST_MARK     "ends the guest"   /* the end of /init's line when QEMU runs */
#define SCREEN_MARK    "Ctrl-Alt-Shift-Q" /* in the same line when the screen is shown */
#define ERROR_MARK     "hiperiso: error: "
#define RESET_MARK     "hiperiso: the guest reset itself"
#define MENU_MARK      "hiperiso "
#define LINE_MAX_BYTES 8192 /* a line without an end is cut there */
#define KEPT_EXTRA     ((size_t)1 << 20)

/* An end that went as it should; any other is an error line, and both are followed by the last two.
 */
static const char *const end_marks[] = {
    "hiperiso: guest powered off",
    "hiperiso: ended by the user",
    "hiperiso: back to the menu",
    "hiperiso: powering off",
};
#define END_REASONS 2 /* so many of them say why */

enum status run_watch_init(struct run_watch *watch, const struct run_script *script)
{
    *watch = (struct run_watch){
        .script = script,
        .incoming = STRBUF_INIT,
        .all = STRBUF_INIT,
        .guest = STRBUF_INIT,
        .screen = STRBUF_INIT,
        .crash_at = SIZE_MAX,
    };
    terminal_init(&watch->terminal);
    watch->reject_resumes = calloc(script->reject_count + 1, sizeof(*watch->reject_resumes));
    return watch->reject_resumes != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void run_watch_clear(struct run_watch *watch)
{
    strbuf_clear(&watch->incoming);
    strbuf_clear(&watch->all);
    strbuf_clear(&watch->guest);
    strbuf_clear(&watch->screen);
    free(watch->reject_resumes);
    watch->reject_resumes = NULL;
}

/* ---- bounds ---- */

static size_t less(size_t value, size_t by)
{
    return value > by ? value - by : 0;
}

/* Drops the first BYTES of B. */
static void drop(struct strbuf *b, size_t bytes)
{
    memmove(b->text, b->text + bytes, b->len - bytes + 1);
    b->len -= bytes;
}

/* Appending never fails for size; running out of memory loses text, and with it a pass at most. */
static void bound(struct run_watch *w)
{
    if (w->all.len > RUN_TEXT_KEPT + KEPT_EXTRA)
        drop(&w->all, w->all.len - RUN_TEXT_KEPT);
    if (w->guest.len <= RUN_TEXT_KEPT + KEPT_EXTRA)
        return;
    size_t bytes = w->guest.len - RUN_TEXT_KEPT;
    drop(&w->guest, bytes);
    w->marked = less(w->marked, bytes);
    w->from = less(w->from, bytes);
    w->resume = less(w->resume, bytes);
    if (w->crash_at != SIZE_MAX)
        w->crash_at = less(w->crash_at, bytes);
    for (size_t i = 0; i < w->script->reject_count; i++)
        w->reject_resumes[i] = less(w->reject_resumes[i], bytes);
}

/* ---- our own lines ---- */

static bool begins(const char *line, size_t len, const char *with)
{
    size_t with_len = strlen(with);
    return len >= with_len && memcmp(line, with, with_len) == 0;
}

/* Could LINE, as far as it has come, become one of /init's? */
static bool may_be_ours(const char *line, size_t len)
{
    size_t compared = len < strlen(OURS) ? len : strlen(OURS);
    return memcmp(line, OURS, compared) == 0;
}

static void note_crash(struct run_watch *w, enum run_crash crash, size_t at, const char *what)
{
    if ((crash & w->script->allowed) != 0 || at >= w->crash_at)
        return;
    w->crash_at = at;
    w->crash = crash;
    snprintf(w->message, sizeof(w->message), "%s", what);
}

static void reach(struct run_watch *w, enum run_phase phase)
{
    if (phase > w->phase)
        w->phase = phase;
}

/* "...; recorded in hiperiso/logs/NAME; Ctrl-] q ends the guest". */
static void take_session(struct run_watch *w, const char *line, size_t len)
{
    static const char before[] = "recorded in hiperiso/logs/";
    const char *found = memmem(line, len, before, strlen(before));

    if (found == NULL)
        return;
    found += strlen(before);
    const char *end = memmem(found, (size_t)(line + len - found), "; ", 2);
    if (end != NULL && end - found < RUN_MESSAGE_MAX)
        snprintf(w->session, sizeof(w->session), "%.*s", (int)(end - found), found);
}

/* /init's LINE. */
static void take_our_line(struct run_watch *w, const char *line, size_t len)
{
    int shown = (int)(len < RUN_MESSAGE_MAX ? len : RUN_MESSAGE_MAX - 1);

    if (begins(line, len, HOST_MARK)) {
        reach(w, RUN_PHASE_HOST);
    } else if (!w->has_guest && len >= strlen(GUEST_MARK) &&
               memcmp(line + len - strlen(GUEST_MARK), GUEST_MARK, strlen(GUEST_MARK)) == 0) {
        reach(w, RUN_PHASE_GUEST_FIRMWARE);
        w->has_guest = true;
        w->has_screen = memmem(line, len, SCREEN_MARK, strlen(SCREEN_MARK)) != NULL;
        take_session(w, line, len);
    } else if (begins(line, len, RESET_MARK)) {
        note_crash(w, RUN_CRASH_RESET, w->guest.len, "it reset itself");
    } else if (begins(line, len, ERROR_MARK)) {
        snprintf(w->trouble, sizeof(w->trouble), "%.*s", shown - (int)strlen(ERROR_MARK),
                 line + strlen(ERROR_MARK));
    }
    for (size_t i = 0; w->has_guest && i < ARRAY_SIZE(end_marks); i++) {
        if (!begins(line, len, end_marks[i]))
            continue;
        w->has_ended = true;
        if (i < END_REASONS)
            snprintf(w->end, sizeof(w->end), "%.*s", shown - (int)strlen(OURS),
                     line + strlen(OURS));
    }
}

/* ---- the guest's text ---- */

/* Crashes and phases in the lines from `marked` on; the last one may still grow. */
static void mark(struct run_watch *w)
{
    const char *text = strbuf_text(&w->guest);

    while (w->marked < w->guest.len) {
        const char *line = text + w->marked, *end = memchr(line, '\n', w->guest.len - w->marked);
        size_t len = end != NULL ? (size_t)(end - line) : w->guest.len - w->marked, off = 0;
        const char *what = NULL;
        reach(w, run_mark_phase(line, len));
        enum run_crash crash = run_mark_crash(line, len, w->script->allowed, &off, &what);
        if (crash != RUN_CRASH_NONE)
            note_crash(w, crash, w->marked + off, what);
        if (end == NULL) {
            if (len >
                LINE_MAX_BYTES) /* no line that anybody reads: only its end is looked at again */
                w->marked += len - LINE_MAX_BYTES / 2;
            return;
        }
        w->marked += len + 1;
    }
}

static void judge(struct run_watch *w)
{
    const struct run_script *script = w->script;
    const char *text = strbuf_text(&w->guest);
    size_t start, end, rejected_at = SIZE_MAX;

    for (size_t i = 0; i < script->reject_count; i++) {
        if (!expect_find(&script->rejects[i], text, 0, w->guest.len, &w->reject_resumes[i], &start,
                         &end))
            continue;
        if (start < rejected_at && start < w->crash_at) {
            rejected_at = start;
            snprintf(w->message, sizeof(w->message), "\"%s\" came", script->rejects[i].text);
        }
    }
    while (w->step < script->step_count && !script->steps[w->step].is_send) {
        if (!expect_find(&script->steps[w->step].expect, text, w->from, w->guest.len, &w->resume,
                         &start, &end))
            break;
        /* Nothing passes behind a crash, or behind what must not come. */
        if (end > w->crash_at || end > rejected_at)
            break;
        w->step++;
        w->from = w->resume = end;
    }
    if (w->step == script->step_count && script->step_count > 0)
        w->verdict = RUN_PASSED;
    else if (rejected_at != SIZE_MAX)
        w->verdict = RUN_REJECTED;
    else if (w->crash_at != SIZE_MAX)
        w->verdict = RUN_CRASHED;
}

/* The text of INCOMING from its start to LEN is the guest's. */
static void pass_to_guest(struct run_watch *w, size_t len)
{
    strbuf_append_bytes(&w->all, strbuf_text(&w->incoming), len);
    if (w->has_guest && !w->has_ended)
        strbuf_append_bytes(&w->guest, strbuf_text(&w->incoming), len);
    drop(&w->incoming, len);
}

void run_watch_bytes(struct run_watch *watch, const void *bytes, size_t len)
{
    struct run_watch *w = watch;

    terminal_feed(&w->terminal, bytes, len, &w->incoming);
    if (strbuf_status(&w->incoming) != STATUS_OK)
        strbuf_reset(&w->incoming);
    while (w->incoming.len > 0) {
        const char *line = strbuf_text(&w->incoming), *end = memchr(line, '\n', w->incoming.len);
        size_t line_len = end != NULL ? (size_t)(end - line) : w->incoming.len;
        bool is_line_start = w->all.len == 0 || w->all.text[w->all.len - 1] == '\n';
        bool is_ours = is_line_start && may_be_ours(line, line_len);
        if (w->phase == RUN_PHASE_FIRMWARE &&
            memmem(line, line_len, MENU_MARK, strlen(MENU_MARK)) != NULL)
            reach(w, RUN_PHASE_MENU);
        if (end == NULL && is_ours && line_len < LINE_MAX_BYTES)
            break; /* wait for the rest of it */
        if (end != NULL && is_ours && line_len >= strlen(OURS)) {
            take_our_line(w, line, line_len);
            strbuf_append_bytes(&w->all, line, line_len + 1);
            drop(&w->incoming, line_len + 1);
            continue;
        }
        pass_to_guest(w, end != NULL ? line_len + 1 : line_len);
    }
    if (w->verdict == RUN_GOING && w->has_guest) {
        mark(w);
        judge(w);
    }
    bound(w);
}

/* ---- the guest's screen ---- */

/* Phases and the first crash in the lines of TEXT; *RET_AT is SIZE_MAX if there is none. */
static enum run_crash mark_screen(struct run_watch *w, const char *text, size_t *ret_at,
                                  const char **ret_what)
{
    *ret_at = SIZE_MAX;
    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n"), off;
        reach(w, run_mark_phase(line, len));
        enum run_crash crash = run_mark_crash(line, len, w->script->allowed, &off, ret_what);
        if (crash != RUN_CRASH_NONE) {
            *ret_at = (size_t)(line - text) + off;
            return crash;
        }
        line += len + (line[len] == '\n');
    }
    return RUN_CRASH_NONE;
}

static void judge_screen(struct run_watch *w, const char *text, size_t len)
{
    const struct run_script *script = w->script;
    size_t crash_at, start, end;
    const char *what = NULL;
    enum run_crash crash = mark_screen(w, text, &crash_at, &what);

    for (size_t i = 0; i < script->reject_count; i++) {
        size_t resume = 0;
        if (!expect_find(&script->rejects[i], text, 0, len, &resume, &start, &end))
            continue;
        snprintf(w->message, sizeof(w->message), "\"%s\" came", script->rejects[i].text);
        w->verdict = RUN_REJECTED;
        return;
    }
    while (w->step < script->step_count && !script->steps[w->step].is_send) {
        size_t resume = w->screen_from;
        if (!expect_find(&script->steps[w->step].expect, text, resume, len, &resume, &start,
                         &end) ||
            end > crash_at)
            break;
        w->step++;
        w->screen_from = end;
        w->from = w->resume = w->guest.len;
    }
    if (w->step == script->step_count && script->step_count > 0) {
        w->verdict = RUN_PASSED;
    } else if (crash != RUN_CRASH_NONE) {
        w->crash = crash;
        snprintf(w->message, sizeof(w->message), "%s", what);
        w->verdict = RUN_CRASHED;
    }
}

void run_watch_screen(struct run_watch *watch, const char *text)
{
    if (strcmp(strbuf_text(&watch->screen), text) != 0) {
        watch->screen_from = 0; /* another picture: texts may stand anywhere in it */
        strbuf_reset(&watch->screen);
        strbuf_append(&watch->screen, text);
    }
    if (watch->verdict == RUN_GOING && watch->has_guest && !watch->has_ended)
        judge_screen(watch, strbuf_text(&watch->screen), watch->screen.len);
}

/* ---- what the caller asks ---- */

const struct run_step *run_watch_keys(const struct run_watch *watch)
{
    const struct run_script *script = watch->script;

    if (watch->verdict != RUN_GOING || !watch->has_guest || watch->step >= script->step_count ||
        !script->steps[watch->step].is_send)
        return NULL;
    return &script->steps[watch->step];
}

void run_watch_sent(struct run_watch *watch)
{
    watch->step++;
    watch->resume = watch->from;
    if (watch->verdict == RUN_GOING)
        judge(watch);
}

const char *run_watch_awaited(const struct run_watch *watch)
{
    const struct run_script *script = watch->script;

    return watch->step < script->step_count && !script->steps[watch->step].is_send
               ? script->steps[watch->step].expect.text
               : "";
}

void run_watch_tail(const struct run_watch *watch, struct strbuf *text)
{
    auto_strbuf all = STRBUF_INIT;
    size_t lines = 0;

    strbuf_append(&all, strbuf_text(&watch->all));
    strbuf_append(&all, strbuf_text(&watch->incoming));
    const char *begin = strbuf_text(&all);
    size_t first = all.len;
    for (size_t end = all.len;;) {
        size_t start = end;
        while (start > 0 && begin[start - 1] != '\n')
            start--;
        if (strspn(begin + start, " ") < end - start && ++lines > RUN_TAIL_LINES)
            break;
        first = start;
        if (start == 0)
            break;
        end = start - 1;
    }
    const char *start = begin + first;
    while (*start != '\0') {
        size_t len = strcspn(start, "\n");
        if (strspn(start, " ") < len) {
            strbuf_append_bytes(text, start, len);
            strbuf_append_char(text, '\n');
        }
        start += len + (start[len] == '\n');
    }
}

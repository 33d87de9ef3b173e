/* SPDX-License-Identifier: BSD-2-Clause */
/* What a start leaves behind, however it went: the session's description, the menu's reason, a
 * rescue shell, a clean stick. */
#include "initramfs/start_state.h"

#include <errno.h>
#include <string.h>

#include "initramfs/clock.h"
#include "initramfs/log.h"
#include "initramfs/modules.h"
#include "initramfs/mounts.h"
#include "initramfs/power.h"
#include "initramfs/rescue.h"
#include "initramfs/state.h"

#define START_SHOW_FAILURE_MS 10000 /* when the menu cannot show it */
#define START_DRAIN_MS        2000

/* What the menu tells when nothing else could be written any more. */
#define START_UNKNOWN_END "the host ended without saying why (crash or power loss)"

static void describe(const struct start *s, struct session_facts *facts, bool is_over)
{
    *facts = (struct session_facts){
        .request = &s->request,
        .plan = s->has_plan ? &s->plan : NULL,
        .image = s->has_image ? &s->image.boot : NULL,
        .image_bytes = s->image.file_bytes,
        .command_line = strbuf_text(&s->command_line),
        .kernel = strbuf_text(&s->kernel),
        .qemu = s->run.qemu_version[0] != '\0' ? s->run.qemu_version : NULL,
        .kvm_reason = s->kvm_reason.len > 0 ? strbuf_text(&s->kvm_reason) : NULL,
        .warnings = &s->warnings,
        .start_ms = s->start_wall_ms,
        .end_ms = is_over ? clock_wall_ms() : 0,
        .duration_ms = clock_mono_ms() - s->start_mono_ms,
        .end_code = is_over ? s->end_code : NULL,
        .end_text = is_over ? strbuf_text(&s->end_text) : NULL,
        .network = s->network.address,
        .kvm_enabled = s->run.kvm_enabled,
        .kvm_exits = s->run.kvm_exits,
        .resets = s->run.watch.reset_count,
        .trace = &s->trace,
        .recording = s->run.record.recorder.shared,
        .clock_start = s->run.record.start,
        .login_t_ns = s->run.record.login.from.has_happened ? s->run.record.login.from.t_ns : -1,
    };
    if (is_over)
        clock_read_triple(&facts->clock_end);
}

void start_save_description(struct start *s, bool is_over)
{
    struct session_facts facts;
    describe(s, &facts, is_over);
    bool is_running = s->run.pid > 0 && !s->run.has_exited;
    int r = is_running ? session_post_json(&s->session, &facts)
                       : session_write_json(&s->session, &facts);
    if (r < 0)
        log_say("session.json could not be written: %s", strerror(-r));
}

static int tell_menu(const struct start *s, const char *code, const char *reason)
{
    const struct returned returned = {
        .iso_path = s->request.iso_path,
        .reason = (char *)(uintptr_t)reason,
        .session = s->session.name,
        .code = (char *)(uintptr_t)code,
    };
    int r = power_tell_menu(&returned);
    if (r < 0)
        log_note("the menu will not know the reason: %s",
                 r == -ENOENT ? "the firmware has no variables" : strerror(-r));
    return r;
}

static void open_rescue(struct start *s)
{
    const struct rescue_facts facts = {
        .reason = strbuf_text(&s->end_text),
        .session = s->session.folder,
        .argv = s->has_plan ? &s->plan.argv : NULL,
    };
    int r = rescue_run(&s->console, &facts);
    if (r < 0)
        log_say("no rescue shell: %s",
                r == -ENOENT ? "the failure came before the runtime was there" : strerror(-r));
}

void start_announce(struct start *s)
{
    start_save_description(s, false);
    (void)tell_menu(s, "unknown", START_UNKNOWN_END);
}

int start_load_modules(struct start *s, struct strbuf *why)
{
    s->has_modules = true;
    int r = modules_load(why);
    mounts_late();
    return r;
}

/* Without the modules there is no efivarfs; a start that failed before them has to be told too. */
static void make_menu_reachable(struct start *s)
{
    auto_strbuf why = STRBUF_INIT;
    if (!s->has_modules && start_load_modules(s, &why) < 0)
        log_note("%s", strbuf_text(&why));
}

void start_finish(struct start *s)
{
    bool is_poweroff = settings_number(&s->request.settings, SETTING_ON_EXIT) == ON_EXIT_POWEROFF;
    if (s->is_failure)
        log_error("%s", strbuf_text(&s->end_text));
    else
        log_say("%s", strbuf_text(&s->end_text));
    make_menu_reachable(s);
    bool is_told = tell_menu(s, s->end_code, strbuf_text(&s->end_text)) == 0;
    if (s->has_data)
        state_drop_overlays();
    log_take_kernel_messages();
    start_save_description(s, true);
    if (s->is_failure && settings_bool(&s->request.settings, SETTING_INTERACTIVE))
        open_rescue(s);
    guest_run_clear(&s->run);
    network_stop(&s->network);
    session_close(&s->session);
    if (s->has_data)
        mounts_release();
    const char *next = is_poweroff ? "powering off" : "back to the menu";
    bool is_shown = s->is_failure && (!is_told || is_poweroff); /* nobody else will say it */
    if (is_shown)
        log_say("%s in %d s; any key: at once", next, START_SHOW_FAILURE_MS / 1000);
    else
        log_say("%s", next);
    console_drain(&s->console, START_DRAIN_MS);
    if (is_shown)
        console_wait_key(&s->console, START_SHOW_FAILURE_MS);
    power_end(is_poweroff);
}

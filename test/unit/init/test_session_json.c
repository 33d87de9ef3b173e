/* SPDX-License-Identifier: BSD-2-Clause */
/* session.json is valid JSON that names every setting, at the start, at the end and after a
 * failure. */
#include <stdlib.h>
#include <string.h>

#include "config/json_scan.h"
#include "initramfs/session_json.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/init/unit.h"

static struct json_span checked(const struct strbuf *b)
{
    size_t len = b->len, off;
    while (len > 0 && b->text[len - 1] == '\n')
        len--;
    assert_int_equal(json_scan_check(b->text, len, &off), STATUS_OK);
    return (struct json_span){b->text, len};
}

static void assert_value(struct json_span json, const char *path, const char *expected)
{
    struct json_span value;
    if (json_scan_find(json, path, &value) != STATUS_OK)
        fail_msg("no %s", path);
    if (value.len != strlen(expected) || memcmp(value.start, expected, value.len) != 0)
        fail_msg("%s is %.*s, not %s", path, (int)value.len, value.start, expected);
}

static void a_failure_before_anything_is_known_is_valid(void **state)
{
    (void)state;
    struct boot_request request;
    boot_request_init(&request);
    const struct session_facts facts = {.request = &request,
                                        .kvm_exits = -1,
                                        .login_t_ns = -1,
                                        .end_code = "host-error",
                                        .end_text = "a \"b\"\n"};
    auto_strbuf b = STRBUF_INIT;
    assert_int_equal(session_json(&facts, &b), STATUS_OK);
    struct json_span json = checked(&b);
    assert_value(json, "image/path", "null");
    assert_value(json, "start", "null");
    assert_value(json, "kvm/exits", "null");
    assert_value(json, "qemu_argv", "[]");
    assert_value(json, "trace", "null");
    assert_value(json, "clock/start", "null");
    assert_value(json, "login_t", "null");
    assert_value(json, "end_reason/text", "\"a \\\"b\\\"\\n\"");
    boot_request_clear(&request);
}

/* A request with a plan, as a guest that has ended leaves it. */
static void fill(struct boot_request *request, struct guest_plan *plan)
{
    boot_request_init(request);
    request->iso_path = strdup("/ISOs/日本 \"x\".iso");
    assert_int_equal(
        settings_set_text(&request->settings, SETTING_RAM, "4096", ORIGIN_OVERRIDE, NULL),
        STATUS_OK);
    assert_int_equal(settings_set_text(&request->settings, SETTING_QEMU_EXTRA_ARGS, "-a,b%2Cc",
                                       ORIGIN_MENU, NULL),
                     STATUS_OK);
    const struct guest_facts facts = {.has_kvm = true,
                                      .host_ram_mb = 2048,
                                      .host_cpus = 1,
                                      .image = {.kind = IMAGE_ISO, .uefi = true},
                                      .state_folder = "/s"};
    auto_strbuf why = STRBUF_INIT;
    assert_int_equal(guest_plan_make(request, &facts, plan, &why), STATUS_OK);
}

static void every_setting_is_named_with_its_origin(void **state)
{
    (void)state;
    struct boot_request request;
    struct guest_plan plan;
    fill(&request, &plan);
    const struct bootable image = {.kind = IMAGE_ISO, .uefi = true, .label = "DEBIAN"};
    struct text_list warnings = {0};
    assert_int_equal(text_list_add(&warnings, "one"), STATUS_OK);
    const struct session_facts facts = {
        .request = &request,
        .plan = &plan,
        .image = &image,
        .image_bytes = 5000000000,
        .command_line = "a=\"b\"",
        .kernel = "6.1.0",
        .qemu = "7.2.22",
        .warnings = &warnings,
        .start_ms = 1795250700123,
        .end_ms = 1795250701123,
        .duration_ms = 1000,
        .end_code = "guest-poweroff",
        .end_text = "guest powered off after 1.0 s",
        .kvm_enabled = true,
        .kvm_exits = 1234,
        .resets = 2,
    };
    auto_strbuf b = STRBUF_INIT;
    assert_int_equal(session_json(&facts, &b), STATUS_OK);
    struct json_span json = checked(&b), value;
    assert_value(json, "image/path", "\"/ISOs/日本 \\\"x\\\".iso\"");
    assert_value(json, "image/bytes", "5000000000");
    assert_value(json, "start", "\"2026-11-21T08:45:00.123Z\"");
    assert_value(json, "end", "\"2026-11-21T08:45:01.123Z\"");
    assert_value(json, "end_reason/code", "\"guest-poweroff\"");
    assert_value(json, "accelerator", "\"kvm\"");
    assert_value(json, "kvm/exits", "1234");
    assert_value(json, "firmware", "\"uefi\"");
    assert_value(json, "warnings/0", "\"one\"");
    assert_value(json, "settings/ram/value", "4096");
    assert_value(json, "settings/ram/used", "1536");
    assert_value(json, "settings/ram/origin", "\"override\"");
    assert_value(json, "settings/cpus/used", "1");
    assert_value(json, "settings/qemu_extra_args/value/1", "\"b,c\"");
    assert_value(json, "settings/qemu_extra_args/origin", "\"menu\"");
    assert_value(json, "settings/firmware/used", "\"uefi\"");
    assert_value(json, "versions/qemu", "\"7.2.22\"");
    assert_value(json, "qemu_argv/0", "\"/usr/bin/qemu-system-x86_64\"");
    for (int i = 0; i < SETTING_COUNT; i++) {
        auto_strbuf path = STRBUF_INIT;
        if (!setting_info((enum setting_id)i)->on_command_line)
            continue;
        strbuf_printf(&path, "settings/%s/in_effect", setting_key((enum setting_id)i));
        assert_int_equal(json_scan_find(json, strbuf_text(&path), &value), STATUS_OK);
        assert_value(json, strbuf_text(&path),
                     setting_info((enum setting_id)i)->effective ? "true" : "false");
    }
    text_list_clear(&warnings);
    guest_plan_clear(&plan);
    boot_request_clear(&request);
}

static void what_was_recorded_and_what_was_not_is_named(void **state)
{
    (void)state;
    struct boot_request request;
    boot_request_init(&request);
    assert_int_equal(
        settings_set_text(&request.settings, SETTING_TRACE_FROM, "a \"b\"", ORIGIN_MENU, NULL),
        STATUS_OK);
    char file[] = "trace-full.events", problem[] = "trace-full.events:3: x \"y\"";
    char *files[] = {file}, *problems[] = {problem};
    static struct trace_plan trace;
    trace = (struct trace_plan){
        .is_on = true, .tier = "full", .files = {files, 1}, .problems = {problems, 1}};
    trigger_init(&trace.trigger, "a \"b\"", "9s");
    trigger_take(&trace.trigger, "a \"b\"", 5, 77);
    struct recorder_shared recording = {.qemu_start_ns = 500};
    struct record_state *kvm = &recording.states[RECORD_KVM];
    *kvm = (struct record_state){.is_active = true,
                                 .bytes = 4096,
                                 .limit_bytes = 8192,
                                 .events = 12,
                                 .has_events = true,
                                 .has_losses = true,
                                 .overrun = 3};
    record_stop(kvm, RECORD_ERROR, -28, 99);
    recording.states[RECORD_SERIAL].is_active = true;
    const struct session_facts facts = {
        .request = &request,
        .kvm_exits = -1,
        .trace = &trace,
        .recording = &recording,
        .clock_start = {1, 2, 3},
        .login_t_ns = 12345,
    };
    auto_strbuf b = STRBUF_INIT;
    assert_int_equal(session_json(&facts, &b), STATUS_OK);
    struct json_span json = checked(&b);
    assert_value(json, "clock/start/real_ns", "2");
    assert_value(json, "clock/end", "null");
    assert_value(json, "clock/qemu_start_mono_ns", "500");
    assert_value(json, "login_t", "12345");
    assert_value(json, "trace/tier", "\"full\"");
    assert_value(json, "trace/files/0", "\"trace-full.events\"");
    assert_value(json, "trace/problems/0", "\"trace-full.events:3: x \\\"y\\\"\"");
    assert_value(json, "trace/recorders/0/name", "\"kvm\"");
    assert_value(json, "trace/recorders/0/bytes", "4096");
    assert_value(json, "trace/recorders/0/stopped/t", "99");
    assert_value(json, "trace/recorders/0/stopped/reason", "\"full\"");
    assert_value(json, "trace/recorders/0/events", "12");
    assert_value(json, "trace/recorders/0/lost/overrun", "3");
    assert_value(json, "trace/recorders/1/name", "\"serial\"");
    assert_value(json, "trace/recorders/1/stopped", "null");
    assert_value(json, "trace/window/from", "\"a \\\"b\\\"\"");
    assert_value(json, "trace/window/opened_t", "77");
    assert_value(json, "trace/window/closed_t", "null");
    boot_request_clear(&request);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct boot_request request;
    struct guest_plan plan;
    fill(&request, &plan);
    const struct session_facts facts = {.request = &request, .plan = &plan, .kvm_exits = -1};
    bool happened = true;
    for (unsigned long n = 1; happened; n++) {
        auto_strbuf b = STRBUF_INIT;
        fail_alloc_after(n);
        enum status status = session_json(&facts, &b);
        happened = fail_alloc_happened();
        fail_alloc_after(0);
        assert_int_equal(status, happened ? STATUS_NO_MEMORY : STATUS_OK);
    }
    guest_plan_clear(&plan);
    boot_request_clear(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_before_anything_is_known_is_valid),
        cmocka_unit_test(every_setting_is_named_with_its_origin),
        cmocka_unit_test(what_was_recorded_and_what_was_not_is_named),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

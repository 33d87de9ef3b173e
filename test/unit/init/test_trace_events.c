/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of events are read with what they include; what means nothing is named with its line. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "initramfs/trace_events.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/init/unit.h"

/* As in QEMU's file: comments, a disabled event, one of the processors, formats. */
static const char known[] = "# See docs/devel/tracing.rst\n"
                            "ide_atapi_cmd_read(void *s, int lba) \"lba=%d\"\n"
                            "ide_reset(void *s) \"IDEstate %p\"\n"
                            "disable qxl_old(int qid) \"%d\"\n"
                            "vcpu guest_cpu_reset(void)\n"
                            "memory_region_ops_read(int cpu) \"cpu %d\"\n"
                            "memory_region_ops_write(int cpu) \"cpu %d\"\n"
                            "last_without_newline(void) \"\"";

struct file {
    const char *name, *text;
};

static enum status read_file(void *context, const char *name, struct strbuf *text)
{
    for (const struct file *file = context; file->name != NULL; file++) {
        if (strcmp(file->name, name) == 0) {
            strbuf_append(text, file->text);
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

static bool has_tracepoint(void *context, const char *system, const char *event)
{
    (void)context;
    return strcmp(system, "kvm") == 0 ? strcmp(event, "kvm_mmio") == 0
                                      : strcmp(system, "sched") == 0;
}

static enum status read_tier(struct file *files, bool is_emulated, struct trace_events *ret_events)
{
    const struct trace_events_source source = {
        .read_file = read_file,
        .has_tracepoint = has_tracepoint,
        .context = files,
        .known = known,
        .known_len = sizeof(known) - 1,
        .is_emulated = is_emulated,
    };
    return trace_events_read(&source, files[0].name, ret_events);
}

static void assert_list(const struct text_list *list, const char *expected)
{
    auto_strbuf text = STRBUF_INIT;
    for (size_t i = 0; i < list->count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "|" : "", list->items[i]);
    assert_string_equal(strbuf_text(&text), expected);
}

static void lines_become_names_and_problems(void **state)
{
    (void)state;
    static const struct {
        const char *text, *qemu, *kernel, *problems;
    } cases[] = {
        {"ide_reset\n", "ide_reset", "", ""},
        {"ide_reset", "ide_reset", "", ""},
        {"\n # all\n\tide_reset \t# why\r\n", "ide_reset", "", ""},
        {"ide_reset\nide_reset\n", "ide_reset", "", ""},
        {"guest_cpu_reset\nlast_without_newline\n", "guest_cpu_reset|last_without_newline", "", ""},
        {"ide_*\n", "ide_atapi_cmd_read|ide_reset", "", ""},
        {"kvm:kvm_mmio\nsched:sched_switch\n", "", "kvm:kvm_mmio|sched:sched_switch", ""},
        {"tcg:memory_region_ops_read\n", "", "", ""},
        {"tcg:no_such\n", "", "", "a.events:1: QEMU has no event no_such"},
        {"\nno_such\n", "", "", "a.events:2: QEMU has no event no_such"},
        {"zz*\n", "", "", "a.events:1: QEMU has no event zz*"},
        {"qxl_old\n", "", "", "a.events:1: the event qxl_old is not built into QEMU"},
        {"kvm:none\n", "", "", "a.events:1: the host's kernel has no tracepoint kvm:none"},
        {"kvm:../x\n", "", "",
         "a.events:1: 'kvm:../x' is no tracepoint of the host's kernel: write SYSTEM:EVENT"},
        {"ide reset\n", "", "", "a.events:1: 'ide reset' is more than one word: one event a line"},
        {"-D/x\n", "", "", "a.events:1: '-D/x' is no name of an event (letters, digits, _ * ?)"},
        {"include ../b.events\n", "", "",
         "a.events:1: '../b.events' is no name of a list: write `include NAME.events`"},
        {"include c.events\n", "", "", "a.events:1: c.events cannot be read: not found"},
        {"include\n", "", "", "a.events:1: QEMU has no event include"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct file files[] = {{"a.events", cases[i].text}, {NULL, NULL}};
        struct trace_events events;
        assert_int_equal(read_tier(files, false, &events), STATUS_OK);
        assert_list(&events.problems, cases[i].problems);
        assert_list(&events.qemu, cases[i].qemu);
        assert_list(&events.kernel, cases[i].kernel);
        assert_list(&events.files, "a.events");
        trace_events_clear(&events);
    }
}

static void includes_go_on_where_they_stood_and_never_for_ever(void **state)
{
    (void)state;
    struct file files[] = {
        {"a.events", "guest_cpu_reset\ninclude b.events\nwrong\n"},
        {"b.events", "include a.events\ninclude b.events\nide_reset\nworse\n"},
        {NULL, NULL},
    };
    struct trace_events events;
    assert_int_equal(read_tier(files, false, &events), STATUS_OK);
    assert_list(&events.files, "a.events|b.events");
    assert_list(&events.qemu, "ide_reset|guest_cpu_reset"); /* in QEMU's order */
    assert_list(&events.problems,
                "b.events:4: QEMU has no event worse|a.events:3: QEMU has no event wrong");
    trace_events_clear(&events);
}

static void a_guest_without_kvm_has_other_events(void **state)
{
    (void)state;
    struct file files[] = {
        {"a.events", "kvm:kvm_mmio\nkvm:none\ntcg:ide_reset\ntcg-ports:memory_region_ops_read\n"
                     "tcg-ports:memory_region_ops_write\ntcg:memory_region_ops_write\n"},
        {NULL, NULL},
    };
    struct trace_events events;
    assert_int_equal(read_tier(files, true, &events), STATUS_OK);
    assert_list(&events.kernel, "");
    assert_list(&events.qemu, "ide_reset|memory_region_ops_read|memory_region_ops_write");
    assert_list(&events.ports, "memory_region_ops_read");
    assert_list(&events.problems, "");
    trace_events_clear(&events);
}

static void addresses_tell_ports_from_memory(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool is_no_port;
    } cases[] = {
        {"1@2.3:memory_region_ops_read cpu 0 mr 0x5 addr 0x80 value 0x1 size 1 name 'x'\n", false},
        {"1@2.3:memory_region_ops_read cpu 0 mr 0x5 addr 0xffff value 0x1 size 1 name 'x'\n",
         false},
        {"1@2.3:memory_region_ops_read cpu 0 mr 0x5 addr 0x10000 value 0x1 size 1\n", true},
        {"1@2.3:memory_region_ops_read cpu 0 mr 0x5 addr 0xfffffffffffffffff value\n", true},
        {"1@2.3:memory_region_ops_read_more cpu 0 addr 0x10000 \n", false},
        {"1@2.3:other addr 0x10000 \n", false},
        {"1@2.3:memory_region_ops_read\n", false},
        {"memory_region_ops_read cpu 0 mr 0x5 addr 0x10000\n", false},
        {"@:memory_region_ops_read  addr 0x10000", true},
        {"\n", false},
    };
    char name[] = "memory_region_ops_read", *items[] = {name};
    const struct text_list ports = {items, 1};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(trace_events_is_no_port(&ports, cases[i].line, strlen(cases[i].line)),
                         cases[i].is_no_port);
}

static void own_tiers_have_files_of_their_own_names(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"full", "trace-full.events"},
        {"standard", "trace-standard.events"},
        {"mine.v2", "mine.v2.events"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf name = STRBUF_INIT;
        assert_int_equal(trace_events_file(cases[i][0], &name), STATUS_OK);
        assert_string_equal(strbuf_text(&name), cases[i][1]);
    }
}

static void a_missing_list_is_told_apart(void **state)
{
    (void)state;
    struct file files[] = {{"b.events", ""}, {NULL, NULL}};
    const struct trace_events_source source = {.read_file = read_file, .context = files};
    struct trace_events events;
    assert_int_equal(trace_events_read(&source, "a.events", &events), STATUS_NOT_FOUND);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct file files[] = {
        {"a.events", "include b.events\nide_*\nwrong\nkvm:kvm_mmio\n"},
        {"b.events", "ide_reset\n"},
        {NULL, NULL},
    };
    bool happened = true;
    for (unsigned long n = 1; happened; n++) {
        struct trace_events events;
        fail_alloc_after(n);
        enum status status = read_tier(files, false, &events);
        happened = fail_alloc_happened();
        fail_alloc_after(0);
        assert_int_equal(status, happened ? STATUS_NO_MEMORY : STATUS_OK);
        if (status == STATUS_OK)
            trace_events_clear(&events);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_names_and_problems),
        cmocka_unit_test(includes_go_on_where_they_stood_and_never_for_ever),
        cmocka_unit_test(a_guest_without_kvm_has_other_events),
        cmocka_unit_test(addresses_tell_ports_from_memory),
        cmocka_unit_test(own_tiers_have_files_of_their_own_names),
        cmocka_unit_test(a_missing_list_is_told_apart),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

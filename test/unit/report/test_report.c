/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the report that are pure: clocks, lines, addresses, sums, diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/cleanup.h"
#include "trace/report/aggregate.h"
#include "trace/report/build.h"
#include "trace/report/devices.h"
#include "trace/report/diff.h"
#include "trace/report/disk.h"
#include "trace/report/json.h"
#include "trace/report/logs.h"
#include "trace/report/qemu_log.h"
#include "trace/report/text.h"

#define SECOND BUILD_NS

struct fixture {
    struct report report;
    struct build build;
    struct qemu_log log;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.report = {.session = {.image_kind = "iso", .image_path = "/x.iso"}}};
    build_init(&f->build, &f->report);
    f->log.regions = (struct intern){.arena = &f->report.arena, .max = BUILD_DEVICES_MAX};
    devices_add_fixed(&f->build, "q35");
}

static void feed(struct fixture *f, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        qemu_log_line(&f->build, &f->log, lines[i], strlen(lines[i]));
}

static void end(struct fixture *f)
{
    assert_int_equal(build_sort(&f->build), STATUS_OK);
    aggregate_cpus(&f->build);
    assert_int_equal(devices_resolve(&f->build, &f->log.regions), STATUS_OK);
    assert_int_equal(disk_finish(&f->build), STATUS_OK);
    assert_int_equal(aggregate_make(&f->build), STATUS_OK);
    intern_clear(&f->log.regions);
    build_finish(&f->build);
}

static const char *device_of(const struct fixture *f, size_t i)
{
    return report_device_name(&f->report, f->report.events.device[i]);
}

static void addresses_follow_the_bars_in_effect(void **state)
{
    static const char *const lines[] = {
        "7@1.000001:pci_update_mappings_add e1000e 00:01.0 0,0xfeb80000+0x20000",
        "7@1.000002:memory_region_ops_read cpu 0 mr 0x1 addr 0xfeb80008 value 0x2 size 4 name "
        "'mem'",
        "7@1.000003:pci_update_mappings_del e1000e 00:01.0 0,0xfeb80000+0x20000",
        "7@1.000004:memory_region_ops_read cpu 0 mr 0x1 addr 0xfeb80008 value 0x2 size 4 name "
        "'old'",
        "7@1.000005:pci_update_mappings_add nvme 00:02.0 0,0xfeb80000+0x4000",
        "7@1.000006:memory_region_ops_write cpu 1 mr 0x1 addr 0xfeb80008 value 0x2 size 4 name 'x'",
        "7@1.000007:memory_region_ops_read cpu 1 mr 0x1 addr 0xfed000f0 value 0x2 size 4 name 'x'",
    };
    struct fixture f;
    char text[REPORT_REGISTER_BYTES];

    (void)state;
    begin(&f);
    feed(&f, lines, ARRAY_SIZE(lines));
    end(&f);
    assert_int_equal(f.log.skipped, 0);
    assert_string_equal(device_of(&f, 1), "e1000e");
    assert_string_equal(device_of(&f, 3), "old");
    assert_string_equal(device_of(&f, 5), "nvme");
    assert_string_equal(device_of(&f, 6), "hpet");
    assert_int_equal(f.report.events.cpu[5], 1);
    report_register(&f.report, REPORT_MMIO, f.report.events.device[6], 0xfed000f0, 0, text);
    assert_string_equal(text, "main counter");
    report_register(&f.report, REPORT_MMIO, f.report.events.device[5], 0xfeb80008,
                    f.report.events.t[5], text);
    assert_string_equal(text, "BAR0+0x8");
    build_clear(&f.report);
}

static void two_devices_of_one_name_stay_two(void **state)
{
    static const char *const lines[] = {
        "7@1.000001:pci_cfg_read port 00:02.0 @0x0 -> 0x1",
        "7@1.000002:pci_cfg_read port 00:03.0 @0x0 -> 0x1",
        "7@1.000003:pci_cfg_write port 00:03.0 @0x4 <- 0x7",
    };
    struct fixture f;

    (void)state;
    begin(&f);
    feed(&f, lines, ARRAY_SIZE(lines));
    end(&f);
    assert_string_equal(device_of(&f, 0), "port");
    assert_string_equal(device_of(&f, 1), "port 00:03.0");
    assert_int_equal(f.report.devices[f.report.events.device[1]].config, 2);
    build_clear(&f.report);
}

static void ports_seen_twice_count_once(void **state)
{
    static const char *const lines[] = {
        "7@1.000001:memory_region_ops_write cpu 0 mr 0x1 addr 0x80 value 0x2 size 1 name 'io'",
        "7@1.000002:cpu_out addr 0x80(b) value 2",
        "7@1.000003:memory_region_ops_read cpu 0 mr 0x1 addr 0xfed000f0 value 0x2 size 4 name 'x'",
    };
    struct fixture f;

    (void)state;
    begin(&f);
    feed(&f, lines, ARRAY_SIZE(lines));
    end(&f);
    assert_int_equal(f.report.events.count, 2);
    assert_string_equal(device_of(&f, 0), "port80");
    assert_int_equal(f.report.events.kind[0], REPORT_PIO);
    assert_int_equal(f.report.events.cpu[0], 0);
    build_clear(&f.report);
}

static void requests_of_the_device_stand_for_those_behind_it(void **state)
{
    static const char *const lines[] = {
        "7@1.000001:ide_atapi_cmd_read IDEState: 0x7000; read dma: LBA=17 nb_sectors=2 ",
        "7@1.000002:blk_co_preadv blk 0x4000 bs 0x5000 offset 34816 bytes 4096 flags 0x0 ",
        "7@1.000003:ide_atapi_cmd_read IDEState: 0x7000; read pio: LBA=19 nb_sectors=1 ",
        "7@1.000004:ide_dma_cb IDEState 0x8000; sector_num=4 n=2 cmd=WRITE",
        "7@1.000005:process_ncq_command ahci(0x1)[0][tag:3]: NCQ op 0x61 on sectors [8,15]",
    };
    struct fixture f;
    const struct report_request *r;

    (void)state;
    begin(&f);
    feed(&f, lines, ARRAY_SIZE(lines));
    end(&f);
    r = f.report.requests;
    assert_int_equal(f.report.request_count, 4);
    assert_int_equal(r[0].off, 17 * 2048);
    assert_int_equal(r[0].bytes, 4096);
    assert_false(r[0].is_sequential);
    assert_true(r[1].is_sequential);
    assert_true(r[2].is_write);
    assert_int_equal(r[2].off, 2048);
    assert_int_equal(r[3].bytes, 4096);
    assert_string_equal(f.report.drives[r[0].drive].name, "cdrom");
    assert_true(f.report.drives[r[0].drive].is_image);
    build_clear(&f.report);
}

static void senseless_lines_are_counted_and_passed_over(void **state)
{
    static const char *const lines[] = {
        "",
        "warning: no trace line",
        "7@1.000001",
        "7@1.1000000:cpu_in addr 0x1(b) value 1",
        "7@99999999999999999999.000001:cpu_in addr 0x1(b) value 1",
        "7@1.000001:cpu_in addr 0x12345(b) value 1",
        "7@1.000001:cpu_in addr 0x12(q) value 1",
        "7@1.000001:ide_atapi_cmd_read IDEState: 0x1; read dma: LBA=99999999999999999999",
        "7@1.000001:pci_update_mappings_add e1000e 00:01.0 9,0xfeb80000+0x20000",
    };
    struct fixture f;

    (void)state;
    begin(&f);
    feed(&f, lines, ARRAY_SIZE(lines));
    assert_int_equal(f.log.skipped, ARRAY_SIZE(lines));
    end(&f);
    assert_int_equal(f.report.events.count, 0);
    build_clear(&f.report);
}

static void a_loop_is_more_than_a_thousand_reads_in_a_row(void **state)
{
    struct fixture f;
    char line[160];

    (void)state;
    begin(&f);
    for (unsigned i = 0; i < 3100; i++) {
        /* 1,001 reads, a write, 1,000 reads, a write, the rest: two loops. */
        const char *what = i == 1001 || i == 2002 ? "write" : "read";
        snprintf(
            line, sizeof(line),
            "7@1.%06u:memory_region_ops_%s cpu 0 mr 0x1 addr 0xfed000f%u value 0x2 size 4 name "
            "'x'",
            i, what, i % 2 * 4);
        qemu_log_line(&f.build, &f.log, line, strlen(line));
    }
    end(&f);
    assert_int_equal(f.report.poll_count, 2);
    assert_int_equal(f.report.polls[0].count, 1001);
    assert_int_equal(f.report.polls[1].count, 1097);
    assert_string_equal(f.report.polls[0].reg, "main counter");
    build_clear(&f.report);
}

static void exits_cost_until_the_next_entry_of_their_cpu(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    static const struct report_exit none = {.reason = "HLT"};
    assert_true(array_add(f.report.exits, f.report.exit_count, none));
    const struct report_event events[] = {
        {.t = 100, .kind = REPORT_EXIT, .cpu = 0, .device = REPORT_NONE16, .rw = REPORT_NEITHER},
        {.t = 150, .kind = REPORT_ENTRY, .cpu = 1, .device = REPORT_NONE16, .rw = REPORT_NEITHER},
        {.t = 300, .kind = REPORT_ENTRY, .cpu = 0, .device = REPORT_NONE16, .rw = REPORT_NEITHER},
        {.t = 400, .kind = REPORT_EXIT, .cpu = 0, .device = REPORT_NONE16, .rw = REPORT_NEITHER},
    };
    (void)build_thread(&f.build, 10);
    (void)build_thread(&f.build, 11);
    f.build.thread_cpu[0] = 0;
    f.build.thread_cpu[1] = 1;
    for (size_t i = 0; i < ARRAY_SIZE(events); i++)
        build_event(&f.build, &events[i]);
    end(&f);
    assert_int_equal(f.report.exits[0].count, 2);
    assert_int_equal(f.report.exits[0].total_ns, 200);
    assert_int_equal(f.report.events.value[0], 200);
    build_clear(&f.report);
}

static void events_are_sorted_and_ties_keep_their_order(void **state)
{
    struct fixture f;
    uint32_t random = 1;

    (void)state;
    begin(&f);
    for (unsigned i = 0; i < 10000; i++) {
        random = random * 1664525u + 1013904223u;
        const struct report_event event = {
            .t = random >> 24, .value = i, .kind = REPORT_OTHER, .device = REPORT_NONE16};
        build_event(&f.build, &event);
    }
    assert_int_equal(build_sort(&f.build), STATUS_OK);
    for (size_t i = 1; i < f.report.events.count; i++) {
        const struct report_events *e = &f.report.events;
        assert_true(e->t[i - 1] < e->t[i] ||
                    (e->t[i - 1] == e->t[i] && e->value[i - 1] < e->value[i]));
    }
    intern_clear(&f.log.regions);
    build_finish(&f.build);
    build_clear(&f.report);
}

static void clocks_meet_at_both_ends(void **state)
{
    const struct build_clock clock = {
        .start = {.mono_ns = 10 * SECOND, .real_ns = 1000 * SECOND, .is_known = true},
        .end = {.mono_ns = 110 * SECOND, .real_ns = 1101 * SECOND, .is_known = true},
        .qemu_start_mono_ns = 11 * SECOND,
        .has_qemu_start = true,
    };

    (void)state;
    assert_int_equal(build_mono_to_t(&clock, 12 * SECOND), SECOND);
    assert_int_equal(build_real_to_t(&clock, 1000 * SECOND), -SECOND);
    assert_int_equal(build_real_to_t(&clock, 1101 * SECOND), 99 * SECOND);
    assert_int_equal(json_parse_time("1970-01-01T00:00:01.500Z"), SECOND + SECOND / 2);
    assert_int_equal(json_parse_time("yesterday"), 0);
    assert_int_equal(json_parse_time("4046-11-14T22:13:21.000Z"), 0); /* beyond int64_t */
}

static void lines_are_what_people_read(void **state)
{
    static const char bytes[] = "\x1b[2J\x1b[1;1HWelcome\r\nold\rnew text\x1b]0;title\x07!\nlast";
    struct report_log log = {.bytes = bytes, .len = sizeof(bytes) - 1};
    const char *index = "0 1000\n19 2000\nx\n5 3\n";
    uint64_t skipped;
    char text[64];

    (void)state;
    assert_int_equal(log_make_lines(&log, index, strlen(index), &skipped), STATUS_OK);
    assert_int_equal(skipped, 2);
    assert_int_equal(log.line_count, 3);
    assert_int_equal(log.lines[1].t, 2000);
    assert_true(log.lines[2].t == REPORT_NEVER);
    log_plain_line(&log, 0, text, sizeof(text));
    assert_string_equal(text, "Welcome");
    log_plain_line(&log, 1, text, sizeof(text));
    assert_string_equal(text, "new text!");
    free(log.lines);
}

static void texts_of_numbers(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{REPORT_NEVER, "-"},
                 {0, "0 s"},
                 {1500, "2 us"},
                 {12345678, "12.3 ms"},
                 {1234567890, "1.235 s"},
                 {65 * SECOND, "65.0 s"},
                 {125 * SECOND, "2 min 05 s"}};
    char text[TEXT_NUMBER_BYTES];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(text_time(cases[i].ns, text), cases[i].text);
    assert_string_equal(text_count(1234567, text), "1,234,567");
    assert_string_equal(text_count(999, text), "999");
}

static void session_json_of_other_types_is_as_good_as_absent(void **state)
{
    static const char text[] =
        "{\"image\": 5, \"end_reason\": {\"code\": 7}, \"clock\": {\"start\": []},"
        "\"settings\": {\"ram\": {\"value\": \"much\"}}, \"duration_ms\": 1e300,"
        "\"trace\": {\"recorders\": [1, {\"name\": \"kvm\", \"bytes\": -5, \"stopped\": {\"t\": "
        "5}}]}}";
    struct fixture f;
    size_t off;

    (void)state;
    begin(&f);
    assert_int_equal(json_read_session(&f.build, text, sizeof(text) - 1, &off), STATUS_OK);
    assert_string_equal(f.report.session.image_path, "");
    assert_true(f.report.session.duration_ns == REPORT_NEVER);
    assert_int_equal(f.report.session.recorder_count, 1);
    assert_int_equal(f.report.session.recorders[0].bytes, 0);
    assert_int_equal(f.report.session.recorders[0].stopped_t, 5);
    assert_int_equal(json_read_session(&f.build, "{\"a\": 1", 7, &off), STATUS_CORRUPT);
    assert_in_range(off, 0, 7);
    intern_clear(&f.log.regions);
    build_finish(&f.build);
    build_clear(&f.report);
}

/* A session of which only files and phases count. */
static void make_session(struct report *r, struct report_file *files, size_t count,
                         struct report_phase *phase)
{
    *r = (struct report){
        .session = {.end_code = "user",
                    .accelerator = "kvm",
                    .version_hiperiso = "1",
                    .version_kernel = "6",
                    .version_qemu = "7"},
        .files = files,
        .file_count = count,
        .phases = phase,
        .phase_count = 1,
    };
}

static void diff_tells_what_lies_outside_the_spread(void **state)
{
    struct report_file files_a[] = {{.path = "/a", .bytes_read = 1 << 20, .order = 0},
                                    {.path = "/b", .bytes_read = 4096, .order = 1}};
    struct report_file files_b[] = {{.path = "/a", .bytes_read = 8 << 20, .order = 0}};
    struct report_phase short_phase = {.name = "kernel", .end_t = SECOND};
    struct report_phase long_phase = {.name = "kernel", .end_t = 3 * SECOND};
    struct report a, b, other;
    struct report_diff diff;

    (void)state;
    make_session(&a, files_a, 2, &short_phase);
    make_session(&b, files_b, 1, &long_phase);
    make_session(&other, files_b, 1, &long_phase);
    assert_int_equal(report_diff_make(&a, &a, NULL, 0, &diff), STATUS_OK);
    assert_int_equal(diff.finding_count, 0);
    report_diff_clear(&diff);
    assert_int_equal(report_diff_make(&a, &b, NULL, 0, &diff), STATUS_OK);
    assert_int_equal(diff.finding_count, 3);
    assert_string_equal(diff.findings[0].subject, "kernel");
    assert_int_equal(diff.findings[0].change, REPORT_SLOWER);
    assert_int_equal(diff.findings[1].change, REPORT_GONE);
    assert_string_equal(diff.findings[1].subject, "/b");
    assert_int_equal(diff.findings[2].change, REPORT_MORE);
    report_diff_clear(&diff);
    const struct report *others[] = {&other};
    assert_int_equal(report_diff_make(&a, &b, others, 1, &diff), STATUS_OK);
    assert_int_equal(diff.finding_count, 0);
    report_diff_clear(&diff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_follow_the_bars_in_effect),
        cmocka_unit_test(two_devices_of_one_name_stay_two),
        cmocka_unit_test(ports_seen_twice_count_once),
        cmocka_unit_test(requests_of_the_device_stand_for_those_behind_it),
        cmocka_unit_test(senseless_lines_are_counted_and_passed_over),
        cmocka_unit_test(a_loop_is_more_than_a_thousand_reads_in_a_row),
        cmocka_unit_test(exits_cost_until_the_next_entry_of_their_cpu),
        cmocka_unit_test(events_are_sorted_and_ties_keep_their_order),
        cmocka_unit_test(clocks_meet_at_both_ends),
        cmocka_unit_test(lines_are_what_people_read),
        cmocka_unit_test(texts_of_numbers),
        cmocka_unit_test(session_json_of_other_types_is_as_good_as_absent),
        cmocka_unit_test(diff_tells_what_lies_outside_the_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

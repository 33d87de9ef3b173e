/* SPDX-License-Identifier: BSD-2-Clause */
/* What the page of a session is made of: terminal text, base64, numbers, series of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/base/cleanup.h"
#include "test/unit/page/sample.h"
#include "trace/report/html.h"
#include "trace/report/html/html_out.h"
#include "trace/report/html/html_series.h"
#include "trace/report/html/html_text.h"

static void terminal_output_becomes_plain_lines(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *plain;
    } cases[] = {
        {"plain\r\n", "plain"},
        {"[\x1B[0;32m  OK  \x1B[0m] Started\n", "[  OK  ] Started"},
        {"\x1B]0;title\x07text", "text"},
        {"\x1B]0;title\x1B\\text", "text"},
        {"\x1B(Bcharset", "charset"},
        {"a\x1B[5;10Hb", "a b"},
        {"10%\r20%\r100%", "100%"},
        {"ab\b\bcd", "cd"},
        {"\xC3\xA4\bx", "x"},
        {"\b\b", ""},
        {"\x1B", ""},
        {"\x1B[", ""},
        {"\x1B[38;5;1", ""},
        {"\x1B]never ends", ""},
        {"tab\tbell\x07", "tab\tbell"},
        {"bad \xFF\xC3 utf", "bad \xEF\xBF\xBD\xEF\xBF\xBD utf"},
        {"override \xE2\x80\xAE", "override \xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf out = STRBUF_INIT;
        strbuf_append(&out, "|");
        html_plain_line(&out, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(strbuf_text(&out) + 1, cases[i].plain);
    }
}

static void endless_lines_are_cut(void **state)
{
    (void)state;
    static char bytes[100000];
    memset(bytes, 'x', sizeof(bytes));
    auto_strbuf out = STRBUF_INIT;
    html_plain_line(&out, bytes, sizeof(bytes));
    assert_in_range(out.len, HTML_LINE_MAX, HTML_LINE_MAX + 8);
}

/* RFC 4648, 10. */
static void base64_is_as_the_rfc_has_it(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_free char *text = NULL;
        size_t len;
        FILE *stream = open_memstream(&text, &len);
        struct html_out out;
        html_out_begin(&out, stream);
        html_out_base64(&out, cases[i][0], strlen(cases[i][0]));
        assert_int_equal(html_out_end(&out), 0);
        fclose(stream);
        assert_string_equal(text, cases[i][1]);
    }
}

static void every_event_is_in_the_series_that_names_it(void **state)
{
    (void)state;
    struct report *r = sample_report(50000);
    struct html_series_set set;
    assert_int_equal(html_series_make(r, &set), STATUS_OK);
    auto_free uint64_t *counts = calloc(set.count, sizeof(*counts));
    size_t hpet = 0, flash = 0;
    for (size_t i = 0; i < r->events.count; i++) {
        assert_in_range(set.of_event[i], 0, set.count - 1);
        const struct html_series *s = &set.series[set.of_event[i]];
        assert_int_equal(s->kind, r->events.kind[i]);
        assert_int_equal(s->device, r->events.device[i]);
        assert_int_equal(s->rw, r->events.rw[i]);
        assert_true(r->events.t[i] >= s->first_t && r->events.t[i] <= s->last_t);
        if (s->kind == REPORT_MMIO || s->kind == REPORT_PIO) {
            assert_int_equal(r->events.address[i] >> s->shift, s->address >> s->shift);
        }
        counts[set.of_event[i]]++;
    }
    for (size_t i = 0; i < set.count; i++) {
        assert_int_equal(counts[i], set.series[i].count);
        hpet += set.series[i].kind == REPORT_MMIO && set.series[i].device == 0;
        flash += set.series[i].device == 1;
    }
    assert_int_equal(hpet, 1);
    assert_in_range(flash, HTML_SERIES_PER_DEVICE / 16, HTML_SERIES_PER_DEVICE);
    html_series_clear(&set);
    sample_free(r);
}

static void cells_add_up_to_their_series(void **state)
{
    (void)state;
    struct report *r = sample_report(50000);
    struct html_series_set set;
    assert_int_equal(html_series_make(r, &set), STATUS_OK);
    for (size_t i = 0; i < set.count; i++) {
        uint64_t sum = 0;
        for (uint32_t k = 0; k < set.series[i].cells; k++) {
            const struct html_cell *cell = &set.cells[set.series[i].cell + k];
            assert_true(k == 0 || cell->bucket > cell[-1].bucket);
            assert_true(cell->bucket < set.buckets);
            sum += cell->count;
        }
        assert_int_equal(sum, set.series[i].count);
    }
    html_series_clear(&set);
    sample_free(r);
}

static void a_session_without_events_has_a_page(void **state)
{
    (void)state;
    struct report *r = sample_report(0);
    auto_free char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    assert_int_equal(report_html_write(r, stream, NULL), 0);
    fclose(stream);
    assert_non_null(strstr(text, "</html>"));
    sample_free(r);
}

static void names_from_the_guest_are_text(void **state)
{
    (void)state;
    struct report *r = sample_report(10);
    auto_free char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    assert_int_equal(report_html_write(r, stream, NULL), 0);
    fclose(stream);
    assert_non_null(strstr(text, "<title>script&gt;&lt;b&gt;sample &amp; co.iso"));
    assert_null(strstr(text, "<b>sample"));
    sample_free(r);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct report *r = sample_report(1000);
    FILE *stream = fopen("/dev/full", "w");
    assert_non_null(stream);
    assert_true(report_html_write(r, stream, NULL) < 0);
    fclose(stream);
    sample_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_output_becomes_plain_lines),
        cmocka_unit_test(endless_lines_are_cut),
        cmocka_unit_test(base64_is_as_the_rfc_has_it),
        cmocka_unit_test(every_event_is_in_the_series_that_names_it),
        cmocka_unit_test(cells_add_up_to_their_series),
        cmocka_unit_test(a_session_without_events_has_a_page),
        cmocka_unit_test(names_from_the_guest_are_text),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

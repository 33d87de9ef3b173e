/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as one HTML page: the template with the data in it. */
#include "trace/report/html.h"

#include <errno.h>
#include <stdlib.h>

#include "config/base/cleanup.h"
#include "trace/report/html/html_data.h"
#include "trace/report/html/html_json.h"
#include "trace/report/html/html_template.h"

#define FINDINGS_MAX 5000u

struct html_limits html_limits_of(bool is_full)
{
    if (is_full) {
        return (struct html_limits){.first_events = SIZE_MAX,
                                    .events_per_series = SIZE_MAX,
                                    .requests = 400000,
                                    .picture_bytes = (size_t)3 << 20,
                                    .log_bytes = (size_t)16 << 20};
    }
    return (struct html_limits){.first_events = 20000,
                                .events_per_series = 16,
                                .requests = 60000,
                                .picture_bytes = (size_t)3 << 19,
                                .log_bytes = (size_t)4 << 20};
}

/* The blocks of one session; of a diff's sessions the facts are enough. Returns 0 or -ENOMEM; what
 * the stream says is in OUT. */
static int write_session(struct html_out *out, const struct report *report, const char *prefix,
                         bool is_full, bool facts_only)
{
    size_t file_count;
    auto_free uint32_t *file_rows = html_file_rows(report, &file_count);
    struct html_series_set set;
    if (!file_rows || html_series_make(report, &set) != STATUS_OK) {
        return -ENOMEM;
    }
    struct html_page page = {.out = out,
                             .report = report,
                             .set = &set,
                             .limits = html_limits_of(is_full),
                             .prefix = prefix,
                             .is_full = is_full,
                             .file_rows = file_rows};
    html_write_facts(&page);
    if (!facts_only) {
        html_write_cells(&page);
        html_write_events(&page);
        html_write_requests(&page);
        html_write_packets(&page);
        html_write_logs(&page);
        html_write_pictures(&page);
    }
    html_series_clear(&set);
    return 0;
}

static void write_title(struct html_out *out, const struct report *report, const char *what)
{
    const char *slash = report->session.image_path ? report->session.image_path : "";
    const char *name = slash;
    for (; *slash; slash++) {
        name = *slash == '/' ? slash + 1 : name;
    }
    html_out_escaped(out, *name ? name : report->session.name ? report->session.name : "session");
    html_out_text(out, what);
}

int report_html_write(const struct report *report, FILE *stream,
                      const struct report_html_options *options)
{
    struct html_out out;
    html_out_begin(&out, stream);
    html_out_bytes(&out, html_template_head, html_template_head_len);
    write_title(&out, report, " \xE2\x80\x93 hiperiso");
    html_out_bytes(&out, html_template_body, html_template_body_len);
    int error = write_session(&out, report, "", options && options->is_full, false);
    html_out_bytes(&out, html_template_tail, html_template_tail_len);
    int stream_error = html_out_end(&out);
    return stream_error ? stream_error : error;
}

/* Block "diff": findings are change, category, subject, a, b, unit, a's text, b's text, low, high,
 * weight. */
static void write_findings(struct html_out *out, const struct report_diff *diff)
{
    struct html_json j;
    html_block_begin(out, "diff");
    html_json_begin(&j, out);
    html_json_open(&j, NULL, '{');
    html_json_number(&j, "against", diff->against_count);
    html_json_number(&j, "total", diff->finding_count);
    html_json_open(&j, "findings", '[');
    for (size_t i = 0; i < diff->finding_count && i < FINDINGS_MAX; i++) {
        const struct report_finding *f = &diff->findings[i];
        html_json_open(&j, NULL, '[');
        html_json_text(&j, NULL, report_change_name(f->change));
        html_json_text(&j, NULL, f->category);
        html_json_text(&j, NULL, f->subject);
        html_json_double(&j, NULL, f->a);
        html_json_double(&j, NULL, f->b);
        html_json_text(&j, NULL, f->unit);
        html_json_text(&j, NULL, f->a_text);
        html_json_text(&j, NULL, f->b_text);
        html_json_double(&j, NULL, f->low);
        html_json_double(&j, NULL, f->high);
        html_json_double(&j, NULL, f->weight);
        html_json_close(&j, ']');
    }
    html_json_close(&j, ']');
    html_json_close(&j, '}');
    html_json_end(&j);
    html_block_end(out);
}

int report_html_write_diff(const struct report_diff *diff, FILE *stream,
                           const struct report_html_options *options)
{
    struct html_out out;
    bool is_full = options && options->is_full;
    html_out_begin(&out, stream);
    html_out_bytes(&out, html_template_head, html_template_head_len);
    write_title(&out, diff->b, ": what changed \xE2\x80\x93 hiperiso");
    html_out_bytes(&out, html_template_body, html_template_body_len);
    write_findings(&out, diff);
    int error = write_session(&out, diff->a, "a-", is_full, true);
    if (error == 0) {
        error = write_session(&out, diff->b, "b-", is_full, true);
    }
    html_out_bytes(&out, html_template_tail, html_template_tail_len);
    int stream_error = html_out_end(&out);
    return stream_error ? stream_error : error;
}

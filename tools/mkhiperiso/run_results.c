/* SPDX-License-Identifier: BSD-2-Clause */
/* JUnit XML and TAP. */
#include "tools/mkhiperiso/run_results.h"

#include <string.h>
#include <time.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"

/* XML 1.0, 2.2: the characters that may stand in a document at all. */
static bool is_xml_character(uint32_t code)
{
    return code == '\t' || code == '\n' || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || code >= 0x10000;
}

/* TEXT for an element's or an attribute's contents. */
static void add_xml(struct strbuf *b, const char *text)
{
    for (size_t len = strlen(text), off = 0; off < len;) {
        char bytes[UTF8_MAX_BYTES];
        uint32_t code;
        off += utf8_decode(text + off, len - off, &code);
        if (!is_xml_character(code))
            code = UTF_REPLACEMENT;
        switch (code) {
        case '<':
            strbuf_append(b, "&lt;");
            break;
        case '>':
            strbuf_append(b, "&gt;");
            break;
        case '&':
            strbuf_append(b, "&amp;");
            break;
        case '"':
            strbuf_append(b, "&quot;");
            break;
        default:
            strbuf_append_bytes(b, bytes, utf8_encode(code, bytes));
            break;
        }
    }
}

static void add_attribute(struct strbuf *b, const char *name, const char *text)
{
    strbuf_printf(b, " %s=\"", name);
    add_xml(b, text);
    strbuf_append_char(b, '"');
}

static void add_property(struct strbuf *b, const char *name, const char *value)
{
    if (*value == '\0')
        return;
    strbuf_append(b, "        <property");
    add_attribute(b, "name", name);
    add_attribute(b, "value", value);
    strbuf_append(b, "/>\n");
}

static void add_seconds(struct strbuf *b, int64_t ms)
{
    strbuf_printf(b, " time=\"%lld.%03d\"", (long long)(ms / 1000), (int)(ms % 1000));
}

static bool is_failure(int code)
{
    return code == RUN_CODE_FAILED || code == RUN_CODE_CRASHED || code == RUN_CODE_ENDED ||
           code == RUN_CODE_TIMEOUT;
}

static bool is_error(int code)
{
    return code != RUN_CODE_PASSED && code != RUN_CODE_SKIPPED && !is_failure(code);
}

static void add_verdict(struct strbuf *b, const struct run_result *r)
{
    const char *element = is_error(r->code) ? "error" : "failure";

    if (r->code == RUN_CODE_PASSED)
        return;
    if (r->code == RUN_CODE_SKIPPED) {
        strbuf_append(b, "      <skipped");
        add_attribute(b, "message", r->message);
        strbuf_append(b, "/>\n");
        return;
    }
    strbuf_printf(b, "      <%s", element);
    add_attribute(b, "type", run_code_text(r->code));
    add_attribute(b, "message", r->message);
    strbuf_append(b, ">");
    strbuf_printf(b, "exit code %d, %u of %u steps done, last phase reached: %s\n", r->code,
                  (unsigned)r->steps_done, (unsigned)r->steps, run_phase_text(r->phase));
    add_xml(b, r->tail);
    strbuf_printf(b, "</%s>\n", element);
}

static void add_case(struct strbuf *b, const struct run_result *r, const char *suite)
{
    const char *const attachments[] = {r->screenshot, r->report, r->session};

    strbuf_append(b, "    <testcase");
    add_attribute(b, "classname", suite);
    add_attribute(b, "name", r->image);
    add_seconds(b, r->duration_ms);
    strbuf_append(b, ">\n      <properties>\n");
    add_property(b, "phase", run_phase_text(r->phase));
    add_property(b, "attachment:screenshot", r->screenshot);
    add_property(b, "attachment:report", r->report);
    add_property(b, "attachment:session", r->session);
    strbuf_append(b, "      </properties>\n");
    add_verdict(b, r);
    strbuf_append(b, "      <system-out>");
    for (size_t i = 0; i < ARRAY_SIZE(attachments); i++) {
        if (*attachments[i] == '\0')
            continue;
        strbuf_append(b, "[[ATTACHMENT|");
        add_xml(b, attachments[i]);
        strbuf_append(b, "]]\n");
    }
    add_xml(b, r->screen);
    strbuf_append(b, "</system-out>\n    </testcase>\n");
}

static void add_counts(struct strbuf *b, const struct run_result *results, size_t count)
{
    size_t failures = 0, errors = 0, skipped = 0;
    int64_t total_ms = 0;

    for (size_t i = 0; i < count; i++) {
        failures += is_failure(results[i].code);
        errors += is_error(results[i].code);
        skipped += results[i].code == RUN_CODE_SKIPPED;
        total_ms += results[i].duration_ms;
    }
    strbuf_printf(b, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", count,
                  failures, errors, skipped);
    add_seconds(b, total_ms);
}

enum status run_results_junit(const struct run_result *results, size_t count, const char *suite,
                              int64_t wall_s, struct strbuf *b)
{
    char stamp[32] = "";
    struct tm fields;
    time_t wall = (time_t)wall_s;

    if (gmtime_r(&wall, &fields) != NULL)
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &fields);
    strbuf_append(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    add_counts(b, results, count);
    strbuf_append(b, ">\n  <testsuite");
    add_attribute(b, "name", suite);
    add_attribute(b, "timestamp", stamp);
    add_counts(b, results, count);
    strbuf_append(b, ">\n");
    for (size_t i = 0; i < count; i++)
        add_case(b, &results[i], suite);
    strbuf_append(b, "  </testsuite>\n</testsuites>\n");
    return strbuf_status(b);
}

/* TEXT in one line; '#' begins a directive. */
static void add_tap_text(struct strbuf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '#' || *text == '\\')
            strbuf_append_char(b, '\\');
        strbuf_append_char(b, *text == '\n' ? ' ' : *text);
    }
}

enum status run_results_tap(const struct run_result *results, size_t count, struct strbuf *b)
{
    strbuf_printf(b, "TAP version 13\n1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        const struct run_result *r = &results[i];
        bool is_ok = r->code == RUN_CODE_PASSED || r->code == RUN_CODE_SKIPPED;
        strbuf_printf(b, "%s %zu - ", is_ok ? "ok" : "not ok", i + 1);
        add_tap_text(b, r->image);
        if (r->code == RUN_CODE_SKIPPED) {
            strbuf_append(b, " # SKIP ");
            add_tap_text(b, r->message);
        }
        strbuf_append_char(b, '\n');
        if (is_ok)
            continue;
        strbuf_append(b, "  ---\n  message: ");
        strbuf_append_json(b, r->message);
        strbuf_printf(b, "\n  exit_code: %d\n  verdict: %s\n  phase: %s\n  ...\n", r->code,
                      run_code_text(r->code), run_phase_text(r->phase));
    }
    return strbuf_status(b);
}

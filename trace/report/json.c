/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON to the model. Numbers are doubles: times of day (1.8e18 ns) keep 256 ns. */
#include "trace/report/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cJSON.h>

#include "config/base/cleanup.h"

#define QMP_LINE_MAX ((size_t)1 << 20)
#define LIST_MAX     100000

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

static const char *copy(struct arena *arena, const char *text)
{
    const char *made = arena_copy(arena, text, strlen(text));
    return made != NULL ? made : "";
}

static const char *text_of(struct arena *arena, const cJSON *object, const char *name)
{
    const cJSON *item = member(object, name);
    return cJSON_IsString(item) ? copy(arena, item->valuestring) : "";
}

/* A whole number in [-2^62, 2^62]; false if NAME is none. */
static bool number_of(const cJSON *object, const char *name, int64_t *ret_number)
{
    const cJSON *item = member(object, name);

    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || fabs(item->valuedouble) > 0x1p62)
        return false;
    *ret_number = (int64_t)item->valuedouble;
    return true;
}

static uint64_t count_of(const cJSON *object, const char *name)
{
    int64_t number = 0;
    return number_of(object, name, &number) && number > 0 ? (uint64_t)number : 0;
}

static int64_t time_of(const cJSON *object, const char *name)
{
    int64_t number;
    return number_of(object, name, &number) ? number : REPORT_NEVER;
}

int64_t json_parse_time(const char *text)
{
    struct tm tm = {0};
    int used = 0;
    unsigned millis = 0;

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &used) != 6)
        return 0;
    if (text[used] == '.')
        (void)!sscanf(text + used, ".%3u", &millis);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t seconds = timegm(&tm);
    if (seconds <= 0 || seconds >= INT64_MAX / BUILD_NS)
        return 0;
    return (int64_t)seconds * BUILD_NS + (int64_t)millis * 1000000;
}

/* All texts of an array. */
static const char **texts_of(struct arena *arena, const cJSON *object, const char *name,
                             size_t *ret_count)
{
    const cJSON *list = member(object, name), *item;
    size_t count = 0;

    *ret_count = 0;
    if (!cJSON_IsArray(list))
        return NULL;
    int size = cJSON_GetArraySize(list);
    if (size > LIST_MAX)
        size = LIST_MAX;
    const char **texts = arena_alloc(arena, ((size_t)size + 1) * sizeof(*texts));
    if (texts == NULL)
        return NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (count == (size_t)size)
            break;
        if (cJSON_IsString(item))
            texts[count++] = copy(arena, item->valuestring);
    }
    *ret_count = count;
    return texts;
}

static const char *print_value(struct arena *arena, const cJSON *value)
{
    if (cJSON_IsString(value))
        return copy(arena, value->valuestring);
    char *text = cJSON_PrintUnformatted(value);
    if (text == NULL)
        return "";
    const char *made = copy(arena, text);
    cJSON_free(text);
    return made;
}

static void read_settings(struct arena *arena, const cJSON *root, struct report_session *session)
{
    const cJSON *settings = member(root, "settings"), *item;
    size_t count = 0;

    if (!cJSON_IsObject(settings))
        return;
    int size = cJSON_GetArraySize(settings);
    if (size > LIST_MAX)
        size = LIST_MAX;
    session->settings = arena_alloc(arena, ((size_t)size + 1) * sizeof(*session->settings));
    if (session->settings == NULL)
        return;
    cJSON_ArrayForEach(item, settings)
    {
        const cJSON *used = member(item, "used");
        const cJSON *value = used != NULL ? used : member(item, "value");
        if (count == (size_t)size || value == NULL || item->string == NULL)
            continue;
        struct report_setting *setting = &session->settings[count++];
        setting->key = copy(arena, item->string);
        setting->value = print_value(arena, value);
        setting->origin = text_of(arena, item, "origin");
        if (strcmp(setting->key, "ram") == 0 && cJSON_IsNumber(value))
            session->ram_mb = count_of(item, used != NULL ? "used" : "value");
        if (strcmp(setting->key, "cpus") == 0 && cJSON_IsNumber(value))
            session->cpus = count_of(item, used != NULL ? "used" : "value");
        if (strcmp(setting->key, "machine") == 0)
            session->machine = setting->value;
        if (strcmp(setting->key, "trace_level") == 0 && *session->tier == '\0')
            session->tier = setting->value;
    }
    session->setting_count = count;
}

static void read_recorders(struct arena *arena, const cJSON *trace, struct report_session *session)
{
    const cJSON *list = member(trace, "recorders"), *item;
    size_t count = 0;

    if (!cJSON_IsArray(list))
        return;
    int size = cJSON_GetArraySize(list);
    if (size > LIST_MAX)
        size = LIST_MAX;
    session->recorders = arena_alloc(arena, ((size_t)size + 1) * sizeof(*session->recorders));
    if (session->recorders == NULL)
        return;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsObject(item) || count == (size_t)size)
            continue;
        const cJSON *stopped = member(item, "stopped"), *lost = member(item, "lost");
        session->recorders[count++] = (struct report_recorder){
            .name = text_of(arena, item, "name"),
            .bytes = count_of(item, "bytes"),
            .limit_bytes = count_of(item, "limit_bytes"),
            .events = count_of(item, "events"),
            .overrun = count_of(lost, "overrun"),
            .dropped = count_of(lost, "dropped"),
            .commit_overrun = count_of(lost, "commit_overrun"),
            .stopped_t = time_of(stopped, "t"),
            .stopped_reason = text_of(arena, stopped, "reason"),
            .stopped_message = text_of(arena, stopped, "message"),
        };
    }
    session->recorder_count = count;
}

static struct build_instant instant_of(const cJSON *clock, const char *name)
{
    const cJSON *instant = member(clock, name);
    struct build_instant made = {0};
    int64_t before, after;

    if (number_of(instant, "mono_before_ns", &before) &&
        number_of(instant, "mono_after_ns", &after) &&
        number_of(instant, "real_ns", &made.real_ns) && before >= 0 && after >= before) {
        made.mono_ns = before + (after - before) / 2;
        made.is_known = true;
    }
    return made;
}

static void read_clock(struct build *build, const cJSON *root)
{
    const cJSON *clock = member(root, "clock");
    struct report_session *session = &build->report->session;

    build->clock.start = instant_of(clock, "start");
    build->clock.end = instant_of(clock, "end");
    build->clock.has_qemu_start =
        number_of(clock, "qemu_start_mono_ns", &build->clock.qemu_start_mono_ns);
    if (build->clock.has_qemu_start && build->clock.start.is_known)
        session->start_real_ns = build->clock.start.real_ns +
                                 (build->clock.qemu_start_mono_ns - build->clock.start.mono_ns);
}

static void read_base(struct arena *arena, const cJSON *root, struct report_session *session)
{
    const cJSON *image = member(root, "image"), *end = member(root, "end_reason");
    int64_t duration_ms;

    session->image_path = text_of(arena, image, "path");
    session->image_label = text_of(arena, image, "label");
    session->image_kind = text_of(arena, image, "kind");
    session->image_bytes = count_of(image, "bytes");
    session->start = text_of(arena, root, "start");
    session->end = text_of(arena, root, "end");
    session->end_code = text_of(arena, end, "code");
    session->end_text = text_of(arena, end, "text");
    session->duration_ns = REPORT_NEVER;
    if (number_of(root, "duration_ms", &duration_ms) && duration_ms >= 0 &&
        duration_ms < INT64_MAX / 1000000)
        session->duration_ns = duration_ms * 1000000;
    session->tier = text_of(arena, member(root, "trace"), "tier");
}

static void read_rest(struct arena *arena, const cJSON *root, struct report_session *session)
{
    const cJSON *versions = member(root, "versions"), *trace = member(root, "trace");
    const cJSON *window = member(trace, "window");

    session->accelerator = text_of(arena, root, "accelerator");
    session->firmware = text_of(arena, root, "firmware");
    session->machine = "";
    session->resets = count_of(root, "resets");
    session->version_hiperiso = text_of(arena, versions, "hiperiso");
    session->version_kernel = text_of(arena, versions, "kernel");
    session->version_qemu = text_of(arena, versions, "qemu");
    session->warnings = texts_of(arena, root, "warnings", &session->warning_count);
    session->problems = texts_of(arena, trace, "problems", &session->problem_count);
    session->argv = texts_of(arena, root, "qemu_argv", &session->argv_count);
    session->window_from = text_of(arena, window, "from");
    session->window_until = text_of(arena, window, "until");
    session->window_opened_t = time_of(window, "opened_t");
    session->window_closed_t = time_of(window, "closed_t");
    read_settings(arena, root, session);
    read_recorders(arena, trace, session);
}

enum status json_read_session(struct build *build, const char *text, size_t len, size_t *ret_off)
{
    const char *end = text;
    cJSON *root = cJSON_ParseWithLengthOpts(text, len, &end, false);

    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        *ret_off = end >= text && (size_t)(end - text) <= len ? (size_t)(end - text) : 0;
        return STATUS_CORRUPT;
    }
    read_base(&build->report->arena, root, &build->report->session);
    read_rest(&build->report->arena, root, &build->report->session);
    read_clock(build, root);
    cJSON_Delete(root);
    return STATUS_OK;
}

enum status json_read_summary(const char *text, size_t len, struct report_session *ret_session,
                              struct arena *arena)
{
    cJSON *root = cJSON_ParseWithLength(text, len);

    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return STATUS_CORRUPT;
    }
    read_base(arena, root, ret_session);
    cJSON_Delete(root);
    return STATUS_OK;
}

enum status json_read_qmp(struct build *build, const char *line, size_t len)
{
    struct report_event event = {
        .kind = REPORT_QMP, .rw = REPORT_NEITHER, .cpu = UINT8_MAX, .device = REPORT_NONE16};

    if (len > QMP_LINE_MAX)
        return STATUS_CORRUPT;
    cJSON *root = cJSON_ParseWithLength(line, len);
    const cJSON *qmp = member(root, "qmp"), *name = member(qmp, "event");
    const cJSON *host_time = member(root, "host_time");
    enum status status = cJSON_IsObject(root) ? STATUS_OK : STATUS_CORRUPT;
    if (status == STATUS_OK && cJSON_IsString(name)) {
        if (!number_of(root, "t", &event.t)) {
            int64_t real = cJSON_IsString(host_time) ? json_parse_time(host_time->valuestring) : 0;
            if (build->clock.first_real_ns == 0)
                build->clock.first_real_ns = real;
            event.t = build_real_to_t(&build->clock, real);
        }
        const cJSON *data = member(qmp, "data");
        char *text = data != NULL ? cJSON_PrintUnformatted(data) : NULL;
        event.name = build_name(build, name->valuestring, strlen(name->valuestring));
        event.value = text != NULL ? build_text(build, text, strlen(text)) : 0;
        build_event(build, &event);
        cJSON_free(text);
    }
    cJSON_Delete(root);
    return status;
}

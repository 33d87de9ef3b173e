/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a session part by part; what cannot be read leaves its panel empty and the others stand. */
#include "trace/report/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "tools/mkhiperiso/report.h"
#include "trace/report/aggregate.h"
#include "trace/report/build.h"
#include "trace/report/capture.h"
#include "trace/report/devices.h"
#include "trace/report/disk.h"
#include "trace/report/image_map.h"
#include "trace/report/json.h"
#include "trace/report/kernel.h"
#include "trace/report/logs.h"
#include "trace/report/qemu_log.h"
#include "trace/report/source.h"
#include "trace/report/timeline.h"

#define CHUNK_BYTES     ((size_t)1 << 20)
#define INDEX_BYTES_MAX ((size_t)256 << 20)
#define PICTURES_MAX    100000u
#define LOGS_UP         "../../.." /* from a session's folder to the data partition's root */

static const char *const panel_names[REPORT_PANELS] = {
    [REPORT_PANEL_SESSION] = "session.json",  [REPORT_PANEL_TRACE] = "trace.log",
    [REPORT_PANEL_KVM] = "trace.cpuN.raw",    [REPORT_PANEL_SERIAL] = "serial.log",
    [REPORT_PANEL_FIRMWARE] = "firmware.log", [REPORT_PANEL_QMP] = "qmp.jsonl",
    [REPORT_PANEL_NETWORK] = "network.pcap",  [REPORT_PANEL_SCREEN] = "screen/",
    [REPORT_PANEL_IMAGE] = "image",
};

/* A file read line by line in pieces. */
struct line_reader {
    void (*take)(void *context, const char *line, size_t len);
    void *context;
    bool is_cut; /* the last line has no end */
};

/* Hands on the whole lines in [BYTES, BYTES + LEN); returns the bytes used. */
static size_t take_lines(struct line_reader *reader, const char *bytes, size_t len)
{
    size_t at = 0;

    for (;;) {
        const char *newline = memchr(bytes + at, '\n', len - at);
        if (newline == NULL)
            return at;
        size_t line = (size_t)(newline - (bytes + at));
        if (line > 0)
            reader->take(reader->context, bytes + at, line);
        at += line + 1;
    }
}

static enum status read_lines(const struct report_source *source, const char *name,
                              struct line_reader *reader, uint64_t *ret_bytes)
{
    auto_place_file file = PLACE_FILE_CLOSED;
    auto_free char *bytes = malloc(CHUNK_BYTES);
    size_t used = 0, len;

    if (bytes == NULL)
        return STATUS_NO_MEMORY;
    enum status status = source_open_file(source, name, &file);
    if (status != STATUS_OK)
        return status;
    *ret_bytes = file.bytes;
    for (uint64_t off = 0;; off += len) {
        status = place_file_read(&file, off, CHUNK_BYTES - used, bytes + used, &len);
        if (status != STATUS_OK)
            return status;
        if (len == 0)
            break;
        used += len;
        size_t taken = take_lines(reader, bytes, used);
        memmove(bytes, bytes + taken, used - taken);
        used -= taken;
        if (used == CHUNK_BYTES)
            used = 0; /* a line longer than any of ours: dropped */
    }
    reader->is_cut = used > 0;
    return STATUS_OK;
}

static enum status read_session(struct build *build, const struct report_source *source)
{
    struct report *r = build->report;
    struct report_panel *panel = &r->panels[REPORT_PANEL_SESSION];
    auto_free uint8_t *text = NULL;
    size_t len, off = 0;

    enum status status =
        source_read_file(source, "session.json", JSON_SESSION_BYTES_MAX, &text, &len);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK) {
        build_panel(r, REPORT_PANEL_SESSION, REPORT_UNREADABLE, "%s", status_text(status));
        return STATUS_OK;
    }
    panel->bytes = len;
    status = json_read_session(build, (const char *)text, len, &off);
    if (status == STATUS_OK)
        panel->state = REPORT_READABLE;
    else
        build_panel(r, REPORT_PANEL_SESSION, REPORT_UNREADABLE, "it is no JSON from byte %zu on",
                    off);
    return STATUS_OK;
}

struct qemu_reading {
    struct build *build;
    struct qemu_log log;
};

static void take_trace_line(void *context, const char *line, size_t len)
{
    struct qemu_reading *reading = context;
    int64_t real_ns;

    if (reading->build->clock.first_real_ns == 0 && qemu_log_time(line, len, &real_ns))
        reading->build->clock.first_real_ns = real_ns;
    qemu_log_line(reading->build, &reading->log, line, len);
}

static void finish_panel(struct report *r, enum report_panel_id id, enum status status,
                         const char *what)
{
    struct report_panel *panel = &r->panels[id];

    if (status != STATUS_OK)
        build_panel(r, id, panel->items > 0 ? REPORT_PARTLY : REPORT_UNREADABLE, "%s",
                    status_text(status));
    else if (panel->skipped > 0)
        build_panel(r, id, panel->items > panel->skipped ? REPORT_PARTLY : REPORT_UNREADABLE,
                    "%llu %s make no sense", (unsigned long long)panel->skipped, what);
    else
        panel->state = REPORT_READABLE;
}

static enum status read_trace(struct build *build, const struct report_source *source,
                              struct qemu_reading *reading)
{
    struct report_panel *panel = &build->report->panels[REPORT_PANEL_TRACE];
    struct line_reader reader = {.take = take_trace_line, .context = reading};

    enum status status = read_lines(source, "trace.log", &reader, &panel->bytes);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    panel->items = reading->log.lines;
    panel->skipped = reading->log.skipped;
    finish_panel(build->report, REPORT_PANEL_TRACE, status, "lines");
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static void take_qmp_line(void *context, const char *line, size_t len)
{
    struct build *build = context;
    struct report_panel *panel = &build->report->panels[REPORT_PANEL_QMP];

    panel->items++;
    panel->skipped += json_read_qmp(build, line, len) != STATUS_OK;
}

static enum status read_qmp(struct build *build, const struct report_source *source)
{
    struct report_panel *panel = &build->report->panels[REPORT_PANEL_QMP];
    struct line_reader reader = {.take = take_qmp_line, .context = build};

    enum status status = read_lines(source, "qmp.jsonl", &reader, &panel->bytes);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    finish_panel(build->report, REPORT_PANEL_QMP, status, "lines");
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static enum status read_log(struct report *r, const struct report_source *source,
                            enum report_panel_id id, const char *name, const char *index_name,
                            struct report_log *log)
{
    struct report_panel *panel = &r->panels[id];
    auto_free uint8_t *index = NULL;
    uint8_t *bytes = NULL;
    size_t index_len = 0;

    enum status status = source_read_file(source, name, LOG_BYTES_MAX, &bytes, &log->len);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status == STATUS_OK) {
        log->bytes = (const char *)bytes;
        panel->bytes = log->len;
        if (source_read_file(source, index_name, INDEX_BYTES_MAX, &index, &index_len) != STATUS_OK)
            index_len = 0;
        status = log_make_lines(log, (const char *)index, index_len, &panel->skipped);
        panel->items = log->line_count;
    }
    if (status != STATUS_OK)
        build_panel(r, id, REPORT_UNREADABLE, "%s", status_text(status));
    else if (panel->skipped > 0)
        build_panel(r, id, REPORT_PARTLY, "%llu lines of %s make no sense",
                    (unsigned long long)panel->skipped, index_name);
    else
        panel->state = REPORT_READABLE;
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static enum status take_picture(void *context, const struct place_entry *entry)
{
    struct report *r = context;
    unsigned long long ms;
    int used = 0;

    if (entry->is_folder || r->picture_count >= PICTURES_MAX ||
        sscanf(entry->name, "%10llu.png%n", &ms, &used) != 1 || used == 0 ||
        entry->name[used] != '\0' || entry->name[0] == '-')
        return STATUS_OK;
    const struct report_picture picture = {
        .t = (int64_t)ms * 1000000,
        .name = build_format(r, "screen/%s", entry->name),
        .bytes = entry->bytes,
    };
    r->panels[REPORT_PANEL_SCREEN].bytes += entry->bytes;
    return array_add(r->pictures, r->picture_count, picture) ? STATUS_OK : STATUS_NO_MEMORY;
}

static int by_time(const void *a, const void *b)
{
    const struct report_picture *left = a, *right = b;
    return left->t < right->t ? -1 : left->t > right->t;
}

static enum status read_pictures(struct report *r, const struct report_source *source)
{
    auto_free char *folder = source_path(source, "screen");

    if (folder == NULL)
        return STATUS_NO_MEMORY;
    enum status status = place_list(source->place, folder, take_picture, r);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (r->picture_count > 1)
        qsort(r->pictures, r->picture_count, sizeof(*r->pictures), by_time);
    r->panels[REPORT_PANEL_SCREEN].items = r->picture_count;
    finish_panel(r, REPORT_PANEL_SCREEN, status, "");
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

/* Opens the image that the user named, or the one on the session's stick. */
static enum status open_image(const struct report *r, const struct report_open_options *options,
                              struct place **ret_own, struct place_file *file)
{
    const char *path = r->session.image_path;
    auto_free char *text = NULL;

    if (options != NULL && options->image != NULL) {
        auto_free char *folder = text_copy(options->image);
        if (folder == NULL)
            return STATUS_NO_MEMORY;
        char *slash = strrchr(folder, '/');
        const char *name = slash != NULL ? options->image + (slash + 1 - folder) : options->image;
        if (slash != NULL)
            slash[1] = '\0';
        if (place_open(slash != NULL ? folder : ".", ret_own) < 0)
            return STATUS_NOT_FOUND;
        return place_file_open(*ret_own, name, file);
    }
    if (*path == '\0')
        return STATUS_NOT_FOUND;
    path += strspn(path, "/");
    const struct report_source *source = r->source;
    if (place_is_folder(source->place) && *source->folder == '\0') {
        if (asprintf(&text, LOGS_UP "/%s", path) < 0)
            return STATUS_NO_MEMORY;
        path = text;
    }
    return place_file_open(source->place, path, file);
}

static enum status read_image(struct build *build, const struct report_open_options *options)
{
    struct report *r = build->report;
    struct report_panel *panel = &r->panels[REPORT_PANEL_IMAGE];
    struct place_file file = PLACE_FILE_CLOSED;
    struct place *own = NULL;
    struct image_map map = {0};
    const char *kind = r->session.image_kind;

    if (r->request_count == 0)
        return STATUS_OK;
    enum status status = open_image(r, options, &own, &file);
    if (status == STATUS_OK && *kind != '\0' && strcmp(kind, "iso") != 0 &&
        strcmp(kind, "raw") != 0) {
        build_panel(r, REPORT_PANEL_IMAGE, REPORT_ABSENT, "%s images are not looked into", kind);
    } else if (status == STATUS_OK && r->session.image_bytes != 0 &&
               file.bytes != r->session.image_bytes) {
        build_panel(r, REPORT_PANEL_IMAGE, REPORT_ABSENT,
                    "the file has %llu bytes, but had %llu: it is another image now",
                    (unsigned long long)file.bytes, (unsigned long long)r->session.image_bytes);
    } else if (status == STATUS_OK) {
        panel->bytes = file.bytes;
        status = image_map_read(&file.device, &map);
        if (status == STATUS_OK)
            status = disk_map_files(build, &map);
        panel->items = r->file_count;
        if (status == STATUS_OK && map.is_damaged)
            build_panel(r, REPORT_PANEL_IMAGE, REPORT_PARTLY,
                        "parts of its list of files are damaged");
        else if (status == STATUS_OK)
            panel->state = REPORT_READABLE;
        else
            build_panel(r, REPORT_PANEL_IMAGE, REPORT_UNREADABLE, "no files in it: %s",
                        status_text(status));
    } else {
        build_panel(r, REPORT_PANEL_IMAGE, REPORT_ABSENT,
                    "the image is not beside the session; name it with --image");
    }
    image_map_clear(&map);
    place_file_close(&file);
    place_close(own);
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static void find_end(struct report *r)
{
    int64_t end = 0;

    if (r->events.count > 0)
        end = r->events.t[r->events.count - 1];
    for (size_t i = r->serial.line_count; i > 0; i--)
        if (r->serial.lines[i - 1].t != REPORT_NEVER) {
            end = r->serial.lines[i - 1].t > end ? r->serial.lines[i - 1].t : end;
            break;
        }
    if (r->packet_count > 0 && r->packets[r->packet_count - 1].t > end)
        end = r->packets[r->packet_count - 1].t;
    if (r->picture_count > 0 && r->pictures[r->picture_count - 1].t > end)
        end = r->pictures[r->picture_count - 1].t;
    r->end_t = end > 0 ? end : 0;
    if (r->end_t == 0 && r->session.duration_ns > 0)
        r->end_t = r->session.duration_ns;
}

static enum status read_parts(struct build *build, struct qemu_reading *reading)
{
    struct report *r = build->report;
    const struct report_source *source = r->source;
    enum status status = read_session(build, source);

    devices_add_fixed(build, r->session.machine);
    if (status == STATUS_OK)
        status = read_trace(build, source, reading);
    if (status == STATUS_OK)
        status = kernel_read(build, source);
    if (status == STATUS_OK)
        status = read_qmp(build, source);
    if (status == STATUS_OK)
        status = capture_read(build, source);
    if (status == STATUS_OK)
        status = read_log(r, source, REPORT_PANEL_SERIAL, "serial.log", "serial.idx", &r->serial);
    if (status == STATUS_OK)
        status = read_log(r, source, REPORT_PANEL_FIRMWARE, "firmware.log", "firmware.idx",
                          &r->firmware);
    if (status == STATUS_OK)
        status = read_pictures(r, source);
    if (build->left_out > 0)
        build_panel(r,
                    r->panels[REPORT_PANEL_KVM].items > 0 ? REPORT_PANEL_KVM : REPORT_PANEL_TRACE,
                    REPORT_PARTLY, "%llu events beyond the first %zu are left out",
                    (unsigned long long)build->left_out, BUILD_EVENTS_MAX);
    return status == STATUS_OK ? build->failed : status;
}

static enum status make_sums(struct build *build, const struct intern *regions,
                             const struct report_open_options *options)
{
    struct report *r = build->report;
    enum status status = build_sort(build);

    aggregate_cpus(build);
    if (status == STATUS_OK)
        status = devices_resolve(build, regions);
    if (status == STATUS_OK)
        status = disk_finish(build);
    find_end(r);
    if (status == STATUS_OK)
        status = aggregate_make(build);
    if (status == STATUS_OK)
        status = read_image(build, options);
    r->names = build->names.texts;
    r->name_count = build->names.count;
    return status == STATUS_OK ? timeline_make(build) : status;
}

static void set_defaults(struct report *r)
{
    struct report_session *s = &r->session;
    const char **texts[] = {
        &s->image_path,   &s->image_label, &s->image_kind,       &s->start,
        &s->end,          &s->end_code,    &s->end_text,         &s->accelerator,
        &s->firmware,     &s->machine,     &s->version_hiperiso, &s->version_kernel,
        &s->version_qemu, &s->tier,        &s->window_from,      &s->window_until,
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = "";
    s->name = build_copy(r, r->source->name);
    s->duration_ns = s->window_opened_t = s->window_closed_t = REPORT_NEVER;
    for (unsigned i = 0; i < REPORT_PANELS; i++) {
        r->panels[i].name = panel_names[i];
        r->panels[i].message = "";
    }
}

static int make_report(struct report *r, const struct report_open_options *options)
{
    auto_free struct qemu_reading *reading = calloc(1, sizeof(*reading));
    struct build build;

    if (reading == NULL)
        return fail("out of memory");
    build_init(&build, r);
    set_defaults(r);
    reading->build = &build;
    reading->log.regions = (struct intern){.arena = &r->arena, .max = BUILD_DEVICES_MAX};
    enum status status = read_parts(&build, reading);
    if (status == STATUS_OK)
        status = make_sums(&build, &reading->log.regions, options);
    intern_clear(&reading->log.regions);
    build_finish(&build);
    if (status != STATUS_OK)
        return fail("%s: cannot be read: %s", r->session.name, status_text(status));
    return 0;
}

int report_open(const char *path, const struct report_open_options *options,
                struct report **ret_report)
{
    struct report *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return fail("out of memory");
    if (source_open_session(path, &r->source) < 0 || make_report(r, options) < 0) {
        report_close(r);
        return -1;
    }
    *ret_report = r;
    return 0;
}

void report_close(struct report *r)
{
    if (r == NULL)
        return;
    build_clear(r);
    source_close_session(r->source);
    free(r);
}

enum status report_read(const struct report *report, const char *name, size_t max,
                        uint8_t **ret_bytes, size_t *ret_len)
{
    return source_read_file(report->source, name, max, ret_bytes, ret_len);
}

const char *report_kind_name(uint8_t kind)
{
    static const char *const names[REPORT_KINDS] = {
        "mmio", "pio", "pci", "exit", "entry", "disk", "disk end", "qmp", "trace",
    };
    return kind < REPORT_KINDS ? names[kind] : "";
}

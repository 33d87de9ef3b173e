/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies raw files into the containers that other programs open. trace-cmd.dat(5), version 6. */
#include "trace/report/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "trace/report/source.h"

#define PAGE_BYTES     4096u
#define CHUNK_BYTES    ((size_t)1 << 20)
#define CPUS_MAX       1024u
#define TEXT_BYTES_MAX ((size_t)16 << 20)
#define EVENTS_FOLDER  "tracefs/events"

/* The folders in FOLDER of the session; none if there is no such folder. */
static int list(const struct report_source *source, const char *folder,
                struct place_names *ret_names)
{
    auto_free char *path = source_path(source, folder);

    if (path == NULL)
        return -ENOMEM;
    enum status status = place_list_folders(source->place, path, ret_names);
    if (status == STATUS_OK || status == STATUS_NOT_FOUND)
        return 0;
    return status == STATUS_NO_MEMORY ? -ENOMEM : -EIO;
}

static void put_number(FILE *stream, uint64_t number, unsigned bytes)
{
    uint8_t le[8];

    put_le64(le, number);
    fwrite(le, 1, bytes, stream);
}

/* A file of the session behind its size in SIZE_BYTES bytes; size 0 if it is not there. */
static int put_file(const struct report_source *source, const char *name, unsigned size_bytes,
                    FILE *stream)
{
    auto_free uint8_t *text = NULL;
    size_t len = 0;

    if (source_read_file(source, name, TEXT_BYTES_MAX, &text, &len) == STATUS_NO_MEMORY)
        return -ENOMEM;
    put_number(stream, text != NULL ? len : 0, size_bytes);
    if (text != NULL)
        fwrite(text, 1, len, stream);
    return 0;
}

static int put_formats(const struct report_source *source, const char *system,
                       const struct place_names *events, FILE *stream)
{
    int result = 0;

    put_number(stream, events->count, 4);
    for (size_t i = 0; i < events->count && result == 0; i++) {
        char *path = NULL;
        if (asprintf(&path, EVENTS_FOLDER "/%s/%s/format", system, events->items[i]) < 0)
            return -ENOMEM;
        result = put_file(source, path, 8, stream);
        free(path);
    }
    return result;
}

static int put_system(const struct report_source *source, const char *system, bool has_name,
                      FILE *stream)
{
    struct place_names events = {0};
    char *folder = NULL;

    if (asprintf(&folder, EVENTS_FOLDER "/%s", system) < 0)
        return -ENOMEM;
    int result = list(source, folder, &events);
    free(folder);
    if (result == 0 && has_name)
        fwrite(system, 1, strlen(system) + 1, stream);
    if (result == 0)
        result = put_formats(source, system, &events, stream);
    place_names_clear(&events);
    return result;
}

static int put_systems(const struct report_source *source, FILE *stream)
{
    struct place_names systems = {0};
    size_t others = 0;
    int result = list(source, EVENTS_FOLDER, &systems);

    for (size_t i = 0; i < systems.count; i++)
        others += strcmp(systems.items[i], "ftrace") != 0;
    if (result == 0)
        result = put_system(source, "ftrace", false, stream);
    put_number(stream, others, 4);
    for (size_t i = 0; i < systems.count && result == 0; i++)
        if (strcmp(systems.items[i], "ftrace") != 0)
            result = put_system(source, systems.items[i], true, stream);
    place_names_clear(&systems);
    return result;
}

/* All up to the number of CPUs. */
static int put_head(const struct report_source *source, FILE *stream)
{
    static const uint8_t magic[] = {
        0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g', '6', '\0', 0 /* little endian */,
        8 /* bytes of a long */};

    fwrite(magic, 1, sizeof(magic), stream);
    put_number(stream, PAGE_BYTES, 4);
    fwrite("header_page", 1, 12, stream);
    int result = put_file(source, EVENTS_FOLDER "/header_page", 8, stream);
    fwrite("header_event", 1, 13, stream);
    if (result == 0)
        result = put_file(source, EVENTS_FOLDER "/header_event", 8, stream);
    if (result == 0)
        result = put_systems(source, stream);
    put_number(stream, 0, 4); /* no kernel symbols */
    if (result == 0)
        result = put_file(source, "tracefs/printk_formats", 4, stream);
    if (result == 0)
        result = put_file(source, "tracefs/saved_cmdlines", 8, stream);
    return result;
}

static int copy_file(struct place_file *file, FILE *stream, uint64_t *ret_bytes)
{
    auto_free uint8_t *bytes = malloc(CHUNK_BYTES);
    size_t len;

    if (bytes == NULL)
        return -ENOMEM;
    for (*ret_bytes = 0; *ret_bytes < file->bytes; *ret_bytes += len) {
        if (place_file_read(file, *ret_bytes, CHUNK_BYTES, bytes, &len) != STATUS_OK || len == 0)
            return -EIO;
        fwrite(bytes, 1, len, stream);
    }
    return 0;
}

static void pad_page(FILE *stream)
{
    long off = ftell(stream);

    for (; off >= 0 && off % PAGE_BYTES != 0; off++)
        fputc(0, stream);
}

static int open_cpu(const struct report_source *source, unsigned cpu, struct place_file *file)
{
    char name[32];

    snprintf(name, sizeof(name), "trace.cpu%u.raw", cpu);
    return source_open_file(source, name, file) == STATUS_OK ? 0 : -ENOENT;
}

static int put_cpu(const struct report_source *source, unsigned cpu, long table, FILE *stream)
{
    auto_place_file file = PLACE_FILE_CLOSED;
    uint64_t bytes = 0;

    pad_page(stream);
    long off = ftell(stream);
    if (off < 0)
        return -errno;
    int result = open_cpu(source, cpu, &file) == 0 ? copy_file(&file, stream, &bytes) : 0;
    pad_page(stream);
    long end = ftell(stream);
    if (result != 0 || end < 0 || fseek(stream, table + (long)cpu * 16, SEEK_SET) != 0)
        return result != 0 ? result : -errno;
    put_number(stream, (uint64_t)off, 8);
    put_number(stream, (uint64_t)(end - off), 8);
    return fseek(stream, end, SEEK_SET) != 0 ? -errno : 0;
}

static unsigned count_cpus(const struct report_source *source)
{
    unsigned count = 0;

    for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
        auto_place_file file = PLACE_FILE_CLOSED;
        if (open_cpu(source, cpu, &file) == 0)
            count = cpu + 1;
    }
    return count;
}

int export_dat(const struct report *report, FILE *stream)
{
    const struct report_source *source = report->source;
    const unsigned cpus = count_cpus(source);

    if (cpus == 0)
        return -ENOENT;
    if (fseek(stream, 0, SEEK_SET) != 0)
        return -EINVAL;
    int result = put_head(source, stream);
    put_number(stream, cpus, 4);
    fwrite("options  ", 1, 10, stream);
    put_number(stream, 0, 2);
    fwrite("flyrecord", 1, 10, stream);
    long table = ftell(stream);
    if (table < 0)
        return -errno;
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        put_number(stream, 0, 8);
        put_number(stream, 0, 8);
    }
    for (unsigned cpu = 0; cpu < cpus && result == 0; cpu++)
        result = put_cpu(source, cpu, table, stream);
    if (result == 0 && ferror(stream) != 0)
        result = errno != 0 ? -errno : -EIO;
    return result;
}

int export_pcap(const struct report *report, FILE *stream)
{
    auto_place_file file = PLACE_FILE_CLOSED;
    uint64_t bytes;

    if (source_open_file(report->source, "network.pcap", &file) != STATUS_OK)
        return -ENOENT;
    return copy_file(&file, stream, &bytes);
}

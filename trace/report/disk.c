/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of requests to files of the image. */
#include "trace/report/disk.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define FILE_READS_MAX ((size_t)16 << 20)
#define PARTS_MAX      65536u /* of one request */

static bool is_block_layer(const struct report *r, const struct report_request *request)
{
    return strncmp(r->drives[request->drive].name, "block", 5) == 0;
}

static int by_time(const void *a, const void *b, void *context)
{
    const struct report_request *requests = context;
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    if (requests[left].t != requests[right].t)
        return requests[left].t < requests[right].t ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* Sorts the requests; PLACE gets where each went, REPORT_NONE32 if it was dropped. */
static enum status sort_requests(struct build *build, uint32_t *place)
{
    struct report *r = build->report;
    auto_free uint32_t *order = malloc((r->request_count + 1) * sizeof(*order));
    struct report_request *sorted = malloc((r->request_count + 1) * sizeof(*sorted));
    size_t count = 0;

    if (order == NULL || sorted == NULL) {
        free(sorted);
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < r->request_count; i++) {
        place[i] = REPORT_NONE32;
        if (!build->has_device_requests || !is_block_layer(r, &r->requests[i]))
            order[count++] = i;
    }
    qsort_r(order, count, sizeof(*order), by_time, r->requests);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = r->requests[order[i]];
        place[order[i]] = i;
    }
    free(r->requests);
    r->requests = sorted;
    r->request_count = count;
    return STATUS_OK;
}

static void count_requests(struct report *r, uint64_t *ends)
{
    for (size_t i = 0; i < r->request_count; i++) {
        struct report_request *request = &r->requests[i];
        struct report_drive *drive = &r->drives[request->drive];
        request->is_sequential = ends[request->drive] == request->off && request->off != 0;
        ends[request->drive] = request->off + request->bytes;
        drive->reads += !request->is_write;
        drive->writes += request->is_write;
        drive->bytes_read += request->is_write ? 0 : request->bytes;
        drive->bytes_written += request->is_write ? request->bytes : 0;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return end_len > 0 && len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* The drive with the image: by its file's name, else the first of the image's kind. */
static void find_image_drive(struct report *r)
{
    const char *kind = strcmp(r->session.image_kind, "iso") == 0 ? "cdrom" : "";
    struct report_drive *found = NULL;

    for (size_t i = 0; i < r->drive_count && found == NULL; i++)
        if (r->drives[i].reads > 0 && ends_with(r->drives[i].file, r->session.image_path))
            found = &r->drives[i];
    for (size_t i = 0; i < r->drive_count && found == NULL; i++)
        if (r->drives[i].reads > 0 && strncmp(r->drives[i].name, kind, strlen(kind)) == 0)
            found = &r->drives[i];
    if (found != NULL)
        found->is_image = true;
}

enum status disk_finish(struct build *build)
{
    struct report *r = build->report;
    struct report_events *e = &r->events;
    auto_free uint32_t *place = malloc((r->request_count + 1) * sizeof(*place));
    auto_free uint64_t *ends = calloc(r->drive_count + 1, sizeof(*ends));

    if (place == NULL || ends == NULL)
        return STATUS_NO_MEMORY;
    const size_t before = r->request_count;
    enum status status = sort_requests(build, place);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < e->count; i++) {
        if (e->kind[i] != REPORT_DISK || e->value[i] >= before)
            continue;
        if (place[e->value[i]] != REPORT_NONE32) {
            e->value[i] = place[e->value[i]];
        } else {
            e->kind[i] = REPORT_OTHER;
            e->value[i] = 0;
        }
    }
    count_requests(r, ends);
    find_image_drive(r);
    return STATUS_OK;
}

static int by_path(const void *a, const void *b, void *context)
{
    const struct image_part *parts = context;
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = strcmp(parts[left].path, parts[right].path);

    return order != 0 ? order : left < right ? -1 : left > right;
}

static enum status add_files(struct report *r, const struct image_map *map, uint32_t *place)
{
    auto_free uint32_t *order = malloc((map->part_count + 1) * sizeof(*order));

    r->files = calloc(map->part_count + 1, sizeof(*r->files));
    if (r->files == NULL || order == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < map->part_count; i++)
        order[i] = i;
    qsort_r(order, map->part_count, sizeof(*order), by_path, map->parts);
    for (uint32_t i = 0; i < map->part_count; i++) {
        const struct image_part *part = &map->parts[order[i]];
        place[order[i]] = i;
        r->files[i] = (struct report_file){
            .path = build_copy(r, part->path),
            .off = part->off,
            .bytes = part->bytes,
            .first_t = REPORT_NEVER,
            .last_t = REPORT_NEVER,
            .order = REPORT_NONE32,
        };
    }
    r->file_count = map->part_count;
    return STATUS_OK;
}

static void touch(struct report_file *file, int64_t t, uint64_t bytes, uint32_t *order)
{
    if (file->first_t == REPORT_NEVER) {
        file->first_t = t;
        file->order = (*order)++;
    }
    file->last_t = t;
    file->reads++;
    file->bytes_read += bytes;
}

static enum status map_request(struct report *r, const struct image_map *map, uint32_t number,
                               const uint32_t *place, uint32_t *order)
{
    struct report_request *request = &r->requests[number];
    uint64_t off = request->off, left = request->bytes;

    for (unsigned i = 0; left > 0 && i < PARTS_MAX; i++) {
        uint32_t part;
        uint64_t part_off, run = image_map_find(map, off, &part, &part_off);
        if (run > left)
            run = left;
        if (part != UINT32_MAX && r->file_read_count < FILE_READS_MAX) {
            const struct report_file_read read = {request->t, place[part], number, part_off, run};
            if (!array_add(r->file_reads, r->file_read_count, read))
                return STATUS_NO_MEMORY;
            touch(&r->files[place[part]], request->t, run, order);
            if (request->file == REPORT_NONE32)
                request->file = place[part];
        }
        if (run == 0)
            break;
        off += run;
        left -= run;
    }
    return STATUS_OK;
}

enum status disk_map_files(struct build *build, const struct image_map *map)
{
    struct report *r = build->report;
    auto_free uint32_t *place = malloc((map->part_count + 1) * sizeof(*place));
    uint32_t order = 0;
    enum status status = place != NULL ? add_files(r, map, place) : STATUS_NO_MEMORY;

    for (uint32_t i = 0; i < r->request_count && status == STATUS_OK; i++)
        if (!r->requests[i].is_write && r->drives[r->requests[i].drive].is_image)
            status = map_request(r, map, i, place, &order);
    return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which a stick is written. */
#include "tools/mkhiperiso/stick_write.h"

#include <string.h>
#include <sys/random.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/capacity.h"
#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/exfat_tree.h"
#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/image_verify.h"
#include "tools/mkhiperiso/image_write.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/scratch.h"

#define MARK_EVERY_BYTES ((uint64_t)64 << 20) /* how much an interrupt may lose */

static int check_same(const struct stick_job *job)
{
    return job->disk != NULL ? guard_same(job->disk) : 0;
}

static enum status serial_of(const struct stick_job *job, const char *purpose, uint32_t *ret_serial)
{
    return digest_derive(job->mark.seed, purpose, sizeof(*ret_serial), ret_serial);
}

/* ---- what is being written, as a digest ---- */

static int digest_plan(const struct stick_job *job, uint8_t ret_plan[DIGEST_BYTES])
{
    const struct image_plan *plan = job->plan;
    struct digest *digest = digest_new();

    if (digest == NULL)
        return fail("out of memory");
    digest_add_text(digest, "hiperiso stick 1");
    digest_add_number(digest, job->target->device.size_bytes);
    digest_add_number(digest, job->target->device.block_bytes);
    digest_add_number(digest, plan->geometry.cluster_bytes);
    for (size_t i = 0; i < plan->folder_count; i++)
        digest_add_text(digest, plan->folders[i].path);
    for (size_t i = 0; i < plan->file_count; i++) {
        const struct image_file *file = &plan->files[i];
        digest_add_text(digest, file->path);
        digest_add_number(digest, file->size_bytes);
        digest_add_number(digest, (uint64_t)file->modified);
        if (file->bytes != NULL)
            digest_add(digest, file->bytes, file->size_bytes);
    }
    int result = payload_digest(&plan->payload, digest);
    if (result == 0 && digest_finish(digest, ret_plan) != STATUS_OK)
        result = fail("out of memory");
    digest_free(digest);
    return result;
}

/* Takes up the interrupted job on the disk if it was the same one, else begins a new one. */
static int choose_mark(struct stick_job *job, enum mark_operation operation)
{
    struct mark old, mark = {.operation = operation};
    struct gpt gpt;

    if (digest_plan(job, mark.plan) < 0)
        return -1;
    bool is_unfinished = gpt_read(&job->target->device, &gpt) == STATUS_OK;
    if (is_unfinished) {
        is_unfinished = mark_is_in_table(&gpt);
        gpt_clear(&gpt);
    }
    job->is_resumed = is_unfinished && mark_read(&job->target->device, &old) == STATUS_OK &&
                      old.operation == operation &&
                      memcmp(old.plan, mark.plan, DIGEST_BYTES) == 0 &&
                      old.done <= job->plan->file_count;
    if (job->is_resumed)
        mark = old;
    else if (getrandom(mark.seed, sizeof(mark.seed), 0) != sizeof(mark.seed))
        return fail("no random numbers are to be had");
    job->mark = mark;
    return 0;
}

/* ---- the ESP ---- */

/* Makes the ESP in a temporary file and brings it to its place. */
static int write_esp(const struct stick_job *job, uint64_t off, uint64_t size_bytes)
{
    struct digest *digest = NULL;
    uint8_t expected[DIGEST_BYTES];
    auto_scratch scratch = SCRATCH_CLOSED;
    uint32_t serial;

    if (serial_of(job, "ESP serial", &serial) != STATUS_OK)
        return fail("out of memory");
    if (scratch_open(&scratch, size_bytes) < 0)
        return -1;
    const struct payload_volume volume = {
        .target = &scratch.target,
        .disk_off = off,
        .size_bytes = size_bytes,
        .sector_bytes = job->target->device.block_bytes,
        .serial = serial,
        .epoch = job->plan->epoch,
    };
    if (payload_write_esp(&job->plan->payload, &volume) < 0)
        return -1;
    digest = digest_new();
    if (digest == NULL)
        return fail("out of memory");
    progress_start("writing the ESP", size_bytes);
    int result = copy_file(scratch.target.fd, "the ESP", size_bytes, job->target, off, digest);
    progress_end();
    if (result == 0 && digest_finish(digest, expected) != STATUS_OK)
        result = fail("out of memory");
    digest_free(digest);
    if (result < 0 || target_sync(job->target) < 0)
        return -1;
    if (!job->is_verified)
        return 0;
    progress_start("reading the ESP back", size_bytes);
    result = copy_verify(job->target, off, size_bytes, "the ESP", expected);
    progress_end();
    return result;
}

/* ---- install ---- */

/* Is nothing that counts in the first MiB behind the table? A stick's, or another GPT disk's. */
static bool is_start_unused(const struct target *target)
{
    struct gpt gpt;

    if (gpt_read(&target->device, &gpt) != STATUS_OK)
        return false;
    bool is_unused = !gpt.from_backup;
    for (uint32_t i = 0; i < gpt.count; i++)
        is_unused &= gpt.partitions[i].start_bytes >= LAYOUT_DATA_START_BYTES;
    gpt_clear(&gpt);
    return is_unused;
}

static int write_small_esp(const struct stick_job *job)
{
    if (mark_write(job->target, &job->mark) < 0)
        return -1;
    return mark_write_esp(job->target, &job->plan->payload, job->mark.operation, job->plan->epoch);
}

static int finish_table(struct stick_job *job)
{
    return job->sgdisk.pid != 0 ? partition_table_finish(job->target, &job->sgdisk) : 0;
}

/* sgdisk sleeps a second when the table is written: what comes next does not wait for that. */
static int write_table(struct stick_job *job, const struct partition_table *table)
{
    if (partition_table_start(job->target, table, job->plan->epoch, &job->sgdisk) < 0 ||
        partition_table_await(job->target, table, &job->sgdisk) < 0 || target_sync(job->target) < 0)
        return -1;
    if (process_has_ended(&job->sgdisk) && finish_table(job) < 0)
        return -1;
    if (partition_table_verify(job->target, table) < 0)
        return -1;
    return target_reread_partitions(job->target);
}

/* From here on the disk says that it is unfinished. */
static int begin_install(struct stick_job *job)
{
    struct partition_table table = {.count = 1, .rows = {mark_row(&job->mark)}};
    bool is_first = is_start_unused(job->target);

    memcpy(table.disk_guid, table.rows[0].guid, sizeof(table.disk_guid));
    table.disk_guid[0] ^= 1;
    /* The small ESP before the table that names it, where nothing is lost by it. */
    if (is_first && write_small_esp(job) < 0)
        return -1;
    if (write_table(job, &table) < 0)
        return -1;
    if (!is_first && write_small_esp(job) < 0)
        return -1;
    return capacity_check(job->target);
}

/* As long as nothing else is on the disk its capacity can be looked at again, and its screen may be
 * missing: the one of a disk with an MBR is written behind the table. */
static int go_on(const struct stick_job *job)
{
    if (partition_clear_boot_code(job->target) < 0)
        return -1;
    if (job->mark.done > 0)
        return 0;
    return write_small_esp(job) < 0 ? -1 : capacity_check(job->target);
}

static int write_files(struct stick_job *job, struct digest *digest)
{
    struct image_plan *plan = job->plan;
    uint64_t since_mark = 0;

    for (size_t i = 0; i < plan->file_count; i++) {
        struct image_file *file = &plan->files[i];
        bool is_there = i < job->mark.done;
        if (image_write_file(file, is_there ? NULL : job->target, plan->partitions.data_off,
                             digest) < 0)
            return -1;
        since_mark += is_there ? 0 : file->size_bytes;
        if (since_mark < MARK_EVERY_BYTES)
            continue;
        if (target_sync(job->target) < 0)
            return -1;
        job->mark.done = i + 1;
        since_mark = 0;
        if (mark_write(job->target, &job->mark) < 0)
            return -1;
    }
    return 0;
}

static int verify_files(const struct stick_job *job)
{
    const struct image_plan *plan = job->plan;

    for (size_t i = 0; i < plan->file_count; i++) {
        const struct image_file *file = &plan->files[i];
        uint64_t off = plan->partitions.data_off + exfat_item_off(file->item);
        if (file->size_bytes > 0 &&
            copy_verify(job->target, off, file->size_bytes, file->path, file->digest) < 0)
            return -1;
    }
    return 0;
}

/* Boot region, FAT, bitmap, folders: the space is made empty first, so that only what differs has
 * to be written. */
static int write_volume(const struct stick_job *job)
{
    const struct image_plan *plan = job->plan;
    struct blockdev_window window;
    uint32_t serial;
    uint64_t bytes = exfat_tree_files_off(plan->tree, &plan->geometry);
    enum status status = blockdev_window_init(
        &window, &job->target->device, plan->partitions.data_off, plan->partitions.data_bytes);

    if (status == STATUS_OK)
        status = target_zero(job->target, plan->partitions.data_off, bytes);
    if (status == STATUS_OK)
        status = serial_of(job, "data serial", &serial);
    if (status == STATUS_OK)
        status = exfat_tree_write(plan->tree, &plan->geometry, &window.device, LAYOUT_DATA_LABEL,
                                  serial, true);
    return status == STATUS_OK ? 0
                               : fail("%s: the data partition cannot be written: %s",
                                      job->target->path, status_text(status));
}

static int write_contents(struct stick_job *job)
{
    struct digest *digest = digest_new();

    if (digest == NULL)
        return fail("out of memory");
    progress_start("writing", image_plan_content_bytes(job->plan));
    int result = write_files(job, digest);
    progress_end();
    digest_free(digest);
    if (result == 0)
        result = write_volume(job);
    if (result == 0)
        result = target_sync(job->target);
    return result;
}

static int verify_contents(struct stick_job *job)
{
    if (!job->is_verified)
        return 0;
    progress_start("reading back", image_plan_content_bytes(job->plan));
    int result = verify_files(job);
    progress_end();
    /* What goes on later writes all of it again. */
    if (result < 0 && !is_interrupted()) {
        job->mark.done = 0;
        if (mark_write(job->target, &job->mark) < 0)
            return -1;
    }
    return result;
}

static int install(struct stick_job *job)
{
    struct image_plan *plan = job->plan;
    struct partition_table table;

    if (choose_mark(job, MARK_INSTALL) < 0 || check_same(job) < 0)
        return -1;
    if (!job->is_verified)
        job->mark.done = 0; /* what was written before is not looked at, either */
    if ((job->is_resumed ? go_on(job) : begin_install(job)) < 0)
        return -1;
    /* The ESP lies at the end: on a medium that wraps it would be written over the contents. */
    if (write_contents(job) < 0 ||
        write_esp(job, plan->partitions.esp_off, plan->partitions.esp_bytes) < 0 ||
        verify_contents(job) < 0)
        return -1;
    if (partition_table_make(&plan->partitions, job->mark.seed, &table) != STATUS_OK)
        return fail("out of memory");
    if (is_interrupted() || finish_table(job) < 0 || check_same(job) < 0 ||
        write_table(job, &table) < 0)
        return -1;
    if (job->is_verified && image_verify(plan, job->target) < 0)
        return -1;
    return finish_table(job) < 0 ? -1 : mark_clear(job->target);
}

int stick_install(struct stick_job *job)
{
    int result = install(job);

    process_abandon(&job->sgdisk);
    return result;
}

/* ---- update ---- */

static bool has_name(const struct gpt_partition *partition, const char *name)
{
    return strcmp(partition->name, name) == 0;
}

static struct partition_row row_of(const struct gpt_partition *partition, bool is_esp)
{
    struct partition_row row = {
        .off = partition->start_bytes,
        .bytes = partition->size_bytes,
        .is_esp = is_esp,
        .name = is_esp ? LAYOUT_ESP_LABEL : LAYOUT_DATA_LABEL,
    };

    memcpy(row.guid, partition->unique, sizeof(row.guid));
    return row;
}

/* The two partitions of a stick in GPT; of an unfinished one the ESP is where MARK says. */
static bool find_rows(const struct gpt *gpt, const struct mark *mark, struct stick_parts *parts)
{
    bool has_data = false, has_esp = mark != NULL;

    for (uint32_t i = 0; i < gpt->count; i++) {
        const struct gpt_partition *p = &gpt->partitions[i];
        if (!has_data && has_name(p, LAYOUT_DATA_LABEL)) {
            parts->table.rows[0] = row_of(p, false);
            has_data = true;
        } else if (!has_esp && has_name(p, LAYOUT_ESP_LABEL)) {
            parts->table.rows[1] = row_of(p, true);
            has_esp = true;
        }
    }
    if (mark != NULL) {
        parts->table.rows[1] = (struct partition_row){
            .off = mark->esp_off,
            .bytes = mark->esp_bytes,
            .is_esp = true,
            .name = LAYOUT_ESP_LABEL,
        };
        memcpy(parts->table.rows[1].guid, mark->esp_guid, sizeof(mark->esp_guid));
    }
    parts->table.count = 2;
    memcpy(parts->table.disk_guid, gpt->disk_guid, sizeof(parts->table.disk_guid));
    return has_data && has_esp && gpt->count == 2;
}

/* Do the rows lie on the disk, apart from each other and behind the first MiB? */
static bool are_rows_sound(const struct partition_table *table, const struct target *target)
{
    const struct partition_row *data = &table->rows[0], *esp = &table->rows[1];
    uint64_t end = target->device.size_bytes;

    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].off < LAYOUT_DATA_START_BYTES || table->rows[i].off > end ||
            table->rows[i].bytes > end - table->rows[i].off)
            return false;
    return data->off + data->bytes <= esp->off || esp->off + esp->bytes <= data->off;
}

int stick_find_parts(const struct target *target, struct stick_parts *ret_parts)
{
    struct stick_parts parts = {0};
    struct mark mark;
    struct gpt gpt;
    enum status status = gpt_read(&target->device, &gpt);

    if (status != STATUS_OK)
        return fail("%s: is no hiperiso stick (partition table: %s); mkhiperiso install makes one",
                    target->path, status_text(status));
    parts.is_unfinished = mark_is_in_table(&gpt);
    status = parts.is_unfinished ? mark_read(&target->device, &mark) : STATUS_OK;
    bool is_update = parts.is_unfinished && status == STATUS_OK && mark.operation == MARK_UPDATE;
    bool is_found = find_rows(&gpt, is_update ? &mark : NULL, &parts);
    gpt_clear(&gpt);
    if (parts.is_unfinished && !is_update)
        return fail("%s: is unfinished: its install was interrupted; run mkhiperiso install again",
                    target->path);
    if (!is_found)
        return fail("%s: is no hiperiso stick: it has not the two partitions of one; mkhiperiso "
                    "install makes one",
                    target->path);
    if (!are_rows_sound(&parts.table, target))
        return fail("%s: its partitions overlap or lie beyond its end; it is damaged",
                    target->path);
    *ret_parts = parts;
    return 0;
}

static int update(struct stick_job *job, const struct stick_parts *parts)
{
    const struct partition_row *esp = &parts->table.rows[1];
    struct partition_table table = parts->table;

    if (choose_mark(job, MARK_UPDATE) < 0 || check_same(job) < 0)
        return -1;
    job->mark.esp_off = esp->off;
    job->mark.esp_bytes = esp->bytes;
    memcpy(job->mark.esp_guid, esp->guid, sizeof(job->mark.esp_guid));
    /* Whatever goes wrong, the data partition is out of reach. */
    job->target->keep_off = parts->table.rows[0].off;
    job->target->keep_bytes = parts->table.rows[0].bytes;
    if (!parts->is_unfinished) {
        table.rows[1] = mark_row(&job->mark);
        if (write_small_esp(job) < 0 || write_table(job, &table) < 0)
            return -1;
    }
    if (write_esp(job, esp->off, esp->bytes) < 0)
        return -1;
    if (is_interrupted() || finish_table(job) < 0 || check_same(job) < 0 ||
        write_table(job, &parts->table) < 0 || finish_table(job) < 0)
        return -1;
    return mark_clear(job->target);
}

int stick_update(struct stick_job *job, const struct stick_parts *parts)
{
    int result = update(job, parts);

    process_abandon(&job->sgdisk);
    return result;
}

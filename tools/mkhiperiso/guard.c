/* SPDX-License-Identifier: BSD-2-Clause */
/* Refuses disks that must not be written to, shows what would be lost, asks. */
#include "tools/mkhiperiso/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/contents.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

#define PARTITIONS_MAX 256
#define BY_ID_FOLDER   "/dev/disk/by-id/"

/* Disks that other disks lie behind: to be written to below, not here. */
static const struct {
    const char *bus, *what;
} stacked[] = {
    {"dm", "a device-mapper volume"},
    {"md", "a RAID"},
    {"ram", "a RAM disk"},
    {"zram", "compressed memory"},
};

/* What the block device NAME holds; kind NULL where nothing is known or nothing can be read. */
static struct contents probe(const char *name)
{
    struct contents contents = {0};
    auto_target target = TARGET_CLOSED;
    char path[80];

    snprintf(path, sizeof(path), "/dev/%s", name);
    if (target_open_quietly(&target, path) != STATUS_OK ||
        contents_probe(&target.device, &contents) != STATUS_OK)
        contents.kind = NULL;
    return contents;
}

/* The names of DISK's partitions, by their numbers; *RET_COUNT of them, at most PARTITIONS_MAX. */
static struct disk *list_partitions(const struct disk *disk, size_t *ret_count)
{
    char folder[128];
    struct dirent **names = NULL;
    size_t count = 0;

    snprintf(folder, sizeof(folder), "/sys/class/block/%s", disk->name);
    int found = scandir(folder, &names, NULL, versionsort);
    struct disk *parts = found > 0 ? calloc((size_t)found, sizeof(*parts)) : NULL;
    for (int i = 0; i < found; i++) {
        if (parts != NULL && count < PARTITIONS_MAX &&
            strncmp(names[i]->d_name, disk->name, strlen(disk->name)) == 0 &&
            disk_read_name(names[i]->d_name, &parts[count]) == STATUS_OK)
            count++;
        free(names[i]);
    }
    free(names);
    *ret_count = count;
    return parts;
}

/* Is DISK or a part of it a member of a volume that is not running? */
static bool find_member(const struct disk *disk, char ret_reason[GUARD_REASON_BYTES])
{
    size_t count = 0;
    auto_free struct disk *parts = list_partitions(disk, &count);

    for (size_t i = 0; i <= count; i++) {
        const struct disk *part = i == 0 ? disk : &parts[i - 1];
        struct contents contents = probe(part->name);
        if (contents.kind == NULL || !contents.is_member)
            continue;
        snprintf(ret_reason, GUARD_REASON_BYTES,
                 "%s is marked as %s: wipefs -a %s, if it is none any more", part->name,
                 contents.kind, part->path);
        return true;
    }
    return false;
}

void guard_reason(const struct disk *disk, const struct guard_options *options,
                  char ret_reason[GUARD_REASON_BYTES])
{
    struct disk_use use;

    ret_reason[0] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(stacked); i++) {
        if (strcmp(disk->bus, stacked[i].bus) != 0)
            continue;
        snprintf(ret_reason, GUARD_REASON_BYTES, "is %s, no disk: name the disk itself",
                 stacked[i].what);
        return;
    }
    if (disk->parent[0] != '\0')
        snprintf(ret_reason, GUARD_REASON_BYTES,
                 "is a partition of %s: name the whole disk, /dev/%s", disk->parent, disk->parent);
    else if (disk->size_bytes == 0)
        snprintf(ret_reason, GUARD_REASON_BYTES, "has no medium in it: put one in");
    else if (disk->is_read_only)
        snprintf(ret_reason, GUARD_REASON_BYTES,
                 "is write-protected: move its switch, or blockdev --setrw %s", disk->path);
    else if (disk_find_use(disk, &use))
        snprintf(ret_reason, GUARD_REASON_BYTES, "%s: %s", use.what, use.remedy);
    else if (find_member(disk, ret_reason))
        return;
    else if (!disk_is_stick_like(disk) && !options->allow_fixed)
        snprintf(ret_reason, GUARD_REASON_BYTES,
                 "is no removable disk (%s, %s): --allow-fixed, if you mean it",
                 disk->model[0] != '\0' ? disk->model : "no model",
                 disk->bus[0] != '\0' ? disk->bus : "unknown bus");
}

/* Where the hardware of disk NAME is, as sysfs has it: its controller or USB device, without the
 * number of the unit; "" of a virtual one. */
static void find_hardware(const char *name, char ret_path[PATH_MAX])
{
    char link[128];

    snprintf(link, sizeof(link), "/sys/class/block/%s", name);
    if (realpath(link, ret_path) == NULL || strstr(ret_path, "/virtual/") != NULL) {
        ret_path[0] = '\0';
        return;
    }
    char *end = strstr(ret_path, "/host"); /* SCSI, and with it USB */
    if (end == NULL)
        end = strrchr(ret_path, '/'); /* NVMe's namespaces lie side by side */
    *end = '\0';
}

/* Is OTHER another medium with DISK's serial number, and not another unit of one device? */
static bool is_twin(const struct disk *other, const struct disk *disk)
{
    char place[PATH_MAX], other_place[PATH_MAX];

    if (other->number == disk->number || strcmp(other->serial, disk->serial) != 0 ||
        strcmp(other->model, disk->model) != 0)
        return false;
    find_hardware(disk->name, place);
    find_hardware(other->name, other_place);
    return place[0] == '\0' || strcmp(place, other_place) != 0;
}

/* Cheap sticks share one serial number: neither it nor the name in /dev/disk/by-id, which is made
 * of it, says which one is meant while two of them are plugged in. */
static int check_serial_is_its_own(const char *path, const struct disk *disk)
{
    auto_free struct disk *disks = NULL;
    size_t count = 0;

    if (disk_list(&disks, &count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (is_twin(&disks[i], disk))
            return fail("%s: %s has the serial number %s, too: unplug one of them", path,
                        disks[i].path, disk->serial);
    return 0;
}

/* With --yes nobody looks at the name again: a number that no other disk has must stand for it. */
static int check_assumed(const char *path, const struct disk *disk,
                         const struct guard_options *options)
{
    if (options->serial == NULL && strncmp(path, BY_ID_FOLDER, strlen(BY_ID_FOLDER)) != 0)
        return misuse("%s: --yes needs --serial %s, or the disk by its name in " BY_ID_FOLDER, path,
                      disk->serial[0] != '\0' ? disk->serial : "SERIAL");
    if (!disk_is_stick_like(disk) && disk->model[0] != '\0' && options->model == NULL)
        return misuse("%s: --yes and --allow-fixed need --model \"%s\", too", path, disk->model);
    return disk->serial[0] != '\0' ? check_serial_is_its_own(path, disk) : 0;
}

int guard_check(const char *path, const struct disk *disk, const struct guard_options *options)
{
    char reason[GUARD_REASON_BYTES];

    guard_reason(disk, options, reason);
    if (reason[0] != '\0')
        return fail("%s: %s", path, reason);
    if (options->serial != NULL && disk->serial[0] == '\0')
        return fail("%s: has no serial number to compare with --serial; name it by " BY_ID_FOLDER,
                    path);
    if (options->serial != NULL && strcmp(options->serial, disk->serial) != 0)
        return fail("%s: its serial number is %s, not %s: is it another disk?", path, disk->serial,
                    options->serial);
    if (options->model != NULL && strcmp(options->model, disk->model) != 0)
        return fail("%s: its model is \"%s\", not \"%s\": is it another disk?", path, disk->model,
                    options->model);
    if (options->is_dry)
        return 0;
    if (options->is_assumed)
        return check_assumed(path, disk, options);
    if (isatty(STDIN_FILENO) == 0)
        return misuse(
            "%s: there is no terminal to ask on: --yes with --serial %s, or the disk by its "
            "name in " BY_ID_FOLDER,
            path, disk->serial[0] != '\0' ? disk->serial : "SERIAL");
    return 0;
}

/* The name of the partition that starts at byte OFF, from the partition table. */
static const char *gpt_name_at(const struct gpt *gpt, uint64_t off)
{
    for (uint32_t i = 0; i < gpt->count; i++)
        if (gpt->partitions[i].start_bytes == off)
            return gpt->partitions[i].name;
    return "";
}

static void print_contents(FILE *out, const char *title, uint64_t size_bytes,
                           const struct contents *contents, const char *name)
{
    auto_strbuf line = STRBUF_INIT;
    char size[SIZE_TEXT_BYTES];

    size_text(size_bytes, size);
    strbuf_printf(&line, "    %-12s %10s  %s", title, size,
                  contents->kind != NULL ? contents->kind : "unknown or empty");
    if (contents->label[0] != '\0' || *name != '\0') {
        strbuf_append(&line, "  \"");
        strbuf_append_printable(&line, contents->label[0] != '\0' ? contents->label : name);
        strbuf_append(&line, "\"");
    }
    fprintf(out, "%s\n", strbuf_text(&line));
}

void guard_print_disk(const struct disk *disk)
{
    auto_strbuf line = STRBUF_INIT;
    char size[SIZE_TEXT_BYTES];

    size_text(disk->size_bytes, size);
    strbuf_append_printable(&line, disk->model[0] != '\0' ? disk->model : "no model");
    strbuf_printf(&line, ", %s, %s, serial ", size, disk->bus[0] != '\0' ? disk->bus : "no bus");
    strbuf_append_printable(&line, disk->serial[0] != '\0' ? disk->serial : "unknown");
    fprintf(report_plan_stream(), "%s: %s\n", disk->path, strbuf_text(&line));
}

void guard_print_losses(const struct disk *disk, const struct target *target)
{
    size_t count = 0;
    auto_free struct disk *parts = list_partitions(disk, &count);
    struct contents whole = {0};
    struct gpt gpt = {0};
    FILE *out = report_plan_stream();

    if (contents_probe(&target->device, &whole) != STATUS_OK)
        whole.kind = NULL;
    bool has_gpt = gpt_read(&target->device, &gpt) == STATUS_OK;
    fprintf(out, "  will be lost:\n");
    if (count == 0 || whole.kind != NULL)
        print_contents(out, disk->name, disk->size_bytes, &whole, "");
    for (size_t i = 0; i < count; i++) {
        struct contents contents = probe(parts[i].name);
        char path[160], text[32];
        uint64_t start = 0;
        snprintf(path, sizeof(path), "/sys/class/block/%s/start", parts[i].name);
        FILE *file = fopen(path, "re");
        if (file != NULL && fgets(text, sizeof(text), file) != NULL)
            start = strtoull(text, NULL, 10) * 512;
        if (file != NULL)
            fclose(file);
        print_contents(out, parts[i].name, parts[i].size_bytes, &contents,
                       has_gpt ? gpt_name_at(&gpt, start) : "");
    }
    gpt_clear(&gpt);
}

/* Reads a line from the terminal and compares it. */
static int ask(const char *question, const char *expected)
{
    char answer[DISK_TEXT_BYTES + 2];

    fprintf(stderr, "%s", question);
    fflush(stderr);
    if (fgets(answer, sizeof(answer), stdin) == NULL)
        return is_interrupted() ? -1 : fail("no answer: nothing was written");
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, expected) == 0
               ? 0
               : fail("\"%s\" is not \"%s\": nothing was written", answer, expected);
}

int guard_confirm(const struct disk *disk, const struct guard_options *options, const char *what)
{
    char question[DISK_TEXT_BYTES + 128];

    if (options->is_assumed)
        return 0;
    if (!disk_is_stick_like(disk) && disk->model[0] != '\0') {
        snprintf(question, sizeof(question),
                 "%s is no removable disk. Type its model to %s it all the same: ", disk->path,
                 what);
        if (ask(question, disk->model) < 0)
            return -1;
    }
    snprintf(question, sizeof(question), "Type %s to %s it: ", disk->name, what);
    return ask(question, disk->name);
}

int guard_same(const struct disk *disk)
{
    return disk_is_same(disk)
               ? 0
               : fail("%s: is no longer the disk that was planned for (%s %s): it was unplugged or "
                      "exchanged; look at mkhiperiso devices and start again",
                      disk->path, disk->model, disk->serial);
}

int guard_open(struct target *target, const char *path, const struct disk *disk)
{
    struct stat status;

    if (target_open_writable(target, path) < 0)
        return -1;
    bool is_right = fstat(target->fd, &status) == 0 && S_ISBLK(status.st_mode) == (disk != NULL) &&
                    (disk == NULL || (status.st_rdev == disk->number && disk_is_same(disk)));
    if (is_right)
        return 0;
    target_close(target);
    return fail("%s: is no longer what was planned for: the name led elsewhere meanwhile; nothing "
                "was written, start again",
                path);
}

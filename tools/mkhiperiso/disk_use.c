/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds who uses a disk: mounts, swap, holders above it, open descriptors. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/disk.h"

#define PARTS_MAX      256
#define OPENER_TRIES   3
#define OPENER_WAIT_MS 200

/* A disk and its partitions. */
struct part {
    char name[64];
    dev_t number;
};

struct parts {
    struct part items[PARTS_MAX];
    size_t count;
};

/* What is wrong with one, and what ends it: only texts that fit are shown whole. */
static void set_use(struct disk_use *use, const char *what, const char *remedy)
{
    snprintf(use->what, sizeof(use->what), "%s", what);
    snprintf(use->remedy, sizeof(use->remedy), "%s", remedy);
}

static void list_parts(const struct disk *disk, struct parts *ret_parts)
{
    char folder[128];
    struct disk part;

    ret_parts->count = 1;
    snprintf(ret_parts->items[0].name, sizeof(ret_parts->items[0].name), "%s", disk->name);
    ret_parts->items[0].number = disk->number;
    snprintf(folder, sizeof(folder), "/sys/class/block/%s", disk->name);
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL && ret_parts->count < PARTS_MAX;) {
        if (strncmp(entry->d_name, disk->name, strlen(disk->name)) != 0 ||
            disk_read_name(entry->d_name, &part) != STATUS_OK)
            continue;
        struct part *item = &ret_parts->items[ret_parts->count++];
        snprintf(item->name, sizeof(item->name), "%s", part.name);
        item->number = part.number;
    }
    closedir(dir);
}

static const struct part *find_part(const struct parts *parts, dev_t number)
{
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].number == number)
            return &parts->items[i];
    return NULL;
}

/* Turns the \040 and its like of procfs into what they stand for, in place. proc(5). */
static void unescape(char *text)
{
    char *out = text;

    for (const char *c = text; *c != '\0'; c++) {
        if (c[0] == '\\' && c[1] >= '0' && c[1] <= '3' && isdigit((unsigned char)c[2]) &&
            isdigit((unsigned char)c[3])) {
            *out++ = (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0'));
            c += 3;
        } else {
            *out++ = *c;
        }
    }
    *out = '\0';
}

/* The number of the device that a file system of SOURCE lies on: btrfs shows another one. */
static dev_t source_number(const char *source)
{
    struct stat about;

    return source[0] == '/' && stat(source, &about) == 0 && S_ISBLK(about.st_mode) ? about.st_rdev
                                                                                   : 0;
}

static bool find_mount(const struct parts *parts, struct disk_use *ret_use)
{
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t capacity = 0;
    bool is_found = false;

    while (mounts != NULL && !is_found && getline(&line, &capacity, mounts) >= 0) {
        unsigned major_number, minor_number;
        char place[PATH_MAX], source[PATH_MAX];
        if (sscanf(line, "%*d %*d %u:%u %*s %4095s", &major_number, &minor_number, place) != 3)
            continue;
        const char *rest = strstr(line, " - ");
        const struct part *part = find_part(parts, makedev(major_number, minor_number));
        if (part == NULL && rest != NULL && sscanf(rest, " - %*s %4095s", source) == 1) {
            unescape(source);
            dev_t number = source_number(source);
            part = number != 0 ? find_part(parts, number) : NULL;
        }
        if (part == NULL)
            continue;
        unescape(place);
        is_found = true;
        if (strcmp(place, "/") == 0) {
            snprintf(ret_use->what, sizeof(ret_use->what), "the running system is on it (%s is /)",
                     part->name);
            snprintf(ret_use->remedy, sizeof(ret_use->remedy), "choose another disk");
        } else {
            snprintf(ret_use->what, sizeof(ret_use->what), "%s is mounted at %.300s", part->name,
                     place);
            snprintf(ret_use->remedy, sizeof(ret_use->remedy), "umount /dev/%s", part->name);
        }
    }
    free(line);
    if (mounts != NULL)
        fclose(mounts);
    return is_found;
}

static bool find_swap(const struct parts *parts, struct disk_use *ret_use)
{
    FILE *swaps = fopen("/proc/swaps", "re");
    char line[PATH_MAX + 128], path[PATH_MAX];
    bool is_found = false;

    while (swaps != NULL && !is_found && fgets(line, sizeof(line), swaps) != NULL) {
        if (sscanf(line, "%4095s", path) != 1)
            continue;
        unescape(path);
        dev_t number = source_number(path);
        const struct part *part = number != 0 ? find_part(parts, number) : NULL;
        if (part == NULL)
            continue;
        snprintf(ret_use->what, sizeof(ret_use->what), "%s is swap space in use", part->name);
        snprintf(ret_use->remedy, sizeof(ret_use->remedy), "swapoff /dev/%s", part->name);
        is_found = true;
    }
    if (swaps != NULL)
        fclose(swaps);
    return is_found;
}

/* The name that people know a device-mapper device by: "vg-root". */
static void holder_title(const char *holder, char ret_title[64])
{
    char path[PATH_MAX];

    snprintf(ret_title, 64, "%.63s", holder);
    snprintf(path, sizeof(path), "/sys/class/block/%s/dm/name", holder);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fgets(path, sizeof(path), file) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        snprintf(ret_title, 64, "%.63s", path);
    }
    fclose(file);
}

static bool find_holder(const struct parts *parts, struct disk_use *ret_use)
{
    for (size_t i = 0; i < parts->count; i++) {
        char folder[160], title[64];
        snprintf(folder, sizeof(folder), "/sys/class/block/%s/holders", parts->items[i].name);
        DIR *dir = opendir(folder);
        if (dir == NULL)
            continue;
        struct dirent *entry = NULL;
        while ((entry = readdir(dir)) != NULL && entry->d_name[0] == '.')
            ;
        if (entry != NULL) {
            bool is_md = strncmp(entry->d_name, "md", 2) == 0;
            holder_title(entry->d_name, title);
            snprintf(ret_use->what, sizeof(ret_use->what), "%s is part of %s %s",
                     parts->items[i].name, is_md ? "the RAID" : "the device-mapper volume", title);
            if (is_md)
                snprintf(ret_use->remedy, sizeof(ret_use->remedy), "mdadm --stop /dev/%s", title);
            else
                snprintf(ret_use->remedy, sizeof(ret_use->remedy),
                         "close it (vgchange -an, cryptsetup close or dmsetup remove %s)", title);
            closedir(dir);
            return true;
        }
        closedir(dir);
    }
    return false;
}

/* Does process PID have one of PARTS open? */
static const struct part *opened_by(const struct parts *parts, const char *pid)
{
    char folder[64], path[PATH_MAX];
    const struct part *part = NULL;
    struct stat about;

    snprintf(folder, sizeof(folder), "/proc/%.20s/fd", pid);
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return NULL;
    for (struct dirent *entry; part == NULL && (entry = readdir(dir)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (stat(path, &about) == 0 && S_ISBLK(about.st_mode))
            part = find_part(parts, about.st_rdev);
    }
    closedir(dir);
    return part;
}

static bool find_opener_now(const struct parts *parts, struct disk_use *ret_use)
{
    DIR *dir = opendir("/proc");
    bool is_found = false;

    if (dir == NULL)
        return false;
    for (struct dirent *entry; !is_found && (entry = readdir(dir)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]) || atol(entry->d_name) == (long)getpid())
            continue;
        const struct part *part = opened_by(parts, entry->d_name);
        if (part == NULL)
            continue;
        char path[64], name[64] = "a program";
        snprintf(path, sizeof(path), "/proc/%.20s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file != NULL && fgets(name, sizeof(name), file) != NULL)
            name[strcspn(name, "\n")] = '\0';
        if (file != NULL)
            fclose(file);
        snprintf(ret_use->what, sizeof(ret_use->what), "%s is open in %s (process %.20s)",
                 part->name, name, entry->d_name);
        snprintf(ret_use->remedy, sizeof(ret_use->remedy), "end that program");
        is_found = true;
    }
    closedir(dir);
    return is_found;
}

/* udev looks at each disk that comes: who has it open for a moment is no user. */
static bool find_opener(const struct parts *parts, struct disk_use *ret_use)
{
    const struct timespec wait = {.tv_nsec = OPENER_WAIT_MS * 1000000L};

    for (int i = 0; find_opener_now(parts, ret_use); i++) {
        if (i == OPENER_TRIES)
            return true;
        nanosleep(&wait, NULL);
    }
    return false;
}

bool disk_find_use(const struct disk *disk, struct disk_use *ret_use)
{
    auto_free struct parts *parts = malloc(sizeof(*parts));

    if (parts == NULL) {
        set_use(ret_use, "there is no memory to look at its users", "try again");
        return true;
    }
    list_parts(disk, parts);
    return find_mount(parts, ret_use) || find_swap(parts, ret_use) || find_holder(parts, ret_use) ||
           find_opener(parts, ret_use);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads identity and size of disks from sysfs. */
#include "tools/mkhiperiso/disk.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"

#define DISKS_MAX      1024
#define SYSFS_SECTOR   512u /* the unit of `size`, whatever the disk's sectors are */
#define PARENTS_MAX    16
#define VPD_HEAD_BYTES 4 /* of SCSI's page 80h: SPC-4 7.8.15 */

/* What of a device's place in /sys tells how it is connected; the first match counts. */
static const struct {
    const char *part, *bus;
} buses[] = {
    {"/usb", "usb"},       {"/mmc_host/", "mmc"}, {"/nvme/", "nvme"},     {"/block/loop", "loop"},
    {"/block/dm-", "dm"},  {"/block/md", "md"},   {"/block/nbd", "nbd"},  {"/block/zram", "zram"},
    {"/block/ram", "ram"}, {"/ata", "ata"},       {"/pseudo_0/", "scsi"}, {"/target", "scsi"},
    {"/virtio", "virtio"},
};

/* The first line of FOLDER/NAME without blanks around it; false if it cannot be read. */
static bool read_line(const char *folder, const char *name, char *ret_text, size_t size)
{
    char path[PATH_MAX], text[DISK_TEXT_BYTES * 4];

    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len < 0)
        return false;
    text[len] = '\0';
    char *start = text + strspn(text, " \t");
    start[strcspn(start, "\n")] = '\0';
    for (size_t end = strlen(start); end > 0 && isspace((unsigned char)start[end - 1]); end--)
        start[end - 1] = '\0';
    snprintf(ret_text, size, "%.*s", (int)size - 1, start);
    return true;
}

static uint64_t read_number(const char *folder, const char *name)
{
    char text[32];

    return read_line(folder, name, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/* SCSI and ATA disks tell their number in a page of vital product data. */
static bool read_vpd_serial(const char *folder, char ret_text[DISK_TEXT_BYTES])
{
    char path[PATH_MAX];
    unsigned char page[VPD_HEAD_BYTES + DISK_TEXT_BYTES];

    if ((size_t)snprintf(path, sizeof(path), "%s/device/vpd_pg80", folder) >= sizeof(path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, page, sizeof(page) - 1);
    close(fd);
    if (len <= VPD_HEAD_BYTES)
        return false;
    page[len] = '\0';
    const char *text = (const char *)page + VPD_HEAD_BYTES;
    text += strspn(text, " ");
    size_t used = strcspn(text, " \n");
    snprintf(ret_text, DISK_TEXT_BYTES, "%.*s", (int)used, text);
    return *ret_text != '\0';
}

/* A USB device's own number stands some folders above the disk, beside idVendor. */
static bool read_usb_serial(const char *real, char ret_text[DISK_TEXT_BYTES])
{
    char folder[PATH_MAX], vendor[16];

    snprintf(folder, sizeof(folder), "%s", real);
    for (int i = 0; i < PARENTS_MAX; i++) {
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash == folder)
            return false;
        *slash = '\0';
        if (read_line(folder, "idVendor", vendor, sizeof(vendor)))
            return read_line(folder, "serial", ret_text, DISK_TEXT_BYTES);
    }
    return false;
}

static void read_serial(const char *real, struct disk *disk)
{
    disk->serial[0] = '\0';
    if (strcmp(disk->bus, "usb") == 0 && read_usb_serial(real, disk->serial))
        return;
    if (read_line(real, "device/serial", disk->serial, DISK_TEXT_BYTES) && *disk->serial != '\0')
        return;
    if (read_line(real, "serial", disk->serial, DISK_TEXT_BYTES) && *disk->serial != '\0')
        return;
    if (read_vpd_serial(real, disk->serial))
        return;
    if (read_line(real, "dm/uuid", disk->serial, DISK_TEXT_BYTES) && *disk->serial != '\0')
        return;
    /* A loop device is as good as its file. */
    if (!read_line(real, "loop/backing_file", disk->serial, DISK_TEXT_BYTES))
        disk->serial[0] = '\0';
}

static void read_model(const char *real, struct disk *disk)
{
    char vendor[DISK_TEXT_BYTES] = "", model[DISK_TEXT_BYTES] = "";

    if (strcmp(disk->bus, "loop") == 0) {
        snprintf(disk->model, DISK_TEXT_BYTES, "loop device");
        return;
    }
    if (!read_line(real, "device/model", model, sizeof(model)) &&
        !read_line(real, "device/name", model, sizeof(model)))
        read_line(real, "dm/name", model, sizeof(model));
    /* PCI numbers are no names: "0x1af4" */
    if (read_line(real, "device/vendor", vendor, sizeof(vendor)) && strncmp(vendor, "0x", 2) == 0)
        vendor[0] = '\0';
    if (strcmp(vendor, "ATA") == 0)
        vendor[0] = '\0';
    snprintf(disk->model, DISK_TEXT_BYTES, "%.100s%s%.200s", vendor,
             *vendor != '\0' && *model != '\0' ? " " : "", model);
}

/* Fills *RET_DISK from the folder FOLDER of sysfs. */
static enum status read_folder(const char *folder, struct disk *ret_disk)
{
    struct disk disk = {0};
    char real[PATH_MAX], text[64];
    unsigned major_number, minor_number;

    if (realpath(folder, real) == NULL)
        return STATUS_NOT_FOUND;
    if (!read_line(real, "dev", text, sizeof(text)) ||
        sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
        return STATUS_NOT_FOUND;
    disk.number = makedev(major_number, minor_number);
    snprintf(disk.name, sizeof(disk.name), "%.63s", strrchr(real, '/') + 1);
    for (char *c = disk.name; *c != '\0'; c++)
        if (*c == '!') /* "cciss!c0d0" */
            *c = '/';
    snprintf(disk.path, sizeof(disk.path), "/dev/%s", disk.name);
    disk.size_bytes = read_number(real, "size") * SYSFS_SECTOR;
    disk.is_read_only = read_number(real, "ro") != 0;
    if (read_line(real, "partition", text, sizeof(text))) {
        *strrchr(real, '/') = '\0';
        snprintf(disk.parent, sizeof(disk.parent), "%.63s", strrchr(real, '/') + 1);
    }
    disk.is_removable = read_number(real, "removable") != 0;
    disk.sequence = read_number(real, "diskseq");
    disk.sector_bytes = (uint32_t)read_number(real, "queue/logical_block_size");
    for (size_t i = 0; i < ARRAY_SIZE(buses) && disk.bus[0] == '\0'; i++)
        if (strstr(real, buses[i].part) != NULL)
            snprintf(disk.bus, sizeof(disk.bus), "%s", buses[i].bus);
    /* A chip on the board is no card. Linux, Documentation/driver-api/mmc/mmc-dev-attrs.rst */
    if (strcmp(disk.bus, "mmc") == 0 && read_line(real, "device/type", text, sizeof(text)) &&
        strcmp(text, "SD") != 0)
        snprintf(disk.bus, sizeof(disk.bus), "emmc");
    read_serial(real, &disk);
    read_model(real, &disk);
    *ret_disk = disk;
    return STATUS_OK;
}

enum status disk_read_name(const char *name, struct disk *ret_disk)
{
    char folder[PATH_MAX];

    if ((size_t)snprintf(folder, sizeof(folder), "/sys/class/block/%s", name) >= sizeof(folder))
        return STATUS_TOO_LARGE;
    for (char *c = folder + strlen("/sys/class/block/"); *c != '\0'; c++)
        if (*c == '/')
            *c = '!';
    return read_folder(folder, ret_disk);
}

int disk_read(const char *path, struct disk *ret_disk)
{
    struct stat about;
    char folder[64];

    if (stat(path, &about) < 0)
        return fail("%s: %s", path, strerror(errno));
    if (!S_ISBLK(about.st_mode))
        return fail("%s: is no disk; mkhiperiso devices lists those that are there", path);
    snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major(about.st_rdev),
             minor(about.st_rdev));
    if (read_folder(folder, ret_disk) != STATUS_OK)
        return fail("%s: the kernel knows no such disk any more; plug it in again", path);
    return 0;
}

static int compare_disks(const void *a, const void *b)
{
    return strverscmp(((const struct disk *)a)->name, ((const struct disk *)b)->name);
}

int disk_list(struct disk **ret_disks, size_t *ret_count)
{
    struct dirent **names = NULL;
    size_t count = 0;
    int found = scandir("/sys/block", &names, NULL, NULL);

    if (found < 0)
        return fail("/sys/block: %s; is /sys mounted?", strerror(errno));
    struct disk *disks = calloc(found > 0 ? (size_t)found : 1, sizeof(*disks));
    for (int i = 0; i < found; i++) {
        if (disks != NULL && names[i]->d_name[0] != '.' && count < DISKS_MAX &&
            disk_read_name(names[i]->d_name, &disks[count]) == STATUS_OK &&
            disks[count].size_bytes > 0)
            count++;
        free(names[i]);
    }
    free(names);
    if (disks == NULL)
        return fail("out of memory");
    qsort(disks, count, sizeof(*disks), compare_disks);
    *ret_disks = disks;
    *ret_count = count;
    return 0;
}

bool disk_is_stick_like(const struct disk *disk)
{
    return disk->is_removable || strcmp(disk->bus, "usb") == 0 || strcmp(disk->bus, "mmc") == 0;
}

bool disk_is_same(const struct disk *disk)
{
    struct disk now;

    return disk_read_name(disk->name, &now) == STATUS_OK && now.number == disk->number &&
           now.size_bytes == disk->size_bytes && now.sequence == disk->sequence &&
           strcmp(now.serial, disk->serial) == 0 && strcmp(now.model, disk->model) == 0;
}

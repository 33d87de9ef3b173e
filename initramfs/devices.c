/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds partitions by the GUID in their disk's GPT: the kernel of Debian 12 does not tell it. */
#include "initramfs/devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/blockfile.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"

#define POLL_MS      100
#define DISK_READ_MS 10000

/* Never the stick: memory, optical and floppy drives (opening an empty one takes seconds), what is
 * made of other devices. */
static const char *const skipped[] = {"loop", "ram", "zram", "sr", "fd", "dm-", "md"};

void devices_init(struct devices *devices)
{
    *devices = (struct devices){.class_folder = "/sys/class/block", .node_folder = "/dev"};
}

static void clear_disk(struct devices_disk *disk)
{
    free(disk->partitions);
    *disk = (struct devices_disk){0};
}

void devices_clear(struct devices *devices)
{
    for (unsigned i = 0; i < devices->count; i++)
        clear_disk(&devices->disks[i]);
    devices->count = 0;
}

static bool is_skipped(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(skipped); i++) {
        size_t len = strlen(skipped[i]);
        if (strncmp(name, skipped[i], len) == 0 && name[len] >= '0' && name[len] <= '9')
            return true;
    }
    return name[0] == '.' || strlen(name) >= DEVICES_NAME_BYTES;
}

static int read_attribute(const struct devices *devices, const char *name, const char *attribute,
                          uint64_t *ret_number)
{
    char path[512];
    int len = snprintf(path, sizeof(path), "%s/%s/%s", devices->class_folder, name, attribute);
    return len < 0 || (size_t)len >= sizeof(path) ? -ENAMETOOLONG
                                                  : hosted_read_number(path, ret_number);
}

/* "QEMU HARDDISK" without the blanks that SCSI pads with and without what a terminal would act on.
 */
static void read_model(const struct devices *devices, struct devices_disk *disk)
{
    static const char *const attributes[] = {"device/model", "device/name"};
    for (size_t i = 0; i < ARRAY_SIZE(attributes) && disk->model[0] == '\0'; i++) {
        char path[512];
        auto_strbuf text = strbuf_with_max(sizeof(disk->model) - 1);
        snprintf(path, sizeof(path), "%s/%s/%s", devices->class_folder, disk->name, attributes[i]);
        if (hosted_read_file(path, &text) < 0)
            continue;
        size_t len = text.len;
        while (len > 0 && (unsigned char)text.text[len - 1] <= ' ')
            len--;
        for (size_t c = 0; c < len; c++)
            disk->model[c] = text.text[c] < ' ' || text.text[c] > '~' ? '?' : text.text[c];
        disk->model[len] = '\0';
    }
}

/* What the process that reads a partition table hands back. */
struct table {
    char path[512];
    uint64_t size_bytes;
    uint32_t block_bytes;
    enum status status;
    unsigned count;
    struct devices_partition partitions[DEVICES_PARTITIONS_MAX];
};

static int read_table(void *context)
{
    struct table *table = context;
    struct blockfile file;
    int r = blockfile_open(&file, table->path, table->size_bytes, table->block_bytes);
    if (r < 0)
        return r;
    struct gpt gpt;
    table->status = gpt_read(&file.device, &gpt);
    blockfile_close(&file);
    if (table->status != STATUS_OK)
        return 0;
    for (unsigned i = 0; i < gpt.count && i < DEVICES_PARTITIONS_MAX; i++) {
        struct devices_partition *p = &table->partitions[i];
        const struct gpt_partition *source = &gpt.partitions[i];
        p->number = source->number;
        p->size_bytes = source->size_bytes;
        p->is_esp = memcmp(source->type, gpt_type_esp, sizeof(gpt_type_esp)) == 0;
        gpt_guid_text(source->unique, p->partuuid);
        snprintf(p->label, sizeof(p->label), "%.63s", source->name);
        table->count = i + 1;
    }
    gpt_clear(&gpt);
    return 0;
}

/* Reads the table in a process of its own: a dying disk holds its reader for minutes. */
static void take_table(const struct devices *devices, struct devices_disk *disk)
{
    uint64_t block_bytes;
    struct table *table =
        mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    disk->gpt = STATUS_NO_MEMORY;
    if (table == MAP_FAILED)
        return;
    if (read_attribute(devices, disk->name, "queue/logical_block_size", &block_bytes) < 0)
        block_bytes = 512;
    snprintf(table->path, sizeof(table->path), "%s/%s", devices->node_folder, disk->name);
    table->status = STATUS_IO; /* until somebody has read it */
    table->size_bytes = disk->size_bytes;
    table->block_bytes = (uint32_t)block_bytes;
    int r = child_call(read_table, table, DISK_READ_MS);
    disk->gpt = r == -ETIMEDOUT ? STATUS_CANCELLED : table->status;
    if (r == 0 && table->status == STATUS_OK) {
        disk->partitions = calloc(table->count + 1, sizeof(*disk->partitions));
        disk->count = disk->partitions != NULL ? table->count : 0;
        if (disk->partitions != NULL)
            memcpy(disk->partitions, table->partitions, table->count * sizeof(*disk->partitions));
    }
    munmap(table, sizeof(*table));
}

/* Asks the kernel which node is partition N: "sda1", "nvme0n1p1", "mmcblk0p1". */
static void find_nodes(const struct devices *devices, struct devices_disk *disk)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", devices->class_folder, disk->name);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    size_t disk_len = strlen(disk->name);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        uint64_t number;
        char attribute[DEVICES_NAME_BYTES + 16];
        if (strncmp(entry->d_name, disk->name, disk_len) != 0 ||
            strlen(entry->d_name) >= DEVICES_NAME_BYTES)
            continue;
        snprintf(attribute, sizeof(attribute), "%.*s/partition", DEVICES_NAME_BYTES - 1,
                 entry->d_name);
        if (read_attribute(devices, disk->name, attribute, &number) < 0)
            continue;
        for (unsigned i = 0; i < disk->count; i++)
            if (disk->partitions[i].number == number)
                snprintf(disk->partitions[i].name, sizeof(disk->partitions[i].name), "%.*s",
                         DEVICES_NAME_BYTES - 1, entry->d_name);
    }
    closedir(folder);
}

static bool has_all_nodes(const struct devices_disk *disk)
{
    for (unsigned i = 0; i < disk->count; i++)
        if (disk->partitions[i].name[0] == '\0')
            return false;
    return true;
}

static struct devices_disk *known_disk(struct devices *devices, const char *name)
{
    for (unsigned i = 0; i < devices->count; i++)
        if (strcmp(devices->disks[i].name, name) == 0)
            return &devices->disks[i];
    return NULL;
}

static void look_at(struct devices *devices, const char *name)
{
    uint64_t number, sectors, sequence = 0;
    if (is_skipped(name) || read_attribute(devices, name, "partition", &number) == 0)
        return;
    if (read_attribute(devices, name, "size", &sectors) < 0 || sectors == 0 ||
        sectors > UINT64_MAX / 512)
        return;
    if (read_attribute(devices, name, "diskseq", &sequence) < 0)
        sequence = 0;
    struct devices_disk *disk = known_disk(devices, name);
    if (disk == NULL) {
        if (devices->count == DEVICES_DISKS_MAX)
            return;
        disk = &devices->disks[devices->count++];
        *disk = (struct devices_disk){0};
    }
    bool is_known =
        disk->size_bytes == sectors * 512 && disk->sequence == sequence && disk->gpt != STATUS_IO;
    if (!is_known) {
        clear_disk(disk);
        snprintf(disk->name, sizeof(disk->name), "%.*s", DEVICES_NAME_BYTES - 1, name);
        disk->size_bytes = sectors * 512;
        disk->sequence = sequence;
        read_model(devices, disk);
        take_table(devices, disk);
    }
    if (!has_all_nodes(disk))
        find_nodes(devices, disk);
}

/* Forgets disks that were pulled. */
static void forget_gone(struct devices *devices)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < devices->count; i++) {
        uint64_t sectors;
        if (read_attribute(devices, devices->disks[i].name, "size", &sectors) < 0 || sectors == 0) {
            clear_disk(&devices->disks[i]);
            continue;
        }
        if (kept != i)
            devices->disks[kept] = devices->disks[i];
        kept++;
    }
    devices->count = kept;
}

void devices_scan(struct devices *devices)
{
    forget_gone(devices);
    DIR *folder = opendir(devices->class_folder);
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        look_at(devices, entry->d_name);
    closedir(folder);
}

unsigned devices_find(const struct devices *devices, const char *partuuid,
                      struct devices_match *ret, unsigned ret_max)
{
    unsigned found = 0;
    for (unsigned d = 0; d < devices->count; d++) {
        const struct devices_disk *disk = &devices->disks[d];
        for (unsigned p = 0; p < disk->count; p++) {
            if (strcmp(disk->partitions[p].partuuid, partuuid) != 0)
                continue;
            if (found < ret_max)
                ret[found] = (struct devices_match){disk, &disk->partitions[p]};
            found++;
        }
    }
    return found;
}

const struct devices_partition *devices_esp_of(const struct devices_disk *disk)
{
    for (unsigned p = 0; p < disk->count; p++)
        if (disk->partitions[p].is_esp)
            return &disk->partitions[p];
    return NULL;
}

static void describe_disk(const struct devices_disk *disk, struct strbuf *b)
{
    strbuf_printf(b, "%s (%s%s%u.%u GB: ", disk->name, disk->model,
                  disk->model[0] != '\0' ? ", " : "", (unsigned)(disk->size_bytes / 1000000000),
                  (unsigned)(disk->size_bytes / 100000000 % 10));
    if (disk->gpt != STATUS_OK)
        strbuf_printf(b, "%s", disk->gpt == STATUS_NOT_FOUND ? "no GPT" : "its GPT cannot be read");
    else if (disk->count == 0)
        strbuf_append(b, "no partition");
    for (unsigned p = 0; p < disk->count; p++)
        strbuf_printf(b, "%s%u %s%s%s", p > 0 ? ", " : "", disk->partitions[p].number,
                      disk->partitions[p].label, disk->partitions[p].label[0] != '\0' ? " " : "",
                      disk->partitions[p].partuuid);
    strbuf_append_char(b, ')');
}

void devices_describe(const struct devices *devices, struct strbuf *b)
{
    if (devices->count == 0)
        strbuf_append(b, "no disk at all");
    for (unsigned d = 0; d < devices->count; d++) {
        if (d > 0)
            strbuf_append(b, ", ");
        describe_disk(&devices->disks[d], b);
    }
}

/* The kernel's news about devices; -1 when there are none to be had, then the clock alone drives
 * the search. */
static int open_uevents(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    auto_close fd =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return take_fd(&fd);
}

static void wait_uevent(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char message[4096];
    poll(&p, 1, POLL_MS);
    while (fd >= 0 && recv(fd, message, sizeof(message), 0) > 0)
        ;
}

int devices_wait(struct devices *devices, const char *partuuid, int timeout_ms,
                 struct devices_match *ret, unsigned ret_max, unsigned *ret_count)
{
    uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
    auto_close uevents = open_uevents();
    for (;;) {
        devices_scan(devices);
        unsigned count = devices_find(devices, partuuid, ret, ret_max);
        bool is_ready = count > 0;
        for (unsigned i = 0; i < count && i < ret_max; i++)
            is_ready = is_ready && ret[i].partition->name[0] != '\0';
        if (is_ready) {
            *ret_count = count;
            return 0;
        }
        if (clock_mono_ms() >= until)
            return -ENODEV;
        wait_uevent(uevents);
    }
}

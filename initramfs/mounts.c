/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount tables. */
#include "initramfs/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/layout.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"

#define MOUNT_TIMEOUT_MS   30000
#define RUNTIME_TIMEOUT_MS 90000
#define RELEASE_TIMEOUT_MS 60000
#define RELEASE_BUSY_MS    3000
#define TEXT_OF(x)         TEXT_OF_(x)
#define TEXT_OF_(x)        #x

struct mount_row {
    const char *source, *target, *type;
    unsigned long flags;
    const char *options;
};

static const struct mount_row early_rows[] = {
    {"devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755"},
    {"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666"},
    {"tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"},
    {"tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
};

static const struct mount_row late_rows[] = {
    {"efivarfs", MOUNTS_EFIVARS, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"cgroup2", MOUNTS_CGROUP, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
    {"debugfs", "/sys/kernel/debug", "debugfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
};

/* All files of the stick belong to the guest's user; what it may write is decided by the bind
 * mounts of the runtime. */
static const struct mount_row data_rows[] = {
    {NULL, MOUNTS_DATA, "exfat", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
     "uid=" TEXT_OF(MOUNTS_GUEST_UID) ",gid=" TEXT_OF(
         MOUNTS_GUEST_UID) ",umask=0022,iocharset=utf8"},
    {NULL, MOUNTS_DATA, "vfat", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
     "uid=" TEXT_OF(MOUNTS_GUEST_UID) ",gid=" TEXT_OF(MOUNTS_GUEST_UID) ",umask=0022,utf8=1"},
};

static const struct mount_row esp_row = {
    NULL, MOUNTS_ESP, "vfat", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "umask=0077",
};

static const struct mount_row runtime_rows[] = {
    {"/dev", MOUNTS_RUNTIME "/dev", NULL, MS_BIND, NULL},
    {"/proc", MOUNTS_RUNTIME "/proc", NULL, MS_BIND, NULL},
    {"/sys", MOUNTS_RUNTIME "/sys", NULL, MS_BIND, NULL},
    {"/run", MOUNTS_RUNTIME "/run", NULL, MS_BIND, NULL},
    {"tmpfs", MOUNTS_RUNTIME "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"tmpfs", MOUNTS_RUNTIME "/var/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
    {MOUNTS_DATA, MOUNTS_RUNTIME "/data", NULL, MS_BIND, NULL},
    {NULL, MOUNTS_RUNTIME "/data", NULL,
     MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
};

static const char *const needed_nodes[] = {
    "/dev/null", "/dev/zero", "/dev/urandom", "/dev/kmsg", "/dev/tty0",
};

static const char *const release_targets[] = {MOUNTS_DATA, MOUNTS_ESP, MOUNTS_EFIVARS};

static int mount_row(const struct mount_row *row, const char *source)
{
    return mount(source, row->target, row->type, row->flags, row->options) < 0 ? -errno : 0;
}

struct bounded_mount {
    const struct mount_row *row;
    const char *source;
};

static int do_mount(void *context)
{
    const struct bounded_mount *m = context;
    return mount_row(m->row, m->source);
}

/* A mount of something that may be a broken disk. */
static int mount_bounded(const struct mount_row *row, const char *source)
{
    struct bounded_mount m = {row, source};
    if (mkdir(row->target, 0755) < 0 && errno != EEXIST)
        return -errno;
    return child_call(do_mount, &m, MOUNT_TIMEOUT_MS);
}

int mounts_early(struct strbuf *why)
{
    int failed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(early_rows); i++) {
        const struct mount_row *row = &early_rows[i];
        mkdir(row->target, 0755);
        int r = mount_row(row, row->source);
        if (r < 0 && r != -EBUSY) { /* EBUSY: the kernel mounted devtmpfs itself */
            if (failed == 0)
                strbuf_printf(why, "cannot mount %s at %s: %s", row->source, row->target,
                              strerror(-r));
            failed = failed == 0 ? r : failed;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(needed_nodes); i++) {
        struct stat st;
        if (stat(needed_nodes[i], &st) == 0 && S_ISCHR(st.st_mode))
            continue;
        if (failed == 0)
            strbuf_printf(why, "%s is missing: the host kernel made no such device",
                          needed_nodes[i]);
        failed = failed == 0 ? -ENODEV : failed;
    }
    return failed;
}

void mounts_late(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(late_rows); i++) {
        int r = mount_row(&late_rows[i], late_rows[i].source);
        if (r < 0 && r != -EBUSY)
            log_note("no %s: %s", late_rows[i].source, strerror(-r));
    }
}

int mounts_data(const char *node, struct strbuf *why)
{
    int first = 0;
    for (size_t i = 0; i < ARRAY_SIZE(data_rows); i++) {
        int r = mount_bounded(&data_rows[i], node);
        if (r == 0)
            return 0;
        first = first == 0 ? r : first;
    }
    if (first == -EACCES || first == -EROFS) /* EACCES: the block device is read-only */
        strbuf_printf(why,
                      "the stick is write-protected (%s): move its switch, or take another stick; "
                      "the session is recorded on it",
                      node);
    else
        strbuf_printf(
            why, "cannot mount the data partition %s: %s; check its file system with fsck.exfat",
            node, strerror(-first));
    return first;
}

int mounts_esp(const char *node, struct strbuf *why)
{
    int r = mount_bounded(&esp_row, node);
    if (r < 0)
        strbuf_printf(why, "cannot mount the boot partition %s: %s; check it with fsck.fat", node,
                      strerror(-r));
    return r;
}

/* A squashfs says how long it is: a copy that was cut is told apart before QEMU dies of it.
 * Squashfs 4.0 super block: magic at 0, version at 28, bytes_used at 40. */
static int check_squashfs(int fd, const char *path, struct strbuf *why)
{
    uint8_t super[96];
    struct stat st;
    ssize_t got = pread(fd, super, sizeof(super), 0);
    if (got < 0 || fstat(fd, &st) < 0) {
        int r = -errno;
        strbuf_printf(why, "cannot read %s: %s", path, strerror(-r));
        return r;
    }
    if (got != sizeof(super) || get_le32(super) != 0x73717368 || get_le16(super + 28) != 4) {
        strbuf_printf(why, "%s is damaged: it is no squashfs; write the stick anew", path);
        return -EUCLEAN;
    }
    uint64_t used = get_le64(super + 40);
    if (used > (uint64_t)st.st_size) {
        strbuf_printf(why, "%s is damaged: %llu of %llu bytes are there; write the stick anew",
                      path, (unsigned long long)st.st_size, (unsigned long long)used);
        return -EUCLEAN;
    }
    return 0;
}

/* A loop device that goes away with its last user. */
static int attach_loop(int file_fd, char ret_node[32], struct strbuf *why)
{
    static const char control_node[] = "/dev/loop-control";
    auto_close control = open(control_node, O_RDWR | O_CLOEXEC);
    if (control < 0) {
        int r = -errno;
        strbuf_printf(why,
                      r == -ENOENT ? "%s is missing: the host kernel has no loop driver"
                                   : "%s cannot be opened",
                      control_node);
        return r;
    }
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) {
        int r = -errno;
        strbuf_printf(why, "%s gives no loop device", control_node);
        return r;
    }
    snprintf(ret_node, 32, "/dev/loop%d", number);
    int loop = open(ret_node, O_RDONLY | O_CLOEXEC);
    if (loop < 0) {
        int r = -errno;
        strbuf_printf(why, "%s cannot be opened", ret_node);
        return r;
    }
    struct loop_config config = {
        .fd = (uint32_t)file_fd,
        .info = {.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR},
    };
    if (ioctl(loop, LOOP_CONFIGURE, &config) < 0) {
        int r = -errno;
        strbuf_printf(why, "%s takes no file", ret_node);
        close(loop);
        return r;
    }
    return loop; /* kept open until the mount holds it */
}

static int do_mount_runtime(void *context, struct strbuf *why)
{
    (void)context;
    static const char path[] = MOUNTS_ESP LAYOUT_ESP_RUNTIME;
    static const char *const shown = &LAYOUT_ESP_RUNTIME[1];
    auto_close file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        int r = -errno;
        strbuf_printf(why, "%s is missing on the boot partition: %s; write the stick anew", shown,
                      strerror(-r));
        return r;
    }
    int r = check_squashfs(file, shown, why);
    if (r < 0)
        return r;
    char node[32];
    auto_close loop = attach_loop(file, node, why);
    if (loop < 0) {
        strbuf_printf(why, " (for %s: %s)", shown, strerror(-loop));
        return loop;
    }
    const struct mount_row row = {NULL, MOUNTS_RUNTIME, "squashfs", MS_RDONLY | MS_NODEV, NULL};
    r = mount_bounded(&row, node);
    if (r < 0) {
        strbuf_printf(why, "%s is damaged: %s; write the stick anew", shown, strerror(-r));
        return r;
    }
    for (size_t i = 0; i < ARRAY_SIZE(runtime_rows); i++) {
        r = mount_row(&runtime_rows[i], runtime_rows[i].source);
        if (r < 0) {
            strbuf_printf(why,
                          "cannot mount %s: %s; the runtime lacks the folder, write the stick anew",
                          runtime_rows[i].target, strerror(-r));
            return r;
        }
    }
    return 0;
}

int mounts_runtime(struct strbuf *why)
{
    return child_call_text(do_mount_runtime, NULL, RUNTIME_TIMEOUT_MS, why);
}

int mounts_runtime_writable(const char *folder, struct strbuf *why)
{
    char target[4096];
    int len = snprintf(target, sizeof(target), "%s%s", MOUNTS_RUNTIME, folder);
    if (len < 0 || (size_t)len >= sizeof(target))
        return -ENAMETOOLONG;
    if (mount(folder, target, NULL, MS_BIND, NULL) < 0) {
        int r = -errno;
        strbuf_printf(why, "cannot open %s for the guest: %s", folder, strerror(-r));
        return r;
    }
    return 0;
}

/* Unmounts, waiting for the last users (a loop device lets go of its file a moment later). */
static int release_target(const char *target)
{
    for (int waited_ms = 0; waited_ms < RELEASE_BUSY_MS; waited_ms += 20) {
        if (umount2(target, 0) == 0 || errno == EINVAL || errno == ENOENT)
            return 0;
        if (errno != EBUSY)
            break;
        clock_sleep_ms(20);
    }
    int r = -errno;
    umount2(target, MNT_DETACH);
    return r;
}

static int do_release(void *context)
{
    (void)context;
    int failed = 0;
    sync();
    /* Lazily, with all that is mounted inside: a process that cannot be killed must not keep the
     * stick from being synced. */
    umount2(MOUNTS_RUNTIME, MNT_DETACH);
    for (size_t i = 0; i < ARRAY_SIZE(release_targets); i++) {
        int r = release_target(release_targets[i]);
        failed = failed == 0 ? r : failed;
    }
    sync();
    return failed;
}

void mounts_release(void)
{
    int r = child_call(do_release, NULL, RELEASE_TIMEOUT_MS);
    if (r < 0)
        log_say("the stick could not be unmounted cleanly: %s", strerror(-r));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's device messages. drm_sysfs_hotplug_event(): SUBSYSTEM=drm, HOTPLUG=1. */
#include "initramfs/viewer/uevent.h"

#include <string.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUP_KERNEL 1
#define MESSAGE_MAX  8192

int uevent_open(void)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool uevent_message_is_hotplug(const char *message, size_t len)
{
    bool is_drm = false, is_hotplug = false;
    while (len > 0) {
        size_t word = strnlen(message, len);
        is_drm = is_drm || (word == 13 && memcmp(message, "SUBSYSTEM=drm", 13) == 0);
        is_hotplug = is_hotplug || (word == 9 && memcmp(message, "HOTPLUG=1", 9) == 0);
        word += word < len;
        message += word;
        len -= word;
    }
    return is_drm && is_hotplug;
}

bool uevent_is_hotplug(int fd)
{
    bool is_hotplug = false;
    for (;;) {
        char message[MESSAGE_MAX];
        struct sockaddr_nl from = {0};
        socklen_t from_len = sizeof(from);
        ssize_t got =
            recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)&from, &from_len);
        if (got <= 0)
            return is_hotplug;
        if (from.nl_pid == 0) /* anyone may send here, the kernel has no number */
            is_hotplug = uevent_message_is_hotplug(message, (size_t)got) || is_hotplug;
    }
}

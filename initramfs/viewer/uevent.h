/* SPDX-License-Identifier: BSD-2-Clause */
/* Word from the kernel that a monitor was plugged in or out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A descriptor to poll; -1 when the kernel sends nothing. */
int uevent_open(void);

/* Reads all that has come: true when one of them was about monitors. */
bool uevent_is_hotplug(int fd);

/* Is the message of LEN bytes ("change@/devices/...", then NUL-terminated KEY=VALUE) about
 * monitors? */
bool uevent_message_is_hotplug(const char *message, size_t len);

/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's memory cgroup. */
#include "initramfs/guest_memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"
#include "initramfs/host.h"
#include "initramfs/hosted.h"
#include "initramfs/mounts.h"

#define GUEST_GROUP MOUNTS_CGROUP "/guest"

int guest_memory_prepare(const char **ret_procs, struct strbuf *why)
{
    uint64_t available_mb = host_ram_available_mb();
    char limit[32];
    const struct {
        const char *file, *text;
    } rows[] = {
        {MOUNTS_CGROUP "/cgroup.subtree_control", "+memory"},
        {GUEST_GROUP "/memory.max", limit},
    };
    *ret_procs = NULL;
    if (available_mb <= GUEST_MEMORY_RESERVE_MB) {
        strbuf_printf(why, "only %llu MB are available", (unsigned long long)available_mb);
        return -ENOMEM;
    }
    snprintf(limit, sizeof(limit), "%lluM",
             (unsigned long long)(available_mb - GUEST_MEMORY_RESERVE_MB));
    int r = mkdir(GUEST_GROUP, 0755) < 0 && errno != EEXIST ? -errno : 0;
    if (r < 0)
        strbuf_printf(why, GUEST_GROUP ": %s", strerror(-r));
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++) {
        r = hosted_write_file(rows[i].file, rows[i].text, strlen(rows[i].text));
        if (r < 0)
            strbuf_printf(why, "%s: %s", rows[i].file, strerror(-r));
    }
    if (r == 0)
        *ret_procs = GUEST_GROUP "/cgroup.procs";
    return r;
}

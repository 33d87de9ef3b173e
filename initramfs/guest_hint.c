/* SPDX-License-Identifier: BSD-2-Clause */
/* Hints about qemu_extra_args. */
#include "initramfs/guest_hint.h"

#include <signal.h>
#include <string.h>

#include "config/base/cleanup.h"

void guest_hint(int signal_number, struct strbuf *reason)
{
    static const struct {
        int signal;
        const char *words, *hint;
    } hints[] = {
        {SIGSYS, NULL,
         "an argument in qemu_extra_args asks for what QEMU's sandbox forbids (new users, "
         "programs, "
         "priorities)"},
        {0, "Permission denied",
         "QEMU runs as a user of its own: with qemu_extra_args it may read the stick at /data and "
         "write nothing"},
        {0, "Operation not permitted", "QEMU runs as a user of its own, without any privilege"},
        {0, "No such file", "qemu_extra_args: QEMU sees the stick at /data and no other disk"},
        {0, "Read-only file system",
         "qemu_extra_args: QEMU may read the stick at /data, not write"},
        {0, NULL, "look at qemu_extra_args"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
        if (hints[i].signal != 0 && hints[i].signal != signal_number)
            continue;
        if (hints[i].words != NULL && strstr(strbuf_text(reason), hints[i].words) == NULL)
            continue;
        strbuf_printf(reason, "; %s", hints[i].hint);
        return;
    }
}

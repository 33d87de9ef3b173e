/* SPDX-License-Identifier: BSD-2-Clause */
/* The rescue shell: after a failure, on every console at once, until the user leaves it. */
#pragma once

#include "config/settings.h"
#include "initramfs/console.h"

/* What the shell's user is told. */
struct rescue_facts {
    const char *reason;
    const char *session;          /* path of the session's folder; NULL: there is none */
    const struct text_list *argv; /* QEMU's arguments; NULL: QEMU was not reached */
};

/* Runs a shell and returns when it has ended. -errno when there is none (the runtime is not
 * mounted).
 */
int rescue_run(struct console *console, const struct rescue_facts *facts) must_check;

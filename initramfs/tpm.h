/* SPDX-License-Identifier: BSD-2-Clause */
/* swtpm, the guest's TPM 2.0, as a child beside QEMU; its state is the image's own and is kept. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/lines.h"

struct tpm {
    pid_t pid;  /* 0: it does not run */
    int output; /* what it says; -1 */
    struct lines lines;
    bool has_failed;     /* ended while it was needed */
    char last_line[200]; /* of its own messages */
};

void tpm_init(struct tpm *tpm);

/* Starts swtpm with its state in FOLDER (a path of the runtime, which is made). *RET_CONTROL is for
 * QEMU's emulator; the caller closes it. -errno with one line in WHY. */
int tpm_start(struct tpm *tpm, const char *folder, int *ret_control, struct strbuf *why) must_check;

/* Takes LEN bytes of its output. */
void tpm_take(struct tpm *tpm, const char *bytes, size_t len);

/* It has ended, with STATUS of waitpid(). */
void tpm_exited(struct tpm *tpm, int status);

/* After QEMU: waits for it to write its state and go, and ends it if it does not. */
void tpm_stop(struct tpm *tpm);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine of one run that nobody watches: QEMU on an overlay of the stick, its serial line and
 * monitor on sockets, its disk readable from here. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tools/mkhiperiso/firmware.h"
#include "tools/mkhiperiso/machine.h"
#include "config/base/strbuf.h"
#include "tools/mkhiperiso/nbd.h"
#include "tools/mkhiperiso/picture_text.h"
#include "tools/mkhiperiso/qmp_client.h"
#include "tools/mkhiperiso/target.h"
#include "tools/mkhiperiso/volume.h"

#define RUN_MACHINE_REASON_BYTES 256

struct run_machine {
    char folder[64]; /* of everything temporary; "" if there is none */
    struct firmware firmware;
    pid_t pid;  /* of QEMU; 0: none */
    int serial; /* -1: none */
    struct qmp_client qmp;
    int exit_state; /* as of waitpid(), once PID is 0 again */
};

/* The machine's disk, and the data partition on it. May not move while it is open. */
struct run_disk {
    struct nbd nbd;
    struct target target;
    struct volume volume;
};

/* Makes the overlay and starts QEMU as MACHINE says (firmware variables, serial line, overlay and
 * display are set here), stopped before its first instruction. 0, or -1 with REASON. The caller
 * ends with run_machine_close() in both cases. */
int run_machine_start(struct run_machine *m, const struct machine *machine,
                      char reason[RUN_MACHINE_REASON_BYTES]);
void run_machine_close(struct run_machine *m);

/* Has QEMU ended? Takes its status then. */
bool run_machine_has_ended(struct run_machine *m);

/* Why QEMU ended, with its last words. */
void run_machine_last_words(const struct run_machine *m, char reason[RUN_MACHINE_REASON_BYTES]);

/* Opens the data partition as the machine sees it; the machine must not be writing to what is
 * written here. Reports errors, 0 or -1. */
int run_machine_open_disk(struct run_machine *m, const char *operand, struct run_disk *ret_disk);
void run_disk_close(struct run_disk *disk);

/* The machine's screen as the picture PATH (PNG). 0, or -1 with REASON. */
int run_machine_picture(struct run_machine *m, const char *path,
                        char reason[RUN_MACHINE_REASON_BYTES]);

/* Appends what the machine's screen shows, when that is a guest's text screen. */
void run_machine_screen_text(struct run_machine *m, const struct picture_font *font,
                             struct strbuf *text);

/* Presses the keys of BYTES on the machine's keyboard. */
void run_machine_press(struct run_machine *m, const char *bytes, size_t len);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's screen as pictures, whenever it has changed, at most one a second. QEMU draws into a
 * file in memory; /init compares and keeps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/qmp.h"
#include "initramfs/session.h"

enum filmstrip_step { FILMSTRIP_IDLE, FILMSTRIP_LOOKS, FILMSTRIP_DRAWS };

struct filmstrip {
    int memory; /* QEMU's file; -1: no pictures */
    enum filmstrip_step step;
    bool has_hash, has_failed;
    bool passes_over;              /* the next answer: a picture to keep was asked for behind it */
    uint64_t hash, kept_hash;      /* of the last picture, as compared and as kept */
    int64_t asked_t_ns, next_t_ns; /* of this picture; before which no other is asked for */
    pid_t saver;                   /* writes a picture to the stick; 0: none */
};

void filmstrip_init(struct filmstrip *film);

/* Makes the file. -errno. */
int filmstrip_open(struct filmstrip *film) must_check;

/* Asks QEMU for a picture to compare (uncompressed), unless it is at one; call once a second. While
 * QEMU draws, the guest's devices wait: where that takes long, pictures are fewer. */
void filmstrip_tick(struct filmstrip *film, struct strbuf *qmp, int64_t t_ns);

/* Asks for a last picture, to keep: the guest is about to end. */
void filmstrip_last(struct filmstrip *film, struct strbuf *qmp, int64_t t_ns);

/* Takes QEMU's answer; a new picture goes to SESSION. False when MESSAGE is no answer to it. */
bool filmstrip_take(struct filmstrip *film, const struct qmp_message *message, struct strbuf *qmp,
                    struct session *session);

/* PID has ended. False when it is not the strip's. */
bool filmstrip_take_exit(struct filmstrip *film, pid_t pid);

/* Waits for the last picture to be written, a few seconds at most. */
void filmstrip_close(struct filmstrip *film);

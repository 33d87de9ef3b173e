/* SPDX-License-Identifier: BSD-2-Clause */
/* From settings and facts to QEMU's command line. Pure: /init runs it, `mkhiperiso explain` shows
 * it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "config/contract.h"
#include "config/settings.h"
#include "efi/core/fs/bootable.h"

/* Descriptors that QEMU finds open. */
#define GUEST_FD_SERIAL   10
#define GUEST_FD_QMP      11
#define GUEST_FD_FIRMWARE 12
#define GUEST_FD_NETWORK  13 /* network.pcap */
#define GUEST_FD_TPM      14 /* swtpm's control channel */
#define GUEST_FD_TRACE    15 /* what QEMU traces, to the recorder */
#define GUEST_FD_EVENTS   16 /* which events it traces from its start */
#define GUEST_FD_PICTURE  17 /* where it puts a picture of the guest's screen */

#define GUEST_QEMU         "/usr/bin/qemu-system-x86_64"
#define GUEST_DATA         "/data" /* where QEMU sees the data partition */
#define GUEST_HOST_KEEP_MB 512     /* never given to the guest */

/* What QEMU may do after its start. */
#define GUEST_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

/* Where QEMU serves the guest's screen; the same place for QEMU and for /init. */
#define GUEST_SCREEN_FOLDER "/run/screen"
#define GUEST_SCREEN_SOCKET GUEST_SCREEN_FOLDER "/vnc"

/* What the plan depends on besides the request. */
struct guest_facts {
    bool has_kvm; /* tried, not guessed */
    uint64_t host_ram_mb;
    unsigned host_cpus;
    struct bootable image;
    const char *state_folder; /* below GUEST_DATA, "/hiperiso/state/x.iso-0123456789abcdef" */
};

enum guest_accelerator { GUEST_KVM, GUEST_TCG };

struct guest_plan {
    enum guest_accelerator accelerator;
    enum firmware firmware; /* BIOS or UEFI, never AUTO */
    uint64_t ram_mb;        /* what the guest gets */
    unsigned cpus;
    bool has_screen;           /* shown on this machine's monitor */
    bool has_vnc;              /* served to VNC clients */
    bool is_vnc_public;        /* on the network, behind a password */
    bool is_network_dumped;    /* network.pcap is written */
    bool is_traced;            /* trace.log is written */
    bool has_pictures;         /* the guest has a screen, and its pictures are kept */
    bool is_disk;              /* a disk with an overlay, else a CD-ROM */
    char *overlay;             /* path of the overlay as QEMU sees it; NULL for a CD-ROM; owned */
    char *vars;                /* path of the firmware variables; NULL without UEFI; owned */
    char *tpm;                 /* folder of the TPM's state as QEMU sees it; NULL without; owned */
    const char *vars_template; /* what VARS starts as, a path of the runtime */
    const char *format; /* QEMU's driver for the image: "raw", "qcow2", "vpc", "vhdx", "vmdk" */
    struct text_list argv;
    struct text_list notes; /* what differs from the settings, and why: one line each */
};

/* Makes the plan. STATUS_UNSUPPORTED with one line in WHY when the settings cannot be fulfilled on
 * this host or contradict each other. The caller clears RET_PLAN after STATUS_OK. */
enum status guest_plan_make(const struct boot_request *request, const struct guest_facts *facts,
                            struct guest_plan *ret_plan, struct strbuf *why) must_check;
void guest_plan_clear(struct guest_plan *plan);

/* The devices below /dev that QEMU and its helpers see; ends with NULL. */
extern const char *const guest_devices[];

/* QEMU's processor model with all that the host has: "host", "max". */
const char *guest_cpu_model(enum guest_accelerator accelerator);

/* QEMU's block driver for images of KIND. */
const char *guest_image_format(enum image_kind kind);

/* "kvm", "tcg". */
static inline const char *guest_accelerator_text(enum guest_accelerator accelerator)
{
    return accelerator == GUEST_KVM ? "kvm" : "tcg";
}

/* "bios", "uefi". */
static inline const char *guest_firmware_text(enum firmware firmware)
{
    return firmware == FIRMWARE_UEFI ? "uefi" : "bios";
}

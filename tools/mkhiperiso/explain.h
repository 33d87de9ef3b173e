/* SPDX-License-Identifier: BSD-2-Clause */
/* What a start of one image comes to: settings, the host's kernel command line, QEMU's arguments.
 * The same code makes them in the menu and in /init. */
#pragma once

#include "config/contract.h"
#include "initramfs/guest_plan.h"
#include "tools/mkhiperiso/source.h"

/* The machine that the stick would be started on. */
struct explain_host {
    bool has_kvm;
    uint64_t ram_mb;
    unsigned cpus;
};

struct explain {
    struct boot_request request;
    const struct config *config; /* borrowed */
    struct problem_list *problems;
    struct text_list notes; /* what is not as on the stick */
    struct strbuf line;     /* the kernel's command line; empty: REFUSAL says why */
    size_t line_bytes;      /* how long it is, or would be */
    struct strbuf refusal;  /* why nothing would be started; empty: it would */
    bool has_image, has_plan;
    bool is_unknown; /* whether /init would start it cannot be told here; a note says why */
    struct bootable image;
    uint64_t image_bytes;
    struct guest_plan plan;
};

/* Works it out for the image at PATH on SOURCE; CONTENTS (may be NULL) is a file of this machine
 * with the image's bytes. What keeps the image from starting ends up in `refusal`. Reports only
 * what prevents the explanation, returns 0 or -1. The caller clears in both cases. */
int explain_make(struct source *source, const struct config *config, struct problem_list *problems,
                 const char *path, const char *contents, const struct explain_host *host,
                 struct explain *ret_explain) must_check;
void explain_clear(struct explain *explain);

/* As text for people, and as one JSON object with the names of session.json. */
enum status explain_text(const struct explain *explain, const struct explain_host *host,
                         struct strbuf *b) must_check;
enum status explain_json(const struct explain *explain, struct strbuf *b) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image keeps on the data partition from start to start (firmware variables), and what ends
 * with a session (overlays). */
#pragma once

#include "config/base/strbuf.h"
#include "initramfs/guest_plan.h"

/* The image's folder below the data partition's root, "/hiperiso/state/x.iso-...": the one that was
 * made for exactly this path, or a free name for it. Nothing is made yet. */
int state_folder(const char *image_path, struct strbuf *ret_folder, struct strbuf *why) must_check;

/* Makes FOLDER and in it what PLAN needs (variables from their template if there are none, a new
 * overlay of DISK_BYTES), and opens it for the guest's user. Nothing when PLAN needs nothing. */
int state_prepare(const char *folder, const char *image_path, const struct guest_plan *plan,
                  uint64_t disk_bytes, struct strbuf *why) must_check;

/* Deletes the overlays of all images: this session's, and what a power cut has left. */
void state_drop_overlays(void);

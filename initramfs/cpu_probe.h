/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a QEMU of its own what the guest's processor can do, before any guest is started. */
#pragma once

#include "initramfs/guest_plan.h"

/* Checks WANTED against this host. 0 when all flags are there, or when QEMU cannot be asked (it
 * will itself refuse what is missing); -ENOTSUP with one line in WHY otherwise. */
int cpu_probe(enum guest_accelerator accelerator, const struct text_list *wanted,
              struct strbuf *why) must_check;

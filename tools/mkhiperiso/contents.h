/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells by its signature what a disk or partition holds. Pure: hostile bytes in, a name out. */
#pragma once

#include <stdbool.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

#define CONTENTS_LABEL_BYTES 100

struct contents {
    const char *kind;                 /* "ext4", "LVM member"; NULL: nothing that is known */
    char label[CONTENTS_LABEL_BYTES]; /* as it is stored: print it with care; "" if none */
    bool is_member;                   /* a part of a volume that other disks may belong to, too */
};

/* Looks at the places where volumes have their signatures. STATUS_IO when one cannot be read. */
enum status contents_probe(const struct blockdev *device, struct contents *ret_contents) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that every verb has that writes to disks. Those from --yes to --model stand together,
 * in this order. */
#pragma once

#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/options.h"

#define GUARD_OPTION_DRY_RUN                                                                       \
    {                                                                                              \
        "dry-run", 'n', OPTION_FLAG, NULL, "show what would be lost and written, and stop"         \
    }
#define GUARD_OPTION_YES                                                                           \
    {                                                                                              \
        "yes", 'y', OPTION_FLAG, NULL, "ask nothing; with --serial or a /dev/disk/by-id name"      \
    }
#define GUARD_OPTION_SERIAL                                                                        \
    {                                                                                              \
        "serial", 's', OPTION_TEXT, "SERIAL", "only if this is the disk's serial number"           \
    }
#define GUARD_OPTION_ALLOW_FIXED                                                                   \
    {                                                                                              \
        "allow-fixed", 0, OPTION_FLAG, NULL, "take a disk that is not removable, too"              \
    }
#define GUARD_OPTION_MODEL                                                                         \
    {                                                                                              \
        "model", 0, OPTION_TEXT, "MODEL", "only if this is the disk's model"                       \
    }
#define GUARD_OPTION_NO_VERIFY                                                                     \
    {                                                                                              \
        "no-verify", 0, OPTION_FLAG, NULL, "do not read back what was written"                     \
    }
#define GUARD_OPTION_PROGRESS                                                                      \
    {                                                                                              \
        "progress", 0, OPTION_CHOICE, "json", "progress as JSON lines on stdout",                  \
            .choices = (const char *const[])                                                       \
        {                                                                                          \
            "json", NULL                                                                           \
        }                                                                                          \
    }

/* From the values of --yes, --serial, --allow-fixed and --model. */
static inline struct guard_options guard_options_from(const struct option_value values[4])
{
    return (struct guard_options){
        .is_assumed = values[0].is_given,
        .serial = values[1].text,
        .allow_fixed = values[2].is_given,
        .model = values[3].text,
    };
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a new stick is to hold, from the options that `image` and `install` share. */
#pragma once

#include <stdbool.h>

#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/options.h"

#define IMAGE_OPTION_ISO                                                                           \
    {                                                                                              \
        "iso", 'i', OPTION_LIST, "FILE|DIR",                                                       \
            "an image, or a folder's, for the top folder; repeatable"                              \
    }
#define IMAGE_OPTION_ADD                                                                           \
    {                                                                                              \
        "add", 'a', OPTION_LIST, "FILE:/PATH",                                                     \
            "a file for a place of your choice; may be repeated"                                   \
    }
#define IMAGE_OPTION_CONFIG                                                                        \
    {                                                                                              \
        "config", 'c', OPTION_TEXT, "FILE",                                                        \
            "becomes /hiperiso/hiperiso.json; default: all defaults"                               \
    }
#define IMAGE_OPTION_THEME                                                                         \
    {                                                                                              \
        "theme", 't', OPTION_TEXT, "DIR", "a GRUB theme's folder, for /hiperiso/themes"            \
    }
#define IMAGE_OPTION_OVERRIDE                                                                      \
    {                                                                                              \
        "override", 'o', OPTION_LIST, "NAME.json", "a template of settings; may be repeated"       \
    }
#define IMAGE_OPTION_PAYLOAD                                                                       \
    {                                                                                              \
        "payload", 'p', OPTION_TEXT, "DIR", "what boots: the ESP's tree; default: as image has it" \
    }
#define IMAGE_OPTION_ALLOW_PROBLEMS                                                                \
    {                                                                                              \
        "allow-problems", 0, OPTION_FLAG, NULL, "take a --config with problems as it is"           \
    }
#define IMAGE_OPTION_ALLOW_INCOMPLETE                                                              \
    {                                                                                              \
        "allow-incomplete", 0, OPTION_FLAG, NULL, "take a payload with files missing"              \
    }

struct image_inputs {
    const struct option_value *isos, *placed, *overrides;
    const char *config, *theme; /* NULL: none */
    bool allow_problems;
};

/* Puts it all into PLAN, with the folders and files that every stick has, and looks at the images:
 * one that is cut short or differs from a SHA256SUMS beside it is refused, one that boots on
 * nothing known is warned of. Reports errors, returns 0, -1 or REPORT_MISUSE. */
int image_collect(struct image_plan *plan, const struct image_inputs *inputs) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is started in one run: an image of the stick, and the settings for this one start. They
 * travel as a hiperiso.json of their own, so that the loader does what it always does. */
#pragma once

#include <stdint.h>

#include "config/base/strbuf.h"

struct run_choice {
    char *path;         /* of the image on the data partition; owned */
    struct strbuf json; /* the hiperiso.json of this start */
    uint64_t ram_mb;    /* that the guest gets */
};

/* Finds the image that each of PICKS names on the stick OPERAND (its path, its file name, a
 * pattern, or its alias) and works out its settings: those that the stick gives it, then SETTINGS
 * (SETTING_COUNT texts "key=value" with the keys of an override). Reports errors: REPORT_MISUSE
 * where the user is to mend the command line, else -1. RET_CHOICES has room for PICK_COUNT and is
 * zero; the caller clears each in every case. */
int run_choices_make(const char *operand, const char *const *picks, size_t pick_count,
                     const char *const *settings, size_t setting_count,
                     struct run_choice *ret_choices) must_check;
void run_choice_clear(struct run_choice *choice);

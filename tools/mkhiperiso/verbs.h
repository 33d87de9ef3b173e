/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs; main.c lists them. */
#pragma once

#include "tools/mkhiperiso/options.h"

extern const struct verb verb_image;
extern const struct verb verb_ls;
extern const struct verb verb_cat;
extern const struct verb verb_run;
extern const struct verb verb_check;
extern const struct verb verb_explain;
extern const struct verb verb_devices;
extern const struct verb verb_install;
extern const struct verb verb_update;
extern const struct verb verb_add;
extern const struct verb verb_rm;
extern const struct verb verb_get;
extern const struct verb verb_verify;
extern const struct verb verb_restore;

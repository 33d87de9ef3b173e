/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration that a new image gets, checked with the templates that will lie beside it. */
#pragma once

#include <stdbool.h>

#include "tools/mkhiperiso/image_plan.h"

/* Makes the file at PATH /hiperiso/hiperiso.json. Reports errors, returns 0 or -1. */
int image_config_add(struct image_plan *plan, const char *path) must_check;

/* Prints what is wrong with it and with the templates in PLAN that it names; that is an error
 * unless FORCE. PATH is its name in messages. Returns 0 or -1. */
int image_config_check(const struct image_plan *plan, const char *path, bool force) must_check;

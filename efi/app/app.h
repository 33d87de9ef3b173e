/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's course: find the stick, read its configuration, scan, menu, start. */
#pragma once

#include "efi/app/platform.h"

/* Runs until the user leaves to the firmware. */
void app_run(const struct platform *platform);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Surfaces as PNG files, for the eye. */
#pragma once

#include <stdbool.h>

#include "efi/core/gfx/surface.h"

bool png_write(const char *path, const struct surface *surface);

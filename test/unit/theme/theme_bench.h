/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder with two fonts and a few pictures, a theme in it, a screen: what tests of themes look
 * at. */
#pragma once

#include "test/unit/config/unit.h"

#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/theme/theme_private.h"
#include "test/unit/theme/theme_fixture.h"

#define FOLDER "/t/x/"
#define WIDTH  400
#define HEIGHT 300
#define RED    0xFF0000u
#define GREEN  0x00FF00u
#define BLUE   0x0000FFu
#define WHITE  0xFFFFFFu
#define BLACK  0x000000u
#define MENU   "+ boot_menu { left = 200 top = 150 }\n"

/* Fonts "Small 6" and "Large 12", pictures red.tga (10 x 20), box_c, box_n and box_w.tga, icon
 * disc. The state has three entries, the second is selected. */
struct bench {
    struct fixture fixture;
    struct theme *theme;
    struct surface surface;
    struct theme_state state;
    struct theme_error error;
};

void bench_init(struct bench *bench);
void bench_clear(struct bench *bench);

/* Loads TEXT as the theme, in place of the one before. */
enum status bench_try(struct bench *bench, const char *text) must_check;

/* The same, and draws it; fails the test when it cannot be loaded. */
void bench_open(struct bench *bench, const char *text);

uint32_t bench_pixel(const struct bench *bench, unsigned x, unsigned y);

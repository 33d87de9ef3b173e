/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps every display in step: draws the menu's model, presents what changed, reads keys. */
#pragma once

#include "efi/app/pixels.h"
#include "efi/app/platform.h"
#include "efi/core/ui/menu.h"
#include "efi/core/ui/textview.h"

#define SCREEN_RETRY_MS 1000

struct screen {
    const struct platform *platform;
    struct keys keys;
    struct {
        struct pixels pixels; /* while they are open, the text view is not used */
        struct textview view;
        struct cells frames[2];
        unsigned current; /* which frame is shown */
        bool is_known;    /* the display shows it */
    } displays[PLATFORM_DISPLAYS_MAX];
};

enum status screen_init(struct screen *screen, const struct platform *platform) must_check;
void screen_clear(struct screen *screen);

/* The displays' contents are unknown from now on: the next frame is drawn whole. */
void screen_forget(struct screen *screen);

/* Displays that have pixels show the menu as a picture from now on, as CONTROL says (see
 * pixels_open()); where that fails they stay with text and MESSAGE gets a line for people. Needs
 * the stick to stay open until screen_use_text(). */
void screen_use_pixels(struct screen *screen, const struct settings *control,
                       struct problem_list *problems, struct strbuf *message);
void screen_use_text(struct screen *screen);

/* The kernel that is started next finds the firmware's own mode. */
void screen_end_pixels(struct screen *screen);

/* Serial lines change between UTF-8 and plain ASCII. */
void screen_change_ascii(struct screen *screen);

/* The terminal on the serial line has ROWS and COLUMNS; nothing happens when there are several such
 * lines, or too few or no memory for so many cells. */
void screen_set_size(struct screen *screen, unsigned rows, unsigned columns);

/* Milliseconds after which drawing again is worth it because a frame did not get through; -1: all
 * did. */
int screen_retry_ms(const struct screen *screen);

/* Draws what the menu shows; tells it how long a page is. */
void screen_draw(struct screen *screen, struct menu *menu);

/* The next key within TIMEOUT_MS (-1: for ever, 0: only what is there). */
bool screen_read_key(struct screen *screen, int timeout_ms, struct key *ret_key);

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the default look share: measures, texts that keep to their place, signs. */
#pragma once

#include "efi/core/gfx/look.h"

/* Lengths in pixels, all from the size of the text. */
struct look_measures {
    unsigned width, height; /* of the screen */
    unsigned em;            /* of ordinary text */
    unsigned small, large;  /* of notes; of headings */
    unsigned unit;          /* the grid: em / 4 */
    unsigned margin;        /* at the screen's edges */
    unsigned row;           /* height of a row of the list */
    unsigned line;          /* height of a line of running text */
    unsigned small_line;
    unsigned radius; /* of round corners */
    unsigned hair;   /* thickness of rules */
};

/* One frame that is being put together. */
struct look_frame {
    struct look *look;
    const struct model *model;
    const struct menu *menu;
    struct font *font;
    struct scene *scene;
    const struct palette *palette;
    struct look_measures measures;
};

enum look_cut { LOOK_CUT_END, LOOK_CUT_MIDDLE };

/* How a text is set: its size, colour, and where it is cut when it is too long. */
struct look_ink {
    unsigned em;
    uint32_t colour;
    enum look_cut cut;
};

/* Ranges of a text in another colour, underlined. */
struct look_marks {
    const struct model_range *ranges;
    size_t count;
    uint32_t colour;
};

unsigned look_text_width(struct look_frame *frame, unsigned em, const char *text);

/* The base line that centres text of EM pixels between TOP and TOP + HEIGHT. */
int look_baseline(struct look_frame *frame, unsigned em, unsigned top, unsigned height);

/* TEXT in one line of AREA, vertically centred, cut with an ellipsis. Return the width used. */
unsigned look_put(struct look_frame *frame, struct rect area, struct look_ink ink,
                  const char *text);
unsigned look_put_right(struct look_frame *frame, struct rect area, struct look_ink ink,
                        const char *text);
unsigned look_put_marked(struct look_frame *frame, struct rect area, struct look_ink ink,
                         const char *text, const struct look_marks *marks);

/* TEXT in lines of LINE pixels from the top of AREA, as many as fit, the last one cut. Returns the
 * height used. With FRAME->scene NULL it only measures. */
unsigned look_put_wrapped(struct look_frame *frame, struct rect area, struct look_ink ink,
                          unsigned line, const char *text);

uint32_t look_severity_colour(const struct look_frame *frame, enum menu_severity severity,
                              uint32_t note_colour);

/* A sign in the square of SIDE pixels at X, Y; GROUND is what it stands on. */
void look_put_icon(struct look_frame *frame, enum model_icon icon, unsigned x, unsigned y,
                   unsigned side, uint32_t colour, uint32_t ground);

/* A bar SHARE of 256 full. */
void look_put_bar(struct look_frame *frame, struct rect area, unsigned share);

/* Where TOP of a list of COUNT rows stands, ROWS of which are seen; nothing when all are. */
void look_put_scroll_bar(struct look_frame *frame, struct rect area, size_t top, size_t rows,
                         size_t count);

/* The first of ROWS >= 1 rows that are seen: the selected one is among them. */
size_t look_scroll(struct look_frame *frame, size_t rows);

/* The screens, in BODY: all between header and footer. */
void look_put_list(struct look_frame *frame, struct rect body);
void look_put_text(struct look_frame *frame, struct rect body);
void look_put_form(struct look_frame *frame, struct rect body);
void look_put_power(struct look_frame *frame, struct rect body);
void look_put_checksum(struct look_frame *frame, struct rect body);

/* Label, value and origin of DETAIL from the top of AREA; returns the height used. */
unsigned look_put_detail(struct look_frame *frame, struct rect area,
                         const struct model_detail *detail);

/* Begins the parts of a screen with a card in the middle of BODY and its heading in it; HEIGHT is
 * that of what it holds below the heading. Returns the place for that. */
struct rect look_put_card(struct look_frame *frame, struct rect body, unsigned width,
                          unsigned height);

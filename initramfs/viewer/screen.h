/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's monitors: a graphics driver's (DRM), else the frame buffer that the firmware left
 * (/dev/fb0). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "config/base/damage.h"
#include "initramfs/viewer/view.h"

#define SCREEN_OUTPUTS_MAX 4

struct screen_output {
    struct surface surface;
    void *map; /* what is mapped; the surface may start inside */
    size_t map_bytes;
    uint32_t connector, crtc, framebuffer, handle; /* DRM's numbers */
    bool needs_flush;
};

struct screen {
    int fd;
    bool is_drm;
    char name[64]; /* "bochs-drm (/dev/dri/card0)" */
    struct screen_output outputs[SCREEN_OUTPUTS_MAX];
    unsigned count; /* 0: no monitor is plugged in */
};

/* Opens PATH, or with NULL the first that works. -errno with one line in WHY. */
int screen_open(struct screen *screen, const char *path, struct strbuf *why) must_check;
void screen_close(struct screen *screen);

/* Monitors may have come or gone: true when the outputs are others now. */
bool screen_refresh(struct screen *screen);

/* The rectangles of OUTPUT have been drawn: shows them where memory alone does not. */
void screen_flush(struct screen *screen, struct screen_output *output, const struct damage *damage);

/* drm.c */
int drm_open(struct screen *screen, const char *path, struct strbuf *why) must_check;
bool drm_refresh(struct screen *screen);
void drm_flush(struct screen *screen, struct screen_output *output, const struct damage *damage);
void drm_close(struct screen *screen);

/* fbdev.c */
int fbdev_open(struct screen *screen, const char *path, struct strbuf *why) must_check;
void fbdev_close(struct screen *screen);

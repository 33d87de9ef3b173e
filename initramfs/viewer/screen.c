/* SPDX-License-Identifier: BSD-2-Clause */
/* Picks what to draw on. */
#include "initramfs/viewer/screen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CARDS_MAX  8
#define FBDEV_NODE "/dev/fb0"

static int open_first_card(struct screen *screen, struct strbuf *why)
{
    int r = -ENODEV;
    struct screen unplugged = {.fd = -1};
    for (int i = 0; i < CARDS_MAX; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/dev/dri/card%d", i);
        int opened = drm_open(screen, path, why);
        if (opened == 0 && screen->count > 0) {
            if (unplugged.fd >= 0)
                drm_close(&unplugged);
            return 0;
        }
        if (opened == 0 && unplugged.fd < 0)
            unplugged = *screen; /* waits for a monitor, if no other card has one */
        else if (opened == 0)
            drm_close(screen);
        else if (opened != -ENOENT)
            r = opened;
    }
    if (unplugged.fd < 0)
        return r;
    *screen = unplugged;
    return 0;
}

int screen_open(struct screen *screen, const char *path, struct strbuf *why)
{
    if (path != NULL && strstr(path, "/dri/") != NULL)
        return drm_open(screen, path, why);
    if (path != NULL)
        return fbdev_open(screen, path, why);
    int r = open_first_card(screen, why);
    if (r == 0)
        return 0;
    return fbdev_open(screen, FBDEV_NODE, why);
}

void screen_close(struct screen *screen)
{
    if (screen->is_drm)
        drm_close(screen);
    else
        fbdev_close(screen);
}

bool screen_refresh(struct screen *screen)
{
    return screen->is_drm && drm_refresh(screen);
}

void screen_flush(struct screen *screen, struct screen_output *output, const struct damage *damage)
{
    if (output->needs_flush)
        drm_flush(screen, output, damage);
}

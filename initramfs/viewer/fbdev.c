/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/fb0: what the firmware or the boot loader switched on, without a driver for the card. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fb.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "initramfs/viewer/picture.h"
#include "initramfs/viewer/screen.h"

static struct pixel_layout layout_of(const struct fb_var_screeninfo *var)
{
    return (struct pixel_layout){
        var->bits_per_pixel,
        {var->red.offset, var->red.length},
        {var->green.offset, var->green.length},
        {var->blue.offset, var->blue.length},
    };
}

/* The console scrolls by moving the start of the picture: back to the start of memory. */
static void pan_to_start(int fd, struct fb_var_screeninfo *var)
{
    if (var->xoffset == 0 && var->yoffset == 0)
        return;
    struct fb_var_screeninfo wanted = *var;
    wanted.xoffset = wanted.yoffset = 0;
    if (ioctl(fd, FBIOPAN_DISPLAY, &wanted) == 0)
        var->xoffset = var->yoffset = 0;
}

static int check(const struct fb_fix_screeninfo *fix, const struct fb_var_screeninfo *var,
                 struct pixel_format *ret_format, const char *path, struct strbuf *why)
{
    const struct pixel_layout layout = layout_of(var);
    if (fix->type != FB_TYPE_PACKED_PIXELS || fix->visual != FB_VISUAL_TRUECOLOR ||
        pixel_format_make(&layout, ret_format) != STATUS_OK) {
        strbuf_printf(
            why,
            "%s has %u bits a pixel in a layout without true colour; choose another mode with vga=",
            path, var->bits_per_pixel);
        return -ENOTSUP;
    }
    if (var->xres == 0 || var->yres == 0 || var->xres > 2 * PICTURE_SIDE_MAX ||
        var->yres > 2 * PICTURE_SIDE_MAX || var->xoffset > PICTURE_SIDE_MAX ||
        var->yoffset > 4 * PICTURE_SIDE_MAX ||
        (uint64_t)(var->xres + var->xoffset) * ret_format->bytes > fix->line_length ||
        (uint64_t)(var->yres + var->yoffset) * fix->line_length > fix->smem_len) {
        strbuf_printf(why, "%s describes itself wrongly (%ux%u, %u bytes a line, %u in all)", path,
                      var->xres, var->yres, fix->line_length, fix->smem_len);
        return -EIO;
    }
    return 0;
}

int fbdev_open(struct screen *screen, const char *path, struct strbuf *why)
{
    struct fb_fix_screeninfo fix;
    struct fb_var_screeninfo var;
    struct pixel_format format;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        int r = -errno;
        strbuf_printf(why, "%s%s: %s", why->len > 0 ? "; " : "", path, strerror(-r));
        return r;
    }
    if (ioctl(fd, FBIOGET_FSCREENINFO, &fix) < 0 || ioctl(fd, FBIOGET_VSCREENINFO, &var) < 0) {
        int r = -errno;
        strbuf_printf(why, "%s says nothing of its mode: %s", path, strerror(-r));
        close(fd);
        return r;
    }
    pan_to_start(fd, &var);
    int r = check(&fix, &var, &format, path, why);
    if (r < 0) {
        close(fd);
        return r;
    }
    /* memory need not start at a page */
    size_t lead = fix.smem_start & ((size_t)sysconf(_SC_PAGESIZE) - 1);
    size_t bytes = lead + fix.smem_len;
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        r = -errno;
        strbuf_printf(why, "%s cannot be mapped: %s", path, strerror(-r));
        close(fd);
        return r;
    }
    uint8_t *start = (uint8_t *)map + lead + (size_t)var.yoffset * fix.line_length +
                     (size_t)var.xoffset * format.bytes;
    *screen = (struct screen){.fd = fd, .count = 1};
    screen->outputs[0] = (struct screen_output){
        .surface = {start, fix.line_length, var.xres, var.yres, format},
        .map = map,
        .map_bytes = bytes,
    };
    snprintf(screen->name, sizeof(screen->name), "%.16s (%s)", fix.id, path);
    return 0;
}

void fbdev_close(struct screen *screen)
{
    if (screen->count > 0)
        munmap(screen->outputs[0].map, screen->outputs[0].map_bytes);
    if (screen->fd >= 0)
        close(screen->fd);
    *screen = (struct screen){.fd = -1};
}

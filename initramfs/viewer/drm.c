/* SPDX-License-Identifier: BSD-2-Clause */
/* Monitors through the kernel's mode setting: one dumb buffer for each, drawn by the processor.
 * drm_mode.h. */
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/viewer/picture.h"
#include "initramfs/viewer/screen.h"

#define OBJECTS_MAX 32 /* connectors, processors of pictures, encoders that are looked at */
#define MODES_MAX   128
#define CONNECTED   1 /* drm_connector_status */
/* Beyond this many pixels the processor's scaling is what a user waits for: a smaller mode of the
 * same shape, and the monitor scales. */
#define PIXELS_MAX ((uint64_t)2560 * 1600)

/* One connected monitor and how it will be driven. */
struct target {
    uint32_t connector, crtc;
    struct drm_mode_modeinfo mode;
};

static int call(int fd, unsigned long request, void *argument)
{
    int r;
    do {
        r = ioctl(fd, (int)request, argument);
    } while (r < 0 && (errno == EINTR || errno == EAGAIN));
    return r < 0 ? -errno : 0;
}

/* ---- what is plugged in ---- */

struct resources {
    uint32_t crtcs[OBJECTS_MAX], connectors[OBJECTS_MAX];
    unsigned crtc_count, connector_count;
};

/* More objects than fit: the kernel copies none of that kind, then there are none for us. */
static int read_resources(int fd, struct resources *res)
{
    struct drm_mode_card_res card = {
        .crtc_id_ptr = (uintptr_t)res->crtcs,
        .connector_id_ptr = (uintptr_t)res->connectors,
        .count_crtcs = OBJECTS_MAX,
        .count_connectors = OBJECTS_MAX,
    };
    int r = call(fd, DRM_IOCTL_MODE_GETRESOURCES, &card);
    if (r < 0)
        return r;
    res->crtc_count = card.count_crtcs <= OBJECTS_MAX ? card.count_crtcs : 0;
    res->connector_count = card.count_connectors <= OBJECTS_MAX ? card.count_connectors : 0;
    return 0;
}

struct connector {
    struct drm_mode_modeinfo modes[MODES_MAX];
    uint32_t encoders[OBJECTS_MAX];
    unsigned mode_count, encoder_count;
    uint32_t current_encoder;
    bool is_connected;
};

static int read_connector(int fd, uint32_t id, struct connector *connector)
{
    /* Asked for no modes, the kernel looks at the cable; the second call takes what it found. */
    struct drm_mode_get_connector probe = {.connector_id = id};
    int r = call(fd, DRM_IOCTL_MODE_GETCONNECTOR, &probe);
    if (r < 0)
        return r;
    struct drm_mode_get_connector get = {
        .connector_id = id,
        .modes_ptr = (uintptr_t)connector->modes,
        .count_modes = MODES_MAX,
        .encoders_ptr = (uintptr_t)connector->encoders,
        .count_encoders = OBJECTS_MAX,
    };
    r = call(fd, DRM_IOCTL_MODE_GETCONNECTOR, &get);
    if (r < 0)
        return r;
    connector->mode_count = get.count_modes <= MODES_MAX ? get.count_modes : 0;
    connector->encoder_count = get.count_encoders <= OBJECTS_MAX ? get.count_encoders : 0;
    connector->current_encoder = get.encoder_id;
    connector->is_connected = get.connection == CONNECTED;
    return 0;
}

static uint64_t mode_pixels(const struct drm_mode_modeinfo *mode)
{
    return (uint64_t)mode->hdisplay * mode->vdisplay;
}

static bool has_shape_of(const struct drm_mode_modeinfo *a, const struct drm_mode_modeinfo *b)
{
    int64_t left = (int64_t)a->hdisplay * b->vdisplay, right = (int64_t)a->vdisplay * b->hdisplay;
    return llabs(left - right) * 100 <= right;
}

/* The monitor's own mode, or the largest of its shape that the processor can fill. */
static const struct drm_mode_modeinfo *choose_mode(const struct connector *connector)
{
    const struct drm_mode_modeinfo *own = &connector->modes[0], *best = NULL;
    for (unsigned i = 0; i < connector->mode_count; i++)
        if ((connector->modes[i].type & DRM_MODE_TYPE_PREFERRED) != 0) {
            own = &connector->modes[i];
            break;
        }
    if (mode_pixels(own) <= PIXELS_MAX)
        return own;
    for (unsigned i = 0; i < connector->mode_count; i++) {
        const struct drm_mode_modeinfo *mode = &connector->modes[i];
        if ((mode->flags & DRM_MODE_FLAG_INTERLACE) != 0 || mode_pixels(mode) > PIXELS_MAX ||
            !has_shape_of(mode, own))
            continue;
        if (best == NULL || mode_pixels(mode) > mode_pixels(best) ||
            (mode_pixels(mode) == mode_pixels(best) && mode->vrefresh > best->vrefresh))
            best = mode;
    }
    return best != NULL ? best : own;
}

/* A processor of pictures that ENCODER can take, and no other monitor has. */
static uint32_t find_crtc(int fd, const struct resources *res, uint32_t encoder, unsigned *used)
{
    struct drm_mode_get_encoder get = {.encoder_id = encoder};
    if (encoder == 0 || call(fd, DRM_IOCTL_MODE_GETENCODER, &get) < 0)
        return 0;
    for (int pass = 0; pass < 2; pass++) /* the one it has, then any */
        for (unsigned i = 0; i < res->crtc_count; i++) {
            if ((get.possible_crtcs & 1U << i) == 0 || (*used & 1U << i) != 0)
                continue;
            if (pass == 0 && res->crtcs[i] != get.crtc_id)
                continue;
            *used |= 1U << i;
            return res->crtcs[i];
        }
    return 0;
}

static unsigned find_targets(int fd, struct target targets[SCREEN_OUTPUTS_MAX])
{
    static struct connector connector; /* too large for a stack */
    struct resources res = {0};
    unsigned count = 0, used = 0;
    if (read_resources(fd, &res) < 0)
        return 0;
    for (unsigned i = 0; i < res.connector_count && count < SCREEN_OUTPUTS_MAX; i++) {
        if (read_connector(fd, res.connectors[i], &connector) < 0 || !connector.is_connected ||
            connector.mode_count == 0)
            continue;
        uint32_t crtc = find_crtc(fd, &res, connector.current_encoder, &used);
        for (unsigned k = 0; k < connector.encoder_count && crtc == 0; k++)
            crtc = find_crtc(fd, &res, connector.encoders[k], &used);
        if (crtc != 0)
            targets[count++] = (struct target){res.connectors[i], crtc, *choose_mode(&connector)};
    }
    return count;
}

/* ---- outputs ---- */

static void release(int fd, struct screen_output *output)
{
    if (output->map != NULL)
        munmap(output->map, output->map_bytes);
    if (output->framebuffer != 0)
        call(fd, DRM_IOCTL_MODE_RMFB, &output->framebuffer);
    struct drm_mode_destroy_dumb destroy = {.handle = output->handle};
    if (output->handle != 0)
        call(fd, DRM_IOCTL_MODE_DESTROY_DUMB, &destroy);
    *output = (struct screen_output){0};
}

static int map_buffer(int fd, struct screen_output *output)
{
    struct drm_mode_map_dumb where = {.handle = output->handle};
    int r = call(fd, DRM_IOCTL_MODE_MAP_DUMB, &where);
    if (r < 0)
        return r;
    void *map =
        mmap(NULL, output->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)where.offset);
    if (map == MAP_FAILED)
        return -errno;
    output->map = map;
    return 0;
}

/* What drivers offer: 32 bits, and 16 for cards with little memory. */
static const struct {
    unsigned bits, depth;
    struct pixel_layout layout;
} buffer_kinds[] = {
    {32, 24, {32, {16, 8}, {8, 8}, {0, 8}}},
    {16, 16, {16, {11, 5}, {5, 6}, {0, 5}}},
};

static int make_buffer(int fd, const struct target *target, unsigned kind,
                       struct screen_output *output)
{
    struct drm_mode_create_dumb create = {
        .width = target->mode.hdisplay,
        .height = target->mode.vdisplay,
        .bpp = buffer_kinds[kind].bits,
    };
    int r = call(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create);
    if (r < 0)
        return r;
    output->handle = create.handle;
    output->map_bytes = (size_t)create.size;
    struct drm_mode_fb_cmd add = {
        .width = create.width,
        .height = create.height,
        .pitch = create.pitch,
        .bpp = create.bpp,
        .depth = buffer_kinds[kind].depth,
        .handle = create.handle,
    };
    r = call(fd, DRM_IOCTL_MODE_ADDFB, &add);
    if (r < 0)
        return r;
    output->framebuffer = add.fb_id;
    output->surface.stride = create.pitch;
    output->surface.width = create.width;
    output->surface.height = create.height;
    if (pixel_format_make(&buffer_kinds[kind].layout, &output->surface.format) != STATUS_OK)
        return -EINVAL;
    r = map_buffer(fd, output);
    output->surface.pixels = output->map;
    return r;
}

static int show_buffer(int fd, const struct target *target, const struct screen_output *output)
{
    uint32_t connector = target->connector;
    struct drm_mode_crtc set = {
        .crtc_id = target->crtc,
        .fb_id = output->framebuffer,
        .set_connectors_ptr = (uintptr_t)&connector,
        .count_connectors = 1,
        .mode = target->mode,
        .mode_valid = 1,
    };
    return call(fd, DRM_IOCTL_MODE_SETCRTC, &set);
}

static int start_output(int fd, const struct target *target, struct screen_output *ret_output)
{
    int r = -ENODEV;
    for (unsigned kind = 0; kind < ARRAY_SIZE(buffer_kinds); kind++) {
        struct screen_output output = {
            .connector = target->connector,
            .crtc = target->crtc,
            .needs_flush = true,
        };
        r = make_buffer(fd, target, kind, &output);
        if (r == 0)
            r = show_buffer(fd, target, &output);
        if (r == 0) {
            *ret_output = output;
            return 0;
        }
        release(fd, &output);
    }
    return r;
}

static bool is_shown(const struct screen *screen, const struct target *targets, unsigned count)
{
    if (screen->count != count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        const struct screen_output *output = &screen->outputs[i];
        if (output->connector != targets[i].connector || output->crtc != targets[i].crtc ||
            output->surface.width != targets[i].mode.hdisplay ||
            output->surface.height != targets[i].mode.vdisplay)
            return false;
    }
    return true;
}

bool drm_refresh(struct screen *screen)
{
    struct target targets[SCREEN_OUTPUTS_MAX];
    unsigned count = find_targets(screen->fd, targets);
    if (is_shown(screen, targets, count))
        return false;
    for (unsigned i = 0; i < screen->count; i++)
        release(screen->fd, &screen->outputs[i]);
    screen->count = 0;
    for (unsigned i = 0; i < count; i++)
        if (start_output(screen->fd, &targets[i], &screen->outputs[screen->count]) == 0)
            screen->count++;
    return true;
}

void drm_flush(struct screen *screen, struct screen_output *output, const struct damage *damage)
{
    struct drm_clip_rect clips[DAMAGE_MAX];
    for (unsigned i = 0; i < damage->count; i++) {
        const struct rect *r = &damage->rects[i];
        clips[i] = (struct drm_clip_rect){
            (unsigned short)r->x,
            (unsigned short)r->y,
            (unsigned short)(r->x + r->width),
            (unsigned short)(r->y + r->height),
        };
    }
    struct drm_mode_fb_dirty_cmd dirty = {
        .fb_id = output->framebuffer,
        .num_clips = damage->count,
        .clips_ptr = (uintptr_t)clips,
    };
    /* Cards that scan out of the buffer itself have no such call. */
    if (damage->count > 0 && call(screen->fd, DRM_IOCTL_MODE_DIRTYFB, &dirty) == -ENOSYS)
        output->needs_flush = false;
}

static void name_card(struct screen *screen, const char *path)
{
    char driver[33] = "";
    struct drm_version version = {.name = driver, .name_len = sizeof(driver) - 1};
    if (call(screen->fd, DRM_IOCTL_VERSION, &version) < 0)
        driver[0] = '\0';
    snprintf(screen->name, sizeof(screen->name), "%s (%s)", driver, path);
}

int drm_open(struct screen *screen, const char *path, struct strbuf *why)
{
    struct resources res = {0};
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        int r = -errno;
        if (r != -ENOENT)
            strbuf_printf(why, "%s%s: %s", why->len > 0 ? "; " : "", path, strerror(-r));
        return r;
    }
    int r = read_resources(fd, &res);
    if (r == 0 && res.connector_count == 0)
        r = -ENODEV;
    if (r < 0) {
        strbuf_printf(why, "%s%s drives no monitors", why->len > 0 ? "; " : "", path);
        close(fd);
        return r;
    }
    *screen = (struct screen){.fd = fd, .is_drm = true};
    name_card(screen, path);
    drm_refresh(screen);
    return 0;
}

void drm_close(struct screen *screen)
{
    for (unsigned i = 0; i < screen->count; i++)
        release(screen->fd, &screen->outputs[i]);
    if (screen->fd >= 0)
        close(screen->fd); /* the kernel puts its console back */
    *screen = (struct screen){.fd = -1};
}

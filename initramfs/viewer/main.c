/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows the screen of a guest on this machine's monitors and gives it this machine's keys: RFB on
 * one side, DRM or /dev/fb0 and event devices on the other, one poll() loop between.
 *
 * On its standard output, for who started it, one line each: "screen NAME WIDTHxHEIGHT" for every
 * monitor, "quit" when the user wants the guest to end. It ends when QEMU closes the socket (0) or
 * for a reason that it writes to standard error (1; 2 if there is no screen at all). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "initramfs/viewer/confine.h"
#include "initramfs/viewer/evdev.h"
#include "initramfs/viewer/rfb.h"
#include "initramfs/viewer/screen.h"
#include "initramfs/viewer/terminal.h"
#include "initramfs/viewer/uevent.h"
#include "initramfs/viewer/view.h"

#define CONNECT_MS      60000 /* QEMU's time to make its socket */
#define CONNECT_STEP_MS 10
#define READ_BYTES      ((size_t)256 << 10)
/* A QEMU whose guest is quiet looks at its screen ever less often, down to once in 3 s, until its
 * client sends a key or a pointer event. The release of a key that is not pressed is such an event,
 * and does nothing else. */
#define NUDGE_MS 250

#define EXIT_NO_SCREEN 2

struct viewer {
    struct rfb rfb;
    struct screen screen;
    struct view views[SCREEN_OUTPUTS_MAX];
    struct view_scene scene;
    struct evdev evdev;
    struct terminal terminal;
    int socket, uevents, signals;
    uint64_t nudge_ms;
    bool is_over;
    int exit_code;
    uint8_t bytes[READ_BYTES];
};

/* Too large for a stack, and there is only one. */
static struct viewer the_viewer;

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void complain(const char *text)
{
    fprintf(stderr, "viewer: %s\n", text);
}

static void end(struct viewer *v, int exit_code, const char *text)
{
    if (text != NULL)
        complain(text);
    v->is_over = true;
    v->exit_code = exit_code;
}

/* One write, so that lines stay whole. Nobody may be listening. */
static void tell(const char *line)
{
    (void)!write(STDOUT_FILENO, line, strlen(line));
}

/* ---- picture ---- */

static void tell_screens(const struct viewer *v)
{
    for (unsigned i = 0; i < v->screen.count; i++) {
        const struct surface *surface = &v->screen.outputs[i].surface;
        char line[128];
        snprintf(line, sizeof(line), "screen %s %ux%u, %u bits\n", v->screen.name, surface->width,
                 surface->height, surface->format.layout.bits_per_pixel);
        tell(line);
    }
    if (v->screen.count == 0)
        tell("screen none: no monitor is plugged in\n");
}

/* Sizes have changed: of the guest's picture, or of the monitors. */
static void fit(struct viewer *v)
{
    const struct picture *picture = &v->rfb.picture;
    if (picture->pixels == NULL)
        return;
    uint32_t *row = realloc(v->scene.row, (size_t)picture->width * sizeof(*row));
    if (row == NULL) {
        end(v, 1, "no memory for a row of the guest's screen");
        return;
    }
    v->scene.row = row;
    v->scene.picture = picture;
    v->scene.covered = (struct rect){0};
    for (unsigned i = 0; i < v->screen.count; i++)
        if (view_fit(&v->views[i], picture, &v->screen.outputs[i].surface) != STATUS_OK)
            end(v, 1, "no memory to scale the guest's screen");
    const struct rect all = {0, 0, picture->width, picture->height};
    damage_add(&v->rfb.damage, all);
    if (v->screen.count > 0 && v->views[0].has_scale) {
        const struct surface *surface = &v->screen.outputs[0].surface;
        pointer_fit(&v->evdev.pointer, picture->width, picture->height, surface->width,
                    surface->height, v->views[0].scale.view);
    } else {
        pointer_fit(&v->evdev.pointer, picture->width, picture->height, picture->width,
                    picture->height, all);
    }
}

static void place_cursor(struct viewer *v)
{
    int x, y;
    if (v->scene.picture == NULL)
        return;
    pointer_where(&v->evdev.pointer, &x, &y);
    view_place_cursor(&v->scene, &v->rfb.cursor, x, y, (v->rfb.changed & RFB_CHANGED_CURSOR) != 0,
                      &v->rfb.damage);
}

static void present(struct viewer *v)
{
    struct damage *damage = &v->rfb.damage;
    if (damage->count == 0 || v->scene.picture == NULL || v->is_over)
        return;
    for (unsigned i = 0; i < v->screen.count; i++) {
        struct screen_output *output = &v->screen.outputs[i];
        struct damage drawn = {.count = 0};
        for (unsigned k = 0; k < damage->count; k++)
            damage_add(&drawn,
                       view_draw(&v->views[i], &v->scene, &output->surface, damage->rects[k]));
        screen_flush(&v->screen, output, &drawn);
    }
    damage_clear(damage);
}

/* ---- input ---- */

static void send_pointer(void *context)
{
    struct viewer *v = context;
    struct pointer_message messages[POINTER_MESSAGES_MAX];
    if (!v->rfb.is_ready)
        return;
    unsigned count = pointer_take(&v->evdev.pointer, messages);
    for (unsigned i = 0; i < count; i++)
        rfb_pointer(&v->rfb, messages[i].buttons, messages[i].x, messages[i].y);
}

static void send_key(void *context, unsigned number, bool is_down)
{
    struct viewer *v = context;
    if (v->rfb.is_ready && v->rfb.has_raw_keys)
        rfb_key(&v->rfb, number, is_down);
}

static void quit(void *context)
{
    (void)context;
    tell("quit\n");
}

/* ---- the server ---- */

static void handle_changes(struct viewer *v)
{
    if ((v->rfb.changed & RFB_CHANGED_SIZE) != 0)
        fit(v);
    if ((v->rfb.changed & RFB_CHANGED_POINTER) != 0)
        pointer_set_mode(&v->evdev.pointer, v->rfb.is_absolute);
    if ((v->rfb.changed & RFB_CHANGED_LEDS) != 0)
        evdev_set_leds(&v->evdev, v->rfb.leds);
    place_cursor(v);
    v->rfb.changed = 0;
}

/* What is asked for before all is drawn would only wait: so a slow screen slows QEMU's looking
 * down. */
static void handle_update(struct viewer *v)
{
    handle_changes(v);
    present(v);
    rfb_request(&v->rfb, true);
}

static void take_bytes(struct viewer *v, const uint8_t *bytes, size_t len)
{
    while (len > 0 && !v->is_over) {
        enum rfb_event event;
        size_t taken;
        if (rfb_take(&v->rfb, bytes, len, &taken, &event) != STATUS_OK) {
            end(v, 1, v->rfb.error);
            return;
        }
        bytes += taken;
        len -= taken;
        if (event == RFB_UPDATE)
            handle_update(v);
    }
}

static void read_socket(struct viewer *v)
{
    ssize_t got = read(v->socket, v->bytes, sizeof(v->bytes));
    if (got > 0)
        take_bytes(v, v->bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        end(v, 0, NULL); /* QEMU has ended */
}

static void write_socket(struct viewer *v)
{
    if (v->rfb.out_len == 0)
        return;
    ssize_t sent = send(v->socket, v->rfb.out, v->rfb.out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        rfb_sent(&v->rfb, (size_t)sent);
}

static void nudge(struct viewer *v)
{
    uint64_t now = now_ms();
    if (now < v->nudge_ms)
        return;
    v->nudge_ms = now + NUDGE_MS;
    if (v->rfb.is_ready && v->rfb.has_raw_keys && v->rfb.out_len == 0)
        rfb_key(&v->rfb, 0, false);
}

static int connect_to(const char *path, int signals)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    uint64_t until = now_ms() + CONNECT_MS;
    for (;;) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            return -errno;
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        int failed = errno;
        close(fd);
        if ((failed != ENOENT && failed != ECONNREFUSED && failed != EAGAIN) || now_ms() >= until)
            return -failed;
        struct pollfd stop = {.fd = signals, .events = POLLIN};
        if (poll(&stop, 1, CONNECT_STEP_MS) > 0)
            return -ECANCELED;
    }
}

/* ---- the loop ---- */

static void refresh_screen(struct viewer *v)
{
    if (!screen_refresh(&v->screen))
        return;
    for (unsigned i = 0; i < SCREEN_OUTPUTS_MAX; i++)
        view_clear(&v->views[i]);
    tell_screens(v);
    fit(v);
}

static void turn(struct viewer *v)
{
    enum { SOCKET, UEVENTS, SIGNALS, DEVICES };
    struct pollfd polls[DEVICES + EVDEV_DEVICES_MAX + 1] = {
        [SOCKET] = {v->socket, (short)(POLLIN | (v->rfb.out_len > 0 ? POLLOUT : 0)), 0},
        [UEVENTS] = {v->uevents, POLLIN, 0},
        [SIGNALS] = {v->signals, POLLIN, 0},
    };
    unsigned devices = evdev_polls(&v->evdev, polls + DEVICES);
    uint64_t now = now_ms();
    int timeout = v->nudge_ms > now ? (int)(v->nudge_ms - now) : 0;
    if (poll(polls, DEVICES + devices, timeout) < 0 && errno != EINTR) {
        end(v, 1, "poll fails");
        return;
    }
    if (polls[SIGNALS].revents != 0)
        end(v, 0, NULL);
    evdev_handle(&v->evdev, polls + DEVICES, devices);
    if (polls[SOCKET].revents != 0)
        read_socket(v);
    if (v->rfb.out_len < RFB_OUT_MAX / 2) /* else they wait, and become one movement */
        send_pointer(v);
    nudge(v);
    if (polls[UEVENTS].revents != 0 && uevent_is_hotplug(v->uevents))
        refresh_screen(v);
    handle_changes(v); /* also in the middle of an update: the picture may be another one */
    present(v);
    write_socket(v);
}

static int block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(struct viewer *v, const char *path, const char *screen_path)
{
    auto_strbuf why = STRBUF_INIT;
    const struct evdev_sink sink = {send_key, send_pointer, quit, v};
    v->signals = block_signals();
    rfb_init(&v->rfb);
    if (screen_open(&v->screen, screen_path, &why) < 0) {
        fprintf(stderr, "viewer: no screen: %s\n", strbuf_text(&why));
        return EXIT_NO_SCREEN;
    }
    v->socket = connect_to(path, v->signals);
    if (v->socket < 0) {
        fprintf(stderr, "viewer: %s: %s\n", path, strerror(-v->socket));
        screen_close(&v->screen);
        return 1;
    }
    tell_screens(v);
    terminal_take(&v->terminal);
    v->uevents = uevent_open();
    evdev_open(&v->evdev, &sink);
    confine();
    while (!v->is_over)
        turn(v);
    evdev_close(&v->evdev);
    screen_close(&v->screen);
    terminal_give_back(&v->terminal);
    return v->exit_code;
}

int main(int argc, char **argv)
{
    const char *screen = argc == 3 ? argv[2] : NULL;
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: viewer SOCKET [/dev/dri/cardN | /dev/fbN]\n");
        return 1;
    }
    return run(&the_viewer, argv[1], screen);
}

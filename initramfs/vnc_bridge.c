/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP to QEMU's UNIX socket. */
#include "initramfs/vnc_bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "initramfs/child.h"
#include "initramfs/guest_plan.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define PIPE_BYTES ((size_t)64 << 10)
#define STOP_MS    2000

/* No characters that look alike on a screen. */
static const char letters[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/* Bytes on their way from one side to the other. */
struct stream {
    char *bytes;
    size_t len;
};

struct client {
    int fds[2];           /* network, QEMU; -1: free */
    struct stream out[2]; /* waiting for that side */
};

struct relay {
    int listener;
    struct in_addr own;
    struct client clients[VNC_BRIDGE_CLIENTS];
};

int vnc_bridge_password(const unsigned char *bytes, size_t len, char *ret_password, size_t size)
{
    const size_t count = sizeof(letters) - 1;
    size_t used = 0;
    for (size_t i = 0; i < len && used + 1 < size; i++)
        if (bytes[i] < 256 / count * count) /* each letter is as likely as any other */
            ret_password[used++] = letters[bytes[i] % count];
    ret_password[used] = '\0';
    return used + 1 == size ? 0 : -EAGAIN;
}

int vnc_bridge_init(struct vnc_bridge *bridge)
{
    unsigned char bytes[64];
    *bridge = (struct vnc_bridge){0};
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return -errno;
    return vnc_bridge_password(bytes, sizeof(bytes), bridge->password, sizeof(bridge->password));
}

/* ---- in the process of its own ---- */

static void drop_client(struct client *client)
{
    for (int side = 0; side < 2; side++) {
        if (client->fds[side] >= 0)
            close(client->fds[side]);
        free(client->out[side].bytes);
        client->fds[side] = -1;
        client->out[side] = (struct stream){0};
    }
}

static int connect_to_qemu(void)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/vnc"};
    auto_close fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return take_fd(&fd);
}

static void take_client(struct relay *relay)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof(peer);
    auto_close fd =
        accept4(relay->listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    /* Who comes from this machine itself is the guest, through QEMU's network. */
    if (fd < 0 || peer.sin_addr.s_addr == relay->own.s_addr)
        return;
    for (int i = 0; i < VNC_BRIDGE_CLIENTS; i++) {
        struct client *client = &relay->clients[i];
        if (client->fds[0] >= 0)
            continue;
        client->fds[1] = connect_to_qemu();
        client->fds[0] = take_fd(&fd);
        for (int side = 0; side < 2; side++)
            client->out[side].bytes = malloc(PIPE_BYTES);
        if (client->fds[1] < 0 || client->out[0].bytes == NULL || client->out[1].bytes == NULL)
            drop_client(client);
        return;
    }
}

/* False when the side has gone. */
static bool move(struct client *client, int side)
{
    struct stream *out = &client->out[1 - side];
    if (out->len < PIPE_BYTES) {
        ssize_t got = read(client->fds[side], out->bytes + out->len, PIPE_BYTES - out->len);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (got > 0)
            out->len += (size_t)got;
    }
    if (out->len == 0)
        return true;
    ssize_t done = send(client->fds[1 - side], out->bytes, out->len, MSG_NOSIGNAL);
    if (done < 0)
        return errno == EAGAIN || errno == EINTR;
    memmove(out->bytes, out->bytes + done, out->len - (size_t)done);
    out->len -= (size_t)done;
    return true;
}

static struct pollfd poll_side(const struct client *client, int side)
{
    short events = 0;
    if (client->out[1 - side].len < PIPE_BYTES)
        events |= POLLIN;
    if (client->out[side].len > 0)
        events |= POLLOUT;
    return (struct pollfd){.fd = client->fds[side], .events = events};
}

static void __attribute__((noreturn)) relay_all(struct relay *relay)
{
    for (int i = 0; i < VNC_BRIDGE_CLIENTS; i++)
        relay->clients[i].fds[0] = relay->clients[i].fds[1] = -1;
    for (;;) {
        struct pollfd polls[1 + 2 * VNC_BRIDGE_CLIENTS] = {{relay->listener, POLLIN, 0}};
        for (int i = 0; i < VNC_BRIDGE_CLIENTS; i++)
            for (int side = 0; side < 2; side++)
                polls[1 + 2 * i + side] = poll_side(&relay->clients[i], side);
        if (poll(polls, ARRAY_SIZE(polls), -1) < 0 && errno != EINTR)
            _exit(1);
        for (int i = 0; i < VNC_BRIDGE_CLIENTS; i++) {
            struct client *client = &relay->clients[i];
            if (client->fds[0] >= 0 && (!move(client, 0) || !move(client, 1)))
                drop_client(client);
        }
        if (polls[0].revents != 0)
            take_client(relay);
    }
}

/* ---- in /init ---- */

static int open_listener(const struct in_addr *address)
{
    const int on = 1;
    const struct sockaddr_in bound = {
        .sin_family = AF_INET, .sin_port = htons(VNC_BRIDGE_PORT), .sin_addr = *address};
    auto_close fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, (const struct sockaddr *)&bound, sizeof(bound)) < 0 ||
        listen(fd, VNC_BRIDGE_CLIENTS) < 0)
        return -errno;
    return take_fd(&fd);
}

int vnc_bridge_start(struct vnc_bridge *bridge, const char *address)
{
    static struct relay relay;
    vnc_bridge_stop(bridge);
    if (inet_pton(AF_INET, address, &relay.own) != 1)
        return -EINVAL;
    auto_close listener = open_listener(&relay.own);
    if (listener < 0)
        return listener;
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid > 0) {
        bridge->pid = pid;
        return 0;
    }
    child_keep_only(listener);
    relay.listener = CHILD_KEPT_FD;
    if (chroot(GUEST_SCREEN_FOLDER) < 0 || chdir("/") < 0 || child_become(MOUNTS_GUEST_UID) < 0)
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    relay_all(&relay);
}

void vnc_bridge_show(const struct vnc_bridge *bridge, struct console *console, const char *address)
{
    auto_strbuf secret = STRBUF_INIT, hint = STRBUF_INIT;
    const char *start = console->is_inside_line ? "\r\n" : "";
    strbuf_printf(&secret, "%shiperiso: VNC: %s:%d, password %s\r\n", start, address,
                  VNC_BRIDGE_PORT, bridge->password);
    strbuf_printf(&hint, "%shiperiso: VNC: %s:%d, the password is on this machine's screen\r\n",
                  start, address, VNC_BRIDGE_PORT);
    const struct strbuf *on_lines = console_has_screen(CONSOLE_SCREENS_FOLDER) ? &hint : &secret;
    console_write_screen(console, strbuf_text(&secret), secret.len);
    console_write_lines(console, strbuf_text(on_lines), on_lines->len);
}

void vnc_bridge_stop(struct vnc_bridge *bridge)
{
    int status;
    if (bridge->pid > 0) {
        kill(bridge->pid, SIGKILL);
        if (child_wait(bridge->pid, STOP_MS, &status) < 0)
            log_note("the VNC bridge does not end");
    }
    bridge->pid = 0;
}

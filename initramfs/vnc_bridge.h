/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's VNC display on the network: one address, one port, behind a password; a process of
 * its own that passes bytes to QEMU's socket. */
#pragma once

#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/console.h"

#define VNC_BRIDGE_PORT     5900
#define VNC_BRIDGE_PASSWORD 8 /* characters: more are not looked at by VNC */
#define VNC_BRIDGE_CLIENTS  8

struct vnc_bridge {
    pid_t pid; /* 0: it does not run */
    char password[VNC_BRIDGE_PASSWORD + 1];
};

/* Draws a new password. -errno. */
int vnc_bridge_init(struct vnc_bridge *bridge) must_check;

/* Listens on ADDRESS ("10.0.2.15"), in place of an earlier address. -errno. */
int vnc_bridge_start(struct vnc_bridge *bridge, const char *address) must_check;

/* Tells who stands before this machine how to get in; the password is recorded nowhere. It is shown
 * on the screen, and on a serial line only if there is no screen: what is sent over serial lines is
 * often kept. */
void vnc_bridge_show(const struct vnc_bridge *bridge, struct console *console, const char *address);

void vnc_bridge_stop(struct vnc_bridge *bridge);

/* LEN random BYTES as a password of SIZE - 1 characters; -EAGAIN when they are too few. Pure. */
int vnc_bridge_password(const unsigned char *bytes, size_t len, char *ret_password, size_t size);

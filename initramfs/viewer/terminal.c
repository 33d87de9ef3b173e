/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual terminal in front. console_ioctl(2). */
#include "initramfs/viewer/terminal.h"

#include <fcntl.h>
#include <linux/kd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL_NODE "/dev/tty0"

void terminal_take(struct terminal *terminal)
{
    terminal->old_mode = KD_TEXT;
    terminal->old_keyboard = K_UNICODE;
    terminal->fd = open(TERMINAL_NODE, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (terminal->fd < 0)
        return;
    ioctl(terminal->fd, KDGKBMODE, &terminal->old_keyboard);
    ioctl(terminal->fd, KDSETMODE, KD_GRAPHICS);
    ioctl(terminal->fd, KDSKBMODE, K_OFF); /* keyboards that come later, until they are grabbed */
}

void terminal_give_back(struct terminal *terminal)
{
    if (terminal->fd < 0)
        return;
    ioctl(terminal->fd, KDSKBMODE, terminal->old_keyboard);
    ioctl(terminal->fd, KDSETMODE, terminal->old_mode);
    tcflush(terminal->fd, TCIFLUSH); /* nothing typed for the guest is for the host */
    close(terminal->fd);
    terminal->fd = -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the viewer may still do once it talks to QEMU, whose bytes a guest may have made. */
#pragma once

/* Gives up every privilege but those that screens and input devices need: capabilities, files
 * outside of /dev/input and /dev/dri, system calls. A kernel without one of the means leaves the
 * others. */
void confine(void);

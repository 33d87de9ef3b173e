/* SPDX-License-Identifier: BSD-2-Clause */
/* One start of the stick: from the mounted kernel file systems to the way back to the menu. */
#pragma once

/* Does everything; ends with a restart or power off of the machine. All signals are blocked by the
 * caller. */
void start_run(void) __attribute__((noreturn));

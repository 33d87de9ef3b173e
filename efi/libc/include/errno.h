/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware build has of <errno.h>: the two codes that number conversion uses. One thread,
 * one errno. */
#pragma once

extern int errno;

#define EINVAL 22
#define ERANGE 34

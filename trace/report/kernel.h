/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads trace.cpuN.raw: pages of the host kernel's ring buffers. */
#pragma once

#include "trace/report/build.h"
#include "trace/report/source.h"

/* Adds the events of all trace.cpuN.raw of SOURCE and sets the panel. STATUS_NO_MEMORY only. */
enum status kernel_read(struct build *build, const struct report_source *source) must_check;

/* The name of an exit: ISA 1 is VMX, 2 SVM. */
const char *kernel_exit_name(uint32_t isa, uint32_t reason);

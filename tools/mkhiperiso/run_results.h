/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of a command's runs as files that other programs read. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "tools/mkhiperiso/run_case.h"

/* JUnit XML as GitLab, GitHub's actions and Jenkins read it: crashes, early ends and failed
 * expectations and timeouts are failures, a failed machine is an error. Kept files stand as
 * [[ATTACHMENT|path]] in the output and as properties. WALL_S: seconds since 1970 at the start. */
enum status run_results_junit(const struct run_result *results, size_t count, const char *suite,
                              int64_t wall_s, struct strbuf *b) must_check;

/* The Test Anything Protocol, version 13. */
enum status run_results_tap(const struct run_result *results, size_t count, struct strbuf *b)
    must_check;

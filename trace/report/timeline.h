/* SPDX-License-Identifier: BSD-2-Clause */
/* Phases, milestones and gaps: what the session's course is told by. */
#pragma once

#include "trace/report/build.h"

/* Everything else of the model is complete. */
enum status timeline_make(struct build *build) must_check;

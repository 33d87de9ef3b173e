/* SPDX-License-Identifier: BSD-2-Clause */
/* A session on one screen of text, or as JSON. */
#pragma once

#include "trace/report/model.h"

void show_text(const struct report *report);
void show_json(const struct report *report);

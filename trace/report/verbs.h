/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of hiperiso-report. */
#pragma once

#include "tools/mkhiperiso/options.h"

extern const struct verb report_verb_ls, report_verb_show, report_verb_diff, report_verb_export,
    report_verb_html;

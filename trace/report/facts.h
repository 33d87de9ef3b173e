/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be said of a session in lines that another session can be compared with. */
#pragma once

#include "trace/report/model.h"

enum fact_category {
    FACT_END,
    FACT_PHASE,
    FACT_DISK,
    FACT_MILESTONE,
    FACT_FILE,
    FACT_FILE_TIME,
    FACT_HOST,
    FACT_DNS,
    FACT_HTTP,
    FACT_DEVICE,
    FACT_SERIAL,
    FACT_POLL,
    FACT_SETTING,
    FACT_VERSION,
    FACT_EXIT,
    FACT_REGISTER,
    FACT_CATEGORIES,
};

struct fact {
    uint8_t category;
    const char *subject;
    double value;     /* NAN: only whether it is there */
    const char *text; /* NULL: VALUE counts */
};

struct facts {
    struct fact *items; /* by category and subject, each once */
    size_t count;
    struct arena arena;
};

/* The facts of REPORT, which they borrow texts of. */
enum status facts_make(const struct report *report, struct facts *ret_facts) must_check;
void facts_clear(struct facts *facts);

/* The fact of that category and subject; NULL if there is none. */
const struct fact *facts_find(const struct facts *facts, uint8_t category, const char *subject);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Events put into series of one kind, device, register and direction, and counted in cells of equal
 * time: what the page's zoom pyramid stands on. */
#pragma once

#include "trace/report/model.h"

/* A device with more different addresses of one kind than this has them joined in blocks. */
#define HTML_SERIES_PER_DEVICE 256u
/* The finest cells: halved until at most HTML_CELLS_MAX are not empty. */
#define HTML_BUCKETS_MAX (1u << 16)
#define HTML_BUCKETS_MIN (1u << 11)
#define HTML_CELLS_MAX   600000u

struct html_series {
    uint64_t address; /* of the first byte; of disk events the drive, of exits the reason's index */
    uint64_t count;
    int64_t first_t, last_t;
    uint32_t cell; /* index of its first cell */
    uint32_t cells;
    uint16_t device;
    uint16_t name;
    uint8_t kind;
    uint8_t rw;
    uint8_t shift; /* 1 << SHIFT addresses are one series */
    uint8_t size;  /* of an access; 0 where they differ */
};

struct html_cell {
    uint32_t bucket;
    uint32_t count;
};

struct html_series_set {
    struct html_series *series;
    size_t count;
    uint32_t *of_event; /* index in series, of each event */
    struct html_cell *cells;
    size_t cell_count;
    uint32_t buckets;
    int64_t bucket_ns;
};

/* Reads the report's events, linear in their number. The caller frees with html_series_clear(). */
enum status html_series_make(const struct report *report, struct html_series_set *ret_set)
    must_check;
void html_series_clear(struct html_series_set *set);

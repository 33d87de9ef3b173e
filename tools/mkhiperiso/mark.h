/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark of a stick that is not finished, in the first MiB, where no partition of a stick lies:
 * a record for the tools, and a small ESP whose program says so on the screen.
 *
 *     24 KiB   the record, one block of 4 KiB
 *     64 KiB   the small ESP, up to 1 MiB */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/partition.h"
#include "tools/mkhiperiso/payload.h"
#include "tools/mkhiperiso/target.h"

#define MARK_RECORD_OFF   ((uint64_t)24 << 10) /* behind the table, also with sectors of 4 KiB */
#define MARK_RECORD_BYTES 4096u
#define MARK_ESP_OFF      ((uint64_t)64 << 10)
#define MARK_ESP_BYTES    (((uint64_t)1 << 20) - MARK_ESP_OFF)

enum mark_operation { MARK_INSTALL, MARK_UPDATE };

struct mark {
    enum mark_operation operation;
    uint8_t seed[DIGEST_BYTES];  /* of the GUIDs that are drawn */
    uint8_t plan[DIGEST_BYTES];  /* of what is being written: the same again can be resumed */
    uint64_t done;               /* how many files, in the plan's order, are on the medium */
    uint64_t esp_off, esp_bytes; /* update: where the ESP belongs */
    uint8_t esp_guid[16];
};

const char *mark_operation_name(enum mark_operation operation);

/* Does the table say that the stick is unfinished? */
bool mark_is_in_table(const struct gpt *gpt);

/* Reads the record. STATUS_NOT_FOUND: there is none, STATUS_CORRUPT: half a one. Pure. */
enum status mark_read(const struct blockdev *device, struct mark *ret_mark) must_check;

/* The record as it is stored. Pure. */
enum status mark_format(const struct mark *mark, uint8_t ret_block[MARK_RECORD_BYTES]) must_check;

/* Writes it, and waits until it is on the medium. Reports errors, returns 0 or -1. */
int mark_write(const struct target *target, const struct mark *mark) must_check;

/* The row of the small ESP in the unfinished stick's table. */
struct partition_row mark_row(const struct mark *mark);

/* Makes the small ESP, with the loader of PAYLOAD. Reports errors, returns 0 or -1. */
int mark_write_esp(const struct target *target, const struct payload *payload,
                   enum mark_operation operation, int64_t epoch) must_check;

/* Clears record and small ESP. Reports errors, returns 0 or -1. */
int mark_clear(const struct target *target) must_check;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Keystrokes, waited for without a busy loop. */
#pragma once

#include "efi/core/ui/keys.h"
#include "efi/port/port.h"

void input_init(void);
void input_close(void);

/* As in struct platform. */
bool input_read_key(int timeout_ms, struct raw_key *ret_key);

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the steps of a start know; shared by start.c, which takes them, and start_end.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/contract.h"
#include "config/problem.h"
#include "initramfs/console.h"
#include "initramfs/devices.h"
#include "initramfs/guest_run.h"
#include "initramfs/image.h"
#include "initramfs/network.h"
#include "initramfs/session.h"
#include "initramfs/trace_plan.h"

struct start {
    struct console console;
    struct boot_request request;
    enum status request_status;
    struct problem_list problems;
    struct strbuf command_line, kernel, kvm_reason, state_folder;
    struct devices devices;
    char data_node[64], esp_node[64];
    bool has_modules, has_data, has_image, has_plan;
    struct session session;
    struct text_list warnings;
    struct image image;
    struct guest_plan plan;
    struct trace_plan trace;
    struct guest_run run;
    struct network network;
    int signals;
    int64_t start_wall_ms;
    uint64_t start_mono_ms;
    const char *end_code;
    struct strbuf end_text;
    bool is_failure; /* the guest did not end by itself or by the user's wish */
};

/* Writes session.json as far as things are known. */
void start_save_description(struct start *s, bool is_over);

/* From here on a crash, a panic or a power cut leaves a session that says what it was, and a menu
 * that does not start the guest again by itself. */
void start_announce(struct start *s);

/* The step that loads the drivers. */
int start_load_modules(struct start *s, struct strbuf *why) must_check;

/* Tells, records, offers the shell, unmounts; ends the machine. */
void start_finish(struct start *s) __attribute__((noreturn));

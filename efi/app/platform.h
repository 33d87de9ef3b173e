/* SPDX-License-Identifier: BSD-2-Clause */
/* What the app asks of the machine: the port answers in firmware, a fake in the unit tests. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"
#include "config/contract.h"
#include "efi/core/fs/blockdev.h"
#include "efi/core/gfx/surface.h"
#include "efi/core/ui/cells.h"
#include "efi/core/ui/keys.h"
#include "efi/core/ui/menu.h"

#define PLATFORM_DISPLAYS_MAX 4

/* A place where the menu is shown. */
struct platform_display {
    unsigned columns, rows;
    bool is_serial;  /* slow: few bytes a frame */
    bool has_pixels; /* begin_pixels() turns it into a picture */
    bool is_mirror;  /* a further monitor: shows the picture of the one with pixels by itself */
};

enum platform_volume { PLATFORM_DATA, PLATFORM_ESP };

#define PLATFORM_LABEL_MAX 64 /* bytes */

/* The stick that this program was started from. GUIDs are lower case texts. */
struct platform_stick {
    char data_partuuid[CONTRACT_PARTUUID_CHARS + 1];
    char esp_partuuid[CONTRACT_PARTUUID_CHARS + 1];
    char data_label[PLATFORM_LABEL_MAX]; /* of the file system; "" if unknown */
};

/* What a folder holds; NAME is valid during the call. */
struct platform_file {
    const char *name;
    uint64_t size_bytes;
    bool is_folder;
};

/* Anything but STATUS_OK ends the listing and is returned from it. */
typedef enum status platform_visit_fn(void *context, const struct platform_file *file);

struct platform_linux {
    const char *kernel_path, *initramfs_path; /* on the ESP */
    const char *command_line;                 /* ASCII */
};

/* Every function gets CONTEXT first. Those with a MESSAGE append one line for people when they
 * fail: what, where, what to do. */
struct platform {
    void *context;

    struct platform_display displays[PLATFORM_DISPLAYS_MAX];
    unsigned display_count;

    /* Shows NEXT where PREVIOUS is now (NULL: not known what is). False: it did not get through,
     * try again later. */
    bool (*present)(void *context, unsigned display, const struct cells *previous,
                    const struct cells *next);

    /* DISPLAY, which has pixels, gets the mode that MODES means (theme.gfxmode); its size in
     * pixels. present() ends that: the firmware's mode is set again. */
    enum status (*begin_pixels)(void *context, unsigned display, const char *modes,
                                unsigned *ret_width, unsigned *ret_height);

    /* Shows RECT of SURFACE. */
    bool (*show_pixels)(void *context, unsigned display, const struct surface *surface,
                        struct rect rect);

    /* The kernel that is started next finds the firmware's mode, not that of the menu. */
    void (*end_pixels)(void *context, unsigned display);

    /* Asks the terminals on serial lines for their size; the answers come as KEY_SIZE. */
    void (*ask_size)(void *context);

    /* Empties the displays and gives them back to whoever comes next. */
    void (*release_displays)(void *context);

    /* The next keystroke within TIMEOUT_MS (-1: for ever); false when there was none. */
    bool (*read_key)(void *context, int timeout_ms, struct raw_key *ret_key);

    uint64_t (*now_ms)(void *context); /* monotonic */

    /* Finds the stick and opens its volumes; may be called again after a failure. NOTES gets a line
     * for each file-system driver on the ESP that could not be used. STATUS_CANCELLED: the stick is
     * unfinished, MESSAGE says what to do. */
    enum status (*open_stick)(void *context, struct platform_stick *ret_stick, struct strbuf *notes,
                              struct strbuf *message);

    /* Calls VISIT for each file and folder at PATH but "." and "..". STATUS_CORRUPT: some were
     * lost. */
    enum status (*list_folder)(void *context, enum platform_volume volume, const char *path,
                               platform_visit_fn *visit, void *visit_context);

    /* The whole file as a new text (a NUL behind it); STATUS_TOO_LARGE above MAX bytes. */
    enum status (*read_file)(void *context, enum platform_volume volume, const char *path,
                             size_t max, char **ret_text, size_t *ret_len);

    /* Opens a file to be read in pieces; close_file() ends that. */
    enum status (*open_file)(void *context, enum platform_volume volume, const char *path,
                             struct blockdev **ret_file);
    void (*close_file)(void *context, struct blockdev *file);

    /* Variables under our vendor GUID; the value read is new. Writing LEN 0 deletes. */
    enum status (*read_variable)(void *context, const char *name, size_t max, void **ret_data,
                                 size_t *ret_len);
    enum status (*write_variable)(void *context, const char *name, const void *data, size_t len);

    /* Starts the kernel; returns only when that failed. */
    enum status (*start_linux)(void *context, const struct platform_linux *request,
                               struct strbuf *message);

    /* Is POWER possible? Appends what it would do, or why it cannot be done. */
    bool (*can_power)(void *context, enum menu_power power, struct strbuf *about);

    /* Does it; returns only when that failed, or when what was started has ended. */
    enum status (*power)(void *context, enum menu_power power, struct strbuf *message);
};

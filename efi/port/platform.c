/* SPDX-License-Identifier: BSD-2-Clause */
/* struct platform, as the firmware has it. */
#include "efi/port/port.h"

#include "efi/port/clock.h"
#include "efi/port/console.h"
#include "efi/port/gop.h"
#include "efi/port/input.h"
#include "efi/port/linux.h"
#include "efi/port/power.h"
#include "efi/port/stick_disk.h"
#include "efi/port/variable.h"
#include "efi/port/volume.h"

static struct stick_disk disk;

static EFI_FILE_HANDLE root_of(enum platform_volume volume)
{
    return volume == PLATFORM_DATA ? disk.data_root : disk.esp_root;
}

static bool present(void *context, unsigned display, const struct cells *previous,
                    const struct cells *next)
{
    (void)context;
    return console_present(display, previous, next);
}

static enum status begin_pixels(void *context, unsigned display, const char *modes,
                                unsigned *ret_width, unsigned *ret_height)
{
    (void)context;
    (void)display; /* there is one at most */
    return gop_set_mode(modes, ret_width, ret_height);
}

static bool show_pixels(void *context, unsigned display, const struct surface *surface,
                        struct rect rect)
{
    (void)context;
    (void)display;
    return gop_show(surface, rect);
}

static void end_pixels(void *context, unsigned display)
{
    (void)context;
    (void)display;
    gop_restore();
}

static void ask_size(void *context)
{
    (void)context;
    console_ask_size();
}

static void release_displays(void *context)
{
    (void)context;
    console_release();
}

static bool read_key(void *context, int timeout_ms, struct raw_key *ret_key)
{
    (void)context;
    return input_read_key(timeout_ms, ret_key);
}

static uint64_t now_ms(void *context)
{
    (void)context;
    return clock_ms();
}

static enum status open_stick(void *context, struct platform_stick *ret_stick, struct strbuf *notes,
                              struct strbuf *message)
{
    (void)context;
    return stick_disk_open(&disk, ret_stick, notes, message);
}

static enum status list_folder(void *context, enum platform_volume volume, const char *path,
                               platform_visit_fn *visit, void *visit_context)
{
    (void)context;
    EFI_FILE_HANDLE root = root_of(volume);
    return root != NULL ? volume_list(root, path, visit, visit_context) : STATUS_NOT_FOUND;
}

static enum status read_file(void *context, enum platform_volume volume, const char *path,
                             size_t max, char **ret_text, size_t *ret_len)
{
    (void)context;
    EFI_FILE_HANDLE root = root_of(volume);
    return root != NULL ? volume_read_file(root, path, max, ret_text, ret_len) : STATUS_NOT_FOUND;
}

static enum status open_file(void *context, enum platform_volume volume, const char *path,
                             struct blockdev **ret_file)
{
    (void)context;
    EFI_FILE_HANDLE root = root_of(volume);
    return root != NULL ? volume_open_device(root, path, ret_file) : STATUS_NOT_FOUND;
}

static void close_file(void *context, struct blockdev *file)
{
    (void)context;
    volume_close_device(file);
}

static enum status read_variable(void *context, const char *name, size_t max, void **ret_data,
                                 size_t *ret_len)
{
    (void)context;
    return variable_read(name, max, ret_data, ret_len);
}

static enum status write_variable(void *context, const char *name, const void *data, size_t len)
{
    (void)context;
    return variable_write(name, data, len);
}

static enum status start_linux(void *context, const struct platform_linux *request,
                               struct strbuf *message)
{
    (void)context;
    console_hand_over();
    return linux_start(disk.esp_handle, disk.esp_root, request, message);
}

static bool can_power(void *context, enum menu_power power, struct strbuf *about)
{
    (void)context;
    return power_can(disk.esp_handle, power, about);
}

static enum status do_power(void *context, enum menu_power power, struct strbuf *message)
{
    (void)context;
    if (power == MENU_LOCAL_DISK)
        console_release();
    return power_do(disk.esp_handle, power, message);
}

void port_platform(struct platform *ret_platform)
{
    *ret_platform = (struct platform){
        .present = present,
        .begin_pixels = begin_pixels,
        .show_pixels = show_pixels,
        .end_pixels = end_pixels,
        .ask_size = ask_size,
        .release_displays = release_displays,
        .read_key = read_key,
        .now_ms = now_ms,
        .open_stick = open_stick,
        .list_folder = list_folder,
        .read_file = read_file,
        .open_file = open_file,
        .close_file = close_file,
        .read_variable = read_variable,
        .write_variable = write_variable,
        .start_linux = start_linux,
        .can_power = can_power,
        .power = do_power,
    };
    console_init(ret_platform);
    input_init();
}

void port_close(void)
{
    stick_disk_close(&disk);
    input_close();
}

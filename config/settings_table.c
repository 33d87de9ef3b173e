/* SPDX-License-Identifier: BSD-2-Clause */
/* The one table of settings: keys, parameters, types, ranges, defaults. */
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/settings.h"

#define TRACE_NAME_MAX  64
#define CPU_FEATURE_MAX 64

static const char *const trace_levels[] = {"none", "standard", "detailed", "full", NULL};
static const char *const displays[] = {"none", "gtk", "vnc", NULL};
static const char *const display_aliases[] = {"screen", "gtk", NULL};
static const char *const vgas[] = {"none", "std", "virtio", NULL};
static const char *const firmwares[] = {"auto", "bios", "uefi", NULL};
static const char *const machines[] = {"q35", "pc", NULL};
static const char *const exits[] = {"menu", "poweroff", NULL};
static const char *const looks[] = {"dark", "light", NULL};
static const char *const payloads[] = {"keep", "text", NULL};

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A name of letters, digits and EXTRA that starts with a letter or digit. */
static bool is_name(const char *text, const char *extra, size_t max)
{
    if (!is_alphanumeric(text[0]) || strlen(text) > max)
        return false;
    for (size_t i = 0; text[i] != '\0'; i++)
        if (!is_alphanumeric(text[i]) && strchr(extra, text[i]) == NULL)
            return false;
    return true;
}

static const char *check_trace_name(const char *text)
{
    if (is_name(text, "-_.", TRACE_NAME_MAX))
        return NULL;
    return "is neither none, standard, detailed, full nor the NAME of a NAME.events (letters, "
           "digits, - _ .)";
}

/* QEMU takes "host,+NAME": a comma or '=' would be another property. */
static const char *check_cpu_feature(const char *text)
{
    if (is_name(text, "-_.", CPU_FEATURE_MAX))
        return NULL;
    return "is no name of a CPU flag (letters, digits, - _ ., without + or =)";
}

static const char *check_search_root(const char *text)
{
    return text[0] == '/' ? NULL : "is no path from the data partition's root: it starts with /";
}

/* [TEXT, TEXT + LEN) as "1024x768". */
static bool is_mode(const char *text, size_t len)
{
    const char *x = memchr(text, 'x', len);
    int64_t width, height;

    if (x == NULL || !text_parse_int(text, (size_t)(x - text), &width) ||
        !text_parse_int(x + 1, len - (size_t)(x - text) - 1, &height))
        return false;
    return width >= 320 && width <= 16384 && height >= 200 && height <= 16384;
}

static const char *check_gfxmode(const char *text)
{
    for (;;) {
        size_t len = strcspn(text, ",");
        if (!text_part_equals(text, len, "auto") && !text_part_equals(text, len, "max") &&
            !is_mode(text, len))
            return "is neither auto, max nor a list like 1920x1080,1024x768";
        if (text[len] == '\0')
            return NULL;
        text += len + 1;
    }
}

/* Rows in the order of enum setting_id. */
/* clang-format off */
static const struct setting_info table[SETTING_COUNT] = {
    [SETTING_RAM] = {
        .title = "RAM", .help = "Memory of the guest", .unit = "MB",
        .control_key = "default_ram", .override_key = "ram", .parameter = "hiperiso_guest_ram",
        .type = SETTING_TYPE_INT, .min = 128, .max = 1048576, .default_number = 2048,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_CPUS] = {
        .title = "CPUs", .help = "Virtual processors of the guest",
        .control_key = "default_cpus", .override_key = "cpus", .parameter = "hiperiso_guest_cpus",
        .type = SETTING_TYPE_INT, .min = 1, .max = 255, .default_number = 2,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_TRACE_LEVEL] = {
        .title = "Trace tier",
        .help = "How much is recorded: none, standard, detailed, full, or NAME for NAME.events on the ESP",
        .control_key = "default_trace_level", .override_key = "trace_level", .parameter = "hiperiso_trace_level",
        .type = SETTING_TYPE_CHOICE, .choices = trace_levels, .default_number = 1, .check = check_trace_name,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_DISPLAY] = {
        .title = "Display",
        .help = "Where the guest's screen is shown: none (serial console), gtk or screen (this monitor), vnc",
        .control_key = "default_display", .override_key = "display", .parameter = "hiperiso_display",
        .type = SETTING_TYPE_CHOICE, .choices = displays, .aliases = display_aliases, .default_number = DISPLAY_NONE,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_VGA] = {
        .title = "VGA", .help = "The guest's graphics card",
        .control_key = "default_vga", .override_key = "vga", .parameter = "hiperiso_vga",
        .type = SETTING_TYPE_CHOICE, .choices = vgas, .default_number = VGA_NONE,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_FALLBACK] = {
        .title = "Start without KVM", .help = "Start the image also on a machine without KVM",
        .control_key = "fallback_no_kvm", .override_key = "fallback_no_kvm", .parameter = "hiperiso_fallback",
        .type = SETTING_TYPE_BOOL, .default_number = true,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_NET_DUMP] = {
        .title = "Packet capture", .help = "Record the guest's network traffic in network.pcap",
        .control_key = "net_dump", .override_key = "net_dump", .parameter = "hiperiso_net_dump",
        .type = SETTING_TYPE_BOOL,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_TPM] = {
        .title = "TPM", .help = "Give the guest a TPM 2.0 whose state is kept for each image",
        .control_key = "default_tpm", .override_key = "tpm", .parameter = "hiperiso_tpm",
        .type = SETTING_TYPE_BOOL,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_SECURE_BOOT] = {
        .title = "Secure Boot", .help = "UEFI firmware with Secure Boot on and the usual keys enrolled",
        .control_key = "default_secure_boot", .override_key = "secure_boot", .parameter = "hiperiso_secure_boot",
        .type = SETTING_TYPE_BOOL,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_CPU_FEATURES] = {
        .title = "CPU flags", .help = "CPU flags that the guest must have, by QEMU's names",
        .control_key = "default_cpu_features", .override_key = "cpu_features", .parameter = "hiperiso_cpu_features",
        .type = SETTING_TYPE_LIST, .check = check_cpu_feature,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_QEMU_EXTRA_ARGS] = {
        .title = "QEMU arguments", .help = "Appended to QEMU's command line as they are, one text for each argument",
        .control_key = "default_qemu_extra_args", .override_key = "qemu_extra_args",
        .parameter = "hiperiso_qemu_extra_args",
        .type = SETTING_TYPE_LIST,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_FIRMWARE] = {
        .title = "Guest firmware", .help = "auto takes UEFI when the image can boot by it, else BIOS",
        .control_key = "default_firmware", .override_key = "firmware",
        .type = SETTING_TYPE_CHOICE, .choices = firmwares, .default_number = FIRMWARE_AUTO,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_MACHINE] = {
        .title = "Machine", .help = "QEMU's machine: q35 (PCI Express, AHCI) or pc (i440FX, IDE)",
        .control_key = "default_machine", .override_key = "machine",
        .type = SETTING_TYPE_CHOICE, .choices = machines, .default_number = MACHINE_Q35,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_ON_EXIT] = {
        .title = "After the guest", .help = "What follows when the guest has ended",
        .control_key = "on_exit", .override_key = "on_exit",
        .type = SETTING_TYPE_CHOICE, .choices = exits, .default_number = ON_EXIT_MENU,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_INTERACTIVE] = {
        .title = "Rescue shell", .help = "Open a shell after a failure instead of returning to the menu",
        .control_key = "interactive", .override_key = "interactive",
        .type = SETTING_TYPE_BOOL,
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_TRACE_FROM] = {
        .title = "Trace from",
        .help = "The full tier starts at this text on the serial console, or after seconds like 12s; empty is at once",
        .control_key = "default_trace_from", .override_key = "trace_from",
        .type = SETTING_TYPE_TEXT, .default_text = "",
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_TRACE_UNTIL] = {
        .title = "Trace until",
        .help = "The full tier stops at this text on the serial console, or after seconds like 12s; empty is never",
        .control_key = "default_trace_until", .override_key = "trace_until",
        .type = SETTING_TYPE_TEXT, .default_text = "",
        .guest_level = true, .on_command_line = true, .effective = true,
    },
    [SETTING_TIMEOUT] = {
        .title = "Countdown", .help = "Seconds until the default entry starts: 0 is at once, -1 is never",
        .unit = "s",
        .control_key = "timeout",
        .type = SETTING_TYPE_INT, .min = -1, .max = 3600, .default_number = 10,
        .effective = true,
    },
    [SETTING_DEFAULT_IMAGE] = {
        .title = "Default entry",
        .help = "Path or pattern of the entry that the countdown starts; empty is the last choice",
        .control_key = "default_image",
        .type = SETTING_TYPE_TEXT, .default_text = "",
        .effective = true,
    },
    [SETTING_SEARCH_ROOT] = {
        .title = "Search in", .help = "Folder of the data partition that is searched for images",
        .control_key = "search_root",
        .type = SETTING_TYPE_TEXT, .default_text = "/", .check = check_search_root, .effective = true,
    },
    [SETTING_MAX_DEPTH] = {
        .title = "Search depth", .help = "How many folders deep images are searched",
        .control_key = "max_depth",
        .type = SETTING_TYPE_INT, .min = 1, .max = 64, .default_number = 16, .effective = true,
    },
    [SETTING_VNC_LISTEN] = {
        .title = "VNC on the network", .help = "Offer the guest's VNC display on the network, with a password",
        .control_key = "vnc_listen",
        .type = SETTING_TYPE_BOOL,
        .on_command_line = true, .effective = true,
    },
    [SETTING_LOG_MAX] = {
        .title = "Record's size", .help = "What one session may take at most: 0 is a quarter of the free space",
        .unit = "MB",
        .control_key = "log_max_mb",
        .type = SETTING_TYPE_INT, .min = 0, .max = 1048576, .default_number = 0,
        .on_command_line = true, .effective = true,
    },
    [SETTING_LOG_KEEP] = {
        .title = "Records kept", .help = "How many sessions are kept for each image; the oldest goes first",
        .control_key = "log_keep",
        .type = SETTING_TYPE_INT, .min = 1, .max = 10000, .default_number = 20,
        .on_command_line = true, .effective = true,
    },
    [SETTING_THEME_FILE] = {
        .title = "Theme", .help = "Path of a theme.txt on the data partition; empty is the built-in look",
        .control_key = "file", .in_theme = true,
        .type = SETTING_TYPE_TEXT, .default_text = "",
    },
    [SETTING_THEME_LOOK] = {
        .title = "Look", .help = "Colours of the built-in look: dark or light",
        .control_key = "look", .in_theme = true,
        .type = SETTING_TYPE_CHOICE, .choices = looks, .default_number = THEME_LOOK_DARK,
    },
    [SETTING_THEME_GFXMODE] = {
        .title = "Screen mode",
        .help = "auto, max, or a list like 1920x1080,1024x768 of which the first possible is taken",
        .control_key = "gfxmode", .in_theme = true,
        .type = SETTING_TYPE_TEXT, .default_text = "auto", .check = check_gfxmode,
    },
    [SETTING_THEME_GFXPAYLOAD] = {
        .title = "Mode for the host", .help = "keep leaves the menu's mode to the host, text goes back to text mode",
        .control_key = "gfxpayload", .in_theme = true,
        .type = SETTING_TYPE_CHOICE, .choices = payloads, .default_number = 0,
    },
};
/* clang-format on */

const struct setting_info *setting_info(enum setting_id id)
{
    return &table[id];
}

const char *setting_key(enum setting_id id)
{
    return table[id].override_key != NULL ? table[id].override_key : table[id].control_key;
}

enum key_kind { KEY_PARAMETER, KEY_OVERRIDE, KEY_CONTROL, KEY_THEME, KEY_ANY };

static const char *key_of(enum setting_id id, enum key_kind kind)
{
    const struct setting_info *info = &table[id];

    switch (kind) {
    case KEY_PARAMETER:
        return info->parameter;
    case KEY_OVERRIDE:
        return info->override_key;
    case KEY_CONTROL:
        return info->in_theme ? NULL : info->control_key;
    case KEY_THEME:
        return info->in_theme ? info->control_key : NULL;
    case KEY_ANY:
        break;
    }
    return setting_key(id);
}

static enum status find(enum key_kind kind, const char *key, size_t len, enum setting_id *ret_id)
{
    for (int id = 0; id < SETTING_COUNT; id++) {
        const char *candidate = key_of((enum setting_id)id, kind);
        if (candidate != NULL && text_part_equals(key, len, candidate)) {
            *ret_id = (enum setting_id)id;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

enum status setting_by_parameter(const char *parameter, size_t len, enum setting_id *ret_id)
{
    return find(KEY_PARAMETER, parameter, len, ret_id);
}

enum status setting_by_override_key(const char *key, size_t len, enum setting_id *ret_id)
{
    return find(KEY_OVERRIDE, key, len, ret_id);
}

enum status setting_by_control_key(const char *key, size_t len, enum setting_id *ret_id)
{
    return find(KEY_CONTROL, key, len, ret_id);
}

enum status setting_by_theme_key(const char *key, size_t len, enum setting_id *ret_id)
{
    return find(KEY_THEME, key, len, ret_id);
}

enum status setting_by_key(const char *key, size_t len, enum setting_id *ret_id)
{
    return find(KEY_ANY, key, len, ret_id);
}

static const struct {
    char letter;
    const char *text;
} origins[] = {
    [ORIGIN_DEFAULT] = {'d', "default"},
    [ORIGIN_CONTROL] = {'c', "control"},
    [ORIGIN_OVERRIDE] = {'o', "override"},
    [ORIGIN_MENU] = {'m', "menu"},
};

const char *setting_origin_text(enum setting_origin origin)
{
    return origins[origin].text;
}

char setting_origin_letter(enum setting_origin origin)
{
    return origins[origin].letter;
}

enum status setting_origin_by_letter(char letter, enum setting_origin *ret_origin)
{
    for (size_t i = 0; i < ARRAY_SIZE(origins); i++) {
        if (origins[i].letter == letter) {
            *ret_origin = (enum setting_origin)i;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

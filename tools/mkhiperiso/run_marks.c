/* SPDX-License-Identifier: BSD-2-Clause */
/* The words by which loaders, kernels and user spaces are known, and those of their ends. */
#include "tools/mkhiperiso/run_marks.h"

#include <string.h>

#include "config/base/cleanup.h"

const char *run_phase_text(enum run_phase phase)
{
    static const char *const texts[RUN_PHASE_COUNT] = {
        [RUN_PHASE_FIRMWARE] = "firmware",
        [RUN_PHASE_MENU] = "menu",
        [RUN_PHASE_HOST] = "host",
        [RUN_PHASE_GUEST_FIRMWARE] = "guest firmware",
        [RUN_PHASE_LOADER] = "loader",
        [RUN_PHASE_KERNEL] = "kernel",
        [RUN_PHASE_USER_SPACE] = "user space",
    };
    return (size_t)phase < RUN_PHASE_COUNT ? texts[phase] : "?";
}

const char *const run_crash_names[] = {"panic", "oops", "shell", "reset", "fault", NULL};

static const struct {
    enum run_phase phase;
    const char *text;
} phase_marks[] = {
    {RUN_PHASE_USER_SPACE, "systemd[1]"},
    {RUN_PHASE_USER_SPACE, "Run /init as init process"},
    {RUN_PHASE_USER_SPACE, "Run /sbin/init as init process"},
    {RUN_PHASE_USER_SPACE, "Welcome to "},
    {RUN_PHASE_USER_SPACE, "INIT: version "},
    {RUN_PHASE_USER_SPACE, "Starting init"},
    {RUN_PHASE_USER_SPACE, "Starting systemd-udevd"},
    {RUN_PHASE_USER_SPACE, "OpenRC "},
    {RUN_PHASE_USER_SPACE, " login: "},
    {RUN_PHASE_KERNEL, "Linux version "},
    {RUN_PHASE_KERNEL, "Booting the kernel"},
    {RUN_PHASE_KERNEL, "EFI stub: "},
    {RUN_PHASE_KERNEL, "Decompressing Linux"},
    {RUN_PHASE_KERNEL, "Command line: BOOT_IMAGE="},
    {RUN_PHASE_KERNEL, "[    0.000000]"},
    {RUN_PHASE_KERNEL, "---<<BOOT>>---"}, /* FreeBSD */
    {RUN_PHASE_LOADER, "GNU GRUB"},
    {RUN_PHASE_LOADER, "GRUB loading"},
    {RUN_PHASE_LOADER, "Welcome to GRUB"}, /* must win over a mere welcome: see below */
    {RUN_PHASE_LOADER, "ISOLINUX "},
    {RUN_PHASE_LOADER, "SYSLINUX "},
    {RUN_PHASE_LOADER, "Limine "},
    {RUN_PHASE_LOADER, "iPXE initialising"},
    {RUN_PHASE_LOADER, "BdsDxe: starting Boot"},
    {RUN_PHASE_LOADER, "Booting from "}, /* SeaBIOS hands over */
    {RUN_PHASE_LOADER, "Boot in "},      /* systemd-boot */
    {RUN_PHASE_LOADER, "BTX loader"},
    {RUN_PHASE_LOADER, ">> OpenBSD/amd64 BOOT"},
};

/* A mark stands at the start of a line, with at most a kernel's time stamp before it, where that is
 * asked for: a manual that speaks of a crash is none. */
static const struct {
    enum run_crash crash;
    bool is_at_start;
    const char *text, *what;
} crash_marks[] = {
    {RUN_CRASH_PANIC, true, "Kernel panic", "its kernel panicked"},
    {RUN_CRASH_PANIC, false, "Kernel panic - not syncing", "its kernel panicked"},
    {RUN_CRASH_PANIC, true, "panic: ", "its kernel panicked"}, /* the BSDs */
    {RUN_CRASH_PANIC, true, "Fatal trap ", "its kernel panicked"},
    {RUN_CRASH_PANIC, true, "*** STOP: 0x", "it stopped with an error of its kernel"},
    {RUN_CRASH_OOPS, false, "BUG: unable to handle", "its kernel oopsed"},
    {RUN_CRASH_OOPS, false, "BUG: kernel NULL pointer dereference", "its kernel oopsed"},
    {RUN_CRASH_OOPS, false, "kernel BUG at ", "its kernel oopsed"},
    {RUN_CRASH_OOPS, true, "Oops: ", "its kernel oopsed"},
    {RUN_CRASH_OOPS, true, "general protection fault", "its kernel oopsed"},
    {RUN_CRASH_OOPS, true, "divide error: ", "its kernel oopsed"},
    {RUN_CRASH_OOPS, true, "invalid opcode: ", "its kernel oopsed"},
    {RUN_CRASH_SHELL, false, "You are in emergency mode", "it is in its emergency shell"},
    {RUN_CRASH_SHELL, true, "Entering emergency mode", "it is in its emergency shell"},
    {RUN_CRASH_SHELL, true, "Give root password for maintenance", "it is in its emergency shell"},
    {RUN_CRASH_SHELL, true, "(initramfs)", "it is in its initramfs' rescue shell"},
    {RUN_CRASH_SHELL, true, "initramfs unpacking failed", "its initramfs is damaged"},
    {RUN_CRASH_SHELL, true, "dracut:/#", "it is in dracut's rescue shell"},
    {RUN_CRASH_SHELL, true, "grub rescue>", "it is in GRUB's rescue shell"},
    {RUN_CRASH_FAULT, true, "!!!! X64 Exception Type", "its firmware crashed"},
    {RUN_CRASH_FAULT, true, "!!!! IA32 Exception Type", "its firmware crashed"},
    {RUN_CRASH_FAULT, true, "X64 Exception Type", "its firmware crashed"},
};

enum run_phase run_mark_phase(const char *line, size_t len)
{
    enum run_phase phase = RUN_PHASE_GUEST_FIRMWARE;

    for (size_t i = 0; i < ARRAY_SIZE(phase_marks); i++) {
        if (memmem(line, len, phase_marks[i].text, strlen(phase_marks[i].text)) == NULL)
            continue;
        if (phase_marks[i].phase == RUN_PHASE_LOADER)
            return RUN_PHASE_LOADER; /* "Welcome to GRUB!" */
        if (phase_marks[i].phase > phase)
            phase = phase_marks[i].phase;
    }
    return phase;
}

/* Where the words of LINE begin behind blanks and "[   12.345678] " and "[    1.2][   T1] ". */
static size_t skip_stamps(const char *line, size_t len)
{
    size_t at = 0;

    for (;;) {
        while (at < len && line[at] == ' ')
            at++;
        if (at == len || line[at] != '[')
            return at;
        size_t end = at + 1;
        while (end < len && strchr(" 0123456789.TC", line[end]) != NULL)
            end++;
        if (end == len || line[end] != ']')
            return at;
        at = end + 1;
    }
}

enum run_crash run_mark_crash(const char *line, size_t len, unsigned allowed, size_t *ret_off,
                              const char **ret_what)
{
    size_t start = skip_stamps(line, len);

    for (size_t i = 0; i < ARRAY_SIZE(crash_marks); i++) {
        const char *text = crash_marks[i].text;
        size_t text_len = strlen(text);
        const char *found = memmem(line, len, text, text_len);
        if (found == NULL || (crash_marks[i].crash & allowed) != 0)
            continue;
        if (crash_marks[i].is_at_start &&
            (len - start < text_len || memcmp(line + start, text, text_len) != 0))
            continue;
        *ret_off = crash_marks[i].is_at_start ? start : (size_t)(found - line);
        *ret_what = crash_marks[i].what;
        return crash_marks[i].crash;
    }
    return RUN_CRASH_NONE;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI variable, restart, power off. */
#include "initramfs/power.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/layout.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"
#include "initramfs/mounts.h"

#define EFI_VARIABLE_NON_VOLATILE       1u
#define EFI_VARIABLE_BOOTSERVICE_ACCESS 2u
#define EFI_VARIABLE_RUNTIME_ACCESS     4u
#define POWER_ATTRIBUTE_BYTES           4
#define POWER_VARIABLE_MS               20000
#define POWER_VARIABLE_FILE             MOUNTS_EFIVARS "/" LAYOUT_VARIABLE_RETURNED "-" LAYOUT_VENDOR_GUID_TEXT

enum status power_variable_bytes(const struct returned *returned, struct strbuf *b)
{
    uint8_t attributes[POWER_ATTRIBUTE_BYTES];
    put_le32(attributes, EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                             EFI_VARIABLE_RUNTIME_ACCESS);
    strbuf_append_bytes(b, attributes, sizeof(attributes));
    return returned_write(returned, b);
}

enum status power_variable_with_reason(const void *old, size_t len, const char *reason,
                                       struct strbuf *b)
{
    struct returned before = {0};
    const char *data = old;
    if (len < POWER_ATTRIBUTE_BYTES ||
        returned_read(data + POWER_ATTRIBUTE_BYTES, len - POWER_ATTRIBUTE_BYTES, &before) !=
            STATUS_OK)
        before = (struct returned){0};
    const struct returned now = {.iso_path = before.iso_path,
                                 .session = before.session,
                                 .reason = (char *)reason,
                                 .code = (char *)"host-error"};
    enum status status = power_variable_bytes(&now, b);
    returned_clear(&before);
    return status;
}

/* efivarfs marks variables that it does not know as immutable. */
static void make_mutable(const char *path)
{
    auto_close fd = open(path, O_RDONLY | O_CLOEXEC);
    int flags;
    if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || (flags & FS_IMMUTABLE_FL) == 0)
        return;
    flags &= ~FS_IMMUTABLE_FL;
    (void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int write_variable(void *context)
{
    const struct strbuf *data = context;
    make_mutable(POWER_VARIABLE_FILE);
    auto_close fd = open(POWER_VARIABLE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    /* One write is one SetVariable(). */
    ssize_t done = write(fd, strbuf_text(data), data->len);
    if (done < 0)
        return -errno;
    return (size_t)done == data->len ? 0 : -EIO;
}

int power_tell_menu(const struct returned *returned)
{
    auto_strbuf data = STRBUF_INIT;
    if (power_variable_bytes(returned, &data) != STATUS_OK)
        return -ENOMEM;
    return child_call(write_variable, &data, POWER_VARIABLE_MS);
}

static int write_reason(void *context)
{
    auto_strbuf old = strbuf_with_max(POWER_ATTRIBUTE_BYTES + RETURNED_MAX_BYTES),
                data = STRBUF_INIT;
    if (hosted_read_file(POWER_VARIABLE_FILE, &old) < 0)
        strbuf_reset(&old);
    if (power_variable_with_reason(strbuf_text(&old), old.len, context, &data) != STATUS_OK)
        return -ENOMEM;
    return write_variable(&data);
}

int power_tell_reason(const char *reason)
{
    return child_call(write_reason, (void *)(uintptr_t)reason, POWER_VARIABLE_MS);
}

void power_end(bool is_poweroff)
{
    reboot(is_poweroff ? RB_POWER_OFF : RB_AUTOBOOT);
    /* Without ACPI there is no power off: restart instead of standing still. */
    clock_sleep_ms(5000);
    reboot(RB_AUTOBOOT);
    for (;;)
        clock_sleep_ms(60000);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* ResetSystem, OsIndications and the start of what lies on a local disk. */
#include "efi/port/power.h"

#include "config/base/cleanup.h"
#include "efi/port/local.h"

static EFI_GUID global_guid = EFI_GLOBAL_VARIABLE;

/* A 64-bit global variable; 0 where there is none. */
static uint64_t read_flags(const CHAR16 *name)
{
    uint64_t flags = 0;
    UINTN len = sizeof(flags);
    EFI_STATUS efi_status =
        rt->GetVariable((CHAR16 *)(uintptr_t)name, &global_guid, NULL, &len, &flags);
    return EFI_ERROR(efi_status) || len != sizeof(flags) ? 0 : flags;
}

/* UEFI 2.10, 8.5.4: the firmware enters its setup after the next reset. */
static bool can_enter_setup(void)
{
    return (read_flags(u"OsIndicationsSupported") & EFI_OS_INDICATIONS_BOOT_TO_FW_UI) != 0;
}

static EFI_STATUS ask_for_setup(void)
{
    uint64_t flags = read_flags(u"OsIndications") | EFI_OS_INDICATIONS_BOOT_TO_FW_UI;
    return rt->SetVariable((CHAR16 *)u"OsIndications", &global_guid,
                           EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                               EFI_VARIABLE_RUNTIME_ACCESS,
                           sizeof(flags), &flags);
}

bool power_can(EFI_HANDLE esp, enum menu_power power, struct strbuf *about)
{
    auto_local struct local local = {0};

    switch (power) {
    case MENU_RESTART:
        strbuf_append(about, "this machine");
        return true;
    case MENU_POWER_OFF:
        strbuf_append(about, "this machine");
        return true;
    case MENU_FIRMWARE:
        if (can_enter_setup()) {
            strbuf_append(about, "after a restart");
            return true;
        }
        strbuf_append(about, "this firmware does not offer it; use its own key");
        return false;
    case MENU_LOCAL_DISK:
        if (local_find(esp, &local) == STATUS_OK) {
            strbuf_append(about, local.about);
            return true;
        }
        strbuf_append(about, "no other disk has an EFI loader");
        return false;
    case MENU_LEAVE:
        strbuf_append(about, "it goes on with the next boot entry");
        return true;
    }
    return false;
}

static enum status reset(EFI_RESET_TYPE type)
{
    rt->ResetSystem(type, EFI_SUCCESS, 0, NULL);
    return STATUS_UNSUPPORTED;
}

static enum status start_local(EFI_HANDLE esp, struct strbuf *message)
{
    auto_local struct local local = {0};

    enum status status = local_find(esp, &local);
    if (status == STATUS_NOT_FOUND)
        strbuf_append(message, "No other disk has an EFI loader.");
    return status == STATUS_OK ? local_start(&local, message) : status;
}

enum status power_do(EFI_HANDLE esp, enum menu_power power, struct strbuf *message)
{
    EFI_STATUS efi_status;

    switch (power) {
    case MENU_RESTART:
        return reset(EfiResetCold);
    case MENU_POWER_OFF:
        return reset(EfiResetShutdown);
    case MENU_FIRMWARE:
        efi_status = ask_for_setup();
        if (!EFI_ERROR(efi_status))
            return reset(EfiResetCold);
        strbuf_append(message, "The firmware does not take the variable OsIndications: ");
        port_append_status(message, efi_status);
        strbuf_append(message, ". Restart, and press the key for its setup.");
        return port_status(efi_status);
    case MENU_LOCAL_DISK:
        return start_local(esp, message);
    case MENU_LEAVE:
        break;
    }
    return STATUS_UNSUPPORTED;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Modes and pixels. UEFI 2.10, 12.9. */
#include "efi/port/gop.h"

#include <stdlib.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/gfxmode.h"

#define MODES_MAX 256u

static EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;
static UINT32 firmware_mode; /* what was set when we came */
static struct gfxmode native;

static const EFI_GUID gop_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
static const EFI_GUID edid_guid = EFI_EDID_ACTIVE_PROTOCOL_GUID;

bool gop_is_below(EFI_HANDLE handle)
{
    return port_protocol(handle, &gop_guid) != NULL;
}

/* What the monitor prefers, when there is only one. */
static struct gfxmode find_native(void)
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t count = port_handles(&edid_guid, &handles);
    struct gfxmode found = {0};
    unsigned monitors = 0;

    for (size_t i = 0; i < count; i++) {
        const EFI_EDID_ACTIVE_PROTOCOL *edid = port_protocol(handles[i], &edid_guid);
        if (edid == NULL || edid->Edid == NULL || edid->SizeOfEdid == 0)
            continue;
        found = gfxmode_of_edid(edid->Edid, edid->SizeOfEdid);
        monitors++;
    }
    return monitors == 1 ? found : (struct gfxmode){0};
}

bool gop_init(void)
{
    gop = st->ConsoleOutHandle != NULL ? port_protocol(st->ConsoleOutHandle, &gop_guid) : NULL;
    if (gop == NULL) {
        auto_handles EFI_HANDLE *handles = NULL;
        if (port_handles(&gop_guid, &handles) > 0)
            gop = port_protocol(handles[0], &gop_guid);
    }
    if (gop != NULL && (gop->Mode == NULL || gop->Mode->MaxMode == 0))
        gop = NULL;
    if (gop == NULL)
        return false;
    firmware_mode = gop->Mode->Mode;
    native = find_native();
    return true;
}

/* Returns how many there are; modes that cannot be asked about are 0 x 0. */
static size_t list_modes(struct gfxmode modes[MODES_MAX])
{
    UINT32 count = gop->Mode->MaxMode < MODES_MAX ? gop->Mode->MaxMode : MODES_MAX;

    for (UINT32 i = 0; i < count; i++) {
        EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = NULL;
        UINTN size = 0;
        modes[i] = (struct gfxmode){0};
        if (EFI_ERROR(gop->QueryMode(gop, i, &size, &info)) || info == NULL)
            continue;
        if (size >= sizeof(*info) && info->HorizontalResolution <= SURFACE_SIDE_MAX &&
            info->VerticalResolution <= SURFACE_SIDE_MAX)
            modes[i] = (struct gfxmode){info->HorizontalResolution, info->VerticalResolution};
        bs->FreePool(info);
    }
    return count;
}

enum status gop_set_mode(const char *wanted, unsigned *ret_width, unsigned *ret_height)
{
    auto_free struct gfxmode *modes = NULL;

    if (gop == NULL)
        return STATUS_UNSUPPORTED;
    modes = malloc(MODES_MAX * sizeof(*modes));
    if (modes == NULL)
        return STATUS_NO_MEMORY;
    size_t count = list_modes(modes);
    size_t index = gfxmode_choose(wanted, modes, count, firmware_mode, native);
    if (index == GFXMODE_NONE || modes[index].width == 0 || modes[index].height == 0)
        return STATUS_UNSUPPORTED;
    if (index != gop->Mode->Mode) {
        EFI_STATUS efi_status = gop->SetMode(gop, (UINT32)index);
        if (EFI_ERROR(efi_status))
            return port_status(efi_status);
    }
    *ret_width = modes[index].width;
    *ret_height = modes[index].height;
    return STATUS_OK;
}

bool gop_show(const struct surface *surface, struct rect rect)
{
    /* The memory layout of a pixel is that of EFI_GRAPHICS_OUTPUT_BLT_PIXEL: blue, green, red, 0.
     */
    EFI_GRAPHICS_OUTPUT_BLT_PIXEL *pixels = (void *)surface->pixels;
    return !EFI_ERROR(gop->Blt(gop, pixels, EfiBltBufferToVideo, rect.x, rect.y, rect.x, rect.y,
                               rect.width, rect.height, surface->width * sizeof(*pixels)));
}

void gop_restore(void)
{
    if (gop != NULL && gop->Mode->Mode != firmware_mode)
        gop->SetMode(gop, firmware_mode);
}

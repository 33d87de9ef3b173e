/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds what the firmware's console output goes to and writes there directly: text in UTF-8
 * survives on a serial line only that way, and each line gets it once. */
#include "efi/port/console.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "efi/core/ui/ansi.h"
#include "efi/port/devpath.h"
#include "efi/port/gop.h"

#define SERIAL_COLUMNS    80
#define SERIAL_ROWS       24
#define SERIAL_PART_BYTES 128 /* input is polled between the parts */
#define SERIAL_STUCK_US   500000
#define MESSAGING_UART_DP 0x0E /* UEFI 2.10, 10.3.4.14 */

/* On handles that the firmware's console output is copied to (EDK II, and firmware made from it).
 */
#define CONSOLE_OUT_DEVICE_GUID                                                                    \
    {                                                                                              \
        0xd3b36f2c, 0xd551, 0x11d4,                                                                \
        {                                                                                          \
            0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d                                         \
        }                                                                                          \
    }

struct output {
    SIMPLE_TEXT_OUTPUT_INTERFACE *text; /* one of the two */
    EFI_SERIAL_IO_PROTOCOL *serial;
    bool is_stuck; /* the line took nothing the last time */
};

static struct output outputs[PLATFORM_DISPLAYS_MAX];
static unsigned output_count;
static bool has_picture; /* a screen of pixels is among them */

static const EFI_GUID text_output_guid = EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL_GUID;
static const EFI_GUID console_out_device_guid = CONSOLE_OUT_DEVICE_GUID;
static EFI_GUID serial_io_guid = EFI_SERIAL_IO_PROTOCOL_GUID;

/* IS_PICTURE: its text is drawn on a screen of pixels. */
static void add_text(struct platform *platform, SIMPLE_TEXT_OUTPUT_INTERFACE *text, bool is_picture)
{
    UINTN columns = 80, rows = 25;
    if (output_count == PLATFORM_DISPLAYS_MAX)
        return;
    for (unsigned i = 0; i < output_count; i++) {
        if (outputs[i].text == text)
            return;
    }
    if (EFI_ERROR(text->QueryMode(text, (UINTN)text->Mode->Mode, &columns, &rows)) ||
        columns == 0 || rows == 0) {
        columns = 80;
        rows = 25;
    }
    platform->displays[output_count] = (struct platform_display){
        .columns = columns < CELLS_COLUMNS_MAX ? (unsigned)columns : CELLS_COLUMNS_MAX,
        .rows = rows < CELLS_ROWS_MAX ? (unsigned)rows : CELLS_ROWS_MAX,
        .has_pixels = is_picture && !has_picture,
        .is_mirror = is_picture && has_picture,
    };
    has_picture |= is_picture;
    outputs[output_count++] = (struct output){.text = text};
}

static void add_serial(struct platform *platform, EFI_SERIAL_IO_PROTOCOL *serial)
{
    if (output_count == PLATFORM_DISPLAYS_MAX || serial->Mode == NULL)
        return;
    for (unsigned i = 0; i < output_count; i++) {
        if (outputs[i].serial == serial)
            return;
    }
    platform->displays[output_count] = (struct platform_display){
        .columns = SERIAL_COLUMNS, .rows = SERIAL_ROWS, .is_serial = true};
    outputs[output_count++] = (struct output){.serial = serial};
}

/* The serial line below the terminal at PATH, NULL if it is none. */
static EFI_SERIAL_IO_PROTOCOL *serial_below(const uint8_t *path)
{
    EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)(uintptr_t)path;
    EFI_HANDLE handle = NULL;

    if (!devpath_has(path, MESSAGING_DEVICE_PATH, MESSAGING_UART_DP) ||
        EFI_ERROR(bs->LocateDevicePath(&serial_io_guid, &rest, &handle)))
        return NULL;
    return port_protocol(handle, &serial_io_guid);
}

void console_init(struct platform *platform)
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t count = port_handles(&text_output_guid, &handles);
    bool has_gop = gop_init();

    output_count = 0;
    has_picture = false;
    for (size_t pass = 0; pass < 2;
         pass++) { /* screens first: the first display tells how long a page is */
        for (size_t i = 0; i < count; i++) {
            const uint8_t *path = devpath_of(handles[i]);
            bool is_console = false;
            void *interface;
            EFI_GUID guid = console_out_device_guid;
            if (path != NULL)
                is_console = !EFI_ERROR(bs->HandleProtocol(handles[i], &guid, &interface));
            if (!is_console)
                continue;
            EFI_SERIAL_IO_PROTOCOL *serial = serial_below(path);
            if (pass == 0 && serial == NULL)
                add_text(platform, port_protocol(handles[i], &text_output_guid),
                         has_gop && gop_is_below(handles[i]));
            else if (pass == 1 && serial != NULL)
                add_serial(platform, serial);
        }
    }
    if (output_count ==
        0) /* a firmware of another make: it copies to all of its devices by itself */
        add_text(platform, st->ConOut, has_gop);
    platform->display_count = output_count;
}

/* ---- text screens ---- */

static const UINT8 attributes[STYLE_COUNT] = {
    [STYLE_NORMAL] = EFI_WHITE,
    [STYLE_DIM] = EFI_LIGHTGRAY,
    [STYLE_STRONG] = EFI_LIGHTCYAN,
    [STYLE_BAR] = EFI_WHITE | EFI_BACKGROUND_BLUE,
    [STYLE_SELECTED] = EFI_BLACK | EFI_BACKGROUND_CYAN,
    [STYLE_ACCENT] = EFI_LIGHTCYAN,
    [STYLE_WARNING] = EFI_YELLOW,
    [STYLE_ERROR] = EFI_LIGHTRED,
    [STYLE_MATCH] = EFI_LIGHTGREEN,
    [STYLE_SELECTED_MATCH] = EFI_WHITE | EFI_BACKGROUND_CYAN,
};

/* The UTF-16 unit that shows CHARACTER. Firmware fonts hold Latin-1 and the symbols that the
 * specification asks for (UEFI 2.10, 12.4.1); TestString says yes to others that then come out
 * blank (seen in EDK II), so it is not asked. */
static CHAR16 drawable(uint32_t character)
{
    static const CHAR16 symbols[] = {0x2190, 0x2191, 0x2192, 0x2193, 0x2588,
                                     0x2591, 0x25B2, 0x25BA, 0x25BC, 0x25C4};

    if (character < 0x7F || (character >= 0xA0 && character <= 0xFF) ||
        (character >= 0x2500 && character <= 0x256C))
        return (CHAR16)character;
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
        if (symbols[i] == character)
            return (CHAR16)character;
    }
    return character == 0x2026 ? u'~' : u'?'; /* an ellipsis */
}

static void present_text(SIMPLE_TEXT_OUTPUT_INTERFACE *text, const struct cells *previous,
                         const struct cells *next)
{
    CHAR16 line[CELLS_COLUMNS_MAX + 1];

    if (previous == NULL) {
        text->EnableCursor(text, false);
        text->SetAttribute(text, attributes[STYLE_NORMAL]);
        text->ClearScreen(text);
    }
    for (unsigned row = 0; row < next->rows; row++) {
        unsigned cursor = 0, first, count;
        while (cells_next_change(previous, next, row, &cursor, &first, &count)) {
            const struct cell *cell = &next->cells[(size_t)row * next->columns + first];
            if (row + 1 == next->rows && first + count == next->columns)
                count--; /* a character there would scroll the screen */
            if (previous == NULL && cell->style == STYLE_NORMAL) {
                while (count > 0 && cell[count - 1].character == ' ')
                    count--;
            }
            if (count == 0)
                continue;
            for (unsigned i = 0; i < count; i++)
                line[i] = cell[i].character != 0 ? drawable(cell[i].character) : u'?';
            line[count] = 0;
            text->SetCursorPosition(text, first, row);
            text->SetAttribute(text, attributes[cell->style]);
            text->OutputString(text, line);
        }
    }
}

/* ---- serial lines ---- */

/* Sends at most SERIAL_PART_BYTES.
 *
 * EDK II's terminal driver sets the line's time-out to two characters' time, and its serial driver
 * keeps the byte at which a write timed out without counting it: on a busy machine writes are cut
 * short, and going on after them doubles bytes. So the time-out is longer while we write; the
 * terminal driver's timer, which would set it back, is held off meanwhile. (SetAttributes would
 * program the line's registers anew in the middle of the output.) */
static EFI_STATUS write_part(struct output *output, const char *bytes, size_t len)
{
    SERIAL_IO_MODE *mode = output->serial->Mode;
    UINTN part = len < SERIAL_PART_BYTES ? len : SERIAL_PART_BYTES;
    EFI_TPL level = bs->RaiseTPL(TPL_NOTIFY);
    UINT32 timeout = mode->Timeout;

    if (!output->is_stuck)
        mode->Timeout = SERIAL_STUCK_US;
    EFI_STATUS efi_status = output->serial->Write(output->serial, &part, (void *)(uintptr_t)bytes);
    mode->Timeout = timeout;
    bs->RestoreTPL(level);
    return efi_status;
}

/* Sends all of BYTES, or gives up when the line takes nothing for a while. */
static bool write_serial(struct output *output, const struct strbuf *bytes)
{
    EFI_STATUS efi_status = EFI_SUCCESS;
    for (size_t done = 0; done < bytes->len && !EFI_ERROR(efi_status); done += SERIAL_PART_BYTES)
        efi_status = write_part(output, bytes->text + done, bytes->len - done);
    output->is_stuck = EFI_ERROR(efi_status);
    return !output->is_stuck;
}

bool console_present(unsigned display, const struct cells *previous, const struct cells *next)
{
    struct output *output = &outputs[display];
    auto_strbuf bytes = STRBUF_INIT;

    if (output->text != NULL) {
        gop_restore();
        present_text(output->text, previous, next);
        return true;
    }
    ansi_draw(previous, next, &bytes);
    return strbuf_status(&bytes) == STATUS_OK && write_serial(output, &bytes);
}

void console_ask_size(void)
{
    for (unsigned i = 0; i < output_count; i++) {
        auto_strbuf bytes = STRBUF_INIT;
        if (outputs[i].serial == NULL || outputs[i].is_stuck)
            continue;
        ansi_ask_size(&bytes);
        if (strbuf_status(&bytes) == STATUS_OK)
            write_serial(&outputs[i], &bytes);
    }
}

void console_hand_over(void)
{
    for (unsigned i = 0; i < output_count; i++) {
        auto_strbuf bytes = STRBUF_INIT;
        if (outputs[i].serial == NULL)
            continue;
        ansi_hand_over(&bytes);
        if (strbuf_status(&bytes) == STATUS_OK)
            write_serial(&outputs[i], &bytes);
    }
}

void console_release(void)
{
    for (unsigned i = 0; i < output_count; i++) {
        auto_strbuf bytes = STRBUF_INIT;
        if (outputs[i].serial == NULL)
            continue;
        ansi_leave(&bytes);
        if (strbuf_status(&bytes) == STATUS_OK)
            write_serial(&outputs[i], &bytes);
    }
    gop_restore();
    st->ConOut->SetAttribute(st->ConOut, EFI_LIGHTGRAY);
    st->ConOut->ClearScreen(st->ConOut);
    st->ConOut->EnableCursor(st->ConOut, true);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL, or the older one, with a timer beside it. */
#include "efi/port/input.h"

#define TIMER_UNITS_PER_MS 10000 /* 100 ns */

static EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *extended;
static EFI_EVENT timer;

static const EFI_GUID text_input_ex_guid = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;

void input_init(void)
{
    extended = port_protocol(st->ConsoleInHandle, &text_input_ex_guid);
    if (EFI_ERROR(bs->CreateEvent(EVT_TIMER, 0, NULL, NULL, &timer)))
        timer = NULL;
}

void input_close(void)
{
    if (timer != NULL)
        bs->CloseEvent(timer);
    timer = NULL;
}

/* A keystroke that is already there. */
static bool poll_key(struct raw_key *ret_key)
{
    const UINT32 control = EFI_LEFT_CONTROL_PRESSED | EFI_RIGHT_CONTROL_PRESSED;
    EFI_KEY_DATA data = {{0, 0}, {0, 0}};
    EFI_STATUS efi_status = extended != NULL ? extended->ReadKeyStrokeEx(extended, &data)
                                             : st->ConIn->ReadKeyStroke(st->ConIn, &data.Key);
    if (EFI_ERROR(efi_status) || (data.Key.ScanCode == 0 && data.Key.UnicodeChar == 0))
        return false;
    bool is_known = (data.KeyState.KeyShiftState & EFI_SHIFT_STATE_VALID) != 0;
    *ret_key = (struct raw_key){
        .scan = data.Key.ScanCode,
        .character = data.Key.UnicodeChar,
        .ctrl = is_known && (data.KeyState.KeyShiftState & control) != 0,
    };
    return true;
}

bool input_read_key(int timeout_ms, struct raw_key *ret_key)
{
    EFI_EVENT events[2] = {extended != NULL ? extended->WaitForKeyEx : st->ConIn->WaitForKey,
                           timer};
    bool has_timer = timeout_ms >= 0 && timer != NULL;

    if (poll_key(ret_key))
        return true;
    if (timeout_ms == 0 || (timeout_ms > 0 && timer == NULL))
        return false;
    if (has_timer &&
        EFI_ERROR(bs->SetTimer(timer, TimerRelative, (uint64_t)timeout_ms * TIMER_UNITS_PER_MS)))
        return false;
    bool is_read = false;
    for (;;) {
        UINTN index = 1;
        EFI_STATUS efi_status = bs->WaitForEvent(has_timer ? 2 : 1, events, &index);
        is_read = !EFI_ERROR(efi_status) && index == 0 && poll_key(ret_key);
        if (is_read || EFI_ERROR(efi_status) || index == 1)
            break; /* else: a key that stands for nothing, such as Shift alone */
    }
    if (has_timer)
        bs->SetTimer(timer, TimerCancel, 0);
    return is_read;
}

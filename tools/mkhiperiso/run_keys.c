/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyboard's layout as a table. */
#include "tools/mkhiperiso/run_keys.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"

/* Keys by name, with what they type alone and with Shift. */
static const struct {
    char plain, shifted;
    const char *name;
} keys[] = {
    {'\r', 0, "ret"},
    {'\n', 0, "ret"},
    {'\t', 0, "tab"},
    {'\033', 0, "esc"},
    {'\b', 0, "backspace"},
    {0x7F, 0, "backspace"},
    {' ', 0, "spc"},
    {'1', '!', "1"},
    {'2', '@', "2"},
    {'3', '#', "3"},
    {'4', '$', "4"},
    {'5', '%', "5"},
    {'6', '^', "6"},
    {'7', '&', "7"},
    {'8', '*', "8"},
    {'9', '(', "9"},
    {'0', ')', "0"},
    {'-', '_', "minus"},
    {'=', '+', "equal"},
    {'[', '{', "bracket_left"},
    {']', '}', "bracket_right"},
    {'\\', '|', "backslash"},
    {';', ':', "semicolon"},
    {'\'', '"', "apostrophe"},
    {'`', '~', "grave_accent"},
    {',', '<', "comma"},
    {'.', '>', "dot"},
    {'/', '?', "slash"},
};

size_t run_keys_names(unsigned char byte, char ret_names[2][16])
{
    char c = (char)byte;
    bool is_upper = c >= 'A' && c <= 'Z';

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        bool is_shifted = keys[i].shifted != 0 && keys[i].shifted == c;
        if (keys[i].plain != c && !is_shifted)
            continue;
        snprintf(ret_names[0], 16, "%s", is_shifted ? "shift" : keys[i].name);
        snprintf(ret_names[1], 16, "%s", keys[i].name);
        return is_shifted ? 2 : 1;
    }
    if (is_upper || (c >= 1 && c <= 26)) {
        snprintf(ret_names[0], 16, "%s", is_upper ? "shift" : "ctrl");
        snprintf(ret_names[1], 16, "%c", is_upper ? c - 'A' + 'a' : c - 1 + 'a');
        return 2;
    }
    if (c < 'a' || c > 'z')
        return 0;
    snprintf(ret_names[0], 16, "%c", c);
    return 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The help: keys from the table that acts on them, and what else is worth knowing. */
#include <stdio.h>

#include "config/layout.h"
#include "efi/core/ui/menu_private.h"

#define TEXT(text)                                                                                 \
    {                                                                                              \
        .kind = MODEL_ROW_TEXT, .title = (text)                                                    \
    }
#define PAIR(key, text)                                                                            \
    {                                                                                              \
        .kind = MODEL_ROW_PAIR, .title = (key), .value = (text)                                    \
    }
#define HEADING(text)                                                                              \
    {                                                                                              \
        .kind = MODEL_ROW_HEADING, .title = (text)                                                 \
    }
#define BLANK                                                                                      \
    {                                                                                              \
        .kind = MODEL_ROW_BLANK                                                                    \
    }
#define KEYS_MAX 24

static const struct menu_line before_keys[] = {
    HEADING("Keys"),
    PAIR("Enter", "starts the image; opens and closes a folder of the tree"),
    PAIR("↑ ↓ PgUp PgDn", "move the bar, as do Home and End"),
    PAIR("← →", "close and open folders of the tree"),
    PAIR("a-z 0-9 ...", "show only what holds these letters, in name, alias or folder"),
    PAIR("Esc", "one step back: stops the countdown, clears the letters, leaves"),
};

static const struct menu_line behind_keys[] = {
    BLANK,
    HEADING("The stick"),
    TEXT("Images lie anywhere on the partition " LAYOUT_DATA_LABEL " but in " LAYOUT_DATA_DIR
         ": .iso .img .raw .qcow2 .vhd .vhdx .vmdk. A folder that holds a file named "
         ".hiperisoignore is left out, with all that is in it."),
    TEXT("Settings are in " LAYOUT_DATA_CONFIG ", records of starts in " LAYOUT_DATA_LOGS_DIR "."),
    BLANK,
    HEADING("Keyboard and serial line"),
    TEXT("The keyboard's layout is the firmware's, mostly the American one. On a serial line "
         "letters "
         "come as the terminal sends them, in UTF-8; where it keeps function keys for itself, the "
         "Ctrl keys do the same. A lone Esc takes two seconds there on some firmware."),
};

#define BEFORE (sizeof(before_keys) / sizeof(before_keys[0]))
#define BEHIND (sizeof(behind_keys) / sizeof(behind_keys[0]))

const struct menu_line *menu_help(size_t *ret_count)
{
    static struct menu_line lines[BEFORE + KEYS_MAX + BEHIND];
    static char names[KEYS_MAX][24];
    size_t count = 0;

    for (size_t i = 0; i < BEFORE; i++)
        lines[count++] = before_keys[i];
    for (size_t i = 0; i < menu_command_count && i < KEYS_MAX; i++) {
        const struct model_action *action = &menu_commands[i].action;
        snprintf(names[i], sizeof(names[i]), "%s%s%s", action->key,
                 action->twin[0] != '\0' ? "  " : "", action->twin);
        lines[count++] = (struct menu_line)PAIR(names[i], menu_commands[i].help);
    }
    for (size_t i = 0; i < BEHIND; i++)
        lines[count++] = behind_keys[i];
    *ret_count = count;
    return lines;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the properties of a theme's text into components: a table says which there are and what
 * their values mean. Source: GRUB's manual, "Theme file format", and what GRUB 2.06 does. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "efi/core/gfx/theme/theme_private.h"

#define SHOWN_BYTES   60 /* of a value, in messages */
#define TIMEOUT_ID    "__timeout__"
#define KIND(kind)    (1u << (kind))
#define ANY_KIND      (~KIND(THEME_ROOT))
#define BLACK         0xFF000000u
#define WHITE         0xFFFFFFFFu
#define GRAY          0xFF808080u
#define LIGHT_GRAY    0xFFC8C8C8u
#define DEFAULT_FONT  "Unknown Regular 16"
#define TERMINAL_FONT "Fixed 10"
#define TEXT_LONG     "@TIMEOUT_NOTIFICATION_LONG@"
#define TEXT_MIDDLE   "@TIMEOUT_NOTIFICATION_MIDDLE@"
#define TEXT_SHORT    "@TIMEOUT_NOTIFICATION_SHORT@"

enum value_type {
    VALUE_TEXT,
    VALUE_NUMBER,
    VALUE_LENGTH,
    VALUE_OWN_LENGTH,
    VALUE_ANGLE,
    VALUE_COLOUR,
    VALUE_OWN_COLOUR, /* or "inherit" */
    VALUE_FONT,
    VALUE_FONT_OR_INHERIT,
    VALUE_BOX,
    VALUE_BOX_OR_INHERIT,
    VALUE_IMAGE,
    VALUE_PICTURE,      /* an image that may be missing */
    VALUE_DESKTOP,      /* loaded when all is known */
    VALUE_UNLESS_FALSE, /* true but for "false" */
    VALUE_IF_TRUE,      /* true only for "true" */
    VALUE_ALIGN,
    VALUE_SLICE,
    VALUE_FIT,
    VALUE_ID,
    VALUE_VISIBLE,
};

struct property_rule {
    const char *name;
    enum value_type type;
    unsigned kinds; /* KIND() of the objects that have it */
    size_t off;     /* in struct theme for the screen's, else in struct theme_component */
};

#define SCREEN(member)   KIND(THEME_ROOT), offsetof(struct theme, member)
#define OF(kind, member) KIND(kind), offsetof(struct theme_component, member)
#define MENU(member)     OF(THEME_BOOT_MENU, menu.member)
#define BAR(member)      OF(THEME_PROGRESS_BAR, progress.member)
#define LABEL(member)    OF(THEME_LABEL, label.member)
#define CIRCLE(member)   OF(THEME_CIRCULAR_PROGRESS, circular.member)

static const struct property_rule rules[] = {
    {"title-text", VALUE_TEXT, SCREEN(title)},
    {"title-font", VALUE_FONT, SCREEN(title_font)},
    {"title-color", VALUE_COLOUR, SCREEN(title_colour)},
    {"message-font", VALUE_FONT, SCREEN(message_font)},
    {"message-color", VALUE_COLOUR, SCREEN(message_colour)},
    {"message-bg-color", VALUE_COLOUR, SCREEN(message_back_colour)},
    {"desktop-image", VALUE_DESKTOP, SCREEN(desktop_file)},
    {"desktop-image-scale-method", VALUE_FIT, SCREEN(desktop_fit)},
    {"desktop-image-h-align", VALUE_ALIGN, SCREEN(desktop_horizontal)},
    {"desktop-image-v-align", VALUE_ALIGN, SCREEN(desktop_vertical)},
    {"desktop-color", VALUE_COLOUR, SCREEN(desktop_colour)},
    {"terminal-box", VALUE_BOX, SCREEN(terminal_box)},
    {"terminal-font", VALUE_FONT, SCREEN(terminal_font)},
    {"terminal-border", VALUE_NUMBER, SCREEN(terminal_border)},
    {"terminal-left", VALUE_OWN_LENGTH, SCREEN(terminal_left)},
    {"terminal-top", VALUE_OWN_LENGTH, SCREEN(terminal_top)},
    {"terminal-width", VALUE_OWN_LENGTH, SCREEN(terminal_width)},
    {"terminal-height", VALUE_OWN_LENGTH, SCREEN(terminal_height)},

    {"id", VALUE_ID, ANY_KIND, offsetof(struct theme_component, is_timeout)},
    {"left", VALUE_LENGTH, ANY_KIND, offsetof(struct theme_component, left)},
    {"top", VALUE_LENGTH, ANY_KIND, offsetof(struct theme_component, top)},
    {"width", VALUE_LENGTH, ANY_KIND, offsetof(struct theme_component, width)},
    {"height", VALUE_LENGTH, ANY_KIND, offsetof(struct theme_component, height)},
    {"visible", VALUE_VISIBLE, KIND(THEME_LABEL) | KIND(THEME_BOOT_MENU),
     offsetof(struct theme_component, is_hidden)},

    {"text", VALUE_TEXT, LABEL(text)},
    {"font", VALUE_FONT, LABEL(font)},
    {"color", VALUE_COLOUR, LABEL(colour)},
    {"align", VALUE_ALIGN, LABEL(align)},

    {"file", VALUE_IMAGE, OF(THEME_IMAGE, picture.raw)},

    {"text", VALUE_TEXT, BAR(text)},
    {"font", VALUE_FONT, BAR(font)},
    {"text_color", VALUE_COLOUR, BAR(text_colour)},
    {"border_color", VALUE_COLOUR, BAR(border_colour)},
    {"bg_color", VALUE_COLOUR, BAR(back_colour)},
    {"fg_color", VALUE_COLOUR, BAR(front_colour)},
    {"bar_style", VALUE_BOX, BAR(bar)},
    {"highlight_style", VALUE_BOX, BAR(highlight)},
    {"highlight_overlay", VALUE_IF_TRUE, BAR(is_overlay)},

    {"center_bitmap", VALUE_PICTURE, CIRCLE(centre)},
    {"tick_bitmap", VALUE_PICTURE, CIRCLE(tick)},
    {"num_ticks", VALUE_NUMBER, CIRCLE(ticks)},
    {"start_angle", VALUE_ANGLE, CIRCLE(start_angle)},
    {"ticks_disappear", VALUE_UNLESS_FALSE, CIRCLE(disappears)},

    {"item_font", VALUE_FONT, MENU(font)},
    {"selected_item_font", VALUE_FONT_OR_INHERIT, MENU(selected_font)},
    {"item_color", VALUE_COLOUR, MENU(colour)},
    {"selected_item_color", VALUE_OWN_COLOUR, MENU(selected_colour)},
    {"icon_width", VALUE_NUMBER, MENU(icon_width)},
    {"icon_height", VALUE_NUMBER, MENU(icon_height)},
    {"item_height", VALUE_NUMBER, MENU(item_height)},
    {"item_padding", VALUE_NUMBER, MENU(item_padding)},
    {"item_icon_space", VALUE_NUMBER, MENU(item_icon_space)},
    {"item_spacing", VALUE_NUMBER, MENU(item_spacing)},
    {"menu_pixmap_style", VALUE_BOX, MENU(box)},
    {"item_pixmap_style", VALUE_BOX, MENU(item_box)},
    {"selected_item_pixmap_style", VALUE_BOX_OR_INHERIT, MENU(selected_box)},
    {"scrollbar", VALUE_UNLESS_FALSE, MENU(has_scrollbar)},
    {"scrollbar_frame", VALUE_BOX, MENU(scrollbar_frame)},
    {"scrollbar_thumb", VALUE_BOX, MENU(scrollbar_thumb)},
    {"scrollbar_thumb_overlay", VALUE_IF_TRUE, MENU(is_thumb_overlay)},
    {"scrollbar_width", VALUE_NUMBER, MENU(scrollbar_width)},
    {"scrollbar_slice", VALUE_SLICE, MENU(scrollbar_slice)},
    {"scrollbar_left_pad", VALUE_NUMBER, MENU(scrollbar_left)},
    {"scrollbar_right_pad", VALUE_NUMBER, MENU(scrollbar_right)},
    {"scrollbar_top_pad", VALUE_NUMBER, MENU(scrollbar_top)},
    {"scrollbar_bottom_pad", VALUE_NUMBER, MENU(scrollbar_bottom)},
};

struct word {
    const char *text;
    int value;
};

static const struct word aligns[] = {
    {"left", THEME_ALIGN_START}, {"top", THEME_ALIGN_START},  {"center", THEME_ALIGN_CENTRE},
    {"right", THEME_ALIGN_END},  {"bottom", THEME_ALIGN_END}, {NULL, 0},
};
static const struct word slices[] = {
    {"west", THEME_SLICE_WEST},
    {"center", THEME_SLICE_CENTRE},
    {"east", THEME_SLICE_EAST},
    {NULL, 0},
};
static const struct word fits[] = {
    {"stretch", THEME_FIT_STRETCH},      {"crop", THEME_FIT_CROP},
    {"padding", THEME_FIT_PADDING},      {"fitwidth", THEME_FIT_FIT_WIDTH},
    {"fitheight", THEME_FIT_FIT_HEIGHT}, {NULL, 0},
};

/* What is being set, for messages. */
struct setting {
    struct theme *theme;
    const struct theme_property *property;
    struct theme_error *error;
};

static enum status refuse(const struct setting *s, const char *wanted)
{
    const struct theme_property *property = s->property;
    size_t cut = text_cut(property->value, SHOWN_BYTES);
    theme_error_set(s->error, property->line, property->column, "%s: \"%.*s%s\" is no %s",
                    property->name, (int)cut, property->value,
                    property->value[cut] == '\0' ? "" : "...", wanted);
    return STATUS_CORRUPT;
}

static enum status set_word(const struct setting *s, const struct word *words, int *slot,
                            const char *wanted)
{
    for (; words->text != NULL; words++) {
        if (strcmp(words->text, s->property->value) == 0) {
            *slot = words->value;
            return STATUS_OK;
        }
    }
    return refuse(s, wanted);
}

static enum status set_image(const struct setting *s, struct image *slot, bool is_wanted)
{
    auto_strbuf reason = STRBUF_INIT;
    struct image image;
    enum status status = theme_load_image(s->theme, s->property->value, &image, &reason);
    if (status == STATUS_OK) {
        image_clear(slot);
        *slot = image;
        return STATUS_OK;
    }
    if (status == STATUS_NO_MEMORY || status == STATUS_IO || is_wanted) {
        theme_error_set(s->error, s->property->line, s->property->column, "%s: %s",
                        s->property->name, strbuf_text(&reason));
        return status == STATUS_NO_MEMORY || status == STATUS_IO ? status : STATUS_CORRUPT;
    }
    return STATUS_OK;
}

static enum status set_box(const struct setting *s, struct theme_box **slot)
{
    enum status status = theme_load_box(s->theme, s->property->value, slot);
    if (status == STATUS_INVALID)
        return refuse(s, "pattern of file names: one * is missing");
    if (status == STATUS_TOO_LARGE) {
        theme_error_set(s->error, s->property->line, s->property->column,
                        "%s: more than %d styled boxes", s->property->name, THEME_BOXES_MAX);
        return STATUS_CORRUPT;
    }
    return status;
}

static enum status set_colour(const struct setting *s, uint32_t *slot)
{
    return theme_parse_colour(s->property->value, slot)
               ? STATUS_OK
               : refuse(s, "colour: write \"#RRGGBB\" or a name such as \"white\"");
}

static enum status set_number(const struct setting *s, int *slot)
{
    return theme_parse_number(s->property->value, slot) ? STATUS_OK : refuse(s, "number");
}

static enum status set_length(const struct setting *s, struct theme_length *slot)
{
    return theme_parse_length(s->property->value, slot)
               ? STATUS_OK
               : refuse(s, "length: write pixels or percent, \"50%-12\"");
}

/* Shorter names for the notices that GRUB has in several lengths. */
static const char *notice(const char *text)
{
    if (strcmp(text, TEXT_LONG) == 0)
        return "The highlighted entry will be executed automatically in %ds.";
    if (strcmp(text, TEXT_MIDDLE) == 0)
        return "%ds remaining.";
    return strcmp(text, TEXT_SHORT) == 0 ? "%ds" : text;
}

/* The structure that SLOT points into has the type that the table says. */
static enum status set_value(const struct setting *s, const struct property_rule *rule, void *slot)
{
    const char *value = s->property->value;
    const bool is_inherited = strcmp(value, "inherit") == 0;

    switch (rule->type) {
    case VALUE_TEXT:
        *(const char **)slot = notice(value);
        break;
    case VALUE_DESKTOP:
        *(const char **)slot = value;
        break;
    case VALUE_NUMBER:
        return set_number(s, slot);
    case VALUE_LENGTH:
        return set_length(s, slot);
    case VALUE_OWN_LENGTH:
        ((struct theme_own_length *)slot)->is_own = true;
        return set_length(s, &((struct theme_own_length *)slot)->length);
    case VALUE_ANGLE:
        return theme_parse_angle(value, slot) ? STATUS_OK : refuse(s, "angle");
    case VALUE_COLOUR:
        return set_colour(s, slot);
    case VALUE_OWN_COLOUR:
        ((struct theme_own_colour *)slot)->is_own = !is_inherited;
        return is_inherited ? STATUS_OK : set_colour(s, &((struct theme_own_colour *)slot)->colour);
    case VALUE_FONT:
        *(const struct theme_font **)slot = theme_fonts_find(&s->theme->fonts, value);
        break;
    case VALUE_FONT_OR_INHERIT:
        *(const struct theme_font **)slot =
            is_inherited ? NULL : theme_fonts_find(&s->theme->fonts, value);
        break;
    case VALUE_BOX:
        return set_box(s, slot);
    case VALUE_BOX_OR_INHERIT:
        if (!is_inherited)
            return set_box(s, slot);
        *(struct theme_box **)slot = NULL;
        break;
    case VALUE_IMAGE:
        return set_image(s, slot, true);
    case VALUE_PICTURE:
        return set_image(s, slot, false);
    case VALUE_UNLESS_FALSE:
        *(bool *)slot = strcmp(value, "false") != 0;
        break;
    case VALUE_IF_TRUE:
        *(bool *)slot = strcmp(value, "true") == 0;
        break;
    case VALUE_VISIBLE:
        *(bool *)slot = strcmp(value, "false") == 0;
        break;
    case VALUE_ID:
        *(bool *)slot = strcmp(value, TIMEOUT_ID) == 0;
        break;
    case VALUE_ALIGN:
        return set_word(s, aligns, slot, "alignment");
    case VALUE_SLICE:
        return set_word(s, slices, slot, "place: west, center or east");
    case VALUE_FIT:
        return set_word(s, fits, slot,
                        "way to scale: stretch, crop, padding, fitwidth or fitheight");
    }
    return STATUS_OK;
}

static enum status set_property(const struct setting *s)
{
    struct theme *theme = s->theme;
    uint32_t object = s->property->object;
    enum theme_kind kind = theme->text.nodes[object].kind;
    void *base = kind == THEME_ROOT ? (void *)theme : (void *)&theme->components[object];

    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if ((rules[i].kinds & KIND(kind)) != 0 && strcmp(rules[i].name, s->property->name) == 0)
            return set_value(s, &rules[i], (char *)base + rules[i].off);
    }
    if (kind != THEME_ROOT)
        return STATUS_OK; /* GRUB passes over what it does not know, and themes rely on it */
    theme_error_set(s->error, s->property->line, s->property->column,
                    "there is no property \"%s\" of the screen", s->property->name);
    return STATUS_CORRUPT;
}

static void set_component_defaults(struct theme *theme, uint32_t index)
{
    struct theme_component *component = &theme->components[index];
    const struct theme_font *font = theme_fonts_find(&theme->fonts, DEFAULT_FONT);

    component->kind = theme->text.nodes[index].kind;
    switch (component->kind) {
    case THEME_LABEL:
        component->label = (struct theme_label){.text = "", .font = font, .colour = BLACK};
        break;
    case THEME_PROGRESS_BAR:
        component->progress = (struct theme_progress){.font = font,
                                                      .text_colour = BLACK,
                                                      .border_colour = BLACK,
                                                      .back_colour = GRAY,
                                                      .front_colour = LIGHT_GRAY};
        break;
    case THEME_CIRCULAR_PROGRESS:
        component->circular = (struct theme_circular){.ticks = 64, .start_angle = -64};
        break;
    case THEME_BOOT_MENU:
        component->menu = (struct theme_menu){.font = font,
                                              .colour = BLACK,
                                              .icon_width = 32,
                                              .icon_height = 32,
                                              .item_height = 42,
                                              .item_padding = 14,
                                              .item_icon_space = 4,
                                              .item_spacing = 16,
                                              .has_scrollbar = true,
                                              .scrollbar_width = 16,
                                              .scrollbar_slice = THEME_SLICE_EAST,
                                              .scrollbar_left = 2};
        break;
    default:
        break;
    }
}

static void set_screen_defaults(struct theme *theme)
{
    const struct theme_font *font = theme_fonts_find(&theme->fonts, DEFAULT_FONT);

    theme->title_font = font;
    theme->message_font = font;
    theme->terminal_font = theme_fonts_find(&theme->fonts, TERMINAL_FONT);
    theme->title_colour = BLACK;
    theme->message_colour = WHITE;
    theme->message_back_colour = BLACK;
    theme->desktop_colour = WHITE;
    theme->desktop_horizontal = THEME_ALIGN_CENTRE;
    theme->desktop_vertical = THEME_ALIGN_CENTRE;
    theme->terminal_border = 3;
}

static enum status load_desktop(struct theme *theme, struct theme_error *error)
{
    const struct theme_property *property = theme->text.properties;
    auto_strbuf reason = STRBUF_INIT;
    struct image raw;

    if (theme->desktop_file == NULL)
        return STATUS_OK;
    while (property->value != theme->desktop_file)
        property++;
    enum status status = theme_load_image(theme, theme->desktop_file, &raw, &reason);
    if (status == STATUS_OK && raw.width == theme->width && raw.height == theme->height) {
        theme->desktop = raw;
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status =
            theme_image_fit(&raw, theme->width, theme->height, theme->desktop_fit,
                            theme->desktop_horizontal, theme->desktop_vertical, &theme->desktop);
        image_clear(&raw);
        if (status != STATUS_OK)
            strbuf_printf(&reason, "%s: %s", theme->desktop_file, status_text(status));
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    theme_error_set(error, property->line, property->column, "%s: %s", property->name,
                    strbuf_text(&reason));
    return status == STATUS_NO_MEMORY || status == STATUS_IO ? status : STATUS_CORRUPT;
}

/* A theme without a menu is a picture. */
static enum status check_menu(const struct theme *theme, struct theme_error *error)
{
    for (uint32_t i = 0; i < theme->count; i++) {
        if (theme->components[i].kind == THEME_BOOT_MENU && !theme->components[i].is_hidden)
            return STATUS_OK;
    }
    theme_error_set(error, 0, 0, "no boot_menu that can be seen: add \"+ boot_menu { ... }\"");
    return STATUS_CORRUPT;
}

/* Containers are entered in such an order that theme->order goes from the back to the front: boxes
 * paint their children as they are listed, a canvas and the screen begin with the last. */
static enum status set_order(struct theme *theme)
{
    auto_free uint32_t *stack = calloc(theme->count, sizeof(*stack));
    if (stack == NULL)
        return STATUS_NO_MEMORY;
    uint32_t height = 0, done = 0;
    stack[height++] = 0;
    while (height > 0) {
        uint32_t index = stack[--height];
        const struct theme_node *node = &theme->text.nodes[index];
        bool is_box = node->kind == THEME_HBOX || node->kind == THEME_VBOX;
        uint32_t child = is_box ? node->last_child : node->first_child;

        theme->order[done++] = index;
        while (child != THEME_TEXT_NONE) {
            stack[height++] = child;
            child = is_box ? theme->text.nodes[child].previous_sibling
                           : theme->text.nodes[child].next_sibling;
        }
    }
    return STATUS_OK;
}

enum status theme_build(struct theme *theme, struct theme_error *error)
{
    theme->count = theme->text.node_count;
    theme->components = calloc(theme->count, sizeof(*theme->components));
    theme->order = calloc(theme->count, sizeof(*theme->order));
    if (theme->components == NULL || theme->order == NULL)
        return STATUS_NO_MEMORY;
    set_screen_defaults(theme);
    for (uint32_t i = 0; i < theme->count; i++)
        set_component_defaults(theme, i);

    for (uint32_t i = 0; i < theme->text.property_count; i++) {
        struct setting setting = {theme, &theme->text.properties[i], error};
        enum status status = set_property(&setting);
        if (status != STATUS_OK)
            return status;
    }
    /* Themes give proportional fonts to GRUB's console, which spaces their letters out. */
    theme->terminal_font = theme_fonts_fixed(&theme->fonts, theme->terminal_font);
    enum status status = check_menu(theme, error);
    if (status == STATUS_OK)
        status = load_desktop(theme, error);
    return status == STATUS_OK ? set_order(theme) : status;
}

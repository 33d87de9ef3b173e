/* SPDX-License-Identifier: BSD-2-Clause */
/* Golden frames: every screen of the menu in the default look, in three sizes, dark and light, held
 * against the hashes in EXPECTED. Usage: test-efi-look EXPECTED FOLDER [--all]
 * A frame that differs is written to FOLDER as a PNG, with --all every frame; the new hashes go to
 * FOLDER/look.txt. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/look.h"
#include "test/unit/efi/host_fonts.h"
#include "test/unit/efi/look_screens.h"
#include "test/unit/efi/png.h"

static const struct {
    unsigned width, height;
    bool is_light;
} frames[] = {
    {800, 600, false},
    {1280, 800, false},
    {1280, 800, true},
    {3840, 2160, false},
};

static uint64_t hash_of(const struct surface *surface)
{
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t i = 0; i < (size_t)surface->width * surface->height; i++)
        hash = (hash ^ surface->pixels[i]) * 0x100000001B3;
    return hash;
}

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "%s: %s\n", name, what);
    exit(1);
}

/* The frame of SCREEN; to be cleared by the caller. */
static void draw(enum look_screen screen, size_t frame, struct surface *surface)
{
    const char *name = look_screen_names[screen];
    struct menu menu = {0};
    struct model model;
    struct look look;
    struct font font;
    struct host_fonts fonts;

    host_fonts_open(&fonts);
    if (surface_init(surface, frames[frame].width, frames[frame].height) != STATUS_OK ||
        look_init(&look, frames[frame].is_light ? &palette_light : &palette_dark) != STATUS_OK ||
        font_init(&font, fonts.outlines, fonts.outlines_len, &fonts.bitmaps) != STATUS_OK)
        fail("cannot be set up", name);
    look_screen_make(screen, &menu);
    model_init(&model, &menu);
    if (look_draw(&look, &model, &menu, &font, surface) != STATUS_OK)
        fail("was not drawn", name);
    menu_clear(&menu);
    look_clear(&look);
    font_clear(&font);
    host_fonts_close(&fonts);
}

/* The hash that EXPECTED has for LABEL, 0 if none. */
static uint64_t find_expected(const char *expected, const char *label)
{
    size_t len = strlen(label);
    for (const char *line = expected; *line != '\0';) {
        if (strncmp(line, label, len) == 0 && line[len] == ' ')
            return strtoull(line + len, NULL, 16);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return 0;
}

int main(int argc, char **argv)
{
    unsigned differing = 0, drawn = 0;
    char path[4096];

    if (argc < 3)
        fail("usage: test-efi-look EXPECTED FOLDER [--all]", "test-efi-look");
    bool writes_all = argc > 3 && strcmp(argv[3], "--all") == 0;
    auto_free char *expected = host_read_text(argv[1]);
    snprintf(path, sizeof(path), "%s/look.txt", argv[2]);
    FILE *hashes = fopen(path, "w");
    if (hashes == NULL)
        fail("cannot be written", path);
    for (size_t frame = 0; frame < ARRAY_SIZE(frames); frame++) {
        for (int screen = 0; screen < SCREEN_COUNT; screen++) {
            struct surface surface;
            char label[64];
            snprintf(label, sizeof(label), "%s-%ux%u%s", look_screen_names[screen],
                     frames[frame].width, frames[frame].height,
                     frames[frame].is_light ? "-light" : "");
            draw((enum look_screen)screen, frame, &surface);
            uint64_t hash = hash_of(&surface);
            bool differs = hash != find_expected(expected, label);
            fprintf(hashes, "%s %016llx\n", label, (unsigned long long)hash);
            snprintf(path, sizeof(path), "%s/%s.png", argv[2], label);
            if ((differs || writes_all) && !png_write(path, &surface))
                fail("cannot be written", path);
            if (differs)
                fprintf(stderr, "%s is not as expected: look at %s\n", label, path);
            differing += differs;
            drawn++;
            surface_clear(&surface);
        }
    }
    fclose(hashes);
    if (differing > 0)
        fprintf(stderr,
                "%u of %u frames differ. If they are as they should be: cp %s/look.txt %s\n",
                differing, drawn, argv[2], argv[1]);
    return differing > 0;
}

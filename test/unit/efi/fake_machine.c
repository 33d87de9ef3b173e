/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine. */
#include "test/unit/efi/fake_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "test/unit/config/unit.h"

static bool present(void *context, unsigned display, const struct cells *previous,
                    const struct cells *next)
{
    struct fake *fake = context;
    struct cells *screen = &fake->screens[display];
    size_t bytes = (size_t)next->columns * next->rows * sizeof(*next->cells);

    if (screen->columns != next->columns || screen->rows != next->rows) { /* after its answer */
        assert_null(previous);
        cells_clear(screen);
        assert_int_equal(cells_init(screen, next->columns, next->rows), STATUS_OK);
    }
    assert_false(fake->is_released);
    if (display == 1 && fake->serial_is_stuck) {
        fake->serial_is_stuck = false;
        screen->cells[0].character = 'x'; /* half a frame */
        return false;
    }
    if (previous != NULL)
        assert_memory_equal(previous->cells, screen->cells, bytes);
    memcpy(screen->cells, next->cells, bytes);
    fake->presents++;
    for (unsigned row = 0; display == 0 && row < next->rows; row++) {
        cells_row_text(next, row, &fake->history);
        strbuf_append_char(&fake->history, '\n');
    }
    return true;
}

static void ask_size(void *context)
{
    struct fake *fake = context;
    fake->size_questions++;
}

static void release_displays(void *context)
{
    struct fake *fake = context;
    fake->is_released = true;
}

static bool read_key(void *context, int timeout_ms, struct raw_key *ret_key)
{
    struct fake *fake = context;
    uint64_t wait = timeout_ms >= 0 ? (uint64_t)timeout_ms : UINT64_MAX;

    if (fake->next_key == fake->key_count) {
        if (timeout_ms < 0) /* the test forgot to leave */
            fake_type(fake, 0, "\x18");
        else
            fake->now_ms += wait;
        return false;
    }
    struct fake_key *key = &fake->keys[fake->next_key];
    if (key->at_ms != 0)
        key->after_ms = key->at_ms > fake->now_ms ? key->at_ms - fake->now_ms : 0;
    if (key->after_ms > wait) {
        key->after_ms -= wait;
        fake->now_ms += wait;
        return false;
    }
    fake->now_ms += key->after_ms;
    *ret_key = key->raw;
    fake->next_key++;
    return true;
}

static uint64_t now_ms(void *context)
{
    const struct fake *fake = context;
    return fake->now_ms;
}

static enum status open_stick(void *context, struct platform_stick *ret_stick, struct strbuf *notes,
                              struct strbuf *message)
{
    struct fake *fake = context;
    fake->opens++;
    if (fake->driver_notes != NULL)
        strbuf_append(notes, fake->driver_notes);
    if (fake->open_message != NULL) {
        strbuf_append(message, fake->open_message);
        fake->open_message = NULL; /* the second time it works */
        return fake->open_status != STATUS_OK ? fake->open_status : STATUS_NOT_FOUND;
    }
    strcpy(ret_stick->data_partuuid, "11111111-2222-3333-4444-555555555555");
    strcpy(ret_stick->esp_partuuid, "66666666-7777-8888-9999-000000000000");
    strcpy(ret_stick->data_label, "HIPERISO");
    return STATUS_OK;
}

/* Is the file at PATH below FOLDER? Then its first component there. */
static size_t component(const char *folder, const char *path, const char **ret_name)
{
    size_t len = strlen(folder);
    if (len == 1)
        len = 0;
    if (strncmp(path, folder, len) != 0 || path[len] != '/')
        return 0;
    *ret_name = path + len + 1;
    return strcspn(*ret_name, "/");
}

static enum status list_folder(void *context, enum platform_volume volume, const char *path,
                               platform_visit_fn *visit, void *visit_context)
{
    struct fake *fake = context;
    enum status fault = STATUS_OK;

    assert_int_equal(volume, PLATFORM_DATA);
    fake->lists++;
    for (size_t i = 0; i < fake->file_count; i++) {
        const struct fake_file *file = &fake->files[i];
        const char *name, *other;
        if (file->fault != STATUS_OK && strcmp(file->path, path) == 0)
            fault = file->fault;
        size_t len = component(path, file->path, &name);
        bool is_repeated = len == 0;
        for (size_t k = 0; k < i && !is_repeated; k++)
            is_repeated = component(path, fake->files[k].path, &other) == len &&
                          strncmp(name, other, len) == 0;
        if (is_repeated)
            continue;
        auto_free char *copy = strndup(name, len);
        struct platform_file entry = {
            .name = copy,
            .size_bytes = file->size_bytes,
            .is_folder = name[len] == '/' || (file->fault != STATUS_OK && !file->is_file),
        };
        enum status status = visit(visit_context, &entry);
        if (status != STATUS_OK)
            return status;
    }
    return fault;
}

static enum status read_file(void *context, enum platform_volume volume, const char *path,
                             size_t max, char **ret_text, size_t *ret_len)
{
    struct fake *fake = context;
    assert_int_equal(volume, PLATFORM_DATA);
    for (size_t i = 0; i < fake->file_count; i++) {
        const struct fake_file *file = &fake->files[i];
        if (strcmp(file->path, path) != 0)
            continue;
        if (file->size_bytes > max)
            return STATUS_TOO_LARGE;
        if (file->text == NULL)
            return STATUS_IO;
        *ret_text = strdup(file->text);
        *ret_len = strlen(file->text);
        return *ret_text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    }
    return STATUS_NOT_FOUND;
}

/* A file's bytes: its text, then zeros. */
static enum status read_open_file(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct fake_open *open = context;
    size_t text_len = open->file->text != NULL ? strlen(open->file->text) : 0;
    uint8_t *bytes = ret_bytes;

    open->fake->reads++;
    open->fake->now_ms += open->fake->read_takes_ms;
    if (open->file->fault != STATUS_OK)
        return open->file->fault;
    for (size_t i = 0; i < len; i++)
        bytes[i] = off + i < text_len ? (uint8_t)open->file->text[off + i] : 0;
    return STATUS_OK;
}

static enum status open_file(void *context, enum platform_volume volume, const char *path,
                             struct blockdev **ret_file)
{
    struct fake *fake = context;

    assert_int_equal(volume, PLATFORM_DATA);
    for (size_t i = 0; i < fake->file_count; i++) {
        if (strcmp(fake->files[i].path, path) != 0)
            continue;
        struct fake_open *open = calloc(1, sizeof(*open));
        if (open == NULL)
            return STATUS_NO_MEMORY;
        open->fake = fake;
        open->file = &fake->files[i];
        open->device = (struct blockdev){.read = read_open_file,
                                         .context = open,
                                         .size_bytes = fake->files[i].size_bytes,
                                         .block_bytes = 512};
        fake->open_files++;
        fake->opened++;
        *ret_file = &open->device;
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

static void close_file(void *context, struct blockdev *file)
{
    struct fake *fake = context;
    struct fake_open *open = file->context;

    assert_true(fake->open_files > 0);
    fake->open_files--;
    free(open);
}

static bool can_power(void *context, enum menu_power power, struct strbuf *about)
{
    const struct fake *fake = context;
    bool is_possible = power != MENU_LOCAL_DISK || fake->has_local_disk;
    strbuf_append(about, is_possible ? "possible" : "no other disk has an EFI loader");
    return is_possible;
}

static enum status do_power(void *context, enum menu_power power, struct strbuf *message)
{
    struct fake *fake = context;
    fake->powers++;
    fake->power = power;
    strbuf_append(message, "the firmware is deaf");
    return STATUS_UNSUPPORTED;
}

struct fake_variable *fake_variable(struct fake *fake, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(fake->variables); i++) {
        if (strcmp(fake->variables[i].name, name) == 0)
            return &fake->variables[i];
    }
    fail_msg("no variable %s", name);
    return NULL;
}

static enum status read_variable(void *context, const char *name, size_t max, void **ret_data,
                                 size_t *ret_len)
{
    const struct fake_variable *variable = fake_variable(context, name);
    if (variable->len == 0)
        return STATUS_NOT_FOUND;
    if (variable->len > max)
        return STATUS_TOO_LARGE;
    char *copy = malloc(variable->len + 1);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    memcpy(copy, variable->data, variable->len);
    copy[variable->len] = '\0';
    *ret_data = copy;
    *ret_len = variable->len;
    return STATUS_OK;
}

static enum status write_variable(void *context, const char *name, const void *data, size_t len)
{
    fake_set_variable(context, name, data, len);
    fake_variable(context, name)->writes++;
    return STATUS_OK;
}

static enum status start_linux(void *context, const struct platform_linux *request,
                               struct strbuf *message)
{
    struct fake *fake = context;
    assert_string_equal(request->kernel_path, LAYOUT_ESP_KERNEL);
    assert_string_equal(request->initramfs_path, LAYOUT_ESP_INITRAMFS);
    snprintf(fake->command_line, sizeof(fake->command_line), "%s", request->command_line);
    fake->starts++;
    fake->start_ms = fake->now_ms;
    if (fake->linux_message != NULL)
        strbuf_append(message, fake->linux_message);
    return STATUS_NOT_FOUND;
}

void fake_init(struct fake *fake)
{
    *fake = (struct fake){.now_ms = 5000, .history = strbuf_with_max((size_t)64 << 20)};
    fake->platform = (struct platform){
        .context = fake,
        .displays = {{.columns = 100, .rows = 31}, {.columns = 80, .rows = 24, .is_serial = true}},
        .display_count = 2,
        .present = present,
        .ask_size = ask_size,
        .release_displays = release_displays,
        .read_key = read_key,
        .now_ms = now_ms,
        .open_stick = open_stick,
        .list_folder = list_folder,
        .read_file = read_file,
        .open_file = open_file,
        .close_file = close_file,
        .can_power = can_power,
        .power = do_power,
        .read_variable = read_variable,
        .write_variable = write_variable,
        .start_linux = start_linux,
    };
    fake->variables[0].name = LAYOUT_VARIABLE_RETURNED;
    fake->variables[1].name = LAYOUT_VARIABLE_LAST;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(cells_init(&fake->screens[i], fake->platform.displays[i].columns,
                                    fake->platform.displays[i].rows),
                         STATUS_OK);
}

void fake_clear(struct fake *fake)
{
    assert_int_equal(fake->open_files, 0);
    for (unsigned i = 0; i < 2; i++)
        cells_clear(&fake->screens[i]);
    strbuf_clear(&fake->history);
}

void fake_add_file(struct fake *fake, const char *path, uint64_t size_bytes, const char *text)
{
    assert_true(fake->file_count < FAKE_FILES_MAX);
    fake->files[fake->file_count++] = (struct fake_file){
        .path = path, .size_bytes = text != NULL ? strlen(text) : size_bytes, .text = text};
}

void fake_add_fault(struct fake *fake, const char *folder, enum status fault)
{
    fake_add_file(fake, folder, 0, NULL);
    fake->files[fake->file_count - 1].fault = fault;
}

void fake_type(struct fake *fake, uint64_t after_ms, const char *text)
{
    for (; *text != '\0'; text++) {
        struct raw_key raw = {.character = (uint8_t)*text};
        if (*text == '\033')
            raw = (struct raw_key){.scan = RAW_SCAN_ESC};
        assert_true(fake->key_count < FAKE_KEYS_MAX);
        fake->keys[fake->key_count++] = (struct fake_key){.after_ms = after_ms, .raw = raw};
        after_ms = 0;
    }
}

void fake_set_variable(struct fake *fake, const char *name, const void *data, size_t len)
{
    struct fake_variable *variable = fake_variable(fake, name);
    assert_true(len <= sizeof(variable->data));
    variable->len = len;
    if (len > 0)
        memcpy(variable->data, data, len);
}

bool fake_shows(const struct fake *fake, unsigned display, const char *text)
{
    const struct cells *screen = &fake->screens[display];
    for (unsigned row = 0; row < screen->rows; row++) {
        auto_strbuf b = STRBUF_INIT;
        cells_row_text(screen, row, &b);
        if (strstr(strbuf_text(&b), text) != NULL)
            return true;
    }
    return false;
}

bool fake_showed(const struct fake *fake, const char *text)
{
    return strstr(strbuf_text(&fake->history), text) != NULL;
}

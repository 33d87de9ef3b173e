/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso.json, templates, EFI variables and the start of an image: what the app does with one
 * stick. */
#include "efi/app/stick.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/contract.h"
#include "config/layout.h"

#define CONFIG_NAME   (&LAYOUT_DATA_CONFIG[sizeof(LAYOUT_DATA_DIR)])
#define LAST_PATH_MAX 2048

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    const struct platform *platform = context;
    auto_strbuf path = STRBUF_INIT;

    strbuf_printf(&path, "%s/%s.json", LAYOUT_DATA_OVERRIDES_DIR, name);
    if (strbuf_status(&path) != STATUS_OK)
        return strbuf_status(&path);
    return platform->read_file(platform->context, PLATFORM_DATA, strbuf_text(&path), max, ret_text,
                               ret_len);
}

static enum status parse_config(struct stick *stick, const char *text, size_t len)
{
    const struct template_source templates = {
        .load = load_template,
        .context = (void *)stick->platform,
    };
    enum status status = config_parse(CONFIG_NAME, text, len, &stick->problems, &stick->config);

    if (status != STATUS_OK)
        return status;
    return config_load_templates(stick->config, &templates, &stick->problems);
}

static enum status load_config(struct stick *stick)
{
    const struct platform *platform = stick->platform;
    auto_free char *text = NULL;
    size_t len = 0;

    enum status status = platform->read_file(platform->context, PLATFORM_DATA, LAYOUT_DATA_CONFIG,
                                             CONFIG_FILE_MAX, &text, &len);
    if (status == STATUS_OK)
        return parse_config(stick, text, len);
    if (status == STATUS_NOT_FOUND)
        stick->has_no_config = true;
    else if (status == STATUS_TOO_LARGE)
        problem_add(&stick->problems, CONFIG_NAME, 0, 0,
                    "is larger than %zu MiB and was not read; the defaults are in effect",
                    CONFIG_FILE_MAX >> 20);
    else
        problem_add(&stick->problems, CONFIG_NAME, 0, 0,
                    "cannot be read (%s); the defaults are in effect", status_text(status));
    stick->config = config_new();
    return stick->config != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* What /init left for us: taken once, so that the next start is an ordinary one. */
static void take_returned(struct stick *stick)
{
    const struct platform *platform = stick->platform;
    auto_free void *data = NULL;
    size_t len = 0;

    enum status status = platform->read_variable(platform->context, LAYOUT_VARIABLE_RETURNED,
                                                 RETURNED_MAX_BYTES, &data, &len);
    if (status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED) /* a firmware without any */
        return;
    /* Whatever else it is: something ended, and a countdown might start it again. */
    stick->has_returned = true;
    if (status != STATUS_OK || returned_read(data, len, &stick->returned) != STATUS_OK)
        stick->returned = (struct returned){0};
    if (platform->write_variable(platform->context, LAYOUT_VARIABLE_RETURNED, NULL, 0) != STATUS_OK)
        problem_add(&stick->problems, "EFI variable " LAYOUT_VARIABLE_RETURNED, 0, 0,
                    "cannot be deleted; no countdown runs while it exists");
}

static void read_last(struct stick *stick)
{
    const struct platform *platform = stick->platform;
    auto_free void *data = NULL;
    size_t len;

    if (platform->read_variable(platform->context, LAYOUT_VARIABLE_LAST, LAST_PATH_MAX, &data,
                                &len) == STATUS_OK)
        stick->last_path = strndup(data, len);
}

enum status stick_load(const struct platform *platform, const struct platform_stick *ids,
                       struct stick *ret_stick)
{
    struct stick stick = {.platform = platform, .ids = *ids};
    enum status status = load_config(&stick);
    if (status != STATUS_OK) {
        stick_clear(&stick);
        return status;
    }
    take_returned(&stick);
    read_last(&stick);
    *ret_stick = stick;
    return STATUS_OK;
}

void stick_clear(struct stick *stick)
{
    config_free(stick->config);
    problem_list_clear(&stick->problems);
    returned_clear(&stick->returned);
    free(stick->last_path);
    *stick = (struct stick){0};
}

void stick_remember(struct stick *stick, const char *path)
{
    const struct platform *platform = stick->platform;
    size_t len = strlen(path);

    if ((stick->last_path != NULL && strcmp(stick->last_path, path) == 0) || len > LAST_PATH_MAX)
        return;
    /* A firmware that takes no variables costs the memory of the last choice, nothing else. */
    if (platform->write_variable(platform->context, LAYOUT_VARIABLE_LAST, path, len) != STATUS_OK)
        return;
    free(stick->last_path);
    stick->last_path = strdup(path);
}

enum status stick_resolve(const struct stick *stick, const char *path,
                          struct settings *ret_settings, struct strbuf *message)
{
    enum status status = config_resolve(stick->config, path, ret_settings);
    const char *fault = status == STATUS_INVALID ? config_fault(stick->config, path) : NULL;

    if (fault != NULL)
        strbuf_printf(message,
                      "%s\n\nWithout its template this image would start with other settings than "
                      "you asked for.",
                      fault);
    else if (status != STATUS_OK)
        strbuf_printf(message, "The start cannot be prepared: %s.", status_text(status));
    return status;
}

enum status stick_write_line(const struct stick *stick, const char *path,
                             const struct settings *settings, struct strbuf *line, size_t *ret_len)
{
    struct boot_request request;

    boot_request_init(&request);
    memcpy(request.data_partuuid, stick->ids.data_partuuid, sizeof(request.data_partuuid));
    memcpy(request.esp_partuuid, stick->ids.esp_partuuid, sizeof(request.esp_partuuid));
    request.iso_path = strdup(path);
    enum status status = request.iso_path != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    if (status == STATUS_OK)
        status = settings_copy(settings, &request.settings);
    if (status == STATUS_OK)
        status = contract_write(&request, line, ret_len);
    boot_request_clear(&request);
    return status;
}

enum status stick_compose(const struct stick *stick, const char *path,
                          const struct settings *settings, struct strbuf *line,
                          struct strbuf *message)
{
    struct settings in_effect;
    size_t len = 0;

    settings_init(&in_effect);
    if (settings == NULL) {
        enum status status = stick_resolve(stick, path, &in_effect, message);
        if (status != STATUS_OK)
            return status;
    }
    enum status status =
        stick_write_line(stick, path, settings != NULL ? settings : &in_effect, line, &len);
    settings_clear(&in_effect);
    if (status == STATUS_TOO_LARGE)
        strbuf_printf(message,
                      "The kernel's command line for this image would be %zu bytes long, it takes "
                      "%u. Shorten the image's path, or its settings in %s (qemu_extra_args, "
                      "cpu_features).",
                      len, (unsigned)LAYOUT_COMMAND_LINE_MAX, CONFIG_NAME);
    else if (status != STATUS_OK)
        strbuf_printf(message, "The start cannot be prepared: %s.", status_text(status));
    return status;
}

void stick_start(struct stick *stick, const char *path, const char *line, struct strbuf *message)
{
    const struct platform *platform = stick->platform;
    struct platform_linux request = {
        .kernel_path = LAYOUT_ESP_KERNEL,
        .initramfs_path = LAYOUT_ESP_INITRAMFS,
        .command_line = line,
    };

    stick_remember(stick, path);
    enum status status = platform->start_linux(platform->context, &request, message);
    if (message->len == 0)
        strbuf_printf(message, "The host Linux did not start: %s.", status_text(status));
}

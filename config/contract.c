/* SPDX-License-Identifier: BSD-2-Clause */
/* Contract 1, the kernel command line, in both directions. config/INTERFACES.md */
#include "config/contract.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/percent.h"
#include "config/base/text.h"
#include "config/layout.h"

#define PREFIX          "hiperiso_"
#define PARTUUID_PREFIX "PARTUUID="

void boot_request_init(struct boot_request *request)
{
    *request = (struct boot_request){0};
    settings_init(&request->settings);
}

void boot_request_clear(struct boot_request *request)
{
    free(request->iso_path);
    settings_clear(&request->settings);
    boot_request_init(request);
}

/* ---- writing ---- */

static void write_partuuid(struct strbuf *b, const char *parameter, const char *partuuid)
{
    if (partuuid[0] != '\0')
        strbuf_printf(b, " %s=" PARTUUID_PREFIX "%s", parameter, partuuid);
}

/* The settings with a parameter of their own. A list's elements are encoded already. */
static enum status write_parameters(struct strbuf *b, const struct settings *settings)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        if (!info->on_command_line || info->parameter == NULL || settings_is_default(settings, id))
            continue;
        auto_free char *text = settings_get_text(settings, id);
        if (text == NULL)
            return STATUS_NO_MEMORY;
        strbuf_printf(b, " %s=", info->parameter);
        if (info->type == SETTING_TYPE_LIST)
            strbuf_append(b, text);
        else
            percent_encode(b, text);
    }
    return STATUS_OK;
}

/* The rare settings: hiperiso_set=key:value,key:value */
static enum status write_set(struct strbuf *b, const struct settings *settings)
{
    const char *separator = " hiperiso_set=";

    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        if (!info->on_command_line || info->parameter != NULL || settings_is_default(settings, id))
            continue;
        auto_free char *text = settings_get_text(settings, id);
        if (text == NULL)
            return STATUS_NO_MEMORY;
        strbuf_printf(b, "%s%s:", separator, setting_key(id));
        percent_encode(b, text);
        separator = ",";
    }
    return STATUS_OK;
}

/* One letter for each setting that travels, in the table's order; nothing when all are defaults. */
static void write_from(struct strbuf *b, const struct settings *settings)
{
    char letters[SETTING_COUNT + 1];
    size_t count = 0;
    bool is_needed = false;

    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        if (!setting_info(id)->on_command_line)
            continue;
        enum setting_origin origin = settings_origin(settings, id);
        is_needed = is_needed || origin != ORIGIN_DEFAULT;
        letters[count++] = setting_origin_letter(origin);
    }
    letters[count] = '\0';
    if (is_needed)
        strbuf_printf(b, " hiperiso_from=%s", letters);
}

enum status contract_write(const struct boot_request *request, struct strbuf *line, size_t *ret_len)
{
    auto_strbuf text = STRBUF_INIT;

    strbuf_append(&text, LAYOUT_KERNEL_ARGUMENTS);
    if (request->iso_path != NULL && request->iso_path[0] != '\0') {
        strbuf_append(&text, " hiperiso_iso=");
        percent_encode(&text, request->iso_path);
    }
    write_partuuid(&text, "hiperiso_data", request->data_partuuid);
    write_partuuid(&text, "hiperiso_esp", request->esp_partuuid);
    enum status status = write_parameters(&text, &request->settings);
    if (status == STATUS_OK)
        status = write_set(&text, &request->settings);
    if (status != STATUS_OK)
        return status;
    write_from(&text, &request->settings);

    status = strbuf_status(&text);
    if (status != STATUS_OK)
        return status;
    if (ret_len != NULL)
        *ret_len = text.len;
    if (text.len > LAYOUT_COMMAND_LINE_MAX)
        return STATUS_TOO_LARGE;
    strbuf_append_bytes(line, text.text, text.len);
    return strbuf_status(line);
}

/* ---- reading ---- */

/* One parameter as the kernel cuts it: quotes are gone from its ends. */
struct parameter {
    const char *name, *value; /* value NULL: no '=' */
    size_t name_len, value_len;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cuts the next parameter off *LINE by the rules of the kernel's next_arg() (lib/cmdline.c): a '"'
 * toggles quoting, spaces inside quotes do not separate, one pair of quotes around the value or
 * around the whole is dropped. */
static bool next_parameter(const char **line, struct parameter *ret_parameter)
{
    const char *start = *line, *equals = NULL, *p;
    bool is_quoted, in_quotes;

    while (is_space(*start))
        start++;
    if (*start == '\0')
        return false;
    is_quoted = in_quotes = *start == '"';
    if (is_quoted)
        start++;
    for (p = start; *p != '\0' && (in_quotes || !is_space(*p)); p++) {
        if (*p == '=' && equals == NULL && p > start)
            equals = p;
        if (*p == '"')
            in_quotes = !in_quotes;
    }
    *line = p;

    const char *end = p;
    struct parameter parameter = {.name = start};
    if (equals != NULL && equals + 1 < end && equals[1] == '"') {
        parameter.value = equals + 2;
        if (end > parameter.value && end[-1] == '"')
            end--;
    } else {
        parameter.value = equals != NULL ? equals + 1 : NULL;
        if (is_quoted && end > start && end[-1] == '"')
            end--;
    }
    parameter.name_len = (size_t)((equals != NULL ? equals : end) - start);
    parameter.value_len = parameter.value != NULL ? (size_t)(end - parameter.value) : 0;
    *ret_parameter = parameter;
    return true;
}

struct reader {
    struct problem_list *problems; /* what is malformed */
    struct problem_list warnings;  /* what is unknown */
    struct boot_request *request;
    bool is_set[SETTING_COUNT]; /* by a parameter, so that it has an origin */
    const char *from;           /* value of hiperiso_from= */
    size_t from_len;
    bool is_malformed;
};

static enum status malformed(struct reader *r, const struct parameter *parameter,
                             const char *message)
{
    problem_add(r->problems, CONTRACT_PLACE, 0, 0, "%.*s: %s", (int)parameter->name_len,
                parameter->name, message);
    r->is_malformed = true;
    return STATUS_OK;
}

/* Sets ID from TEXT of LEN bytes. */
static enum status read_setting(struct reader *r, const struct parameter *parameter,
                                enum setting_id id, const char *text, size_t len)
{
    auto_free char *decoded = NULL, *message = NULL;
    enum status status;

    if (setting_info(id)->type == SETTING_TYPE_LIST && setting_info(id)->parameter != NULL) {
        decoded = text_copy_part(text, len);
        status = decoded != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    } else {
        status = percent_decode(text, len, &decoded);
    }
    if (status == STATUS_INVALID)
        return malformed(r, parameter, "a % that no two hexadecimal digits follow: write %25");
    if (status == STATUS_OK)
        status = settings_set_text(&r->request->settings, id, decoded, ORIGIN_MENU, &message);
    if (status == STATUS_INVALID) {
        problem_add(r->problems, CONTRACT_PLACE, 0, 0, "%.*s: %s%s%s", (int)parameter->name_len,
                    parameter->name, setting_info(id)->parameter == NULL ? setting_key(id) : "",
                    setting_info(id)->parameter == NULL ? ": " : "", message);
        r->is_malformed = true;
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        r->is_set[id] = true;
    return status;
}

static enum status read_set(struct reader *r, const struct parameter *parameter)
{
    const char *p = parameter->value, *end = p + parameter->value_len;

    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *item_end = comma != NULL ? comma : end;
        const char *colon = memchr(p, ':', (size_t)(item_end - p));
        enum setting_id id;
        enum status status = STATUS_OK;

        if (colon == NULL) {
            status =
                malformed(r, parameter, "an element without a colon: write key:value,key:value");
        } else if (setting_by_key(p, (size_t)(colon - p), &id) != STATUS_OK ||
                   !setting_info(id)->on_command_line || setting_info(id)->parameter != NULL) {
            problem_add(&r->warnings, CONTRACT_PLACE, 0, 0,
                        "hiperiso_set: unknown key %.*s, passed over", (int)(colon - p), p);
        } else {
            status = read_setting(r, parameter, id, colon + 1, (size_t)(item_end - colon - 1));
        }
        if (status != STATUS_OK)
            return status;
        p = comma != NULL ? comma + 1 : end;
    }
    return STATUS_OK;
}

/* A path from the data partition's root that stays inside it. */
static bool is_image_path(const char *path)
{
    if (path[0] != '/' || path[1] == '\0')
        return false;
    while (*path != '\0') {
        size_t len = strcspn(++path, "/");
        if (len == 0 || text_part_equals(path, len, ".") || text_part_equals(path, len, ".."))
            return false;
        path += len;
    }
    return true;
}

static enum status read_iso(struct reader *r, const struct parameter *parameter)
{
    char *path;
    enum status status = percent_decode(parameter->value, parameter->value_len, &path);

    if (status == STATUS_INVALID)
        return malformed(r, parameter, "a % that no two hexadecimal digits follow: write %25");
    if (status != STATUS_OK)
        return status;
    if (!is_image_path(path)) {
        free(path);
        return malformed(r, parameter,
                         "no path of a file on the data partition: write /FOLDER/NAME.iso");
    }
    free(r->request->iso_path);
    r->request->iso_path = path;
    return STATUS_OK;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static enum status read_partuuid(struct reader *r, const struct parameter *parameter,
                                 char *partuuid)
{
    const size_t prefix_len = strlen(PARTUUID_PREFIX);
    const char *text = parameter->value + prefix_len;
    bool is_guid = parameter->value_len == prefix_len + CONTRACT_PARTUUID_CHARS &&
                   memcmp(parameter->value, PARTUUID_PREFIX, prefix_len) == 0;

    for (size_t i = 0; is_guid && i < CONTRACT_PARTUUID_CHARS; i++)
        is_guid = i == 8 || i == 13 || i == 18 || i == 23 ? text[i] == '-' : is_hex(text[i]);
    if (!is_guid)
        return malformed(r, parameter,
                         "no partition: write PARTUUID= and the 36 characters of its GUID");
    for (size_t i = 0; i < CONTRACT_PARTUUID_CHARS; i++)
        partuuid[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] + ('a' - 'A') : text[i]);
    partuuid[CONTRACT_PARTUUID_CHARS] = '\0';
    return STATUS_OK;
}

static enum status read_parameter(struct reader *r, const struct parameter *parameter)
{
    const char *name = parameter->name;
    const size_t len = parameter->name_len;
    enum setting_id id;

    if (len < strlen(PREFIX) || memcmp(name, PREFIX, strlen(PREFIX)) != 0)
        return STATUS_OK;
    bool is_setting = setting_by_parameter(name, len, &id) == STATUS_OK;
    bool is_iso = text_part_equals(name, len, "hiperiso_iso");
    bool is_data = text_part_equals(name, len, "hiperiso_data");
    bool is_esp = text_part_equals(name, len, "hiperiso_esp");
    bool is_set = text_part_equals(name, len, "hiperiso_set");
    bool is_from = text_part_equals(name, len, "hiperiso_from");

    if (!is_setting && !is_iso && !is_data && !is_esp && !is_set && !is_from) {
        problem_add(&r->warnings, CONTRACT_PLACE, 0, 0, "%.*s: unknown parameter, passed over",
                    (int)len, name);
        return STATUS_OK;
    }
    if (parameter->value == NULL)
        return malformed(r, parameter, "no value: write NAME=VALUE");
    if (is_setting)
        return read_setting(r, parameter, id, parameter->value, parameter->value_len);
    if (is_iso)
        return read_iso(r, parameter);
    if (is_data)
        return read_partuuid(r, parameter, r->request->data_partuuid);
    if (is_esp)
        return read_partuuid(r, parameter, r->request->esp_partuuid);
    if (is_set)
        return read_set(r, parameter);
    r->from = parameter->value;
    r->from_len = parameter->value_len;
    return STATUS_OK;
}

/* Gives each setting its origin. One that has the default's value and a letter was set to just that
 * value. */
static void apply_from(struct reader *r)
{
    enum setting_origin origins[SETTING_COUNT] = {ORIGIN_DEFAULT};
    size_t count = 0;
    bool is_valid = true;

    for (int id = 0; id < SETTING_COUNT && r->from != NULL; id++) {
        if (!setting_info((enum setting_id)id)->on_command_line)
            continue;
        is_valid = is_valid && count < r->from_len &&
                   setting_origin_by_letter(r->from[count], &origins[id]) == STATUS_OK;
        count++;
    }
    if (r->from != NULL && (!is_valid || count != r->from_len)) {
        problem_add(r->problems, CONTRACT_PLACE, 0, 0,
                    "hiperiso_from: not the %zu letters d, c, o, m of this version, passed over",
                    count);
        r->is_malformed = true;
        return;
    }
    for (int id = 0; id < SETTING_COUNT; id++)
        if (!r->is_set[id] || origins[id] != ORIGIN_DEFAULT)
            r->request->settings.values[id].origin = origins[id];
}

enum status contract_read(const char *line, struct problem_list *problems,
                          struct boot_request *ret_request)
{
    struct reader r = {.problems = problems, .request = ret_request};
    struct parameter parameter;
    enum status status = STATUS_OK;

    boot_request_init(ret_request);
    while (status == STATUS_OK && next_parameter(&line, &parameter))
        status = read_parameter(&r, &parameter);
    if (status == STATUS_OK)
        apply_from(&r);
    problem_list_move(problems, &r.warnings);
    if (status != STATUS_OK) {
        boot_request_clear(ret_request);
        return status;
    }
    return r.is_malformed ? STATUS_INVALID : STATUS_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks one start through the code of the menu and of /init. */
#include "tools/mkhiperiso/explain.h"

#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/layout.h"
#include "initramfs/names.h"
#include "tools/mkhiperiso/container.h"
#include "tools/mkhiperiso/report.h"

#define OWNER_MAX ((size_t)4096)

static int note(struct explain *e, const char *text)
{
    return text_list_add(&e->notes, text) == STATUS_OK ? 0 : fail("out of memory");
}

static void refuse(struct explain *e, const char *why)
{
    strbuf_append(&e->refusal, why);
}

/* ---- the image ---- */

static int inspect(struct explain *e, const struct source_file *file)
{
    enum status status = bootable_inspect(&file->device, e->request.iso_path, &e->image);

    if (status != STATUS_OK)
        return fail("%s: cannot be read: %s", e->request.iso_path, status_text(status));
    e->image_bytes = file->device.size_bytes;
    e->has_image = true;
    if (e->image.kind <= IMAGE_DISK)
        return 0;
    auto_strbuf why = STRBUF_INIT;
    switch (container_inspect(file, e->image.kind, e->request.iso_path, &e->image, &why)) {
    case CONTAINER_FINE:
        return 0;
    case CONTAINER_REFUSED:
        refuse(e, strbuf_text(&why));
        return 0;
    default:
        e->is_unknown = true;
        return note(e, strbuf_text(&why));
    }
}

/* Opens the image's bytes and sets its path as it is spelled on the stick. 1: they are not known,
 * 0: opened, -1. */
static int open_image(struct explain *e, struct source *source, const char *path,
                      const char *contents, struct source_file *ret_file)
{
    auto_strbuf wanted = STRBUF_INIT, real_path = STRBUF_INIT;
    int result = 0;

    strbuf_printf(&wanted, "%s%s", path[0] == '/' ? "" : "/", path);
    enum status status = source_open_image(source, strbuf_text(&wanted), ret_file, &real_path);
    if (status == STATUS_INVALID)
        return fail("%s: is a folder; name an image", strbuf_text(&wanted));
    if (status == STATUS_NOT_FOUND && (contents != NULL || source->root == NULL) &&
        (contents != NULL || !source->is_stick)) {
        strbuf_reset(&real_path);
        strbuf_append(&real_path, strbuf_text(&wanted));
        result = 1;
    } else if (status == STATUS_NOT_FOUND) {
        return fail("%s: there is no such image on %s", strbuf_text(&wanted),
                    source->is_stick ? "the data partition; mkhiperiso ls -r lists it"
                                     : source->root);
    } else if (status != STATUS_OK) {
        return fail("%s: %s", strbuf_text(&wanted), status_text(status));
    }
    e->request.iso_path = text_copy(strbuf_text(&real_path));
    if (e->request.iso_path == NULL) {
        if (result == 0)
            source_close_file(ret_file);
        return fail("out of memory");
    }
    if (contents == NULL)
        return result;
    if (result == 0)
        source_close_file(ret_file);
    return source_open_file(contents, ret_file);
}

/* ---- what the menu does ---- */

static int compose_line(struct explain *e)
{
    enum status status = config_resolve(e->config, e->request.iso_path, &e->request.settings);

    if (status == STATUS_INVALID) {
        refuse(e, config_fault(e->config, e->request.iso_path));
        return 0;
    }
    if (status == STATUS_OK)
        status = contract_write(&e->request, &e->line, &e->line_bytes);
    if (status == STATUS_TOO_LARGE) {
        strbuf_printf(&e->refusal,
                      "the kernel's command line would be %zu bytes long, it takes %u: "
                      "shorten the image's path or its settings",
                      e->line_bytes, (unsigned)LAYOUT_COMMAND_LINE_MAX);
        return 0;
    }
    return status == STATUS_OK ? 0 : fail("%s", status_text(status));
}

/* ---- what /init does ---- */

static enum status read_owner(void *context, const char *file, struct strbuf *owner)
{
    auto_free char *text = NULL;
    size_t len;

    enum status status = source_read(context, file, OWNER_MAX, &text, &len);
    if (status == STATUS_OK)
        strbuf_append_bytes(owner, text, len);
    return status != STATUS_OK ? status : strbuf_status(owner);
}

static int make_plan(struct explain *e, struct source *source, const struct explain_host *host)
{
    auto_strbuf folder = STRBUF_INIT, why = STRBUF_INIT;
    struct boot_request request;

    enum status status = contract_read(strbuf_text(&e->line), e->problems, &request);
    if (status == STATUS_OK)
        status = names_state_folder(request.iso_path, read_owner, source, &folder);
    const struct guest_facts facts = {
        .has_kvm = host->has_kvm,
        .host_ram_mb = host->ram_mb,
        .host_cpus = host->cpus,
        .image = e->image,
        .state_folder = strbuf_text(&folder),
    };
    if (status == STATUS_OK)
        status = guest_plan_make(&request, &facts, &e->plan, &why);
    boot_request_clear(&request);
    e->has_plan = status == STATUS_OK;
    if (status == STATUS_UNSUPPORTED)
        refuse(e, strbuf_text(&why));
    else if (status == STATUS_EXISTS)
        refuse(e, "no free name for its state in " LAYOUT_DATA_STATE_DIR);
    else if (status != STATUS_OK)
        return fail("%s: %s", e->request.iso_path,
                    why.len > 0 ? strbuf_text(&why) : status_text(status));
    return 0;
}

int explain_make(struct source *source, const struct config *config, struct problem_list *problems,
                 const char *path, const char *contents, const struct explain_host *host,
                 struct explain *ret_explain)
{
    struct explain *e = ret_explain;
    struct source_file file = {.target = TARGET_CLOSED};

    *e = (struct explain){
        .config = config, .problems = problems, .line = STRBUF_INIT, .refusal = STRBUF_INIT};
    boot_request_init(&e->request);
    int opened = open_image(e, source, path, contents, &file);
    if (opened < 0)
        return -1;
    if (source->is_stick) {
        memcpy(e->request.data_partuuid, source->volume.partuuid, sizeof(e->request.data_partuuid));
        memcpy(e->request.esp_partuuid, source->volume.esp_partuuid,
               sizeof(e->request.esp_partuuid));
    }
    int result = compose_line(e);
    if (result == 0 && e->refusal.len == 0 && opened == 0)
        result = inspect(e, &file);
    if (result == 0 && e->refusal.len == 0 && opened == 0 && !e->is_unknown)
        result = make_plan(e, source, host);
    if (result == 0 && e->refusal.len == 0 && opened == 1)
        result = note(e, "QEMU's arguments depend on what the image holds: --file FILE names it");
    if (opened == 0)
        source_close_file(&file);
    return result;
}

void explain_clear(struct explain *explain)
{
    boot_request_clear(&explain->request);
    text_list_clear(&explain->notes);
    strbuf_clear(&explain->line);
    strbuf_clear(&explain->refusal);
    if (explain->has_plan)
        guest_plan_clear(&explain->plan);
    explain->has_plan = false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds QEMU's argument vector. */
#include "initramfs/guest_plan.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"

#define GUEST_RAM_MIN_MB 128

/* OVMF of the distribution; the paths are those of its package. */
struct firmware_files {
    const char *code, *vars_template, *vars_name;
};

static const struct firmware_files ovmf_plain = {
    "/usr/share/OVMF/OVMF_CODE_4M.fd",
    "/usr/share/OVMF/OVMF_VARS_4M.fd",
    "OVMF_VARS.fd",
};

static const struct firmware_files ovmf_secure = {
    "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
    "/usr/share/OVMF/OVMF_VARS_4M.ms.fd",
    "OVMF_VARS.secboot.fd",
};

/* What the steps below share. */
struct builder {
    const struct boot_request *request;
    const struct settings *settings;
    const struct guest_facts *facts;
    struct guest_plan *plan;
    const struct firmware_files *ovmf; /* NULL: SeaBIOS */
    enum vga vga;
    enum status status;
};

static void add(struct builder *b, const char *argument)
{
    if (b->status == STATUS_OK)
        b->status = text_list_add(&b->plan->argv, argument);
}

static void __attribute__((format(printf, 3, 0)))
add_text(struct builder *b, struct text_list *list, const char *format, va_list args)
{
    auto_strbuf text = STRBUF_INIT;
    strbuf_vprintf(&text, format, args);
    if (b->status == STATUS_OK)
        b->status = strbuf_status(&text);
    if (b->status == STATUS_OK)
        b->status = text_list_add(list, strbuf_text(&text));
}

static void __attribute__((format(printf, 2, 3)))
add_format(struct builder *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_text(b, &b->plan->argv, format, args);
    va_end(args);
}

static void __attribute__((format(printf, 2, 3))) note(struct builder *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_text(b, &b->plan->notes, format, args);
    va_end(args);
}

const char *const guest_devices[] = {"null", "zero", "full", "random", "urandom", "kvm", NULL};

const char *guest_cpu_model(enum guest_accelerator accelerator)
{
    return accelerator == GUEST_KVM ? "host" : "max";
}

const char *guest_image_format(enum image_kind kind)
{
    switch (kind) {
    case IMAGE_QCOW2:
        return "qcow2";
    case IMAGE_VHD:
        return "vpc";
    case IMAGE_VHDX:
        return "vhdx";
    case IMAGE_VMDK:
        return "vmdk";
    default:
        return "raw";
    }
}

/* ---- decisions ---- */

static enum status decide_accelerator(struct builder *b, struct strbuf *why)
{
    if (b->facts->has_kvm) {
        b->plan->accelerator = GUEST_KVM;
        return STATUS_OK;
    }
    if (!settings_bool(b->settings, SETTING_FALLBACK)) {
        strbuf_append(why, "this machine has no working KVM and fallback_no_kvm is off; switch "
                           "virtualisation (VT-x, AMD-V) on in the "
                           "firmware's setup, or fallback_no_kvm");
        return STATUS_UNSUPPORTED;
    }
    b->plan->accelerator = GUEST_TCG;
    note(b, "no working KVM on this machine: the image runs in QEMU's emulator (TCG), slowly");
    return STATUS_OK;
}

static enum status decide_firmware(struct builder *b, struct strbuf *why)
{
    enum firmware wanted = (enum firmware)settings_number(b->settings, SETTING_FIRMWARE);
    bool is_secure = settings_bool(b->settings, SETTING_SECURE_BOOT);
    if (is_secure && wanted == FIRMWARE_BIOS) {
        strbuf_append(why,
                      "secure_boot needs firmware uefi, the settings say bios: change one of them");
        return STATUS_UNSUPPORTED;
    }
    if (is_secure && settings_number(b->settings, SETTING_MACHINE) == MACHINE_PC) {
        strbuf_append(
            why, "secure_boot needs machine q35 (SMM), the settings say pc: change one of them");
        return STATUS_UNSUPPORTED;
    }
    bool is_uefi =
        wanted == FIRMWARE_UEFI || is_secure || (wanted == FIRMWARE_AUTO && b->facts->image.uefi);
    b->plan->firmware = is_uefi ? FIRMWARE_UEFI : FIRMWARE_BIOS;
    if (is_uefi)
        b->ovmf = is_secure ? &ovmf_secure : &ovmf_plain;
    return STATUS_OK;
}

static enum status decide_size(struct builder *b, struct strbuf *why)
{
    uint64_t ram = (uint64_t)settings_number(b->settings, SETTING_RAM);
    uint64_t cpus = (uint64_t)settings_number(b->settings, SETTING_CPUS);
    uint64_t host = b->facts->host_ram_mb;
    uint64_t most = host > GUEST_HOST_KEEP_MB ? host - GUEST_HOST_KEEP_MB : 0;
    if (most < GUEST_RAM_MIN_MB) {
        strbuf_printf(why,
                      "this machine has %llu MB of memory: too little for a guest (%d MB) beside "
                      "the host (%d MB)",
                      (unsigned long long)host, GUEST_RAM_MIN_MB, GUEST_HOST_KEEP_MB);
        return STATUS_UNSUPPORTED;
    }
    b->plan->ram_mb = ram;
    if (ram > most) {
        b->plan->ram_mb = most;
        note(b,
             "RAM: %llu MB asked for, the guest gets %llu MB (this machine has %llu MB, %d MB stay "
             "with the host)",
             (unsigned long long)ram, (unsigned long long)most, (unsigned long long)host,
             GUEST_HOST_KEEP_MB);
    }
    b->plan->cpus = (unsigned)cpus;
    if (b->facts->host_cpus > 0 && cpus > b->facts->host_cpus) {
        b->plan->cpus = b->facts->host_cpus;
        note(b, "CPUs: %llu asked for, the guest gets %u (this machine has no more)",
             (unsigned long long)cpus, b->facts->host_cpus);
    }
    return STATUS_OK;
}

static enum status decide_screen(struct builder *b, struct strbuf *why)
{
    (void)why;
    enum display display = (enum display)settings_number(b->settings, SETTING_DISPLAY);
    b->vga = (enum vga)settings_number(b->settings, SETTING_VGA);
    b->plan->has_screen = display == DISPLAY_SCREEN;
    b->plan->has_vnc = display == DISPLAY_VNC;
    b->plan->is_vnc_public = b->plan->has_vnc && settings_bool(b->settings, SETTING_VNC_LISTEN);
    if (b->plan->has_vnc && !b->plan->is_vnc_public)
        note(b, "display vnc: nobody can connect, control.vnc_listen is off");
    if (display != DISPLAY_NONE && b->vga == VGA_NONE) {
        b->vga = VGA_STD;
        note(b, "vga none has no screen to show: the guest gets vga std");
    }
    return STATUS_OK;
}

/* ---- arguments ---- */

static void add_machine(struct builder *b)
{
    bool is_pc = settings_number(b->settings, SETTING_MACHINE) == MACHINE_PC;
    auto_strbuf machine = STRBUF_INIT;
    strbuf_append(&machine, is_pc ? "pc" : "q35");
    /* Without a screen SeaBIOS and what it starts write to the serial line. */
    if (b->vga == VGA_NONE)
        strbuf_append(&machine, ",graphics=off");
    if (b->ovmf == &ovmf_secure)
        strbuf_append(&machine, ",smm=on");
    if (b->ovmf != NULL)
        strbuf_append(&machine, ",pflash0=firmware-code,pflash1=firmware-vars");
    if (strbuf_status(&machine) != STATUS_OK)
        b->status = strbuf_status(&machine);
    add(b, "-machine");
    add(b, strbuf_text(&machine));
    add(b, "-accel");
    add(b, b->plan->accelerator == GUEST_KVM ? "kvm" : "tcg,thread=multi");

    const struct text_list *features = settings_list(b->settings, SETTING_CPU_FEATURES);
    auto_strbuf cpu = STRBUF_INIT;
    strbuf_append(&cpu, guest_cpu_model(b->plan->accelerator));
    for (size_t i = 0; i < features->count; i++)
        strbuf_printf(&cpu, ",+%s", features->items[i]);
    if (features->count > 0) /* better no guest than one without what was asked for */
        strbuf_append(&cpu, ",enforce");
    if (strbuf_status(&cpu) != STATUS_OK)
        b->status = strbuf_status(&cpu);
    add(b, "-cpu");
    add(b, strbuf_text(&cpu));
    add(b, "-smp");
    add_format(b, "%u", b->plan->cpus);
    add(b, "-m");
    add_format(b, "%lluM", (unsigned long long)b->plan->ram_mb);
    add(b, "-rtc");
    add(b, "base=utc");
}

/* {"driver": "file", ...}: JSON, so that no character of a path has a meaning. */
static void json_file(struct strbuf *json, const char *node, const char *path, bool is_read_only)
{
    strbuf_append(json, "{\"driver\":\"file\",\"node-name\":");
    strbuf_append_json(json, node);
    strbuf_append(json, ",\"filename\":");
    strbuf_append_json(json, path);
    strbuf_printf(json, ",\"read-only\":%s,\"auto-read-only\":false}",
                  is_read_only ? "true" : "false");
}

static void add_blockdev(struct builder *b, struct strbuf *json)
{
    add(b, "-blockdev");
    add(b, strbuf_text(json));
    if (strbuf_status(json) != STATUS_OK)
        b->status = strbuf_status(json);
}

static void add_firmware(struct builder *b)
{
    if (b->ovmf == NULL)
        return;
    auto_strbuf code = STRBUF_INIT, vars = STRBUF_INIT;
    json_file(&code, "firmware-code", b->ovmf->code, true);
    json_file(&vars, "firmware-vars", b->plan->vars, false);
    add_blockdev(b, &code);
    add_blockdev(b, &vars);
    if (b->ovmf == &ovmf_secure) {
        add(b, "-global");
        add(b, "driver=cfi.pflash01,property=secure,value=on");
        add(b, "-global"); /* S3 resume would leave SMM locked out */
        add(b, "ICH9-LPC.disable_s3=1");
    }
}

/* The image itself is always opened read-only; what a guest writes to a disk goes to an overlay
 * that ends with the session. */
static void add_image(struct builder *b)
{
    auto_strbuf path = STRBUF_INIT, file = STRBUF_INIT, image = STRBUF_INIT;
    strbuf_printf(&path, "%s%s", GUEST_DATA, b->request->iso_path);
    json_file(&file, "image-file", strbuf_text(&path), true);
    add_blockdev(b, &file);
    strbuf_printf(
        &image,
        "{\"driver\":\"%s\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-file\"}",
        b->plan->format);
    add_blockdev(b, &image);
    if (!b->plan->is_disk) {
        add(b, "-device");
        add(b, "ide-cd,id=cdrom,bus=ide.0,drive=image,bootindex=0");
        return;
    }
    auto_strbuf overlay_file = STRBUF_INIT;
    json_file(&overlay_file, "overlay-file", b->plan->overlay, false);
    add_blockdev(b, &overlay_file);
    /* Thrown away at the end: a guest's flush need not reach the stick. */
    add(b, "-blockdev");
    add(b, "{\"driver\":\"qcow2\",\"node-name\":\"overlay\",\"file\":\"overlay-file\",\"backing\":"
           "\"image\","
           "\"cache\":{\"no-flush\":true}}");
    add(b, "-device");
    add(b, "ide-hd,id=disk,bus=ide.0,drive=overlay,bootindex=0,rerror=report,werror=stop");
}

static void add_devices(struct builder *b)
{
    static const char *const fixed[] = {
        "-boot",   "strict=on", "-netdev", "user,id=net0", "-device", "e1000e,netdev=net0,romfile=",
        "-device", "pvpanic",
    };
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        add(b, fixed[i]);
    if (b->plan->is_network_dumped) {
        add(b, "-object"); /* by the descriptor: QEMU itself may not write to the session */
        add_format(b, "filter-dump,id=dump0,netdev=net0,file=/proc/self/fd/%d", GUEST_FD_NETWORK);
    }
    switch (b->vga) {
    case VGA_STD:
        add(b, "-device");
        add(b, "VGA,id=vga");
        break;
    case VGA_VIRTIO:
        add(b, "-device");
        add(b, "virtio-vga,id=vga");
        break;
    default:
        break;
    }
}

/* The tablet says where the pointer is; guests without its driver take the mouse that a PC has
 * anyway. */
static void add_screen(struct builder *b)
{
    if (!b->plan->has_screen && !b->plan->has_vnc)
        return;
    add(b, "-device");
    add(b, "qemu-xhci,id=usb");
    add(b, "-device");
    add(b, "usb-tablet,bus=usb.0");
    add(b, "-vnc");
    add(b, b->plan->is_vnc_public ? "unix:" GUEST_SCREEN_SOCKET ",password=on"
                                  : "unix:" GUEST_SCREEN_SOCKET);
}

/* UEFI guests expect the CRB interface; SeaBIOS finds the TPM in both, older guests only TIS. */
static void add_tpm(struct builder *b)
{
    if (b->plan->tpm == NULL)
        return;
    add(b, "-chardev");
    add_format(b, "socket,id=tpm,fd=%d", GUEST_FD_TPM);
    add(b, "-tpmdev");
    add(b, "emulator,id=tpm0,chardev=tpm");
    add(b, "-device");
    add(b, b->ovmf != NULL ? "tpm-crb,tpmdev=tpm0" : "tpm-tis,tpmdev=tpm0");
}

/* Each line of the trace is one write(): a pipe takes it in less time than a file on the stick. */
static void add_trace(struct builder *b)
{
    if (!b->plan->is_traced)
        return;
    add(b, "-trace");
    add_format(b, "events=/proc/self/fd/%d", GUEST_FD_EVENTS);
    add(b, "-D");
    add_format(b, "/proc/self/fd/%d", GUEST_FD_TRACE);
}

static void add_channels(struct builder *b)
{
    add(b, "-chardev");
    add_format(b, "socket,id=serial0,fd=%d", GUEST_FD_SERIAL);
    add(b, "-serial");
    add(b, "chardev:serial0");
    add(b, "-chardev");
    add_format(b, "socket,id=qmp,fd=%d", GUEST_FD_QMP);
    add(b, "-mon");
    add(b, "chardev=qmp,mode=control");
    add(b, "-chardev");
    add_format(b, "socket,id=firmware,fd=%d", GUEST_FD_FIRMWARE);
    add(b, "-device");
    add(b, "isa-debugcon,iobase=0x402,chardev=firmware");
}

static void add_all(struct builder *b)
{
    static const char *const first[] = {
        GUEST_QEMU,
        "-nodefaults",
        "-no-user-config",
        "-msg",
        "timestamp=on",
        "-sandbox",
        GUEST_SANDBOX,
        "-action",
        "shutdown=pause,panic=pause", /* the end is looked at before QEMU goes */
        "-S",                         /* until the monitor listens: no event is missed */
        "-display",
        "none",
    };
    for (size_t i = 0; i < ARRAY_SIZE(first); i++)
        add(b, first[i]);
    add_machine(b);
    add_firmware(b);
    add_image(b);
    add_devices(b);
    add_screen(b);
    add_tpm(b);
    add_channels(b);
    add_trace(b);
    const struct text_list *extra = settings_list(b->settings, SETTING_QEMU_EXTRA_ARGS);
    for (size_t i = 0; i < extra->count; i++)
        add(b, extra->items[i]);
}

static void name_files(struct builder *b)
{
    struct guest_plan *plan = b->plan;
    auto_strbuf vars = STRBUF_INIT, overlay = STRBUF_INIT, tpm = STRBUF_INIT;
    bool has_tpm = settings_bool(b->settings, SETTING_TPM);
    plan->is_network_dumped = settings_bool(b->settings, SETTING_NET_DUMP);
    plan->is_traced = strcmp(settings_text(b->settings, SETTING_TRACE_LEVEL), "none") != 0;
    plan->has_pictures = plan->is_traced && b->vga != VGA_NONE;
    if (b->ovmf != NULL) {
        strbuf_printf(&vars, "%s%s/%s", GUEST_DATA, b->facts->state_folder, b->ovmf->vars_name);
        plan->vars_template = b->ovmf->vars_template;
        plan->vars = strbuf_take(&vars);
    }
    if (plan->is_disk) {
        strbuf_printf(&overlay, "%s%s/overlay.qcow2", GUEST_DATA, b->facts->state_folder);
        plan->overlay = strbuf_take(&overlay);
    }
    if (has_tpm) {
        strbuf_printf(&tpm, "%s%s/tpm", GUEST_DATA, b->facts->state_folder);
        plan->tpm = strbuf_take(&tpm);
    }
    if ((b->ovmf != NULL && plan->vars == NULL) || (plan->is_disk && plan->overlay == NULL) ||
        (has_tpm && plan->tpm == NULL))
        b->status = STATUS_NO_MEMORY;
}

/* What is asked for and not done by this version is said, never silently dropped. */
static void note_ignored(struct builder *b)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        if (!info->on_command_line || info->effective ||
            settings_is_default(b->settings, (enum setting_id)i))
            continue;
        note(b, "%s: this version does nothing with it yet", setting_key((enum setting_id)i));
    }
}

enum status guest_plan_make(const struct boot_request *request, const struct guest_facts *facts,
                            struct guest_plan *ret_plan, struct strbuf *why)
{
    static enum status (*const decisions[])(struct builder *, struct strbuf *) = {
        decide_accelerator,
        decide_firmware,
        decide_size,
        decide_screen,
    };
    struct guest_plan plan = {
        .is_disk = facts->image.kind != IMAGE_ISO && facts->image.kind != IMAGE_UNKNOWN,
        .format = guest_image_format(facts->image.kind),
    };
    struct builder b = {
        .request = request,
        .settings = &request->settings,
        .facts = facts,
        .plan = &plan,
    };
    for (size_t i = 0; i < ARRAY_SIZE(decisions) && b.status == STATUS_OK; i++) {
        enum status status = decisions[i](&b, why);
        if (status != STATUS_OK)
            b.status = status;
    }
    if (facts->image.is_truncated)
        note(&b,
             "the image is shorter than it says it is (%llu bytes expected): it was cut, copy it "
             "anew",
             (unsigned long long)facts->image.stated_bytes);
    if (b.status == STATUS_OK) {
        note_ignored(&b);
        name_files(&b);
    }
    if (b.status == STATUS_OK)
        add_all(&b);
    if (b.status != STATUS_OK) {
        if (b.status == STATUS_NO_MEMORY)
            strbuf_append(why, "out of memory");
        guest_plan_clear(&plan);
        return b.status;
    }
    *ret_plan = plan;
    return STATUS_OK;
}

void guest_plan_clear(struct guest_plan *plan)
{
    free(plan->overlay);
    free(plan->vars);
    free(plan->tpm);
    text_list_clear(&plan->argv);
    text_list_clear(&plan->notes);
    *plan = (struct guest_plan){0};
}

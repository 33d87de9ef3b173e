/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the host's kernel what this machine can do. */
#include "initramfs/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define KVM_API       12
#define KVM_NODE      "/dev/kvm"
#define KVM_EXITS     "/sys/kernel/debug/kvm/exits"
#define MODPROBE_MS   30000
#define CPUINFO_BYTES ((size_t)16 << 10) /* the first processor's part */

/* The line NAME ("MemTotal:") in MB; 0 unknown. */
static uint64_t meminfo_mb(const char *name)
{
    auto_strbuf text = strbuf_with_max(16384);
    if (hosted_read_file("/proc/meminfo", &text) < 0)
        return 0;
    const char *p = strstr(strbuf_text(&text), name);
    return p != NULL ? strtoull(p + strlen(name), NULL, 10) / 1024 : 0;
}

uint64_t host_ram_mb(void)
{
    return meminfo_mb("MemTotal:");
}

uint64_t host_ram_available_mb(void)
{
    return meminfo_mb("MemAvailable:");
}

unsigned host_cpus(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

void host_kernel_version(struct strbuf *b)
{
    struct utsname name;
    strbuf_append(b, uname(&name) == 0 ? name.release : "unknown");
}

/* "kvm_amd" or "kvm_intel"; NULL when the processor has neither, or the firmware hides it. */
static const char *kvm_module(void)
{
    static const struct {
        const char *flag, *module;
    } rows[] = {{"svm", "kvm_amd"}, {"vmx", "kvm_intel"}};
    auto_strbuf text = strbuf_with_max(CPUINFO_BYTES);
    if (hosted_read_file("/proc/cpuinfo", &text) < 0 && text.len == 0)
        return NULL;
    const char *flags = strstr(strbuf_text(&text), "\nflags");
    if (flags == NULL)
        return NULL;
    flags++;
    for (const char *end = flags + strcspn(flags, "\n"); flags < end;) {
        size_t len = strcspn(flags, " \n");
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
            if (len == strlen(rows[i].flag) && memcmp(flags, rows[i].flag, len) == 0)
                return rows[i].module;
        flags += len + 1;
    }
    return NULL;
}

static bool load_kvm(const char *module, struct strbuf *why)
{
    const char *const argv[] = {"/usr/bin/busybox", "modprobe", module, NULL};
    const struct child_options options = {.argv = argv, .root = MOUNTS_RUNTIME};
    auto_strbuf errors = strbuf_with_max(1024);
    int status = 0;
    int r = child_run(&options, MODPROBE_MS, NULL, &errors, &status);
    if (r == 0 && status == 0)
        return true;
    if (r < 0)
        strbuf_printf(why, "%s could not be loaded: %s", module, strerror(-r));
    else
        strbuf_printf(why, "%s could not be loaded (%.*s)", module,
                      (int)strcspn(strbuf_text(&errors), "\n"), strbuf_text(&errors));
    return false;
}

static bool try_kvm(struct strbuf *why)
{
    auto_close kvm = open(KVM_NODE, O_RDWR | O_CLOEXEC);
    if (kvm < 0) {
        strbuf_printf(why, "%s: %s", KVM_NODE, strerror(errno));
        return false;
    }
    int version = ioctl(kvm, KVM_GET_API_VERSION, 0);
    if (version != KVM_API) {
        strbuf_printf(why, "%s speaks version %d, not %d", KVM_NODE, version, KVM_API);
        return false;
    }
    auto_close machine = ioctl(kvm, KVM_CREATE_VM, 0);
    if (machine < 0) {
        strbuf_printf(why, "%s makes no virtual machine: %s", KVM_NODE, strerror(errno));
        return false;
    }
    return true;
}

bool host_open_kvm(struct strbuf *why)
{
    const char *module = kvm_module();
    if (module == NULL) {
        strbuf_append(why, "the processor has no virtualisation (VT-x, AMD-V), or the firmware has "
                           "switched it off");
        return false;
    }
    if (access(KVM_NODE, F_OK) < 0 && !load_kvm(module, why))
        return false;
    if (!try_kvm(why))
        return false;
    if (chown(KVM_NODE, 0, MOUNTS_GUEST_UID) < 0 || chmod(KVM_NODE, 0660) < 0) {
        strbuf_printf(why, "%s cannot be given to the guest's user: %s", KVM_NODE, strerror(errno));
        return false;
    }
    return true;
}

int64_t host_kvm_exits(void)
{
    uint64_t exits;
    return hosted_read_number(KVM_EXITS, &exits) == 0 && exits <= INT64_MAX ? (int64_t)exits : -1;
}

void host_raise_loopback(void)
{
    auto_close fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};
    memcpy(request.ifr_name, "lo", 3);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0) {
        log_note("no network: %s", strerror(errno));
        return;
    }
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        log_note("the loopback interface does not come up: %s", strerror(errno));
}

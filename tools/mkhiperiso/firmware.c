/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds OVMF where distributions put it. */
#include "tools/mkhiperiso/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"

static const struct {
    const char *code, *vars;
} places[] = {
    {"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},     /* Debian, Ubuntu */
    {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},           /* older ones */
    {"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"}, /* Fedora */
    {"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"}, /* Arch */
};

static int copy_to(const char *from, int to)
{
    struct stat status;
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;

    for (off_t left = result == 0 ? status.st_size : 0; left > 0 && result == 0;) {
        ssize_t part = sendfile(to, fd, NULL, (size_t)left);
        if (part > 0)
            left -= part;
        else
            result = part < 0 ? -errno : -EIO;
    }
    if (fd >= 0)
        close(fd);
    return result;
}

int firmware_open(struct firmware *ret_firmware)
{
    struct firmware firmware = {.vars_fd = -1};

    for (size_t i = 0; i < ARRAY_SIZE(places) && firmware.code == NULL; i++) {
        if (access(places[i].code, R_OK) == 0 && access(places[i].vars, R_OK) == 0) {
            firmware.code = places[i].code;
            firmware.vars_template = places[i].vars;
        }
    }
    if (firmware.code == NULL)
        return fail("OVMF (UEFI firmware for QEMU) is not installed: apt-get install ovmf");
    firmware.vars_fd = memfd_create("OVMF_VARS", MFD_CLOEXEC);
    int result = firmware.vars_fd < 0 ? -errno : copy_to(firmware.vars_template, firmware.vars_fd);
    if (result < 0) {
        firmware_close(&firmware);
        return fail("%s: cannot be copied: %s", firmware.vars_template, strerror(-result));
    }
    snprintf(firmware.vars_path, sizeof(firmware.vars_path), "/proc/%d/fd/%d", (int)getpid(),
             firmware.vars_fd);
    *ret_firmware = firmware;
    return 0;
}

void firmware_close(struct firmware *firmware)
{
    if (firmware->vars_fd >= 0)
        close(firmware->vars_fd);
    firmware->vars_fd = -1;
}

int firmware_make_vars(const struct firmware *firmware, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0 && errno == EEXIST)
        return 0;
    int result = fd < 0 ? -errno : copy_to(firmware->vars_template, fd);
    if (fd >= 0 && close(fd) < 0 && result == 0)
        result = -errno;
    if (result == 0)
        return 0;
    if (fd >= 0)
        unlink(path);
    return fail("%s: %s", path, strerror(-result));
}

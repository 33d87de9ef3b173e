/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities, Landlock, seccomp. capabilities(7), landlock(7), seccomp(2). */
#include "initramfs/viewer/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/base/cleanup.h"

/* ---- capabilities ---- */

/* The console's modes need one; devices are root's, and so are we. */
static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    data[0].effective = data[0].permitted = 1U << CAP_SYS_TTY_CONFIG;
    syscall(SYS_capset, &header, data);
}

/* ---- files ---- */

#define FILES_READ_WRITE                                                                           \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Everything that the first version of Landlock can forbid. */
#define FILES_ALL ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static void allow_folder(int ruleset, const char *path)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = FILES_READ_WRITE,
        .parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC),
    };
    if (rule.parent_fd < 0)
        return;
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

static void restrict_files(void)
{
    const struct landlock_ruleset_attr all = {.handled_access_fs = FILES_ALL};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    if (ruleset < 0)
        return;
    allow_folder(ruleset, "/dev/input"); /* keyboards that are plugged in later */
    allow_folder(ruleset, "/dev/dri");
    syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
}

/* ---- system calls ---- */

static const uint16_t allowed_calls[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_poll,
    SYS_ioctl,
    SYS_close,
    SYS_open,
    SYS_openat,
    SYS_fcntl,
    SYS_getdents64,
    SYS_fstat,
    SYS_newfstatat,
    SYS_lseek,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_sendto,
    SYS_recvfrom,
    SYS_clock_gettime,
    SYS_exit_group,
    SYS_exit,
    SYS_rt_sigreturn,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_gettid,
    SYS_restart_syscall,
    SYS_tkill,
};

#define FILTER_HEAD 4

static void restrict_calls(void)
{
#ifdef __x86_64__
    enum { COUNT = ARRAY_SIZE(allowed_calls) };
    struct sock_filter filter[FILTER_HEAD + COUNT + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    for (unsigned i = 0; i < COUNT; i++) /* to the last line, over what is left of the table */
        filter[FILTER_HEAD + i] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, allowed_calls[i], (uint8_t)(COUNT - i), 0);
    filter[FILTER_HEAD + COUNT] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    filter[FILTER_HEAD + COUNT + 1] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {ARRAY_SIZE(filter), filter};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}

void confine(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    drop_capabilities();
    restrict_files();
    restrict_calls();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaded into the outer QEMU (LD_PRELOAD): takes the emulator's lock where QEMU 7.2 forgets to.
 *
 * A nested guest that writes CR8 while its hypervisor waits for an interrupt window reaches
 * tcg_handle_interrupt() from target/i386/tcg/sysemu/misc_helper.c without the lock that it
 * asserts, and the whole machine dies. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* QEMU's own, exported for its modules (include/qemu/main-loop.h). */
bool qemu_mutex_iothread_locked(void) __attribute__((weak));
void qemu_mutex_lock_iothread_impl(const char *file, int line) __attribute__((weak));
void qemu_mutex_unlock_iothread(void) __attribute__((weak));

typedef void handle_interrupt(void *cpu, int mask);
void tcg_handle_interrupt(void *cpu, int mask);

static int find_module(struct dl_phdr_info *info, size_t size, void *found)
{
    (void)size;
    if (info->dlpi_name == NULL || strstr(info->dlpi_name, "accel-tcg-") == NULL)
        return 0;
    void *module = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    handle_interrupt *function = NULL;
    if (module != NULL)
        *(void **)&function = dlsym(module, "tcg_handle_interrupt");
    *(handle_interrupt **)found = function;
    return function != NULL;
}

/* Stands before the function of QEMU's accelerator module, which takes its address through the
 * dynamic linker. */
void tcg_handle_interrupt(void *cpu, int mask)
{
    static handle_interrupt *original;
    if (original == NULL)
        dl_iterate_phdr(find_module, &original);
    if (original == NULL)
        abort();
    bool is_locked = qemu_mutex_iothread_locked();
    if (!is_locked)
        qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
    original(cpu, mask);
    if (!is_locked)
        qemu_mutex_unlock_iothread();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaded into the outer QEMU (LD_PRELOAD): makes up for two locks that QEMU 7.2 forgets to take.
 *
 * A nested guest that writes CR8 while its hypervisor waits for an interrupt window reaches
 * tcg_handle_interrupt() from target/i386/tcg/sysemu/misc_helper.c without the lock that it
 * asserts, and the whole machine dies.
 *
 * VMRUN with a virtual interrupt pending changes the processor's interrupt requests without the
 * lock (helper_vmrun() in svm_helper.c), so that a request which comes at that moment is lost: when
 * it was the timer's, that processor sleeps for ever. Every processor is therefore told now and
 * then to look at its APIC again, which costs nothing when there is nothing to find. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPUS_MAX            8
#define INTERRUPT_POLL      0x10 /* CPU_INTERRUPT_POLL of target/i386/cpu.h */
#define LOOK_AGAIN_EVERY_US 200000

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

static handle_interrupt *original;
static void *cpus[CPUS_MAX]; /* under the emulator's lock */

static void *look_again(void *unused)
{
    (void)unused;
    for (;;) {
        usleep(LOOK_AGAIN_EVERY_US);
        qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
        for (size_t i = 0; i < CPUS_MAX && cpus[i] != NULL; i++)
            original(cpus[i], INTERRUPT_POLL);
        qemu_mutex_unlock_iothread();
    }
    return NULL;
}

static void start_looking(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, look_again, NULL) != 0)
        abort();
    pthread_detach(thread);
}

static void remember(void *cpu)
{
    size_t i = 0;
    while (i < CPUS_MAX && cpus[i] != NULL && cpus[i] != cpu)
        i++;
    if (i < CPUS_MAX)
        cpus[i] = cpu;
}

/* Stands before the function of QEMU's accelerator module, which takes its address through the
 * dynamic linker. */
void tcg_handle_interrupt(void *cpu, int mask)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (original == NULL)
        dl_iterate_phdr(find_module, &original);
    if (original == NULL)
        abort();
    bool is_locked = qemu_mutex_iothread_locked();
    if (!is_locked)
        qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
    remember(cpu);
    pthread_once(&once, start_looking);
    original(cpu, mask);
    if (!is_locked)
        qemu_mutex_unlock_iothread();
}

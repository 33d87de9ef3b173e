/* SPDX-License-Identifier: BSD-2-Clause */
/* The viewer as a child. */
#include "initramfs/guest_screen.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/coldplug.h"
#include "initramfs/guest_plan.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define VIEWER         "/viewer"
#define STARTS_MAX     3 /* a viewer that crashes more often will go on to */
#define STOP_MS        2000
#define LINE_MAX_BYTES 512
#define EXIT_NO_SCREEN 2
#define BUSES_FOLDER   "/sys/bus"
#define COLDPLUG_MS    20000
/* A driver of one pass makes the devices of the next: a bus controller, the I2C controller on it,
 * the touch pad there, what it speaks. */
#define COLDPLUG_PASSES 4

/* Most aliases have no driver in the runtime, or one that is loaded: only a modprobe that does not
 * run is told. */
static void run_modprobe(char *const *names, size_t count)
{
    static const char *const first[] = {"/usr/bin/busybox", "modprobe", "-a", "-q"};
    const char **argv = calloc(ARRAY_SIZE(first) + count + 1, sizeof(*argv));
    if (argv == NULL)
        return;
    memcpy(argv, first, sizeof(first));
    for (size_t i = 0; i < count; i++)
        argv[ARRAY_SIZE(first) + i] = names[i];
    const struct child_options options = {.argv = argv, .root = MOUNTS_RUNTIME};
    int status;
    int r = child_run(&options, COLDPLUG_MS, NULL, NULL, &status);
    if (r < 0)
        log_note("drivers for screen and keyboard: %s", strerror(-r));
    free(argv);
}

static void load_drivers(void)
{
    static const char *const always[] = {"evdev", "psmouse", "usbhid", "hid_generic"};
    struct text_list names = {0};
    enum status status = STATUS_OK;
    size_t done = 0;
    uint64_t start_ms = clock_mono_ms();
    for (size_t i = 0; i < ARRAY_SIZE(always) && status == STATUS_OK; i++)
        status = text_list_add(&names, always[i]);
    for (int pass = 0; pass < COLDPLUG_PASSES && status == STATUS_OK; pass++) {
        status = coldplug_aliases(BUSES_FOLDER, &names);
        if (names.count == done)
            break;
        run_modprobe(names.items + done, names.count - done);
        done = names.count;
    }
    log_note("drivers for screen and keyboard: %zu asked for in %llu ms", done,
             (unsigned long long)(clock_mono_ms() - start_ms));
    text_list_clear(&names);
}

void guest_screen_init(struct guest_screen *screen)
{
    *screen = (struct guest_screen){.output = -1};
    lines_init(&screen->lines, LINE_MAX_BYTES);
}

int guest_screen_prepare(struct strbuf *why)
{
    unlink(GUEST_SCREEN_SOCKET);
    if ((mkdir(GUEST_SCREEN_FOLDER, 0700) < 0 && errno != EEXIST) ||
        chown(GUEST_SCREEN_FOLDER, MOUNTS_GUEST_UID, MOUNTS_GUEST_UID) < 0) {
        int r = -errno;
        strbuf_printf(why, "%s cannot be made: %s", GUEST_SCREEN_FOLDER, strerror(-r));
        return r;
    }
    return 0;
}

static int start_viewer(struct guest_screen *screen)
{
    static const char *const argv[] = {VIEWER, GUEST_SCREEN_SOCKET, NULL};
    int pair[2];
    if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    const struct child_fd fds[] = {{pair[1], 1}, {pair[1], 2}};
    const struct child_options options = {.argv = argv, .fds = fds, .fd_count = ARRAY_SIZE(fds)};
    int r = child_start(&options, &screen->pid);
    close(pair[1]);
    if (r < 0) {
        close(pair[0]);
        screen->pid = 0;
        return r;
    }
    if (screen->output >= 0)
        close(screen->output);
    screen->output = pair[0];
    screen->starts++;
    return 0;
}

int guest_screen_start(struct guest_screen *screen)
{
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        load_drivers();
        _exit(0);
    }
    screen->pid = pid;
    screen->is_loading = true;
    return 0;
}

bool guest_screen_take(struct guest_screen *screen, const char *bytes, size_t len)
{
    static const char quit[] = "quit";
    bool wants_end = false;
    const char *line;
    size_t line_len;
    if (lines_add(&screen->lines, bytes, len) != STATUS_OK)
        return false;
    while (lines_next(&screen->lines, &line, &line_len)) {
        if (line_len == sizeof(quit) - 1 && memcmp(line, quit, line_len) == 0) {
            wants_end = true;
            continue;
        }
        snprintf(screen->last_line, sizeof(screen->last_line), "%.*s", (int)line_len, line);
        log_note("%s", screen->last_line);
    }
    return wants_end;
}

/* A viewer that was killed leaves the console in graphics mode and the keyboard off. */
static void restore_console(void)
{
    auto_close fd = open("/dev/tty0", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    ioctl(fd, KDSKBMODE, K_UNICODE);
    ioctl(fd, KDSETMODE, KD_TEXT);
}

static void take_rest(struct guest_screen *screen)
{
    char bytes[4096];
    ssize_t got;
    while (screen->output >= 0 && (got = read(screen->output, bytes, sizeof(bytes))) > 0)
        (void)guest_screen_take(screen, bytes, (size_t)got);
    if (screen->output >= 0)
        close(screen->output);
    screen->output = -1;
}

void guest_screen_exited(struct guest_screen *screen, int status, uint64_t cpu_ms)
{
    auto_strbuf text = STRBUF_INIT;
    take_rest(screen);
    bool was_loading = screen->is_loading;
    screen->is_loading = false;
    screen->pid = 0;
    if (was_loading) {
        int r = start_viewer(screen);
        if (r < 0)
            log_say("the guest's screen is not shown: the viewer does not start: %s", strerror(-r));
        return;
    }
    screen->cpu_ms += cpu_ms;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return; /* QEMU has closed the socket: it ends as well */
    restore_console();
    child_status_text(status, &text);
    bool has_no_screen = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_SCREEN;
    log_note("the viewer ended: %s", strbuf_text(&text));
    if (!has_no_screen && screen->starts < STARTS_MAX && start_viewer(screen) == 0)
        return;
    log_say("the guest's screen is not shown: %s; the guest goes on",
            screen->last_line[0] != '\0' ? screen->last_line : strbuf_text(&text));
}

void guest_screen_stop(struct guest_screen *screen)
{
    int status;
    if (screen->pid > 0) {
        struct rusage before, after;
        getrusage(RUSAGE_CHILDREN, &before);
        kill(screen->pid, screen->is_loading ? SIGKILL : SIGTERM);
        if (child_wait(screen->pid, STOP_MS, &status) < 0)
            log_note("the viewer had to be killed");
        getrusage(RUSAGE_CHILDREN, &after);
        screen->cpu_ms += clock_cpu_ms(&after) - clock_cpu_ms(&before);
        restore_console();
    }
    screen->pid = 0;
    take_rest(screen);
    lines_clear(&screen->lines);
}

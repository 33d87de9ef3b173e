/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts, asks and ends the machine of a run. */
#include "tools/mkhiperiso/run_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/monotonic.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/run_keys.h"

#define COMMAND_MS   30000 /* a machine that is being paged in may take its time */
#define QUIT_MS      5000
#define KEY_MS       40 /* that a key is held */
#define EXPORT       "stick"
#define EXIT_NO_EXEC 127

static const char *const temporary_files[] = {"overlay.qcow2", "nbd.sock", "messages", "screen.png",
                                              "screen.ppm"};

/* "FOLDER/NAME". */
static void path_of(const struct run_machine *m, const char *name, char ret_path[128])
{
    snprintf(ret_path, 128, "%s/%s", m->folder, name);
}

static int make_folder(struct run_machine *m, char *reason)
{
    const char *base = getenv("TMPDIR");

    /* Sockets lie in it, and it is named to QEMU: a long or strange name does not fit. */
    if (base == NULL || strlen(base) + sizeof("/mkhiperiso-XXXXXX") > sizeof(m->folder) ||
        strpbrk(base, "\"\\,\n") != NULL)
        base = "/tmp";
    snprintf(m->folder, sizeof(m->folder), "%s/mkhiperiso-XXXXXX", base);
    if (mkdtemp(m->folder) != NULL)
        return 0;
    snprintf(reason, RUN_MACHINE_REASON_BYTES, "%s: no folder can be made in it: %s", base,
             strerror(errno));
    m->folder[0] = '\0';
    return -1;
}

static int make_overlay(const struct run_machine *m, const char *image, char *reason)
{
    char path[128];
    auto_strbuf output = STRBUF_INIT;
    auto_free char *real = realpath(image, NULL);

    if (real == NULL) {
        snprintf(reason, RUN_MACHINE_REASON_BYTES, "%s: %s", image, strerror(errno));
        return -1;
    }
    path_of(m, "overlay.qcow2", path);
    const char *const argv[] = {"qemu-img", "create", "-q",  "-f", "qcow2", "-b",
                                real,       "-F",     "raw", path, NULL};
    if (process_try(argv, &output) == PROCESS_DONE)
        return 0;
    snprintf(reason, RUN_MACHINE_REASON_BYTES, "qemu-img: %.200s", strbuf_text(&output));
    return -1;
}

/* In the child: never returns. */
static _Noreturn void become_qemu(char *const *arguments, int qmp, int messages)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(qmp, STDIN_FILENO) >= 0 && dup2(qmp, STDOUT_FILENO) >= 0 &&
        dup2(messages, STDERR_FILENO) >= 0)
        execvp(arguments[0], arguments);
    dprintf(STDERR_FILENO, "%s is not installed: apt-get install %s\n", MACHINE_QEMU,
            process_package(MACHINE_QEMU));
    _exit(EXIT_NO_EXEC);
}

/* Both ends of a stream; the second one is for QEMU. */
static int make_pair(int ret_pair[2], char *reason)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_pair) == 0)
        return 0;
    snprintf(reason, RUN_MACHINE_REASON_BYTES, "no socket: %s", strerror(errno));
    return -1;
}

static int start_qemu(struct run_machine *m, const struct machine *machine, const int qmp[2],
                      const int serial[2], char *reason)
{
    auto_arg_list args = {0};
    char chardev[64], overlay[128], messages[128];

    path_of(m, "overlay.qcow2", overlay);
    path_of(m, "messages", messages);
    int errors = open(messages, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct machine all = *machine;
    all.vars = m->firmware.vars_path;
    all.code = machine->code != NULL ? machine->code : m->firmware.code;
    all.overlay = overlay;
    all.display = "none";
    all.serial = "chardev:serial";
    all.qmp = NULL;
    all.extra = NULL;
    machine_arguments(&all, &args);
    snprintf(chardev, sizeof(chardev), "socket,id=serial,fd=%d", serial[1]);
    const char *const own[] = {
        "-chardev", chardev,   "-qmp",
        "stdio",    "-S",      "-rtc",
        "base=utc", "-action", "reboot=shutdown,shutdown=pause,panic=pause",
    };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        arg_list_add(&args, own[i]);
    for (size_t i = 0; machine->extra != NULL && machine->extra[i] != NULL; i++)
        arg_list_add(&args, machine->extra[i]);
    if (errors >= 0 && !args.has_failed)
        m->pid = fork();
    if (m->pid == 0 && errors >= 0 && !args.has_failed) {
        fcntl(serial[1], F_SETFD, 0);
        become_qemu(args.items, qmp[1], errors);
    }
    if (m->pid <= 0) {
        snprintf(reason, RUN_MACHINE_REASON_BYTES, "%s: cannot be started: %s", MACHINE_QEMU,
                 strerror(errno));
        m->pid = 0;
    }
    if (errors >= 0)
        close(errors);
    return m->pid > 0 ? 0 : -1;
}

static int greet(struct run_machine *m, char *reason)
{
    char server[256];

    snprintf(server, sizeof(server),
             "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\","
             "\"data\":{\"path\":\"%s/nbd.sock\"}}}}",
             m->folder);
    const char *const commands[] = {
        "{\"execute\":\"qmp_capabilities\"}",
        server,
        "{\"execute\":\"block-export-add\",\"arguments\":{\"type\":\"nbd\",\"id\":\"" EXPORT
        "\",\"node-name\":\"" MACHINE_NODE "\",\"name\":\"" EXPORT "\",\"writable\":true}}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (qmp_client_command(&m->qmp, commands[i], COMMAND_MS))
            continue;
        if (m->qmp.is_gone) {
            while (!run_machine_has_ended(m) && !is_interrupted())
                usleep(10000);
            run_machine_last_words(m, reason);
        } else {
            snprintf(reason, RUN_MACHINE_REASON_BYTES, "QEMU's monitor: %.200s", m->qmp.refusal);
        }
        return -1;
    }
    return 0;
}

int run_machine_start(struct run_machine *m, const struct machine *machine,
                      char reason[RUN_MACHINE_REASON_BYTES])
{
    int qmp[2] = {-1, -1}, serial[2] = {-1, -1};

    *m = (struct run_machine){.serial = -1, .firmware = {.vars_fd = -1}};
    qmp_client_open(&m->qmp, -1);
    snprintf(reason, RUN_MACHINE_REASON_BYTES, "OVMF cannot be read");
    if (firmware_open(&m->firmware) < 0 || make_folder(m, reason) < 0 ||
        make_overlay(m, machine->image, reason) < 0 || make_pair(qmp, reason) < 0)
        return -1;
    m->qmp.fd = qmp[0];
    int result = make_pair(serial, reason);
    if (result == 0) {
        m->serial = serial[0];
        result = start_qemu(m, machine, qmp, serial, reason);
        close(serial[1]);
    }
    close(qmp[1]);
    return result == 0 ? greet(m, reason) : -1;
}

bool run_machine_has_ended(struct run_machine *m)
{
    if (m->pid != 0 && waitpid(m->pid, &m->exit_state, WNOHANG) == m->pid)
        m->pid = 0;
    return m->pid == 0;
}

void run_machine_last_words(const struct run_machine *m, char reason[RUN_MACHINE_REASON_BYTES])
{
    char path[128], text[4096] = "", how[64];

    path_of(m, "messages", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    text[strcspn(text, "\n")] = '\0'; /* the first line names the cause */
    if (WIFSIGNALED(m->exit_state))
        snprintf(how, sizeof(how), "was ended by signal %d", WTERMSIG(m->exit_state));
    else
        snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(m->exit_state));
    snprintf(reason, RUN_MACHINE_REASON_BYTES, "QEMU %s%s%.180s", how, text[0] != '\0' ? ": " : "",
             text);
}

static void end_qemu(struct run_machine *m)
{
    if (m->pid == 0)
        return;
    if (!m->qmp.is_gone)
        qmp_client_command(&m->qmp, "{\"execute\":\"quit\"}", QUIT_MS);
    for (int64_t end_ms = monotonic_ms() + QUIT_MS;
         !run_machine_has_ended(m) && !is_interrupted() && monotonic_ms() < end_ms;)
        usleep(10000);
    if (m->pid == 0)
        return;
    kill(m->pid, SIGKILL);
    while (waitpid(m->pid, &m->exit_state, 0) < 0 && errno == EINTR)
        continue;
    m->pid = 0;
}

void run_machine_close(struct run_machine *m)
{
    char path[128];

    end_qemu(m);
    qmp_client_close(&m->qmp);
    if (m->serial >= 0)
        close(m->serial);
    m->serial = -1;
    firmware_close(&m->firmware);
    if (m->folder[0] == '\0')
        return;
    for (size_t i = 0; i < ARRAY_SIZE(temporary_files); i++) {
        path_of(m, temporary_files[i], path);
        unlink(path);
    }
    rmdir(m->folder);
    m->folder[0] = '\0';
}

static int connect_to(const struct run_machine *m)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[128];

    path_of(m, "nbd.sock", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int run_machine_open_disk(struct run_machine *m, const char *operand, struct run_disk *ret_disk)
{
    *ret_disk = (struct run_disk){.nbd = {.fd = -1}, .target = TARGET_CLOSED};
    int fd = connect_to(m);
    if (fd < 0)
        return fail("%s: the machine's disk cannot be reached: %s", operand, strerror(errno));
    enum status status = nbd_open(&ret_disk->nbd, fd, EXPORT, COMMAND_MS);
    if (status != STATUS_OK)
        return fail("%s: the machine's disk cannot be opened: %s", operand, status_text(status));
    ret_disk->target.device = ret_disk->nbd.device;
    ret_disk->target.path = operand;
    if (volume_open(&ret_disk->target, &ret_disk->volume) == 0)
        return 0;
    run_disk_close(ret_disk);
    return -1;
}

void run_disk_close(struct run_disk *disk)
{
    volume_close(&disk->volume);
    nbd_close(&disk->nbd);
}

/* QEMU writes its screen into the folder as NAME. */
static bool dump_screen(struct run_machine *m, const char *name, const char *format,
                        char ret_path[128])
{
    char command[320];

    path_of(m, name, ret_path);
    snprintf(command, sizeof(command),
             "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\",\"format\":\"%s\"}}",
             ret_path, format);
    return qmp_client_command(&m->qmp, command, COMMAND_MS);
}

int run_machine_picture(struct run_machine *m, const char *path,
                        char reason[RUN_MACHINE_REASON_BYTES])
{
    char picture[128];
    auto_strbuf output = STRBUF_INIT;

    if (!dump_screen(m, "screen.png", "png", picture)) {
        snprintf(reason, RUN_MACHINE_REASON_BYTES, "no picture of the screen: %.180s",
                 m->qmp.refusal);
        return -1;
    }
    /* QEMU may run as somebody else one day: it never gets the user's own path. */
    const char *const argv[] = {"cp", "--", picture, path, NULL};
    if (process_try(argv, &output) == PROCESS_DONE)
        return 0;
    snprintf(reason, RUN_MACHINE_REASON_BYTES, "%.200s", strbuf_text(&output));
    return -1;
}

void run_machine_screen_text(struct run_machine *m, const struct picture_font *font,
                             struct strbuf *text)
{
    char path[128];
    struct stat status;
    unsigned width, height;
    size_t off;

    if (!dump_screen(m, "screen.ppm", "ppm", path))
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0) {
        size_t len = (size_t)status.st_size;
        void *bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            /* Another picture than a text screen says nothing. */
            if (picture_ppm(bytes, len, &width, &height, &off) == STATUS_OK)
                (void)!picture_text((const uint8_t *)bytes + off, width, height, font, text);
            munmap(bytes, len);
        }
    }
    if (fd >= 0)
        close(fd);
}

void run_machine_press(struct run_machine *m, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        auto_strbuf command = STRBUF_INIT;
        char names[2][16];
        size_t count = run_keys_names((unsigned char)bytes[i], names);
        strbuf_append(&command, "{\"execute\":\"send-key\",\"arguments\":{\"keys\":[");
        for (size_t k = 0; k < count; k++)
            strbuf_printf(&command, "%s{\"type\":\"qcode\",\"data\":\"%s\"}", k > 0 ? "," : "",
                          names[k]);
        strbuf_printf(&command, "],\"hold-time\":%d}}", KEY_MS);
        if (count == 0 || strbuf_status(&command) != STATUS_OK)
            continue;
        qmp_client_command(&m->qmp, strbuf_text(&command), COMMAND_MS);
        usleep((KEY_MS + KEY_MS / 2) * 1000);
    }
}

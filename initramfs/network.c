/* SPDX-License-Identifier: BSD-2-Clause */
/* Drivers by alias, links by sysfs, addresses by udhcpc. */
#include "initramfs/network.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/coldplug.h"
#include "initramfs/hosted.h"
#include "initramfs/lease.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define BUSES_FOLDER   "/sys/bus"
#define CLASS_FOLDER   "/sys/class/net"
#define INTERFACES_MAX 16
#define MODPROBE_MS    60000
#define STOP_MS        3000
#define LINE_MAX_BYTES 512
#define REPORT_FD      CHILD_KEPT_FD
#define ARPHRD_ETHER   1

struct interface {
    char name[IFNAMSIZ];
    bool has_link, is_told;
    pid_t client; /* udhcpc; 0: none */
};

/* Of the process that looks after the network. */
struct keeper {
    struct interface interfaces[INTERFACES_MAX];
    unsigned count;
    bool is_full_told;
};

/* ---- in the process of its own ---- */

static void load_drivers(void)
{
    static const char *const first[] = {"/usr/bin/busybox", "modprobe", "-a", "-q", "af_packet"};
    struct text_list aliases = {0};
    if (coldplug_network_aliases(BUSES_FOLDER, &aliases) != STATUS_OK) {
        text_list_clear(&aliases);
        return;
    }
    const char **argv = calloc(ARRAY_SIZE(first) + aliases.count + 1, sizeof(*argv));
    if (argv != NULL) {
        memcpy(argv, first, sizeof(first));
        for (size_t i = 0; i < aliases.count; i++)
            argv[ARRAY_SIZE(first) + i] = aliases.items[i];
        const struct child_options options = {.argv = argv, .root = MOUNTS_RUNTIME};
        int status;
        /* Most aliases have no driver in the runtime: the exit code says nothing. */
        int r = child_run(&options, MODPROBE_MS, NULL, NULL, &status);
        if (r < 0)
            dprintf(REPORT_FD, "network drivers: %s\n", strerror(-r));
    }
    free(argv);
    text_list_clear(&aliases);
}

static bool exists(const char *name, const char *file)
{
    char path[320];
    snprintf(path, sizeof(path), CLASS_FOLDER "/%s/%s", name, file);
    return access(path, F_OK) == 0;
}

static uint64_t number_of(const char *name, const char *file)
{
    char path[320];
    uint64_t number;
    snprintf(path, sizeof(path), CLASS_FOLDER "/%s/%s", name, file);
    return hosted_read_number(path, &number) == 0 ? number : 0;
}

/* A card with a plug: no bridge, no tunnel, no wireless. */
static bool is_wired(const char *name)
{
    return number_of(name, "type") == ARPHRD_ETHER && exists(name, "device") &&
           !exists(name, "wireless") && !exists(name, "phy80211");
}

static void raise_interface(const char *name)
{
    auto_close fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return;
    request.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        dprintf(REPORT_FD, "%s does not come up: %s\n", name, strerror(errno));
}

static bool is_known(const struct keeper *keeper, const char *name)
{
    for (unsigned i = 0; i < keeper->count; i++)
        if (strcmp(keeper->interfaces[i].name, name) == 0)
            return true;
    return false;
}

static void find_interfaces(struct keeper *keeper)
{
    DIR *folder = opendir(CLASS_FOLDER);
    if (folder == NULL)
        return;
    for (struct dirent *entry;
         keeper->count < INTERFACES_MAX && (entry = readdir(folder)) != NULL;) {
        struct interface *interface = &keeper->interfaces[keeper->count];
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(interface->name) ||
            is_known(keeper, entry->d_name) || !is_wired(entry->d_name))
            continue;
        *interface = (struct interface){0};
        snprintf(interface->name, sizeof(interface->name), "%.15s", entry->d_name);
        keeper->count++;
        raise_interface(interface->name);
    }
    closedir(folder);
}

/* Outside the runtime's root, where /init is: its script. The links of the initramfs lead busybox
 * to its libraries. */
static void start_client(struct interface *interface)
{
    const char *const argv[] = {
        "/bin/busybox", "udhcpc", "-f", "-S", "-i", interface->name, "-s", "/init", "-t", "4",
        "-T",           "3",      "-A", "10", NULL,
    };
    const struct child_fd fds[] = {{REPORT_FD, LEASE_REPORT_FD}};
    const struct child_options options = {.argv = argv, .fds = fds, .fd_count = ARRAY_SIZE(fds)};
    int r = child_start(&options, &interface->client);
    if (r < 0) {
        interface->client = 0;
        dprintf(REPORT_FD, "no DHCP on %s: %s\n", interface->name, strerror(-r));
    }
}

static void stop_client(struct interface *interface)
{
    int status;
    if (interface->client > 0) {
        kill(interface->client, SIGKILL);
        (void)!child_wait(interface->client, STOP_MS, &status);
    }
    interface->client = 0;
}

static void look_at(struct interface *interface)
{
    bool has_link = number_of(interface->name, "carrier") == 1;
    if (has_link != interface->has_link || !interface->is_told)
        dprintf(REPORT_FD, "%s: %s\n", interface->name, has_link ? "link" : "no link");
    interface->is_told = true;
    if (has_link && interface->client == 0)
        start_client(interface);
    else if (!has_link && interface->has_link)
        stop_client(interface);
    interface->has_link = has_link;
}

static void reap(struct keeper *keeper)
{
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
        for (unsigned i = 0; i < keeper->count; i++)
            if (keeper->interfaces[i].client == pid)
                keeper->interfaces[i].client = 0;
}

static void __attribute__((noreturn)) keep(void)
{
    static struct keeper keeper;
    sigset_t wanted;
    const struct timespec second = {1, 0};
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    load_drivers();
    do {
        reap(&keeper);
        find_interfaces(&keeper);
        for (unsigned i = 0; i < keeper.count; i++)
            look_at(&keeper.interfaces[i]);
    } while (sigtimedwait(&wanted, NULL, &second) != SIGTERM);
    for (unsigned i = 0; i < keeper.count; i++)
        stop_client(&keeper.interfaces[i]);
    _exit(0);
}

/* ---- in /init ---- */

void network_init(struct network *network)
{
    *network = (struct network){.output = -1};
    lines_init(&network->lines, LINE_MAX_BYTES);
}

int network_start(struct network *network)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        child_keep_only(pair[1]);
        keep();
    }
    int failed = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return -failed;
    }
    network->pid = pid;
    network->output = pair[0];
    return 0;
}

bool network_take(struct network *network, const char *bytes, size_t len)
{
    static const char address[] = "address ";
    bool is_new = false;
    const char *line;
    size_t line_len;
    if (lines_add(&network->lines, bytes, len) != STATUS_OK)
        return false;
    while (lines_next(&network->lines, &line, &line_len)) {
        log_note("network: %.*s", (int)line_len, line);
        if (line_len <= sizeof(address) - 1 || memcmp(line, address, sizeof(address) - 1) != 0)
            continue;
        line += sizeof(address) - 1;
        line_len -= sizeof(address) - 1;
        is_new = strlen(network->address) != line_len ||
                 memcmp(network->address, line, line_len) != 0 || is_new;
        snprintf(network->address, sizeof(network->address), "%.*s", (int)line_len, line);
    }
    return is_new;
}

void network_stop(struct network *network)
{
    int status;
    if (network->pid > 0) {
        kill(network->pid, SIGTERM);
        if (child_wait(network->pid, STOP_MS, &status) < 0)
            log_note("the network's process had to be killed");
    }
    if (network->output >= 0)
        close(network->output);
    network->pid = 0;
    network->output = -1;
    lines_clear(&network->lines);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Inserts kernel modules with finit_module(). */
#include "initramfs/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/child.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"

#define MODULES_MAX        512
#define MODULES_LIST_BYTES ((size_t)64 << 10)
#define MODULES_TIMEOUT_MS 60000

/* Shared with the process that loads: how far it came, and what went wrong. */
struct progress {
    unsigned done;
    int results[MODULES_MAX];
};

struct module_list {
    const char *names[MODULES_MAX]; /* into the text */
    size_t lens[MODULES_MAX];
    unsigned count;
    struct progress *progress;
};

static void split_lines(const char *text, struct module_list *list)
{
    while (*text != '\0' && list->count < MODULES_MAX) {
        size_t line = strcspn(text, "\n");
        size_t len = strcspn(text, "# \t\r\n");
        if (len > 0) {
            list->names[list->count] = text;
            list->lens[list->count] = len;
            list->count++;
        }
        text += line;
        if (*text == '\n')
            text++;
    }
}

static int insert(const char *name, size_t len)
{
    char path[256];
    int written =
        snprintf(path, sizeof(path), MODULES_FOLDER "/%.*s", (int)(len < 200 ? len : 200), name);
    if (written < 0 || len >= 200)
        return -ENAMETOOLONG;
    auto_close fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (syscall(SYS_finit_module, fd, "", 0) == 0)
        return 0;
    switch (errno) {
    case EEXIST:     /* built in, or loaded by an alias */
    case ENODEV:     /* no such hardware */
    case EOPNOTSUPP: /* the firmware has it not (efivarfs) */
        return 0;
    default:
        return -errno;
    }
}

static int insert_all(void *context)
{
    const struct module_list *list = context;
    for (unsigned i = 0; i < list->count; i++) {
        list->progress->results[i] = insert(list->names[i], list->lens[i]);
        list->progress->done = i + 1;
    }
    return 0;
}

int modules_load(struct strbuf *why)
{
    auto_strbuf text = strbuf_with_max(MODULES_LIST_BYTES);
    int r = hosted_read_file(MODULES_ORDER, &text);
    if (r < 0) {
        strbuf_printf(why, "%s: %s; the initramfs is damaged, write the stick anew", MODULES_ORDER,
                      strerror(-r));
        return r;
    }
    struct module_list list = {0};
    split_lines(strbuf_text(&text), &list);
    list.progress = mmap(NULL, sizeof(*list.progress), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (list.progress == MAP_FAILED)
        return -errno;
    r = child_call(insert_all, &list, MODULES_TIMEOUT_MS);
    if (r < 0 && list.progress->done < list.count)
        log_error("driver %.*s did not load within %d s (%s): it and what follows it is left out",
                  (int)list.lens[list.progress->done], list.names[list.progress->done],
                  MODULES_TIMEOUT_MS / 1000, strerror(-r));
    for (unsigned i = 0; i < list.progress->done && i < list.count; i++)
        if (list.progress->results[i] < 0)
            log_note("driver %.*s: %s", (int)list.lens[i], list.names[i],
                     strerror(-list.progress->results[i]));
    munmap(list.progress, sizeof(*list.progress));
    return 0;
}

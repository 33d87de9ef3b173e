/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs and risky system calls in processes of their own, so that no wait of /init is without an
 * end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/base/strbuf.h"

/* A descriptor that the program finds under a number of its own. */
struct child_fd {
    int from, to;
};

struct child_options {
    const char *const *argv; /* NULL-terminated; argv[0] is a path inside ROOT */
    const char *root;        /* NULL: no chroot */
    uid_t uid;               /* 0: stays root; else user and group of this number, no other group */
    const char *const *devices; /* NULL: all of /dev; else the names of those below ROOT's /dev that
                                   it sees, in a mount namespace of its own; ends with NULL */
    bool has_terminal;          /* its descriptor 0 becomes its controlling terminal */
    bool is_oom_victim;         /* the first process to go when the host runs out of memory */
    const char *cgroup_procs; /* NULL: stays in its parent's; else the cgroup.procs it writes to */
    const struct child_fd *fds; /* what is not named here is closed; 0, 1, 2 default to /dev/null */
    size_t fd_count;
};

#define CHILD_FDS_MAX 16

/* Starts the program; -errno of the step that failed, exec included (nothing runs then). */
int child_start(const struct child_options *options, pid_t *ret_pid) must_check;

/* Waits for PID at most TIMEOUT_MS, then kills it. 0, or -ETIMEDOUT. *RET_STATUS as of waitpid().
 */
int child_wait(pid_t pid, int timeout_ms, int *ret_status) must_check;

/* Runs the program to its end with what it writes appended to OUTPUT and ERRORS (both may be NULL).
 */
int child_run(const struct child_options *options, int timeout_ms, struct strbuf *output,
              struct strbuf *errors, int *ret_status) must_check;

/* Calls FUNCTION in a copy of this process; its value (0 or -errno), or -ETIMEDOUT after
 * TIMEOUT_MS: mounting, syncing and loading drivers may hang on a broken device for ever. */
int child_call(int (*function)(void *context), void *context, int timeout_ms) must_check;

/* The same for a FUNCTION with something to say: what it puts into its strbuf, at most 4,095 bytes,
 * is appended to TEXT, whatever its value. On -ETIMEDOUT TEXT says at least so. */
int child_call_text(int (*function)(void *context, struct strbuf *text), void *context,
                    int timeout_ms, struct strbuf *text) must_check;

/* Gives up root for good: the user and group UID, no other group, no way back to a capability. For
 * a function of child_call() that reads hostile bytes. */
int child_become(uid_t uid) must_check;

/* For a process that goes on without exec: FD becomes CHILD_KEPT_FD, 0 to 2 become /dev/null (free
 * numbers would be taken by what it opens next), all others are closed. */
#define CHILD_KEPT_FD 3
void child_keep_only(int fd);

/* The same for several: they become CHILD_KEPT_FD and up, also in FDS; -1 stays -1. At most
 * CHILD_FDS_MAX. */
void child_keep_list(int *fds, size_t count);

/* "exit code 1" or "signal 9 (SIGKILL)". */
void child_status_text(int status, struct strbuf *b);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads /proc/PID/status. */
#include "initramfs/confined.h"

#include <stdlib.h>
#include <string.h>

#define SECCOMP_MODE_FILTER 2

/* What stands behind "\nNAME:"; NULL when there is no such line. */
static const char *line_of(const char *text, const char *name)
{
    const size_t len = strlen(name);
    for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, name, len) == 0 && p[len] == ':')
            return p + len + 1;
        if (*p == '\0')
            break;
    }
    return NULL;
}

/* The number in column COLUMN of the line NAME. */
static bool read_number(const char *text, const char *name, int column, int base,
                        uint64_t *ret_number)
{
    const char *p = line_of(text, name);
    char *end;
    if (p == NULL)
        return false;
    for (;; column--) {
        uint64_t number = strtoull(p, &end, base);
        if (end == p)
            return false;
        if (column == 0) {
            *ret_number = number;
            return true;
        }
        p = end;
    }
}

enum status confined_read(const char *text, struct confined *ret_confined)
{
    uint64_t uid, gid, capabilities, bounding_set, no_new_privs, seccomp;
    if (!read_number(text, "Uid", 1, 10, &uid) || !read_number(text, "Gid", 1, 10, &gid) ||
        !read_number(text, "CapEff", 0, 16, &capabilities) ||
        !read_number(text, "CapBnd", 0, 16, &bounding_set) ||
        !read_number(text, "NoNewPrivs", 0, 10, &no_new_privs) ||
        !read_number(text, "Seccomp", 0, 10, &seccomp))
        return STATUS_CORRUPT;
    *ret_confined = (struct confined){
        .uid = (unsigned)uid,
        .gid = (unsigned)gid,
        .capabilities = capabilities,
        .bounding_set = bounding_set,
        .no_new_privs = no_new_privs == 1,
        .has_filter = seccomp == SECCOMP_MODE_FILTER,
    };
    return STATUS_OK;
}

bool confined_is_tight(const struct confined *confined, unsigned uid)
{
    return confined->uid == uid && confined->gid == uid && confined->capabilities == 0 &&
           confined->bounding_set == 0 && confined->no_new_privs && confined->has_filter;
}

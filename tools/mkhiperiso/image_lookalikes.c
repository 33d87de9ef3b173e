/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorts the paths of a plan by what they look like. */
#include "tools/mkhiperiso/image_lookalikes.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/lookalike.h"
#include "tools/mkhiperiso/report.h"

struct look {
    char *key;        /* owned */
    const char *path; /* of the plan */
};

static int compare_looks(const void *a, const void *b)
{
    const struct look *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order != 0 ? order : strcmp(x->path, y->path);
}

int image_lookalikes_warn(const struct image_plan *plan)
{
    const size_t all = plan->file_count + plan->folder_count;
    auto_free struct look *looks = calloc(all + 1, sizeof(*looks));
    enum status status = looks != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    size_t count = 0;

    for (; status == STATUS_OK && count < all; count++) {
        struct look *look = &looks[count];
        look->path = count < plan->file_count ? plan->files[count].path
                                              : plan->folders[count - plan->file_count].path;
        status = lookalike_key(look->path, &look->key);
    }
    if (status == STATUS_OK && all > 1) {
        qsort(looks, all, sizeof(*looks), compare_looks);
        for (size_t i = 1; i < all; i++)
            if (strcmp(looks[i - 1].key, looks[i].key) == 0)
                warn("%s is there twice: two names that look the same, written with other Unicode "
                     "characters",
                     looks[i].path);
    }
    for (size_t i = 0; i < count; i++)
        free(looks[i].key);
    return status == STATUS_OK ? 0 : fail("out of memory");
}

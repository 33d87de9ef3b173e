/* SPDX-License-Identifier: BSD-2-Clause */
/* An open-addressed hash table of texts (FNV-1a), at most half full. */
#include "trace/report/intern.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define SLOTS_FIRST 64u

static uint32_t hash_of(const char *text, size_t len)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    return hash;
}

/* The slot that holds TEXT, or the free one where it belongs. */
static uint32_t *find_slot(const struct intern *intern, const char *text, size_t len)
{
    uint32_t at = hash_of(text, len) & (intern->slot_count - 1);

    for (;; at = (at + 1) & (intern->slot_count - 1)) {
        uint32_t number = intern->slots[at];
        if (number == 0)
            return &intern->slots[at];
        const char *known = intern->texts[number - 1];
        if (strncmp(known, text, len) == 0 && known[len] == '\0')
            return &intern->slots[at];
    }
}

static int grow(struct intern *intern)
{
    uint32_t slot_count = intern->slot_count != 0 ? intern->slot_count * 2 : SLOTS_FIRST;
    uint32_t *slots = calloc(slot_count, sizeof(*slots)), *old = intern->slots;
    const char **texts = realloc(intern->texts, slot_count / 2 * sizeof(*texts));

    if (texts != NULL)
        intern->texts = texts;
    if (slots == NULL || texts == NULL) {
        free(slots);
        return -1;
    }
    intern->slots = slots;
    intern->slot_count = slot_count;
    for (uint32_t i = 0; i < intern->count; i++)
        *find_slot(intern, texts[i], strlen(texts[i])) = i + 1;
    free(old);
    return 0;
}

uint32_t intern_find(const struct intern *intern, const char *text, size_t len)
{
    if (intern->slot_count == 0 || memchr(text, '\0', len) != NULL)
        return INTERN_NONE;
    return *find_slot(intern, text, len) - 1;
}

uint32_t intern_add(struct intern *intern, const char *text, size_t len)
{
    const char *nul = memchr(text, '\0', len);

    if (nul != NULL)
        len = (size_t)(nul - text);
    if ((intern->count + 1) * 2 > intern->slot_count && grow(intern) < 0)
        return INTERN_NONE;
    uint32_t *slot = find_slot(intern, text, len);
    if (*slot != 0)
        return *slot - 1;
    if (intern->count >= intern->max)
        return INTERN_NONE;
    char *copy = arena_copy(intern->arena, text, len);
    if (copy == NULL)
        return INTERN_NONE;
    intern->texts[intern->count++] = copy;
    *slot = intern->count;
    return intern->count - 1;
}

const char **intern_take(struct intern *intern)
{
    const char **texts = take_ptr(intern->texts);

    intern_clear(intern);
    return texts;
}

void intern_clear(struct intern *intern)
{
    free(intern->texts);
    free(intern->slots);
    *intern = (struct intern){.arena = intern->arena, .max = intern->max};
}

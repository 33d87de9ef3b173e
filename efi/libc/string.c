/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and text functions for the firmware build. */
#include <string.h>
#include <strings.h>

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

/* A word at any address, of any type. */
typedef uint64_t word __attribute__((may_alias, aligned(1)));

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    for (; len >= sizeof(word); len -= sizeof(word), out += sizeof(word), in += sizeof(word))
        *(word *)out = *(const word *)in;
    for (; len > 0; len--)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t len)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((uintptr_t)out - (uintptr_t)in >= len)
        return memcpy(to, from, len);
    out += len;
    in += len;
    for (; len >= sizeof(word); len -= sizeof(word)) {
        out -= sizeof(word);
        in -= sizeof(word);
        *(word *)out = *(const word *)in;
    }
    for (; len > 0; len--)
        *--out = *--in;
    return to;
}

void *memset(void *to, int value, size_t len)
{
    unsigned char *out = to;
    uint64_t pattern = (unsigned char)value * 0x0101010101010101u;
    for (; len >= sizeof(word); len -= sizeof(word), out += sizeof(word))
        *(word *)out = pattern;
    for (; len > 0; len--)
        *out++ = (unsigned char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;
    while (len >= sizeof(word) && *(const word *)x == *(const word *)y) {
        x += sizeof(word);
        y += sizeof(word);
        len -= sizeof(word);
    }
    for (; len > 0; len--, x++, y++) {
        if (*x != *y)
            return *x < *y ? -1 : 1;
    }
    return 0;
}

void *memchr(const void *memory, int value, size_t len)
{
    const unsigned char *p = memory;
    for (; len > 0; len--, p++) {
        if (*p == (unsigned char)value)
            return (void *)(uintptr_t)p;
    }
    return NULL;
}

size_t strlen(const char *text)
{
    const char *p = text;
    while (*p != '\0')
        p++;
    return (size_t)(p - text);
}

size_t strnlen(const char *text, size_t max)
{
    size_t len = 0;
    while (len < max && text[len] != '\0')
        len++;
    return len;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
    for (; max > 0; max--, a++, b++) {
        if (*a != *b)
            return (unsigned char)*a - (unsigned char)*b;
        if (*a == '\0')
            break;
    }
    return 0;
}

int strcasecmp(const char *a, const char *b)
{
    return strncasecmp(a, b, SIZE_MAX);
}

int strncasecmp(const char *a, const char *b, size_t max)
{
    for (; max > 0; max--, a++, b++) {
        int x = tolower((unsigned char)*a), y = tolower((unsigned char)*b);
        if (x != y)
            return x - y;
        if (x == '\0')
            break;
    }
    return 0;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    return memcpy(to, from, strlen(from) + 1);
}

char *strchr(const char *text, int c)
{
    for (;; text++) {
        if (*text == (char)c)
            return (char *)(uintptr_t)text;
        if (*text == '\0')
            return NULL;
    }
}

char *strrchr(const char *text, int c)
{
    const char *last = NULL;
    for (;; text++) {
        if (*text == (char)c)
            last = text;
        if (*text == '\0')
            return (char *)(uintptr_t)last;
    }
}

char *strstr(const char *text, const char *wanted)
{
    size_t len = strlen(wanted);
    if (len == 0)
        return (char *)(uintptr_t)text;
    for (; (text = strchr(text, wanted[0])) != NULL; text++) {
        if (strncmp(text, wanted, len) == 0)
            return (char *)(uintptr_t)text;
    }
    return NULL;
}

size_t strspn(const char *text, const char *accepted)
{
    size_t len = 0;
    while (text[len] != '\0' && strchr(accepted, text[len]) != NULL)
        len++;
    return len;
}

size_t strcspn(const char *text, const char *rejected)
{
    size_t len = 0;
    while (text[len] != '\0' && strchr(rejected, text[len]) == NULL)
        len++;
    return len;
}

char *strpbrk(const char *text, const char *accepted)
{
    text += strcspn(text, accepted);
    return *text != '\0' ? (char *)(uintptr_t)text : NULL;
}

char *strdup(const char *text)
{
    return strndup(text, SIZE_MAX - 1);
}

char *strndup(const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    char *copy = malloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

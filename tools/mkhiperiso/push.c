/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that calls target_push(). */
#include "tools/mkhiperiso/push.h"

#include <stddef.h>

#include "tools/mkhiperiso/thread.h"

#define PUSH_BYTES ((uint64_t)8 << 20) /* at least so much at once */

static void *push_all(void *context)
{
    struct push *push = context;

    pthread_mutex_lock(&push->lock);
    for (;;) {
        while (push->ready_off - push->pushed_off < PUSH_BYTES && !push->is_ending)
            pthread_cond_wait(&push->wake, &push->lock);
        uint64_t from = push->pushed_off, to = push->ready_off;
        if (from == to)
            break;
        push->pushed_off = to;
        pthread_mutex_unlock(&push->lock);
        target_push(push->target, from, to - from);
        pthread_mutex_lock(&push->lock);
    }
    pthread_mutex_unlock(&push->lock);
    return NULL;
}

void push_start(struct push *push, const struct target *target, uint64_t off)
{
    *push = (struct push){.pushed_off = off, .ready_off = off};
    pthread_mutex_init(&push->lock, NULL);
    pthread_cond_init(&push->wake, NULL);
    push->target = target;
    if (!thread_start(&push->thread, push_all, push))
        push->target = NULL;
}

void push_to(struct push *push, uint64_t off)
{
    if (push->target == NULL)
        return;
    pthread_mutex_lock(&push->lock);
    push->ready_off = off;
    if (off - push->pushed_off >= PUSH_BYTES)
        pthread_cond_signal(&push->wake);
    pthread_mutex_unlock(&push->lock);
}

void push_end(struct push *push)
{
    if (push->target == NULL)
        return;
    pthread_mutex_lock(&push->lock);
    push->is_ending = true;
    pthread_cond_signal(&push->wake);
    pthread_mutex_unlock(&push->lock);
    pthread_join(push->thread, NULL);
    pthread_cond_destroy(&push->wake);
    pthread_mutex_destroy(&push->lock);
    push->target = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* One piece at a time between two threads. */
#include "tools/mkhiperiso/digest_worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct digest_worker {
    void (*add)(void *context, uint64_t off, size_t len, const uint8_t *bytes);
    void *context;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    const uint8_t *bytes; /* the piece in work; NULL: none */
    uint64_t off;
    size_t len;
    bool is_ending;
};

static void *work(void *context)
{
    struct digest_worker *worker = context;

    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (worker->bytes == NULL && !worker->is_ending)
            pthread_cond_wait(&worker->changed, &worker->lock);
        if (worker->bytes == NULL)
            break;
        pthread_mutex_unlock(&worker->lock);
        worker->add(worker->context, worker->off, worker->len, worker->bytes);
        pthread_mutex_lock(&worker->lock);
        worker->bytes = NULL;
        pthread_cond_signal(&worker->changed);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* Signals are for the thread whose waits they are to end. */
static bool start_thread(struct digest_worker *worker)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error == 0;
}

struct digest_worker *digest_worker_new(void (*add)(void *context, uint64_t off, size_t len,
                                                    const uint8_t *bytes),
                                        void *context)
{
    struct digest_worker *worker = calloc(1, sizeof(*worker));

    if (worker == NULL)
        return NULL;
    worker->add = add;
    worker->context = context;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->changed, NULL);
    worker->has_thread = start_thread(worker);
    return worker;
}

void digest_worker_add(struct digest_worker *worker, uint64_t off, size_t len, const uint8_t *bytes)
{
    if (!worker->has_thread) {
        worker->add(worker->context, off, len, bytes);
        return;
    }
    pthread_mutex_lock(&worker->lock);
    while (worker->bytes != NULL)
        pthread_cond_wait(&worker->changed, &worker->lock);
    worker->off = off;
    worker->len = len;
    worker->bytes = bytes;
    pthread_cond_signal(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
}

void digest_worker_free(struct digest_worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->has_thread) {
        pthread_mutex_lock(&worker->lock);
        worker->is_ending = true;
        pthread_cond_signal(&worker->changed);
        pthread_mutex_unlock(&worker->lock);
        pthread_join(worker->thread, NULL);
    }
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorders' books. */
#include "initramfs/record.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

/* Parts of a session's bytes; of those that record nothing the others have more. */
static const struct {
    const char *name;
    unsigned weight;
    bool has_floor; /* small, and what people read first */
} sources[RECORD_SOURCES] = {
    [RECORD_QEMU] = {"qemu", 30, false},      [RECORD_KVM] = {"kvm", 45, false},
    [RECORD_SERIAL] = {"serial", 10, true},   [RECORD_QMP] = {"qmp", 2, true},
    [RECORD_NETWORK] = {"network", 8, false}, [RECORD_SCREEN] = {"screen", 5, false},
};

void record_share(struct record_state states[RECORD_SOURCES], uint64_t free_bytes,
                  uint64_t max_bytes)
{
    uint64_t left = free_bytes > RECORD_FREE_BYTES ? free_bytes - RECORD_FREE_BYTES : 0;
    uint64_t total = max_bytes != 0 ? max_bytes : free_bytes / 4;
    uint64_t weights = 0;
    if (total > left)
        total = left;
    for (int i = 0; i < RECORD_SOURCES; i++)
        if (atomic_load(&states[i].is_active))
            weights += sources[i].weight;
    for (int i = 0; i < RECORD_SOURCES && weights > 0; i++) {
        uint64_t share = total / weights * sources[i].weight;
        if (!atomic_load(&states[i].is_active))
            share = 0;
        else if (sources[i].has_floor && share < RECORD_FLOOR_BYTES)
            share = RECORD_FLOOR_BYTES;
        atomic_store(&states[i].limit_bytes, share);
    }
}

void record_stop(struct record_state *state, enum record_stop stop, int error, int64_t t_ns)
{
    if (atomic_load(&state->stop) != RECORD_RUNS)
        return;
    atomic_store(&state->error, error);
    atomic_store(&state->stop_t_ns, t_ns);
    atomic_store(&state->stop, (int)(error == -ENOSPC ? RECORD_FULL : stop));
}

bool record_is_running(const struct record_state *state)
{
    return atomic_load(&state->is_active) && atomic_load(&state->stop) == RECORD_RUNS;
}

bool record_take(struct record_state *state, uint64_t len, int64_t t_ns)
{
    if (!record_is_running(state))
        return false;
    uint64_t bytes = atomic_load(&state->bytes), limit = atomic_load(&state->limit_bytes);
    if (bytes > limit || len > limit - bytes) {
        record_stop(state, RECORD_LIMIT, 0, t_ns);
        return false;
    }
    atomic_store(&state->bytes, bytes + len);
    return true;
}

void record_read(const struct record_state *state, struct record_facts *ret_facts)
{
    *ret_facts = (struct record_facts){
        .is_active = atomic_load(&state->is_active),
        .has_events = atomic_load(&state->has_events),
        .has_losses = atomic_load(&state->has_losses),
        .bytes = atomic_load(&state->bytes),
        .limit_bytes = atomic_load(&state->limit_bytes),
        .events = atomic_load(&state->events),
        .overrun = atomic_load(&state->overrun),
        .dropped = atomic_load(&state->dropped),
        .commit_overrun = atomic_load(&state->commit_overrun),
        .stop = (enum record_stop)atomic_load(&state->stop),
        .error = atomic_load(&state->error),
        .stop_t_ns = atomic_load(&state->stop_t_ns),
    };
}

const char *record_source_text(enum record_source source)
{
    return sources[source].name;
}

const char *record_stop_text(enum record_stop stop)
{
    static const char *const texts[] = {
        [RECORD_RUNS] = "runs",
        [RECORD_LIMIT] = "limit",
        [RECORD_FULL] = "full",
        [RECORD_ERROR] = "error",
    };
    return texts[stop];
}

const char *record_stop_message(const struct record_facts *facts)
{
    if (facts->stop == RECORD_LIMIT && facts->limit_bytes == 0)
        return "the data partition has too little room, 64 MB stay free: delete something";
    if (facts->stop == RECORD_LIMIT)
        return "its share of the session's size is used up: log_max_mb sets the size";
    if (facts->stop == RECORD_FULL)
        return "the data partition is full: delete something";
    return strerror(facts->error < 0 ? -facts->error : EIO);
}

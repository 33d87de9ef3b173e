/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures of the guest's screen. QEMU qapi/ui.json, screendump. */
#include "initramfs/filmstrip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/child.h"
#include "initramfs/guest_plan.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/recorder.h"

#define COMMAND     "screendump"
#define SAVE_MS     5000
#define PAUSE       19 /* times what a picture took until the next: it has a twentieth of the time */
#define PICTURE_MAX ((size_t)64 << 20) /* 4096x4096 uncompressed */

void filmstrip_init(struct filmstrip *film)
{
    *film = (struct filmstrip){.memory = -1};
}

int filmstrip_open(struct filmstrip *film)
{
    film->memory = memfd_create("picture", MFD_CLOEXEC);
    return film->memory < 0 ? -errno : 0;
}

static void ask(struct filmstrip *film, struct strbuf *qmp, enum filmstrip_step step, int64_t t_ns)
{
    char arguments[80];
    snprintf(arguments, sizeof(arguments), "{\"filename\":\"/proc/self/fd/%d\",\"format\":\"%s\"}",
             GUEST_FD_PICTURE, step == FILMSTRIP_DRAWS ? "png" : "ppm");
    qmp_command_with(qmp, COMMAND, arguments);
    film->step = step;
    film->asked_t_ns = t_ns;
}

static bool is_free(const struct filmstrip *film)
{
    return film->memory >= 0 && film->step == FILMSTRIP_IDLE && film->saver == 0 &&
           !film->has_failed;
}

void filmstrip_tick(struct filmstrip *film, struct strbuf *qmp, int64_t t_ns)
{
    if (is_free(film) && t_ns >= film->next_t_ns)
        ask(film, qmp, FILMSTRIP_LOOKS, t_ns);
}

void filmstrip_last(struct filmstrip *film, struct strbuf *qmp, int64_t t_ns)
{
    bool is_looking = film->step == FILMSTRIP_LOOKS && film->saver == 0;
    if (!is_free(film) && !is_looking)
        return;
    film->passes_over = is_looking;
    ask(film, qmp, FILMSTRIP_DRAWS, t_ns);
}

/* FNV-1a over words: tells pictures apart, protects nothing. */
static uint64_t hash_bytes(const uint8_t *bytes, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325u, word;
    for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 32;
    }
    for (; len > 0; bytes++, len--)
        hash = (hash ^ *bytes) * 0x100000001b3u;
    return hash;
}

/* In a process of its own: a stick that takes its time holds up no guest. No other picture is asked
 * for before it has ended. */
static void keep(struct filmstrip *film, const struct session *session, const void *bytes,
                 size_t len)
{
    char name[32];
    struct record_state *state = &session->recording->states[RECORD_SCREEN];
    uint64_t hash = hash_bytes(bytes, len);
    if (hash == film->kept_hash || !record_take(state, len, film->asked_t_ns))
        return;
    film->kept_hash = hash;
    snprintf(name, sizeof(name), "%010llu.png", (unsigned long long)film->asked_t_ns / 1000000);
    pid_t pid = fork();
    if (pid == 0) {
        child_keep_list(NULL, 0);
        int r = session_make_picture(session, name, bytes, len);
        if (r < 0)
            record_stop(state, RECORD_ERROR, r, film->asked_t_ns);
        else
            state->events++;
        state->has_events = true;
        _exit(0);
    }
    if (pid < 0)
        record_stop(state, RECORD_ERROR, -errno, film->asked_t_ns);
    else
        film->saver = pid;
}

/* What QEMU has put into the file. NULL when that is nothing. */
static const uint8_t *map(const struct filmstrip *film, size_t *ret_len)
{
    struct stat st;
    if (fstat(film->memory, &st) < 0 || st.st_size <= 0 || (size_t)st.st_size > PICTURE_MAX)
        return NULL;
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, film->memory, 0);
    *ret_len = (size_t)st.st_size;
    return bytes != MAP_FAILED ? bytes : NULL;
}

bool filmstrip_take(struct filmstrip *film, const struct qmp_message *message, struct strbuf *qmp,
                    struct session *session)
{
    size_t len;
    if (film->memory < 0 || strcmp(message->name, COMMAND) != 0 ||
        (message->kind != QMP_RETURN && message->kind != QMP_ERROR))
        return false;
    if (film->passes_over) {
        film->passes_over = false;
        return true;
    }
    enum filmstrip_step step = film->step;
    film->step = FILMSTRIP_IDLE;
    int64_t t_ns = recorder_t_ns(session->recording);
    film->next_t_ns = t_ns + PAUSE * (t_ns - film->asked_t_ns);
    if (message->kind == QMP_ERROR) {
        film->has_failed = true; /* said once, by whoever records QEMU's answers */
        return false;
    }
    const uint8_t *bytes = map(film, &len);
    if (bytes == NULL)
        return true;
    if (step == FILMSTRIP_DRAWS) {
        keep(film, session, bytes, len);
    } else {
        uint64_t hash = hash_bytes(bytes, len);
        bool is_new = !film->has_hash || hash != film->hash;
        film->hash = hash;
        film->has_hash = true;
        if (is_new && record_is_running(&session->recording->states[RECORD_SCREEN]))
            ask(film, qmp, FILMSTRIP_DRAWS, film->asked_t_ns);
    }
    munmap((void *)(uintptr_t)bytes, len);
    return true;
}

bool filmstrip_take_exit(struct filmstrip *film, pid_t pid)
{
    if (film->saver == 0 || pid != film->saver)
        return false;
    film->saver = 0;
    return true;
}

void filmstrip_close(struct filmstrip *film)
{
    int status;
    if (film->saver > 0 && child_wait(film->saver, SAVE_MS, &status) < 0)
        log_note("the process that writes a picture hangs");
    if (film->memory >= 0)
        close(film->memory);
    filmstrip_init(film);
}

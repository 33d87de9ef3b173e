/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a serial line in pieces of any size, under a script: no verdict is ever taken back,
 * nothing passes behind a crash, and memory stays bounded. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/picture_text.h"
#include "tools/mkhiperiso/qmp_client.h"
#include "tools/mkhiperiso/run_watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char started[] =
    "hiperiso: x; recorded in hiperiso/logs/x; Ctrl-] q ends the guest\r\n";

static void check(const struct run_watch *watch, enum run_verdict before, enum run_phase phase)
{
    if ((before != RUN_GOING && watch->verdict != before) || watch->phase < phase)
        abort();
    if (watch->step > watch->script->step_count || watch->from > watch->guest.len ||
        watch->marked > watch->guest.len)
        abort();
    if (watch->terminal.row >= TERMINAL_ROWS || watch->terminal.column >= TERMINAL_COLUMNS)
        abort();
    if (watch->verdict == RUN_PASSED && watch->crash_at != SIZE_MAX &&
        watch->from > watch->crash_at)
        abort();
}

static void follow(const uint8_t *bytes, size_t len, const struct run_script *script, size_t piece)
{
    auto_strbuf text = STRBUF_INIT;
    struct run_watch watch;

    if (run_watch_init(&watch, script) != STATUS_OK)
        return;
    run_watch_bytes(&watch, started, sizeof(started) - 1);
    for (size_t off = 0; off < len; off += piece) {
        enum run_verdict before = watch.verdict;
        enum run_phase phase = watch.phase;
        run_watch_bytes(&watch, bytes + off, len - off < piece ? len - off : piece);
        while (run_watch_keys(&watch) != NULL)
            run_watch_sent(&watch);
        check(&watch, before, phase);
    }
    auto_free char *screen = calloc(len + 1, 1);
    if (screen != NULL) {
        memcpy(screen, bytes, len);
        run_watch_screen(&watch, screen);
    }
    run_watch_tail(&watch, &text);
    terminal_append_screen(&watch.terminal, &text);
    run_watch_clear(&watch);
}

/* The bytes as a picture of the machine's screen, and as the pixels of one. */
static void read_picture(const uint8_t *bytes, size_t len)
{
    struct picture_font font;
    auto_strbuf text = STRBUF_INIT;
    unsigned width, height;
    size_t off;

    memset(&font, 0x5A, sizeof(font));
    if (picture_ppm(bytes, len, &width, &height, &off) == STATUS_OK)
        (void)!picture_text(bytes + off, width, height, &font, &text);
    (void)!picture_font_find(bytes, len, &font);
}

/* The first byte: the size of the pieces; the second: how long the text is that is expected. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct run_step steps[3] = {{.is_send = false}, {.is_send = true}, {.is_send = false}};
    struct expect reject;
    struct qmp_client client;
    char text[65], why[128];

    if (len < 2)
        return 0;
    size_t piece = bytes[0] == 0 ? 1 : bytes[0];
    size_t text_len = bytes[1] % 64;
    bytes += 2;
    len -= 2;
    qmp_client_open(&client, -1);
    qmp_client_take(&client, (const char *)bytes, len);
    qmp_client_close(&client);
    read_picture(bytes, len);
    if (text_len > len)
        text_len = len;
    memcpy(text, bytes, text_len);
    text[text_len] = '\0';
    /* glibc's regcomp() has its own bugs with patterns from fuzzers; ours come from the user. */
    if (strncmp(text, "re:", 3) == 0 ||
        expect_init(&steps[0].expect, text, why, sizeof(why)) != STATUS_OK)
        return 0;
    (void)!expect_keys(text, steps[1].keys, sizeof(steps[1].keys), &steps[1].key_count);
    if (expect_init(&steps[2].expect, "re:[a-c]+ *x", why, sizeof(why)) == STATUS_OK) {
        if (expect_init(&reject, "reject me", why, sizeof(why)) == STATUS_OK) {
            const struct run_script script = {
                .steps = steps, .step_count = 3, .rejects = &reject, .reject_count = 1};
            follow(bytes + text_len, len - text_len, &script, piece);
            expect_clear(&reject);
        }
        expect_clear(&steps[2].expect);
    }
    return 0;
}

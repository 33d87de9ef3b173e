/* SPDX-License-Identifier: BSD-2-Clause */
/* What `run` makes of a serial line: plain text and screen, expected texts, phases, crashes, and
 * the verdict. */
#include "test/unit/tools/unit.h"

#include "tools/mkhiperiso/picture_text.h"
#include "tools/mkhiperiso/run_keys.h"
#include "tools/mkhiperiso/run_script.h"
#include "tools/mkhiperiso/run_watch.h"
#include "tools/mkhiperiso/terminal.h"

#define STARTED                                                                                    \
    "hiperiso: version 0.1.0 on Linux 6.1\r\n"                                                     \
    "hiperiso: x.iso: KVM, BIOS, 512 MB, 2 CPUs; recorded in hiperiso/logs/20261121-1-x.iso; "     \
    "Ctrl-] q ends the guest\r\n"

static void a_line_becomes_text_and_a_screen(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text, *screen;
    } cases[] = {
        {"one\r\ntwo\r\n", "one\ntwo\n", "one\ntwo\n"},
        {"\033[1;31mred\033[0m\r\n", "red\n", "red\n"},
        {"a\033[3;1Hb", "a\nb", "a\n\nb\n"},     /* another row is another line */
        {"a\033[1;9Hb", "a b", "a       b\n"},   /* a jump within one is a blank */
        {"abc\rX", "abcX", "Xbc\n"},             /* what is written over came, too */
        {"abc\033[2J\033[1;1Hd", "abcd", "d\n"}, /* cleared */
        {"\033]0;title\007x", "x", "x\n"},       /* a window's title is no text */
        {"\033]0;no end\r\nx", "x", "x\n"},      /* half a sequence swallows one line */
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f\n"},
        {"\xff\x80", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\n"},
        {"\033(B\033)0x", "x", "x\n"},
        {"\033[99999999999;5Hx", "x", NULL},
        {"\033[;;;;;;;;;;;;;;mx", "x", "x\n"},
        {"1\n2\n\033[2;3r\033[3;1H\n3", "1\n2\n\n3", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        /* Whole, and one byte at a time: a slow line brings them so. */
        for (size_t piece = 1; piece < 100; piece += 98) {
            struct terminal terminal;
            auto_strbuf text = STRBUF_INIT, screen = STRBUF_INIT;
            size_t len = strlen(cases[i].bytes);
            terminal_init(&terminal);
            for (size_t off = 0; off < len; off += piece)
                terminal_feed(&terminal, cases[i].bytes + off,
                              len - off < piece ? len - off : piece, &text);
            terminal_append_screen(&terminal, &screen);
            assert_string_equal(strbuf_text(&text), cases[i].text);
            if (cases[i].screen != NULL)
                assert_string_equal(strbuf_text(&screen), cases[i].screen);
        }
    }
}

static void a_full_screen_scrolls(void **state)
{
    (void)state;
    struct terminal terminal;
    auto_strbuf text = STRBUF_INIT, screen = STRBUF_INIT, all = STRBUF_INIT;

    for (int i = 0; i < 100; i++)
        strbuf_printf(&all, "line %d\r\n", i);
    terminal_init(&terminal);
    terminal_feed(&terminal, all.text, all.len, &text);
    terminal_append_screen(&terminal, &screen);
    assert_true(strncmp(strbuf_text(&screen), "line 70\nline 71\n", 16) == 0);
    assert_non_null(strstr(strbuf_text(&screen), "\nline 99\n"));
}

static bool is_found(const char *pattern, const char *text)
{
    struct expect expect;
    char why[128];
    size_t resume = 0, start, end;

    assert_int_equal(expect_init(&expect, pattern, why, sizeof(why)), STATUS_OK);
    bool found = expect_find(&expect, text, 0, strlen(text), &resume, &start, &end);
    /* The same, byte by byte. */
    size_t slow_resume = 0, slow_start, slow_end;
    bool slow = false;
    for (size_t len = 1; len <= strlen(text) && !slow; len++)
        slow = expect_find(&expect, text, 0, len, &slow_resume, &slow_start, &slow_end);
    assert_true(slow == found);
    if (found && !expect.is_regex) {
        assert_int_equal(start, slow_start);
        assert_int_equal(end, slow_end);
    }
    expect_clear(&expect);
    return found;
}

static void texts_are_found_whatever_blanks_there_are(void **state)
{
    (void)state;
    assert_true(is_found("Debian 12 login:", "Debian 12 login: "));
    assert_true(is_found("Debian 12 login:", "Debian12\nlogin:"));
    assert_true(is_found("Debian12login:", "De bi an 12\n\n login :"));
    assert_true(is_found("aab", "aaab"));
    assert_true(is_found("  x  ", "x"));
    assert_true(is_found("ab ab c", "ababababc"));
    assert_false(is_found("Debian 12", "debian 12"));
    assert_false(is_found("abc", "ab"));
    assert_false(is_found("x", ""));
    assert_true(is_found("re:^login[0-9]+: *$", "a\nlogin12: "));
    assert_true(is_found("re:b$", "ab\nc"));
    assert_false(is_found("re:^b", "ab"));
    assert_false(is_found("re:a.*c", "a\nc"));
}

static void a_regular_expression_knows_where_a_line_begins(void **state)
{
    (void)state;
    struct expect expect;
    char why[128];
    size_t resume = 2, start, end;

    assert_int_equal(expect_init(&expect, "re:^b", why, sizeof(why)), STATUS_OK);
    assert_false(expect_find(&expect, "aabb", 2, 4, &resume, &start, &end)); /* inside a line */
    expect_clear(&expect);
}

static void texts_that_would_always_or_never_pass_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "  ", "re:", "re:(", "re:x*", "re:.*"};
    char why[128], long_text[EXPECT_TEXT_MAX + 2];
    struct expect expect;

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(expect_init(&expect, wrong[i], why, sizeof(why)), STATUS_INVALID);
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_int_equal(expect_init(&expect, long_text, why, sizeof(why)), STATUS_INVALID);
}

static void keys_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
    } cases[] = {
        {"halt\\r", "halt\r"},
        {"\\e[A", "\033[A"},
        {"^C^[^^", "\003\033^"},
        {"\\x41\\\\", "A\\"},
        {"^a", "\001"},
        {"\\^a", "^a"},
        {"", ""},
    };
    static const char *const wrong[] = {"\\", "\\q", "\\x", "\\x4", "\\xg0", "^", "^1"};
    char bytes[16];
    size_t len;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(expect_keys(cases[i].text, bytes, sizeof(bytes), &len), STATUS_OK);
        assert_int_equal(len, strlen(cases[i].bytes));
        assert_memory_equal(bytes, cases[i].bytes, len);
    }
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(expect_keys(wrong[i], bytes, sizeof(bytes), &len), STATUS_INVALID);
    assert_int_equal(expect_keys("12345678901234567", bytes, sizeof(bytes), &len),
                     STATUS_TOO_LARGE);
}

static void phases_are_known_by_their_words(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum run_phase phase;
    } cases[] = {
        {"SeaBIOS (version 1.16.2)", RUN_PHASE_GUEST_FIRMWARE},
        {"Booting from Hard Disk...", RUN_PHASE_LOADER},
        {"Welcome to GRUB!", RUN_PHASE_LOADER},
        {"[    0.000000] Linux version 6.1.0 (x)", RUN_PHASE_KERNEL},
        {"[    1.5] systemd[1]: Hostname set", RUN_PHASE_USER_SPACE},
        {"Welcome to Debian GNU/Linux 12!", RUN_PHASE_USER_SPACE},
        {"debian login: ", RUN_PHASE_USER_SPACE},
        {"", RUN_PHASE_GUEST_FIRMWARE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(run_mark_phase(cases[i].line, strlen(cases[i].line)), cases[i].phase);
}

static void crashes_are_known_and_manuals_are_not(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum run_crash crash;
    } cases[] = {
        {"[    1.234567] Kernel panic - not syncing: VFS: Unable to mount", RUN_CRASH_PANIC},
        {"Kernel panic - not syncing: Attempted to kill init!", RUN_CRASH_PANIC},
        {"[    9.1][   T55] BUG: unable to handle page fault for address: 0", RUN_CRASH_OOPS},
        {"[    9.1][   T55] Oops: 0002 [#1] PREEMPT SMP", RUN_CRASH_OOPS},
        {"[ 12.0] general protection fault, probably for non-canonical", RUN_CRASH_OOPS},
        {"You are in emergency mode. After logging in,", RUN_CRASH_SHELL},
        {"(initramfs) ", RUN_CRASH_SHELL},
        {"grub rescue> ", RUN_CRASH_SHELL},
        {"!!!! X64 Exception Type - 0D(#GP)", RUN_CRASH_FAULT},
        {"panic: vm_fault: fault on nofault entry", RUN_CRASH_PANIC},
        {"traps: bash[123] general protection fault ip:0", RUN_CRASH_NONE}, /* a program's */
        {"GNU GRUB  version 2.06", RUN_CRASH_NONE},
        {"panic=10 on the command line", RUN_CRASH_NONE},
        {"see the chapter on the (initramfs) prompt", RUN_CRASH_NONE},
        {"", RUN_CRASH_NONE},
    };
    const char *what;
    size_t off;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = strlen(cases[i].line);
        assert_int_equal(run_mark_crash(cases[i].line, len, 0, &off, &what), cases[i].crash);
        assert_int_equal(run_mark_crash(cases[i].line, len, ~0u, &off, &what), RUN_CRASH_NONE);
    }
}

/* A script of texts; "<x" sends x, "!x" rejects it. */
static void make_script(const char *const *words, unsigned allowed, struct run_script *ret_script)
{
    static struct run_step steps[8];
    static struct expect rejects[8];
    char why[128];

    *ret_script = (struct run_script){.steps = steps, .rejects = rejects, .allowed = allowed};
    for (; *words != NULL; words++) {
        if (**words == '!') {
            struct expect *reject = &rejects[ret_script->reject_count++];
            assert_int_equal(expect_init(reject, *words + 1, why, sizeof(why)), STATUS_OK);
            continue;
        }
        struct run_step *step = &steps[ret_script->step_count++];
        *step = (struct run_step){.is_send = **words == '<'};
        if (step->is_send)
            assert_int_equal(expect_keys(*words + 1, step->keys, RUN_KEYS_MAX, &step->key_count),
                             STATUS_OK);
        else
            assert_int_equal(expect_init(&step->expect, *words, why, sizeof(why)), STATUS_OK);
    }
}

/* What WORDS make of TEXT behind the start of the guest; keys are sent when they are asked for. */
static enum run_verdict verdict_of(const char *const *words, unsigned allowed, const char *text,
                                   size_t piece, char *ret_sent)
{
    struct run_script script;
    struct run_watch watch;
    const struct run_step *step;
    auto_strbuf all = STRBUF_INIT, sent = STRBUF_INIT;

    strbuf_printf(&all, "%s%s", STARTED, text);
    make_script(words, allowed, &script);
    assert_int_equal(run_watch_init(&watch, &script), STATUS_OK);
    for (size_t off = 0; off < all.len; off += piece) {
        run_watch_bytes(&watch, all.text + off, all.len - off < piece ? all.len - off : piece);
        while ((step = run_watch_keys(&watch)) != NULL) {
            strbuf_append_bytes(&sent, step->keys, step->key_count);
            run_watch_sent(&watch);
        }
    }
    enum run_verdict verdict = watch.verdict;
    if (ret_sent != NULL)
        snprintf(ret_sent, 64, "%s", strbuf_text(&sent));
    run_watch_clear(&watch);
    for (size_t i = 0; i < script.step_count; i++)
        if (!script.steps[i].is_send)
            expect_clear(&script.steps[i].expect);
    return verdict;
}

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void verdicts(void **state)
{
    (void)state;
    const struct {
        const char *const *words;
        unsigned allowed;
        const char *text;
        enum run_verdict verdict;
    } cases[] = {
        {WORDS("login:"), 0, "debian login: ", RUN_PASSED},
        {WORDS("one", "two"), 0, "one\r\ntwo\r\n", RUN_PASSED},
        {WORDS("one", "two"), 0, "two\r\none\r\n", RUN_GOING}, /* in order */
        {WORDS("aa", "a"), 0, "aa", RUN_GOING},                /* each byte counts once */
        {WORDS("x"), 0, "Kernel panic - not syncing: y\r\nx\r\n", RUN_CRASHED},
        {WORDS("x", "yes"), 0, "x\r\nKernel panic - not syncing\r\nyes\r\n", RUN_CRASHED},
        {WORDS("x"), 0, "x\r\nKernel panic - not syncing: y\r\n", RUN_PASSED},
        {WORDS("x"), RUN_CRASH_PANIC, "Kernel panic - not syncing: y\r\nx\r\n", RUN_PASSED},
        {WORDS("Kernel panic"), 0, "Kernel panic - not syncing", RUN_CRASHED},
        {WORDS("x"), 0, "hiperiso: the guest reset itself\r\nx", RUN_CRASHED},
        {WORDS("x"), RUN_CRASH_RESET, "hiperiso: the guest reset itself\r\nx", RUN_PASSED},
        {WORDS("powered off"), 0, "hiperiso: guest powered off after 1 s\r\n", RUN_GOING},
        {WORDS("x", "!error"), 0, "an error\r\nx\r\n", RUN_REJECTED},
        {WORDS("x", "!error"), 0, "x\r\nan error\r\n", RUN_PASSED},
        {WORDS("x", "!err or"), 0, "error\r\n", RUN_REJECTED},
        {WORDS("(initramfs)"), 0, "(initramfs) ", RUN_CRASHED},
        {WORDS("hiperiso:"), 0, "hiperiso: error: x\r\n",
         RUN_GOING}, /* our line, not the guest's */
        {WORDS("ends the guest"), 0, "", RUN_GOING},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum run_verdict whole =
            verdict_of(cases[i].words, cases[i].allowed, cases[i].text, 4096, NULL);
        enum run_verdict bytes =
            verdict_of(cases[i].words, cases[i].allowed, cases[i].text, 1, NULL);
        /* Byte by byte a crash's words are not there yet when the text before them passes. */
        if (whole != cases[i].verdict || bytes != cases[i].verdict)
            fail_msg("case %zu: %d and %d instead of %d", i, (int)whole, (int)bytes,
                     (int)cases[i].verdict);
    }
}

static void keys_are_sent_when_their_turn_comes(void **state)
{
    (void)state;
    char sent[64];

    assert_int_equal(
        verdict_of(WORDS("login:", "<root\\r", "#", "<halt\\r"), 0, "login: root\r\n# ", 1, sent),
        RUN_PASSED);
    assert_string_equal(sent, "root\rhalt\r");
    assert_int_equal(verdict_of(WORDS("login:", "<root\\r", "#"), 0, "logi", 1, sent), RUN_GOING);
    assert_string_equal(sent, "");
}

static void a_run_is_followed_through_its_phases(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum run_phase phase;
    } steps[] = {
        {"BdsDxe: starting Boot0001\r\n", RUN_PHASE_FIRMWARE},
        {"\033[2J\033[1;1H  hiperiso 0.1.0    3 images\033[2;1H", RUN_PHASE_MENU},
        {"hiperiso: version 0.1.0 on Linux 6.1\r\n", RUN_PHASE_HOST},
        {"hiperiso: x.iso: KVM; recorded in hiperiso/logs/2026-x.iso; Ctrl-] q ends the guest\r\n",
         RUN_PHASE_GUEST_FIRMWARE},
        {"Booting from DVD/CD...\r\n", RUN_PHASE_LOADER},
        {"[    0.000000] Linux version 6.1\r\n", RUN_PHASE_KERNEL},
        {"debian login: ", RUN_PHASE_USER_SPACE},
        {"GNU GRUB\r\n", RUN_PHASE_USER_SPACE}, /* never back */
    };
    struct run_script script;
    struct run_watch watch;

    make_script(WORDS("never"), 0, &script);
    assert_int_equal(run_watch_init(&watch, &script), STATUS_OK);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        run_watch_bytes(&watch, steps[i].bytes, strlen(steps[i].bytes));
        assert_int_equal(watch.phase, steps[i].phase);
    }
    assert_string_equal(watch.session, "2026-x.iso");
    assert_string_equal(run_watch_awaited(&watch), "never");
    run_watch_bytes(&watch, "\r\nhiperiso: guest powered off after 2 s\r\n", 42);
    assert_true(watch.has_ended);
    assert_string_equal(watch.end, "guest powered off after 2 s");
    run_watch_clear(&watch);
}

static void what_is_kept_is_bounded_and_still_found(void **state)
{
    (void)state;
    struct run_script script;
    struct run_watch watch;
    static char block[65536];
    auto_strbuf tail = STRBUF_INIT;

    memset(block, 'x', sizeof(block));
    make_script(WORDS("the end"), 0, &script);
    assert_int_equal(run_watch_init(&watch, &script), STATUS_OK);
    run_watch_bytes(&watch, STARTED, strlen(STARTED));
    for (int i = 0; i < 200; i++)
        run_watch_bytes(&watch, block, sizeof(block));
    assert_true(watch.guest.len <= RUN_TEXT_KEPT + 2 * MIB);
    assert_true(watch.all.len <= RUN_TEXT_KEPT + 2 * MIB);
    assert_int_equal(watch.verdict, RUN_GOING);
    for (int i = 0; i < 100; i++)
        run_watch_bytes(&watch, "\r\nline\r\n", 8);
    run_watch_bytes(&watch, "the end\r\n", 9);
    assert_int_equal(watch.verdict, RUN_PASSED);
    run_watch_tail(&watch, &tail);
    size_t lines = 0;
    for (const char *c = strbuf_text(&tail); *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, RUN_TAIL_LINES);
    assert_string_equal(strbuf_text(&tail) + tail.len - 8, "the end\n");
    run_watch_clear(&watch);
}

/* ---- a guest's text screen ---- */

/* A font with a glyph of its own for each character: its number in two rows and their complement.
 */
static void make_font(struct picture_font *ret_font)
{
    memset(ret_font, 0, sizeof(*ret_font));
    for (unsigned i = '!'; i < PICTURE_GLYPHS; i++) {
        ret_font->rows[i][3] = (uint8_t)i;
        ret_font->rows[i][4] = (uint8_t)~i;
        ret_font->rows[i][9] = 0x42;
    }
}

/* TEXT at the start of row 2 of a text screen, CELL pixels a character, bilinearly scaled to a
 * picture of WIDTH x HEIGHT as the viewer does it; the caller frees it. */
static uint8_t *draw(const struct picture_font *font, const char *text, unsigned cell,
                     unsigned width, unsigned height, const uint8_t front[3], const uint8_t back[3])
{
    unsigned source_width = 80 * cell, source_height = 400, view_width = width,
             view_height = height;
    uint8_t *source = calloc(source_height, (size_t)source_width * 3);
    uint8_t *picture = calloc(height, (size_t)width * 3);

    assert_non_null(source);
    assert_non_null(picture);
    for (unsigned y = 0; y < source_height; y++) {
        for (unsigned x = 0; x < source_width; x++) {
            unsigned column = x / cell, bit = x % cell;
            bool is_set = y / 16 == 2 && column < strlen(text) && bit < 8 &&
                          (font->rows[(unsigned char)text[column]][y % 16] & (0x80u >> bit)) != 0;
            memcpy(source + (y * source_width + x) * 3, is_set ? front : back, 3);
        }
    }
    if ((uint64_t)source_width * height > (uint64_t)source_height * width)
        view_height = (source_height * width + source_width / 2) / source_width;
    else
        view_width = (source_width * height + source_height / 2) / source_height;
    unsigned left = (width - view_width) / 2, top = (height - view_height) / 2;
    for (unsigned y = 0; y < view_height; y++) {
        for (unsigned x = 0; x < view_width; x++) {
            double sx = (x + 0.5) * source_width / view_width - 0.5;
            double sy = (y + 0.5) * source_height / view_height - 0.5;
            sx = sx < 0 ? 0 : sx > source_width - 1 ? source_width - 1 : sx;
            sy = sy < 0 ? 0 : sy > source_height - 1 ? source_height - 1 : sy;
            unsigned x0 = (unsigned)sx, y0 = (unsigned)sy;
            if (view_width % source_width == 0) { /* it repeats pixels then, and blends none */
                sx = x0 = x * source_width / view_width;
                sy = y0 = y * source_height / view_height;
            }
            unsigned x1 = x0 + 1 < source_width ? x0 + 1 : x0;
            unsigned y1 = y0 + 1 < source_height ? y0 + 1 : y0;
            for (unsigned c = 0; c < 3; c++) {
                double upper = source[(y0 * source_width + x0) * 3 + c] * (1 - (sx - x0)) +
                               source[(y0 * source_width + x1) * 3 + c] * (sx - x0);
                double lower = source[(y1 * source_width + x0) * 3 + c] * (1 - (sx - x0)) +
                               source[(y1 * source_width + x1) * 3 + c] * (sx - x0);
                picture[((size_t)(top + y) * width + left + x) * 3 + c] =
                    (uint8_t)(upper * (1 - (sy - y0)) + lower * (sy - y0) + 0.5);
            }
        }
    }
    free(source);
    return picture;
}

static void text_is_read_off_pictures_of_any_size(void **state)
{
    (void)state;
    static const unsigned sizes[][3] = {{9, 720, 400},   {9, 1280, 800}, {9, 1440, 800},
                                        {9, 1920, 1080}, {8, 640, 400},  {8, 1280, 800}};
    static const uint8_t colours[][2][3] = {{{170, 170, 170}, {0, 0, 0}},
                                            {{0, 0, 170}, {0, 0, 0}},
                                            {{0, 0, 0}, {170, 170, 170}},
                                            {{255, 255, 85}, {0, 0, 170}}};
    struct picture_font font;

    make_font(&font);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(colours); k++) {
            auto_strbuf text = STRBUF_INIT;
            auto_free uint8_t *picture =
                draw(&font, "Memtest86+ v6.10 {ok}", sizes[i][0], sizes[i][1], sizes[i][2],
                     colours[k][0], colours[k][1]);
            assert_int_equal(picture_text(picture, sizes[i][1], sizes[i][2], &font, &text),
                             STATUS_OK);
            assert_true(strncmp(strbuf_text(&text), "\n\nMemtest86+ v6.10 {ok}\n\n", 25) == 0);
        }
    }
}

static void other_pictures_are_no_text(void **state)
{
    (void)state;
    struct picture_font font;
    auto_strbuf text = STRBUF_INIT;
    auto_free uint8_t *picture = calloc(1280 * 800, 3);

    make_font(&font);
    assert_int_equal(picture_text(picture, 1280, 800, &font, &text), STATUS_NOT_FOUND); /* black */
    for (size_t i = 0; i < (size_t)1280 * 800 * 3; i++)
        picture[i] = (uint8_t)(i * 2654435761u >> 13);
    assert_int_equal(picture_text(picture, 1280, 800, &font, &text), STATUS_NOT_FOUND); /* noise */
    assert_int_equal(picture_text(picture, 320, 200, &font, &text), STATUS_NOT_FOUND);  /* small */
    assert_int_equal(picture_text(picture, 1, 1, &font, &text), STATUS_NOT_FOUND);
    assert_int_equal(text.len, 0);
}

static void heads_of_pictures_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        enum status status;
    } cases[] = {
        {"P6\n2 1\n255\nabcdef", STATUS_OK},
        {"P6\n2 1\n255\nabcde", STATUS_CORRUPT},
        {"P5\n2 1\n255\nabcdef", STATUS_CORRUPT},
        {"P6\n0 1\n255\nabcdef", STATUS_CORRUPT},
        {"P6\n99999 1\n255\n", STATUS_TOO_LARGE},
        {"P6\n9999999 1\n255\n", STATUS_CORRUPT},
        {"P6\n2 1\n65535\n", STATUS_CORRUPT},
        {"P6\n2 1", STATUS_CORRUPT},
        {"P6\n", STATUS_CORRUPT},
        {"", STATUS_CORRUPT},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned width, height;
        size_t off, len = strlen(cases[i].head);
        auto_free uint8_t *bytes = malloc(len + 1); /* of its size: reads beyond are seen */
        memcpy(bytes, cases[i].head, len);
        assert_int_equal(picture_ppm(bytes, len, &width, &height, &off), cases[i].status);
    }
}

static void the_font_of_vgas_is_found(void **state)
{
    (void)state;
    struct picture_font font;
    static uint8_t bytes[100];

    assert_false(picture_font_find(bytes, sizeof(bytes), &font));
    if (!picture_font_load(&font))
        skip(); /* no SeaBIOS here */
    assert_int_equal(font.rows['A'][2], 0x10);
    assert_int_equal(font.rows['A'][7], 0xFE);
    assert_int_equal(font.rows[' '][7], 0);
}

static void a_screen_counts_like_the_serial_line(void **state)
{
    (void)state;
    static const struct {
        const char *screens[3];
        enum run_verdict verdict;
    } cases[] = {
        {{"one\ntwo\n", NULL}, RUN_PASSED},
        {{"two\none\n", NULL}, RUN_GOING},
        {{"two\none\n", "two\n", NULL}, RUN_PASSED}, /* another picture */
        {{"one\n", "one\n", NULL}, RUN_GOING},
        {{"one\nKernel panic - not syncing\ntwo\n", NULL}, RUN_CRASHED},
        {{"one\nno way\ntwo\n", NULL}, RUN_REJECTED},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run_script script;
        struct run_watch watch;
        make_script(WORDS("one", "two", "!no way"), 0, &script);
        assert_int_equal(run_watch_init(&watch, &script), STATUS_OK);
        run_watch_bytes(&watch, STARTED, strlen(STARTED));
        for (size_t k = 0; k < 3 && cases[i].screens[k] != NULL; k++)
            run_watch_screen(&watch, cases[i].screens[k]);
        assert_int_equal(watch.verdict, cases[i].verdict);
        run_watch_clear(&watch);
    }
}

static void characters_have_keys(void **state)
{
    (void)state;
    char names[2][16];

    for (int c = ' '; c < 0x7F; c++)
        assert_int_not_equal(run_keys_names((unsigned char)c, names), 0);
    assert_int_equal(run_keys_names('a', names), 1);
    assert_string_equal(names[0], "a");
    assert_int_equal(run_keys_names('A', names), 2);
    assert_string_equal(names[0], "shift");
    assert_string_equal(names[1], "a");
    assert_int_equal(run_keys_names('_', names), 2);
    assert_string_equal(names[1], "minus");
    assert_int_equal(run_keys_names(3, names), 2);
    assert_string_equal(names[0], "ctrl");
    assert_string_equal(names[1], "c");
    assert_int_equal(run_keys_names('\r', names), 1);
    assert_string_equal(names[0], "ret");
    assert_int_equal(run_keys_names(0xC3, names), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_becomes_text_and_a_screen),
        cmocka_unit_test(a_full_screen_scrolls),
        cmocka_unit_test(texts_are_found_whatever_blanks_there_are),
        cmocka_unit_test(a_regular_expression_knows_where_a_line_begins),
        cmocka_unit_test(texts_that_would_always_or_never_pass_are_refused),
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(phases_are_known_by_their_words),
        cmocka_unit_test(crashes_are_known_and_manuals_are_not),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(keys_are_sent_when_their_turn_comes),
        cmocka_unit_test(a_run_is_followed_through_its_phases),
        cmocka_unit_test(what_is_kept_is_bounded_and_still_found),
        cmocka_unit_test(text_is_read_off_pictures_of_any_size),
        cmocka_unit_test(other_pictures_are_no_text),
        cmocka_unit_test(heads_of_pictures_are_checked),
        cmocka_unit_test(the_font_of_vgas_is_found),
        cmocka_unit_test(a_screen_counts_like_the_serial_line),
        cmocka_unit_test(characters_have_keys),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso-report ls: which sessions there are. */
#include "trace/report/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "tools/mkhiperiso/report.h"
#include "trace/report/json.h"
#include "trace/report/source.h"
#include "trace/report/text.h"

enum { OPT_JSON };

static const struct option_info options_of_ls[] = {
    [OPT_JSON] = {"json", 0, OPTION_FLAG, NULL,
                  "a JSON array of {name, folder, bytes, image, start, duration_ns, end}"},
};

/* SESSION without its file is all empty texts. */
static void read_summary(struct place *place, const struct source_session *item,
                         struct report_session *session, struct arena *arena)
{
    char *path = NULL;
    auto_free uint8_t *text = NULL;
    size_t len;

    *session = (struct report_session){
        .image_path = "", .start = "", .end_code = "", .end_text = "", .duration_ns = REPORT_NEVER};
    if (asprintf(&path, "%s%ssession.json", item->folder, *item->folder != '\0' ? "/" : "") < 0)
        return;
    if (place_read(place, path, JSON_SESSION_BYTES_MAX, &text, &len) != STATUS_OK ||
        json_read_summary((const char *)text, len, session, arena) != STATUS_OK)
        session->end_text = "session.json cannot be read";
    free(path);
}

static void print_row(const struct source_session *item, const struct report_session *session)
{
    char duration[TEXT_NUMBER_BYTES], bytes[TEXT_NUMBER_BYTES];
    auto_strbuf name = STRBUF_INIT, end = STRBUF_INIT;

    strbuf_append_printable(&name, *item->name != '\0' ? item->name : ".");
    strbuf_append_printable(&end, *session->end_text != '\0' ? session->end_text
                                                             : "no end: running, or cut off");
    printf("%-44s %12s %11s  %s\n", strbuf_text(&name), text_time(session->duration_ns, duration),
           text_bytes(item->bytes, bytes), strbuf_text(&end));
}

static void print_json(const struct source_session *item, const struct report_session *session,
                       bool is_last)
{
    auto_strbuf line = STRBUF_INIT;

    strbuf_append(&line, "  {\"name\": ");
    strbuf_append_json(&line, item->name);
    strbuf_append(&line, ", \"folder\": ");
    strbuf_append_json(&line, item->folder);
    strbuf_printf(&line, ", \"bytes\": %llu, \"image\": ", (unsigned long long)item->bytes);
    strbuf_append_json(&line, session->image_path);
    strbuf_append(&line, ", \"start\": ");
    strbuf_append_json(&line, session->start);
    if (session->duration_ns != REPORT_NEVER)
        strbuf_printf(&line, ", \"duration_ns\": %lld", (long long)session->duration_ns);
    else
        strbuf_append(&line, ", \"duration_ns\": null");
    strbuf_append(&line, ", \"end\": ");
    strbuf_append_json(&line, session->end_code);
    puts(strbuf_text(&line));
    printf("  }%s\n", is_last ? "" : ",");
}

static int run_ls(const struct options *options)
{
    struct source_sessions sessions;
    struct place *place;
    const bool is_json = options->values[OPT_JSON].is_given;

    if (place_open(options->operands[0], &place) < 0)
        return EXIT_CODE_FAILED;
    enum status status = source_list_sessions(place, &sessions);
    if (status != STATUS_OK) {
        fail("%s: its sessions cannot be listed: %s", options->operands[0], status_text(status));
        place_close(place);
        return EXIT_CODE_FAILED;
    }
    if (is_json)
        puts("[");
    else if (sessions.count > 0)
        printf("%-44s %12s %11s  %s\n", "SESSION", "TOOK", "SIZE", "END");
    for (size_t i = 0; i < sessions.count; i++) {
        struct arena arena = {0};
        struct report_session session;
        read_summary(place, &sessions.items[i], &session, &arena);
        if (is_json)
            print_json(&sessions.items[i], &session, i + 1 == sessions.count);
        else
            print_row(&sessions.items[i], &session);
        arena_clear(&arena);
    }
    if (is_json)
        puts("]");
    source_clear_sessions(&sessions);
    place_close(place);
    return EXIT_CODE_OK;
}

const struct verb report_verb_ls = {
    .name = "ls",
    .operands = "STICK|IMG|DIR",
    .summary = "list sessions",
    .description =
        "Lists the sessions on a stick, its image, or in a folder: the one that a stick is\n"
        "mounted at, one with sessions in it, or a session itself.",
    .options = options_of_ls,
    .option_count = ARRAY_SIZE(options_of_ls),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_ls,
};

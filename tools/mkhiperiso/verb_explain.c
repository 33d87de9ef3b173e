/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso explain: which settings an image gets, from where, and what becomes of them. */
#include "tools/mkhiperiso/verbs.h"

#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/explain.h"
#include "tools/mkhiperiso/report.h"

enum { OPT_NO_KVM, OPT_JSON, OPT_FILE, OPT_RAM, OPT_CPUS };

static const struct option_info options_of_explain[] = {
    [OPT_NO_KVM] = {"no-kvm", 0, OPTION_FLAG, NULL, "for a machine without KVM"},
    [OPT_JSON] = {"json", 0, OPTION_FLAG, NULL, "one object with the names of session.json"},
    [OPT_FILE] = {"file", 'f', OPTION_TEXT, "FILE", "the image's contents, when it is not on IMG"},
    [OPT_RAM] = {"ram-mb", 0, OPTION_NUMBER, "MB", "the machine's memory; default: this one's",
                 .min = 1, .max = (uint64_t)1 << 32},
    [OPT_CPUS] = {"cpus", 0, OPTION_NUMBER, "N", "its processors; default: as many as here",
                  .min = 1, .max = 65535},
};

static struct explain_host host_of(const struct options *options)
{
    const struct option_value *ram = &options->values[OPT_RAM], *cpus = &options->values[OPT_CPUS];
    struct sysinfo info = {0};
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    bool is_known = sysinfo(&info) == 0;

    return (struct explain_host){
        .has_kvm = !options->values[OPT_NO_KVM].is_given,
        .ram_mb = ram->is_given ? ram->number
                  : is_known    ? ((uint64_t)info.totalram * info.mem_unit) >> 20
                                : 0,
        .cpus = cpus->is_given ? (unsigned)cpus->number
                : count > 0    ? (unsigned)count
                               : 1,
    };
}

static int print(const struct explain *e, const struct explain_host *host, bool is_json)
{
    auto_strbuf text = STRBUF_INIT;
    enum status status = is_json ? explain_json(e, &text) : explain_text(e, host, &text);

    if (status != STATUS_OK)
        return fail("%s", status_text(status));
    fputs(strbuf_text(&text), stdout);
    return fflush(stdout) == 0 ? 0 : fail("the explanation cannot be written");
}

/* Faults elsewhere in the configuration are not this image's, but worth a word. */
static void warn_of_problems(const struct source *source, const struct problem_list *problems)
{
    size_t count = problems->count + problems->not_kept;

    if (count > 0)
        warn("%zu %s in the configuration: mkhiperiso check %s names %s", count,
             count == 1 ? "problem" : "problems", source->operand, count == 1 ? "it" : "them");
}

static int run_explain(const struct options *options)
{
    auto_source source;
    struct problem_list problems = PROBLEM_LIST_INIT;
    const struct explain_host host = host_of(options);
    struct config *config;
    struct explain explain;

    if (source_open(options->operands[0], &source) < 0)
        return EXIT_CODE_FAILED;
    if (source_load_config(&source, &problems, &config, NULL) < 0)
        return EXIT_CODE_FAILED;
    warn_of_problems(&source, &problems);
    int result = explain_make(&source, config, &problems, options->operands[1],
                              options->values[OPT_FILE].text, &host, &explain);
    if (result == 0)
        result = print(&explain, &host, options->values[OPT_JSON].is_given);
    bool is_refused = explain.refusal.len > 0 || explain.is_unknown;
    explain_clear(&explain);
    config_free(config);
    problem_list_clear(&problems);
    return result == 0 && !is_refused ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_explain = {
    .name = "explain",
    .operands = "IMG|FILE IMAGE",
    .summary = "tell an image's settings and what becomes of them",
    .description =
        "Tells for the image at the path IMAGE on the data partition each setting and where it "
        "comes\n"
        "from (default, control, override, template), the command line of the host's kernel, and\n"
        "QEMU's arguments as /init would make them. hiperiso.json is read from the stick or image\n"
        "IMG, or from FILE; then IMAGE is looked for beside /hiperiso/, or --file names its "
        "contents.\n"
        "Exit code 1 when the image would not be started, or this machine cannot tell.",
    .options = options_of_explain,
    .option_count = ARRAY_SIZE(options_of_explain),
    .operands_min = 2,
    .operands_max = 2,
    .run = run_explain,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso-report export: a session for other programs. */
#include "trace/report/verbs.h"

#include <errno.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"
#include "trace/report/export.h"
#include "trace/report/output.h"

enum { OPT_OUTPUT, OPT_IMAGE, OPT_CSV, OPT_PERFETTO, OPT_PCAP, OPT_TRACE_DAT };

static const struct option_info options_of_export[] = {
    [OPT_OUTPUT] = {"output", 'o', OPTION_TEXT, "FILE", "where it goes; stdout without"},
    [OPT_IMAGE] = {"image", 0, OPTION_TEXT, "FILE", "the image that was started, for its files"},
    [OPT_CSV] = {"csv", 0, OPTION_FLAG, NULL, "every event, one a line"},
    [OPT_PERFETTO] = {"perfetto", 0, OPTION_FLAG, NULL,
                      "JSON for ui.perfetto.dev and chrome://tracing"},
    [OPT_PCAP] = {"pcap", 0, OPTION_FLAG, NULL, "the network packets, for Wireshark"},
    [OPT_TRACE_DAT] = {"trace-dat", 0, OPTION_FLAG, NULL,
                       "the kernel's events, for trace-cmd and KernelShark"},
};

static const struct {
    int option;
    int (*write)(const struct report *report, FILE *stream);
    const char *absent;
} formats[] = {
    {OPT_CSV, export_csv, ""},
    {OPT_PERFETTO, export_perfetto, ""},
    {OPT_PCAP, export_pcap, "it has no network.pcap; set net_dump to record one"},
    {OPT_TRACE_DAT, export_dat,
     "it has no trace.cpuN.raw; the tiers detailed and full record them under KVM"},
};

static int export_as(const struct report *report, size_t format, const char *path)
{
    struct output output;

    if (output_open(path, &output) < 0)
        return -1;
    int error = formats[format].write(report, output.stream);
    if (error != -ENOENT && error != -EINVAL)
        return output_close(&output, error);
    fail("%s: %s", report->session.name,
         error == -ENOENT ? formats[format].absent
                          : "this format cannot go through a pipe; name a file with -o");
    if (output.path != NULL)
        fclose(output.stream);
    if (output.temp_path != NULL)
        remove(output.temp_path);
    free(output.temp_path);
    return -1;
}

static int run_export(const struct options *options)
{
    const struct report_open_options open = {.image = options->values[OPT_IMAGE].text};
    struct report *report;
    size_t format = 0, count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        if (options->values[formats[i].option].is_given) {
            format = i;
            count++;
        }
    if (count != 1) {
        fail("export: give one of --csv, --perfetto, --pcap, --trace-dat");
        return EXIT_CODE_USAGE;
    }
    if (report_open(options->operands[0], &open, &report) < 0)
        return EXIT_CODE_FAILED;
    int result = export_as(report, format, options->values[OPT_OUTPUT].text);
    report_close(report);
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb report_verb_export = {
    .name = "export",
    .operands = "SESSION",
    .summary = "a session in another program's format",
    .description = "Writes SESSION in the format of one of the options below.",
    .options = options_of_export,
    .option_count = ARRAY_SIZE(options_of_export),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_export,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the page of a made-up session to stdout: make_page EVENTS [full]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/page/sample.h"
#include "trace/report/html.h"

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fputs("usage: make_page EVENTS [full]\n", stderr);
        return 2;
    }
    struct report *report = sample_report(strtoul(argv[1], NULL, 10));
    struct report_html_options options = {.is_full = argc == 3 && strcmp(argv[2], "full") == 0};
    int error = report_html_write(report, stdout, &options);
    sample_free(report);
    return error || fflush(stdout) ? 1 : 0;
}

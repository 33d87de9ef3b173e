/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the kernel command line. What is read can be written, and read again to the same. */
#include <stdlib.h>
#include <string.h>

#include "config/base/text.h"
#include "config/contract.h"
#include "config/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_again(const struct boot_request *request)
{
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct strbuf line = STRBUF_INIT, again = STRBUF_INIT;
    struct boot_request read;
    size_t line_len = 0;

    enum status status = contract_write(request, &line, &line_len);
    if (status == STATUS_TOO_LARGE) {
        if (line_len <= LAYOUT_COMMAND_LINE_MAX)
            abort();
        return;
    }
    if (status != STATUS_OK || line_len != line.len)
        abort();
    if (contract_read(line.text, &problems, &read) != STATUS_OK || problems.count > 0)
        abort();
    if (contract_write(&read, &again, NULL) != STATUS_OK || strcmp(line.text, again.text) != 0)
        abort();
    boot_request_clear(&read);
    strbuf_clear(&line);
    strbuf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct boot_request request;
    char *line = text_copy_part((const char *)bytes, len);

    if (line == NULL)
        return 0;
    enum status status = contract_read(line, &problems, &request);
    if (status != STATUS_OK && (status != STATUS_INVALID || problems.count == 0))
        abort();
    check_again(&request);
    boot_request_clear(&request);
    problem_list_clear(&problems);
    free(line);
    return 0;
}

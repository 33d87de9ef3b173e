/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads documents from stdin, one a line, and says for each whether hiperiso.json may hold it: the
 * other side of check_schema. */
#include <stdio.h>
#include <string.h>

#include "config/config.h"

int main(void)
{
    static char line[1 << 16];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct config *config;
        if (config_parse("line", line, strlen(line), &problems, &config) != STATUS_OK)
            return 1;
        printf("%s\n", problems.count > 0 ? problems.items[0].message : "ok");
        config_free(config);
        problem_list_clear(&problems);
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A temporary file beside the wanted one, and a rename. */
#include "trace/report/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/mkhiperiso/report.h"

#define BUFFER_BYTES ((size_t)1 << 18)

/* Devices and pipes are written directly. */
static bool is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

int output_open(const char *path, struct output *ret_output)
{
    struct output output = {.path = path};
    mode_t mask = umask(0);

    umask(mask);
    if (path == NULL || strcmp(path, "-") == 0) {
        *ret_output = (struct output){.stream = stdout};
        return 0;
    }
    if (is_special(path)) {
        output.stream = fopen(path, "we");
    } else {
        if (asprintf(&output.temp_path, "%s.XXXXXX", path) < 0)
            return fail("out of memory");
        int fd = mkstemp(output.temp_path);
        if (fd >= 0)
            (void)fchmod(fd, 0666 & ~mask);
        output.stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    }
    if (output.stream == NULL) {
        fail("%s: cannot be written: %s", path, strerror(errno));
        free(output.temp_path);
        return -1;
    }
    (void)setvbuf(output.stream, NULL, _IOFBF, BUFFER_BYTES);
    *ret_output = output;
    return 0;
}

int output_close(struct output *output, int error)
{
    const char *name = output->path != NULL ? output->path : "stdout";

    if (error == 0 && (fflush(output->stream) != 0 || ferror(output->stream) != 0))
        error = errno != 0 ? -errno : -EIO;
    if (output->path != NULL && fclose(output->stream) != 0 && error == 0)
        error = -errno;
    if (error == 0 && output->temp_path != NULL && rename(output->temp_path, output->path) < 0)
        error = -errno;
    if (error != 0 && output->temp_path != NULL)
        unlink(output->temp_path);
    free(output->temp_path);
    output->temp_path = NULL;
    return error == 0 ? 0 : fail("%s: cannot be written: %s", name, strerror(-error));
}

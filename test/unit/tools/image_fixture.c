/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs and outputs of the tests of mkhiperiso image. */
#include "test/unit/tools/image_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/layout.h"

int image_enter(void **state)
{
    static const char *const files[] = {LAYOUT_ESP_LOADER, LAYOUT_ESP_KERNEL, LAYOUT_ESP_INITRAMFS,
                                        LAYOUT_ESP_RUNTIME, "/EFI/hiperiso/trace/a b.events"};

    if (scratch_enter(state) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char path[128];
        snprintf(path, sizeof(path), "payload%s", files[i]);
        write_text(path, files[i]);
    }
    write_text("in/one.iso", "the first image");
    write_text("in/Zwei Ä.iso", "the second");
    mkdir("out", 0777);
    setenv("SOURCE_DATE_EPOCH", IMAGE_EPOCH, 1);
    setenv("HIPERISO_PAYLOAD", "payload", 1);
    return 0;
}

uint64_t file_bytes(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (uint64_t)status.st_size;
}

char *image_cat(const char *image, const char *path)
{
    int kept = dup(STDOUT_FILENO), fd = open("cat.txt", O_RDWR | O_CREAT | O_TRUNC, 0666);

    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    int code = run_verb((const char *const[]){"cat", image, path, NULL}, NULL);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(fd);
    assert_int_equal(code, EXIT_CODE_OK);
    return read_whole("cat.txt", NULL);
}
